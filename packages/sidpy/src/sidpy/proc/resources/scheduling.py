"""Who does the work: an active cluster, or a scheduler of dask on this machine."""

from __future__ import annotations

import sys
from typing import Any

from sidpy.base.parallel import logical_cores

__all__ = ["active_client", "logical_cores", "workers"]


def active_client() -> Any:
    """Return the active distributed client, None when there is none or dask would not use it."""
    if "distributed" not in sys.modules:
        return None
    from dask.base import get_scheduler

    scheduler = get_scheduler()
    owner = getattr(scheduler, "__self__", None)
    return owner if type(owner).__module__.partition(".")[0] == "distributed" else None


def workers() -> int:
    """Return how many tasks run at the same time: on the cluster if there is one, else here.

    Examples
    --------
    >>> import dask
    >>> with dask.config.set(num_workers=3):
    ...     workers()
    3
    """
    client = active_client()
    if client is not None:
        return max(1, sum(client.nthreads().values()))
    import dask

    return dask.config.get("num_workers", None) or logical_cores()
