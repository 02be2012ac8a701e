"""Local order of atoms: distances, bond angles and displacements from the neighbours.

References
----------
.. [1] Nelson, Halperin, Phys. Rev. B 19, 2457 (1979), doi:10.1103/PhysRevB.19.2457
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.sid.operations import operation

from .neighborhoods import as_points, near_edges, neighborhoods

if TYPE_CHECKING:
    import sidpy

__all__ = ["COLUMNS", "local_order"]

#: Columns of the result of `local_order`.
COLUMNS = (
    "row",
    "column",
    "mean_distance",
    "distance_spread",
    "bond_order",
    "bond_angle",
    "displacement_row",
    "displacement_column",
    "at_border",
)


@operation(name="pycroscopy.stats.local_order")
def local_order(
    points: Any, *, n_neighbors: int = 4, fold: int | None = None, border: float = 0.05
) -> sidpy.Dataset:
    """Describe each atom by its nearest neighbours.

    Parameters
    ----------
    points : AtomPositions or array of shape (atoms, 2)
        Positions in pixels.
    n_neighbors : int
        Neighbours that count: 4 for a square lattice, 6 for a hexagonal one.
    fold : int, optional
        Symmetry of the bond order, `n_neighbors` by default.
    border : float
        Share of the box around the atoms along each side; atoms in it lack neighbours.

    Returns
    -------
    Dataset of shape (atoms, 9)
        Columns by `COLUMNS`, also in ``metadata["columns"]``: position; mean and standard
        deviation of the distances; modulus of the bond order
        ``mean(exp(i fold angle))`` [1]_, 1 in a perfect lattice, and the direction of the
        bonds in radians; displacement of the atom from the centre of its neighbours, which
        is the polarisation of a cell; whether it is at the border. Lengths in pixels.

    Raises
    ------
    ValueError
        When there are fewer atoms than neighbours.

    Examples
    --------
    >>> square = np.stack(np.mgrid[:5, :5], -1).reshape(-1, 2) * 7.0
    >>> np.asarray(local_order(square))[12, 2:5].round(6).tolist()
    [7.0, 0.0, 1.0]
    """
    where = as_points(points, least=2)
    found = neighborhoods(where, n_neighbors)
    order = np.exp(1j * (fold or n_neighbors) * found.angles).mean(axis=1)
    low = where.min(axis=0)
    box = where.max(axis=0) - low + 1
    table = np.column_stack(
        [
            where,
            found.distances.mean(axis=1),
            found.distances.std(axis=1),
            np.abs(order),
            np.angle(order) / (fold or n_neighbors),
            found.steps.mean(axis=1),
            near_edges(where - low, (float(box[0]), float(box[1])), border),
        ]
    )
    import sidpy

    result = sidpy.Dataset.from_array(table, title="local order")
    result.metadata["columns"] = list(COLUMNS)
    result.set_dimension(0, sidpy.Dimension(np.arange(len(table)), "atom", "number", "a.u."))
    result.set_dimension(1, sidpy.Dimension(np.arange(9), "property", "number", "a.u.", "channel"))
    return result
