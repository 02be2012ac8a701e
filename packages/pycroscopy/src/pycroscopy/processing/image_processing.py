"""Correlations of an image with itself by distance, as classic pycroscopy asked for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["radially_average_correlation"]


def radially_average_correlation(
    data_mat: ArrayLike, num_r_bin: int
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Correlate an image with itself, and tell how that depends on the distance.

    Parameters
    ----------
    data_mat : array of shape (rows, columns)
        Real and finite.
    num_r_bin : int
        Distances, evenly from 0 to half of the shorter side.

    Returns
    -------
    correlation : ndarray of shape (rows, columns)
        Of the image without its mean, 1 for no shift, which is in the middle; each value is
        normalised by how many pixels overlap.
    mean, largest, smallest, deviation : ndarray of shape (num_r_bin,)
        Of the correlation in a ring; NaN in rings without a pixel.

    Raises
    ------
    ValueError
        For an image that is constant or not finite, and no bins.
    """
    from scipy.signal import fftconvolve

    values = np.asarray(data_mat, np.float64)
    if values.ndim != 2 or num_r_bin < 1 or not np.isfinite(values).all():
        msg = f"expected a finite image and some bins, found {values.shape} and {num_r_bin!r}"
        raise ValueError(msg)
    away = values - values.mean()
    if not np.any(away):
        msg = "a constant image is correlated with nothing"
        raise ValueError(msg)
    rows, columns = (n - np.abs(np.arange(n) - n // 2) for n in values.shape)
    summed = fftconvolve(away, away[::-1, ::-1])
    start = [n - 1 - n // 2 for n in values.shape]
    middle = summed[start[0] : start[0] + len(rows), start[1] : start[1] + len(columns)]
    correlation = middle / np.multiply.outer(rows, columns) / np.mean(away**2)
    return (correlation, *_rings(correlation, int(num_r_bin)))


def _rings(values: Floats, count: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Return mean, maximum, minimum and deviation in rings about the middle."""
    from .image_filters import build_radius_matrix

    reach = min(values.shape) / 2
    ring = np.floor(build_radius_matrix(values.shape) * count / reach).astype(int)
    found = np.full((4, count), np.nan)
    for number in range(count):
        inside = values[ring == number]
        if inside.size:
            found[:, number] = inside.mean(), inside.max(), inside.min(), inside.std()
    return found[0], found[1], found[2], found[3]
