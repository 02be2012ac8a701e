"""Atoms found by their likeness to a template, or as what stands out of its surroundings.

A template is looked for by normalised correlation [1]_: shape counts, height and background
do not.  A threshold counts what is above the mean around it, and tells atoms that touch
apart by their tops.

References
----------
.. [1] Lewis, Vision Interface 95, 120 (1995)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from .blobs import Blobs
from .denoising import noise_of_image
from .frames import filled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Likeness", "find_by_template", "find_by_threshold", "gaussian_template", "likeness"]

#: Standard deviations above which hardly anything is chance: three of 10^5 pixels.
_CERTAIN: Final = 4.0
#: Height of the weakest atom, as a share of that of nearly the highest.
_WEAKEST: Final = 0.15


def gaussian_template(sigma: float, aspect: tuple[float, float]) -> Floats:
    """Return a Gaussian out to two widths: farther out are the neighbours.

    Parameters
    ----------
    sigma : float, px along the finer axis
        Its width.
    aspect : pair of float
        Pixels per unit of width along rows and columns.
    """
    widths = [sigma * a for a in aspect]
    reach = [max(1, int(np.ceil(2 * w))) for w in widths]
    rows, columns = (np.arange(-r, r + 1) / w for r, w in zip(reach, widths, strict=True))
    return np.exp(-0.5 * np.add.outer(rows**2, columns**2))


def find_by_template(
    image: NDArray[Any], template: Floats, threshold: float, *, separation: tuple[float, float]
) -> Blobs:
    """Find where an image is like a template.

    Parameters
    ----------
    image : ndarray of shape (rows, columns)
        Real; NaN counts as missing, and so does what is outside.
    template : ndarray of shape (rows, columns)
        Finite and not constant; its middle is the position.
    threshold : float
        Smallest correlation; four standard deviations of chance when zero or negative.
    separation : pair of float, px
        Half axes of the ellipse, along rows and columns, in which only the best counts.

    Returns
    -------
    Blobs
        Strongest first; the response is the correlation, 1 for a perfect likeness.
    """
    found = likeness(np.asarray(image, np.float64), template)
    correlation, height, chance = np.nan_to_num(found.correlation, nan=-1.0), *found[1:]
    level = threshold if threshold > 0 else _CERTAIN * chance
    peak = _tops(correlation, separation, (correlation > level) & (height > 0))
    if threshold <= 0 and peak.any():
        peak &= height >= _WEAKEST * np.quantile(height[peak], 0.9)
    # an even template has its middle between two pixels
    middle = [(n - 1) / 2 - n // 2 for n in template.shape]
    at = np.argwhere(peak)
    response = correlation[peak]
    order = np.lexsort((at[:, 1], at[:, 0], -response))
    weights = np.clip(template - np.min(template), 0, None)
    sigma = float(np.sqrt(weights.sum() / (2 * np.pi * weights.max())))
    return Blobs(at[order] + middle, np.full(len(at), sigma), response[order])


class Likeness(NamedTuple):
    """How an image is like a template, each of shape (rows, columns)."""

    correlation: Floats
    """Pearson's coefficient, NaN where it is not known."""
    height: Floats
    """Of the template that fits best."""
    chance: Floats
    """Standard deviation of the correlation with white noise."""


def likeness(image: Floats, template: Floats) -> Likeness:
    """Correlate an image with a template at every pixel.

    Parameters
    ----------
    image : ndarray of shape (rows, columns)
        NaN counts as missing, and so does what is outside.
    template : ndarray of shape (rows, columns)
        Finite; an even one has its middle in front of the pixel.

    Returns
    -------
    Likeness
        Where at least half of the template is inside and known.
    """
    from scipy.signal import fftconvolve

    valid = np.isfinite(image)
    if not valid.any():
        return Likeness(np.full(image.shape, np.nan), *np.zeros((2, *image.shape)))
    values = np.where(valid, image - image[valid].mean(), 0.0)
    scale = values.std() or 1.0
    values /= scale
    # an even template has one more pixel before its middle than behind it
    kernel = np.pad(template, [(0, 1 - n % 2) for n in template.shape])[::-1, ::-1]
    inside = np.pad(np.ones(template.shape), [(0, 1 - n % 2) for n in template.shape])[::-1, ::-1]

    def around(weights: Floats, pixels: Floats) -> Floats:
        found: Floats = fftconvolve(pixels, weights, mode="same")
        return found

    count = np.maximum(around(inside, valid.astype(float)), 1e-9)
    total, squares = around(inside, values), around(inside, values**2)
    first, second = around(kernel, valid.astype(float)), around(kernel**2, valid.astype(float))
    covariance = around(kernel, values) - total * first / count
    of_template = np.maximum(second - first**2 / count, 0)
    of_image = np.maximum(squares - total**2 / count, 0)
    # what rounding leaves is no likeness, nor is a corner of a template
    known = (of_image > 1e-9 * template.size) & (count >= template.size / 2)
    known &= of_template > 0.1 * of_template.max()
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = np.where(known, covariance / np.sqrt(of_template * of_image), np.nan)
        height = np.where(known, covariance / of_template, 0.0)
    correlation[~valid] = np.nan
    return Likeness(correlation, height * scale, 1 / np.sqrt(np.maximum(count - 2, 1)))


def find_by_threshold(
    image: NDArray[Any], sigma: float, threshold: float, *, aspect: tuple[float, float]
) -> Blobs:
    """Find what stands out of its surroundings.

    Parameters
    ----------
    image : ndarray of shape (rows, columns)
        Real; NaN counts as missing.
    sigma : float, px along the finer axis
        Width of an atom: the image is smoothed by half of it.
    threshold : float
        Level, as a share of the range of the smoothed image; the mean over three widths
        around, and four standard deviations of the noise for a top, when it is zero or
        negative.
    aspect : pair of float
        Pixels per unit of width along rows and columns.

    Returns
    -------
    Blobs
        Strongest first, at the centre of mass of what is above the level and nearer to its
        top than to another; the response is how far the top stands out, in units of the image.
    """
    from scipy import ndimage

    whole, valid = filled(np.asarray(image, np.float64))
    empty = Blobs(np.empty((0, 2)), np.empty(0), np.empty(0))
    if not valid.any():
        return empty
    widths = np.array([max(sigma * a, 0.5) for a in aspect])
    smooth = ndimage.gaussian_filter(whole, widths / 2)
    if threshold > 0:
        low, high = smooth[valid].min(), smooth[valid].max()
        level, least = np.full(smooth.shape, low + threshold * (high - low)), 0.0
    else:
        level = ndimage.gaussian_filter(whole, 3 * widths)
        # white noise after smoothing by a Gaussian of w pixels is less by sqrt(4 pi w w)
        least = _CERTAIN * noise_of_image(whole) / np.sqrt(np.pi * np.prod(widths))
    above = np.where(valid, smooth - level, 0.0)
    peak = _tops(above, (2 * widths[0], 2 * widths[1]), above > max(least, 0.0))
    if threshold <= 0 and peak.any():
        peak &= above >= _WEAKEST * np.quantile(above[peak], 0.9)
    if not peak.any():
        return empty
    return _masses(above, np.argwhere(peak), widths)


def _masses(above: Floats, tops: NDArray[np.intp], widths: Floats) -> Blobs:
    """Return the centre of mass of what belongs to each top, and its width."""
    from scipy.spatial import cKDTree

    # pixels within two widths belong to the nearest top
    pixels = np.argwhere(above > 0)
    away, owner = cKDTree(tops / widths).query(pixels / widths, distance_upper_bound=2.0)
    near = np.isfinite(away)
    pixels, owner = pixels[near], owner[near]
    weight = above[tuple(pixels.T)]
    count = len(tops)
    mass = np.bincount(owner, weight, count)
    at = np.stack([np.bincount(owner, weight * p, count) / mass for p in pixels.T], axis=1)
    spread = (((pixels - at[owner]) / widths) ** 2).sum(axis=1)
    sigma = widths.min() * np.sqrt(np.bincount(owner, weight * spread, count) / (2 * mass))
    response = above[tuple(tops.T)]
    order = np.lexsort((at[:, 1], at[:, 0], -response))
    return Blobs(at[order], sigma[order], response[order])


def _tops(
    values: Floats, separation: tuple[float, float], wanted: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which pixels are the highest of an ellipse around them; of neighbours one."""
    from scipy import ndimage

    reach = [max(1, int(s)) for s in separation]
    grid = np.ogrid[-reach[0] : reach[0] + 1, -reach[1] : reach[1] + 1]
    ellipse = sum((g / max(s, 1)) ** 2 for g, s in zip(grid, separation, strict=True)) <= 1
    highest = ndimage.maximum_filter(values, footprint=ellipse, mode="constant", cval=-np.inf)
    labels, _ = ndimage.label((values == highest) & wanted, np.ones((3, 3)))
    _, first = np.unique(labels, return_index=True)
    found = np.zeros(values.size, bool)
    found[first] = labels.ravel()[first] > 0
    return found.reshape(values.shape)
