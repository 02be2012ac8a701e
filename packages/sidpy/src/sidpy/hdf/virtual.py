"""Shards as one array: an HDF5 virtual dataset for everybody, the shards themselves for us.

The file holds a virtual dataset whose sources are the shards, by names relative to its own
folder, so that file and folder move together.  HDF5 takes a source that is not there for
fill values; we look before we read: names and sizes of all shards are known to the file, and
one that is missing or cut short is an error that names it.
"""

from __future__ import annotations

import math
import os
from bisect import bisect_right
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import CorruptFile
from sidpy.sid.sources import require_filters

from .shards import DATA

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import h5py
    import numpy.typing as npt

    from .shards import ShardFolder

__all__ = ["ShardedArray", "is_sharded", "note_sizes", "present", "sharded"]

#: Attribute of a virtual dataset: size of each shard in bytes, in the order of its sources.
SIZES: Final = "shard_bytes"

#: Largest piece that is read at once, in bytes.
_PIECE_BYTES: Final = 2**27


def present(group: h5py.Group, name: str, folder: ShardFolder, relative: str) -> h5py.Dataset:
    """Create the virtual dataset that shows a folder of shards as one array.

    Parameters
    ----------
    group : h5py.Group
        Where to create it.
    name : str
        Its name.
    folder : ShardFolder
        The shards; they need not be there yet.
    relative : str
        The folder as seen from the folder of the file, with ``/`` between its parts.

    Returns
    -------
    h5py.Dataset
        `note_sizes` makes it complete when all shards are there.
    """
    import h5py

    plan = folder.plan
    layout = h5py.VirtualLayout(plan.shape, plan.dtype)
    for where, path in folder.pieces():
        shape = tuple(part.stop - part.start for part in where)
        layout[where] = h5py.VirtualSource(f"{relative}/{path.name}", DATA, shape, plan.dtype)
    # to others what is missing should at least look missing
    missing = np.nan if plan.dtype.kind in "fc" else None
    return group.create_virtual_dataset(name, layout, fillvalue=missing)


def note_sizes(dataset: h5py.Dataset, folder: ShardFolder) -> None:
    """Note the size of each shard, by which a missing or a damaged one is noticed."""
    sizes = [path.stat().st_size for _, path in folder.pieces()]
    dataset.attrs[SIZES] = np.array(sizes, dtype=np.int64)


def is_sharded(dataset: h5py.Dataset) -> bool:
    """Whether a dataset is a virtual one that shows shards of ours."""
    return SIZES in dataset.attrs and bool(dataset.is_virtual)


def sharded(dataset: h5py.Dataset) -> ShardedArray | None:
    """Return the shards that a virtual dataset shows, None for any other dataset.

    Raises
    ------
    CorruptFile
        When a shard is missing, has another size than it was written with, or lies outside
        the file's own folder, or when they do not make up the whole.
    """
    return ShardedArray(dataset) if is_sharded(dataset) else None


class ShardedArray:
    """The numbers of a virtual dataset, read from its shards without HDF5 looking for them.

    It holds no descriptor and pickles, so that it is read by any worker that sees the files.

    Parameters
    ----------
    dataset : h5py.Dataset
        A virtual dataset made by `present`.

    Raises
    ------
    CorruptFile
        See `sharded`.
    """

    __slots__ = ("_edges", "_names", "_sizes", "chunks", "dtype", "ndim", "path", "shape")

    def __init__(self, dataset: h5py.Dataset) -> None:
        self.path = str(Path(dataset.file.filename).resolve())
        self.dtype = dataset.dtype
        self.shape = dataset.shape
        self.ndim = len(self.shape)
        self._read_layout(dataset)
        self._require_complete()
        self.chunks = self._stored_chunks()

    def _read_layout(self, dataset: Any) -> None:
        sources = dataset.virtual_sources()
        starts, names = {}, {}
        for source in sources:
            low, high = source.vspace.get_select_bounds()
            starts[tuple(low)] = tuple(int(n) + 1 for n in high)
            names[tuple(low)] = self._inside(source.file_name)
        self._edges = [
            [*sorted({start[axis] for start in starts}), n] for axis, n in enumerate(self.shape)
        ]
        grid = np.ndindex(*(len(edges) - 1 for edges in self._edges))
        places = {self._corner(index): index for index in grid}
        ends = {corner: self._corner(tuple(i + 1 for i in at)) for corner, at in places.items()}
        sizes = np.asarray(dataset.attrs[SIZES]).ravel()
        if starts != ends or len(sizes) != len(sources) or sizes.dtype.kind not in "iu":
            msg = f"the shards of {dataset.name!r} do not make up an array of shape {self.shape}"
            raise CorruptFile(msg, path=self.path, format="HDF5")
        self._names = {places[corner]: name for corner, name in names.items()}
        self._sizes = dict(zip(self._names, map(int, sizes), strict=True))

    def _corner(self, index: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(edges[i] for edges, i in zip(self._edges, index, strict=True))

    def _inside(self, name: str) -> str:
        """Refuse a source that lies anywhere else than below the folder of the file."""
        place = PurePosixPath(name)
        if place.is_absolute() or ".." in place.parts or "\\" in name or ":" in name:
            msg = f"its shard {name!r} lies outside of its own folder, and is not read"
            raise CorruptFile(msg, path=self.path, format="HDF5")
        return name

    def _require_complete(self) -> None:
        present = {folder: _sizes_in(folder) for folder in {p.parent for p in self.paths}}
        wrong = []
        for path, size in zip(self.paths, self._sizes.values(), strict=True):
            found = present[path.parent].get(path.name)
            if found != size:
                was = "is missing" if found is None else f"has {found} bytes instead of {size}"
                wrong.append(f"{path.relative_to(self._home)} {was}")
        if wrong:
            more = f", and {len(wrong) - 3} more" if len(wrong) > 3 else ""
            msg = (
                f"its numbers lie in {len(self._sizes)} shards, of which {'; '.join(wrong[:3])}"
                f"{more}; the file and the folder of its shards are kept and moved together"
            )
            raise CorruptFile(msg, path=self.path, format="HDF5")

    @property
    def _home(self) -> Path:
        return Path(self.path).parent

    @property
    def paths(self) -> list[Path]:
        """The files of the shards."""
        return [self._home / name for name in self._names.values()]

    @property
    def lengths(self) -> tuple[tuple[int, ...], ...]:
        """Lengths of the shards along each axis."""
        return tuple(tuple(np.diff(edges).tolist()) for edges in self._edges)

    def pieces(self) -> list[tuple[tuple[slice, ...], Path]]:
        """Return for each shard which part of the array it is and where it lies."""
        return [(self._where(index), self._home / name) for index, name in self._names.items()]

    def _where(self, index: tuple[int, ...]) -> tuple[slice, ...]:
        pairs = zip(self._edges, index, strict=True)
        return tuple(slice(edges[i], edges[i + 1]) for edges, i in pairs)

    def _stored_chunks(self) -> tuple[int, ...] | None:
        """Return the shape of a chunk of the first shard, None when it has none."""
        where, path = self.pieces()[0]
        shape = tuple(part.stop - part.start for part in where)
        with opened_shard(path, shape, self.dtype) as dataset:
            require_filters(dataset)
            return dataset.chunks  # type: ignore[no-any-return]  # h5py is not typed

    def lazy(self) -> Any:
        """Return a dask array, the blocks of which are shards or, of large ones, parts."""
        import dask.array as da

        chunks = cut(self.lengths, self.chunks, self.dtype.itemsize)
        return da.from_array(self, chunks=chunks, asarray=True, fancy=False)

    def __getitem__(self, index: Any) -> npt.NDArray[Any]:
        index = index if isinstance(index, tuple) else (index,)
        box = _box(index, self.shape)
        if box is None:  # a list, a mask, a step backwards: of the whole, as NumPy does it
            return self._read([range(n) for n in self.shape])[index]
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
            index = tuple(part[0] for part in parts)
            where = self._where(index)
            shape = tuple(part.stop - part.start for part in where)
            with opened_shard(self._home / self._names[index], shape, self.dtype) as dataset:
                require_filters(dataset)
                result[tuple(part[2] for part in parts)] = dataset[tuple(p[1] for p in parts)]
        return result

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return np.asarray(self[...], dtype)

    def __dask_tokenize__(self) -> tuple[object, ...]:
        status = Path(self.path).stat()
        return (self.path, status.st_mtime_ns, status.st_size, *self._names.values())

    def __repr__(self) -> str:
        return f"ShardedArray({self.path!r}, {len(self._names)} shards, shape={self.shape})"


def _sizes_in(folder: Path) -> dict[str, int]:
    """Return the size of every file in a folder, by its name; one look for all of them."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name: entry.stat().st_size for entry in entries}
    except OSError:
        return {}


def cut(
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
            if dataset.shape != shape or dataset.dtype != dtype:
                msg = f"it holds {dataset.dtype} of shape {dataset.shape}, not {dtype} of {shape}"
                raise CorruptFile(msg, path=path, format="HDF5")
            yield dataset
    except CorruptFile:
        raise
    except (OSError, KeyError, RuntimeError, AttributeError) as error:
        msg = f"this shard cannot be read: {error}"
        raise CorruptFile(msg, path=path, format="HDF5") from error
