"""Positions beside spectra: N-dimensional data with a cursor in each half.

The measurement has one or two axes of position and one or two of spectra.  The left half
shows the positions at one point of the spectra, the right half the spectrum at one
position; sliders and clicks move both cursors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.errors import DimensionError, LabelTypeError
from sidpy.sid import Dataset, Dimension

from .controls import Control, is_live, show_controls, toolkit
from .scales import Scale, data_label, set_label, set_ticks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

__all__ = ["NDimViewer", "simple_ndim_visualizer"]

#: More curves than this in one half say nothing; some of them are drawn.
_MOST_CURVES = 32


def simple_ndim_visualizer(
    data_mat: Any,
    pos_dims: Iterable[Any],
    spec_dims: Iterable[Any],
    spec_xdim: str | None = None,
    pos_xdim: str | None = None,
    verbose: bool = False,  # noqa: FBT001, FBT002, ARG001 - the released signature
) -> Figure:
    """Show data over positions and spectra side by side, with sliders in a notebook.

    Parameters
    ----------
    data_mat : array of shape (positions..., spectra...)
        NumPy, dask or HDF5; of real or complex numbers or of records, whose parts can be
        chosen.  Only what is shown is read.
    pos_dims, spec_dims : sequence of Dimension
        One or two each, in the order of the axes; of sidpy, pyUSID or any object with
        ``name``, ``units`` and ``values``.
    spec_xdim, pos_xdim : str, optional
        Name of the dimension that runs right, with a curve for each value of the other;
        two dimensions are an image without it.
    verbose : bool
        Accepted for old calls; nothing is printed.

    Returns
    -------
    Figure
        Its canvas answers to clicks; ``figure.viewer`` is the `NDimViewer`.

    Raises
    ------
    TypeError
        When the dimensions are no sequences of Dimension or a name is no text.
    ValueError
        When the dimensions do not fit the data.
    KeyError
        When there is no dimension of a name.
    NotImplementedError
        When there are more than two dimensions of a kind.
    """
    shape = getattr(data_mat, "shape", None)
    if shape is None:
        data_mat = np.asarray(data_mat)
        shape = data_mat.shape
    positions, spectra = _checked("pos_dims", pos_dims), _checked("spec_dims", spec_dims)
    _fit(shape, positions, spectra)
    runs = (_named("pos_xdim", pos_xdim, positions), _named("spec_xdim", spec_xdim, spectra))
    viewer = NDimViewer(data_mat, positions, spectra, runs)
    viewer.show()
    return viewer.fig


def _checked(argument: str, given: Any) -> list[Any]:
    if isinstance(given, str) or not isinstance(given, Iterable) or _is_dimension(given):
        msg = f"{argument} should be a list of Dimensions, found {type(given).__name__}"
        raise LabelTypeError(msg)
    found = list(given)
    for one in found:
        if not _is_dimension(one):
            msg = f"{argument} should hold only Dimensions, found {type(one).__name__}"
            raise LabelTypeError(msg)
    if not found:
        msg = f"{argument} contains too few (0) dimensions, one or two can be shown"
        raise DimensionError(msg)
    if len(found) > 2:
        msg = f"{argument} contains {len(found)} dimensions, one or two can be shown"
        raise NotImplementedError(msg)
    return found


def _is_dimension(given: Any) -> bool:
    return all(hasattr(given, name) for name in ("name", "units", "values"))


def _fit(shape: Sequence[int], positions: list[Any], spectra: list[Any]) -> None:
    names = [f"{len(np.ravel(one.values))} of {one.name}" for one in (*positions, *spectra)]
    if len(shape) != len(names):
        msg = f"data of {len(shape)} dimensions have shape {tuple(shape)}, not {', '.join(names)}"
        raise DimensionError(msg)
    for size, one in zip(shape, (*positions, *spectra), strict=True):
        if len(np.ravel(one.values)) != size or not size:
            msg = f"data of shape {tuple(shape)} do not fit dimensions {', '.join(names)}"
            raise DimensionError(msg)


def _named(argument: str, name: Any, dimensions: list[Any]) -> int | None:
    """Return the number of the dimension of a name, among those of its half."""
    if name is None:
        return None
    if not isinstance(name, str):
        msg = f"{argument} should be the name of a dimension, found {type(name).__name__}"
        raise LabelTypeError(msg)
    names = [one.name for one in dimensions]
    if name not in names:
        msg = f"{argument} should be one of {', '.join(names)}, found {name!r}"
        raise KeyError(msg)
    return names.index(name)


def _scale(dimension: Any) -> Scale:
    """Return the scale of a Dimension of any package."""
    if isinstance(dimension, Dimension):
        return Scale.of(dimension)
    values = np.ravel(np.asarray(dimension.values, dtype=float))
    quantity = getattr(dimension, "quantity", None) or dimension.name
    return Scale.of(Dimension(values, dimension.name, str(quantity), str(dimension.units)))


@dataclass
class Half:
    """One half of the picture: its dimensions, the axis that runs right, its cursor.

    Parameters
    ----------
    axes : matplotlib Axes
        Where it is drawn.
    scales : list of Scale
        One or two.
    right : int
        Which of them runs right.
    is_image : bool
        Whether two dimensions are an image, not a family of curves.
    names : list of str
        Of the dimensions.
    """

    axes: Any
    scales: list[Scale]
    right: int
    is_image: bool
    names: list[str]
    cursor: list[int]

    def place(self) -> str:
        """Return where the cursor is, as text."""
        both = zip(self.names, self.scales, self.cursor, strict=True)
        return ", ".join(f"{name} = {scale.at(index)}" for name, scale, index in both)

    def draw(self, values: NDArray[Any], title: str, label: str) -> None:
        """Draw the values of this half anew, with the cursor."""
        self.axes.clear()
        across = self.scales[self.right]
        if self.is_image:
            self._draw_image(values)
        else:
            self._draw_curves(values.T if self.right == 0 else values)
            self.axes.axvline(across.values[self.cursor[self.right]], color="0.5", linewidth=0.8)
            set_label(self.axes.set_ylabel, label)
        set_label(self.axes.set_xlabel, across.label)
        set_ticks(self.axes.xaxis, across.factor)
        self.axes.set_title(title, fontsize="medium", parse_math=False)

    def _draw_curves(self, values: NDArray[Any]) -> None:
        """Draw one curve, or one for each value of the other dimension, coloured in order."""
        from matplotlib import colormaps

        family = np.atleast_2d(values)
        shown = np.unique(np.linspace(0, len(family) - 1, _MOST_CURVES).astype(int))
        colours = colormaps["viridis"](shown / len(family)) if len(shown) > 1 else ["C0"]
        for number, colour in zip(shown, colours, strict=True):
            self.axes.plot(self.scales[self.right].values, family[number], color=colour, lw=1.2)

    def _draw_image(self, values: NDArray[Any]) -> None:
        from .views.image import draw_image

        down, across = self.scales
        draw_image(self.axes, values, down, across)
        set_label(self.axes.set_ylabel, down.label)
        for line, scale, index in (
            (self.axes.axvline, across, self.cursor[1]),
            (self.axes.axhline, down, self.cursor[0]),
        ):
            line(scale.values[index], color="white", linewidth=0.8, alpha=0.8)

    def at(self, event: Any) -> dict[int, int]:
        """Return the new cursor for a click, by number of the dimension."""
        found = {self.right: self.scales[self.right].index_of(event.xdata)}
        if self.is_image:
            found[1 - self.right] = self.scales[1 - self.right].index_of(event.ydata)
        return found


class NDimViewer:
    """Positions and spectra side by side.

    Parameters
    ----------
    data : array
        The numbers, lazy ones as well.
    positions, spectra : list of Dimension
        One or two each, in the order of the axes.
    runs : tuple of two int or None
        Which dimension of each half runs right with curves for the other one.

    Attributes
    ----------
    fig : Figure
        The picture.
    sliders : list
        One for each axis of the data; their ``value`` is the place of the cursor.
    """

    def __init__(
        self,
        data: Any,
        positions: list[Any],
        spectra: list[Any],
        runs: tuple[int | None, int | None] = (None, None),
    ) -> None:
        self.data = data
        self.label = data_label(data) if isinstance(data, Dataset) else "value"
        self.fig = _figure()
        panes = self.fig.subplots(1, 2)
        self.halves = [
            _half(axes, dimensions, run)
            for axes, dimensions, run in zip(panes, (positions, spectra), runs, strict=True)
        ]
        self.parts = _parts(data.dtype)
        kit = toolkit()
        self.sliders = [
            kit.IntSlider(value=size // 2, min=0, max=size - 1, description=str(one.name))
            for size, one in zip(data.shape, (*positions, *spectra), strict=True)
        ]
        self.component = None
        if len(self.parts) > 1:
            names = list(self.parts)
            self.component = kit.Dropdown(options=names, value=names[0], description="component")
        self.controls = [*self.sliders, *([self.component] if self.component else [])]
        for control in self.controls:
            control.observe(self._changed, names="value")
        self.fig.canvas.mpl_connect("button_press_event", self._clicked)
        self._quiet = False
        self._picture: Any = None
        self._faces: list[Any] = []
        self.fig.viewer = self  # type: ignore[attr-defined] # lives as long as its picture
        self.draw()

    def draw(self) -> None:
        """Draw both halves at the cursor."""
        count = len(self.halves[0].scales)
        index = [slider.value for slider in self.sliders]
        name = self.component.value if self.component else next(iter(self.parts))
        part = self.parts[name]
        whole = (slice(None),) * len(index)
        left, right = self.halves
        left.cursor, right.cursor = index[:count], index[count:]
        maps = part(np.asarray(self.data[(*whole[:count], *index[count:])]))
        curves = part(np.asarray(self.data[(*index[:count], *whole[count:])]))
        label = name or self.label
        said = f"{name} at " if name else "at "
        left.draw(maps, said + right.place(), label)
        right.draw(curves, said + left.place(), label)
        self.fig.canvas.draw_idle()
        if self._picture is not None:
            self._picture.value = _png(self.fig)

    def show(self) -> None:
        """Show sliders where the picture is: in a window, or in a notebook."""
        is_widget = not isinstance(self.controls[0], Control)
        if is_live(self.fig.canvas) or not is_widget:
            self._faces = show_controls(self.fig, self.controls)
            return
        kit = toolkit()
        self._picture = kit.Image(value=_png(self.fig), format="png")
        row = kit.HBox(self.controls, layout=kit.Layout(flex_flow="row wrap"))
        self._faces = [kit.VBox([row, self._picture])]
        from IPython.display import display

        display(self._faces[0])

    def _changed(self, _: Any) -> None:
        if not self._quiet:
            self.draw()

    def _clicked(self, event: Any) -> None:
        first = 0
        is_tool = bool(
            str(getattr(getattr(self.fig.canvas, "toolbar", None), "mode", ""))
        )  # zooming or moving
        for half in self.halves:
            if event.inaxes is half.axes and not is_tool:
                self._move({first + i: place for i, place in half.at(event).items()})
            first += len(half.scales)

    def _move(self, places: dict[int, int]) -> None:
        """Move several sliders and draw once."""
        self._quiet = True
        try:
            for number, place in places.items():
                self.sliders[number].value = place
        finally:
            self._quiet = False
        self.draw()


def _half(axes: Any, dimensions: list[Any], run: int | None) -> Half:
    names = [str(one.name) for one in dimensions]
    is_image = len(dimensions) == 2 and run is None
    right = run if run is not None else len(dimensions) - 1
    return Half(axes, [_scale(one) for one in dimensions], right, is_image, names, [])


def _parts(dtype: Any) -> dict[str, Callable[[NDArray[Any]], NDArray[Any]]]:
    """Return what can be shown of the numbers, by name."""
    if dtype.names:
        return {
            f"{name} {part}".strip(): (lambda values, n=name, f=function: f(values[n]))
            for name in dtype.names
            for part, function in _parts(dtype[name]).items()
        }
    if dtype.kind == "c":
        return {
            "Real": np.real, "Imaginary": np.imag, "Amplitude": np.abs, "Phase": np.angle,
        }  # fmt: skip
    return {"": np.asarray}


def _figure() -> Figure:
    """Make a figure: of pyplot, or of its own where a picture takes its place in a notebook."""
    from matplotlib import pyplot as plt
    from matplotlib.figure import Figure

    size = (9.0, 3.8)
    figure = plt.figure(figsize=size, layout="constrained")
    if toolkit().__name__ == "ipywidgets" and not is_live(figure.canvas):
        plt.close(figure)
        figure = Figure(figsize=size, layout="constrained")
    return figure


def _png(figure: Figure) -> bytes:
    from io import BytesIO

    held = BytesIO()
    figure.savefig(held, format="png")
    return held.getvalue()
