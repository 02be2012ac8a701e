"""Polynomials through the neighborhood of each point: values and slopes as weighted sums [1]_.

Points may be uneven, in any order, and missing; at the ends the neighborhood is moved inwards.

References
----------
.. [1] Savitzky, Golay, Anal. Chem. 36, 1627 (1964), doi:10.1021/ac60214a047
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["LocalPolynomials", "by_valid_points"]


class LocalPolynomials(NamedTuple):
    """Weights of values and slopes at some places: ``y @ value.T``, ``y @ slope.T``."""

    value: Floats
    """Shape (places, points)."""
    slope: Floats

    @classmethod
    def of(cls, x: Floats, at: Floats, window: float, order: int) -> LocalPolynomials:
        """Return the weights.

        Parameters
        ----------
        x : ndarray of shape (points,)
            More than `order` different places.
        at : ndarray of shape (places,)
            Where values and slopes are wanted.
        window : float
            Width of a neighborhood; it grows where it holds too few points.
        order : int
            Of the polynomials.
        """
        value = np.zeros((len(at), len(x)))
        slope = np.zeros_like(value)
        ends = float(x.min()), float(x.max())
        # rounding shall not decide about points at the rim
        width = window * (1 + 1e-9)
        for row, place in enumerate(at):
            away = np.abs(x - place)
            start = np.clip(place - width / 2, ends[0], max(ends[1] - width, ends[0]))
            least = _nearest(x, away, order + 2)
            near = np.flatnonzero(((x >= start) & (x <= start + width)) | (away <= least))
            reach = float(away[near].max())
            powers = ((x[near] - place) / reach)[:, None] ** np.arange(order + 1)
            weights = np.linalg.pinv(powers)
            value[row, near], slope[row, near] = weights[0], weights[1] / reach
        return cls(value, slope)

    def noise(self, y: Floats) -> Floats:
        """Return the noise of each row of data, from what is left without the polynomials.

        Parameters
        ----------
        y : ndarray of shape (rows, points)
            Where `at` is `x`.
        """
        rest = np.eye(len(self.value)) - self.value
        return np.asarray(np.sqrt(((y @ rest.T) ** 2).sum(axis=1) / (rest**2).sum()))


def _nearest(x: Floats, away: Floats, count: int) -> float:
    """Return how far the nearest so many different places are."""
    order = np.argsort(away, kind="stable")
    new = np.unique(x[order], return_index=True)[1]
    reach = away[order[np.sort(new)[min(count, len(new)) - 1]]]
    return float(reach) * (1 + 1e-9)


def by_valid_points(block: Any) -> Iterator[tuple[NDArray[np.intp], NDArray[np.bool_], Floats]]:
    """Yield groups of curves of which the same points are there: rows, points, values.

    Parameters
    ----------
    block : array of shape (..., points)
        Missing is NaN, infinite or masked.
    """
    y = np.ma.filled(np.ma.asarray(block).astype(np.float64), np.nan)
    y = y.reshape(-1, y.shape[-1])
    valid = np.isfinite(y)
    patterns, which = np.unique(valid, axis=0, return_inverse=True)
    for number, points in enumerate(patterns):
        rows = np.flatnonzero(which.ravel() == number)
        yield rows, points, y[np.ix_(rows, np.flatnonzero(points))]
