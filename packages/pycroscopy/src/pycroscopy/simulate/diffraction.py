"""Scans of diffraction patterns with disks, of a crystal whose strain is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

__all__ = ["DiffractionScan", "diffraction_scan"]

#: Pixels to a block of the scan: its patterns are made together.
_BLOCK: Final = 64


@dataclass(frozen=True, eq=False)
class DiffractionScan:
    """A simulated scan, and what is true of it."""

    data: sidpy.Dataset
    """Shape (y, x, v, u), counts; lazy."""
    probe: sidpy.Dataset
    """Shape (v, u): the undiffracted disk without noise."""
    vectors: NDArray[np.float64]
    """Shape (2, 2): g1 and g2 of the crystal without strain, as rows of (v, u)."""
    strain: NDArray[np.float64]
    """Shape (y, x, 2, 2): the deformation less one, along v and u."""


def diffraction_scan(
    scan: tuple[int, int] = (16, 20),
    pattern: tuple[int, int] = (96, 112),
    *,
    radius: float = 5.0,
    vectors: Any = ((18.0, 3.0), (-2.0, 20.0)),
    strain: Any = None,
    electrons: float | None = 1e5,
    seed: int = 0,
) -> DiffractionScan:
    """Simulate disks on a lattice, bright in the middle, with noise of counting.

    Parameters
    ----------
    scan, pattern : (int, int)
        Positions (y, x), 0.5 nm apart, and pixels (v, u) of a pattern, one unit each, the
        origin in the middle.
    radius : float, px
        Of a disk; its edge is soft over a pixel.
    vectors : array-like of shape (2, 2), px
        g1 and g2 as rows of (v, u).
    strain : array-like of shape (y, x, 2, 2), optional
        Deformation of the crystal less one, in (v, u); none by default.
    electrons : float, optional
        Mean number in a pattern; None for expected values without noise.
    seed : int
        Of the noise.

    Returns
    -------
    DiffractionScan

    Examples
    --------
    >>> made = diffraction_scan((2, 3), (64, 64), electrons=1000)
    >>> made.data.shape, bool(900 < made.data.compute().mean() * 64**2 < 1100)
    ((2, 3, 64, 64), True)
    """
    import dask.array as da

    base = np.asarray(vectors, float)
    deformed = np.zeros((*scan, 2, 2)) if strain is None else np.asarray(strain, float)
    if deformed.shape != (*scan, 2, 2):
        msg = f"a strain of shape {deformed.shape} for a scan of {scan}; expected {(*scan, 2, 2)}"
        raise ValueError(msg)
    # G = G0 inv(F): reciprocal vectors of a crystal deformed by F, as rows
    lattices = base @ np.linalg.inv(deformed + np.eye(2))
    lines = max(1, _BLOCK // max(scan[1], 1))
    fields = da.from_array(lattices, chunks=(lines, scan[1], 2, 2))
    data = da.map_blocks(
        _patterns,
        fields,
        shape=pattern,
        radius=float(radius),
        electrons=electrons,
        seed=int(seed),
        dtype=np.float64 if electrons is None else np.uint32,
        chunks=(*fields.chunks[:2], pattern[:1], pattern[1:]),
        meta=np.empty((0, 0, 0, 0), np.float64 if electrons is None else np.uint32),
    )
    labelled = _labelled(data, "simulated diffraction", 0.5)
    probe = _disks(np.zeros((1, 2)), np.ones(1), pattern, radius)
    return DiffractionScan(labelled, _labelled(probe, "simulated probe", None), base, deformed)


def _patterns(
    lattices: NDArray[Any],
    shape: tuple[int, int],
    radius: float,
    electrons: float | None,
    seed: int,
    block_info: Any = None,
) -> NDArray[Any]:
    """Draw the patterns of a block; its place in the scan decides the random numbers."""
    place = block_info[0]["array-location"] if block_info else [(0, 0)] * 2
    rng = np.random.default_rng([seed, place[0][0], place[1][0]])
    reach = int(np.ceil(np.hypot(*shape) / np.linalg.norm(lattices, axis=-1).min())) + 1
    orders = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1).T
    result = np.empty((*lattices.shape[:2], *shape))
    for index in np.ndindex(lattices.shape[:2]):
        at = orders @ lattices[index]
        weight = np.exp(-0.5 * (np.hypot(*at.T) / (0.25 * min(shape))) ** 2)
        inside = (np.abs(at) < np.array(shape) / 2 + radius + 2).all(axis=1)
        result[index] = _disks(at[inside], weight[inside], shape, radius)
    if electrons is None:
        return result
    result *= electrons / result.sum(axis=(2, 3), keepdims=True)
    return rng.poisson(result).astype(np.uint32)


def _disks(
    centers: NDArray[Any], weights: NDArray[Any], shape: tuple[int, int], radius: float
) -> NDArray[np.float64]:
    """Return disks of unit height times their weights, about the middle pixel."""
    v, u = (np.arange(n) - n // 2 for n in shape)
    image = np.zeros(shape)
    for (y, x), weight in zip(centers, weights, strict=True):
        distance = np.hypot(v[:, None] - y, u - x)
        image += weight * np.clip(radius + 0.5 - distance, 0, 1)
    return image


def _labelled(values: Any, title: str, step: float | None) -> sidpy.Dataset:
    import sidpy

    rank = len(values.shape)
    data = sidpy.Dataset.from_array(
        values,
        title=title,
        units="counts",
        quantity="intensity",
        datatype="IMAGE_4D" if rank == 4 else "IMAGE",
        modality="STEM diffraction",
        source="simulation",
    )
    for axis in range(rank):
        n = values.shape[axis]
        if rank - axis <= 2:
            points, kind = np.arange(n) - n // 2, "RECIPROCAL"
            name, units = "vu"[axis - rank + 2], "px"
        else:
            points, kind = np.arange(n) * (step or 1.0), "SPATIAL"
            name, units = "yx"[axis], "nm"
        quantity = "distance" if kind == "SPATIAL" else "reciprocal distance"
        data.set_dimension(axis, sidpy.Dimension(points, name, quantity, units, kind))
    return data
