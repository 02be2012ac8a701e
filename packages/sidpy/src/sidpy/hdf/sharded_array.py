"""The numbers of one array, read from the shards it was cut into."""

from __future__ import annotations

import math
from bisect import bisect_right
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import CorruptFile
from sidpy.sid.sources import require_filters

from .shards import DATA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from .shards import Index, ShardFolder

__all__ = ["ShardedArray", "opened_shard"]

#: Largest piece that is read at once, in bytes.
_PIECE_BYTES: Final = 2**27


class ShardedArray:
    """The numbers of one array, read from its shards without HDF5 looking for them.

    It holds no descriptor and pickles, so that it is read by any worker that sees the files.

    Parameters
    ----------
    home : Path
        Folder that the names of the shards are relative to.
    edges : sequence of sequences of int
        Where shards begin along each axis, and at its end the length of the axis.
    names : dict
        File of each shard, by its place among the shards.
    dtype : numpy.dtype
        Type of a value in the files.
    """

    __slots__ = ("_chunks", "_edges", "_home", "_names", "dtype", "ndim", "shape")

    def __init__(
        self,
        home: Path,
        edges: Sequence[Sequence[int]],
        names: Mapping[Index, str],
        dtype: np.dtype[Any],
    ) -> None:
        self._home = str(home)
        self._edges = [list(one) for one in edges]
        self._names = dict(names)
        self._chunks: tuple[int, ...] | None = ()
        self.dtype = dtype
        self.shape = tuple(one[-1] for one in self._edges)
        self.ndim = len(self.shape)

    @classmethod
    def of_folder(cls, folder: ShardFolder) -> ShardedArray:
        """Return what a folder holds; all shards have to be there when they are read."""
        names = {index: folder.shard(index).path.name for index in folder.plan.indices}
        return cls(folder.path, folder.plan.edges, names, folder.plan.dtype)

    @property
    def paths(self) -> list[Path]:
        """The files of the shards."""
        return [Path(self._home, name) for name in self._names.values()]

    @property
    def lengths(self) -> tuple[tuple[int, ...], ...]:
        """Lengths of the shards along each axis."""
        return tuple(tuple(np.diff(edges).tolist()) for edges in self._edges)

    def pieces(self) -> list[tuple[tuple[slice, ...], Path]]:
        """Return for each shard which part of the array it is and where it lies."""
        return [(self._where(index), self._path(index)) for index in self._names]

    def _path(self, index: Index) -> Path:
        return Path(self._home, self._names[index])

    def _where(self, index: tuple[int, ...]) -> tuple[slice, ...]:
        pairs = zip(self._edges, index, strict=True)
        return tuple(slice(edges[i], edges[i + 1]) for edges, i in pairs)

    @property
    def chunks(self) -> tuple[int, ...] | None:
        """Shape of a chunk in the first shard, None when it has none."""
        if self._chunks == ():
            with self._opened((0,) * self.ndim) as dataset:
                require_filters(dataset)
                self._chunks = dataset.chunks
        return self._chunks

    def _opened(self, index: Index) -> Any:
        where = self._where(index)
        shape = tuple(part.stop - part.start for part in where)
        return opened_shard(self._path(index), shape, self.dtype)

    def lazy(self) -> Any:
        """Return a dask array, the blocks of which are shards or, of large ones, parts."""
        import dask.array as da

        chunks = _cut(self.lengths, self.chunks, self.dtype.itemsize)
        return da.from_array(self, chunks=chunks, asarray=True, fancy=False)

    def __getitem__(self, index: Any) -> npt.NDArray[Any]:
        index = index if isinstance(index, tuple) else (index,)
        box = _box(index, self.shape)
        if box is None:  # a list, a mask, a step backwards: of the whole, as NumPy does it
            whole: npt.NDArray[Any] = self._read([range(n) for n in self.shape])
            return np.asarray(whole[index])
        numbers = self._read(box)
        single = tuple(
            0 if isinstance(one, int | np.integer) else slice(None)
            for one in _filled(index, self.ndim)
        )
        return np.asarray(numbers[single])

    def _read(self, box: Sequence[range]) -> npt.NDArray[Any]:
        """Return the elements at all combinations of the given positions."""
        result: npt.NDArray[Any] = np.empty([len(one) for one in box], self.dtype)
        touched = [_touched(edges, one) for edges, one in zip(self._edges, box, strict=True)]
        for at in np.ndindex(*map(len, touched)) if result.size else ():
            parts = [axis[i] for axis, i in zip(touched, at, strict=True)]
            with self._opened(tuple(part[0] for part in parts)) as dataset:
                require_filters(dataset)
                result[tuple(part[2] for part in parts)] = dataset[tuple(p[1] for p in parts)]
        return result

    def __dask_tokenize__(self) -> tuple[object, ...]:
        # the name of a folder of shards is drawn by chance: no two have the same
        return (self._home, self.shape, self.dtype.str, *self._names.values())

    def __repr__(self) -> str:
        return f"ShardedArray({self._home!r}, {len(self._names)} shards, shape={self.shape})"


def _cut(
    lengths: tuple[tuple[int, ...], ...], chunks: tuple[int, ...] | None, itemsize: int
) -> tuple[tuple[int, ...], ...]:
    """Cut shards that are too large to be read at once, between two chunks."""
    longest = [max(one) for one in lengths]
    steps = list(chunks or [1] * len(longest))
    size = [-(-n // step) for n, step in zip(longest, steps, strict=True)]
    while max(size) > 1 and math.prod(size) * math.prod(steps) * itemsize > _PIECE_BYTES:
        widest = int(np.argmax(size))
        size[widest] = -(-size[widest] // 2)
    pieces = [n * step for n, step in zip(size, steps, strict=True)]
    return tuple(
        tuple(min(piece, n - start) for n in one for start in range(0, n, piece))
        for one, piece in zip(lengths, pieces, strict=True)
    )


def _filled(index: tuple[Any, ...], ndim: int) -> tuple[Any, ...]:
    """Return one entry for each axis, `...` and what is left out being everything."""
    dots = [i for i, one in enumerate(index) if one is Ellipsis]
    at = dots[0] if dots else len(index)
    rest = tuple(one for one in index if one is not Ellipsis)
    everything = (slice(None),) * (ndim - len(rest))
    return (*index[:at], *everything, *rest[at:])


def _box(index: tuple[Any, ...], shape: tuple[int, ...]) -> list[range] | None:
    """Return the positions along each axis, None for what is no box of them."""
    if not all(isinstance(one, slice | int | np.integer) or one is Ellipsis for one in index):
        return None
    result = []
    for one, n in zip(_filled(index, len(shape)), shape, strict=True):
        if isinstance(one, slice):
            positions = range(n)[one]
        else:
            start = range(n)[int(one)]
            positions = range(start, start + 1)
        if positions.step < 0:
            return None
        result.append(positions)
    return result


def _touched(edges: list[int], positions: range) -> list[tuple[int, slice, slice]]:
    """Return each shard along an axis with positions in it: which, there, and in the result."""
    found = []
    done = 0
    while done < len(positions):
        at = bisect_right(edges, positions[done]) - 1
        start, stop, step = edges[at], edges[at + 1], positions.step
        count = len(range(positions[done], min(stop, positions.stop), step))
        first = positions[done] - start
        there = slice(first, first + (count - 1) * step + 1, step)
        found.append((at, there, slice(done, done + count)))
        done += count
    return found


@contextmanager
def opened_shard(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Iterator[Any]:
    """Open a shard for reading; what goes wrong with the file names it.

    Raises
    ------
    CorruptFile
        When it is missing, damaged, or no shard of this shape and type.
    """
    import h5py

    if not path.exists():
        msg = "this shard of the numbers of a file is missing"
        raise CorruptFile(msg, path=path, format="HDF5")
    try:
        with h5py.File(path, "r") as file:
            dataset = file[DATA]
            _require_form(dataset, shape, dtype, path)
            yield dataset
    except CorruptFile:
        raise
    except (OSError, KeyError, RuntimeError, AttributeError) as error:
        msg = f"this shard cannot be read: {error}"
        raise CorruptFile(msg, path=path, format="HDF5") from error


def _require_form(dataset: Any, shape: tuple[int, ...], dtype: np.dtype[Any], path: Path) -> None:
    if dataset.shape != shape or dataset.dtype != dtype:
        msg = f"it holds {dataset.dtype} of shape {dataset.shape}, not {dtype} of {shape}"
        raise CorruptFile(msg, path=path, format="HDF5")
