"""Lazy arrays into a file, block by block as they are computed, within a memory budget.

Blocks are computed in batches.  A batch is as much of the result as a quarter of the budget
holds; what several batches need is kept for the later ones as far as another quarter goes,
small things such as a mean first, and computed again beyond it.  A result that fits at once
is one batch, in which everything is computed once.
"""

from __future__ import annotations

import math
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.base.parallel import each, logical_cores
from sidpy.base.scheduling import active_client, watched
from sidpy.config import config

from .advance import reporter
from .arrays import lowered, lowered_lazily
from .sinks import Sink, sink_for
from .transactions import require_healthy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import dask.array as da
    import h5py
    import numpy.typing as npt

__all__ = ["stream", "stream_together"]

#: The share of the budget that results of one batch may take, what is kept for later
#: batches, and chunks that wait for their other parts.
_SHARE: Final = 4
#: Copies of a block that exist while it is computed and packed, by experience.
_COPIES: Final = 4
#: The share of the budget that short blocks are gathered into, a block each.
_GATHERED: Final = 16
#: A value this many times smaller than a block is small.
_SMALL: Final = 16


def stream(array: da.Array, target: h5py.Dataset) -> None:
    """Compute a lazy array block by block into a dataset of its shape.

    Parameters
    ----------
    array : dask array
        The values, of any dtype that `sidpy.hdf.arrays.stored_dtype` knows a form for.
    target : h5py.Dataset
        Where to.

    See Also
    --------
    stream_together
    """
    stream_together([(array, target)])


def stream_together(pairs: Sequence[tuple[da.Array, h5py.Dataset]]) -> None:
    """Compute lazy arrays into datasets, block by block, what they share once.

    Parameters
    ----------
    pairs : sequence of (dask array, h5py.Dataset)
        The values, and where to; the shapes agree.

    Notes
    -----
    What is computed and not yet written takes at most ``sidpy.config.memory_budget``, as
    long as one block and what it is computed from fit into it.  Blocks need not agree with
    the chunks of the file.  dask's threads pack and write what they computed; processes and
    clusters, whose workers cannot reach the open file, send blocks here.  The workers of a
    cluster hold batches of a quarter of their own memory.
    """
    in_memory = [[] if target.chunks else _blocks(array) for array, target in pairs]
    if all(in_memory):
        for blocks, (_, target) in zip(in_memory, pairs, strict=True):
            for place, block in blocks:
                require_healthy(target)
                target[place] = lowered(block)
                reporter()(block.nbytes)
        return
    budget = config.memory_budget
    jobs = []
    for array, target in pairs:
        if array.size:
            lazy = _in_rows(lowered_lazily(array), target.chunks, budget // _SHARE)
            lazy = _gathered(lazy, target.chunks, budget // _GATHERED)
            jobs.append((lazy, sink_for(target, budget // _SHARE)))
    client = active_client()
    try:
        if client is None and all(lazy.npartitions == 1 for lazy, _ in jobs):
            _at_once(jobs)
        elif jobs:
            _in_batches(jobs, budget, client)
    finally:
        for _, sink in jobs:
            sink.close()


def _blocks(array: da.Array) -> list[tuple[tuple[slice, ...], npt.NDArray[Any]]]:
    """Return the blocks of an array and their places, if all are there without computing.

    None are returned of an array whose blocks are narrower than its rows, or empty.
    """
    from dask.array.core import slices_from_chunks
    from dask.core import flatten

    graph = array.__dask_graph__()
    if len(graph) != array.npartitions or any(count > 1 for count in array.numblocks[1:]):
        return []
    found = [graph.get(key) for key in flatten(array.__dask_keys__())]
    blocks = [getattr(block, "value", block) for block in found]
    if not all(isinstance(block, np.ndarray) and block.size for block in blocks):
        return []
    return list(zip(slices_from_chunks(array.chunks), blocks, strict=True))


def _in_rows(lazy: da.Array, chunks: tuple[int, ...] | None, most: int) -> da.Array:
    """Return an array whose blocks are whole along the last axes, for a file without chunks.

    A narrow block would go there value by value, a thousand times slower.  Blocks are
    joined as long as they have at most so many bytes then.
    """
    lengths = list(lazy.chunks)
    split = [axis for axis, one in enumerate(lengths) if len(one) > 1]
    if chunks is not None or len(split) < 2:
        return lazy
    size = math.prod(max(one) for one in lengths) * lazy.dtype.itemsize
    for axis in reversed(split[1:]):
        size = size // max(lengths[axis]) * lazy.shape[axis]
        if size > most:
            break
        lengths[axis] = (lazy.shape[axis],)
    return lazy if tuple(lengths) == lazy.chunks else lazy.rechunk(tuple(lengths))


def _gathered(lazy: da.Array, chunks: tuple[int, ...] | None, most: int) -> da.Array:
    """Return an array whose blocks are not much shorter than the chunks of the file.

    Neighbouring blocks become one, as long as it has at most so many bytes.
    """
    lengths = list(lazy.chunks)
    size = math.prod(max(one) for one in lengths) * lazy.dtype.itemsize
    for axis, chunk in enumerate(chunks or ()):
        longest = max(lengths[axis])
        count = min(-(-chunk // longest), max(most // max(size, 1), 1))
        if count > 1 and len(lengths[axis]) > 1:
            old = lengths[axis]
            lengths[axis] = tuple(sum(old[i : i + count]) for i in range(0, len(old), count))
            size = size // longest * max(lengths[axis])
    return lazy if tuple(lengths) == lazy.chunks else lazy.rechunk(tuple(lengths))


def _at_once(jobs: Iterable[tuple[da.Array, Sink]]) -> None:
    """Write arrays of one block, without planning how to compute them."""
    from dask.core import flatten
    from dask.local import get_sync

    for lazy, sink in jobs:
        (key,) = flatten(lazy.__dask_keys__())
        output = _Output(key, tuple(slice(0, n) for n in lazy.shape), sink, lazy.nbytes)
        output.put(get_sync(lazy.__dask_graph__(), key))


@dataclass
class _Output:
    """A block of a result and where it belongs."""

    key: Any
    place: tuple[slice, ...]
    sink: Sink
    nbytes: int
    told: Callable[[int], None] = field(default_factory=reporter)

    def put(self, block: Any) -> None:
        require_healthy(self.sink.dataset)
        self.sink.put(self.place, np.asarray(block))
        self.told(self.nbytes)


def _in_batches(jobs: list[tuple[da.Array, Sink]], budget: int, client: Any) -> None:
    from dask.highlevelgraph import HighLevelGraph

    outputs = _outputs(jobs)
    merged = HighLevelGraph.merge(*(lazy.__dask_graph__() for lazy, _ in jobs))
    optimize = jobs[0][0].__dask_optimize__
    graph = dict(optimize(merged, [output.key for output in outputs]))
    if client is not None:
        _on_cluster(graph, _batches(outputs, _memory_of(client) // _SHARE), client)
        return
    batches = _batches(outputs, budget // _SHARE)
    get, in_this_process = _scheduler()
    if not in_this_process:
        with _processes(get):
            for batch in batches:
                blocks = get(graph, [output.key for output in batch])
                each(lambda pair: pair[0].put(pair[1]), zip(batch, blocks, strict=True))
        return
    largest = max(output.nbytes for output in outputs)
    workers = max(1, min(_workers(), budget // (_COPIES * largest)))
    kept = _Kept(graph, batches, budget // _SHARE, largest // _SMALL)
    for number, batch in enumerate(batches):
        kept.run(number, batch, get, workers)


def _outputs(jobs: Iterable[tuple[da.Array, Sink]]) -> list[_Output]:
    """Return all blocks, those at about the same place of several arrays together."""
    from dask.array.core import slices_from_chunks
    from dask.core import flatten

    found: list[tuple[float, int, _Output]] = []
    for lazy, sink in jobs:
        places = slices_from_chunks(lazy.chunks)
        for number, (key, place) in enumerate(zip(flatten(lazy.__dask_keys__()), places,
                                                  strict=True)):  # fmt: skip
            count = math.prod(side.stop - side.start for side in place)
            output = _Output(key, place, sink, count * lazy.dtype.itemsize)
            found.append((number / lazy.npartitions, len(found), output))
    return [output for *_, output in sorted(found, key=lambda one: one[:2])]


def _batches(outputs: Iterable[_Output], most: int) -> list[list[_Output]]:
    """Group blocks, in their order, into batches of at most so many bytes."""
    batches: list[list[_Output]] = []
    room = 0
    for output in outputs:
        room -= output.nbytes
        if room < 0 or not batches:
            batches.append([])
            room = most - output.nbytes
        batches[-1].append(output)
    return batches


@dataclass
class _Kept:
    """What one batch computed and later ones need, and the graph that knows of it."""

    graph: dict[Any, Any]
    batches: list[list[_Output]]
    room: int
    small: int
    last_use: dict[Any, int] = field(default_factory=dict)
    shared: dict[int, list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._left = {True: self.room // 2, False: self.room // 2}
        self._held: dict[Any, tuple[bool, int]] = {}
        if len(self.batches) > 1:
            self._find_shared()

    def run(self, number: int, batch: list[_Output], get: Any, workers: int) -> None:
        """Compute and write a batch, and keep what later ones need."""
        from dask.optimization import cull

        wanted = [key for key in self.shared.get(number, ()) if key not in self._held]
        tasks, _ = cull(self.graph, [output.key for output in batch])
        sinks = [("sidpy-put", number, i) for i in range(len(batch))]
        tasks |= {name: (o.put, o.key) for name, o in zip(sinks, batch, strict=True)}
        wanted = [key for key in wanted if key in tasks]
        keepers = [("sidpy-keep", number, i) for i in range(len(wanted))]
        tasks |= {n: (self._kept, k) for n, k in zip(keepers, wanted, strict=True)}
        found = get(tasks, [*sinks, *keepers], num_workers=workers)
        for key, (kept, value) in zip(wanted, found[len(sinks) :], strict=True):
            if kept is not None:
                self.graph[key] = _data(key, value)
                self._held[key] = kept
        self._forget(number)

    def _kept(self, value: Any) -> tuple[tuple[bool, int] | None, Any]:
        """Return a value if there is room for it, and how much it takes."""
        size = int(getattr(value, "nbytes", sys.getsizeof(value)))
        is_small = size <= self.small
        with self._lock:
            if size > self._left[is_small]:
                return None, None
            self._left[is_small] -= size
        return (is_small, size), value

    def _forget(self, number: int) -> None:
        for key in [key for key in self._held if self.last_use[key] <= number]:
            is_small, size = self._held.pop(key)
            self._left[is_small] += size
            self.graph[key] = None

    def _find_shared(self) -> None:
        """Find what several batches need, where each goes on with it in its own way."""
        from dask.core import get_dependencies, toposort

        first: dict[Any, int] = {}
        for number, batch in enumerate(self.batches):
            for output in batch:
                first[output.key] = number
        last = dict(first)
        frontier = set(first)
        for key in reversed(toposort(self.graph)):
            if key not in first:  # pruned by nobody and needed by nobody
                continue
            for other in get_dependencies(self.graph, key):
                first[other] = min(first.get(other, first[key]), first[key])
                last[other] = max(last.get(other, last[key]), last[key])
                if first[key] == last[key]:
                    frontier.add(other)
        self.last_use = last
        for key in frontier:
            if first[key] != last[key]:
                self.shared.setdefault(first[key], []).append(key)


def _data(key: Any, value: Any) -> Any:
    """Return a value as a node of a graph, which takes it as it is."""
    from dask._task_spec import DataNode

    return DataNode(key, value)


def _scheduler() -> tuple[Any, bool]:
    """Return the function that computes a graph, and whether it surely does so in this process."""
    from dask import local, threaded
    from dask.base import get_scheduler

    get = get_scheduler() or threaded.get
    return get, get in {threaded.get, local.get_sync}


@contextmanager
def _processes(get: Any) -> Iterator[None]:
    """Keep the processes that dask starts for one batch for the next ones."""
    import dask
    from dask import multiprocessing

    if get is not multiprocessing.get or dask.config.get("pool", None) is not None:
        yield
        return
    start = multiprocessing.initialize_worker_process
    context = multiprocessing.get_context()
    with (
        ProcessPoolExecutor(_workers(), mp_context=context, initializer=start) as pool,
        dask.config.set(pool=pool),
    ):
        yield


def _workers() -> int:
    import dask

    return dask.config.get("num_workers", None) or logical_cores()


def _memory_of(client: Any) -> int:
    """Return the memory of all workers together, in bytes."""
    workers = client.scheduler_info(n_workers=-1)["workers"].values()
    return max(sum(int(worker["memory_limit"]) for worker in workers), 1)


def _on_cluster(graph: dict[Any, Any], batches: list[list[_Output]], client: Any) -> None:
    from distributed import as_completed

    for batch in batches:
        waiting: dict[Any, list[_Output]] = {}  # values and variance may be the same array
        for output in batch:
            waiting.setdefault(output.key, []).append(output)
        futures = client.get(graph, list(waiting), sync=False)
        with watched(client, futures):
            for future in as_completed(futures):
                block = future.result()
                for output in waiting[future.key]:
                    output.put(block)
                future.release()
