"""Whether near pixels are alike: Moran's I and the variogram of a map.

References
----------
.. [1] Moran, Biometrika 37, 17 (1950), doi:10.2307/2332142
.. [2] Cliff, Ord, Spatial Processes (Pion 1981)
.. [3] Marcotte, Comput. Geosci. 22, 1175 (1996), doi:10.1016/S0098-3004(96)00026-X
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from pycroscopy._inputs import as_dataset
from sidpy.sid.operations import operation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["Moran", "morans_i", "variogram"]

#: Steps to the neighbours of a pixel; the opposite ones follow by symmetry.
_STEPS = {"rook": ((0, 1), (1, 0)), "queen": ((0, 1), (1, 0), (1, 1), (1, -1))}


class Moran(NamedTuple):
    """Spatial autocorrelation of a map."""

    value: float
    """1 where neighbours are equal, -1 where they are opposite."""
    expected: float
    """Of a map at random, -1 / (pixels - 1)."""
    error: float
    """Standard deviation for a map of independent normal values."""
    z: float
    """How many errors the value is above the expected one."""
    p_value: float
    """Chance of a value at least as far from the expected one, both sides."""


def morans_i(image: Any, *, neighbors: Literal["rook", "queen"] = "rook") -> Moran:
    """Measure whether near pixels have like values [1]_.

    Parameters
    ----------
    image : Dataset or array of shape (rows, columns)
        Real; pixels that are not finite count as missing.
    neighbors : {"rook", "queen"}
        Pixels with a common side, or also a common corner.

    Returns
    -------
    Moran
        Value with expectation and error for independent normal values [2]_.

    Raises
    ------
    ValueError
        For another shape or word, fewer than three pixels, or a constant map.

    Examples
    --------
    >>> rows, columns = np.mgrid[:8, :8]
    >>> morans_i((rows + columns) % 2).value, round(morans_i(rows).value, 3)
    (-1.0, 0.857)
    """
    if neighbors not in _STEPS:
        msg = f"neighbors are {neighbors!r}; they can be one of {tuple(_STEPS)}"
        raise ValueError(msg)
    values = _map(image)
    good = np.isfinite(values)
    n = int(np.count_nonzero(good))
    centred = np.where(good, values - values[good].mean() if n else 0.0, 0.0)
    squares = float(np.square(centred).sum())
    if n < 3 or squares <= 1e-24 * max(float(np.nansum(np.square(values[good]))), 1e-300):
        msg = f"a map of {n} finite pixels that {'are all equal' if n > 2 else 'are too few'}"
        raise ValueError(msg)
    products, weight = 0.0, 0
    degree = np.zeros(values.shape)
    for step in _STEPS[neighbors]:
        here, there = _shifted(values.shape, step)
        both = good[here] & good[there]
        products += float((centred[here] * centred[there] * both).sum())
        weight += int(both.sum())
        degree[here] += both
        degree[there] += both
    if weight == 0:
        msg = "no pixel has a finite neighbour"
        raise ValueError(msg)
    value = n / squares * products / weight
    s0, s1, s2 = 2.0 * weight, 4.0 * weight, 4.0 * float(np.square(degree).sum())
    expected = -1.0 / (n - 1)
    variance = (n**2 * s1 - n * s2 + 3 * s0**2) / (s0**2 * (n**2 - 1)) - expected**2
    error = float(np.sqrt(max(variance, 0.0)))
    z = (value - expected) / error if error > 0 else np.nan
    from math import erfc

    return Moran(value, expected, error, float(z), erfc(abs(z) / np.sqrt(2)))


@operation(name="pycroscopy.stats.variogram")
def variogram(image: Any, *, max_lag: float | None = None, n_bins: int = 50) -> sidpy.Dataset:
    """Measure how fast values differ with distance: half the mean squared difference.

    Parameters
    ----------
    image : Dataset or array of shape (rows, columns)
        Real; pixels that are not finite count as missing.
    max_lag : float, in units of the axes
        Largest distance; half of the shorter side by default.
    n_bins : int
        Distances from 0 to `max_lag`.

    Returns
    -------
    Dataset of shape (bins with pairs,)
        In the square of the units of the image, at the mean distance of the pairs in each
        bin; `metadata["pairs"]` has their numbers.

    Raises
    ------
    ValueError
        For another shape, or when no pair of finite pixels is close enough.

    Notes
    -----
    All pairs of pixels, by Fourier transforms [3]_: O(N log N), also with missing pixels.
    Axes of different steps are taken into account.
    """
    dataset = as_dataset(image)
    values = _map(dataset)
    steps = [abs(dataset._axes[axis].slope or 1.0) for axis in range(2)]
    good = np.isfinite(values)
    if np.count_nonzero(good) < 2:
        msg = "a variogram needs two finite pixels or more"
        raise ValueError(msg)
    halves, pairs = _half_differences(np.where(good, values - values[good].mean(), 0.0), good)
    lags = [step * _lags(n) for step, n in zip(steps, values.shape, strict=True)]
    distance = np.hypot(lags[0][:, None], lags[1][None, :])
    sides = [step * n for step, n in zip(steps, values.shape, strict=True)]
    longest = 0.5 * min(sides) if max_lag is None else float(max_lag)
    inside = (distance > 0) & (distance <= longest) & (pairs > 0.5)
    if not inside.any():
        msg = f"there are no pairs of finite pixels within {longest}"
        raise ValueError(msg)
    bins = np.minimum((distance[inside] / longest * n_bins).astype(int), n_bins - 1)

    def summed(weights: Floats) -> Floats:
        return np.bincount(bins, weights[inside], minlength=n_bins)

    number = summed(pairs)
    used = number > 0
    result = _labelled(
        dataset, summed(halves)[used] / number[used], summed(pairs * distance)[used] / number[used]
    )
    # each pair is seen from both ends
    result.metadata["pairs"] = np.rint(number[used] / 2).astype(int).tolist()
    return result


def _half_differences(values: Floats, good: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Sums of half the squared differences and numbers of pairs for all steps."""
    from scipy.fft import irfft2, next_fast_len, rfft2

    shape = [next_fast_len(2 * n - 1, real=True) for n in values.shape]

    def transformed(array: Any) -> Any:
        return rfft2(np.asarray(array, np.float64), shape)

    mask, first, second = (transformed(a) for a in (good, values, values**2))
    pairs = irfft2(np.abs(mask) ** 2, shape)
    cross = irfft2(np.abs(first) ** 2, shape)
    squares = irfft2(2 * (mask.conj() * second).real, shape)
    keep = tuple(
        np.r_[0:n, size - n + 1 : size] for n, size in zip(values.shape, shape, strict=True)
    )
    at = np.ix_(*keep)
    return np.maximum(0.5 * squares[at] - cross[at], 0.0), np.rint(pairs[at])


def _lags(length: int) -> Floats:
    return np.r_[0:length, 1 - length : 0].astype(np.float64)


def _shifted(shape: tuple[int, ...], step: tuple[int, int]) -> tuple[Any, Any]:
    """Index the pixels that have a neighbour at a step, and these neighbours."""
    rows, columns = shape
    down, right = step
    here = (slice(0, rows - down), slice(max(-right, 0), columns - max(right, 0)))
    there = (slice(down, rows), slice(max(right, 0), columns - max(-right, 0)))
    return here, there


def _map(image: Any) -> Floats:
    values = np.asarray(image)
    if values.ndim != 2 or values.dtype.kind == "c":
        msg = f"expected a real map of rows and columns, found {values.dtype} {values.shape}"
        raise ValueError(msg)
    return values.astype(np.float64)


def _labelled(dataset: sidpy.Dataset, values: Floats, distance: Floats) -> sidpy.Dataset:
    import sidpy
    from sidpy.base.units import power

    result = sidpy.Dataset.from_array(
        values, title=f"variogram of {dataset.title}", datatype="SPECTRUM", source=dataset.title
    )
    try:
        result.units = power(str(dataset.units), 2)
    except ValueError:
        result.units = f"({dataset.units})^2"
    result.quantity = dataset.quantity
    axis = sidpy.Dimension(distance, "lag", "distance", dataset._axes[1].units, "spectral")
    result.set_dimension(0, axis)
    return result
