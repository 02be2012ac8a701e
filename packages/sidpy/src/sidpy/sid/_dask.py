"""The seam to dask: the only module that knows how dask builds an array.

A `Dataset` is a dask array of its own class.  Everything else in this package asks here
for three things: the plain array behind a dataset, a lazy array from whatever a user or a
file gives, and an instance of a subclass that shares an array's graph.
"""

from __future__ import annotations

import math
from itertools import product
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import uuid4

import dask
import dask.array as da
import dask.threaded
import numpy as np
from dask._task_spec import Alias, DataNode, Task, TaskRef
from dask.array import Array
from dask.array.core import normalize_chunks, slices_from_chunks
from dask.base import get_scheduler, tokenize
from dask.blockwise import Blockwise
from dask.highlevelgraph import HighLevelGraph, MaterializedLayer
from dask.utils import parse_bytes

from .sources import FileArray, H5Array
from .straight import remember

__all__ = ["Array", "adopt", "as_lazy", "from_source", "plain", "sources_of"]

#: Blocks of at most this many, once they would be larger than dask makes them by itself.
_MOST_BLOCKS: Final = 2**16
_BLOCK_BYTES: Final = 2**27

#: Arrays in memory of up to so many bytes are called by their content.
_TELLING: Final = 2**24

ArrayT = TypeVar("ArrayT", bound=Array)


def adopt(cls: type[ArrayT], array: Array) -> ArrayT:
    """Return an instance of `cls` that shares the graph of `array` and remembers it."""
    result = object.__new__(cls)
    redirect(result, array)
    return result


#: What dask remembers in an array's __dict__ once it was asked for.
_CACHED = ("shape", "ndim", "size", "numblocks", "npartitions", "_key_array")


def redirect(instance: Array, array: Array) -> None:
    """Make `instance` stand for `array` from now on."""
    # the slots themselves: dask's setters clear a cache each, which every operation would pay
    put = object.__setattr__
    if "_expr" in array.__dict__:  # dask's expression arrays hold nothing else
        instance.__dict__["_expr"] = array._expr
        instance.__dict__["_array"] = array
        return
    put(instance, "dask", array.dask)
    put(instance, "_Array__name", array.name)
    put(instance, "_Array__chunks", array.chunks)
    put(instance, "_cached_keys", None)
    put(instance, "_meta", array._meta)
    state = instance.__dict__
    if state:
        for name in _CACHED:
            state.pop(name, None)
    state["_array"] = array


def plain(value: Any) -> Any:
    """Return the plain dask array behind a dataset, anything else as it is.

    Examples
    --------
    >>> import sidpy
    >>> plain(sidpy.Dataset.from_array([1.0, 2.0])).sum().compute()
    np.float64(3.0)
    """
    return (
        value.__dict__["_array"]
        if isinstance(value, Array) and "_array" in value.__dict__
        else value
    )


def construct(*args: Any, **kwargs: Any) -> Array:
    """Build a plain dask array from the arguments of dask's own constructor."""
    return Array(*args, **kwargs)


def has_unknown_shape(array: Array) -> bool:
    """Whether dask cannot know a length before it computes."""
    # every operation passes here: not by the shape, which dask works out when it is asked for
    return any(map(math.isnan, map(sum, array.chunks)))


def as_lazy(x: Any, chunks: Any = "auto", *, lock: Any = False) -> Array:
    """Return a dask array of `x`; what is in a file is not read.

    Parameters
    ----------
    x : array-like
        dask arrays are taken as they are; HDF5 datasets, memory maps, `FileArray` and
        `H5Array` stay in their file; arrays in memory are shared and not copied, so they
        must not be changed any more.  Those of up to 16 MiB are called by their content,
        larger ones, which would take seconds to look at, by a name of their own each time.
    chunks : int, tuple or "auto"
        As for `dask.array.from_array`.
    lock : bool or Lock
        As for `dask.array.from_array`.
    """
    if isinstance(x, Array):
        array = plain(x)
        if has_unknown_shape(array):
            array.compute_chunk_sizes()
        return array
    x = _reopening(x)
    if not _is_array(x):
        x = np.asarray(x)
    if (x.dtype.hasobject or 0 in x.shape) and isinstance(chunks, str):
        chunks = -1  # dask cannot tell the size of objects, nor divide by that of nothing
    if isinstance(chunks, str) and chunks == "auto":
        chunks = _blocks_of(x)
    if type(x) is np.ndarray and not lock:
        return _shared(x, chunks)
    # without it, dask reads a whole block to take a part of it
    fancy = isinstance(x, FileArray | H5Array | np.ndarray)
    if isinstance(x, FileArray | H5Array) and not lock:
        return from_source(x, chunks)
    return da.from_array(x, chunks=chunks, lock=lock, asarray=True, fancy=fancy)


def from_source(source: Any, chunks: Any = -1, *, fancy: bool = True) -> Array:
    """Return a lazy array that remembers the numbers in a file it was made from.

    Parameters
    ----------
    source : array-like
        Gives arrays that are nobody else's; indexed by integers and slices at least.
    chunks : int, tuple or "auto"
        As for `dask.array.from_array`.
    fancy : bool
        Whether it can be indexed by lists, too.

    See Also
    --------
    sidpy.sid.straight : what is done with the memory.
    """
    pieces = normalize_chunks(chunks, source.shape, dtype=source.dtype)
    # which dask would read from the file to find out
    none = np.empty((0,) * source.ndim, source.dtype)
    if hasattr(Array, "expr") or any(len(lengths) != 1 for lengths in pieces):
        array = da.from_array(source, chunks=pieces, asarray=True, fancy=fancy, meta=none)
        return remember(array, source)
    # the same in one block; dask takes longer for it than small files take to be read
    name = f"array-{tokenize(source, pieces)}"
    original, key = f"original-{name}", (name, *([0] * source.ndim))
    getter = da.core.getter if fancy else da.core.getter_nofancy
    whole = tuple(slice(0, length) for length in source.shape)
    layers = {
        original: MaterializedLayer({original: source}),
        name: MaterializedLayer({key: Task(key, getter, TaskRef(original), whole)}),
    }
    graph = HighLevelGraph(layers, {original: set(), name: {original}})
    return remember(construct(graph, name, pieces, meta=none), source)


def _blocks_of(x: Any) -> Any:
    """Return blocks that can be read in one go, in words or numbers of dask's."""
    size = math.prod(x.shape) * x.dtype.itemsize
    most = parse_bytes(dask.config.get("array.chunk-size"))
    if size > _MOST_BLOCKS * max(most, _BLOCK_BYTES):
        # a file may claim any shape: the graph of its blocks has to stay small
        return normalize_chunks("auto", x.shape, limit=size // _MOST_BLOCKS, dtype=x.dtype)
    if size <= most:
        return "auto"
    if isinstance(x, H5Array) and x.chunks is not None:
        return slabs(x.shape, most // x.dtype.itemsize, x.chunks)
    return slabs(x.shape, most // x.dtype.itemsize) if _lies_in_rows(x) else "auto"


def _lies_in_rows(x: Any) -> bool:
    """Whether the numbers of an array follow each other, those of the last axis fastest."""
    if type(x) is np.ndarray:
        return x.flags.c_contiguous
    return (isinstance(x, FileArray) and x.in_rows) or (
        isinstance(x, H5Array) and x.chunks is None
    )


def slabs(
    shape: tuple[int, ...], most: int, pieces: tuple[int, ...] | None = None
) -> tuple[int, ...]:
    """Return blocks of about so many values that are cut along the first axes only.

    Whole `pieces`, in which the values lie in a file, are kept together.

    Examples
    --------
    >>> slabs((32, 64, 256, 256), 2**26)
    (16, 64, 256, 256)
    >>> slabs((32, 64, 256, 256), 2**20)
    (1, 16, 256, 256)
    >>> slabs((64, 64, 256, 256), 2**26, (12, 12, 32, 32))
    (12, 64, 256, 256)
    """
    blocks = list(shape)
    least = pieces or (1,) * len(shape)
    before = 1
    for axis, (length, piece) in enumerate(zip(shape, least, strict=True)):
        fitting = most // max(before * math.prod(shape[axis + 1 :]), 1)
        blocks[axis] = min(max(fitting // piece, 1) * piece, length)
        before *= blocks[axis]
        if fitting >= piece:
            break
    return tuple(blocks)


def _shared(x: np.ndarray[Any, Any], chunks: Any) -> Array:
    """Return a lazy array whose blocks are views of one in memory; dask's own would copy it."""
    pieces = normalize_chunks(chunks, x.shape, dtype=x.dtype)
    if hasattr(Array, "expr"):  # dask's expression arrays are not made of a graph
        return da.from_array(x, chunks=pieces)
    name = f"array-{tokenize(x, pieces) if x.nbytes <= _TELLING else uuid4().hex}"
    keys = product([name], *(range(len(lengths)) for lengths in pieces))
    # the ellipsis makes a view of an array without axes, too
    blocks = (x[(..., *where)] for where in slices_from_chunks(pieces))
    none = np.empty((0,) * x.ndim, x.dtype)
    return remember(construct(dict(zip(keys, blocks, strict=True)), name, pieces, meta=none), x)


def owned(results: Any, finish: Any, *more: Any) -> Any:
    """Return what a computation gave, as an array that is nobody else's.

    The blocks of an array in memory are views of it, and so is what was sliced out of them:
    who changes the result must not change the data.
    """
    result = finish(results, *more)
    if isinstance(result, np.ndarray) and not result.flags.owndata:
        return result.copy()
    return result


def few_tasks_here(options: dict[str, Any]) -> dict[str, Any]:
    """Return options of a computation, with a scheduler when nobody has chosen one."""
    chosen = options.keys() & {"scheduler", "num_workers", "pool"}
    if chosen or dask.config.get("pool", None) is not None or get_scheduler() is not None:
        return options
    return {**options, "scheduler": _by_number_of_tasks}


def _by_number_of_tasks(graph: Any, keys: Any, **options: Any) -> Any:
    """Compute one task in this thread, more of them in many."""
    graph = graph.__dask_graph__() if hasattr(graph, "__dask_graph__") else graph
    tasks = sum(not isinstance(task, DataNode | Alias) for task in graph.values())
    get = dask.get if tasks <= 1 else dask.threaded.get
    return get(graph, keys, **options)


def sources_of(array: Any) -> list[Any]:
    """Return the arrays in files that a lazy array reads, each once.

    Parameters
    ----------
    array : dask array
        A dataset or a plain one.

    Examples
    --------
    >>> sources_of(da.zeros(3))
    []
    """
    found: dict[int, Any] = {}
    for layer in plain(array).__dask_graph__().layers.values():
        if isinstance(layer, Blockwise):  # its numbers are in the layers that it stands on
            continue
        for task in layer.values():
            value = getattr(task, "value", task)
            if isinstance(value, FileArray | H5Array):
                found[id(value)] = value
    return list(found.values())


def _is_array(x: Any) -> bool:
    names = ("shape", "dtype", "ndim", "__getitem__")
    return all(hasattr(x, name) for name in names) and not isinstance(x, np.generic)


def _reopening(x: Any) -> Any:
    """Return sources that hold no descriptor for those that do."""
    if isinstance(x, np.memmap):
        return _reopening_map(x)
    if isinstance(x, np.ndarray):
        return np.asarray(x)
    if type(x).__module__.partition(".")[0] == "h5py" and hasattr(x, "file"):
        return _reopening_h5(x)
    return x


def _reopening_map(x: np.memmap[Any, Any]) -> Any:
    """Return the block of the file that a memory map, or a contiguous part of one, shows."""
    contiguous = x.flags.c_contiguous or x.flags.f_contiguous
    if x.filename is None or x.mode == "c" or not contiguous:
        return x
    root: Any = x
    while isinstance(root.base, np.ndarray):
        root = root.base
    offset = x.offset + _address(x) - _address(root)
    return FileArray(
        x.filename, x.dtype, x.shape, offset, order="C" if x.flags.c_contiguous else "F"
    )


def _address(x: np.ndarray[Any, Any]) -> int:
    return int(x.__array_interface__["data"][0])


def _reopening_h5(dataset: Any) -> Any:
    """Reopen by path what is open read-only on disk; else keep the handle.

    What a writing process still has in its buffers is seen through its own handle only.
    """
    file = dataset.file
    # the drivers that `sidpy.base.opening` uses
    plain = file.driver in ("sec2", "stdio", "fileobj") and file.mode == "r"
    on_disk = plain and Path(file.filename).is_file()
    return H5Array.of(dataset) if on_disk and dataset.name else dataset
