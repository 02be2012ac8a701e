"""How the numbers get into the file: chunks, compression, and block by block.

Larger-than-memory arrays are written as they are computed.  Chunks are chosen so that
an image and a spectrum of it touch about the same number of them.
"""

from __future__ import annotations

import math
import threading
import zlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import MissingDependency
from sidpy.sid.kinds import DimensionType

from .arrays import lowered_lazily

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import dask.array as da
    import h5py
    import numpy.typing as npt

__all__ = ["chunk_shape", "creation_options", "stream"]

#: Size of a chunk in bytes that is aimed at: large enough to compress well, small enough
#: that reading one spectrum does not unpack the whole.
_CHUNK_BYTES: Final = 2**19

#: Options of h5py that need chunks.
_NEED_CHUNKS: Final = ("compression", "shuffle", "fletcher32", "scaleoffset", "maxshape")

#: Names for the filters of hdf5plugin.
_PLUGINS: Final = {"blosc": "Blosc", "blosc2": "Blosc2", "bitshuffle": "Bitshuffle", "lz4": "LZ4",
                   "zstd": "Zstd"}  # fmt: skip

_IMAGE: Final = (DimensionType.SPATIAL,)


def creation_options(
    options: Mapping[str, Any],
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    kinds: Sequence[DimensionType],
) -> dict[str, Any]:
    """Return the options for h5py to create the dataset with.

    Parameters
    ----------
    options : dict
        What the caller asked for; ``dtype``, ``shape`` and ``data`` are not theirs to choose.
    shape : tuple of int
        Shape of the dataset.
    dtype : numpy.dtype
        Type of a value in the file.
    kinds : sequence of DimensionType
        What varies along each axis.

    Raises
    ------
    MissingDependency
        For a compression that needs hdf5plugin, when that is not installed.
    """
    chosen = {k: v for k, v in options.items() if k not in ("dtype", "shape", "data", "name")}
    if not shape or 0 in shape:
        return {
            key: value for key, value in chosen.items() if key not in (*_NEED_CHUNKS, "chunks")
        }
    if isinstance(chosen.get("compression"), str):
        chosen |= _filter(chosen["compression"], chosen)
    needed = any(chosen.get(key) not in (None, False) for key in _NEED_CHUNKS)
    if chosen.get("chunks") is True or (needed and chosen.get("chunks") is None):
        chosen["chunks"] = chunk_shape(shape, dtype.itemsize, kinds)
    return chosen


def _filter(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    if name not in _PLUGINS:
        return {}
    try:
        import hdf5plugin
    except ModuleNotFoundError as error:
        msg = f"compression={name!r} needs hdf5plugin: pip install 'sidpy[compression]'"
        raise MissingDependency(msg) from error
    given = options.get("compression_opts")
    made = getattr(hdf5plugin, _PLUGINS[name])(**(given if isinstance(given, dict) else {}))
    return (
        {"compression": made, "compression_opts": None}
        if given is not None
        else {"compression": made}
    )


def chunk_shape(
    shape: Sequence[int], itemsize: int, kinds: Sequence[DimensionType] = ()
) -> tuple[int, ...]:
    """Return a chunk that serves images and spectra alike.

    Parameters
    ----------
    shape : sequence of int
        Shape of the dataset, no length being 0.
    itemsize : int
        Bytes of a value.
    kinds : sequence of DimensionType, optional
        What varies along each axis; the spatial ones make the image.

    Returns
    -------
    tuple of int
        Of at most about half a megabyte.

    Notes
    -----
    An image crosses all chunks along the spatial axes, a spectrum all along the others;
    while the chunk is too large, it is halved along the longest side of whichever of the
    two crosses fewer.

    Examples
    --------
    >>> S, E = DimensionType.SPATIAL, DimensionType.SPECTRAL
    >>> chunk_shape((256, 256, 1024), 4, (S, S, E))
    (32, 64, 64)
    """
    chunk = [int(n) for n in shape]
    image = [i for i, kind in enumerate(kinds) if kind in _IMAGE]
    others = [i for i in range(len(chunk)) if i not in image]
    while math.prod(chunk) * itemsize > _CHUNK_BYTES and max(chunk) > 1:
        groups = [group for group in (image, others) if any(chunk[i] > 1 for i in group)]
        crossed = [math.prod(-(-shape[i] // chunk[i]) for i in group) for group in groups]
        group = groups[int(np.argmin(crossed))]
        longest = max(group, key=lambda i: chunk[i])
        chunk[longest] = -(-chunk[longest] // 2)
    return tuple(chunk)


def stream(array: da.Array, target: h5py.Dataset) -> None:
    """Compute a lazy array block by block into a dataset of its shape.

    Parameters
    ----------
    array : dask array
        The values, of any dtype that `sidpy.hdf.arrays.stored_dtype` knows a form for.
    target : h5py.Dataset
        Where to.

    Notes
    -----
    With dask's threads, or without any, one graph is computed, so that shared intermediate
    results are computed once; with processes or a cluster, whose workers cannot reach the
    open file, blocks come back to this process to be written.  Data compressed by gzip are
    compressed by the threads that computed them.
    """
    lazy = lowered_lazily(array)
    if not lazy.size:
        return
    client = _client()
    if lazy.npartitions == 1 and client is None:
        target[...] = _only_block(lazy)
        return
    import dask.array as da

    lazy = _aligned(lazy, target.chunks)
    sink = Compressor(target) if Compressor.can_serve(target) else Locked(target)
    if client is not None:
        _gather(lazy, sink, client)
    elif _in_this_process():
        da.store(lazy, sink, lock=False)
    else:
        _by_batches(lazy, sink)


def _only_block(lazy: da.Array) -> npt.NDArray[Any]:
    """Return the values of an array of one block, without planning how to compute it."""
    from dask.core import flatten
    from dask.local import get_sync

    (key,) = flatten(lazy.__dask_keys__())
    return np.asarray(get_sync(lazy.__dask_graph__(), key))


def _aligned(lazy: da.Array, chunks: tuple[int, ...] | None) -> da.Array:
    """Return an array no two blocks of which share a chunk of the file."""
    if chunks is None:
        return lazy
    pieces = []
    for lengths, chunk in zip(lazy.chunks, chunks, strict=True):
        fits = all(length % chunk == 0 for length in lengths[:-1])
        size = max(round(max(lengths) / chunk), 1) * chunk
        pieces.append(lengths if fits else size)
    return lazy.rechunk(tuple(pieces))


class Locked:
    """A dataset that one thread at a time writes to."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset
        self.shape = dataset.shape
        self.dtype = dataset.dtype
        self.lock = threading.Lock()

    def __setitem__(self, where: tuple[slice, ...], block: npt.NDArray[Any]) -> None:
        with self.lock:
            self.dataset[where] = block


class Compressor(Locked):
    """A gzip-compressed dataset whose chunks are compressed by the threads that bring them.

    zlib lets other threads run; HDF5 itself compresses one chunk at a time.
    """

    @staticmethod
    def can_serve(dataset: Any) -> bool:
        """Whether the filters are those of gzip, with or without shuffling, and no others."""
        filters = dataset.id.get_create_plist()
        names = [filters.get_filter(i)[0] for i in range(filters.get_nfilters())]
        shuffle, deflate = 2, 1  # H5Z_FILTER_SHUFFLE and H5Z_FILTER_DEFLATE
        return dataset.compression == "gzip" and names in ([deflate], [shuffle, deflate])

    def __setitem__(self, where: tuple[slice, ...], block: npt.NDArray[Any]) -> None:
        chunk = self.dataset.chunks
        starts = [part.start for part in where]
        grid = [range(0, n, c) for n, c in zip(block.shape, chunk, strict=True)]
        for corner in np.ndindex(*(len(steps) for steps in grid)):
            inside = [steps[i] for steps, i in zip(grid, corner, strict=True)]
            part = block[tuple(slice(i, i + c) for i, c in zip(inside, chunk, strict=True))]
            packed = self._packed(part)
            offset = tuple(int(a + b) for a, b in zip(starts, inside, strict=True))
            with self.lock:
                self.dataset.id.write_direct_chunk(offset, packed)

    def _packed(self, part: npt.NDArray[Any]) -> bytes:
        if part.shape != self.dataset.chunks:  # at the edge: HDF5 keeps whole chunks
            whole = np.zeros(self.dataset.chunks, self.dtype)
            whole[tuple(slice(n) for n in part.shape)] = part
            part = whole
        data = np.ascontiguousarray(part, self.dtype).tobytes()
        if self.dataset.shuffle and self.dtype.itemsize > 1:
            data = np.frombuffer(data, np.uint8).reshape(-1, self.dtype.itemsize).T.tobytes()
        return zlib.compress(data, self.dataset.compression_opts)


def _client() -> Any:
    """Return the client of the cluster that dask would compute on, None without one."""
    import sys

    if "distributed" not in sys.modules:
        return None
    from distributed import get_client

    try:
        return get_client()
    except ValueError:
        return None


def _in_this_process() -> bool:
    import dask
    from dask.base import named_schedulers

    chosen = dask.config.get("scheduler", None)
    outside = named_schedulers.get("processes")
    return chosen is None or named_schedulers.get(chosen, chosen) is not outside


def _blocks(lazy: da.Array) -> list[tuple[tuple[slice, ...], Any]]:
    from dask.array.core import slices_from_chunks

    return list(zip(slices_from_chunks(lazy.chunks), lazy.to_delayed().ravel(), strict=True))


def _gather(lazy: da.Array, sink: Locked, client: Any) -> None:
    from distributed import as_completed

    places, blocks = zip(*_blocks(lazy), strict=True)
    futures = client.compute(list(blocks))
    where = {future.key: place for future, place in zip(futures, places, strict=True)}
    for future, block in as_completed(futures, with_results=True):
        sink[where[future.key]] = block
        future.release()


def _by_batches(lazy: da.Array, sink: Locked, size: int = 8) -> None:
    import dask

    pairs = _blocks(lazy)
    for start in range(0, len(pairs), size):
        places, blocks = zip(*pairs[start : start + size], strict=True)
        for place, block in zip(places, dask.compute(*blocks), strict=True):
            sink[place] = block
