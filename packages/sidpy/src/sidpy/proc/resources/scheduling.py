"""Who does the work: an active cluster, or a scheduler of dask on this machine."""

from __future__ import annotations

from sidpy.base.parallel import logical_cores
from sidpy.base.scheduling import active_client

__all__ = ["active_client", "logical_cores", "workers"]


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
