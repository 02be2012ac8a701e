"""Polygons: order of corners, area, angles, likeness.

Corners are rows of two coordinates.  Angles are degrees; counter-clockwise is from the first
coordinate to the second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "circum_center", "inner_angles", "polygon_angles", "polygon_area", "polygon_similarity",
    "polygon_sort", "polygon_sort2", "polygons_inner", "turning_function", "voronoi_volumes",
]  # fmt: skip


def _corners(corners: ArrayLike) -> Floats:
    found = np.asarray(corners, np.float64)
    if found.ndim != 2 or found.shape[1] < 2 or len(found) < 3:
        msg = f"a polygon has three corners or more of two coordinates, found {found.shape}"
        raise ValueError(msg)
    return found[:, :2]


def polygon_angles(corners: ArrayLike) -> Floats:
    """Return the direction of each corner from the mean of all, 0 to 360 degrees.

    Parameters
    ----------
    corners : ndarray of shape (corners, 2)
        In any order.

    Examples
    --------
    >>> polygon_angles([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    array([ 45., 135., 225., 315.])
    """
    at = _corners(corners)
    first, second = (at - at.mean(axis=0)).T
    return np.degrees(np.arctan2(second, first)) % 360.0


def polygon_sort(corners: ArrayLike) -> Floats:
    """Sort the corners of a polygon counter-clockwise around their mean.

    Parameters
    ----------
    corners : ndarray of shape (corners, 2)
        In any order.

    Returns
    -------
    ndarray of shape (corners, 3)
        Corners and the direction of each, degrees.
    """
    angles = polygon_angles(corners)
    return np.column_stack([_corners(corners), angles])[np.argsort(angles, kind="stable")]


def polygon_sort2(corners: ArrayLike, points: ArrayLike) -> Floats:
    """Sort the corners of a polygon that are given by their indices.

    Parameters
    ----------
    corners : array of shape (corners,)
        Indices into `points`.
    points : ndarray of shape (points, 2)
        Coordinates.

    Returns
    -------
    ndarray of shape (corners, 2)
        Indices, counter-clockwise, and the direction of each corner, degrees.
    """
    indices = np.asarray(corners, np.intp)
    angles = polygon_angles(np.asarray(points, np.float64)[indices])
    return np.column_stack([indices, angles])[np.argsort(angles, kind="stable")]


def polygon_area(corners: ArrayLike) -> tuple[float, float, float]:
    """Return the area of a polygon and its centroid.

    Parameters
    ----------
    corners : ndarray of shape (corners, 2)
        In the order of the outline.

    Returns
    -------
    area, centroid_0, centroid_1 : float
        The area is not negative; the centroid of a polygon without area is the mean.

    Examples
    --------
    >>> polygon_area([[0, 0], [2, 0], [2, 1], [0, 1]])
    (2.0, 1.0, 0.5)
    """
    at = _corners(corners)
    mean = at.mean(axis=0)
    here = at - mean  # far from zero the products would lose their digits
    there = np.roll(here, -1, axis=0)
    cross = here[:, 0] * there[:, 1] - there[:, 0] * here[:, 1]
    area = 0.5 * cross.sum()
    if area == 0:
        return 0.0, float(mean[0]), float(mean[1])
    center = mean + (cross[:, None] * (here + there)).sum(axis=0) / (6 * area)
    return float(abs(area)), float(center[0]), float(center[1])


def inner_angles(
    vertices: ArrayLike,
    rotational_invariant: bool = False,  # noqa: FBT001, FBT002 - the released package's signature
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002 - the same
) -> Floats:
    """Return the inner angles of a polygon.

    Parameters
    ----------
    vertices : ndarray of shape (corners, 2)
        In the order of the outline, either way round.
    rotational_invariant : bool
        Begin with the smallest angle.
    verbose : bool
        Has no effect.

    Returns
    -------
    ndarray of shape (corners,), degrees
        Up to 360: more than 180 at a corner that points inwards.

    Examples
    --------
    >>> inner_angles([[0, 0], [1, 0], [1, 1]])
    array([45., 90., 45.])
    """
    at = _corners(vertices)
    back, ahead = np.roll(at, 1, axis=0) - at, np.roll(at, -1, axis=0) - at
    cross = ahead[:, 0] * back[:, 1] - ahead[:, 1] * back[:, 0]
    angles = np.degrees(np.arctan2(cross, (ahead * back).sum(axis=1))) % 360.0
    following = np.roll(at, -1, axis=0)
    if (at[:, 0] * following[:, 1] - following[:, 0] * at[:, 1]).sum() < 0:
        angles = (360.0 - angles) % 360.0
    return np.roll(angles, -int(np.argmin(angles))) if rotational_invariant else angles


def polygons_inner(indices: ArrayLike, points: ArrayLike) -> Floats:
    """Return the inner angles of a polygon whose corners are given by their indices.

    Parameters
    ----------
    indices : array of shape (corners,)
        Indices into `points` in the order of the outline.
    points : ndarray of shape (points, 2)
        Coordinates.
    """
    return inner_angles(np.asarray(points, np.float64)[np.asarray(indices, np.intp)])


def turning_function(corners: ArrayLike, points: ArrayLike) -> Floats:
    """Return how the direction of an outline turns along its length.

    Parameters
    ----------
    corners : array of shape (corners,)
        Indices into `points` in the order of the outline.
    points : ndarray of shape (points, 2)
        Coordinates.

    Returns
    -------
    ndarray of shape (corners, 2)
        Share of the length at which each side ends, and its direction, degrees, without
        jumps: the last is 360 degrees less what the first corner turns away from the first.

    References
    ----------
    .. [1] Arkin et al., IEEE Trans. Pattern Anal. Mach. Intell. 13, 209 (1991),
           doi:10.1109/34.75509
    """
    at = _corners(np.asarray(points, np.float64)[np.asarray(corners, np.intp)])
    sides = np.roll(at, -1, axis=0) - at
    lengths = np.linalg.norm(sides, axis=1).cumsum()
    directions = np.degrees(np.unwrap(np.arctan2(sides[:, 1], sides[:, 0])))
    return np.column_stack([lengths / lengths[-1], directions])


def polygon_similarity(
    vertices: ArrayLike,
    vertices_reference: ArrayLike,
    rotational_invariant: bool = False,  # noqa: FBT001, FBT002 - the released package's signature
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002 - the same
) -> float:
    """Return how alike the inner angles of two polygons are.

    Parameters
    ----------
    vertices, vertices_reference : ndarray of shape (corners, 2)
        Outlines.
    rotational_invariant : bool
        Try all corners of the first to begin with.
    verbose : bool
        Has no effect.

    Returns
    -------
    float
        1 for the same angles, 0 for angles as far apart as can be, or another number of
        corners.
    """
    angles, reference = inner_angles(vertices), inner_angles(vertices_reference)
    if len(angles) != len(reference):
        return 0.0
    turns = range(len(angles)) if rotational_invariant else (0,)
    distance = min(np.abs(np.roll(angles, -turn) - reference).sum() for turn in turns)
    return float(1 - min(distance / (2 * 180.0 * (len(angles) - 2)), 1.0))


def circum_center(vertex_pos: ArrayLike, tol: float = 0.001) -> tuple[Floats, float]:
    """Return the centre and radius of the circle (sphere) through three (four) points.

    Parameters
    ----------
    vertex_pos : ndarray of shape (3, 2) or (4, 3)
        Corners of a triangle or tetrahedron.
    tol : float
        Flattest shape that has a circle: height over length.

    Returns
    -------
    center : ndarray of shape (2,) or (3,)
        NaN when the corners lie on a line (plane).
    radius : float
        0 then.

    References
    ----------
    .. [1] Fiedler, Matrices and Graphs in Geometry, Cambridge (2011)

    Examples
    --------
    >>> circum_center([[0, 0], [2, 0], [0, 2]])
    (array([1., 1.]), 1.4142135623730951)
    """
    at = np.asarray(vertex_pos, np.float64)
    if at.shape not in {(3, 2), (4, 3)}:
        msg = f"three points of a plane or four of space are needed, found {at.shape}"
        raise ValueError(msg)
    sides = at[1:] - at[0]
    lengths = np.linalg.norm(sides, axis=1)
    if abs(np.linalg.det(sides)) <= tol * np.prod(np.maximum(lengths, 1e-300)):
        return np.full(at.shape[1], np.nan), 0.0
    center = np.linalg.solve(2 * sides, lengths**2)
    return at[0] + center, float(np.linalg.norm(center))


def voronoi_volumes(points: ArrayLike) -> Floats:
    """Return the volume (area) of the Voronoi cell of each point, infinite for open cells.

    Parameters
    ----------
    points : ndarray of shape (points, 2 or 3)
        Coordinates.

    Returns
    -------
    ndarray of shape (points,)
    """
    from scipy.spatial import ConvexHull, Voronoi

    cells = Voronoi(np.asarray(points, np.float64))
    volumes = np.full(len(cells.point_region), np.inf)
    for point, region in enumerate(cells.point_region):
        corners = cells.regions[region]
        if corners and -1 not in corners:
            volumes[point] = ConvexHull(cells.vertices[corners]).volume
    return volumes
