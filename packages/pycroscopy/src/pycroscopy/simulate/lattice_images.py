"""Images of a crystal as a scanning microscope takes them, and what is true of them.

Peaks are Gaussians, evaluated where the probe really was: drift, lines out of place and a
beam that lags at the beginning of a line distort the image without any interpolation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .crystals import Crystal
from .rendering import Rendering
from .scans import Scan

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    import sidpy

    from .crystals import Atoms

    Floats = NDArray[np.float64]

__all__ = [
    "LatticeImage",
    "LatticeStack",
    "Scan",
    "lattice_image",
    "lattice_pair",
    "lattice_stack",
]


@dataclass(frozen=True, eq=False)
class LatticeImage:
    """A simulated image, and what is true of it."""

    image: sidpy.Dataset
    """Shape (rows, columns); lazy."""
    crystal: Crystal
    scan: Scan
    pixel: tuple[float, float]
    """Size of a pixel, nm."""

    @cached_property
    def atoms(self) -> Atoms:
        """Columns in the image, without vacancies."""
        found = self._all
        return found.select(~found.vacant)

    @cached_property
    def positions(self) -> Floats:
        """Shape (atoms, 2), px: rows and columns at which the image shows the `atoms`."""
        return self._seen(self.atoms)

    @cached_property
    def vacancies(self) -> Floats:
        """Shape (vacancies, 2), px: rows and columns where a column is missing."""
        found = self._all
        return self._seen(found.select(found.vacant))

    @property
    def drift(self) -> Floats:
        """Shape (lines, 2), px: where lines are, against where they should be."""
        return self.scan.offsets(self.image.shape)[0]

    @cached_property
    def _all(self) -> Atoms:
        shape = np.array(self.image.shape)
        lines, ahead = self.scan.offsets(self.image.shape)
        spare = np.abs(lines).max() + np.abs(ahead).max() + 1
        found = self.crystal.atoms(-spare * np.array(self.pixel), (shape + spare) * self.pixel)
        seen = self._seen(found)
        return found.select(np.all((seen >= -0.5) & (seen < shape - 0.5), axis=1))

    def _seen(self, atoms: Atoms) -> Floats:
        return self.scan.seen(atoms.places / self.pixel, self.image.shape)


@dataclass(frozen=True, eq=False)
class LatticeStack:
    """Simulated images of a specimen that moves, and what is true of them."""

    stack: sidpy.Dataset
    """Shape (frames, rows, columns); lazy."""
    drift: Floats
    """Shape (frames, 2), px: how far the specimen has moved in each frame."""
    first: LatticeImage
    """Truth for a specimen that has not moved; its image has no noise."""


def lattice_image(  # noqa: PLR0913 - the conditions of a measurement, all by keyword
    crystal: Crystal | None = None,
    shape: tuple[int, int] = (128, 160),
    *,
    scan: Scan | None = None,
    background: float | Callable[[Floats, Floats], Floats] = 0.1,
    noise: float = 0.0,
    counts: float | None = None,
    pixel: tuple[float, float] = (0.02, 0.02),
    seed: int = 0,
) -> LatticeImage:
    """Simulate an image of a crystal.

    Parameters
    ----------
    crystal : Crystal, optional
        What is seen; a perfect one with two sublattices by default.
    shape : (int, int)
        Rows and columns.
    scan : Scan, optional
        What distorts it; nothing by default.
    background : float or callable
        Below the peaks; or what gives it for rows and columns, px, that fit together.
    noise : float
        Standard deviation of white noise, in units of the height of a peak.
    counts : float, optional
        Expected number in the middle of a peak of height one: the image is in counts then,
        Poisson distributed before the white noise, which is in counts as well.
    pixel : (float, float), nm
        Along rows and columns.
    seed : int
        Of the noise.

    Returns
    -------
    LatticeImage

    Raises
    ------
    ValueError
        For a pixel without size, and counts below zero.

    Examples
    --------
    >>> made = lattice_image(shape=(60, 50), noise=0.1)
    >>> made.image.shape, made.positions.shape, made.image.units
    ((60, 50), (15, 2), 'a.u.')
    """
    known = crystal or Crystal()
    options = Rendering.of(known, scan or Scan(), shape, pixel, background, noise, counts, seed)
    image = _labelled(options.lazy(None), options, "simulated lattice")
    return LatticeImage(image, known, options.scan, options.pixel)


def lattice_pair(
    crystal: Crystal | None = None,
    shape: tuple[int, int] = (128, 160),
    *,
    scan: Scan | None = None,
    **options: Any,
) -> tuple[LatticeImage, LatticeImage]:
    """Simulate two scans at right angles, for `pycroscopy.image.correct_scan_pair`.

    Parameters
    ----------
    crystal, shape
        As for `lattice_image`.
    scan : Scan, optional
        Of the first, slow along rows; the second is slow along columns and drifts the same
        way.
    **options
        As for `lattice_image`; noise and lines of the second have a seed of their own.

    Returns
    -------
    first, second : LatticeImage
        Of the same shape; both show the same things in the same place but for the scan.
    """
    one = replace(scan or Scan(drift=(3.0, -2.0)), slow="rows")
    two = replace(one, slow="columns", seed=one.seed + 1)
    again = {**options, "seed": options.get("seed", 0) + 1}
    return (
        lattice_image(crystal, shape, scan=one, **options),
        lattice_image(crystal, shape, scan=two, **again),
    )


def lattice_stack(
    crystal: Crystal | None = None,
    shape: tuple[int, int] = (128, 160),
    frames: int = 10,
    *,
    drift: Any = (0.37, 0.2),
    **options: Any,
) -> LatticeStack:
    """Simulate images of a specimen that drifts from frame to frame.

    Parameters
    ----------
    crystal, shape
        As for `lattice_image`.
    frames : int
        How many.
    drift : array-like of shape (2,) or (frames, 2), px
        From frame to frame; or where the specimen is in each frame.
    **options
        As for `lattice_image`; every frame has noise of its own.

    Returns
    -------
    LatticeStack

    Raises
    ------
    ValueError
        When the drift has another shape.

    Examples
    --------
    >>> made = lattice_stack(shape=(40, 50), frames=3, drift=(1, 2))
    >>> made.stack.shape, made.drift.tolist()
    ((3, 40, 50), [[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]])
    """
    import dask.array as da

    moved = np.asarray(drift, np.float64)
    if moved.shape == (2,):
        moved = np.multiply.outer(np.arange(frames), moved)
    if moved.shape != (frames, 2):
        msg = f"a drift of shape {moved.shape} for {frames} frames; expected {(frames, 2)} or (2,)"
        raise ValueError(msg)
    first = lattice_image(crystal, shape, **{**options, "noise": 0.0, "counts": None})
    known = {"scan": first.scan, "background": 0.1, "noise": 0.0, "counts": None, "seed": 0}
    known |= {name: value for name, value in options.items() if value is not None}
    known["pixel"] = first.pixel
    one = Rendering.of(first.crystal, shape=shape, **known)
    stack = da.stack([one.lazy(number, -shift) for number, shift in enumerate(moved)])
    return LatticeStack(_labelled(stack, one, "simulated lattice"), moved, first)


def _labelled(values: Any, made: Rendering, title: str) -> sidpy.Dataset:
    import sidpy

    rank = values.ndim
    data = sidpy.Dataset.from_array(
        values, title=title, units="counts" if made.counts is not None else "a.u.",
        quantity="intensity", datatype="IMAGE" if rank == 2 else "IMAGE_STACK",
        modality="STEM images", source="simulation",
    )  # fmt: skip
    if rank == 3:
        frames = np.arange(values.shape[0])
        data.set_dimension(0, sidpy.Dimension(frames, "frame", "frame", "1", "TEMPORAL"))
    for axis, (name, step) in enumerate(zip("yx", made.pixel, strict=True), rank - 2):
        points = np.arange(values.shape[axis]) * step
        data.set_dimension(axis, sidpy.Dimension(points, name, "distance", "nm", "SPATIAL"))
    return data
