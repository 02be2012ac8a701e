"""Lattices of atoms: their vectors, what leaves them, strain from neighbour to neighbour.

A lattice is grown from one atom to the next, so that strain may add up over many cells; its
vectors are the least-squares fit to all atoms it reached.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy._inputs import as_dataset
from sidpy.sid.operations import operation

from .point_tables import point_table
from .positions import AtomPositions, image_axes, is_table

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    import sidpy

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

__all__ = ["Lattice", "atom_strain", "fit_lattice", "polarization", "sublattices"]

#: Share of the shorter vector by which an atom may lie beside its place.
_REACH = 0.3


@dataclass(frozen=True, eq=False)
class Lattice:
    """A lattice through atoms: place = origin + indices @ vectors."""

    origin: Floats
    """Shape (2,), px."""
    vectors: Floats
    """Shape (2, 2), px: the two vectors as rows."""
    covariance: Floats
    """Shape (3, 3), px^2, of origin and vectors along one direction; the same for both."""
    indices: Integers
    """Shape (atoms, 2): which cell each atom begins."""
    member: NDArray[np.bool_]
    """Shape (atoms,): which atoms belong to it."""

    @property
    def errors(self) -> Floats:
        """Standard errors of the vectors, shape (2,), px."""
        return np.sqrt(np.diag(self.covariance)[1:])

    def places(self) -> Floats:
        """Return where the lattice has its atoms, shape (atoms, 2), px; NaN for others."""
        return np.where(self.member[:, None], self.origin + self.indices @ self.vectors, np.nan)


def atom_places(atoms: Any) -> tuple[Floats, Floats | None]:
    """Return positions of atoms in px, and their covariances if they are known.

    Parameters
    ----------
    atoms : AtomPositions, its Dataset, or array of shape (atoms, 2 or more)
        Rows and columns.
    """
    if is_table(atoms):
        columns = np.asarray(atoms, np.float64)
        errors = columns[:, 2:4]
        return columns[:, :2], np.einsum("ij,jk->ijk", errors**2, np.eye(2))
    if isinstance(atoms, AtomPositions):
        return atoms.positions, atoms.covariance
    at = np.asarray(atoms, np.float64)
    if at.ndim != 2 or at.shape[1] < 2:
        msg = f"atoms have shape {at.shape}; expected (atoms, 2): row and column in pixels"
        raise ValueError(msg)
    return at[:, :2], None


def fit_lattice(atoms: Any, vectors: ArrayLike | None = None) -> Lattice:
    """Find the lattice that atoms lie on.

    Parameters
    ----------
    atoms : AtomPositions, its Dataset, or array of shape (atoms, 2 or more)
        Rows and columns in px; NaN is passed over.
    vectors : array of shape (2, 2), px, optional
        Vectors of the lattice, roughly; by default the shortest two that many neighbours are
        apart. Give them when there is more than one atom in a cell.

    Returns
    -------
    Lattice
        Vectors with errors, and the indices of each atom.

    Raises
    ------
    ValueError
        When there are fewer than four atoms, or no two vectors.

    Examples
    --------
    >>> import numpy as np
    >>> atoms = np.stack(np.mgrid[:5, :6], -1).reshape(-1, 2) * [8.0, 9.0] + 4
    >>> abs(fit_lattice(atoms).vectors).round(6)
    array([[8., 0.],
           [0., 9.]])
    """
    at, _ = atom_places(atoms)
    known = np.isfinite(at).all(axis=1)
    if np.count_nonzero(known) < 4:
        msg = f"a lattice needs four atoms, found {np.count_nonzero(known)}"
        raise ValueError(msg)
    basis = _basis(at[known]) if vectors is None else np.asarray(vectors, np.float64)
    if basis.shape != (2, 2) or abs(np.linalg.det(basis)) < 0.1 * np.prod(
        np.linalg.norm(basis, axis=1)
    ):
        msg = f"two vectors at an angle to each other are needed, found {basis.tolist()}"
        raise ValueError(msg)
    indices, member = _grown(at, basis)
    design = np.column_stack([np.ones(member.sum()), indices[member]])
    inverse = np.linalg.pinv(design.T @ design)
    found = inverse @ design.T @ at[member]
    rest = at[member] - design @ found
    variance = (rest**2).sum() / max(2 * (len(rest) - 3), 1)
    return Lattice(found[0], found[1:], inverse * variance, indices, member)


def _basis(at: Floats) -> Floats:
    """Return the shortest two vectors that many neighbours are apart."""
    from scipy.spatial import cKDTree

    count = min(9, len(at))
    _, near = cKDTree(at).query(at, k=count)
    steps = (at[near[:, 1:]] - at[:, None]).reshape(-1, 2)
    steps = steps[(steps[:, 0] > 0) | ((steps[:, 0] == 0) & (steps[:, 1] > 0))]
    lengths = np.linalg.norm(steps, axis=1)
    typical = np.median(np.linalg.norm(at[near[:, 1]] - at, axis=1))
    both = np.concatenate([steps, -steps])
    tree, found = cKDTree(both), []
    for vector in steps[np.argsort(lengths)]:
        group = both[tree.query_ball_point(vector, 0.25 * typical)]
        if len(group) < 0.25 * len(at):
            continue
        mean = group.mean(axis=0)
        if not found:
            found.append(mean)
        elif abs(found[0][0] * mean[1] - found[0][1] * mean[0]) > 0.5 * np.linalg.norm(
            found[0]
        ) * np.linalg.norm(mean):
            return np.array([found[0], mean])
    msg = f"{len(at)} atoms have no two distances in common: give vectors"
    raise ValueError(msg)


def _grown(at: Floats, basis: Floats) -> tuple[Integers, NDArray[np.bool_]]:
    """Number atoms from one to the next, from the middle outwards."""
    from scipy.spatial import cKDTree

    known = np.flatnonzero(np.isfinite(at).all(axis=1))
    tree = cKDTree(at[known])
    reach = _REACH * np.linalg.norm(basis, axis=1).min()
    indices = np.zeros((len(at), 2), np.intp)
    best = np.zeros(len(at), bool)
    middle = known[np.argsort(np.linalg.norm(at[known] - at[known].mean(axis=0), axis=1))]
    moves = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    for seed in middle[:: max(1, len(middle) // 5)]:  # one may be an atom of another kind
        numbers, member = np.zeros((len(at), 2), np.intp), np.zeros(len(at), bool)
        member[seed] = True
        queue = deque([seed])
        while queue:
            here = queue.popleft()
            distance, found = tree.query(at[here] + moves @ basis)
            for move, d, other in zip(moves, distance, known[found], strict=True):
                if d <= reach and not member[other]:
                    member[other] = True
                    numbers[other] = numbers[here] + move
                    queue.append(other)
        if member.sum() > best.sum():
            indices, best = numbers, member
        if best.sum() > 0.5 * len(known):
            break
    return indices, best


@operation(name="pycroscopy.image.atom_strain")
def atom_strain(atoms: Any, image: Any, *, vectors: ArrayLike | None = None) -> sidpy.Dataset:
    """Measure strain and rotation at each atom from where its neighbours are.

    Parameters
    ----------
    atoms : AtomPositions, its Dataset, or array of shape (atoms, 2 or more)
        Rows and columns in px, of one kind of atom.
    image : Dataset
        Where the atoms are, for the size of its pixels.
    vectors : array of shape (2, 2), px, optional
        Vectors of the unstrained lattice; the mean of all atoms by default.

    Returns
    -------
    Dataset, POINT_CLOUD
        Columns `strain_rows`, `strain_columns`, `shear`, `rotation` (radian), the standard
        error of each, and the number of `neighbours`; NaN with fewer than three.

    Raises
    ------
    ValueError
        When there is no lattice.

    Notes
    -----
    Least squares over the up to eight neighbours in the lattice; errors come from what the
    fit leaves, pooled over all atoms.
    """
    dataset = as_dataset(image)
    at, _ = atom_places(atoms)
    lattice = fit_lattice(at, vectors)
    reference = lattice.vectors if vectors is None else np.asarray(vectors, np.float64)
    pixel = np.array(image_axes(dataset).pixel)
    found = _local_strain(at * pixel, lattice, reference * pixel)
    gradient, errors, count = found
    columns = {
        "strain_rows": gradient[:, 0, 0],
        "strain_columns": gradient[:, 1, 1],
        "shear": (gradient[:, 0, 1] + gradient[:, 1, 0]) / 2,
        "rotation": (gradient[:, 1, 0] - gradient[:, 0, 1]) / 2,
        "strain_rows_error": errors[:, 0],
        "strain_columns_error": errors[:, 1],
        "shear_error": np.hypot(errors[:, 0], errors[:, 1]) / 2,
        "rotation_error": np.hypot(errors[:, 0], errors[:, 1]) / 2,
        "neighbours": count,
    }
    units = {"rotation": "rad", "rotation_error": "rad"}
    return point_table(dataset, at, columns, title=f"{dataset.title} strain", units=units)


def _local_strain(at: Floats, lattice: Lattice, reference: Floats) -> tuple[Floats, ...]:
    """Return the gradient of displacement at each atom, errors, and the neighbours used."""
    number = {tuple(k): i for i, k in enumerate(lattice.indices) if lattice.member[i]}
    moves = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]
    gradient = np.full((len(at), 2, 2), np.nan)
    spread = np.full((len(at), 2), np.nan)
    count, rest, free = np.zeros(len(at)), 0.0, 0
    for (i, j), here in number.items():
        near = [(move, number[key]) for move in moves
                if (key := (i + move[0], j + move[1])) in number]  # fmt: skip
        count[here] = len(near)
        if len(near) < 3:
            continue
        # the atom itself is one of the points: a plane through all of them
        ideal = np.array([(0, 0), *(move for move, _ in near)]) @ reference
        design = np.column_stack([np.ones(len(ideal)), ideal])
        if np.linalg.matrix_rank(design, tol=1e-6 * np.abs(ideal).max()) < 3:
            continue
        moved = at[[here, *(other for _, other in near)]] - at[here] - ideal
        pull = np.linalg.pinv(design)
        found = pull @ moved
        rest, free = rest + ((moved - design @ found) ** 2).sum(), free + 2 * (len(ideal) - 3)
        gradient[here] = found[1:].T
        spread[here] = (pull[1:] ** 2).sum(axis=1)
    variance = rest / free if free else np.nan
    return gradient, np.sqrt(spread * variance), count


def sublattices(atoms: Any, vectors: ArrayLike, *, smallest: float = 0.15) -> Integers:
    """Tell atoms apart by their place in the cell of a lattice.

    Parameters
    ----------
    atoms : AtomPositions, its Dataset, or array of shape (atoms, 2 or more)
        Rows and columns in px, of all kinds.
    vectors : array of shape (2, 2), px
        Vectors of the lattice that all kinds have in common, roughly; for instance the
        inverse of the matrix `lattice_waves` gives, transposed, in pixels.
    smallest : float
        Share of the remaining atoms that makes a sublattice.

    Returns
    -------
    ndarray of int, shape (atoms,)
        Number of the sublattice, the largest first; -1 for atoms in none.

    Notes
    -----
    One sublattice after the other is grown from atom to atom, so that strain may add up.
    """
    at, _ = atom_places(atoms)
    labels = np.full(len(at), -1, np.intp)
    groups: list[Integers] = []
    left = np.flatnonzero(np.isfinite(at).all(axis=1))
    while len(left) >= 4 and len(groups) < 16:
        member = _grown(at[left], np.asarray(vectors, np.float64))[1]
        if member.sum() < max(4, smallest * len(left)):
            break
        groups.append(left[member])
        left = left[~member]
    for number, group in enumerate(sorted(groups, key=len, reverse=True)):
        labels[group] = number
    return labels


@operation(name="pycroscopy.image.polarization")
def polarization(inner: Any, corners: Any, image: Any, *, neighbours: int = 4) -> sidpy.Dataset:
    """Measure how far atoms are off the middle of their neighbours of another kind.

    Parameters
    ----------
    inner : AtomPositions, its Dataset, or array of shape (atoms, 2 or more)
        Atoms in the middle, px.
    corners : AtomPositions, its Dataset, or array
        Atoms around them, px.
    image : Dataset
        Where they are, for the size of its pixels.
    neighbours : int
        How many surround one.

    Returns
    -------
    Dataset, POINT_CLOUD
        Columns `displacement_rows`, `displacement_columns`, `displacement`, in units of the
        axes, their errors where those of atoms are known, and `direction`, radian from rows
        towards columns; NaN for atoms that are not surrounded.

    Raises
    ------
    ValueError
        When there are fewer corners than neighbours.
    """
    from scipy.spatial import cKDTree

    dataset = as_dataset(image)
    (at, spread), (around, around_spread) = atom_places(inner), atom_places(corners)
    known = np.flatnonzero(np.isfinite(around).all(axis=1))
    if len(known) < neighbours:
        msg = f"{len(known)} atoms cannot surround others by {neighbours}"
        raise ValueError(msg)
    axes = image_axes(dataset)
    pixel = np.array(axes.pixel)
    distance, found = cKDTree(around[known] * pixel).query(
        np.nan_to_num(at, nan=1e9) * pixel, k=neighbours
    )
    near = known[found.reshape(len(at), -1)]
    distance = distance.reshape(len(at), -1)
    shift = (at - around[near].mean(axis=1)) * pixel
    # around an atom at the edge they are not: all on one side, or one far away
    aside = np.linalg.norm(shift, axis=1) > 0.5 * distance.mean(axis=1)
    aside |= (distance.max(axis=1) > 2 * distance.min(axis=1)) | ~np.isfinite(at[:, 0])
    shift[aside] = np.nan
    errors = np.full_like(shift, np.nan)
    if spread is not None and around_spread is not None:
        own = np.diagonal(spread, axis1=1, axis2=2)
        theirs = np.diagonal(around_spread, axis1=1, axis2=2)[near].sum(axis=1)
        errors = np.sqrt(own + theirs / neighbours**2) * pixel
    size = np.linalg.norm(shift, axis=1)
    columns = {
        "displacement_rows": shift[:, 0],
        "displacement_columns": shift[:, 1],
        "displacement": size,
        "displacement_rows_error": errors[:, 0],
        "displacement_columns_error": errors[:, 1],
        "direction": np.arctan2(shift[:, 1], shift[:, 0]),
    }
    length = dataset._axes[axes.rows].units
    units = {name: length for name in columns if name.startswith("displacement")}
    return point_table(
        dataset, at, columns, title=f"{dataset.title} polarization",
        units={**units, "direction": "rad"},
    )  # fmt: skip
