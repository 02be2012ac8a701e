"""Columns of atoms seen along a zone axis: where they are, and what is wrong with them.

What is at a place follows from the place and the seed alone, so that any part of a crystal of
any size can be made by itself, in any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Atoms", "Crystal"]

#: Points along a side of a region at which a deformation is looked at.
_LOOKED: Final = 9


class Atoms(NamedTuple):
    """Columns of atoms; row i of every array is one."""

    places: Floats
    """Shape (atoms, 2), nm: where they are, along rows and columns of an image."""
    lattice: Floats
    """Shape (atoms, 2), nm: where the perfect crystal has them."""
    sublattice: NDArray[np.intp]
    """Shape (atoms,): their number in the motif."""
    heights: Floats
    """Shape (atoms,): of their peaks; 0 for vacancies."""
    doped: NDArray[np.bool_]
    """Shape (atoms,)."""

    @property
    def vacant(self) -> NDArray[np.bool_]:
        """Shape (atoms,): where a column is missing."""
        return self.heights == 0

    def select(self, chosen: Any) -> Atoms:
        """Return some of them.

        Parameters
        ----------
        chosen : ndarray of bool or int
            Which.
        """
        return Atoms(*(part[chosen] for part in self))


@dataclass(frozen=True, eq=False)
class Crystal:
    """A crystal without end.

    Raises
    ------
    ValueError
        When vectors span nothing, or what is given for each sublattice has another length.

    Examples
    --------
    >>> atoms = Crystal().atoms((0, 0), (1, 1))
    >>> len(atoms.places), np.bincount(atoms.sublattice).tolist()
    (13, [9, 4])
    """

    vectors: ArrayLike = ((0.39, 0.0), (0.0, 0.39))
    """Shape (2, 2), nm: the vectors of a cell, as rows."""
    motif: ArrayLike = ((0.0, 0.0), (0.5, 0.5))
    """Shape (sublattices, 2): columns of a cell, in shares of its vectors."""
    heights: ArrayLike = (1.0, 0.6)
    """Shape (sublattices,): of their peaks, all at least 0."""
    sigma: float = 0.05
    """Width of a peak, nm."""
    origin: ArrayLike = (0.1, 0.1)
    """Shape (2,), nm: where the cell (0, 0) begins; deformations leave it in its place."""
    deformation: ArrayLike | Callable[[Floats], Floats] | None = None
    """Shape (2, 2), gradient of the displacement; or what gives displacements (n, 2), nm, of
    places (n, 2), nm, and changes them by less than the distance of any two."""
    polarization: ArrayLike | Callable[[Floats], Floats] | None = None
    """Shape (2,), nm: displacement of the last sublattice against the others; or what gives
    it for places (n, 2)."""
    vacancies: float = 0.0
    """Share of columns that are missing."""
    dopants: float = 0.0
    """Share of columns of another kind."""
    dopant_height: float = 1.5
    """Their height over that of their sublattice."""
    disorder: float = 0.0
    """Standard deviation, nm, along each axis, by which columns are out of place."""
    seed: int = 0
    """Of vacancies, dopants and disorder."""

    def __post_init__(self) -> None:
        vectors, motif = np.asarray(self.vectors, float), np.asarray(self.motif, float)
        if vectors.shape != (2, 2) or abs(np.linalg.det(vectors)) < 1e-12:
            msg = f"vectors {self.vectors!r} span no cell; expected two that are not parallel"
            raise ValueError(msg)
        heights = np.asarray(self.heights, float)
        if motif.ndim != 2 or motif.shape[1] != 2 or heights.shape != motif.shape[:1]:
            msg = f"a motif of shape {motif.shape} and heights of shape {heights.shape}"
            raise ValueError(msg)
        if not (self.sigma > 0 and heights.min() >= 0):
            msg = f"sigma is {self.sigma!r}, heights {self.heights!r}; expected positive numbers"
            raise ValueError(msg)

    def displacement(self, places: ArrayLike) -> Floats:
        """Return how far the deformation moves places of the perfect crystal.

        Parameters
        ----------
        places : array of shape (n, 2), nm
            Along rows and columns.

        Returns
        -------
        ndarray of shape (n, 2), nm
        """
        at = np.asarray(places, np.float64)
        if self.deformation is None:
            return np.zeros_like(at)
        if callable(self.deformation):
            return np.asarray(self.deformation(at), np.float64)
        gradient = np.asarray(self.deformation, np.float64)
        return (at - np.asarray(self.origin, float)) @ gradient.T

    def strain(self, places: ArrayLike, step: float = 1e-4) -> Floats:
        """Return the gradient of the displacement at places of the perfect crystal.

        Parameters
        ----------
        places : array of shape (n, 2), nm
            Along rows and columns.
        step : float, nm
            Of the central differences.

        Returns
        -------
        ndarray of shape (n, 2, 2)
            Derivative of component i along j.
        """
        at = np.asarray(places, np.float64)
        steps = step * np.eye(2)
        slopes = [
            (self.displacement(at + e) - self.displacement(at - e)) / (2 * step) for e in steps
        ]
        return np.stack(slopes, axis=-1)

    def atoms(self, low: ArrayLike, high: ArrayLike) -> Atoms:
        """Return the columns of a region, vacancies too.

        Parameters
        ----------
        low, high : float or array of shape (2,), nm
            Its corners; columns at `low` are in it, those at `high` are not.

        Returns
        -------
        Atoms
            In the order of the cells.
        """
        low, high = (np.broadcast_to(np.asarray(at, float), 2) for at in (low, high))
        cells = self._cells(low, high)
        parts = [self._sublattice(cells, number) for number in range(len(np.asarray(self.motif)))]
        every = Atoms(*(np.concatenate(part) for part in zip(*parts, strict=True)))
        order = np.lexsort((every.sublattice, *np.tile(cells, (len(parts), 1)).T[::-1]))
        inside = np.all((every.places >= low) & (every.places < high), axis=1)
        return every.select(order[inside[order]])

    def _cells(self, low: Floats, high: Floats) -> NDArray[np.intp]:
        """Return the cells, of the perfect crystal, that may have columns in a region."""
        vectors, origin = np.asarray(self.vectors, float), np.asarray(self.origin, float)
        sides = [np.linspace(a, b, _LOOKED) for a, b in zip(low, high, strict=True)]
        moved = np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1).reshape(-1, 2)
        at = moved.copy()
        for _ in range(50):  # a place and what it comes from
            at = moved - self.displacement(at)
        spare = 6 * self.disorder + self._largest_polarization(at)
        corners = [at.min(axis=0) - spare, at.max(axis=0) + spare]
        four = np.array([(corners[i][0], corners[j][1]) for i in (0, 1) for j in (0, 1)])
        shares = (four - origin) @ np.linalg.inv(vectors)
        motif = np.asarray(self.motif, float)
        # between the points that were looked at, a deformation may bulge by a cell
        first = np.floor(shares.min(axis=0) - motif.max(axis=0)).astype(int) - 2
        last = np.ceil(shares.max(axis=0) - motif.min(axis=0)).astype(int) + 2
        grid = np.mgrid[first[0] : last[0] + 1, first[1] : last[1] + 1]
        return grid.reshape(2, -1).T

    def _largest_polarization(self, at: Floats) -> float:
        return float(np.abs(self._polarization(at)).max())

    def _polarization(self, at: Floats) -> Floats:
        if self.polarization is None:
            return np.zeros_like(at)
        found = self.polarization(at) if callable(self.polarization) else self.polarization
        return np.broadcast_to(np.asarray(found, np.float64), at.shape)

    def _sublattice(self, cells: NDArray[np.intp], number: int) -> Atoms:
        motif = np.asarray(self.motif, float)
        at = np.asarray(self.origin, float) + (cells + motif[number]) @ np.asarray(self.vectors)
        places = at + self.displacement(at)
        if number == len(motif) - 1:
            places = places + self._polarization(at)
        if self.disorder:
            radius = self.disorder * np.sqrt(-2 * np.log1p(-self._chance(cells, number, 0)))
            turn = 2 * np.pi * self._chance(cells, number, 1)
            places = places + radius[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        missing = self._chance(cells, number, 2) < self.vacancies
        doped = ~missing & (self._chance(cells, number, 3) < self.dopants)
        height = float(np.asarray(self.heights, float)[number])
        heights = np.where(missing, 0.0, np.where(doped, height * self.dopant_height, height))
        return Atoms(places, at, np.full(len(at), number), heights, doped)

    def _chance(self, cells: NDArray[np.intp], number: int, purpose: int) -> Floats:
        """Return a random number from 0 up to 1 for each column, the same whenever asked."""
        found = np.full(len(cells), np.uint64(self.seed % 2**63))
        for part in (np.uint64(4 * number + purpose), *cells.astype(np.uint64).T):
            found = _mixed(found ^ part)
        return (found >> np.uint64(11)).astype(np.float64) / 2.0**53


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix bits as SplitMix64 does (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195)."""
    with np.errstate(over="ignore"):
        values = values + np.uint64(0x9E3779B97F4A7C15)
        values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return values ^ (values >> np.uint64(31))
