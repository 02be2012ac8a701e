"""One pass over the points of each fit: values, derivatives, cost and normal equations.

Plain functions of scalars and rows that numba compiles (see `compiled`); without it they run
as Python, slowly, and nothing calls them.  They compute what the models, `losses` and
`problem.normal_equations` compute, point by point, in memory that stays in the first cache.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["FORMS", "HELPERS", "LOSSES", "evaluated_row", "scratch"]

#: Numbers of the forms that a model is the sum of, by the name in `Model.form`.
FORMS = {"gaussian": 0, "lorentzian": 1, "exponential": 2, "polynomial": 3}
#: Numbers of the losses, by the name in `Loss.name`.
LOSSES = {"linear": 0, "poisson": 1, "soft_l1": 2, "huber": 3, "cauchy": 4, "arctan": 5}

#: See `losses`.
_FLOOR = 0.02


def _gaussian(p: Floats, x: Floats, mu: Floats, jac: Floats) -> None:
    inverse = 1 / p[2]
    for i in range(len(x)):
        u = (x[i] - p[1]) * inverse
        shape = math.exp(-0.5 * (u * u))
        value = p[0] * shape
        slope = u * inverse * value
        mu[i] += value
        jac[0, i] = shape
        jac[1, i] = slope
        jac[2, i] = slope * u


def _lorentzian(p: Floats, x: Floats, mu: Floats, jac: Floats) -> None:
    for i in range(len(x)):
        u = (x[i] - p[1]) / p[2]
        shape = 1 / (1 + u * u)
        value = p[0] * shape
        slope = 2 * value * shape * u / p[2]
        mu[i] += value
        jac[0, i] = shape
        jac[1, i] = slope
        jac[2, i] = slope * u


def _exponential(p: Floats, x: Floats, mu: Floats, jac: Floats) -> None:
    for i in range(len(x)):
        u = x[i] / p[1]
        shape = math.exp(-u)
        value = p[0] * shape
        mu[i] += value
        jac[0, i] = shape
        jac[1, i] = value * u / p[1]


def _polynomial(p: Floats, x: Floats, mu: Floats, jac: Floats) -> None:
    for i in range(len(x)):
        jac[0, i] = 1.0
    for k in range(1, len(p)):
        for i in range(len(x)):
            jac[k, i] = jac[k - 1, i] * x[i]
    for i in range(len(x)):
        value = p[-1]
        for k in range(len(p) - 2, -1, -1):
            value = value * x[i] + p[k]
        mu[i] += value


def _fill(forms: NDArray[np.int64], p: Floats, x: Floats, mu: Floats, jac: Floats) -> None:
    """Evaluate a sum of forms, given as rows of number and parameters."""
    for i in range(len(x)):
        mu[i] = 0.0
    first = 0
    for form, parameters in forms:
        last = first + parameters
        if form == 0:
            _gaussian(p[first:last], x, mu, jac[first:last])
        elif form == 1:
            _lorentzian(p[first:last], x, mu, jac[first:last])
        elif form == 2:
            _exponential(p[first:last], x, mu, jac[first:last])
        else:
            _polynomial(p[first:last], x, mu, jac[first:last])
        first = last


def _squares(mu: Floats, y: Floats, w: Floats, slope: Floats, weight: Floats) -> float:
    cost = 0.0
    for i in range(len(y)):
        residual = y[i] - mu[i]
        slope[i] = w[i] * residual
        weight[i] = w[i]
        cost += slope[i] * residual
    return 0.5 * cost


def _poisson(mu: Floats, y: Floats, w: Floats, slope: Floats, weight: Floats) -> float:
    cost = 0.0
    for i in range(len(y)):
        if w[i] > 0:
            if mu[i] > 0 or (mu[i] == 0 and y[i] == 0):
                deviance = mu[i] - y[i]
                if y[i] > 0:
                    deviance += y[i] * math.log(y[i] / mu[i])
                cost += w[i] * deviance
            else:  # no likelihood
                cost = np.inf
        weight[i] = w[i] / (1e-12 if mu[i] < 1e-12 else mu[i])
        slope[i] = weight[i] * (y[i] - mu[i])
    return cost


def _rho(loss: int, z: float) -> tuple[float, float, float]:
    """Return a robust loss and its first two derivatives; see `losses`."""
    if loss == 2:
        root = math.sqrt(1 + z)
        return 2 * (root - 1), 1 / root, -0.5 / (root * root * root)
    if loss == 3:
        if z <= 1:
            return z, 1.0, 0.0
        root = math.sqrt(z)
        return 2 * root - 1, 1 / root, -0.5 / (root * root * root)
    if loss == 4:
        first = 1 / (1 + z)
        return math.log1p(z), first, -first * first
    first = 1 / (1 + z * z)
    return math.atan(z), first, -2 * z * first * first


def _robust(
    loss: tuple[int, float], mu: Floats, y: Floats, w: Floats, slope: Floats, weight: Floats
) -> float:
    kind, scale = loss
    cost = 0.0
    for i in range(len(y)):
        residual = y[i] - mu[i]
        u = residual / scale
        z = w[i] * (u * u)
        value, first, second = _rho(kind, z)
        cost += value
        slope[i] = w[i] * residual * first
        curvature = first + 2 * z * second
        floor = _FLOOR * first
        weight[i] = w[i] * (floor if curvature < floor else curvature)
    return 0.5 * scale * scale * cost


def _collect(
    jac: Floats, slope: Floats, weight: Floats, gradient: Floats, curvature: Floats
) -> None:
    """Sum gradient and curvature over the points."""
    k, points = jac.shape
    for a in range(k):
        row = jac[a]
        total = 0.0
        for i in range(points):
            total += row[i] * slope[i]
        gradient[a] = total
        for b in range(a + 1):
            other = jac[b]
            total = 0.0
            for i in range(points):
                total += row[i] * weight[i] * other[i]
            curvature[a, b] = curvature[b, a] = total


def _left_out(w: Floats, mu: Floats, jac: Floats) -> None:
    """Put zeros where points do not count: the model may be undefined there."""
    for i in range(len(w)):
        if not w[i] > 0:
            mu[i] = 0.0
            for k in range(len(jac)):
                jac[k, i] = 0.0


def scratch(points: int, parameters: int) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return memory for values, derivatives, slopes, their weights, and ones."""
    jac = np.empty((parameters, points))
    return np.empty(points), jac, np.empty(points), np.empty(points), np.ones(points)


def evaluated_row(
    curve: tuple[NDArray[np.int64], Floats, tuple[int, float]],
    p: Floats,
    y: Floats,
    w: Floats,
    memory: tuple[Floats, Floats, Floats, Floats, Floats],
    gradient: Floats,
    curvature: Floats,
) -> float:
    """Return the cost of one fit, and write its gradient and curvature.

    Parameters
    ----------
    curve : (ndarray of int64, ndarray, (int, float))
        Number of the form, see `FORMS`, and number of its parameters, of each component,
        shape (components, 2); coordinates, shape (points,); number of the loss, see
        `LOSSES`, and its scale.
    p : ndarray of shape (parameters,)
        Where.
    y, w : ndarray of shape (points,)
        Data and weights; no weights: all are one.
    memory : tuple of ndarray
        See `scratch`.
    gradient : ndarray of shape (parameters,)
        Slope downhill of the cost, written.
    curvature : ndarray of shape (parameters, parameters)
        Its second derivatives without those of the model, written.

    Returns
    -------
    float
        What is minimised.
    """
    forms, x, loss = curve
    mu, jac, slope, weight, each = memory
    _fill(forms, p, x, mu, jac)
    if len(w):
        each = w
        _left_out(w, mu, jac)
    if loss[0] == 0:
        cost = _squares(mu, y, each, slope, weight)
    elif loss[0] == 1:
        cost = _poisson(mu, y, each, slope, weight)
    else:
        cost = _robust(loss, mu, y, each, slope, weight)
    _collect(jac, slope, weight, gradient, curvature)
    return cost


#: What has to be compiled together.
HELPERS = (
    _gaussian, _lorentzian, _exponential, _polynomial, _fill, _squares, _poisson, _rho,
    _robust, _collect, _left_out, scratch, evaluated_row,
)  # fmt: skip
