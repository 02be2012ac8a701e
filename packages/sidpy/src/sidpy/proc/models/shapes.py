"""First looks at data: where a peak is, how wide, at what level the ends are.

Guesses only have to be near enough for a fit to start; all of these look at many spectra
at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["joined_unit", "peaks", "quiet_points", "spacing", "weighted_lines"]


def joined_unit(*units: str) -> str:
    """Multiply units, leaving out those that are empty.

    Examples
    --------
    >>> joined_unit("nA", "", "eV")
    'nA*eV'
    """
    return "*".join(unit for unit in units if unit)


def spacing(x: NDArray[Any]) -> float:
    """Return the typical distance of neighbouring points, never zero."""
    steps = np.abs(np.diff(np.sort(np.ravel(x))))
    steps = steps[steps > 0]
    return float(np.median(steps)) if len(steps) else 1.0


def peaks(x: NDArray[Any], y: NDArray[Any]) -> tuple[Floats, Floats, Floats]:
    """Return height, position and full width at half height of the largest peak.

    Parameters
    ----------
    x : ndarray of shape (points,)
        Coordinate in any order.
    y : ndarray of shape (rows, points)
        Data above a background of zero; the peak may point downwards.

    Returns
    -------
    height, center, width : ndarray of shape (rows,)
        Of the stretch around the extreme that stays above half of its height.

    Examples
    --------
    >>> x = np.arange(20.0)
    >>> peaks(x, np.exp(-((x - 8) ** 2) / 8)[None])[1]
    array([8.])
    """
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[:, order]
    rows, index = np.arange(len(y)), np.arange(len(x))
    top = np.argmax(np.abs(y), axis=1)[:, None]
    height = y[rows, top[:, 0]]
    below = y * np.sign(height)[:, None] < 0.5 * np.abs(height)[:, None]
    left = np.where(below & (index < top), index, -1).max(axis=1)[:, None]
    right = np.where(below & (index > top), index, len(x)).min(axis=1)[:, None]
    inside = (index > left) & (index < right)
    weight = np.where(inside, np.abs(y), 0.0)
    center = weight @ x / np.maximum(weight.sum(axis=1), 1e-300)
    width = np.maximum(inside.sum(axis=1), 1) * spacing(x)
    return height, np.where(weight.sum(axis=1) > 0, center, x[top[:, 0]]), width


def quiet_points(x: Any, where: str) -> NDArray[np.bool_]:
    """Return which points lie at the ends of the range, where a feature has died away.

    Parameters
    ----------
    x : ndarray of shape (points,), or a sequence of them
        Coordinates.
    where : {"both", "low", "high"}
        Which ends: a seventh of the points each.
    """
    chosen = np.zeros(np.asarray(x).shape[-1], np.bool_)
    for axis in np.atleast_2d(x):
        values = np.unique(axis)
        number = max(1, len(values) // 7)
        if where in ("both", "low"):
            chosen |= axis <= values[number - 1]
        if where in ("both", "high"):
            chosen |= axis >= values[-number]
    return chosen


def weighted_lines(x: NDArray[Any], y: NDArray[Any], w: NDArray[Any]) -> tuple[Floats, Floats]:
    """Return intercepts and slopes of weighted straight lines.

    Parameters
    ----------
    x : ndarray of shape (points,)
        Coordinate.
    y, w : ndarray of shape (rows, points)
        Data and weights.

    Returns
    -------
    intercept, slope : ndarray of shape (rows,)
        Slope zero where only one point has weight.
    """
    total = np.maximum(w.sum(axis=1), 1e-300)
    mean_x, mean_y = w @ x / total, (w * y).sum(axis=1) / total
    distance = x - mean_x[:, None]
    variance = (w * distance**2).sum(axis=1)
    slope = (w * distance * y).sum(axis=1) / np.where(variance > 0, variance, np.inf)
    return mean_y - slope * mean_x, slope
