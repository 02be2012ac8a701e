"""Weighted sums over many patterns, in one pass over the data.

What a detector counts, the sum, the centre of mass and its error are all weighted sums over
a pattern, and are found together, tile by tile while the tile is in the cache.  Weights that
are the same along the rows of a pattern, as those of a centre of mass are, need only the sums
of its rows; those along columns only the sums of columns; all others are columns of a matrix,
of no more pixels than the smallest box around them.

Sums of integers of up to 16 bits are added up in single precision in pieces so short that
nothing is rounded, and the pieces in double precision.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pycroscopy._inputs import passing

from .compiled import whole_sums

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .patterns import Patterns

    Floats = NDArray[np.float64]

__all__ = ["weighted_sums", "working_type"]

#: Bytes of patterns converted to floating point at a time: they stay in the cache of a core.
_TILE = 1 << 21

#: Single precision holds all integers up to here.
_EXACT = 1 << 24

#: Floating-point numbers added up in single precision before double precision takes over.
_WIDTH = 1 << 12

#: Columns that matrix multiplication does at once: fewer take longer than as many.
_LANES = 8


def weighted_sums(patterns: Patterns, weights: NDArray[Any]) -> Any:
    """Return weighted sums over each pattern, lazily, in one pass over the data.

    Parameters
    ----------
    patterns : Patterns
        Of shape (..., v, u).
    weights : ndarray of shape (k, v, u)
        One image for each sum.

    Returns
    -------
    dask.array.Array of shape (..., k), float64
        Exact for integers and detectors of zeros and ones.  A NaN counts where its weight is
        not zero.

    Notes
    -----
    Any chunks are good: parts of patterns are added up.  Chunks of whole patterns are best.
    """
    import dask.array as da

    array = passing(patterns.dataset)
    images = da.from_array(
        np.ascontiguousarray(weights, np.float64), chunks=(-1, *array.chunks[-2:]), name=False
    )
    scan = tuple(range(array.ndim - 2))
    v, u, k = array.ndim - 2, array.ndim - 1, array.ndim
    return da.blockwise(
        _sums_of_blocks,
        (*scan, k),
        array,
        (*scan, v, u),
        images,
        (k, v, u),
        dtype=np.float64,
        concatenate=False,
        align_arrays=False,
        meta=np.empty((0,) * (len(scan) + 1)),
    )


def working_type(dtype: np.dtype[Any]) -> type:
    """Return the type in which values are multiplied: single precision where it holds them."""
    narrow = dtype.itemsize <= 2 or (dtype.kind == "f" and dtype.itemsize == 4)
    return np.float32 if narrow and dtype.kind in "biuf" else np.float64


def _sums_of_blocks(blocks: Any, weights: Any) -> Floats:
    """Add up the sums over the parts of the patterns, which come as lists of lists."""
    if not isinstance(blocks, list):
        return _sums(np.asarray(blocks), weights)
    parts = (_sums_of_blocks(*pair) for pair in zip(blocks, weights, strict=True))
    total = next(parts)
    for part in parts:
        total += part
    return total


def _sums(block: NDArray[Any], weights: Floats) -> Floats:
    """Return the sums of a block, shape (*scan, k)."""
    *scan, v, u = block.shape
    result = np.zeros((*scan, len(weights)))
    band = max(1, 4 * _TILE // (u * np.dtype(working_type(block.dtype)).itemsize))
    for top in range(0, v, band):  # one, unless a single pattern is too large for the cache
        rows = slice(top, top + band)
        plan = _Plan.of(weights[:, rows], block.dtype)
        whole = whole_sums(block.dtype, plan.weights.shape[1:], block.nbytes)
        with np.errstate(invalid="ignore"):  # infinite values of weight zero: see `_forgive`
            for patterns, found in _tiles(block[..., rows, :], result, len(plan.tile)):
                plan.add(patterns, found, whole)
    return result


def _tiles(
    block: NDArray[Any], result: Floats, height: int
) -> Iterator[tuple[NDArray[Any], Floats]]:
    """Yield up to so many patterns with their sums, shape (n, k), and copy nothing."""
    scan = block.shape[:-2]
    n = math.prod(scan)
    if n <= height:
        yield block, result.reshape(n, -1)
        return
    if block.flags.c_contiguous:
        block, result = block.reshape(n, *block.shape[-2:]), result.reshape(n, -1)
    step = max(1, height * len(block) // n)
    for first in range(0, len(block), step):
        part = slice(first, first + step)
        yield from _tiles(block[part] if step > 1 else block[first],
                          result[part] if step > 1 else result[first], height)  # fmt: skip


class _Plan(NamedTuple):
    """How the sums over patterns of one shape are found, and the memory for it."""

    weights: Floats
    """Shape (k, v, u)."""
    rows: NDArray[np.intp]
    """Which weights are the same along the rows."""
    columns: NDArray[np.intp]
    """Which are the same along the columns."""
    others: NDArray[np.intp]
    along_rows: Floats
    """Weights of the sums of rows, shape (v, k of them)."""
    along_columns: Floats
    """Weights of the sums of columns, shape (u, k of them)."""
    box: tuple[slice, slice]
    """Where others are not zero."""
    matrix: NDArray[Any]
    """Others as columns, shape (pieces, width, k of them or more), zero where there is none."""
    tile: NDArray[Any]
    """Patterns in floating point, shape (n, v, u); in the box only, if that will do."""
    flat: NDArray[Any]
    """The box of these, shape (n, pieces, width); zero at the end of the last piece."""
    width: int
    """Pixels of any value that are added up without an error, or with a small one."""

    @classmethod
    def of(cls, weights: Floats, dtype: np.dtype[Any]) -> _Plan:
        """Sort the weights, and take memory for patterns of a type."""
        kind = working_type(dtype)
        v, u = weights.shape[1:]
        in_rows = (weights == weights[:, :, :1]).all((1, 2))
        in_columns = (weights == weights[:, :1]).all((1, 2)) & ~in_rows
        rows, columns = np.flatnonzero(in_rows), np.flatnonzero(in_columns)
        others = np.flatnonzero(~(in_rows | in_columns))
        box = _box(weights[others])
        width = _width(dtype, kind)
        matrix = _pieces(weights[others][:, *box], kind, width)
        height = max(1, _TILE // max(v * u * np.dtype(kind).itemsize, 1))
        flat = np.zeros((height, *matrix.shape[:2]), kind)
        tile = _front(flat, v, u) if _is_whole(box) else np.empty((height, v, u), kind)
        profiles = (weights[rows, :, 0].T.copy(), weights[columns, 0].T.copy())
        return cls(weights, rows, columns, others, *profiles, box, matrix, tile, flat, width)

    def add(self, patterns: NDArray[Any], found: Floats, whole: Any) -> None:
        """Add the sums over patterns (..., v, u), as many as the tile has, to those found.

        Sums of rows and columns come from `whole`, if it is not None.
        """
        n = len(found)
        tile, values = self.tile[:n], patterns
        total = np.empty_like(found)
        if len(self.others) < len(self.weights):
            if whole is None:
                np.copyto(tile.reshape(patterns.shape), patterns, casting="unsafe")
                values, along = tile, (self._along_rows(tile), self._along_columns(tile))
            else:
                along = whole(patterns)
            total[:, self.rows] = along[0] @ self.along_rows
            total[:, self.columns] = along[1] @ self.along_columns
        if len(self.others):
            total[:, self.others] = self._products(values, n)
        if patterns.dtype.kind == "f":
            _forgive(total, patterns.reshape(n, *patterns.shape[-2:]), self.weights)
        found += total

    def _along_rows(self, tile: NDArray[Any]) -> Floats:
        """Return the sum of each row of each pattern, shape (n, v)."""
        n, v, u = tile.shape
        lines, ones = tile.reshape(n * v, u), np.ones(min(u, self.width), tile.dtype)
        parts = [lines[:, i : i + self.width] for i in range(0, u, self.width)]
        return _total([part @ ones[: part.shape[1]] for part in parts]).reshape(n, v)

    def _along_columns(self, tile: NDArray[Any]) -> Floats:
        """Return the sum of each column of each pattern, shape (n, u)."""
        v = tile.shape[1]
        ones = np.ones(min(v, self.width), tile.dtype)
        parts = [tile[:, i : i + self.width] for i in range(0, v, self.width)]
        return _total([ones[: part.shape[1]] @ part for part in parts])

    def _products(self, patterns: NDArray[Any], n: int) -> Floats:
        """Return the sums of the other weights, shape (n, k)."""
        inside = patterns[(..., *self.box)]
        flat = self.flat[:n]
        if not np.may_share_memory(flat, inside):  # as it does where the box is all there is
            np.copyto(
                _front(flat, *inside.shape[-2:]).reshape(inside.shape), inside, casting="unsafe"
            )
        parts = np.matmul(flat.transpose(1, 0, 2), self.matrix)
        found: Floats = parts.sum(axis=0, dtype=np.float64)[:, : len(self.others)]
        return found


def _front(flat: NDArray[Any], v: int, u: int) -> NDArray[Any]:
    """Return the first pixels of a row as images: a view."""
    return flat.reshape(len(flat), -1)[:, : v * u].reshape(-1, v, u)


def _is_whole(box: tuple[slice, slice]) -> bool:
    return box == (slice(None), slice(None))


def _total(parts: list[NDArray[Any]]) -> Floats:
    found = parts[0].astype(np.float64)
    for part in parts[1:]:
        found += part
    return found


def _box(weights: Floats) -> tuple[slice, slice]:
    """Return the rows and columns in which any weight is not zero; all, if that is most."""
    used = (weights != 0).any(axis=0)
    sides = [np.flatnonzero(used.any(axis=axis)) for axis in (1, 0)]
    box = tuple(slice(int(at[0]), int(at[-1]) + 1) if len(at) else slice(0, 0) for at in sides)
    if 2 * used[box].size > used.size:
        return slice(None), slice(None)
    return box  # type: ignore[return-value]


def _width(dtype: np.dtype[Any], kind: type) -> int:
    """Return over how many values sums are taken before they are added in double precision."""
    if kind is np.float64:
        return 1 << 30
    if dtype.kind == "f":
        return _WIDTH
    if dtype.kind == "b":
        return _EXACT
    limits = np.iinfo(dtype)
    return _EXACT // max(int(limits.max), -int(limits.min))


def _pieces(weights: Floats, kind: type, width: int) -> NDArray[Any]:
    """Return weights as columns, cut into pieces of so many pixels at most."""
    k, pixels = len(weights), weights[0].size if len(weights) else 0
    largest = max(1.0, float(np.ceil(np.abs(weights).max(initial=1.0))))
    width = int(min(max(pixels, 1), max(width // min(largest, _EXACT), 32)))
    count = -(-pixels // width)
    columns = np.zeros((count * width, -(-k // _LANES) * _LANES), kind)
    columns[:pixels, :k] = weights.reshape(k, pixels).T
    return columns.reshape(count, width, columns.shape[1])


def _forgive(total: Floats, patterns: NDArray[Any], weights: Floats) -> None:
    """Find sums again that are not finite because of values whose weight is zero."""
    lost = ~np.isfinite(total)
    for k in np.flatnonzero(lost.any(axis=0)):
        counted = weights[k] != 0
        if not counted.all():
            values = patterns[lost[:, k]][:, counted].astype(np.float64)
            total[lost[:, k], k] = values @ weights[k][counted]
