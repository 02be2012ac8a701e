"""Components and their maps, and how a pixel is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pycroscopy._inputs import lazy
from pycroscopy.viz.curves import draw_scree
from pycroscopy.viz.maps import numbers_of
from pycroscopy.viz.panels import label_abscissa, value_caption
from sidpy.viz.scales import set_label

from .base import ResultView

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

__all__ = ["ComponentsView"]


class ComponentsView(ResultView):
    """Maps of components, their spectra, and measured and rebuilt spectrum of a pixel.

    Beside the map are the components, the chosen one in colour; below, the singular values or
    the shares of the pixel, and the pixel with what the components make of it.

    Parameters
    ----------
    result : Decomposition or Unmixing
        As `decompose`, `unmix` and `fit_references` make; with ``abundances``, ``components``
        or ``endmembers``, ``data`` and ``row_axes``.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    **options
        As for `ResultView`.
    """

    size: ClassVar[tuple[float, float]] = (12.0, 7.0)

    def __init__(self, result: Any, figure: Figure | None = None, **options: Any) -> None:
        self.result, self.data = result, result.data
        spectra = getattr(result, "components", None)
        self.spectra: sidpy.Dataset = result.endmembers if spectra is None else spectra
        self.count = int(self.spectra.shape[0])
        self.rest = getattr(result, "residual", None)
        maps = {f"component {i}": result.abundances[..., i] for i in range(self.count)}
        if self.rest is not None:
            maps["residual"] = self.rest
        super().__init__(maps, figure, **options)

    def heading(self) -> str:
        """Name the data."""
        return f"{self.data.title}: {self.count} components"

    def make_panels(self) -> list[Any]:
        """Make map, components, shares and pixel over what is left of it."""
        grid = self.fig.add_gridspec(3, 2, height_ratios=(4, 3, 1), width_ratios=(5, 6))
        pixel = self.fig.add_subplot(grid[1, 1])
        return [
            self.fig.add_subplot(grid[0, 0]),
            self.fig.add_subplot(grid[0, 1]),
            self.fig.add_subplot(grid[1:, 0]),
            pixel,
            self.fig.add_subplot(grid[2, 1], sharex=pixel),
        ]

    # -- what belongs to no place ------------------------------------------------------

    def draw_beside(self) -> None:
        """Draw all components, and the singular values where there are any."""
        self.curves = numbers_of(self.spectra).reshape(self.count, -1)
        what, upper, lower = self.axes[1], self.axes[3], self.axes[4]
        self.lines = [what.plot(self.abscissa(what), curve)[0] for curve in self.curves]
        set_label(what.set_ylabel, value_caption(self.spectra) or "component")
        x = self.abscissa(lower)
        self.abscissa(upper)
        upper.set_xlabel("")
        upper.tick_params(labelbottom=False)
        blank = np.full(len(x), np.nan)
        (self.measured,) = upper.plot(x, blank, ".", ms=3, color="0.5", label="measured")
        (self.rebuilt,) = upper.plot(x, blank, color="C3", label="of the components")
        (self.left,) = lower.plot(x, blank, color="C0", lw=0.8)
        lower.axhline(0, color="0.6", lw=0.8)
        set_label(upper.set_ylabel, value_caption(self.data) or "value")
        lower.set_ylabel("residual")
        upper.legend(frameon=False, fontsize="small")
        self.draw_shares()
        self.emphasise()

    def abscissa(self, axes: Any) -> NDArray[Any]:
        """Label the abscissa of spectra, and return its values: channels of several axes."""
        if self.spectra.ndim == 2:
            return np.asarray(label_abscissa(axes, self.spectra._axes[1]))
        axes.set_xlabel("channel")
        return np.arange(self.curves.shape[1])

    def draw_shares(self) -> None:
        """Draw the singular values, or bars for the shares of the pixel."""
        axes = self.axes[2]
        values = getattr(self.result, "singular_values", None)
        self.shares = None
        if values is not None:
            from pycroscopy.learn.rank import noise_edge

            edge = noise_edge(self.result.noise, max(self.result.shape), min(self.result.shape))
            draw_scree(axes, values, rank=self.result.rank, edge=edge)
            (self.mark,) = axes.plot([0], [values[0]], "o", ms=12, mfc="none", mec="C3")
            return
        number = np.arange(self.count)
        self.shares = axes.bar(number, np.zeros(self.count), color=self.colours())
        self.spread = axes.errorbar(number, np.zeros(self.count), np.zeros(self.count), fmt="none",
                                    ecolor="0.2", capsize=3)  # fmt: skip
        axes.set(xlabel="component", ylabel="share of the pixel", xticks=number)

    def colours(self) -> list[str]:
        """Return the colour of each component."""
        return [f"C{number % 10}" for number in range(self.count)]

    def emphasise(self) -> None:
        """Show the chosen component in colour and all others pale."""
        chosen = [*self.maps].index(self.map_name)
        for number, (line, colour) in enumerate(zip(self.lines, self.colours(), strict=True)):
            here = number == chosen
            line.set(color=colour, alpha=1.0 if here else 0.25, lw=1.8 if here else 1.0,
                     zorder=3 if here else 2)  # fmt: skip
        self.axes[1].set_title(self.map_name if chosen < self.count else "components",
                               fontsize="medium")  # fmt: skip
        if self.shares is None and chosen < self.count:
            self.mark.set_data([chosen], [self.result.singular_values[chosen]])

    def choose(self, name: str) -> None:
        """Show the map and the spectrum of another component, or the map of what is left."""
        super().choose(name)
        self.emphasise()
        self.redraw()

    # -- the chosen place --------------------------------------------------------------

    def show_place(self, index: tuple[int, ...]) -> None:
        """Show measured and rebuilt spectrum of one pixel."""
        measured, rebuilt = self.pixel_at(index)
        values = [np.abs(part) if np.iscomplexobj(part) else part for part in (measured, rebuilt)]
        self.measured.set_ydata(values[0])
        self.rebuilt.set_ydata(values[1])
        rest = measured - rebuilt
        self.left.set_ydata(np.abs(rest) if np.iscomplexobj(rest) else rest)
        self.axes[3].set_title(f"at {self.place_text()}", fontsize="medium", parse_math=False)
        for axes in self.axes[3:]:
            axes.relim()
            axes.autoscale_view()
        if self.shares is not None:
            self.show_shares(index)

    def show_shares(self, index: tuple[int, ...]) -> None:
        """Show the shares of one pixel with their errors."""
        values = np.asarray(self.result.abundances[index], np.float64)
        errors = np.asarray(self.result.errors[index], np.float64)
        for bar, value in zip(self.shares or (), values, strict=True):
            bar.set_height(value)
        _, caps, (sticks,) = self.spread.lines
        ends = values - errors, values + errors
        number = np.arange(self.count)
        sticks.set_segments([[(n, a), (n, b)] for n, a, b in zip(number, *ends, strict=True)])
        for cap, end in zip(caps, ends, strict=True):
            cap.set_ydata(end)
        known = np.concatenate([part[np.isfinite(part)] for part in (values, *ends)])
        low, high = (known.min(), known.max()) if known.size else (0.0, 1.0)
        self.axes[2].set_ylim(min(0.0, 1.1 * low), max(1.1 * high, 1e-12))

    def pixel_at(self, index: tuple[int, ...]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return measured and rebuilt spectrum of one position; only this is read."""
        picked: list[Any] = [slice(None)] * self.data.ndim
        for axis, place in zip(self.result.row_axes, index, strict=True):
            picked[axis] = place
        measured = np.asarray(lazy(self.data)[tuple(picked)]).ravel()
        weights = np.asarray(self.result.abundances[index])
        rebuilt = weights @ np.asarray(self.spectra).reshape(self.count, -1)
        mean = getattr(self.result, "mean", None)
        return measured, rebuilt if mean is None else rebuilt + np.asarray(mean).ravel()

    def shown(self) -> sidpy.Dataset:
        """Return what was measured at the chosen pixel."""
        picked: list[Any] = [slice(None)] * self.data.ndim
        for axis, place in zip(self.result.row_axes, self.index, strict=True):
            picked[axis] = place
        return self.data[tuple(picked)]
