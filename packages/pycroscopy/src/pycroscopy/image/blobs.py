"""Bright blobs of any size in an image.

A blob of width s answers strongest to the Laplacian of a Gaussian of the same width, when
that is multiplied by its variance [1]_.  So the maxima of the answer over position and
scale are the blobs, with their size.

References
----------
.. [1] Lindeberg, Int. J. Comput. Vis. 30, 79 (1998), doi:10.1023/A:1008045108935
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .frames import filled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Blobs", "find_blobs"]

#: Widths tried between one pixel and the largest.
_N_SCALES = 10


class Blobs(NamedTuple):
    """Blobs of one image, strongest first."""

    positions: Floats
    """Shape (blobs, 2): row and column of a pixel."""
    sigma: Floats
    """Shape (blobs,), px along the finer axis: width of the Gaussian that answers best."""
    response: Floats
    """Shape (blobs,): answer, in units of the range of the image."""


def find_blobs(
    image: NDArray[Any], sigma_max: float, threshold: float, *, aspect: tuple[float, float]
) -> Blobs:
    """Find blobs that are brighter than their surroundings.

    Parameters
    ----------
    image : ndarray of shape (rows, columns)
        Real; NaN counts as missing.
    sigma_max : float, px
        Largest width looked for; widths run from one pixel up to it.
    threshold : float
        Smallest answer, as a share of the range of the image; the standard deviation of
        the image, in the same units, when it is zero or negative.
    aspect : pair of float
        Pixels per unit of width along rows and columns: (1, 1) for square pixels.

    Returns
    -------
    Blobs
        Strongest first; of two that overlap by half only the stronger.
    """
    scaled, valid = _scaled(np.asarray(image, np.float64))
    if not valid.any():
        return Blobs(np.empty((0, 2)), np.empty(0), np.empty(0))
    level = threshold if threshold > 0 else float(scaled[valid].std())
    scales = np.unique(np.linspace(1.0, max(sigma_max, 1.0), _N_SCALES))
    cube = np.stack([_laplacian(scaled, s, aspect) for s in scales])
    cube[:, ~valid] = -np.inf
    scale, row, column = np.nonzero(_is_peak(cube) & (cube > level))
    response = cube[scale, row, column]
    order = np.lexsort((column, row, -response))
    positions = np.stack([row, column], axis=1)[order].astype(float)
    sigma, response = scales[scale[order]], response[order]
    keep = _not_overlapping(positions / np.asarray(aspect), sigma)
    return Blobs(positions[keep], sigma[keep], response[keep])


def _scaled(image: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the image between 0 and 1 with holes filled from around, and what was valid."""
    whole, valid = filled(image)
    if not valid.any():
        return image, valid
    low, high = image[valid].min(), image[valid].max()
    return (whole - low) / (high - low or 1.0), valid


def _laplacian(image: Floats, sigma: float, aspect: tuple[float, float]) -> Floats:
    from scipy import ndimage

    widths = (sigma * aspect[0], sigma * aspect[1])
    along_rows = ndimage.gaussian_filter(image, widths, order=(2, 0)) * widths[0] ** 2
    along_columns = ndimage.gaussian_filter(image, widths, order=(0, 2)) * widths[1] ** 2
    return -(along_rows + along_columns)


def _is_peak(cube: Floats) -> NDArray[np.bool_]:
    from scipy import ndimage

    return cube == ndimage.maximum_filter(cube, size=3, mode="constant", cval=-np.inf)


def _not_overlapping(positions: Floats, sigma: Floats) -> NDArray[np.bool_]:
    """Keep the stronger (earlier) of two blobs whose disks share about half their area."""
    from scipy.spatial import cKDTree

    keep = np.ones(len(positions), bool)
    if len(positions) < 2:
        return keep
    radius = np.sqrt(2) * sigma
    pairs = cKDTree(positions).query_pairs(0.8 * radius.max(), output_type="ndarray")
    distance = np.linalg.norm(positions[pairs[:, 0]] - positions[pairs[:, 1]], axis=1)
    close = distance < 0.8 * np.maximum(radius[pairs[:, 0]], radius[pairs[:, 1]])
    pairs = np.sort(pairs[close], axis=1)
    for strong, weak in pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]:
        if keep[strong]:
            keep[weak] = False
    return keep
