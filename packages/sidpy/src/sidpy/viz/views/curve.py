"""Curves: one, a family of them; and what is no curve, a single number and words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sidpy.sid import plain
from sidpy.viz.sampling import compute, thinned
from sidpy.viz.scales import prefixed, set_label, set_ticks

from .base import View

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from sidpy.viz.scales import Scale

__all__ = ["CurveView", "FamilyView", "NumberView", "WordsView", "draw_curve", "parts"]

#: More points than this in one curve are thinned out.
MAX_POINTS = 2**20

#: So many entries of a dataset of words are shown.
MAX_WORDS = 20

#: Families of up to so many curves get a legend, larger ones a colour bar.
MAX_LEGEND = 8


def parts(values: NDArray[Any]) -> list[tuple[str, NDArray[Any]]]:
    """Return what of the values is drawn: themselves, or magnitude and phase."""
    if not np.iscomplexobj(values):
        return [("", values)]
    return [("magnitude", np.abs(values)), ("phase (rad)", np.angle(values))]


def draw_curve(axes: Axes, scale: Scale, values: NDArray[Any], **style: Any) -> Any:
    """Draw one curve and label its abscissa; returns the line."""
    (line,) = axes.plot(scale.values, values, **style)
    set_label(axes.set_xlabel, scale.label)
    set_ticks(axes.xaxis, scale.factor)
    return line


def draw_band(axes: Axes, scale: Scale, values: NDArray[Any], variance: NDArray[Any]) -> None:
    """Shade one standard deviation on both sides of the last curve."""
    sigma = np.sqrt(np.maximum(variance, 0))
    colour = axes.lines[-1].get_color()
    axes.fill_between(
        scale.values, values - sigma, values + sigma, color=colour, alpha=0.25, linewidth=0
    )


def label_values(axes: Axes, values: NDArray[Any], quantity: str, units: str) -> None:
    """Label the ordinate, with a prefix where the numbers are very small or large."""
    from sidpy.viz.scales import label_text

    factor, written = prefixed(np.asarray(values), units)
    set_label(axes.set_ylabel, label_text(quantity, written))
    set_ticks(axes.yaxis, factor)


class CurveView(View):
    """One curve; complex data as magnitude and phase, variance as a band.

    ``axes[0].lines[0]`` holds the data.
    """

    def draw(self) -> None:
        """Draw the curve, or magnitude above phase."""
        axis = self.layout.abscissa
        lazy, (every,) = thinned(self.arranged(axis), [0], MAX_POINTS)
        if every > 1:
            self.note(f"one point in {every} shown")
        drawn = parts(compute(lazy))
        scale = self.scale(axis, every)
        self.axes = list(self.fig.subplots(len(drawn), 1, sharex=True, squeeze=False)[:, 0])
        for axes, (name, values) in zip(self.axes, drawn, strict=True):
            draw_curve(axes, scale, values, **self.style)
            self.label_ordinate(axes, name, values)
            axes.margins(x=0)
        self.draw_variance(scale, every, drawn)
        for axes in self.axes[:-1]:
            axes.set_xlabel("")
        self.title(self.axes[0].set_title)

    def label_ordinate(self, axes: Axes, name: str, values: NDArray[Any]) -> None:
        """Write quantity (units), or what part of a complex number it is."""
        if name.startswith("phase"):
            axes.set_ylabel(name)
            return
        quantity = self.value_label.removesuffix(f" ({self.dataset.units})")
        label_values(axes, values, f"{quantity}, {name}" if name else quantity, self.dataset.units)

    def draw_variance(self, scale: Scale, every: int, drawn: list[Any]) -> None:
        """Draw the band of one standard deviation, for real data."""
        variance = self.variance(self.layout.abscissa)
        if variance is not None and len(drawn) == 1:
            draw_band(self.axes[0], scale, drawn[0][1], compute(variance[::every]))


class FamilyView(CurveView):
    """Several curves in one plot, coloured in their order."""

    def draw(self) -> None:
        """Draw every curve, with a legend or a colour bar that says which is which."""
        layout = self.layout
        lazy, (every,) = thinned(self.arranged(layout.members, layout.abscissa), [1], MAX_POINTS)
        if every > 1:
            self.note(f"one point in {every} shown")
        drawn = parts(compute(lazy))
        scale, members = self.scale(layout.abscissa, every), self.scale(layout.members)
        self.axes = list(self.fig.subplots(len(drawn), 1, sharex=True, squeeze=False)[:, 0])
        colours = _colours(len(members.values))
        for axes, (name, values) in zip(self.axes, drawn, strict=True):
            for number, curve in enumerate(values):
                style = {"color": colours[number], "label": members.at(number)} | self.style
                draw_curve(axes, scale, curve, **style)
            self.label_ordinate(axes, name, values)
            axes.margins(x=0)
        for axes in self.axes[:-1]:
            axes.set_xlabel("")
        self.explain_colours(members)
        self.title(self.axes[0].set_title)

    def explain_colours(self, members: Scale) -> None:
        """Say which curve is which."""
        if len(members.values) <= MAX_LEGEND:
            self.axes[0].legend(title=members.label, fontsize="small")
        elif self.options["colorbar"]:
            from matplotlib.cm import ScalarMappable
            from matplotlib.colors import Normalize

            low, high = float(members.values.min()), float(members.values.max())
            bar = self.fig.colorbar(ScalarMappable(Normalize(low, high), "viridis"), ax=self.axes)
            set_label(bar.set_label, members.label)
            set_ticks(bar.ax.yaxis, members.factor)


def _colours(count: int) -> Any:
    from matplotlib import colormaps

    if count <= 4:
        return [f"C{number}" for number in range(count)]
    return colormaps["viridis"](np.linspace(0, 0.95, count))


class NumberView(View):
    """A dataset of one number, written large."""

    size: ClassVar[tuple[float, float]] = (4.0, 2.0)

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
