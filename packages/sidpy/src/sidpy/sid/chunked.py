"""Chunks of an HDF5 dataset read and unpacked on all cores.

HDF5 lets one thread in at a time and unpacks while it holds the door.  Here it is only asked
where the chunks are; their bytes are read and unpacked by as many threads as there are.
Whatever is out of the ordinary is left to HDF5, and so are its errors.
"""

from __future__ import annotations

import logging
import math
import os
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.base.packed import DamagedChunk, Packing
from sidpy.base.parallel import each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

__all__ = ["fetcher", "number_of_chunks", "read_chunks", "row_of_chunks"]

logger = logging.getLogger(__name__)

#: In the time in which HDF5 reads one chunk, a pass goes over so many.
_LOOKS = 4

#: Bounds of what chunks kept by HDF5 may take, in bytes.
_CACHE = (2**20, 2**26)


def read_chunks(dataset: Any, index: Any) -> npt.NDArray[Any] | None:
    """Read a part of a dataset in chunks, None when it is better left to HDF5.

    Parameters
    ----------
    dataset : h5py.Dataset
        Of a file that nobody is changing.
    index : tuple of slices and integers
        Which part.

    Returns
    -------
    ndarray or None
        None for other selections, other filters, chunks that are not packed, of which HDF5
        copies parts faster, and when a chunk is damaged.
    """
    place = _place(index, dataset.shape)
    packing = None if place is None or not dataset.chunks else Packing.of(dataset)
    if place is None or packing is None or not (packing.packs or packing.checks):
        return None
    result: npt.NDArray[Any] = np.empty([side.stop - side.start for side in place], dataset.dtype)
    size = math.prod(dataset.chunks) * dataset.dtype.itemsize
    corners = list(_corners(place, dataset.chunks))
    fetch = fetcher(dataset, len(corners))

    def read(corner: tuple[int, ...]) -> None:
        inside, there = _common(corner, dataset.chunks, place)
        found = fetch(corner)
        if found is None:  # a chunk that was never written
            result[there] = dataset.fillvalue
            return
        left_out, data = found
        flat = packing.unpack(data, left_out, size)
        result[there] = flat.view(dataset.dtype).reshape(dataset.chunks)[inside]

    try:
        each(read, corners)
    except (DamagedChunk, OSError, RuntimeError) as error:
        logger.debug("%r is left to HDF5: %s", dataset.name, error)
        return None
    index = index if isinstance(index, tuple) else (index,)
    dropped = [
        i for i, one in enumerate(_filled(index, dataset.ndim)) if not isinstance(one, slice)
    ]
    return result.squeeze(axis=tuple(dropped))


def row_of_chunks(shape: tuple[int, ...], chunks: tuple[int, ...] | None, itemsize: int) -> int:
    """Return the bytes that HDF5 should keep so that one row after another reads chunks once.

    Examples
    --------
    >>> row_of_chunks((1000, 10_000), (100, 1000), 4)
    4000000
    """
    if not chunks or 0 in shape:
        return _CACHE[0]
    rows = [math.ceil(n / c) * c for n, c in zip(shape[1:], chunks[1:], strict=True)]
    return min(max(chunks[0] * math.prod(rows) * itemsize, _CACHE[0]), _CACHE[1])


def _filled(index: tuple[Any, ...], ndim: int) -> tuple[Any, ...]:
    """Return an index with a part for each axis."""
    if not any(one is Ellipsis for one in index):
        index = (*index, Ellipsis)
    at = next(i for i, one in enumerate(index) if one is Ellipsis)
    return index[:at] + (slice(None),) * (ndim - len(index) + 1) + index[at + 1 :]


def _place(index: Any, shape: tuple[int, ...]) -> tuple[slice, ...] | None:
    """Return an index as one slice of step 1 per axis, None when it is something else."""
    parts = _filled(index if isinstance(index, tuple) else (index,), len(shape))
    if len(parts) != len(shape) or 0 in shape:
        return None
    place = []
    for part, length in zip(parts, shape, strict=True):
        if isinstance(part, slice):
            start, stop, step = part.indices(length)
        elif isinstance(part, int | np.integer) and -length <= part < length:
            start, stop, step = int(part) % length, int(part) % length + 1, 1
        else:
            return None
        if step != 1 or stop <= start:
            return None
        place.append(slice(start, stop))
    return tuple(place)


def _corners(place: tuple[slice, ...], chunks: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield where the chunks begin that share something with a place."""
    return product(
        *(
            range(side.start // chunk * chunk, side.stop, chunk)
            for side, chunk in zip(place, chunks, strict=True)
        )
    )


def _common(
    corner: tuple[int, ...], chunks: tuple[int, ...], place: tuple[slice, ...]
) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Return what a chunk and a place share, as seen from either."""
    inside, there = [], []
    for start, length, side in zip(corner, chunks, place, strict=True):
        low, high = max(start, side.start), min(start + length, side.stop)
        inside.append(slice(low - start, high - start))
        there.append(slice(low - side.start, high - side.start))
    return tuple(inside), tuple(there)


def fetcher(dataset: Any, count: int = 1) -> Callable[[tuple[int, ...]], tuple[int, Any] | None]:
    """Return what reads the bytes of the chunk that begins somewhere.

    Parameters
    ----------
    dataset : h5py.Dataset
        In chunks.
    count : int
        How many chunks are going to be read; where they are is looked up in one pass for
        many of them, which can then be read without HDF5.
    """
    file = dataset.file
    plain = file.driver == "sec2" and file.mode == "r" and file.userblock_size == 0
    able = plain and hasattr(os, "pread") and hasattr(dataset.id, "chunk_iter")
    if not able or count * _LOOKS < number_of_chunks(dataset):
        return dataset.id.read_direct_chunk  # type: ignore[no-any-return]  # h5py has no types
    handle = file.id.get_vfd_handle()
    stored: dict[tuple[int, ...], tuple[int, int, int]] = {}

    def note(chunk: Any) -> None:
        stored[chunk.chunk_offset] = chunk.filter_mask, chunk.size, chunk.byte_offset

    # not one by one: to find one chunk, HDF5 goes through all of them
    dataset.id.chunk_iter(note)

    def fetch(corner: tuple[int, ...]) -> tuple[int, Any] | None:
        if corner not in stored:
            return None
        mask, size, start = stored[corner]
        return mask, os.pread(handle, size, start)

    return fetch


def number_of_chunks(dataset: Any) -> int:
    """Return how many chunks a dataset has when all of them are written."""
    pairs = zip(dataset.shape, dataset.chunks, strict=True)
    return math.prod(-(-n // chunk) for n, chunk in pairs)
