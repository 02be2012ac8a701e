"""Worker processes that stay for a whole computation, and need no script around them.

They are started anew, never forked from a program that has threads.  The main module is not
imported into them: functions of a script travel by value, so that a script whose work is not
below ``if __name__ == "__main__":`` is not run once more by each of them.
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ProcessPoolExecutor

__all__ = ["worker_processes"]

_RENAMING = threading.Lock()


def worker_processes(count: int) -> ProcessPoolExecutor:
    """Start worker processes for dask's scheduler ``processes``, as its ``pool``.

    Parameters
    ----------
    count : int
        How many.

    Returns
    -------
    ProcessPoolExecutor
        Whoever asked for it shuts it down.

    Examples
    --------
    >>> with worker_processes(1) as pool:
    ...     pool.submit(abs, -3).result()
    3
    """
    import os
    from concurrent.futures import ProcessPoolExecutor
    from functools import partial
    from multiprocessing import get_context

    from dask.multiprocessing import initialize_worker_process

    pool = ProcessPoolExecutor(
        count, get_context("spawn"), initializer=partial(initialize_worker_process, None)
    )
    with _main_module_hidden():
        for _ in range(count):  # each of these starts one, as no other is idle yet
            pool.submit(os.getpid)
    return pool


@contextmanager
def _main_module_hidden() -> Iterator[None]:
    """Let the main module look like that of an interactive session, which has no file."""
    main: Any = sys.modules["__main__"]
    with _RENAMING:
        kept = {name: vars(main)[name] for name in ("__file__", "__spec__") if name in vars(main)}
        for name in kept:
            delattr(main, name)
        main.__spec__ = None
        try:
            yield
        finally:
            del main.__spec__
            for name, value in kept.items():
                setattr(main, name, value)
