"""Who is next to whom: graphs of neighbouring atoms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .lattices import atom_places

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["NeighbourGraph", "neighbour_graph"]


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourGraph:
    """Atoms and the pairs of them that are neighbours."""

    positions: Floats
    """Shape (atoms, 2), px."""
    edges: NDArray[np.intp]
    """Shape (edges, 2): pairs of atoms, the lower number first."""

    @property
    def lengths(self) -> Floats:
        """Length of each edge, px."""
        first, second = self.edges.T
        return np.linalg.norm(self.positions[second] - self.positions[first], axis=1)

    @property
    def directions(self) -> Floats:
        """Direction of each edge, radian from rows towards columns, from 0 to pi."""
        first, second = self.edges.T
        step = self.positions[second] - self.positions[first]
        return np.arctan2(step[:, 1], step[:, 0]) % np.pi

    @property
    def coordination(self) -> NDArray[np.intp]:
        """Number of neighbours of each atom, shape (atoms,)."""
        return np.bincount(self.edges.ravel(), minlength=len(self.positions))

    def of(self, atom: int) -> NDArray[np.intp]:
        """Return the neighbours of an atom."""
        pairs = self.edges[(self.edges == atom).any(axis=1)]
        return np.sort(pairs[pairs != atom])

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw edges, coloured by their length.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.points import draw_edges

        return draw_edges(self, figure)


def neighbour_graph(
    atoms: Any,
    *,
    kind: Literal["delaunay", "nearest", "radius"] = "delaunay",
    n: int = 4,
    radius: float | None = None,
) -> NeighbourGraph:
    """Return which atoms are neighbours.

    Parameters
    ----------
    atoms : AtomPositions, its Dataset, or array of shape (atoms, 2 or more)
        Rows and columns in px; an atom of NaN has no neighbours.
    kind : {"delaunay", "nearest", "radius"}
        Corners of triangles; the `n` nearest of either; all within a radius.
    n : int
        How many, for "nearest".
    radius : float, px, optional
        Longest edge; needed for "radius".

    Returns
    -------
    NeighbourGraph
        Edges with lengths and directions, and coordination numbers.

    Raises
    ------
    ValueError
        For an unknown word, too few atoms, or a radius that is missing.
    """
    from scipy.spatial import Delaunay, QhullError, cKDTree

    at, _ = atom_places(atoms)
    known = np.flatnonzero(np.isfinite(at).all(axis=1))
    if kind == "delaunay":
        try:
            corners = Delaunay(at[known]).simplices
        except (QhullError, ValueError) as error:
            msg = f"{len(known)} atoms have no triangles between them: {error}"
            raise ValueError(msg) from error
        pairs = corners[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    elif kind == "nearest" and len(known) > n:
        _, near = cKDTree(at[known]).query(at[known], k=n + 1)
        pairs = np.column_stack([np.repeat(np.arange(len(known)), n), near[:, 1:].ravel()])
    elif kind == "radius" and radius is not None:
        pairs = cKDTree(at[known]).query_pairs(radius, output_type="ndarray")
    else:
        msg = f"kind {kind!r} with n={n} and radius={radius} does not fit {len(known)} atoms"
        raise ValueError(msg)
    edges = np.unique(np.sort(known[pairs], axis=1), axis=0).reshape(-1, 2)
    graph = NeighbourGraph(at, edges)
    return graph if radius is None else NeighbourGraph(at, edges[graph.lengths <= radius])
