"""Scans of diffraction patterns: their axes, and one pass over all of them.

What a detector counts, the sum, the centre of mass and its error are all weighted sums over
a pattern.  They are found together: the patterns as rows of a matrix, the weights as columns
of another, multiplied block by block while the block is in the cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pycroscopy._inputs import as_dataset, lazy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

__all__ = ["Patterns", "weighted_sums"]

#: Bytes of patterns converted to floating point at a time: they stay in the cache of a core.
_TILE = 1 << 21

#: Pixels added up in single precision before double precision takes over.
_WIDTH = 1 << 14

#: Columns that matrix multiplication does at once: fewer take longer than as many.
_LANES = 8


class Patterns(NamedTuple):
    """A dataset whose last two axes are those of a diffraction pattern."""

    dataset: sidpy.Dataset
    """Of shape (..., v, u)."""
    v: NDArray[np.float64]
    """Values of the second to last axis, the rows of a pattern."""
    u: NDArray[np.float64]
    """Values of the last axis."""

    @classmethod
    def of(cls, data: Any) -> Patterns:
        """Return the patterns of a dataset, or of an array.

        Raises
        ------
        TypeError
            When the values are no real numbers.
        ValueError
            When there are fewer than two axes, or the pattern is empty.
        """
        dataset = as_dataset(data)
        if dataset.ndim < 2 or 0 in dataset.shape[-2:]:
            msg = (
                f"expected diffraction patterns, [..., v, u], found the shape {dataset.shape} "
                f"of {dataset.title!r}"
            )
            raise ValueError(msg)
        if dataset.dtype.kind not in "biuf":
            msg = f"diffraction patterns are real numbers, found {dataset.dtype}"
            raise TypeError(msg)
        v, u = (np.asarray(dataset._axes[dataset.ndim - i].values, float) for i in (2, 1))
        return cls(dataset, v, u)

    @property
    def scan_shape(self) -> tuple[int, ...]:
        """Shape without that of a pattern."""
        return tuple(self.dataset.shape[:-2])

    def scanned(self, values: Any, title: str, **labels: Any) -> sidpy.Dataset:
        """Return values at each position, of shape (scan..., more...), with the scan's axes.

        Parameters
        ----------
        values : array
            One or several values for each position.
        title : str
            What they are.
        **labels : Any
            ``quantity``, ``units``, and ``more``, dimensions behind those of the scan.
        """
        import sidpy
        from pycroscopy._inputs import set_dimensions

        more = labels.pop("more", [])
        rank = len(self.scan_shape)
        kind = {1: "SPECTRUM", 2: "IMAGE"}.get(rank, "UNKNOWN") if not more else "UNKNOWN"
        kind = "SPECTRAL_IMAGE" if rank == 2 and len(more) == 1 else kind
        result = sidpy.Dataset.from_array(
            values,
            title=f"{self.dataset.title} {title}",
            datatype=kind,
            modality=self.dataset.modality,
            source=self.dataset.title,
            **{"quantity": self.dataset.quantity, "units": self.dataset.units, **labels},
        )
        set_dimensions(result, [*(self.dataset._axes[i] for i in range(rank)), *more])
        result.metadata = dict(self.dataset.metadata)
        return result


def weighted_sums(patterns: Patterns, weights: NDArray[Any]) -> Any:
    """Return weighted sums over each pattern, lazily, in one pass over the data.

    Parameters
    ----------
    patterns : Patterns
        Of shape (..., v, u).
    weights : ndarray of shape (v, u, k)
        A column for each sum.

    Returns
    -------
    dask.array.Array of shape (..., k), float64
        Products of integers up to 16 bit are summed in single precision, 16,384 pixels at a
        time, with a relative error of about 1e-6; others in double precision.

    Notes
    -----
    Any chunks are good: parts of patterns are added up.  Chunks of whole patterns are best.
    """
    import dask.array as da

    array = lazy(patterns.dataset)
    kind = working_type(array.dtype)
    columns = da.from_array(weights.astype(kind), chunks=(*array.chunks[-2:], -1))
    scan = tuple(range(array.ndim - 2))
    v, u, k = array.ndim - 2, array.ndim - 1, array.ndim
    return da.blockwise(
        _sums_of_blocks,
        (*scan, k),
        array,
        (*scan, v, u),
        columns,
        (v, u, k),
        dtype=np.float64,
        concatenate=False,
        align_arrays=False,
        meta=np.empty((0,) * (len(scan) + 1)),
    )


def working_type(dtype: np.dtype[Any]) -> type:
    """Return the type in which values are multiplied: single precision where that is exact."""
    narrow = dtype.itemsize <= 2 or dtype == np.float32
    return np.float32 if narrow and dtype.kind in "biuf" else np.float64


def _sums_of_blocks(blocks: Any, weights: Any) -> NDArray[np.float64]:
    """Add up the sums over the parts of the patterns, which come as lists of lists."""
    if not isinstance(blocks, list):
        return _sums(blocks, weights)
    parts = (_sums_of_blocks(*pair) for pair in zip(blocks, weights, strict=True))
    total = next(parts)
    for part in parts:
        total += part
    return total


def _sums(block: Any, weights: Any) -> NDArray[np.float64]:
    weights = weights[0] if isinstance(weights, list) else weights
    *scan, v, u = block.shape
    kind, count = weights.dtype, weights.shape[-1]
    rows = np.asarray(block).reshape(-1, v * u)
    columns = np.zeros((v * u, -(-count // _LANES) * _LANES), kind)
    columns[:, :count] = weights.reshape(v * u, count)
    result = np.empty((len(rows), columns.shape[1]))
    width = min(v * u, _WIDTH) if kind == np.float32 else v * u
    height = max(1, _TILE // (width * kind.itemsize))
    tile = np.empty((height, width), kind)
    for first in range(0, len(rows), height):
        part = rows[first : first + height]
        total = result[first : first + height]
        total[:] = 0
        for left in range(0, v * u, width):
            piece = part[:, left : left + width]
            cast = tile[: len(piece), : piece.shape[1]]
            np.copyto(cast, piece, casting="unsafe")
            total += cast @ columns[left : left + width]
    return result[:, :count].reshape(*scan, count)
