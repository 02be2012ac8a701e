"""Datasets that blocks are brought to, in any order, of any size, by any thread.

A chunk of a file is written once and whole.  Blocks that cover whole chunks are written as
they come; what covers a chunk in part waits until the rest of it is there, in memory as far
as the budget goes and in a file without a name beyond it.
"""

from __future__ import annotations

import math
import tempfile
import threading
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.base.packed import Packing
from sidpy.base.parallel import each

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

__all__ = ["Sink", "sink_for"]

#: A place in an array, one slice per axis.
_Place = tuple[slice, ...]


def sink_for(dataset: Any, budget: int) -> Sink:
    """Return what writes blocks into a dataset.

    Parameters
    ----------
    dataset : h5py.Dataset
        Where to.
    budget : int, bytes
        What parts of chunks that wait for the rest may take in memory.
    """
    if dataset.chunks is None:
        return Sink(dataset)
    packing = Packing.of(dataset)
    if packing is None or not packing.filters:  # HDF5 puts plain chunks together faster
        return Chunked(dataset, budget)
    return Packed(dataset, budget, packing)


class Sink:
    """A dataset without chunks, or a part of it."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset
        self.shape: tuple[int, ...] = dataset.shape
        self.dtype: np.dtype[Any] = dataset.dtype
        self.lock = threading.Lock()

    def put(self, place: _Place, block: npt.NDArray[Any]) -> None:
        """Write a block."""
        with self.lock:
            self.dataset[place] = block

    def close(self) -> None:
        """Give back what was needed while writing."""


class Chunked(Sink):
    """A dataset of chunks that HDF5 packs, or that are not packed."""

    def __init__(self, dataset: Any, budget: int) -> None:
        super().__init__(dataset)
        self.chunks: tuple[int, ...] = dataset.chunks
        self._waiting = _Waiting(self, budget)

    def put(self, place: _Place, block: npt.NDArray[Any]) -> None:
        """Write the chunks that a block covers, and keep the parts of others."""
        inner = self._covered(place)
        if inner == place:
            self._write(place, block)
            return
        if inner is not None:
            self._write(inner, block[_within(inner, place)])
        for chunk in self._touched(place):
            if inner is None or not _lies_in(chunk, inner):
                self._keep(chunk, place, block)

    def close(self) -> None:
        """Give back what was needed while writing."""
        self._waiting.close()

    def _write(self, place: _Place, block: npt.NDArray[Any]) -> None:
        with self.lock:
            self.dataset[place] = block

    def _keep(self, chunk: _Place, place: _Place, block: npt.NDArray[Any]) -> None:
        common = tuple(
            slice(max(c.start, p.start), min(c.stop, p.stop))
            for c, p in zip(chunk, place, strict=True)
        )
        part = block[_within(common, place)]
        whole = self._waiting.add(chunk, _within(common, chunk), part)
        if whole is not None:
            self._write(chunk, whole)

    def _covered(self, place: _Place) -> _Place | None:
        """Return the part of a place that is whole chunks."""
        inner = []
        for part, length, chunk in zip(place, self.shape, self.chunks, strict=True):
            start = -(-part.start // chunk) * chunk
            stop = part.stop if part.stop == length else part.stop // chunk * chunk
            if stop <= start:
                return None
            inner.append(slice(start, stop))
        return tuple(inner)

    def _touched(self, place: _Place) -> Iterator[_Place]:
        """Yield the places of all chunks that share something with a place."""
        axes = [
            [
                slice(start, min(start + chunk, length))
                for start in range(part.start // chunk * chunk, part.stop, chunk)
            ]
            for part, length, chunk in zip(place, self.shape, self.chunks, strict=True)
        ]
        return product(*axes)


class Packed(Chunked):
    """A dataset whose chunks are packed here, on all cores, and handed to HDF5 as bytes."""

    def __init__(self, dataset: Any, budget: int, packing: Packing) -> None:
        super().__init__(dataset, budget)
        self._packing = packing

    def _write(self, place: _Place, block: npt.NDArray[Any]) -> None:
        def write(chunk: _Place) -> None:
            self._write_chunk(chunk, block[_within(chunk, place)])

        each(write, self._touched(place))

    def _write_chunk(self, chunk: _Place, part: npt.NDArray[Any]) -> None:
        if part.shape != self.chunks:  # at the edge: HDF5 keeps whole chunks
            whole = np.zeros(self.chunks, self.dtype)
            whole[tuple(slice(n) for n in part.shape)] = part
            part = whole
        packed = self._packing.pack(np.ascontiguousarray(part, self.dtype))
        self.dataset.id.write_direct_chunk(tuple(side.start for side in chunk), packed)


class _Waiting:
    """Chunks of which something has arrived, and something is missing.

    As many as there is room for wait in memory; the parts of others are written one after
    the other into a file, and put together when the last one is there.
    """

    def __init__(self, sink: Chunked, budget: int) -> None:
        self._sink = sink
        self._most = max(budget // max(math.prod(sink.chunks) * sink.dtype.itemsize, 1), 1)
        self._lock = threading.Lock()
        self._wholes: dict[_Key, npt.NDArray[Any]] = {}
        self._parts: dict[_Key, list[tuple[int, _Place]]] = {}
        self._missing: dict[_Key, int] = {}
        self._file: Any = None
        self._end = 0

    def add(
        self, chunk: _Place, inside: _Place, part: npt.NDArray[Any]
    ) -> npt.NDArray[Any] | None:
        """Put a part into a chunk; return the chunk when it is complete."""
        key = tuple(side.start for side in chunk)
        shape = tuple(side.stop - side.start for side in chunk)
        with self._lock:
            missing = self._missing.pop(key, math.prod(shape)) - part.size
            if missing:
                self._missing[key] = missing
                self._keep(key, shape, inside, part)
                return None
            whole = self._whole(key, shape)
        whole[inside] = part
        return whole

    def _keep(
        self, key: _Key, shape: tuple[int, ...], inside: _Place, part: npt.NDArray[Any]
    ) -> None:
        if key not in self._parts and (key in self._wholes or len(self._wholes) < self._most):
            whole = self._wholes.get(key)
            if whole is None:
                whole = self._wholes[key] = np.empty(shape, self._sink.dtype)
            whole[inside] = part
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile(  # noqa: SIM115 - until all chunks are written
                dir=_folder(self._sink.dataset.file.filename)
            )
        data = np.ascontiguousarray(part, self._sink.dtype)
        self._file.seek(self._end)
        self._file.write(data.reshape(-1).view(np.uint8).data)
        self._parts.setdefault(key, []).append((self._end, inside))
        self._end += data.nbytes

    def _whole(self, key: _Key, shape: tuple[int, ...]) -> npt.NDArray[Any]:
        """Return a chunk with everything in it that has arrived."""
        whole = self._wholes.pop(key, None)
        if whole is None:
            whole = np.empty(shape, self._sink.dtype)
        for start, inside in self._parts.pop(key, ()):
            part: npt.NDArray[Any] = np.empty(whole[inside].shape, whole.dtype)
            self._file.seek(start)
            self._file.readinto(part.reshape(-1).view(np.uint8))
            whole[inside] = part
        return whole

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


_Key = tuple[int, ...]


def _folder(filename: str) -> Path | None:
    """Return where a file lies, which has room for it; None for one in memory."""
    folder = Path(filename).parent
    return folder if Path(filename).exists() else None


def _within(inner: _Place, outer: _Place) -> _Place:
    """Return a place as seen from the corner of another one."""
    return tuple(
        slice(i.start - o.start, i.stop - o.start) for i, o in zip(inner, outer, strict=True)
    )


def _lies_in(inner: _Place, outer: _Place) -> bool:
    return all(o.start <= i.start and i.stop <= o.stop for i, o in zip(inner, outer, strict=True))
