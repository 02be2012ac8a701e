"""Hysteresis loops: run through in the order of time, with what was measured of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.viz.scales import set_label

from .panels import label_abscissa, value_caption

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    import sidpy

__all__ = ["LoopCurve", "draw_loop"]

#: Measured biases that are marked, with their colours.
_MARKS = {"coercive_left": "C0", "coercive_right": "C3", "imprint": "0.4"}


class LoopCurve:
    """One loop in a panel, falling and rising branch in two colours, with its biases.

    Parameters
    ----------
    axes : Axes
        Where.
    loops : Dataset of shape (..., bias, ...)
        For quantity and units.
    dimension : Dimension
        The bias, in the order of time.
    """

    def __init__(self, axes: Axes, loops: sidpy.Dataset, dimension: sidpy.Dimension) -> None:
        self.axes = axes
        self.bias = np.asarray(label_abscissa(axes, dimension), np.float64)
        set_label(axes.set_ylabel, value_caption(loops) or "response")
        blank = np.full(len(self.bias), np.nan)
        self.lines = [
            axes.plot(self.bias, blank, ".-", color=colour, ms=4, lw=0.8, label=name)[0]
            for name, colour in (("falling", "C0"), ("rising", "C3"))
        ]
        self.fit = axes.plot(self.bias, blank, color="0.2", lw=1.4, label="fit")[0]
        self.fit.set_visible(False)
        self.marks: dict[str, Any] = {}
        axes.axhline(0, color="0.8", lw=0.8, zorder=0)

    def branches(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return which points the falling and the rising branch have, ends shared."""
        step = np.diff(self.bias, append=self.bias[:1])
        before = np.roll(step, 1)
        return (step < 0) | (before < 0), (step > 0) | (before > 0)

    def show(
        self,
        values: NDArray[Any],
        fitted: NDArray[Any] | None = None,
        measured: Mapping[str, float] | None = None,
    ) -> None:
        """Draw the loop of one place.

        Parameters
        ----------
        values : ndarray of shape (bias,)
            The loop.
        fitted : ndarray of shape (bias,), optional
            The fit of it.
        measured : mapping of str to float, optional
            ``coercive_left``, ``coercive_right`` and ``imprint`` are marked, others not.
        """
        for line, branch in zip(self.lines, self.branches(), strict=True):
            line.set_ydata(np.where(branch, values, np.nan))
        if fitted is not None:
            self.fit.set_ydata(fitted)
            self.fit.set_visible(True)
        for name, colour in _MARKS.items():
            if measured is None or name not in measured:
                continue
            if name not in self.marks:
                style = {"color": colour, "ls": ":", "lw": 1.2}
                self.marks[name] = self.axes.axvline(np.nan, **style)
            self.marks[name].set_xdata([measured[name]] * 2)
        visible = [line for line in (*self.lines, self.fit) if line.get_visible()]
        self.axes.legend(handles=visible, frameon=False, fontsize="small")
        self.axes.relim(visible_only=True)
        self.axes.autoscale_view()


def draw_loop(
    axes: Axes,
    loop: sidpy.Dataset,
    *,
    fitted: NDArray[Any] | None = None,
    measured: Mapping[str, float] | None = None,
) -> LoopCurve:
    """Draw one loop with its fit and its coercive biases.

    Parameters
    ----------
    axes : Axes
        Where.
    loop : Dataset of one axis, real
        The bias runs in the order of time.
    fitted : ndarray of shape (bias,), optional
        The fit of it.
    measured : mapping of str to float, optional
        ``coercive_left``, ``coercive_right`` and ``imprint`` are marked, others not.

    Raises
    ------
    ValueError
        When there is more than one loop.
    """
    if loop.ndim != 1:
        msg = f"one loop is drawn at a time, found the shape {loop.shape}"
        raise ValueError(msg)
    curve = LoopCurve(axes, loop, loop._axes[0])
    curve.show(np.asarray(loop, np.float64), fitted, measured)
    axes.set_title(loop.title, parse_math=False)
    return curve
