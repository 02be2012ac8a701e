"""A lazy array becomes complete shards, on whatever scheduler dask uses.

Whoever computes a block writes it: threads, other processes and the workers of a cluster
send back the size of the file and not its numbers.
"""

from __future__ import annotations

import errno
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sidpy.base.parallel import logical_cores
from sidpy.base.scheduling import active_client
from sidpy.config import config
from sidpy.errors import FailedBlocks, MissingDependency

from .arrays import lowered_lazily

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import dask.array as da
    import numpy.typing as npt

    from .shards import Index, Shard, ShardFolder

__all__ = ["fill"]

logger = logging.getLogger(__name__)

#: What no later block is spared: a full disk, no rights, a disk that fails.
_FATAL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO}

#: Failures after which nothing more is tried, unless more blocks succeed than fail.
_PATIENCE: Final = 16

#: Copies of a shard that exist while it is computed and packed, by experience.
_COPIES: Final = 4

#: Number of the folder, and the place of a shard in it.
Place = tuple[int, ...]

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
    tasks: dict[Place, Any] = {}
    for number, (folder, array) in enumerate(jobs):
        folder.sweep()
        missing = folder.missing()
        if len(missing) < folder.plan.count:
            done = folder.plan.count - len(missing)
            logger.info("%d of %d shards are complete already", done, folder.plan.count)
        lazy = lowered_lazily(array).rechunk(folder.plan.lengths)
        tasks |= {(number, *index): task for index, task in _tasks(folder, lazy, missing)}
    if not tasks:
        return
    client = active_client()
    with _bar(len(tasks)) as bar:
        if client is not None:
            failed = _on_cluster(client, tasks, bar, go_on=go_on)
        else:
            room = config.memory_budget // (_COPIES * max(f.plan.largest for f, _ in jobs))
            failed = _on_this_machine(tasks, bar, go_on=go_on, room=room)
    if failed:
        _report([folder for folder, _ in jobs], failed)


def _tasks(
    folder: ShardFolder, lazy: da.Array, missing: list[Index]
) -> Iterator[tuple[Index, Any]]:
    import dask

    if not missing:
        return
    blocks = lazy.to_delayed()
    save = dask.delayed(_save, pure=False, traverse=False)
    token = dask.base.tokenize(lazy.name, str(folder.path))
    for index in missing:
        name = f"shard-{token}-{'-'.join(map(str, index))}"
        yield index, save(folder.shard(index), blocks[index], dask_key_name=name)


def _save(shard: Shard, block: npt.NDArray[Any]) -> int:
    """Write a shard where it was computed, and return its size alone."""
    return shard.write(block)


@contextmanager
def _bar(total: int) -> Iterator[Any]:
    """Show on a terminal how many shards are complete, when it takes longer than a moment."""
    from tqdm import tqdm

    with tqdm(desc="shards", total=total, delay=_DELAY, disable=None) as bar:
        yield bar


def _on_cluster(
    client: Any, tasks: Mapping[Place, Any], bar: Any, *, go_on: bool
) -> dict[Place, Exception]:
    from distributed import as_completed

    futures = client.compute(list(tasks.values()))
    places = {future.key: index for index, future in zip(tasks, futures, strict=True)}
    failed: dict[Place, Exception] = {}
    try:
        for future in as_completed(futures):
            if future.status == "finished":
                bar.update()
                continue
            error = future.exception()
            if not go_on or _is_fatal(error):
                raise error
            failed[places[future.key]] = error
            if len(failed) > max(_PATIENCE, bar.n):
                break
    finally:
        client.cancel(futures)
    return dict(sorted(failed.items()))


def _on_this_machine(
    tasks: Mapping[Place, Any], bar: Any, *, go_on: bool, room: int
) -> dict[Place, Exception]:
    import dask

    failed: dict[Place, Exception] = {}
    waiting = dict(tasks)
    # blocks that are joined to a shard are joined where they are computed, also by processes
    workers = max(1, min(room, dask.config.get("num_workers", None) or logical_cores()))
    with dask.config.set({"optimization.fuse.ave-width": 1000, "num_workers": workers}):
        while waiting and len(failed) <= max(_PATIENCE, bar.n):
            watch = _Watch({task.key: index for index, task in waiting.items()}, bar)
            try:
                with watch.watching():
                    dask.compute(*waiting.values())
                break
            except Exception as error:
                if not go_on or _is_fatal(error):
                    raise
                for index in watch.done:
                    waiting.pop(index, None)
                suspects = [index for index in watch.suspects() if index in waiting]
                _tell_apart(waiting, suspects or list(waiting), error, failed)
    return dict(sorted(failed.items()))


def _is_fatal(error: BaseException) -> bool:
    """Whether it is no use to compute the other blocks."""
    return isinstance(error, MissingDependency) or (
        isinstance(error, OSError) and error.errno in _FATAL
    )


def _tell_apart(
    waiting: dict[Place, Any],
    suspects: list[Place],
    error: Exception,
    failed: dict[Place, Exception],
) -> None:
    """Find which of the blocks that were being computed failed; take them out of the rest."""
    import dask

    shared = len(suspects) > 64  # what failed is needed by many: they fail alike
    for index in suspects:
        task = waiting.pop(index)
        if shared:
            failed[index] = error
            continue
        try:
            dask.compute(task)
        except Exception as own:  # noqa: BLE001 - whatever a user's function raises is reported
            failed[index] = own


class _Watch:
    """What is computed at the moment, and which shards are complete."""

    def __init__(self, places: Mapping[Any, Place], bar: Any) -> None:
        self.places, self.bar = places, bar
        self.graph: Any = {}
        self.running: set[Any] = set()
        self.done: set[Place] = set()

    def watching(self) -> Any:
        """Return the callback of dask that tells this."""
        from dask.callbacks import Callback

        return Callback(start=self._start, pretask=self._before, posttask=self._after)

    def _start(self, graph: Any) -> None:
        self.graph = graph

    def _before(self, key: Any, *_: Any) -> None:
        self.running.add(key)

    def _after(self, key: Any, *_: Any) -> None:
        self.running.discard(key)
        if key in self.places:
            self.done.add(self.places[key])
            self.bar.update()

    def suspects(self) -> list[Place]:
        """Return the shards that need something that was running when it failed."""
        from dask.core import get_deps

        _, dependents = get_deps(dict(self.graph))
        found, new = set(self.running), set(self.running)
        while new:
            new = {after for key in new for after in dependents.get(key, ())} - found
            found |= new
        return sorted(self.places[key] for key in found if key in self.places)


def _report(folders: Sequence[ShardFolder], failed: Mapping[Place, Exception]) -> None:
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
