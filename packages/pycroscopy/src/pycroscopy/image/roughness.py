"""Roughness of a surface by the parameters of ISO 25178-2 [1]_.

References
----------
.. [1] ISO 25178-2:2021, Geometrical product specifications - Surface texture: Areal
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from .frames import one_image
from .levelling import polynomial_surface
from .positions import image_axes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Roughness", "roughness"]


@dataclass(frozen=True, slots=True)
class Roughness:
    """Parameters of a surface; heights in the units of the image."""

    Sa: float
    """Mean distance from the mean plane."""
    Sq: float
    """Root mean square distance."""
    Ssk: float
    """Skewness: negative for scratches, positive for peaks; 0 for a flat surface."""
    Sku: float
    """Kurtosis: 3 for random heights; 0 for a flat surface."""
    Sp: float
    """Highest peak."""
    Sv: float
    """Depth of the deepest valley."""
    Sz: float
    """From the deepest valley to the highest peak."""
    Sdq: float
    """Root mean square slope: height units over axis units."""
    Sdr: float
    """Share of area beyond that of a plane; means something where both units agree."""
    Sal: float
    """Shortest distance over which the correlation falls to 0.2, in axis units; NaN when it
    does not within half of the image."""
    Str: float
    """Shortest over longest such distance: 1 for no direction; NaN when it does not fall."""
    units: str
    """Of heights."""
    axis_units: str
    """Of lengths."""

    def as_dict(self) -> dict[str, float | str]:
        """Return all parameters by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def roughness(
    image: Any, *, level: int | None = 1, mask: NDArray[np.bool_] | None = None
) -> Roughness:
    """Measure the roughness of a surface.

    Parameters
    ----------
    image : Dataset or array of shape (rows, columns)
        Heights; NaN counts as missing.
    level : int, optional
        Order of the polynomial subtracted first, 1 for a plane; None for nothing but the mean.
    mask : ndarray of bool, shape (rows, columns), optional
        True for the pixels that count.

    Returns
    -------
    Roughness
        Height, hybrid and spatial parameters.

    Raises
    ------
    TypeError
        When it is no real image.
    ValueError
        When too few pixels count.

    Notes
    -----
    Computes at once. No filter is applied: scales are those of the image.

    Examples
    --------
    >>> import numpy as np
    >>> stripes = np.tile([1.0, 1, -1, -1], (8, 5))
    >>> found = roughness(stripes, level=None)
    >>> found.Sa, found.Sq, found.Sku, found.Sz
    (1.0, 1.0, 1.0, 2.0)
    """
    dataset, values = one_image(image, "roughness")
    counted = np.isfinite(values)
    if mask is not None:
        counted &= np.asarray(mask, bool)
    if not counted.any():
        msg = f"no pixel of {dataset.title!r} counts"
        raise ValueError(msg)
    heights = values - polynomial_surface(values, 0 if level is None else level, counted)
    heights = np.where(counted, heights, np.nan)
    z = heights[counted]
    z = z - z.mean()
    sq = float(np.sqrt(np.mean(z**2)))
    axes = image_axes(dataset)
    slope, area = _slopes(heights, axes.pixel)
    shortest, longest = _correlation_lengths(np.where(counted, heights, 0.0), counted, axes.pixel)
    flat = sq <= 1e-12 * np.abs(values[counted]).max(initial=0.0)
    return Roughness(
        Sa=float(np.abs(z).mean()),
        Sq=sq,
        Ssk=0.0 if flat else float(np.mean(z**3) / sq**3),
        Sku=0.0 if flat else float(np.mean(z**4) / sq**4),
        Sp=float(z.max()),
        Sv=float(-z.min()),
        Sz=float(np.ptp(z)),
        Sdq=slope,
        Sdr=area,
        Sal=shortest,
        Str=shortest / longest,
        units=dataset.units,
        axis_units=dataset._axes[axes.rows].units,
    )


def _slopes(heights: Floats, pixel: tuple[float, float]) -> tuple[float, float]:
    """Return root mean square slope and the excess of area, over squares of four pixels."""
    if min(heights.shape) < 2:
        return np.nan, np.nan
    a, b, c, d = heights[:-1, :-1], heights[:-1, 1:], heights[1:, :-1], heights[1:, 1:]
    down, across = (c + d - a - b) / (2 * pixel[0]), (b + d - a - c) / (2 * pixel[1])
    known = np.isfinite(down)
    if not known.any():
        return np.nan, np.nan
    square = (down**2 + across**2)[known]
    return float(np.sqrt(square.mean())), float(np.sqrt(1 + square).mean() - 1)


def _correlation_lengths(
    heights: Floats, counted: NDArray[np.bool_], pixel: tuple[float, float]
) -> tuple[float, float]:
    """Return the shortest and longest distance at which the correlation falls to 0.2."""
    from scipy import fft, ndimage

    size = [fft.next_fast_len(2 * n, real=True) for n in heights.shape]
    weight = fft.rfft2(counted.astype(float), s=size)
    sums = fft.rfft2(heights, s=size)
    pairs = np.maximum(fft.irfft2(np.abs(weight) ** 2, s=size), 1.0)
    correlation = fft.fftshift(fft.irfft2(np.abs(sums) ** 2, s=size) / pairs)
    middle = [n // 2 for n in size]
    top = correlation[tuple(middle)]
    if top <= 0:
        return np.nan, np.nan
    found = []
    reach = min(n * d for n, d in zip(heights.shape, pixel, strict=True)) / 2
    distance = np.linspace(0, reach, 4 * max(heights.shape))
    for angle in np.linspace(0, np.pi, 90, endpoint=False):
        at = [m + distance * t / d for m, t, d in
              zip(middle, (np.sin(angle), np.cos(angle)), pixel, strict=True)]  # fmt: skip
        line = ndimage.map_coordinates(correlation, at, order=1) / top
        below = np.flatnonzero(line < 0.2)
        found.append(distance[below[0]] if len(below) else np.nan)
    if np.isnan(found).any():
        return (float(np.nanmin(found)) if np.isfinite(found).any() else np.nan), np.nan
    return float(np.min(found)), float(np.max(found))
