"""Lattices of Bragg disks, and how they are strained from position to position."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.sid.operations import operation

from .patterns import Patterns

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    import sidpy

    from .disks import BraggDisks

__all__ = ["Lattices", "StrainMaps", "fit_lattices", "strain_maps"]


@dataclass(frozen=True, eq=False, repr=False)
class Lattices:
    """Two lattice vectors and an origin for each pattern of a scan."""

    scan: sidpy.Dataset
    """The scan, for its axes."""
    vectors: NDArray[np.float64]
    """Shape (scan..., 2, 2): g1 and g2 as rows of (v, u), in the units of the axes."""
    covariances: NDArray[np.float64]
    """Shape (scan..., 3, 3): of the origin, g1 and g2, alike for both components, in the square
    of the units; from how far the disks lie from the lattice."""
    origins: NDArray[np.float64]
    """Shape (scan..., 2)."""
    counts: NDArray[np.int64]
    """Shape of the scan: number of disks on the lattice."""

    def __repr__(self) -> str:
        fitted = int(np.isfinite(self.vectors[..., 0, 0]).sum())
        return f"lattices of {fitted} of {self.counts.size} patterns"


@dataclass(frozen=True, eq=False, repr=False)
class StrainMaps:
    """Strain at each position of a scan, along the axes of the patterns."""

    vv: sidpy.Dataset
    """Relative change of lengths along v."""
    uu: sidpy.Dataset
    """Along u."""
    vu: sidpy.Dataset
    """Shear: half the change of the right angle between v and u, rad."""
    rotation: sidpy.Dataset
    """Rotation of the lattice from u towards v, rad."""
    vv_errors: sidpy.Dataset
    """Standard deviation of `vv`."""
    uu_errors: sidpy.Dataset
    """Standard deviation of `uu`."""
    vu_errors: sidpy.Dataset
    """Standard deviation of `vu`."""
    rotation_errors: sidpy.Dataset
    """Standard deviation of `rotation`."""

    def to_datasets(self) -> dict[str, sidpy.Dataset]:
        """Return everything as datasets by name, ready for `sidpy.write`."""
        names = ("vv", "uu", "vu", "rotation")
        every = (*names, *(f"{name}_errors" for name in names))
        return {name: getattr(self, name) for name in every}

    def __repr__(self) -> str:
        return f"strain maps of {self.vv.shape}"

    def plot(self, figure: Any = None) -> Any:
        """Draw the three strains and the rotation.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.maps import draw_images

        names = ("vv", "uu", "vu", "rotation")
        return draw_images({name: getattr(self, name) for name in names}, figure, signed=True)


def fit_lattices(
    disks: BraggDisks,
    vectors: ArrayLike,
    *,
    origin: tuple[float, float],
    tolerance: float | None = None,
) -> Lattices:
    """Fit a lattice to the disks of each pattern, by least squares weighted with their counts.

    Parameters
    ----------
    disks : BraggDisks
        From `find_disks`.
    vectors : array-like of shape (2, 2)
        About what g1 and g2 are, as rows of (v, u), in the units of the axes.
    origin : (float, float)
        About where the undiffracted beam is.
    tolerance : float, optional
        How far from the lattice a disk may lie to belong to it, in the units of the axes; a
        quarter of the shorter vector by default.

    Returns
    -------
    Lattices
        NaN where fewer than four disks, or those of one line only, belong to the lattice.

    Raises
    ------
    ValueError
        When the vectors are parallel.
    """
    start = np.asarray(vectors, float)
    if start.shape != (2, 2) or abs(np.linalg.det(start)) < 1e-9 * np.abs(start).max() ** 2:
        msg = f"two vectors that are not parallel are needed, found {start.tolist()}"
        raise ValueError(msg)
    shortest = float(np.linalg.norm(start, axis=1).min())
    reach = shortest / 4 if tolerance is None else float(tolerance)
    shape = disks.scan.shape[:-2]
    total = int(np.prod(shape))
    edges = np.searchsorted(disks.pattern, np.arange(total + 1))
    fits = [
        _fit(disks.positions[a:b], disks.strengths[a:b], (np.asarray(origin, float), start), reach)
        for a, b in pairwise(edges)
    ]
    solutions, covariances, counts = (np.array(part) for part in zip(*fits, strict=True))
    return Lattices(
        disks.scan,
        solutions[:, 1:].reshape(*shape, 2, 2),
        covariances.reshape(*shape, 3, 3),
        solutions[:, 0].reshape(*shape, 2),
        counts.reshape(shape),
    )


_NONE = (np.full((3, 2), np.nan), np.full((3, 3), np.nan), 0)


def _fit(
    points: Any, strengths: Any, start: tuple[Any, Any], reach: float
) -> tuple[Any, Any, int]:
    """Return origin and vectors, shape (3, 2), their covariance and the number of disks."""
    # twice: what lies near the first lattice may not lie near the better one
    solution, covariance, count = np.vstack(start), _NONE[1], 0
    for _ in range(2):
        numbers = np.rint((points - solution[0]) @ np.linalg.inv(solution[1:]))
        design = np.column_stack([np.ones(len(points)), numbers])
        near = np.hypot(*(points - design @ solution).T) < reach
        design, count = design[near], int(near.sum())
        if count < 4 or np.linalg.matrix_rank(design) < 3:
            return _NONE[0], _NONE[1], count
        # the variance of a position is as one over the counts of its disk
        weights = strengths[near, None] / strengths[near].mean()
        inverse = np.linalg.inv(design.T @ (weights * design))
        solution = inverse @ (design.T @ (weights * points[near]))
        rest = points[near] - design @ solution
        covariance = inverse * (weights * rest**2).sum() / (2 * (count - 3))
        if abs(np.linalg.det(solution[1:])) < 1e-12:
            return _NONE[0], _NONE[1], count
    return solution, covariance, count


@operation(name="pycroscopy.diffraction.strain_maps")
def strain_maps(lattices: Lattices, reference: Any = None) -> StrainMaps:
    """Compare the lattice at each position with a reference.

    Parameters
    ----------
    lattices : Lattices
        From `fit_lattices`.
    reference : array-like of shape (2, 2), optional
        g1 and g2 without strain, as rows of (v, u); the median of the scan by default.

    Returns
    -------
    StrainMaps
        The deformation of the lattice in real space is split into a rotation and a
        symmetric stretch [1]_; NaN where no lattice was found.

    References
    ----------
    .. [1] Pekin, Gammer, Ciston, Minor, Ophus, Ultramicroscopy 176, 170 (2017),
           doi:10.1016/j.ultramic.2016.12.021
    """
    measured = lattices.vectors
    if reference is None:
        flat = measured.reshape(-1, 2, 2)
        reference = np.nanmedian(flat[np.isfinite(flat).all(axis=(1, 2))], axis=0)
    start = np.asarray(reference, float)
    values, turned = _deformation(measured, start)
    errors = _errors(lattices, start)
    patterns = Patterns.of(lattices.scan)
    words = ("strain along v", "strain along u", "shear strain", "rotation")
    units = ("", "", "rad", "rad")
    maps = [values[..., 0, 0], values[..., 1, 1], values[..., 0, 1], turned]
    images = [
        patterns.scanned(part, word, quantity=word, units=unit)
        for part, word, unit in zip(maps, words, units, strict=True)
    ]
    spreads = [
        patterns.scanned(errors[..., i], f"error of the {words[i]}", units=units[i],
                         quantity="standard deviation")
        for i in range(4)
    ]  # fmt: skip
    return StrainMaps(*images, *spreads)


def _deformation(measured: NDArray[Any], start: NDArray[Any]) -> tuple[Any, Any]:
    """Return strain (v, u) and rotation of the real lattice, for reciprocal vectors as rows."""
    whole = np.where(np.isfinite(measured), measured, start)
    gradient = np.linalg.inv(whole) @ start
    # the polar decomposition of two by two matrices: the rotation that leaves a symmetric rest
    angle = np.arctan2(
        gradient[..., 0, 1] - gradient[..., 1, 0], gradient[..., 0, 0] + gradient[..., 1, 1]
    )
    cosine, sine = np.cos(angle), np.sin(angle)
    back = np.stack([np.stack([cosine, -sine], -1), np.stack([sine, cosine], -1)], -2)
    strain = back @ gradient - np.eye(2)
    missing = ~np.isfinite(measured).all(axis=(-2, -1))
    strain[missing] = np.nan
    return strain, np.where(missing, np.nan, angle)


def _errors(lattices: Lattices, start: NDArray[Any]) -> NDArray[np.float64]:
    """Carry the covariance of the vectors to the first order into strains and rotation."""
    covariance = lattices.covariances[..., 1:, 1:]
    inverse = np.linalg.inv(start)
    # dF = -inv(G) dG: a change of g_k along component c moves row by row of the inverse
    result = np.zeros((*lattices.counts.shape, 4))
    for component in (0, 1):
        change = np.zeros((2, 2, 2))
        change[:, :, component] = -inverse.T
        strains = np.stack(
            [change[:, 0, 0], change[:, 1, 1], (change[:, 0, 1] + change[:, 1, 0]) / 2,
             (change[:, 0, 1] - change[:, 1, 0]) / 2], axis=-1
        )  # fmt: skip
        result += np.einsum("ki,...kl,li->...i", strains, covariance, strains)
    return np.sqrt(result)
