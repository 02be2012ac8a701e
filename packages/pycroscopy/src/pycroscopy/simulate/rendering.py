"""Peaks drawn where the probe of a microscope really was, block by block."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .crystals import Crystal
    from .scans import Scan

    Floats = NDArray[np.float64]

__all__ = ["Rendering"]

#: Pixels along a side of a block: its peaks are made together.
_BLOCK: Final = 512
#: Widths after which a peak is nothing: exp(-18).
_REACH: Final = 6.0


@dataclass(frozen=True, eq=False)
class Rendering:
    """All that a block of an image depends on."""

    crystal: Crystal
    scan: Scan
    shape: tuple[int, int]
    pixel: tuple[float, float]
    background: Any
    noise: float
    counts: float | None
    seed: int

    @classmethod
    def of(  # noqa: PLR0913, PLR0917 - all the conditions of an image
        cls, crystal: Crystal, scan: Scan, shape: Any, pixel: Any, background: Any, noise: float,
        counts: float | None, seed: int,
    ) -> Rendering:  # fmt: skip
        """Return the conditions, checked.

        Raises
        ------
        ValueError
            For a pixel without size, and counts below zero.
        """
        if not min(pixel) > 0 or (counts is not None and counts < 0):
            msg = f"pixel is {pixel!r}, counts {counts!r}; expected positive numbers"
            raise ValueError(msg)
        size = (float(pixel[0]), float(pixel[1]))
        return cls(crystal, scan, tuple(shape), size, background, float(noise), counts, int(seed))

    def lazy(self, frame: int | None, shift: Any = (0.0, 0.0)) -> Any:
        """Return the image as a lazy array, the probe shifted by so many px."""
        import dask.array as da

        empty = da.empty(self.shape, chunks=(_BLOCK, _BLOCK))
        return da.map_blocks(
            _block, empty, made=self, frame=frame, shift=np.asarray(shift, float),
            dtype=np.float64, meta=np.empty((0, 0)),
        )  # fmt: skip


def _block(
    empty: NDArray[Any], made: Rendering, frame: int | None, shift: Floats, block_info: Any = None
) -> Floats:
    """Draw a block; its place decides the random numbers."""
    place = block_info[0]["array-location"] if block_info else [(0, n) for n in empty.shape]
    rows, columns = (np.arange(a, b, dtype=float) for a, b in place)
    rows, columns = np.meshgrid(rows, columns, indexing="ij")
    lines, ahead = made.scan.offsets(made.shape)
    slow, fast = (rows, columns) if made.scan.slow == "rows" else (columns, rows)
    at = np.stack([rows, columns], axis=-1) + shift + lines[slow.astype(int)]
    at[..., 1 if made.scan.slow == "rows" else 0] += ahead[fast.astype(int)]
    image = _peaks(made, at, np.array([place[0][0], place[1][0]], float), shift)
    level = made.background
    image += level(rows, columns) if callable(level) else float(level)
    number = 0 if frame is None else frame + 1
    rng = np.random.default_rng([made.seed, 5, number, place[0][0], place[1][0]])
    if made.counts is not None:
        image = rng.poisson(np.maximum(made.counts * image, 0)).astype(float)
    return image + made.noise * rng.standard_normal(image.shape) if made.noise else image


def _peaks(made: Rendering, at: Floats, first: Floats, shift: Floats) -> Floats:
    """Return the sum of all peaks where the probe was, shape (rows, columns)."""
    image = np.zeros(at.shape[:2])
    sigma = made.crystal.sigma / np.array(made.pixel)
    reach = _REACH * sigma
    low, high = at.min(axis=(0, 1)) - reach, at.max(axis=(0, 1)) + reach
    atoms = made.crystal.atoms(low * made.pixel, high * made.pixel)
    atoms = atoms.select(~atoms.vacant)
    places = atoms.places / made.pixel
    steady = replace(made.scan, jitter=0.0).offsets(made.shape)[0]
    steep = np.abs(np.diff(steady, axis=0)).max(initial=0.0)
    steep += 2 * abs(made.scan.flyback[0]) / made.scan.flyback[1]
    half = np.ceil(reach * (1 + steep) + 8 * made.scan.jitter + 2).astype(int)
    middle = np.rint(made.scan.seen(places - shift, made.shape) - first).astype(int)
    for place, height, (row, column) in zip(places, atoms.heights, middle, strict=True):
        part = (
            slice(max(row - half[0], 0), max(row + half[0] + 1, 0)),
            slice(max(column - half[1], 0), max(column + half[1] + 1, 0)),
        )
        square = ((at[part] - place) / sigma) ** 2
        image[part] += height * np.exp(-0.5 * square.sum(axis=-1))
    return image
