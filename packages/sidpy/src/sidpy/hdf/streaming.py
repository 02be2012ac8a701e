"""Lazy arrays into a file, block by block as they are computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .arrays import lowered_lazily
from .compression import Compressor, Locked

if TYPE_CHECKING:
    import dask.array as da
    import h5py
    import numpy.typing as npt

__all__ = ["stream"]


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
