"""How many components a noisy matrix holds, and how much of each to keep.

White noise of standard deviation s on a matrix of m x n values has singular values that
fill an interval ending at s (sqrt(m) + sqrt(n)), whatever the signal (Marchenko-Pastur).
What rises above the end is signal, enlarged by the noise by a known amount and turned
away from the true vectors by a known angle [1]_ [2]_.  So the median of the singular
values gives the noise, the end of the interval the rank, and the known amount the best
weight of each component in a reconstruction [3]_ [4]_.

All functions take singular values in falling order and the shape as `long` >= `short`.

References
----------
.. [1] Marchenko, Pastur, Math. USSR Sb. 1, 457 (1967), doi:10.1070/SM1967v001n04ABEH001994
.. [2] Benaych-Georges, Nadakuditi, J. Multivariate Anal. 111, 120 (2012),
       doi:10.1016/j.jmva.2012.04.019
.. [3] Gavish, Donoho, IEEE Trans. Inf. Theory 60, 5040 (2014), doi:10.1109/TIT.2014.2323359
.. [4] Gavish, Donoho, IEEE Trans. Inf. Theory 63, 2137 (2017), doi:10.1109/TIT.2017.2653801
.. [5] Johnstone, Ann. Statist. 29, 295 (2001), doi:10.1214/aos/1009210544
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "bulk_median",
    "choose_rank",
    "fidelity",
    "hard_threshold",
    "noise_edge",
    "noise_level",
    "shrink",
]

#: 99 % quantiles of the Tracy-Widom laws of the largest eigenvalue, real and complex noise.
_TRACY_WIDOM_99 = {False: 2.0234, True: 0.4776}


def bulk_median(beta: float) -> float:
    """Return the median of the Marchenko-Pastur law of aspect ratio `beta`.

    Parameters
    ----------
    beta : float
        Short side over long side, in (0, 1].

    Returns
    -------
    float
        Median squared singular value of unit noise, divided by the long side.

    Examples
    --------
    >>> round(bulk_median(1.0), 4), round(bulk_median(0.5), 4)
    (0.6528, 0.8304)
    """
    # x = 1 + beta - 2 sqrt(beta) cos(t) makes the density smooth at both ends
    t = (np.arange(20000) + 0.5) * np.pi / 20000
    x = 1 + beta - 2 * np.sqrt(beta) * np.cos(t)
    mass = np.cumsum(2 * np.sin(t) ** 2 / x)
    return float(np.interp(0.5, (mass - 0.5 * mass[0]) / mass[-1], x))


def noise_level(values: Floats, long: int, short: int, *, rank: int = 0) -> float:
    """Estimate the noise per matrix element from the median singular value.

    Parameters
    ----------
    values : ndarray of shape (short,)
        All singular values, falling.
    long, short : int
        Shape of the matrix.
    rank : int
        Leading values that are known to be signal and are left out.

    Returns
    -------
    float
        Standard deviation; for complex data of the modulus, both quadratures together.
    """
    rows, columns = max(long - rank, 1), max(short - rank, 1)
    median = float(np.median(values[rank:])) if rank < len(values) else 0.0
    return float(median / np.sqrt(rows * bulk_median(columns / rows)))


def noise_edge(noise: float, long: int, short: int, *, complex_data: bool = False) -> float:
    """Return the singular value that noise alone exceeds once in a hundred matrices [5]_.

    Parameters
    ----------
    noise : float
        Standard deviation of one element.
    long, short : int
        Shape of the matrix.
    complex_data : bool
        Whether the elements are complex; fluctuations are then smaller.

    Returns
    -------
    float
        The edge, in the units of the singular values.
    """
    half = 0.0 if complex_data else 0.5
    a, b = np.sqrt(long - half), np.sqrt(short - half)
    spread = (a + b) * (1 / a + 1 / b) ** (1 / 3)
    return float(noise * np.sqrt((a + b) ** 2 + _TRACY_WIDOM_99[complex_data] * spread))


def hard_threshold(noise: float, long: int, short: int) -> float:
    """Return the best cut for keeping singular values as they are, eq. (11) of [3]_.

    Parameters
    ----------
    noise : float
        Standard deviation of one element.
    long, short : int
        Shape of the matrix.

    Returns
    -------
    float
        Keep what is larger; 4/sqrt(3) times noise sqrt(n) for a square matrix.

    Examples
    --------
    >>> round(hard_threshold(1.0, 100, 100), 4)
    23.094
    """
    beta = short / long
    root = np.sqrt(beta**2 + 14 * beta + 1)
    return float(noise * np.sqrt(long * (2 * (beta + 1) + 8 * beta / (beta + 1 + root))))


def choose_rank(
    values: Floats,
    long: int,
    short: int,
    *,
    noise: float | None = None,
    complex_data: bool = False,
) -> tuple[int, float]:
    """Count the singular values that white noise cannot explain.

    Parameters
    ----------
    values : ndarray of shape (short,)
        All singular values, falling.
    long, short : int
        Shape of the matrix.
    noise : float, optional
        Standard deviation of one element, if known.
    complex_data : bool
        Whether the matrix is complex.

    Returns
    -------
    rank : int
        Number of components above the edge of the noise; at most half of the short side
        when the noise has to be estimated.
    noise : float
        The noise used; without signal components it is estimated again until the rank
        no longer changes.
    """
    floor = values[0] * np.finfo(np.float64).eps * long if len(values) else 0.0
    rank, most = 0, short if noise is not None else max(short // 2, 1)
    level = 0.0 if noise is None else noise
    for _ in range(20):
        if noise is None:
            level = noise_level(values, long, short, rank=rank)
        edge = max(noise_edge(level, long, short, complex_data=complex_data), floor)
        found = min(int(np.count_nonzero(values > edge)), most)
        if found <= rank:
            break
        rank = found
    return rank, level


def _true_squared(values: Floats, noise: float, long: int, short: int) -> Floats:
    """Return the squared true strength in units of noise sqrt(long); 0 below detection."""
    beta = short / long
    with np.errstate(divide="ignore"):
        y2 = (values / (noise * np.sqrt(long))) ** 2 if noise > 0 else np.full(len(values), np.inf)
    inside = np.where(np.isfinite(y2), y2, 0.0) - 1 - beta
    theta2 = 0.5 * (inside + np.sqrt(np.maximum(inside**2 - 4 * beta, 0.0)))
    theta2 = np.where(inside > 2 * np.sqrt(beta), theta2, 0.0)
    return np.where(np.isinf(y2), np.inf, theta2)


def fidelity(values: Floats, noise: float, long: int, short: int) -> tuple[Floats, Floats]:
    """Return how close measured singular vectors are to the true ones.

    Parameters
    ----------
    values : ndarray of shape (components,)
        Singular values.
    noise : float
        Standard deviation of one element.
    long, short : int
        Shape of the matrix.

    Returns
    -------
    long_side, short_side : ndarray of shape (components,)
        Expected |cosine| between measured and true vector: 1 is exact, 0 is chance.
    """
    beta = short / long
    theta2 = _true_squared(values, noise, long, short)
    exact, lost = np.isinf(theta2), theta2 == 0
    t = np.where(exact | lost, 1.0, theta2)
    sides = []
    for cosine2 in (1 - (beta + t) / (t * (t + 1)), 1 - beta * (1 + t) / (t * (t + beta))):
        cosine = np.sqrt(np.clip(cosine2, 0.0, 1.0))
        sides.append(np.where(exact, 1.0, np.where(lost, 0.0, cosine)))
    return sides[0], sides[1]


def shrink(values: Floats, noise: float, long: int, short: int) -> Floats:
    """Return the weights that bring a reconstruction closest to the noiseless matrix.

    Parameters
    ----------
    values : ndarray of shape (components,)
        Singular values.
    noise : float
        Standard deviation of one element.
    long, short : int
        Shape of the matrix.

    Returns
    -------
    ndarray of shape (components,)
        Optimal singular values for squared error, eq. (7) of [4]_: true strength times
        both cosines; 0 at and below the edge of the noise.
    """
    if noise <= 0:
        return np.array(values, np.float64)
    beta = short / long
    y2 = (np.asarray(values, np.float64) / (noise * np.sqrt(long))) ** 2
    inside = np.maximum((y2 - beta - 1) ** 2 - 4 * beta, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = noise * np.sqrt(long) * np.sqrt(inside / y2)
    return np.where(y2 > (1 + np.sqrt(beta)) ** 2, weights, 0.0)
