"""One pass over a matrix that does not fit into memory.

A matrix with a long and a short side is read in blocks of whole short sides.  Its Gram
matrix is as small as the short side squared, is a sum over blocks, and holds the
singular values and the short singular vectors.  Squaring costs half of the digits:
components weaker than about 1e-4 of the strongest are read from a triangular factor
instead, which is gathered the same way from orthogonal reductions of the blocks [1]_ and
is as accurate as LAPACK.

Sums are taken in a fixed tree, so a result depends neither on the scheduler nor on which
block was ready first.

References
----------
.. [1] Demmel, Grigori, Hoemmen, Langou, SIAM J. Sci. Comput. 34, A206 (2012),
       doi:10.1137/080731992
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .narrow import add_outer, gram_about_mean, is_narrow, project_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["Moments", "TallMatrix"]

#: Rows converted to double precision at a time: keeps the copy in the cache of a core.
_TILE = 2048

#: Bytes in double precision beyond which a block is cut, so that several cores have some.
_LARGEST_BLOCK = 1 << 25

#: Rows of a block, in units of its short side, below which merging takes longer than squaring.
_LEAST = 4

#: Partial results merged in one task.
_FAN_IN = 4


class Moments(NamedTuple):
    """Sums over the rows of a tall matrix."""

    count: int
    """Rows."""
    mean: NDArray[Any]
    """Shape (short,): mean row, zero when not centred."""
    gram: NDArray[Any]
    """Shape (short, short): rows^H rows about the mean."""


@dataclass(frozen=True, slots=True)
class TallMatrix:
    """A labelled lazy array seen as a tall matrix, block by block.

    The rows of the tall matrix are the `long_axes` of the array, flattened in order; its
    columns are the `short_axes`.
    """

    blocks: Any
    """dask array, long axes first, each block with whole short axes."""
    n_long_axes: int
    """How many leading axes are long."""
    center: str
    """``"none"``, ``"columns"`` (remove the mean row) or ``"rows"`` (each row its own)."""
    live: tuple[int, int] | None = None
    """Rows and columns that hold anything, where weights have made zeros of the others."""

    @classmethod
    def of(
        cls,
        array: Any,
        long_axes: Sequence[int],
        *,
        center: str,
        block_bytes: int,
        cut: Callable[[tuple[Any, ...]], Any] | None = None,
    ) -> TallMatrix:
        """Arrange `array` into blocks of at most about `block_bytes`.

        Parameters
        ----------
        array : dask.array.Array
            The data.
        long_axes : sequence of int
            Axes that become rows.
        center : str
            As the field.
        block_bytes : int
            Largest block, in double precision.
        cut : callable, optional
            Returns the data in given chunks, if there is a better way than to rechunk `array`.
        """
        order = [*long_axes, *(axis for axis in range(array.ndim) if axis not in long_axes)]
        short = math.prod(array.shape[axis] for axis in order[len(long_axes) :])
        width = 16 if array.dtype.kind == "c" else 8
        shared = max(_LARGEST_BLOCK // (width * max(short, 1)), _LEAST * short)
        rows = max(1, min(shared, block_bytes // (width * max(short, 1))))
        chunks = [(n,) for n in array.shape]
        parts = _row_chunks([array.chunks[axis] for axis in long_axes], rows)
        for axis, part in zip(long_axes, parts, strict=True):
            chunks[axis] = part
        found = (cut or array.rechunk)(tuple(chunks))
        return cls(found.transpose(order), len(long_axes), center)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the tall matrix."""
        long, short = self.blocks.shape[: self.n_long_axes], self.blocks.shape[self.n_long_axes :]
        return math.prod(long), math.prod(short)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Double precision, complex if the data are."""
        return np.dtype(np.complex128 if self.blocks.dtype.kind == "c" else np.float64)

    def partials(self, kernel: Callable[..., Any], *arguments: Any) -> list[Any]:
        """Apply a function to each block, delayed, in the order of the rows.

        Parameters
        ----------
        kernel : callable
            Of the rows of a block, `center` and the arguments.
        *arguments
            The same for all blocks.
        """
        from dask import delayed

        apply = delayed(_on_block, pure=False)
        blocks = self.blocks.to_delayed().ravel()
        return [apply(kernel, b, self.n_long_axes, self.center, arguments) for b in blocks]

    @property
    def is_narrow(self) -> bool:
        """Whether single precision holds all values."""
        return is_narrow(self.blocks.dtype)

    def moments(self, *, single: bool = False) -> Any:
        """Gram matrix and mean in one pass, as a delayed `Moments`.

        Parameters
        ----------
        single : bool
            Multiply in single precision, always about the mean.
        """
        kernel = _single_moments if single else _block_moments
        return _tree(self.partials(kernel), _merge_moments)

    def triangle(self, mean: NDArray[Any]) -> Any:
        """Triangular factor about a known mean in one pass, delayed, shape (short, short)."""
        return _tree(self.partials(_block_triangle, mean), _merge_triangles)

    def project(self, vectors: NDArray[Any], mean: NDArray[Any], *, single: bool = False) -> Any:
        """Rows times `vectors`, lazily, as a dask array of shape (*long axes, k).

        With `single`, in single precision, and `mean` is that of all rows, removed or not.
        """
        import dask.array as da

        n_short = self.blocks.ndim - self.n_long_axes
        chunks = (*self.blocks.chunks[: self.n_long_axes], (vectors.shape[1],))
        return da.map_blocks(
            _single_projection if single else _block_projection,
            self.blocks,
            vectors=vectors,
            mean=mean,
            center=self.center,
            n_long=self.n_long_axes,
            dtype=self.dtype,
            chunks=chunks,
            drop_axis=list(range(self.n_long_axes, self.blocks.ndim)) if n_short else None,
            new_axis=[self.n_long_axes],
            meta=np.empty((0,) * (self.n_long_axes + 1), self.dtype),
        )


def _row_chunks(chunks: Sequence[Sequence[int]], rows: int) -> tuple[Any, ...]:
    """Choose chunks of the long axes: whole trailing axes first, about `rows` rows each."""
    chosen: list[tuple[int, ...]] = []
    left = rows
    for axis in reversed(chunks):
        length, present = sum(axis), max(axis, default=1)
        size = min(length, max(1, left))
        if present < size < length:
            size -= size % present  # stay on the chunks as stored
        parts = [size] * (length // size) if size else []
        chosen.insert(0, (*parts, length - sum(parts)) if length - sum(parts) else tuple(parts))
        left //= max(size, 1)
    return tuple(chosen)


def _rows(block: NDArray[Any], n_long: int) -> NDArray[Any]:
    rows = math.prod(block.shape[:n_long])
    return np.asarray(block).reshape(rows, -1)


def _on_block(
    kernel: Callable[..., Any], block: Any, n_long: int, center: str, arguments: tuple[Any, ...]
) -> Any:
    with np.errstate(invalid="ignore"):  # what is not finite is refused once the sums are known
        return kernel(_rows(block, n_long), center, *arguments)


def _double(rows: NDArray[Any], center: str, mean: NDArray[Any] | None) -> NDArray[Any]:
    """Return rows in double precision about the mean."""
    kind = np.complex128 if rows.dtype.kind == "c" else np.float64
    tile = rows.astype(kind)
    if center == "rows":
        tile -= tile.mean(axis=1, keepdims=True)
    elif center == "columns" and mean is not None:
        tile -= mean
    return tile


def _block_moments(rows: NDArray[Any], center: str) -> Moments:
    kind = np.complex128 if rows.dtype.kind == "c" else np.float64
    short = rows.shape[1]
    mean = rows.mean(axis=0, dtype=kind) if center == "columns" else np.zeros(short, kind)
    gram = np.zeros((short, short), kind)
    for first in range(0, len(rows), _TILE):
        tile = _double(rows[first : first + _TILE], center, mean)
        # one buffer on both sides lets BLAS compute half of a symmetric product
        gram += tile.T @ tile if tile.dtype.kind == "f" else tile.conj().T @ tile
    return Moments(len(rows), mean, gram)


def _single_moments(rows: NDArray[Any], center: str) -> Moments:
    with np.errstate(over="ignore", invalid="ignore"):  # found and repeated by `factorise`
        mean, gram = gram_about_mean(rows, own_means=center == "rows")
    return Moments(len(rows), mean, gram)


def _merge_moments(parts: list[Moments]) -> Moments:
    """Add moments about different means (Chan, Golub, LeVeque 1983)."""
    count, mean, gram = parts[0].count, parts[0].mean.copy(), parts[0].gram.copy()
    for part in parts[1:]:
        offset = part.mean - mean
        total = count + part.count
        gram += part.gram
        if offset.any():
            add_outer(gram, (count * part.count / total) * offset.conj(), offset)
        mean += offset * (part.count / total)
        count = total
    return Moments(count, mean, gram)


def _block_triangle(rows: NDArray[Any], center: str, mean: NDArray[Any]) -> NDArray[Any]:
    return np.linalg.qr(_double(rows, center, mean), mode="r")


def _merge_triangles(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return np.linalg.qr(np.concatenate(parts), mode="r")


def _block_projection(
    block: NDArray[Any], vectors: NDArray[Any], mean: NDArray[Any], center: str, n_long: int
) -> NDArray[Any]:
    rows = _rows(block, n_long)
    out = np.empty((len(rows), vectors.shape[1]), vectors.dtype)
    for first in range(0, len(rows), _TILE):
        tile = slice(first, first + _TILE)
        out[tile] = _double(rows[tile], center, mean) @ vectors
    return out.reshape(*block.shape[:n_long], -1)


def _single_projection(
    block: NDArray[Any], vectors: NDArray[Any], mean: NDArray[Any], center: str, n_long: int
) -> NDArray[Any]:
    out = project_rows(
        _rows(block, n_long), vectors, mean,
        own_means=center == "rows", centred=center == "columns",
    )  # fmt: skip
    return out.reshape(*block.shape[:n_long], -1)


def _tree(parts: list[Any], merge: Callable[[list[Any]], Any]) -> Any:
    """Merge delayed parts in a fixed order with few of them alive at a time."""
    from dask import delayed

    step = delayed(merge, pure=False)
    while len(parts) > 1:
        parts = [step(parts[i : i + _FAN_IN]) for i in range(0, len(parts), _FAN_IN)]
    return parts[0]
