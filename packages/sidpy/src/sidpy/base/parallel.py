"""A few things at a time on the cores of this machine."""

from __future__ import annotations

import functools
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["each", "logical_cores"]

_Item = TypeVar("_Item")


def logical_cores() -> int:
    """Return the number of cores this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # only Linux can tell
        return os.cpu_count() or 1


def each(work: Callable[[_Item], object], items: Iterable[_Item]) -> None:
    """Do some work for each item, on all cores where other threads are idle.

    Parameters
    ----------
    work : callable
        Taking one item; it should let other threads run, as NumPy, zlib and h5py do.
    items : iterable
        What to do it for, taken one by one.

    Notes
    -----
    The calling thread works too, so that this may be called from many threads at once, and
    in a process that was forked.  It works alone where it holds the lock of h5py, in a
    function that ``visititems`` calls for instance: other threads would wait for that lock,
    and this one for them.  After an error no further item is begun; of several errors the
    first is raised.

    Examples
    --------
    >>> found = []
    >>> each(found.append, range(4))
    >>> sorted(found)
    [0, 1, 2, 3]
    """
    queue = iter(items)
    lock = threading.Lock()
    errors: list[BaseException] = []

    def run() -> None:
        while not errors:
            with lock:
                try:
                    item = next(queue)
                except StopIteration:
                    return
            try:
                work(item)
            except BaseException as error:  # noqa: BLE001 - raised below, in the calling thread
                errors.append(error)

    free = 0 if _holds_hdf5() else logical_cores() - 1
    helpers = [_helpers().submit(run) for _ in range(free)]
    run()
    for helper in helpers:
        if not helper.cancel():
            helper.result()
    if errors:
        raise errors[0]


def _holds_hdf5() -> bool:
    """Whether this thread keeps all others out of HDF5."""
    lock = getattr(sys.modules.get("h5py._objects"), "phil", None)
    return lock is not None and bool(lock._is_owned())


@functools.cache
def _helpers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(logical_cores() - 1, 1), "sidpy")


if hasattr(os, "register_at_fork"):  # the threads are not there after a fork, nor who held a lock
    os.register_at_fork(after_in_child=_helpers.cache_clear)
