"""Maps of what was measured of hysteresis loops, and the loop of the chosen pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pycroscopy._inputs import lazy
from pycroscopy.viz.fits import parameter_lines, write_in
from pycroscopy.viz.loops import LoopCurve

from .base import ResultView

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    import sidpy
    from pycroscopy.fit.loops import LoopFit
    from pycroscopy.fit.measured_loops import MeasuredLoops

__all__ = ["LoopsView"]


class LoopsView(ResultView):
    """Maps of loops, and the loop of the chosen pixel with its fit and its coercive biases.

    Parameters
    ----------
    loops : Dataset or ProjectedLoops
        Real loops at positions, the bias in the order of time.
    measured : MeasuredLoops, optional
        What was measured of each loop: maps, and marks on the loop.
    fit : LoopFit, optional
        The fit of each loop: maps, and a curve through the loop.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    dim : str or int, optional
        The axis of the bias: by default the only spectral one, or the last.
    **options
        As for `ResultView`.

    Raises
    ------
    TypeError
        When the loops are complex.
    """

    size: ClassVar[tuple[float, float]] = (13.0, 4.6)

    def __init__(
        self,
        loops: Any,
        measured: MeasuredLoops | None = None,
        fit: LoopFit | None = None,
        figure: Figure | None = None,
        *,
        dim: str | int | None = None,
        **options: Any,
    ) -> None:
        from pycroscopy.fit.rows import Rows

        projected = loops if hasattr(loops, "angle_error") else None
        rows = Rows.of(loops.loops if projected is not None else loops, dim, least=4)
        if rows.dataset.dtype.kind == "c":
            msg = "this view shows real loops; project_loops makes them of complex ones"
            raise TypeError(msg)
        self.data, self.bias_axis = rows.dataset, rows.axis
        self.measured, self.fit = measured, fit
        maps: dict[str, sidpy.Dataset] = {}
        if measured is not None:
            maps |= {name.replace("_", " "): part for name, part in measured.values.items()}
        if fit is not None:
            maps |= {f"fit: {name.replace('_', ' ')}": fit[name] for name in fit.names}
        if projected is not None:
            maps |= {"angle": projected.angle, "noise": projected.noise}
        if not maps:
            spread = np.ptp(np.asarray(lazy(self.data)), axis=self.bias_axis)
            maps["height"] = rows.placed(spread, self.data.title, self.data.units, "height")
        super().__init__(maps, figure, **options)

    def heading(self) -> str:
        """Name the data."""
        return str(self.data.title)

    def make_panels(self) -> list[Any]:
        """Make map, loop, and room for words."""
        return list(self.fig.subplots(1, 3, width_ratios=(5, 5, 2.6)))

    def draw_beside(self) -> None:
        """Prepare the loop and the words."""
        self.curve = LoopCurve(self.axes[1], self.data, self.data._axes[self.bias_axis])
        self.words = write_in(self.axes[2], "")

    def show_place(self, index: tuple[int, ...]) -> None:
        """Show the loop of one pixel, its fit, and what was measured of it."""
        loop = np.asarray(lazy(self.shown()), np.float64)
        fitted, lines, marks = None, [], {}
        if self.measured is not None:
            names = [*self.measured.values]
            values, errors = (
                np.array([float(np.asarray(lazy(part[name])[index])) for name in names])
                for part in (self.measured.values, self.measured.errors)
            )
            units = [self.measured[name].units for name in names]
            marks = dict(zip(names, values, strict=True))
            lines += ["measured", parameter_lines(names, values, errors, units), ""]
        if self.fit is not None:
            values, errors = (
                np.asarray(part[index], np.float64)
                for part in (self.fit.parameters, self.fit.errors)
            )
            with np.errstate(all="ignore"):
                fitted = np.asarray(self.fit.model(values[None, :], self.fit.x)).ravel()
            lines += ["fitted", parameter_lines(self.fit.names, values, errors, self.fit.units)]
        self.curve.show(loop, fitted, marks or None)
        self.axes[1].set_title(f"at {self.place_text()}", fontsize="medium", parse_math=False)
        self.words.set_text("\n".join(lines))
        self.words.set_fontsize("x-small" if len(lines) > 3 else "small")

    def shown(self) -> sidpy.Dataset:
        """Return the loop of the chosen pixel."""
        places: list[Any] = list(self.index)
        places.insert(self.bias_axis, slice(None))
        return self.data[tuple(places)]
