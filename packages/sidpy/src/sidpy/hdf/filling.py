"""A lazy array becomes complete shards, on whatever scheduler dask uses.

Whoever computes a block writes it: threads, other processes and the workers of a cluster
send back the size of the file and not its numbers.
"""

from __future__ import annotations

import errno
import logging
import re
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.base.parallel import logical_cores
from sidpy.base.scheduling import active_client, watched
from sidpy.config import config
from sidpy.errors import FailedBlocks, MissingDependency

from .arrays import lowered_lazily

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import dask.array as da
    import numpy.typing as npt

    from .shards import Index, ShardFolder

__all__ = ["fill"]

logger = logging.getLogger(__name__)

#: What no later block is spared: a full disk, no rights, a disk that fails.
_FATAL: Final = {
    errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO,
}  # fmt: skip
#: How HDF5 says which of them it met, in errors of any kind.
_SAID: Final = re.compile(r"errno = (\d+)")

#: Failures after which nothing more is tried, unless more blocks succeed than fail.
_PATIENCE: Final = 16

#: Copies of a shard that exist while it is computed and packed, by experience.
_COPIES: Final = 4

#: Number of the folder, and the place of a shard in it.
_Place = tuple[int, ...]
#: Which key of a graph writes which shard, and what was raised instead.
Places = dict[Any, _Place]
Failures = dict[_Place, Exception]

#: What more shards than these need fails for all of them alike.
_MANY: Final = 64

#: Seconds before a bar appears.
_DELAY: Final = 1.0


def fill(jobs: Sequence[tuple[ShardFolder, da.Array]], *, go_on: bool = False) -> None:
    """Compute the shards that are missing in folders; those that are complete stay.

    Parameters
    ----------
    jobs : sequence of (ShardFolder, dask array)
        Where to, and the values, of any dtype that `sidpy.hdf.arrays.stored_dtype` knows a
        form for; the plan of the folder joins whole blocks of the array.
    go_on : bool
        Compute all other blocks when one fails, and say at the end which failed.

    Raises
    ------
    FailedBlocks
        When blocks failed and `go_on` is set; it names them and what they raised.
    Exception
        The error of the first block that fails, otherwise.

    Notes
    -----
    All missing shards are one graph, in which shared intermediate results are computed
    once.  A thread holds the blocks of one shard; there are as many threads as
    ``sidpy.config.memory_budget`` has room for.
    """
    jobs = [(folder, array) for folder, array in jobs if _anything_missing(folder)]
    if not jobs:
        return
    client = active_client()
    graph, places = _tasks(jobs, all_cores=client is None and _scheduler() is not _processes())
    with _bar(len(places)) as bar:
        if client is not None:
            failed = _on_cluster(client, graph, places, bar, go_on=go_on)
        else:
            room = config.memory_budget // (_COPIES * max(f.plan.largest for f, _ in jobs))
            failed = _Here(graph, places, bar, room).run(go_on=go_on)
    if failed:
        _report([folder for folder, _ in jobs], failed)


def _anything_missing(folder: ShardFolder) -> bool:
    folder.sweep()
    done = len(folder.complete())
    if done:
        logger.info("%d of %d shards are complete already", done, folder.plan.count)
    return done < folder.plan.count


def _tasks(
    jobs: Sequence[tuple[ShardFolder, da.Array]], *, all_cores: bool
) -> tuple[dict[Any, Any], Places]:
    """Return one graph of everything, and what in it computes and writes each missing shard."""
    import dask
    from dask.core import flatten
    from dask.highlevelgraph import HighLevelGraph

    written, joined = [], 1
    for folder, array in jobs:
        lazy = lowered_lazily(array)
        shards = lazy.rechunk(folder.plan.lengths)
        joined = max(joined, -(-lazy.npartitions // shards.npartitions))
        written.append(_written(folder, shards, all_cores=all_cores))
    merged = HighLevelGraph.merge(*(one.__dask_graph__() for one in written))
    keys = [key for one in written for key in flatten(one.__dask_keys__())]
    # blocks are joined and written where they are computed: then they need not travel
    with dask.config.set({"optimization.fuse.ave-width": joined}):
        graph = dict(written[0].__dask_optimize__(merged, keys))
    places = {
        (written[number].name, *index): (number, *index)
        for number, (folder, _) in enumerate(jobs)
        for index in folder.missing()
    }
    return graph, places


def _written(folder: ShardFolder, shards: da.Array, *, all_cores: bool) -> da.Array:
    """Return an array that has the size of its file for each shard, once it is computed."""
    return shards.map_blocks(
        _save,
        folder,
        all_cores=all_cores,
        dtype=np.int64,
        chunks=tuple((1,) * len(one) for one in shards.chunks),
        meta=np.empty((0,) * shards.ndim, np.int64),
        name=f"shard-{secrets.token_hex(8)}",
    )


def _save(
    block: npt.NDArray[Any], folder: ShardFolder, *, all_cores: bool, block_id: Index = ()
) -> npt.NDArray[np.int64]:
    """Write a shard where it was computed, and return its size alone."""
    size = folder.write(block_id, block, all_cores=all_cores)
    return np.full((1,) * block.ndim, size, np.int64)


def _scheduler() -> Any:
    from dask import threaded
    from dask.base import get_scheduler

    return get_scheduler() or threaded.get


def _processes() -> Any:
    from dask import multiprocessing

    return multiprocessing.get


@contextmanager
def _bar(total: int) -> Iterator[Any]:
    """Show on a terminal how many shards are complete, when it takes longer than a moment."""
    from tqdm import tqdm

    with tqdm(desc="shards", total=total, delay=_DELAY, disable=None) as bar:
        yield bar


def _on_cluster(
    client: Any, graph: dict[Any, Any], places: Places, bar: Any, *, go_on: bool
) -> Failures:
    from distributed import as_completed

    futures = client.get(_culled(graph, places), list(places), sync=False)
    failed: Failures = {}
    with watched(client, futures):
        for future in as_completed(futures):
            if future.status == "finished":
                bar.update()
                continue
            error = future.exception()
            if not go_on or future.cancelled() or _is_fatal(error):
                raise error
            failed[places[future.key]] = error
            if len(failed) > max(_PATIENCE, bar.n):
                break
    client.cancel(futures)
    return dict(sorted(failed.items()))


def _culled(graph: Mapping[Any, Any], keys: Iterable[Any]) -> dict[Any, Any]:
    from dask.optimization import cull

    return dict(cull(graph, list(keys))[0])


def _is_fatal(error: BaseException) -> bool:
    """Whether it is no use to compute the other blocks."""
    if isinstance(error, MissingDependency):
        return True
    said = _SAID.search(str(error)) if isinstance(error, RuntimeError | OSError) else None
    return getattr(error, "errno", None) in _FATAL or (said and int(said[1])) in _FATAL


class _Here:
    """The shards that are computed on this machine, by threads or processes.

    Parameters
    ----------
    graph : dict
        What computes and writes them.
    places : dict
        Which key of the graph writes which shard.
    bar : tqdm
        Which is told of each shard.
    room : int
        How many shards may be computed at the same time.
    """

    def __init__(self, graph: dict[Any, Any], places: Places, bar: Any, room: int) -> None:
        import dask

        self.graph, self.waiting, self.bar = graph, dict(places), bar
        self.workers = max(1, min(room, dask.config.get("num_workers", None) or logical_cores()))
        self.running: set[Any] = set()
        self.failed: Failures = {}

    def run(self, *, go_on: bool) -> Failures:
        """Compute everything, but for what fails; return what failed."""
        while self.waiting and len(self.failed) <= max(_PATIENCE, self.bar.n):
            graph = _culled(self.graph, self.waiting)
            try:
                self._compute(graph, list(self.waiting))
            except Exception as error:
                if not go_on or _is_fatal(error):
                    raise
                self._tell_apart(error, self._suspects(graph) or list(self.waiting))
        return dict(sorted(self.failed.items()))

    def _compute(self, graph: dict[Any, Any], keys: list[Any]) -> None:
        from dask.callbacks import Callback

        self.running.clear()
        get = _scheduler()
        with Callback(pretask=self._before, posttask=self._after):
            get(graph, keys, num_workers=self.workers)
        for key in keys:
            self.waiting.pop(key, None)

    def _before(self, key: Any, *_: Any) -> None:
        self.running.add(key)

    def _after(self, key: Any, *_: Any) -> None:
        self.running.discard(key)
        if self.waiting.pop(key, None) is not None:
            self.bar.update()

    def _suspects(self, graph: dict[Any, Any]) -> list[Any]:
        """Return the shards that need something that was running when it failed."""
        from dask.core import get_deps

        _, dependents = get_deps(graph)
        found, new = set(self.running), set(self.running)
        while new:
            new = {after for key in new for after in dependents.get(key, ())} - found
            found |= new
        return [key for key in self.waiting if key in found]

    def _tell_apart(self, error: Exception, suspects: list[Any]) -> None:
        """Find which of the blocks that were being computed failed; take them out of the rest."""
        shared = len(suspects) > _MANY
        for key in suspects:
            place = self.waiting[key]
            if shared:
                self.failed[place] = error
            else:
                try:
                    self._compute(_culled(self.graph, [key]), [key])
                except Exception as own:  # noqa: BLE001 - whatever a user's function raises is reported
                    self.failed[place] = own
            self.waiting.pop(key, None)


def _report(folders: Sequence[ShardFolder], failed: Failures) -> None:
    """Raise an error that names the first blocks that failed, and counts all."""
    lines = []
    for (number, *index), error in list(failed.items())[:3]:
        parts = folders[number].plan.where(tuple(index))
        place = ", ".join(f"{part.start}:{part.stop}" for part in parts)
        lines.append(f"block {tuple(index)}, which is [{place}]: {type(error).__name__}: {error}")
    more = f"; and {len(failed) - 3} more" if len(failed) > 3 else ""
    count = sum(folder.plan.count for folder in folders)
    msg = (
        f"{len(failed)} of {count} blocks could not be computed: {'; '.join(lines)}{more}; "
        f"{sum(len(folder.complete()) for folder in folders)} are complete and kept"
    )
    errors = {tuple(index): error for (_, *index), error in failed.items()}
    raise FailedBlocks(msg, errors) from next(iter(failed.values()))
