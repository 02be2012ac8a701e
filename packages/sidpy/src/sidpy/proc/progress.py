"""Compute lazy values on whatever dask scheduler is active, and show how far it is.

Threads, processes and `dask.distributed` behave the same: with a client at hand its
cluster does the work, otherwise dask's configured scheduler.  A bar appears on terminals
and in notebooks only, and only when a computation takes longer than a second: tqdm's for
this machine, distributed's own, which knows every task, for a cluster.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from sidpy.base.scheduling import active_client, watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["compute", "counted"]

#: Seconds before a bar appears.
_DELAY = 1.0


def compute(tasks: Sequence[Any], *, label: str | None) -> list[Any]:
    """Compute several lazy values together, with a progress bar.

    Parameters
    ----------
    tasks : sequence
        Dask collections: delayed values, arrays.
    label : str, optional
        What is being done, for the bar; there is none without.

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
    client = active_client()
    if client is not None:
        return _on_cluster(client, tasks, shown=label is not None)
    import dask

    with nullcontext() if label is None else _local_bar(label):
        return list(dask.compute(*tasks))


@contextmanager
def counted(label: str, total: int, done: int = 0) -> Iterator[Callable[[int], object]]:
    """Give what is told of each few things that are done, and shows a bar with an estimate.

    Parameters
    ----------
    label : str
        What is being done.
    total : int
        How many things there are.
    done : int
        How many are done already.

    Examples
    --------
    >>> with counted("positions", 10) as advance:
    ...     _ = advance(4)
    """
    from tqdm.auto import tqdm

    with tqdm(desc=label, total=total, initial=done, disable=None, delay=_DELAY) as bar:
        yield bar.update


def _on_cluster(client: Any, tasks: list[Any], *, shown: bool) -> list[Any]:
    from distributed import wait
    from distributed.utils import TimeoutError as Timeout

    futures = client.compute(tasks)
    with watched(client, futures):
        if shown and futures and _looked_at():
            try:
                wait(futures, timeout=_DELAY)
            except Timeout:
                _cluster_bar(futures)
        return list(client.gather(futures))


def _looked_at() -> bool:
    """Whether somebody looks at what is printed: a terminal or a notebook."""
    return sys.stderr.isatty() or _in_notebook()


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


def _cluster_bar(futures: list[Any]) -> None:
    """Show distributed's own bar: a widget in a notebook, text that waits elsewhere."""
    from distributed import progress

    if not _in_notebook():
        progress(futures, notebook=False)
        return
    widget = progress(futures, notebook=True)
    if widget is not None:
        sys.modules["IPython"].display.display(widget)


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
