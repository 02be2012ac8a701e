"""Who computes blocks of positions: this thread, dask's schedulers, a cluster, or MPI.

Unless somebody was named, the first positions are computed here, to see whether the others
are worth starting processes for; an active distributed client is used at once.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import LabelValueError
from sidpy.proc.parallel import in_blocks
from sidpy.proc.resources.pools import worker_processes
from sidpy.proc.resources.scheduling import active_client, workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["EXECUTORS", "Hands", "checked_executor"]

logger = logging.getLogger(__name__)

#: Names of what can do the work.
EXECUTORS: Final = ("serial", "threads", "processes")
#: Seconds of work that are left when processes are worth starting.
_WORTH: Final = 3.0


def checked_executor(executor: Any) -> Any:
    """Return what was asked to do the work.

    Raises
    ------
    ValueError
        When it is neither None, a name, nor a distributed client.
    """
    if executor is None or executor in EXECUTORS or hasattr(executor, "scatter"):
        return executor
    msg = f"executor is {executor!r}; it can be None, one of {EXECUTORS}, or a distributed.Client"
    raise LabelValueError(msg)


class Hands:
    """Does work for blocks of rows during one computation.

    Parameters
    ----------
    executor : {"serial", "threads", "processes"}, distributed.Client or None
        Who; None to find out.
    cores : int
        How many threads or processes.
    ranks : Ranks, optional
        Other processes of an MPI job, which then do all the work.
    """

    def __init__(self, executor: Any, cores: int, ranks: Any = None) -> None:
        self.wanted, self.cores, self.ranks = executor, cores, ranks
        self._pool: Any = None
        self._each = 0.0
        self._unfit = False

    @property
    def count(self) -> int:
        """How many work at the same time."""
        if self.ranks is not None:
            return int(self.ranks.size)
        if self.wanted == "serial":
            return 1
        with self._scheduling():
            return workers() if self._cluster() else self.cores

    def took(self, positions: int, seconds: float) -> None:
        """Learn how long positions take."""
        self._each = seconds / max(positions, 1)

    def map(self, call: Callable[[Any], Any], data: Any, left: int) -> list[Any]:
        """Return what a function makes of blocks of rows, in order.

        Parameters
        ----------
        call : callable
            Taking a block of rows.
        data : ndarray or dask array of shape (rows, ...)
            The rows.
        left : int
            Number of positions that have to be done in all.
        """
        if self.ranks is not None:
            return list(self.ranks.map(call, np.asarray(data)))
        with self._scheduling():
            if self._cluster():
                return in_blocks(np.asarray(data), call, hands=workers(), shown=False)
        scheduler = self._scheduler(max(left, len(data)))
        if scheduler == "serial" or len(data) == 1:
            return [call(np.asarray(data))]
        if scheduler == "threads":
            return in_blocks(data, call, hands=self.cores, scheduler="threads", shown=False)
        return self._in_processes(call, np.asarray(data))

    def _scheduler(self, left: int) -> str:
        if self.wanted is not None:
            return str(self.wanted)
        if self._pool is not None:  # they are there
            return "processes"
        worth = self.cores > 1 and self._each * left > _WORTH and not self._unfit
        return "processes" if worth else "serial"

    def _in_processes(self, call: Callable[[Any], Any], data: Any) -> list[Any]:
        if self._pool is None:
            self._pool = worker_processes(self.cores)
        try:
            return in_blocks(
                data, call, hands=self.cores, scheduler="processes", pool=self._pool, shown=False
            )
        except Exception as error:
            if self.wanted is not None:
                raise
            # it is none of the function, whose errors are results: it may not be sent at all
            logger.warning("other processes cannot do the work, this one does: %s", error)
            self._unfit = True
            self.close()
            return [call(data)]

    def _cluster(self) -> bool:
        return self.wanted not in EXECUTORS and active_client() is not None

    @contextmanager
    def _scheduling(self) -> Iterator[None]:
        import dask

        given = self.wanted is not None and self.wanted not in EXECUTORS
        with dask.config.set(scheduler=self.wanted) if given else nullcontext():
            yield

    def close(self) -> None:
        """Send everybody home."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
