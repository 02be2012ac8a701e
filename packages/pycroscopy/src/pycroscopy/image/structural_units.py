"""Structural units: the rings of a lattice, from the positions of its atoms.

The triangles between neighbouring atoms have a circle through their corners; less the radius
of an atom it is the room for an interstitial atom.  Triangles whose circles overlap leave
room for one atom only: they are one unit [1]_.

References
----------
.. [1] Banadaki, Patala, npj Comput. Mater. 3, 13 (2017), doi:10.1038/s41524-017-0016-0
"""

from __future__ import annotations

import numbers
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy._warnings import warn

from .polygons import circum_center, inner_angles, polygon_area, polygon_sort2
from .positions import image_axes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = [
    "find_clusters", "find_overlapping_interstitials", "find_structural_units", "get_polygons",
    "get_voronoi", "make_structural_units", "sort_polyhedra_by_vertices",
]  # fmt: skip


def find_structural_units(
    atoms: ArrayLike, r_a: float, dataset: sidpy.Dataset, cheat: float = 1.0
) -> dict[int, dict[str, Any]]:
    """Find the rings of a lattice of atoms.

    Parameters
    ----------
    atoms : ndarray of shape (atoms, 2 or more), px
        Rows and columns; three atoms at least.
    r_a : float, in units of the axes
        Radius of an atom.
    dataset : Dataset
        The image, for the size of its pixels.
    cheat : float
        Factor on the radii of the circles that may overlap.

    Returns
    -------
    dict
        By number: `vertices` (corners in px, counter-clockwise), `indices` (their atoms),
        `faces` (pairs of corners that make a side), `triangles` (atoms of each triangle),
        `length` (of each side, px), `combined_vertices` (numbers of the circles joined),
        `interstitial_index`, `interstitial_site` (mean of their centres, px), `volume`
        (area, px^2).

    Raises
    ------
    TypeError
        When `r_a` is no number.
    ValueError
        When there are fewer than three atoms, or all on a line.

    Warns
    -----
    SidpyWarning
        When `r_a` is no radius of an atom in nm: below 0.05 or above 0.2.
    """
    from scipy.spatial import Delaunay, QhullError

    if not isinstance(r_a, numbers.Real) or isinstance(r_a, bool):
        msg = f"r_a should be the radius of an atom, a number, found {r_a!r}"
        raise TypeError(msg)
    if not 0.05 <= r_a <= 0.2:
        warn(f"r_a is {r_a:g}; atoms have radii of 0.05 to 0.2 nm. Is this the unit of the axes?")
    axes = image_axes(dataset)
    at = np.asarray(atoms, np.float64)[:, :2]
    scale = np.array(axes.aspect)  # a circle is one in the specimen
    try:
        triangles = Delaunay(at * scale).simplices
    except (QhullError, ValueError) as error:
        msg = f"{len(at)} atoms have no triangles between them: {error}"
        raise ValueError(msg) from error
    extent = np.asarray(dataset.shape)[[axes.rows, axes.columns]] * scale
    centers, kept, radii = get_voronoi(triangles, at * scale, r_a / min(axes.pixel), extent)
    pairs = find_overlapping_interstitials(centers, radii, r_a / min(axes.pixel), cheat)
    clusters, visited = find_clusters(pairs)
    return make_structural_units(at, centers / scale, kept, clusters, visited)


def get_voronoi(
    tetrahedra: Any, atoms: ArrayLike, r_a: float, extent: ArrayLike
) -> tuple[Floats, NDArray[np.intp], Floats]:
    """Return the circles between atoms whose centres lie in the image.

    Parameters
    ----------
    tetrahedra : ndarray of shape (triangles, 3), or Delaunay
        Atoms of each triangle (tetrahedron).
    atoms : ndarray of shape (atoms, 2 or 3)
        Coordinates.
    r_a : float
        Radius of an atom.
    extent : ndarray of shape (2,) or (3,)
        Length of the image along each axis.

    Returns
    -------
    voronoi_vertices : ndarray of shape (circles, 2 or 3)
        Centres.
    voronoi_tetrahedrons : ndarray of shape (circles, 3 or 4)
        Atoms of each.
    r_vv : ndarray of shape (circles,)
        Radii, less that of an atom.
    """
    at, limit = np.asarray(atoms, np.float64), np.asarray(extent, np.float64)
    simplices = np.asarray(getattr(tetrahedra, "simplices", tetrahedra), np.intp)
    circles = [circum_center(at[corners]) for corners in simplices]
    centers = np.array([center for center, _ in circles]).reshape(-1, at.shape[1])
    inside = np.all((centers >= 0) & (centers < limit), axis=1)  # NaN is not
    radii = np.array([radius for _, radius in circles])
    return centers[inside], simplices[inside], radii[inside] - r_a


def find_overlapping_interstitials(
    voronoi_vertices: ArrayLike, r_vv: ArrayLike, r_a: float, cheat: float = 1.0
) -> NDArray[np.intp]:
    """Return the pairs of circles that overlap.

    Parameters
    ----------
    voronoi_vertices : ndarray of shape (circles, 2 or 3)
        Centres.
    r_vv : ndarray of shape (circles,)
        Radii, less that of an atom.
    r_a : float
        Radius of an atom: nearer than a hundredth of it, centres are the same.
    cheat : float
        Factor on the radii.

    Returns
    -------
    ndarray of shape (pairs, 2)
        Numbers of circles; empty when none overlap.
    """
    from scipy.spatial import cKDTree

    centers, radii = np.asarray(voronoi_vertices, np.float64), np.asarray(r_vv, np.float64)
    if len(centers) < 2:
        return np.empty((0, 2), np.intp)
    reach = np.maximum(radii, 0.0) * cheat
    farthest = max(2 * reach.max(), 0.01 * r_a)
    pairs = cKDTree(centers).query_pairs(farthest, output_type="ndarray")
    distance = np.linalg.norm(centers[pairs[:, 0]] - centers[pairs[:, 1]], axis=1)
    overlap = distance < np.maximum(reach[pairs].sum(axis=1), 0.01 * r_a)
    found: NDArray[np.intp] = np.sort(pairs[overlap], axis=1)
    return found[np.lexsort(found.T[::-1])]


def find_clusters(overlapping_pairs: ArrayLike) -> tuple[list[list[int]], list[int]]:
    """Join pairs that share a member.

    Parameters
    ----------
    overlapping_pairs : ndarray of shape (pairs, 2)
        Numbers; may be empty.

    Returns
    -------
    clusters : list of list of int
        Members of each, rising.
    visited_all : list of int
        All that are in a cluster.

    Examples
    --------
    >>> find_clusters([[0, 1], [5, 6], [1, 4]])
    ([[0, 1, 4], [5, 6]], [0, 1, 4, 5, 6])
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = np.asarray(overlapping_pairs, np.intp).reshape(-1, 2)
    if not len(pairs):
        return [], []
    members, numbers_ = np.unique(pairs, return_inverse=True)
    edges = numbers_.reshape(-1, 2).T
    graph = coo_array((np.ones(len(pairs)), tuple(edges)), (len(members),) * 2)
    count, labels = connected_components(graph, directed=False)
    clusters = [members[labels == one].tolist() for one in range(count)]
    return clusters, members.tolist()


def make_structural_units(
    atoms: ArrayLike,
    voronoi_vertices: ArrayLike,
    voronoi_tetrahedrons: ArrayLike,
    clusters: Sequence[Sequence[int]],
    visited_all: Sequence[int],
) -> dict[int, dict[str, Any]]:
    """Make a unit of each cluster, and of each triangle that is in none.

    Parameters
    ----------
    atoms : ndarray of shape (atoms, 2)
        Coordinates.
    voronoi_vertices : ndarray of shape (circles, 2)
        Centres.
    voronoi_tetrahedrons : ndarray of shape (circles, 3)
        Atoms of each.
    clusters : list of list of int
        Circles that are one unit.
    visited_all : list of int
        Circles that are in a cluster.

    Returns
    -------
    dict
        As `find_structural_units` returns.
    """
    at, centers = np.asarray(atoms, np.float64), np.asarray(voronoi_vertices, np.float64)
    triangles = np.asarray(voronoi_tetrahedrons, np.intp)
    alone = np.setdiff1d(np.arange(len(triangles)), np.asarray(visited_all, np.intp))
    groups = [list(cluster) for cluster in clusters] + [[int(one)] for one in alone]
    return {
        number: _unit(at, centers, triangles[group], group, number)
        for number, group in enumerate(groups)
    }


def _unit(
    at: Floats, centers: Floats, triangles: NDArray[np.intp], group: list[int], number: int
) -> dict[str, Any]:
    indices = _outline(triangles, at)
    corners = at[indices]
    order = np.arange(len(indices))
    return {
        "vertices": corners,
        "indices": indices,
        "faces": np.column_stack([order, np.roll(order, -1)]),
        "triangles": triangles,
        "length": np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1),
        "combined_vertices": list(group),
        "interstitial_index": number,
        "interstitial_site": centers[group].mean(axis=0),
        "volume": polygon_area(corners)[0],
    }


def _outline(triangles: NDArray[np.intp], at: Floats) -> NDArray[np.intp]:
    """Return the atoms around joined triangles, counter-clockwise."""
    sides = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    outer, count = np.unique(sides, axis=0, return_counts=True)
    neighbours = defaultdict(list)
    for first, second in outer[count == 1]:
        neighbours[first].append(second)
        neighbours[second].append(first)
    corners = np.array(sorted(neighbours), np.intp)
    if any(len(found) != 2 for found in neighbours.values()):
        # triangles that meet in one point only: no simple outline
        return polygon_sort2(corners, at)[:, 0].astype(np.intp)
    path = [corners[0], neighbours[corners[0]][0]]
    while len(path) < len(corners):
        one, two = neighbours[path[-1]]
        path.append(two if one == path[-2] else one)
    if len(set(path)) < len(corners):  # more than one ring
        return polygon_sort2(corners, at)[:, 0].astype(np.intp)
    found = np.array(path, np.intp)
    here, there = at[found], np.roll(at[found], -1, axis=0)
    turn = (here[:, 0] * there[:, 1] - there[:, 0] * here[:, 1]).sum()
    return found if turn >= 0 else found[::-1]


def get_polygons(polyhedra: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """Return the polygons of structural units.

    Parameters
    ----------
    polyhedra : dict
        As `find_structural_units` returns.

    Returns
    -------
    dict
        `unit_cells` (matplotlib polygons, column across and row down), `centers` (units, 2),
        `cyclicity` (number of corners), `areas`, `vertices` (units, longest, 2) and
        `inner_angles` (units, longest), filled up with zeros.
    """
    from matplotlib.patches import Polygon

    units = list(polyhedra.values())
    longest = max((len(unit["vertices"]) for unit in units), default=0)
    vertices = np.zeros((len(units), longest, 2))
    angles = np.zeros((len(units), longest))
    centers, areas = np.zeros((len(units), 2)), np.zeros(len(units))
    for number, unit in enumerate(units):
        corners = np.asarray(unit["vertices"])
        vertices[number, : len(corners)] = corners
        angles[number, : len(corners)] = inner_angles(corners)
        areas[number], *centers[number] = polygon_area(corners)
    return {
        "unit_cells": [Polygon(unit["vertices"][:, ::-1], closed=True) for unit in units],
        "centers": centers,
        "cyclicity": np.array([len(unit["vertices"]) for unit in units], np.intp),
        "areas": areas,
        "vertices": vertices,
        "inner_angles": angles,
    }


def sort_polyhedra_by_vertices(
    polyhedra: dict[int, dict[str, Any]],
    visible: Sequence[int] = range(4, 100),
    z_lim: Sequence[float] = (0, 100),
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002 - the released package's signature
) -> list[int]:
    """Return the units of certain numbers of corners, fewest first.

    Parameters
    ----------
    polyhedra : dict
        As `find_structural_units` returns.
    visible : sequence of int
        Numbers of corners.
    z_lim : pair of float
        Where the interstitial site lies along the third axis, if there is one.
    verbose : bool
        Has no effect.
    """
    found = []
    for key, unit in polyhedra.items():
        site = np.asarray(unit["interstitial_site"])
        in_depth = len(site) < 3 or z_lim[0] <= site[2] <= z_lim[1]
        if in_depth and len(unit["vertices"]) in visible:
            found.append(key)
    return sorted(found, key=lambda key: len(polyhedra[key]["vertices"]))
