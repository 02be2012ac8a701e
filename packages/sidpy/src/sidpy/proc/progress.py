"""Compute lazy values on whatever dask scheduler is active, and show how far it is.

Threads, processes and `dask.distributed` behave the same: with a client at hand its
cluster does the work, otherwise dask's configured scheduler.  The bar appears on
terminals and in notebooks only, and only when a computation takes longer than a second.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["compute"]

#: Seconds before a bar appears.
_DELAY = 1.0


def compute(tasks: Sequence[Any], *, label: str) -> list[Any]:
    """Compute several lazy values together, with a progress bar.

    Parameters
    ----------
    tasks : sequence
        Dask collections: delayed values, arrays.
    label : str
        What is being done, for the bar.

    Returns
    -------
    list
        The values, in the order of `tasks`.

    Examples
    --------
    >>> from dask import delayed
    >>> compute([delayed(abs)(-1), delayed(abs)(-2)], label="doubling")
    [1, 2]
    """
    tasks = list(tasks)
    client = _client()
    if client is not None:
        return _on_cluster(client, tasks, label)
    import dask

    with _local_bar(label):
        return list(dask.compute(*tasks))


def _client() -> Any:
    """Return the active distributed client, if there is one and dask would use it."""
    if "distributed" not in sys.modules:
        return None
    from dask.base import get_scheduler

    scheduler = get_scheduler()
    owner = getattr(scheduler, "__self__", None)
    return owner if type(owner).__module__.partition(".")[0] == "distributed" else None


def _on_cluster(client: Any, tasks: list[Any], label: str) -> list[Any]:
    from distributed import as_completed
    from tqdm.auto import tqdm

    futures = client.compute(tasks)
    try:
        with tqdm(total=len(futures), desc=label, disable=None, delay=_DELAY) as bar:
            for _ in as_completed(futures):
                bar.update()
            return list(client.gather(futures))
    except BaseException:
        client.cancel(futures)
        raise


@contextmanager
def _local_bar(label: str) -> Iterator[None]:
    """Count finished tasks of the local schedulers."""
    from dask.callbacks import Callback
    from tqdm.auto import tqdm

    bar = tqdm(desc=label, disable=None, delay=_DELAY)

    def begin(_graph: Any, state: dict[str, Any]) -> None:
        bar.reset(total=sum(len(state[name]) for name in ("ready", "waiting", "running")))

    def after(*_: Any) -> None:
        bar.update()

    try:
        with Callback(start_state=begin, posttask=after):
            yield
    finally:
        bar.close()
