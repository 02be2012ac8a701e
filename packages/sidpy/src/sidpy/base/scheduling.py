"""Who computes, an active cluster or dask on this machine, and whether anybody still does."""

from __future__ import annotations

import logging
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sidpy.errors import LostWorkers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["active_client", "watched"]

logger = logging.getLogger(__name__)

#: Where dask's configuration says how long to wait for a worker, and how long otherwise.
_SETTING: Final = "sidpy.workers-timeout"
_PATIENCE: Final = "300s"
#: Seconds between two looks at the workers, at most.
_PAUSE: Final = 10.0


def active_client() -> Any:
    """Return the active distributed client, None when there is none or dask would not use it."""
    if "distributed" not in sys.modules:
        return None
    from dask.base import get_scheduler

    scheduler = get_scheduler()
    owner = getattr(scheduler, "__self__", None)
    return owner if type(owner).__module__.partition(".")[0] == "distributed" else None


@contextmanager
def watched(client: Any, futures: Sequence[Any]) -> Iterator[None]:
    """Give up what a cluster computes when it has been without any worker for too long.

    Parameters
    ----------
    client : distributed.Client
        Whose cluster computes.
    futures : sequence of distributed.Future
        What the block waits for; those that are left are cancelled when it ends in an error.

    Raises
    ------
    LostWorkers
        In the place of what a wait for the futures raises, when there was no worker for
        ``sidpy.workers-timeout``.

    Notes
    -----
    The time is one of dask's settings, five minutes by default, and None for ever; where
    workers wait in the queue of a batch system, let it be as long as they may wait::

        dask.config.set({"sidpy.workers-timeout": "12h"})
    """
    watch = _Watch(client, futures)
    try:
        with watch:
            yield
    except BaseException as error:
        if watch.gave_up and not isinstance(error, KeyboardInterrupt):
            raise LostWorkers(watch.message) from error
        client.cancel(futures)
        raise


class _Watch:
    """A thread that looks after the workers of a cluster, and cancels what waits in vain."""

    def __init__(self, client: Any, futures: Sequence[Any]) -> None:
        import dask
        from dask.utils import parse_timedelta

        self.gave_up = False
        self._client, self._futures = client, futures
        self._most = parse_timedelta(dask.config.get(_SETTING, _PATIENCE))
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_after, name="sidpy-watch", daemon=True)

    @property
    def message(self) -> str:
        return (
            f"no worker of {self._client} has been there for {self._most:g} s: what is left was "
            "given up; see in their logs why they ended, often it is memory, and begin again; "
            "resume=True keeps complete blocks.  Where workers come late, as from the queue of "
            f"a batch system, allow more: dask.config.set({{'{_SETTING}': '12h'}})"
        )

    def __enter__(self) -> None:
        if self._most is not None and self._futures:
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _look_after(self) -> None:
        seen = time.monotonic()
        while not self._ended.wait(min(_PAUSE, self._most / 4)):
            if self._anybody():
                seen = time.monotonic()
            elif time.monotonic() - seen > self._most:
                logger.warning("no worker for %g s: %s", self._most, self._client)
                self.gave_up = True
                self._client.cancel(self._futures)
                return

    def _anybody(self) -> bool:
        try:
            return bool(self._client.nthreads())
        except Exception:  # nobody answers, in one of a dozen ways
            logger.debug("the scheduler does not answer", exc_info=True)
            return False
