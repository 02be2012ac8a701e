"""What all views share: a figure, options, a title, an honest footnote, and a place chosen."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import numpy as np

from sidpy.errors import UnfitDataset
from sidpy.sid import plain
from sidpy.viz.controls import is_live, show_controls, toolkit
from sidpy.viz.keywords import check_keywords
from sidpy.viz.layout import arrange
from sidpy.viz.scales import Scale, data_label

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from os import PathLike

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sidpy.viz.keywords import Artist
    from sidpy.viz.layout import Layout

__all__ = ["OPTIONS", "View", "check_dataset", "layout_of"]

#: Every option of every view with its default; other keywords go to matplotlib.
OPTIONS: dict[str, Any] = {
    "figsize": None,  # inches; each view has its own
    "set_title": True,  # write the dataset's title
    "colorbar": True,  # draw a colour bar beside images
    "scale_bar": False,  # a bar of a round length instead of ticks
    "horizontal": True,  # map and spectrum side by side instead of one above the other
    "index": 0,  # which frame of a stack is shown first
    "frames": None,  # show so many frames of a stack, evenly spaced
    "gamma": None,  # exponent of the grey scale of diffraction patterns
    "uncertainty": False,  # add the standard deviation beside an image
    "amp_phase": None,  # complex data as amplitude and phase, else real and imaginary part
    "spectrum_number": 0,  # place along an axis of curves for which the plot has no room
    "image_number": 0,  # place along an axis of images for which the picture has no room
    "base_image": None,  # an image under the points of a cloud
    "scan_x": None,  # number of the axis of the scan that runs right, of four
    "scan_y": None,  # the one that runs down
    "image_4d_x": None,  # number of the axis of the pattern that runs right
    "image_4d_y": None,  # the one that runs down
    "pixels": None,  # count pixels along a map at first, instead of its units
    "controls": None,  # draw sliders and buttons; by default where somebody can use them
}


def check_dataset(dataset: Any) -> Any:
    """Return a dataset; raise TypeError for anything else."""
    if not hasattr(dataset, "_axes") or not hasattr(dataset, "data_type"):
        msg = f"dataset should be a sidpy.Dataset, found {type(dataset).__name__}"
        raise TypeError(msg)
    return dataset


def layout_of(dataset: Any, data_type: str | None = None, *, short: bool = False) -> Layout:
    """Return the roles of the axes of a dataset.

    Parameters
    ----------
    dataset : Dataset
        With its dimensions.
    data_type : str, optional
        Arrange as if the dataset were of this type.
    short : bool
        Give axes of length 1 a role too.
    """
    axes = [dataset._axes[i] for i in range(dataset.ndim)]
    cloud = getattr(dataset, "point_cloud", None) or {}
    kind = data_type or dataset.data_type.name
    return arrange(kind, axes, points="coordinates" in cloud, short=short)


class View:
    """A picture of one dataset.

    A view that `sidpy.viz.plot` makes fits any dataset, and starts with what tells most.
    One made by the name of its class is particular about the dataset, and starts as the
    class of that name in the released package does.

    Parameters
    ----------
    dset : Dataset
        What is drawn; lazy data stay lazy but for the numbers shown.
    figure : Figure or SubFigure, optional
        Where to draw; without one pyplot makes a new figure, so that notebooks show it.
    layout : Layout, optional
        The roles of the axes, when already known.
    **options
        See `OPTIONS`; everything else goes to matplotlib's imshow or plot.

    Raises
    ------
    TypeError
        When `dset` is no Dataset, or not one that this class draws.
    UnknownOption
        An AttributeError, for a keyword that neither the view nor matplotlib knows.
    """

    size: ClassVar[tuple[float, float]] = (6.4, 4.8)

    #: What takes the keywords that are no options.
    artist: ClassVar[Artist] = "image"

    def __init__(
        self, dset: Any, figure: Any = None, *, layout: Layout | None = None, **options: Any
    ) -> None:
        self.dataset = self.dset = check_dataset(dset)
        self.named = layout is None
        self.style = {key: options.pop(key) for key in list(options) if key not in OPTIONS}
        self.options = OPTIONS | options
        self.layout = layout or self.own_layout()
        check_keywords(self.style, OPTIONS, self.artist, type(self).__name__)
        self.notes: list[str] = []
        self.axes: list[Axes] = []
        self.controls: list[Any] = []
        self._followers: list[Callable[[View], None]] = []
        self.fig: Figure = figure or _new_figure(self.options["figsize"] or self.size)
        try:
            self.finish()
        except BaseException:
            if figure is None:
                _close(self.fig)
            raise

    def finish(self) -> None:
        """Draw everything, the footnotes and the controls."""
        self._note_dropped()
        self.draw()
        self._write_notes()
        wanted = self.options["controls"]
        self._faces: list[Any] = []
        if wanted and self.controls and not is_live(self.fig.canvas):
            from sidpy.viz.controls import draw_controls

            self._faces = draw_controls(self.fig, self.controls)
        elif wanted is not False:
            self._faces = show_controls(self.fig, self.controls)

    def draw(self) -> None:
        """Draw everything; each view has its own."""
        raise NotImplementedError

    def own_layout(self) -> Layout:
        """Return the roles of the axes when the class was chosen by name."""
        return layout_of(self.dataset)

    def refuse(self, needed: str) -> NoReturn:
        """Raise the error that says what this class needs and what it was given."""
        axes = ", ".join(
            f"{dimension.name} ({dimension.dimension_type.name.lower()}, {len(dimension)})"
            for dimension in self.dataset._axes.values()
        )
        msg = (
            f"{type(self).__name__} needs {needed}; found a dataset of type "
            f"{self.dataset.data_type.name} with the axes {axes}. "
            "Dataset.plot() chooses a view that fits"
        )
        raise UnfitDataset(msg)

    # -- the dataset, arranged -------------------------------------------------------

    @property
    def at(self) -> int:
        """Place along the axes for which the picture has no room."""
        return 0

    def arranged(self, *axes: int | None) -> Any:
        """Return the lazy data with exactly `axes`, in this order."""
        return self._arranged(plain(self.dataset), axes)

    def variance(self, *axes: int | None) -> Any:
        """Return the variance arranged alike, or None."""
        found = self.dataset.variance
        return None if found is None else self._arranged(found, axes)

    def _arranged(self, array: Any, axes: tuple[int | None, ...]) -> Any:
        wanted = [axis for axis in axes if axis is not None]
        rest = [axis for axis in range(array.ndim) if axis not in self.layout.dropped]
        if self.layout.dropped:
            array = array[self.indices({})]
        order = [rest.index(axis) for axis in wanted]
        # a transpose, even one that changes nothing, keeps dask from reading only every n-th pixel
        return array if order == sorted(order) else array.transpose(order)

    def indices(self, chosen: Mapping[int, Any]) -> tuple[Any, ...]:
        """Return an index of the dataset: what is chosen, and one place of dropped axes."""
        found = dict.fromkeys(range(self.dataset.ndim), slice(None)) | dict(chosen)
        for axis in self.layout.dropped:
            found.setdefault(axis, 0)
            if found[axis] == slice(None):
                found[axis] = min(self.at, self.dataset.shape[axis] - 1)
        return tuple(found[axis] for axis in range(self.dataset.ndim))

    def axis_after_drop(self, axis: int) -> int:
        """Return the number that an axis has once the dropped ones are taken out."""
        return axis - sum(dropped < axis for dropped in self.layout.dropped)

    def scale(self, axis: int | None, every: int = 1, like: int | None = None) -> Scale:
        """Return the scale of one axis, with a prefix that also suits the axis `like`."""
        axes = self.dataset._axes
        return Scale.of(axes[axis], every, None if like is None else axes[like])

    @property
    def value_label(self) -> str:
        """What the numbers are: quantity (units)."""
        return data_label(self.dataset)

    @property
    def quantity(self) -> str:
        """What the numbers are, without their units."""
        return self.value_label.removesuffix(f" ({self.dataset.units})")

    @property
    def polar(self) -> bool:
        """Whether complex numbers are drawn as amplitude and phase."""
        return self.options["amp_phase"] is not False

    # -- words -----------------------------------------------------------------------

    def title(self, setter: Any, text: str | None = None) -> None:
        """Write the dataset's title, or `text`, unless titles are not wanted."""
        if self.options["set_title"]:
            setter(self.dataset.title if text is None else text, parse_math=False)

    def note(self, text: str) -> None:
        """Remember something the picture does not show."""
        self.notes.append(text)

    def _note_dropped(self) -> None:
        for axis in self.layout.dropped:
            dimension = self.dataset._axes[axis]
            if len(dimension) > 1:
                place = self.indices({})[axis]
                self.note(f"{dimension.name} = {Scale.of(dimension).at(place)} only")

    def _write_notes(self) -> None:
        if self.notes:
            self.fig.supxlabel(
                "; ".join(self.notes), fontsize="x-small", color="0.4", parse_math=False
            )

    # -- what is on the screen -------------------------------------------------------

    @property
    def axis(self) -> Axes:
        """The first of `axes`."""
        return self.axes[0]

    def panes(self, count: int, **keywords: Any) -> list[Axes]:
        """Make `count` axes in a row or, with ``horizontal=False``, in a column."""
        shape = (1, count) if self.options["horizontal"] else (count, 1)
        self.axes = list(np.ravel(self.fig.subplots(*shape, squeeze=False, **keywords)))
        return self.axes

    def redraw(self) -> None:
        """Show a change on the screen, when there is one; a file draws when it is saved."""
        if is_live(self.fig.canvas):
            self.fig.canvas.draw_idle()

    def connect(self, event: str, handler: Any) -> None:
        """Let the view answer to the mouse, as long as its figure lives."""
        # matplotlib forgets bound methods when their object goes; a partial it keeps
        self.fig.canvas.mpl_connect(event, partial(handler))

    def is_clicked(self, event: Any, axes: Axes) -> bool:
        """Tell whether an event of the mouse is a click in `axes`, not a zoom or a drag."""
        toolbar = getattr(self.fig.canvas, "toolbar", None)
        return event.inaxes is axes and not str(getattr(toolbar, "mode", ""))

    def control(self, kind: str, handler: Any, **words: Any) -> Any:
        """Make one control, of ipywidgets in a notebook, and call `handler` when it changes."""
        made = getattr(toolkit(), kind)(**words)
        made.observe(handler, names="value")
        self.controls.append(made)
        return made

    # -- a place that several views may share ----------------------------------------

    @property
    def place(self) -> dict[str, float]:
        """The chosen place, name of a dimension -> value in its units."""
        return {}

    def go_to(self, place: Mapping[str, float]) -> None:
        """Choose the place nearest to the values given, of those dimensions that are here."""

    def moved(self) -> None:
        """Tell the views that follow this one."""
        for follower in self._followers:
            follower(self)

    def follow(self, follower: Callable[[View], None]) -> None:
        """Call `follower` with this view whenever another place is chosen."""
        self._followers.append(follower)

    def unfollow(self, follower: Callable[[View], None]) -> None:
        """Call `follower` no more."""
        if follower in self._followers:
            self._followers.remove(follower)

    # -- taking it away --------------------------------------------------------------

    def shown(self) -> Any:
        """Return what is shown at the chosen place, as a Dataset."""
        return self.dataset

    def export(self, path: str | PathLike[str], **options: Any) -> Path:
        """Write the picture, or the data of what is chosen, by the ending of the name.

        Parameters
        ----------
        path : path
            With an ending of a picture (``.png``, ``.pdf``, ``.svg``, ...) the figure is
            saved; with another one `shown` is written by `sidpy.write`.
        **options
            For ``savefig`` or `sidpy.write`.
        """
        path = Path(path)
        if path.suffix.removeprefix(".").lower() in self.fig.canvas.get_supported_filetypes():
            self.fig.canvas.figure.savefig(path, **options)
        else:
            self.shown().save(path, **options)
        return path

    save = export


def _new_figure(size: tuple[float, float]) -> Any:
    from matplotlib import pyplot as plt

    return plt.figure(figsize=size, layout="constrained")


def _close(figure: Any) -> None:
    from matplotlib import pyplot as plt

    plt.close(figure)
