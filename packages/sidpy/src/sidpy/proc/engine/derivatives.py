"""Derivatives of models that bring none.

Central differences serve every model.  A model that is analytic and written in functions
that accept complex numbers can have the complex step instead [1]_, which is exact to
rounding because it subtracts nothing.

References
----------
.. [1] Squire, Trapp, SIAM Rev. 40, 110 (1998), doi:10.1137/S003614459631241X
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["central_differences", "complex_step"]

_CUBE_ROOT = float(np.finfo(float).eps ** (1 / 3))
_TINY = 1e-30


def central_differences(
    model: Callable[..., Any],
    lower: Floats | float = -np.inf,
    upper: Floats | float = np.inf,
) -> Callable[..., NDArray[Any]]:
    """Return the Jacobian of a model by differences that stay inside a box.

    Parameters
    ----------
    model : callable
        ``model(parameters, x, *each)``: values of shape (rows, points).
    lower, upper : ndarray of shape (parameters,) or (problems, parameters)
        The model is never asked for parameters outside of the range of these.

    Returns
    -------
    callable
        Same arguments as the model; derivatives of shape (rows, parameters, points).

    Examples
    --------
    >>> import numpy as np
    >>> square = central_differences(lambda p, x: p**2 * x)
    >>> square(np.array([[3.0]]), np.array([1.0, 2.0])).round(6)
    array([[[ 6., 12.]]])
    """
    low = np.atleast_2d(lower).min(axis=0, initial=np.inf)
    high = np.atleast_2d(upper).max(axis=0, initial=-np.inf)

    def jacobian(p: Floats, x: Any, *each: NDArray[Any]) -> NDArray[Any]:
        bottom, top = (np.broadcast_to(b, p.shape[1:]) for b in (low, high))
        columns = []
        for k in range(p.shape[1]):
            step = _CUBE_ROOT * np.maximum(np.abs(p[:, k]), 1e-3)
            above, below = p.copy(), p.copy()
            above[:, k] = np.minimum(p[:, k] + step, max(top[k], p[:, k].max()))
            below[:, k] = np.maximum(p[:, k] - step, min(bottom[k], p[:, k].min()))
            width = above[:, k] - below[:, k]
            width[width == 0] = np.inf  # a fixed parameter
            difference = np.asarray(model(above, x, *each)) - model(below, x, *each)
            columns.append(difference / width[:, None])
        return np.stack(columns, axis=1)

    return jacobian


def complex_step(model: Callable[..., Any]) -> Callable[..., NDArray[Any]]:
    """Return the Jacobian of an analytic, real model by steps along the imaginary axis.

    Parameters
    ----------
    model : callable
        ``model(parameters, x, *each)`` that accepts complex parameters; it may use neither
        ``abs`` nor comparisons nor conjugates of them.

    Returns
    -------
    callable
        Same arguments as the model; derivatives of shape (rows, parameters, points).

    Examples
    --------
    >>> import numpy as np
    >>> slope = complex_step(lambda p, x: np.exp(p * x))
    >>> float(slope(np.array([[0.5]]), np.array([2.0]))[0, 0, 0] - 2 * np.e)
    0.0
    """

    def jacobian(p: Floats, x: Any, *each: NDArray[Any]) -> NDArray[Any]:
        columns = []
        for k in range(p.shape[1]):
            moved = p.astype(complex)
            moved[:, k] += 1j * _TINY
            columns.append(np.asarray(model(moved, x, *each)).imag / _TINY)
        return np.stack(columns, axis=1)

    return jacobian
