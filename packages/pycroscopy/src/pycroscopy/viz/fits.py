"""One fit: the data, the curve through them, what is left, and the parameters with errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.viz.scales import set_label

from .maps import add_bar, show_image
from .panels import figure_of, label_abscissa, value_caption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy
    from sidpy.proc.fitted import DatasetFit

__all__ = ["FitCurves", "draw_fit", "parameter_lines", "with_error"]

#: Parts of complex numbers that are drawn, by name.
_PARTS = (("real part", np.real), ("imaginary part", np.imag))


def with_error(value: float, error: float, unit: str = "") -> str:
    """Write a value with its standard error, to two digits of the error.

    Parameters
    ----------
    value, error : float
        NaN where a fit failed.
    unit : str
        Of both.

    Examples
    --------
    >>> with_error(3.14159, 0.0123, "eV")
    '3.142 ± 0.012 eV'
    >>> with_error(6.02e5, 1.2e3), with_error(float("nan"), 1.0)
    ('602000 ± 1200', 'failed')
    """
    if not np.isfinite(value):
        return "failed"
    if not np.isfinite(error) or error <= 0:
        return f"{value:.6g} {unit}".strip()
    places = 1 - int(np.floor(np.log10(error)))
    if places <= -5 or places > 9 or abs(value) >= 1e9:
        return f"{value:.6g} ± {error:.2g} {unit}".strip()
    places_shown = max(places, 0)
    rounded = [round(number, places) for number in (value, error)]
    return f"{rounded[0]:.{places_shown}f} ± {rounded[1]:.{places_shown}f} {unit}".strip()


def parameter_lines(
    names: Sequence[str], values: NDArray[Any], errors: NDArray[Any], units: Sequence[str]
) -> str:
    """Write parameters below each other, each with its error and its unit."""
    rows = zip(names, values, errors, units, strict=True)
    return "\n".join(f"{name} = {with_error(*rest)}" for name, *rest in rows)


class FitCurves:
    """Curves of one fit in two panels, which can be those of another place later on.

    Parameters
    ----------
    upper, lower : Axes
        For data and fit, and for what is left.
    dimension : Dimension
        What runs along the curves.
    dataset : Dataset
        For quantity and units.
    ordered : bool
        Draw along the abscissa; otherwise in the order of time, as loops are run through.
    """

    def __init__(
        self,
        upper: Axes,
        lower: Axes,
        dimension: sidpy.Dimension,
        dataset: sidpy.Dataset,
        *,
        ordered: bool = True,
    ) -> None:
        self.upper, self.lower = upper, lower
        places = label_abscissa(lower, dimension)
        label_abscissa(upper, dimension)
        upper.set_xlabel("")
        upper.tick_params(labelbottom=False)
        self.order = np.argsort(places) if ordered else np.arange(len(places))
        self.places = np.asarray(places)[self.order]
        self.is_complex = dataset.dtype.kind == "c"
        set_label(upper.set_ylabel, value_caption(dataset) or "value")
        lower.set_ylabel("residual")
        lower.axhline(0, color="0.6", lw=0.8)
        self.lines: list[tuple[Any, Any, Any]] = []

    def parts(self, values: NDArray[Any]) -> list[tuple[str, NDArray[Any]]]:
        """Return what is drawn of values: themselves, or both parts of complex ones."""
        values = np.asarray(values)[self.order]
        if not self.is_complex:
            return [("data", values)]
        return [(name, np.asarray(part(values))) for name, part in _PARTS]

    def show(self, data: NDArray[Any], fitted: NDArray[Any] | None) -> None:
        """Draw data and fit of one place; None when there is no fit.

        Parameters
        ----------
        data, fitted : ndarray of shape (n,)
            Real or complex; NaN is missing.
        """
        curve = np.full(len(data), np.nan, data.dtype) if fitted is None else fitted
        both = zip(self.parts(data), self.parts(curve), strict=True)
        triples = [(name, points, line, points - line) for (name, points), (_, line) in both]
        if not self.lines:
            for number, (name, *_) in enumerate(triples):
                self.lines.append(self._begin(name, f"C{number}"))
            self.upper.legend(frameon=False, fontsize="small")
        for drawn, (_, *values) in zip(self.lines, triples, strict=True):
            for artist, part in zip(drawn, values, strict=True):
                artist.set_ydata(part)
        for axes in (self.upper, self.lower):
            axes.relim()
            axes.autoscale_view()

    def _begin(self, name: str, colour: str) -> tuple[Any, Any, Any]:
        blank = np.full(len(self.places), np.nan)
        (points,) = self.upper.plot(self.places, blank, ".", color=colour, ms=4, label=name)
        label = "fit" if name == "data" else f"fit of {name}"
        style = {"color": "C3"} if name == "data" else {"color": colour, "lw": 1.8}
        (line,) = self.upper.plot(self.places, blank, label=label, **style)
        (rest,) = self.lower.plot(self.places, blank, ".", color=colour, ms=3)
        return points, line, rest


def draw_fit(
    fit: DatasetFit, position: tuple[int, ...] = (), figure: Figure | None = None
) -> Figure:
    """Draw the fit of one position: data, curve, residual, parameters with errors.

    Parameters
    ----------
    fit : DatasetFit
        As `fit_dataset`, `fit_resonance`, `fit_loops` make.
    position : tuple of int
        Place along the axes that were not fitted; only this one is computed.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.

    Raises
    ------
    ValueError
        When the position is none of the fit.
    """
    kept = [axis for axis in range(fit.dataset.ndim) if axis not in fit.axes]
    shape = tuple(fit.dataset.shape[axis] for axis in kept)
    if len(position) != len(shape) or any(
        not -n <= p < n for p, n in zip(position, shape, strict=False)
    ):
        msg = f"position is {position!r}; expected one of the {shape} positions of the fit"
        raise ValueError(msg)
    index: list[Any] = [slice(None)] * fit.dataset.ndim
    for axis, place in zip(kept, position, strict=True):
        index[axis] = place
    data, curve = (np.asarray(part[tuple(index)]) for part in (fit.dataset, fit.fitted))
    values, errors = (np.asarray(part[tuple(position)]) for part in (fit.parameters, fit.errors))
    words = parameter_lines(fit.names, values, errors, fit.units)
    if len(fit.axes) > 1:
        return _images(fit, (data, curve, words), figure)
    figure = figure_of(figure, (9.0, 4.8))
    grid = figure.add_gridspec(2, 2, height_ratios=(3, 1), width_ratios=(5, 3))
    upper = figure.add_subplot(grid[0, 0])
    curves = FitCurves(
        upper,
        figure.add_subplot(grid[1, 0], sharex=upper),
        fit.dataset._axes[fit.axes[0]],
        fit.dataset,
        ordered=not is_loop(fit.x),
    )
    curves.show(data, curve)
    write_in(figure.add_subplot(grid[:, 1]), words)
    return figure


def is_loop(x: NDArray[Any]) -> bool:
    """Tell whether a coordinate goes up and down: a cycle, drawn in the order of time."""
    steps = np.diff(np.asarray(x, np.float64).ravel())
    return bool((steps > 0).any() and (steps < 0).any())


def write_in(axes: Axes, words: str) -> Any:
    """Fill a panel with words, and return them."""
    axes.set_axis_off()
    return axes.text(
        0, 1, words, va="top", ha="left", fontsize="small", linespacing=1.6, parse_math=False,
        transform=axes.transAxes,
    )  # fmt: skip


def _images(fit: DatasetFit, shown: tuple[Any, Any, str], figure: Figure | None) -> Figure:
    """Draw an image, its fit and what is left."""
    data, curve, words = shown
    data, curve = (np.abs(part) if np.iscomplexobj(part) else part for part in (data, curve))
    figure = figure_of(figure, (14.0, 3.8))
    panels = figure.subplots(1, 4)
    down, right = (fit.dataset._axes[axis] for axis in fit.axes[:2])
    limits = np.nanmin(data), np.nanmax(data)
    rest = data - curve
    most = np.nanmax(np.abs(rest), initial=0.0) or 1.0
    for axes, title, values, (low, high), cmap in (
        (panels[0], "data", data, limits, "viridis"),
        (panels[1], "fit", curve, limits, "viridis"),
        (panels[2], "residual", rest, (-most, most), "RdBu_r"),
    ):
        image = show_image(axes, values, (down, right), cmap=cmap)
        image.set_clim(low, high)
        axes.set_title(title)
        add_bar(axes, image, fit.dataset)
    write_in(panels[3], words)
    return figure
