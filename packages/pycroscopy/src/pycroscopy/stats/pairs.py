"""How the distances between points are distributed: g(r), Ripley's K and L.

Points near the edge of the field of view see only part of their surroundings.  Both
functions weigh each pair by the share of the field in which a pair of that distance and
direction would have been seen (translation correction [1]_), which is unbiased for any
homogeneous pattern, at every distance.

References
----------
.. [1] Ohser, Math. Operationsforsch. Statist. 14, 63 (1983), doi:10.1080/02331888308801687
.. [2] Ripley, J. R. Stat. Soc. B 39, 172 (1977), doi:10.1111/j.2517-6161.1977.tb01615.x
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.sid.operations import operation

from .neighborhoods import as_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["RipleyK", "pair_correlation", "ripley_k"]


@dataclass(frozen=True, slots=True, eq=False)
class RipleyK:
    """Second moment of a point pattern."""

    k: sidpy.Dataset
    """Mean number of further points within r of a point, over the density."""
    l: sidpy.Dataset  # noqa: E741 - its name since 1977
    """sqrt(K / pi) - r: above 0 for clusters, below for regular patterns."""
    error: sidpy.Dataset
    """Standard deviation of `l` for as many random points, by simulation."""


@operation(name="pycroscopy.stats.pair_correlation")
def pair_correlation(
    points: Any,
    *,
    r_max: float,
    n_bins: int = 100,
    extent: Sequence[float] | None = None,
    units: str = "",
) -> sidpy.Dataset:
    """Measure the pair correlation g(r), the radial distribution of points in a plane.

    Parameters
    ----------
    points : AtomPositions or array of shape (points, 2)
        Positions; in the units of their image, pixels for an array.
    r_max : float, in the units of the positions
        Largest distance.
    n_bins : int
        Distances from 0 to `r_max`.
    extent : sequence of four float, optional
        First and last row and column of the field of view; the image of atoms, or the box
        around the points, by default.
    units : str
        Of the positions, where these do not say it.

    Returns
    -------
    Dataset of shape (n_bins,)
        g at the middle of each bin, 1 for points at random; the variance is that of the
        count in each bin.

    Raises
    ------
    ValueError
        When there are fewer than two points, points outside of the field, or a distance
        that does not fit into it.

    Notes
    -----
    By a tree: O(N) pairs for a fixed distance.

    Examples
    --------
    >>> square = np.stack(np.mgrid[:20, :20], -1).reshape(-1, 2)
    >>> g = pair_correlation(square, r_max=1.6, n_bins=16)
    >>> np.flatnonzero(np.asarray(g)).tolist()  # distances 1 and sqrt(2)
    [10, 14]
    """
    where, field, unit = _pattern(points, extent, units, r_max)
    edges = np.linspace(0, r_max, n_bins + 1)
    distances, weights = _pairs(where, field, r_max)
    count = np.histogram(distances, edges)[0]
    total = np.histogram(distances, edges, weights=weights)[0]
    n, area = len(where), float(np.prod(field))
    rings = np.pi * np.diff(edges**2)
    scale = 2 * area**2 / (n * (n - 1) * rings)
    with np.errstate(divide="ignore", invalid="ignore"):
        # a count and the mean weight of its pairs
        variance = np.where(count > 0, (total * scale) ** 2 / count, 0.0)
    middle = 0.5 * (edges[1:] + edges[:-1])
    result = _curve(total * scale, middle, "pair correlation", unit)
    result.variance = variance
    return result


@operation(name="pycroscopy.stats.ripley_k")
def ripley_k(
    points: Any,
    radii: ArrayLike,
    *,
    extent: Sequence[float] | None = None,
    units: str = "",
    simulations: int = 99,
    random_state: int | None = None,
) -> RipleyK:
    """Measure Ripley's K and L [2]_, with what random points would give.

    Parameters
    ----------
    points, extent, units
        As for `pair_correlation`.
    radii : array of float
        Rising distances.
    simulations : int
        Random patterns of as many points in the same field; 0 gives no error.
    random_state : int, optional
        Of the simulations; drawn and written into the history by default.

    Returns
    -------
    RipleyK
        K, L - r and the error of this.

    Raises
    ------
    ValueError
        As for `pair_correlation`.
    """
    at = np.asarray(radii, np.float64)
    if at.ndim != 1 or not len(at) or (np.diff(at) <= 0).any() or at[0] <= 0:
        msg = "radii must be positive and rise"
        raise ValueError(msg)
    where, field, unit = _pattern(points, extent, units, float(at[-1]))
    found = _k(where, field, at)
    rng = np.random.default_rng(random_state)
    drawn = [_l(_k(rng.random(where.shape) * field, field, at), at) for _ in range(simulations)]
    spread = np.std(drawn, axis=0) if drawn else np.full(len(at), np.nan)
    return RipleyK(
        _curve(found, at, "Ripley's K", unit),
        _curve(_l(found, at), at, "L(r) - r", unit),
        _curve(spread, at, "error of L(r) - r", unit),
    )


def _l(k: Floats, radii: Floats) -> Floats:
    return np.asarray(np.sqrt(k / np.pi) - radii)


def _k(where: Floats, field: Floats, radii: Floats) -> Floats:
    distances, weights = _pairs(where, field, float(radii[-1]))
    order = np.argsort(distances)
    total = np.concatenate([[0.0], np.cumsum(weights[order])])
    inside = total[np.searchsorted(distances[order], radii, side="right")]
    n = len(where)
    return np.asarray(2 * float(np.prod(field)) ** 2 / (n * (n - 1)) * inside)


def _pairs(where: Floats, field: Floats, r_max: float) -> tuple[Floats, Floats]:
    """Distances of all pairs and one over the area in which each could have been."""
    from scipy.spatial import cKDTree

    pairs = cKDTree(where).query_pairs(r_max, output_type="ndarray")
    steps = np.abs(where[pairs[:, 0]] - where[pairs[:, 1]])
    overlap = np.prod(field - steps, axis=1)
    return np.hypot(*steps.T), 1 / overlap


def _pattern(points: Any, extent: Any, units: str, r_max: float) -> tuple[Floats, Floats, str]:
    """Return points from the corner of their field, its size, and the units."""
    known = hasattr(points, "coordinates") and hasattr(points, "image")
    where = as_points(points.coordinates if known else points, least=2)
    box = extent
    if extent is None and known:
        ends = [np.sort(np.asarray(d.values)[[0, -1]]) for d in _image_axes(points)]
        box = [value for pair in ends for value in pair]
        units = units or str(_image_axes(points)[0].units)
    low, high = (
        (where.min(axis=0), where.max(axis=0))
        if box is None
        else (np.asarray(box, float)[[0, 2]], np.asarray(box, float)[[1, 3]])
    )
    field = high - low
    outside = np.count_nonzero(((where < low) | (where > high)).any(axis=1))
    if outside or not (field > 0).all():
        msg = f"{outside} points are outside of the field {low.tolist()} to {high.tolist()}"
        raise ValueError(msg)
    if not 0 < r_max < field.min():
        msg = f"the largest distance is {r_max}; the field is {field.tolist()}"
        raise ValueError(msg)
    return where - low, field, units


def _image_axes(points: Any) -> tuple[Any, Any]:
    image = points.image
    kinds = [image._axes[axis] for axis in range(image.ndim)]
    spatial = [d for d in kinds if d.dimension_type.name == "SPATIAL"] or kinds
    return spatial[-2], spatial[-1]


def _curve(values: Floats, at: Floats, title: str, units: str) -> sidpy.Dataset:
    import sidpy

    result = sidpy.Dataset.from_array(values, title=title, datatype="SPECTRUM")
    distance = sidpy.Dimension(at, "distance", "distance", units or "px", "spectral")
    result.set_dimension(0, distance)
    return result
