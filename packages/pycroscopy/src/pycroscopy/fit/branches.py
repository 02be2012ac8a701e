"""The falling and the rising branch of a cycle of bias, and sums over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Branches", "falling_points"]


def falling_points(bias: Any) -> NDArray[np.bool_]:
    """Return which points were arrived at by falling; plateaus belong to what comes before.

    Examples
    --------
    >>> falling_points([1.0, 2, 2, 1, 0, 1])
    array([False, False, False,  True,  True, False])
    """
    steps = np.diff(np.asarray(bias, np.float64))
    moved = np.flatnonzero(steps)
    if not moved.size:
        return np.zeros(len(steps) + 1, np.bool_)
    last = np.searchsorted(moved, np.arange(len(steps)), side="right") - 1
    falls = steps[moved[np.maximum(last, 0)]] < 0
    return np.concatenate([falls[:1], falls])


class Branches(NamedTuple):
    """A cycle of bias as weights: ``loops @ weights`` are levels and areas."""

    falling: NDArray[np.bool_]
    top: float
    """The highest bias."""
    span: float
    """From the lowest to the highest bias."""
    low: Floats
    """Shape (points,): the mean where the bias is lowest, over a tenth of the span."""
    high: Floats
    area_falling: Floats
    """Shape (points,): the integral of the falling branch over the bias."""
    area_rising: Floats
    zero_falling: Floats
    """Shape (points,): the value of the falling branch at zero bias, interpolated."""
    zero_rising: Floats

    @classmethod
    def of(cls, bias: Any) -> Branches:
        """Return the branches of a cycle.

        Raises
        ------
        ValueError
            Unless the bias both falls and rises over more than a point.
        """
        bias = np.asarray(bias, np.float64)
        falling = falling_points(bias)
        if min(falling.sum(), (~falling).sum()) < 2:
            msg = (
                "a loop needs a bias that falls and rises, in the order of time; found "
                f"{int(falling.sum())} falling and {int((~falling).sum())} rising points"
            )
            raise ValueError(msg)
        low, high = bias.min(), bias.max()
        span = high - low
        ends = [bias <= low + span / 10, bias >= high - span / 10]
        return cls(
            falling, high, span, *(e / e.sum() for e in ends),
            *(_integral(bias, part) for part in (falling, ~falling)),
            *(_at_zero(bias, part) for part in (falling, ~falling)),
        )  # fmt: skip


def _integral(bias: Floats, part: NDArray[np.bool_]) -> Floats:
    """Return weights of an integral from the lowest to the highest bias."""
    places = np.flatnonzero(part)
    places = places[np.argsort(bias[places], kind="stable")]
    values = bias[places]
    edges = np.concatenate([[bias.min()], (values[1:] + values[:-1]) / 2, [bias.max()]])
    weights = np.zeros(len(bias))
    weights[places] = np.diff(edges)
    return weights


def _at_zero(bias: Floats, part: NDArray[np.bool_]) -> Floats:
    """Return weights of a linear interpolation at zero; NaN where zero is not reached."""
    places = np.flatnonzero(part)
    places = places[np.argsort(bias[places], kind="stable")]
    values = bias[places]
    weights = np.zeros(len(bias))
    if not values[0] <= 0 <= values[-1]:
        return np.full(len(bias), np.nan)
    above = int(np.clip(np.searchsorted(values, 0.0), 1, len(values) - 1))
    gap = values[above] - values[above - 1]
    share = 0.5 if gap == 0 else -values[above - 1] / gap
    weights[places[above]], weights[places[above - 1]] = share, 1 - share
    return weights
