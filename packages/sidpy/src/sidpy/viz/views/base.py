"""What all views share: a figure, options, a title and an honest footnote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sidpy.sid import plain
from sidpy.viz.layout import arrange
from sidpy.viz.scales import Scale, data_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sidpy.viz.layout import Layout

__all__ = ["OPTIONS", "View", "layout_of"]

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
}


def layout_of(dataset: Any) -> Layout:
    """Return the roles of the axes of a dataset."""
    axes = [dataset._axes[i] for i in range(dataset.ndim)]
    cloud = getattr(dataset, "point_cloud", None) or {}
    return arrange(dataset.data_type.name, axes, points="coordinates" in cloud)


class View:
    """A picture of one dataset.

    Parameters
    ----------
    dataset : Dataset
        What is drawn; lazy data stay lazy but for the numbers shown.
    figure : Figure or SubFigure, optional
        Where to draw; without one pyplot makes a new figure, so that notebooks show it.
    layout : Layout, optional
        The roles of the axes, when already known.
    **options
        See `OPTIONS`; everything else goes to matplotlib's imshow or plot.
    """

    size: ClassVar[tuple[float, float]] = (6.4, 4.8)

    def __init__(
        self, dataset: Any, figure: Any = None, *, layout: Layout | None = None, **options: Any
    ) -> None:
        self.dataset = dataset
        self.layout = layout or layout_of(dataset)
        self.style = {key: options.pop(key) for key in list(options) if key not in OPTIONS}
        self.options = OPTIONS | options
        self.notes: list[str] = []
        self.axes: list[Axes] = []
        self.fig: Figure = figure or _new_figure(self.options["figsize"] or self.size)
        self._note_dropped()
        self.draw()
        self._write_notes()

    def draw(self) -> None:
        """Draw everything; each view has its own."""
        raise NotImplementedError

    # -- the dataset, arranged -------------------------------------------------------

    def arranged(self, *axes: int | None) -> Any:
        """Return the lazy data with exactly `axes`, in this order."""
        return arranged(plain(self.dataset), self.layout.dropped, axes)

    def variance(self, *axes: int | None) -> Any:
        """Return the variance arranged alike, or None."""
        found = self.dataset.variance
        return None if found is None else arranged(found, self.layout.dropped, axes)

    def scale(self, axis: int | None, every: int = 1, like: int | None = None) -> Scale:
        """Return the scale of one axis, with a prefix that also suits the axis `like`."""
        axes = self.dataset._axes
        return Scale.of(axes[axis], every, None if like is None else axes[like])

    @property
    def value_label(self) -> str:
        """What the numbers are: quantity (units)."""
        return data_label(self.dataset)

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
                self.note(f"{dimension.name} = {Scale.of(dimension).at(0)} only")

    def _write_notes(self) -> None:
        if self.notes:
            self.fig.supxlabel(
                "; ".join(self.notes), fontsize="x-small", color="0.4", parse_math=False
            )

    def panes(self, count: int, **keywords: Any) -> list[Axes]:
        """Make `count` axes in a row or, with ``horizontal=False``, in a column."""
        shape = (1, count) if self.options["horizontal"] else (count, 1)
        self.axes = list(np.ravel(self.fig.subplots(*shape, squeeze=False, **keywords)))
        return self.axes

    def redraw(self) -> None:
        """Show a change on the screen, when there is one."""
        self.fig.canvas.draw_idle()

    def connect(self, event: str, handler: Any) -> None:
        """Let the view answer to the mouse."""
        self.fig.canvas.mpl_connect(event, handler)


def arranged(array: Any, dropped: tuple[int, ...], axes: tuple[int | None, ...]) -> Any:
    """Take dropped axes at their first value and put the others into the order of `axes`."""
    wanted = [axis for axis in axes if axis is not None]
    rest = [axis for axis in range(array.ndim) if axis not in dropped]
    if dropped:
        array = array[tuple(0 if axis in dropped else slice(None) for axis in range(array.ndim))]
    order = [rest.index(axis) for axis in wanted]
    # a transpose, even one that changes nothing, keeps dask from reading only every n-th pixel
    return array if order == sorted(order) else array.transpose(order)


def _new_figure(size: tuple[float, float]) -> Any:
    from matplotlib import pyplot as plt

    return plt.figure(figsize=size, layout="constrained")
