"""The iteration of `marquardt` for one fit after the other, for numba to compile.

The same steps, tests and constants, written for numbers instead of blocks: every fit runs
from start to end while its data are in the first cache, and nothing is copied.  Plain
functions like those of `kernels`; the tests hold both iterations to the same steps.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .kernels import HELPERS as _KERNELS
from .kernels import evaluated_row, scratch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["HELPERS", "fit_each"]

# numbers of `FitStatus`, which compiled code cannot look up
_COST, _STEP, _GRADIENT = 1, 2, 3
_RUNNING, _BAD_START, _TOO_FEW, _STALLED = 0, -1, -2, -3


def _opened(y: Floats, w: Floats, box: Floats, cost: float, gradient: Floats) -> int:
    """Return whether a fit can start."""
    points = len(y)
    for i in range(len(w)):
        if w[i] == 0:
            points -= 1
    for k in range(len(gradient)):
        if box[0, k] < box[1, k]:
            points -= 1
    if points < 0:
        return _TOO_FEW
    return _RUNNING if math.isfinite(cost) and _finite(gradient) else _BAD_START


def _finite(a: Floats) -> bool:
    """Return whether all numbers are finite; loops compile faster than expressions."""
    finite = True
    for k in range(len(a)):
        finite = finite and math.isfinite(a[k])
    return finite


def _accepted(state: tuple[Floats, Floats, Floats], trial: tuple[Floats, Floats, Floats]) -> None:
    """Copy parameters, gradient and curvature."""
    size = len(state[0])
    for i in range(size):
        state[0][i], state[1][i] = trial[0][i], trial[1][i]
        for j in range(size):
            state[2][i, j] = trial[2][i, j]


def _vanished(y: Floats, w: Floats) -> float:
    """Return the cost that is nothing but rounding."""
    total = 0.0
    for i in range(len(y)):
        total += y[i] * y[i] * (w[i] if len(w) else 1.0)
    return 0.5e-30 * total


def _released(p: Floats, gradient: Floats, box: Floats, free: NDArray[np.bool_]) -> None:
    """Write which parameters may move; see `problem.free_parameters`."""
    for k in range(len(p)):
        outward = (p[k] <= box[0, k] and gradient[k] <= 0) or (
            p[k] >= box[1, k] and gradient[k] >= 0
        )
        free[k] = not outward and box[0, k] < box[1, k]


def _damped(
    curvature: Floats,
    free: NDArray[np.bool_],
    largest: Floats,
    damping: float,
    matrix: Floats,
) -> None:
    """Write the damped curvature of the free parameters."""
    size = len(free)
    for i in range(size):
        for j in range(i + 1):
            matrix[i, j] = curvature[i, j] if free[i] and free[j] else 0.0
        if not largest[i] >= matrix[i, i]:
            largest[i] = matrix[i, i]
        if free[i]:
            matrix[i, i] += min(damping, 1e300) * largest[i]
        if matrix[i, i] == 0:
            matrix[i, i] = 1.0


def _solved(m: Floats, x: Floats) -> None:
    """Solve with the lower triangle of a matrix, in place; NaN where it is not positive."""
    size = len(x)
    for j in range(size):
        for k in range(j):
            m[j, j] -= m[j, k] * m[j, k]
        m[j, j] = 1 / math.sqrt(m[j, j]) if m[j, j] > 0 else np.nan
        for i in range(j + 1, size):
            for k in range(j):
                m[i, j] -= m[i, k] * m[j, k]
            m[i, j] *= m[j, j]
    for i in range(size):
        for k in range(i):
            x[i] -= m[i, k] * x[k]
        x[i] *= m[i, i]
    for i in range(size - 1, -1, -1):
        for k in range(i + 1, size):
            x[i] -= m[k, i] * x[k]
        x[i] *= m[i, i]


def _cut(p: Floats, box: Floats, step: Floats) -> bool:
    """Keep a step inside the box; return whether it is still whole."""
    whole = True
    for k in range(len(p)):
        inside = min(max(p[k] + step[k], box[0, k]), box[1, k]) - p[k]
        if inside != step[k] and abs(inside - step[k]) > 1e-12 * abs(step[k]):
            whole = False
        step[k] = inside
    return whole


def _predicted(step: Floats, gradient: Floats, curvature: Floats) -> float:
    """Return the promised fall of the cost."""
    total = 0.0
    for i in range(len(step)):
        curved = 0.0
        for j in range(len(step)):
            curved += curvature[i, j] * step[j]
        total += step[i] * (gradient[i] - 0.5 * curved)
    return total


def _judged(
    state: tuple[Floats, Floats, Floats, Floats],
    free: NDArray[np.bool_],
    numbers: tuple[float, float, float, float, float],
    settings: tuple[int, float, float, float, float, bool],
) -> int:
    """Return how a fit has ended after an evaluated step, if it has."""
    p, gradient, curvature, step = state
    cost, vanished, damping, predicted, actual = numbers
    length, size, slope = 0.0, 0.0, 0.0
    for k in range(len(p)):
        effect = curvature[k, k]
        length += step[k] * step[k] * effect
        size += p[k] * p[k] * effect
        if free[k]:
            slope = max(slope, abs(gradient[k]) / math.sqrt(effect if effect > 0 else 1.0))
    floor = settings[1] * cost
    if cost <= vanished:
        return _COST
    if slope <= settings[3] * math.sqrt(2 * cost):
        return _GRADIENT
    if abs(predicted) <= floor and abs(actual) <= floor and length > 0:
        return _COST
    if length <= settings[2] ** 2 * size and damping < 1 and predicted >= 0:
        return _STEP
    return _STALLED if damping > 1e14 else _RUNNING


def _stepped(
    state: tuple[Floats, Floats, Floats, Floats],
    box: Floats,
    free: NDArray[np.bool_],
    damped: tuple[Floats, float, Floats],
    bounded: bool,  # noqa: FBT001 - compiled code takes no keywords here
) -> tuple[float, bool]:
    """Write a step; return the fall of the cost that it promises, and whether it is whole."""
    p, gradient, curvature, step = state
    largest, damping, matrix = damped
    _released(p, gradient, box, free)
    _damped(curvature, free, largest, damping, matrix)
    for k in range(len(p)):
        step[k] = gradient[k] if free[k] else 0.0
    _solved(matrix, step)
    whole = _cut(p, box, step) if bounded else True
    if not _finite(step):
        for k in range(len(p)):
            step[k] = 0.0
        return -1.0, whole  # singular: rejected, and the damping grows
    return _predicted(step, gradient, curvature), whole


def _fit_one(
    curve: tuple[Any, ...],
    data: tuple[Floats, Floats, Floats],
    memory: tuple[Any, ...],
    settings: tuple[int, float, float, float, float, bool],
    state: tuple[Floats, Floats, Floats],
) -> tuple[int, int, float]:
    """Improve one fit in place; return its status, the steps tried and the cost."""
    y, w, box = data
    p, gradient, curvature = state
    size = len(p)
    rows, squares = np.zeros((4, size)), np.empty((2, size, size))
    step, trial, trial_gradient, largest = rows[0], rows[1], rows[2], rows[3]
    trial_curvature, matrix = squares[0], squares[1]
    free = np.ones(size, np.bool_)
    damping, growth, tried = settings[4], 2.0, 0
    vanished = _vanished(y, w)
    cost = evaluated_row(curve, p, y, w, memory, gradient, curvature)
    status = _opened(y, w, box, cost, gradient)
    whole_state = (p, gradient, curvature, step)
    while status == _RUNNING and tried < settings[0]:
        tried += 1
        damped = (largest, damping, matrix)
        predicted, whole = _stepped(whole_state, box, free, damped, settings[5])
        if 0 <= predicted <= settings[1] * cost and damping <= 1e-2 and whole:
            for k in range(len(p)):
                p[k] += step[k]
            return _COST, tried, cost - predicted
        for k in range(len(p)):
            trial[k] = p[k] + step[k]
        found = evaluated_row(curve, trial, y, w, memory, trial_gradient, trial_curvature)
        actual = cost - (np.inf if math.isnan(found) else found)
        ratio = actual / predicted if predicted > 0 else -1.0
        accepted = actual > 0 and ratio > 1e-4
        if accepted:
            _accepted(state, (trial, trial_gradient, trial_curvature))
            cost = found
        _released(p, gradient, box, free)
        numbers = (cost, vanished, damping, predicted, actual)
        status = _judged(whole_state, free, numbers, settings)
        damping *= max(0.1, 1 - (2 * min(ratio, 2.0) - 1) ** 3) if accepted else growth
        damping, growth = max(damping, 1e-14), 2.0 if accepted else 2 * growth
    return status, tried, cost


def fit_each(
    curve: tuple[Any, ...],
    data: tuple[Floats, Floats, Floats],
    starts: int,
    settings: tuple[int, float, float, float, float, bool],
    p: Floats,
) -> tuple[NDArray[np.int8], NDArray[np.int32], Floats, Floats, Floats]:
    """Fit all problems, each from its start values.

    Parameters
    ----------
    curve : tuple
        Forms, coordinates and loss; see `kernels.evaluated_row`.
    data : tuple of ndarray
        Data, shape (problems, points); weights, the same or of no rows: all are one;
        bounds, shape (problems, 2, parameters).
    starts : int
        Fits of each problem.
    settings : tuple
        Iterations; tolerances of cost, step and gradient; damping; whether there are bounds.
    p : ndarray of shape (problems * starts, parameters)
        Start values, overwritten by parameters.

    Returns
    -------
    status, iterations : ndarray of shape (fits,)
        As in `FitResult`.
    cost : ndarray of shape (fits,)
        What was minimised.
    gradient : ndarray of shape (fits, parameters)
        Its slope downhill.
    curvature : ndarray of shape (fits, parameters, parameters)
        Its curvature.
    """
    y, w, box = data
    fits, k = p.shape
    status, iterations = np.zeros(fits, np.int8), np.zeros(fits, np.int32)
    cost, gradient = np.empty(fits), np.empty((fits, k))
    curvature = np.empty((fits, k, k))
    memory = scratch(y.shape[1], k)
    for n in range(fits):
        row = n // starts
        each = w[row] if len(w) else w.ravel()
        state = (p[n], gradient[n], curvature[n])
        status[n], iterations[n], cost[n] = _fit_one(
            curve, (y[row], each, box[row]), memory, settings, state
        )
    return status, iterations, cost, gradient, curvature


#: What has to be compiled together.
HELPERS = (
    *_KERNELS, _opened, _finite, _accepted, _vanished, _released, _damped, _solved,
    _cut, _predicted, _judged, _stepped, _fit_one, fit_each,
)  # fmt: skip
