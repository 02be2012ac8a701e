"""Several starts for each fit, because noise makes false minima.

`sidpy.proc.fit.batch_fit` takes start values of shape (problems, starts, parameters) and
keeps the fit of the lowest cost; these functions make such starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["scattered_starts", "smoothed"]


def scattered_starts(
    start: ArrayLike,
    number: int = 5,
    *,
    spread: float = 0.5,
    bounds: tuple[ArrayLike, ArrayLike] | None = None,
    seed: int = 0,
) -> Floats:
    """Return each start with others around it.

    Parameters
    ----------
    start : ndarray of shape (problems, parameters) or (parameters,)
        Start values.
    number : int
        Starts per problem, the given one included.
    spread : float
        Standard deviation of the others, relative to the width of the bounds where both
        are finite, otherwise to the size of the parameter.
    bounds : pair of ndarray of shape (parameters,), optional
        Starts beyond a bound are moved onto it.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    ndarray of shape (problems, number, parameters)
        The given start is the first.

    Examples
    --------
    >>> scattered_starts([2.0, 0.5], 3, bounds=([0, 0], [4, 1])).shape
    (1, 3, 2)
    """
    p = np.atleast_2d(np.asarray(start, np.float64))
    low, high = (-np.inf, np.inf) if bounds is None else bounds
    low, high = (np.broadcast_to(np.asarray(b, np.float64), p.shape) for b in (low, high))
    width = np.where(np.isfinite(high - low), high - low, 0.0)
    typical = np.abs(p).mean(axis=0)
    size = np.where(width > 0, 0.5 * width, np.where(p != 0, np.abs(p), typical))
    noise = np.random.default_rng(seed).standard_normal((len(p), number, p.shape[1]))
    noise[:, 0] = 0.0
    return np.asarray(
        np.clip(p[:, None] + spread * size[:, None] * noise, low[:, None], high[:, None])
    )


def smoothed(y: NDArray[Any], width: float) -> NDArray[Any]:
    """Smooth rows with a Gaussian.

    Parameters
    ----------
    y : ndarray of shape (rows, points)
        Real or complex data.
    width : float, points
        Standard deviation of the Gaussian; nothing happens at zero.

    Returns
    -------
    ndarray of shape (rows, points)
        Smooth data; the ends are continued by their last value.
    """
    if width <= 0:
        return y
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(y, width, axis=-1, mode="nearest"))
