"""The nearest neighbours of points in a plane, in an order that makes them comparable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Neighborhoods", "as_points", "near_edges", "neighborhoods"]


class Neighborhoods(NamedTuple):
    """Neighbours of each point, sorted by the direction in which they are."""

    indices: NDArray[np.intp]
    """Which, nearest first, shape (points, neighbors)."""
    distances: Floats
    """Sorted by angle, as the rest; shape (points, neighbors)."""
    angles: Floats
    """Radians, -pi to pi, rising."""
    steps: Floats
    """Point minus neighbour, shape (points, neighbors, 2)."""


def as_points(points: Any, *, least: int = 1) -> Floats:
    """Return points as an array of rows and columns.

    Parameters
    ----------
    points : array of shape (points, 2 or more), or what becomes one
        Further columns are ignored.
    least : int
        How many are needed.

    Raises
    ------
    ValueError
        When the shape is another, a coordinate is not finite or there are fewer.
    """
    found = np.asarray(points, np.float64)
    if found.ndim != 2 or found.shape[1] < 2:
        msg = f"points have shape {found.shape}; expected (points, 2)"
        raise ValueError(msg)
    found = found[:, :2]
    if not np.isfinite(found).all():
        lost = np.count_nonzero(~np.isfinite(found).all(axis=1))
        msg = f"{lost} of {len(found)} points are not finite: select the good ones first"
        raise ValueError(msg)
    if len(found) < least:
        msg = f"there are {len(found)} points, {least} are needed"
        raise ValueError(msg)
    return found


def neighborhoods(
    points: ArrayLike, count: int, *, among: ArrayLike | None = None
) -> Neighborhoods:
    """Find the nearest neighbours of points.

    Parameters
    ----------
    points : ndarray of shape (points, 2)
        Their positions.
    count : int
        Neighbours of each.
    among : ndarray of bool or int, optional
        Points that may be neighbours; all by default.

    Returns
    -------
    Neighborhoods
        Neighbours, without the points themselves.

    Raises
    ------
    ValueError
        When there are fewer points.

    Notes
    -----
    By a tree, O(N log N).

    Examples
    --------
    >>> square = [[0, 0], [0, 2], [2, 0], [2, 2]]
    >>> neighborhoods(square, 2).distances[3]
    array([2., 2.])
    """
    from scipy.spatial import cKDTree

    where = as_points(points)
    everything = np.arange(len(where))
    allowed = everything if among is None else everything[np.asarray(among)]
    if count < 1 or len(allowed) < count + 1:
        msg = (
            f"{count} neighbours were asked for; with {len(allowed)} points there are at most "
            f"{max(len(allowed) - 1, 0)}"
        )
        raise ValueError(msg)
    found = allowed[cKDTree(where[allowed]).query(where, k=count + 1)[1]]
    # the point itself is the first, or behind one at the same place, or not allowed at all
    own = found == everything[:, None]
    own[~own.any(axis=1), -1] = True
    indices = found[~own].reshape(len(where), count)
    steps = where[:, None] - where[indices]
    angles = np.arctan2(steps[..., 1], steps[..., 0])
    order = np.argsort(angles, axis=1, kind="stable")
    steps = np.take_along_axis(steps, order[..., None], axis=1)
    distances = np.hypot(steps[..., 0], steps[..., 1])
    return Neighborhoods(indices, distances, np.take_along_axis(angles, order, axis=1), steps)


def near_edges(points: ArrayLike, shape: tuple[float, float], border: float) -> NDArray[np.bool_]:
    """Tell which points are close to the edge of an image.

    Parameters
    ----------
    points : ndarray of shape (points, 2), px
        Rows and columns.
    shape : tuple of two numbers
        Of the image.
    border : float
        Share of the image along each axis that counts as its border.
    """
    where = as_points(points, least=0)
    size = np.asarray(shape, float)
    margin = border * size
    return np.asarray(((where <= margin) | (where >= size - 1 - margin)).any(axis=1))
