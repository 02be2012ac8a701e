"""Curves: one, a family of them; and what is no curve, a single number and words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sidpy.sid import plain
from sidpy.viz.layout import Layout
from sidpy.viz.sampling import compute, thinned
from sidpy.viz.scales import prefixed, set_label, set_ticks

from .base import View

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from sidpy.viz.keywords import Artist
    from sidpy.viz.scales import Scale

__all__ = [
    "CurveVisualizer", "NumberView", "WordsView", "draw_band", "draw_curve", "fit_ordinate",
    "label_values", "parts",
]  # fmt: skip

#: More points than this in one curve are thinned out.
MAX_POINTS = 2**20

#: So many entries of a dataset of words are shown.
MAX_WORDS = 20

#: Families of up to so many curves get a legend, larger ones a colour bar.
MAX_LEGEND = 8


def parts(values: NDArray[Any], *, polar: bool = True) -> list[tuple[str, NDArray[Any]]]:
    """Return what of the values is drawn: themselves, or the two parts of complex ones."""
    if not np.iscomplexobj(values):
        return [("", values)]
    if not polar:
        return [("real part", values.real), ("imaginary part", values.imag)]
    return [("magnitude", np.abs(values)), ("phase (rad)", np.angle(values))]


def draw_curve(axes: Axes, scale: Scale, values: NDArray[Any], **style: Any) -> Any:
    """Draw one curve and label its abscissa; returns the line."""
    (line,) = axes.plot(scale.values, values, **style)
    set_label(axes.set_xlabel, scale.label)
    set_ticks(axes.xaxis, scale.factor)
    return line


def draw_band(
    axes: Axes, scale: Scale, values: NDArray[Any], variance: NDArray[Any], color: Any
) -> Any:
    """Shade one standard deviation on both sides of a curve; returns the band."""
    sigma = np.sqrt(np.maximum(variance, 0))
    return axes.fill_between(
        scale.values, values - sigma, values + sigma, color=color, alpha=0.25, linewidth=0
    )


def fit_ordinate(axes: Axes, bands: Iterable[Any] = ()) -> None:
    """Fit the ordinate to the lines and bands that are there now; the abscissa stays."""
    axes.relim()
    for band in bands:  # older matplotlib leaves collections out
        axes.update_datalim(band.get_datalim(axes.transData).get_points())
    axes.autoscale_view(scalex=False)


def label_values(axes: Axes, values: NDArray[Any], quantity: str, units: str) -> None:
    """Label the ordinate, with a prefix where the numbers are very small or large."""
    from sidpy.viz.scales import label_text

    factor, written = prefixed(np.asarray(values), units)
    set_label(axes.set_ylabel, label_text(quantity, written))
    set_ticks(axes.yaxis, factor)


class CurveVisualizer(View):
    """One curve or a family of them; complex data as magnitude and phase, variance as a band.

    ``axes[0].lines`` hold the data, one line per curve, coloured in their order.  A click
    marks a place on the abscissa.

    Parameters
    ----------
    dset : Dataset
        Made by name, the class needs one of type SPECTRUM: one axis, or several curves.
    spectrum_number : int
        Place along axes for which the plot has no room.
    figure, **kwargs
        As for `View`; foreign keywords go to ``plot``.
    """

    artist: ClassVar[Artist] = "line"

    def __init__(
        self, dset: Any, spectrum_number: int = 0, figure: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(dset, figure, spectrum_number=spectrum_number, **kwargs)

    def own_layout(self) -> Layout:
        """Draw along the spectral axis, else the first; one curve per place of the next."""
        dataset = self.dataset
        if dataset.data_type.name != "SPECTRUM" or not dataset.ndim:
            self.refuse("a dataset of type SPECTRUM")
        names = [dataset._axes[i].dimension_type.name for i in range(dataset.ndim)]
        spectral = names.index("SPECTRAL") if "SPECTRAL" in names else 0
        rest = [axis for axis in range(dataset.ndim) if axis != spectral]
        return Layout(
            "family" if rest else "curve",
            abscissa=spectral,
            members=rest[0] if rest else None,
            dropped=tuple(rest[1:]),
        )

    @property
    def at(self) -> int:
        """Place along the axes for which the plot has no room."""
        return int(self.options["spectrum_number"])

    @property
    def curve_axis(self) -> int:
        """The axis of the lazy data along which curves run."""
        return 0 if self.layout.members is None else 1

    def draw(self) -> None:
        """Draw every curve, magnitude above phase."""
        lazy, (every,) = thinned(
            self.arranged(self.layout.members, self.layout.abscissa),
            [self.curve_axis],
            MAX_POINTS,
        )
        if every > 1:
            self.note(f"one point in {every} shown")
        drawn = parts(compute(lazy), polar=self.polar)
        self.abscissa = self.scale(self.layout.abscissa, every)
        self.axes = list(self.fig.subplots(len(drawn), 1, sharex=True, squeeze=False)[:, 0])
        for axes, (name, values) in zip(self.axes, drawn, strict=True):
            self.draw_curves(axes, np.atleast_2d(values))
            self.label_ordinate(axes, name, values)
            axes.margins(x=0)
        self.draw_variance(every, drawn)
        for axes in self.axes[:-1]:
            axes.set_xlabel("")
        self.explain_colours()
        self.title(self.axes[0].set_title)
        self.marks: list[Any] = []
        self.connect("button_release_event", self.on_click)

    def draw_curves(self, axes: Axes, curves: NDArray[Any]) -> None:
        """Draw one line per curve."""
        if self.layout.members is None:
            draw_curve(axes, self.abscissa, curves[0], **self.style)
            return
        members, colours = self.scale(self.layout.members), _colours(len(curves))
        for number, curve in enumerate(curves):
            style = {"color": colours[number], "label": members.at(number)} | self.style
            draw_curve(axes, self.abscissa, curve, **style)

    def label_ordinate(self, axes: Axes, name: str, values: NDArray[Any]) -> None:
        """Write quantity (units), or what part of a complex number it is."""
        if name.startswith("phase"):
            axes.set_ylabel(name)
            return
        quantity = f"{self.quantity}, {name}" if name else self.quantity
        label_values(axes, values, quantity, self.dataset.units)

    def draw_variance(self, every: int, drawn: list[Any]) -> None:
        """Draw the bands of one standard deviation, for real data."""
        lazy = self.variance(self.layout.members, self.layout.abscissa)
        if lazy is None or len(drawn) > 1:
            return
        variance = np.atleast_2d(compute(lazy[..., ::every]))
        values = np.atleast_2d(drawn[0][1])
        for line, curve, spread in zip(list(self.axes[0].lines), values, variance, strict=True):
            draw_band(self.axes[0], self.abscissa, curve, spread, line.get_color())

    def explain_colours(self) -> None:
        """Say which curve is which."""
        if self.layout.members is None:
            return
        members = self.scale(self.layout.members)
        if len(members.values) <= MAX_LEGEND:
            self.axes[0].legend(title=members.label, fontsize="small")
        elif self.options["colorbar"] and "color" not in self.style:
            from matplotlib.cm import ScalarMappable
            from matplotlib.colors import Normalize

            low, high = float(members.values.min()), float(members.values.max())
            bar = self.fig.colorbar(ScalarMappable(Normalize(low, high), "viridis"), ax=self.axes)
            set_label(bar.set_label, members.label)
            set_ticks(bar.ax.yaxis, members.factor)

    # -- a place on the abscissa -------------------------------------------------------

    @property
    def place(self) -> dict[str, float]:
        """The marked place on the abscissa."""
        if not self.marks:
            return {}
        name = self.dataset._axes[self.layout.abscissa].name
        return {name: float(self.marks[0].get_xdata()[0])}

    def go_to(self, place: Mapping[str, float]) -> None:
        """Mark a place on the abscissa."""
        name = self.dataset._axes[self.layout.abscissa].name
        if name not in place:
            return
        position = place[name]
        if not self.marks:
            self.marks = [ax.axvline(position, color="0.3", lw=1, ls="--") for ax in self.axes]
        for mark in self.marks:
            mark.set_xdata([position, position])
        self.redraw()

    def on_click(self, event: Any) -> None:
        """Mark the place that was clicked."""
        if any(self.is_clicked(event, axes) for axes in self.axes):
            name = self.dataset._axes[self.layout.abscissa].name
            self.go_to({name: float(event.xdata)})
            self.moved()

    _onclick = on_click


def _colours(count: int) -> Any:
    from matplotlib import colormaps

    if count <= 4:
        return [f"C{number}" for number in range(count)]
    return colormaps["viridis"](np.linspace(0, 0.95, count))


class NumberView(View):
    """A dataset of one number, written large."""

    size: ClassVar[tuple[float, float]] = (4.0, 2.0)
    artist: ClassVar[Artist] = "nothing"

    def draw(self) -> None:
        """Write the number with its units."""
        value = compute(self.arranged()).reshape(-1)[0]
        axes = self.fig.subplots()
        axes.axis("off")
        text = f"{value:.6g} {_units(self.dataset)}".strip()
        axes.text(0.5, 0.5, text, ha="center", va="center", fontsize="xx-large", parse_math=False)
        self.axes = [axes]
        self.title(axes.set_title)


class WordsView(View):
    """A dataset that holds no numbers: its first entries, one per line."""

    artist: ClassVar[Artist] = "nothing"

    def draw(self) -> None:
        """Write the entries."""
        flat = plain(self.dataset).reshape(-1)
        entries = [str(entry) for entry in np.asarray(flat[:MAX_WORDS])]
        if flat.size > len(entries):
            self.note(f"the first {len(entries)} of {flat.size} entries")
        axes = self.fig.subplots()
        axes.axis("off")
        axes.text(0, 1, "\n".join(entries), ha="left", va="top", wrap=True, parse_math=False)
        self.axes = [axes]
        self.title(axes.set_title)


def _units(dataset: Any) -> str:
    from sidpy.viz.scales import said

    return said(dataset.units)
