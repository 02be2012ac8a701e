"""Watching what a reader costs: time, memory, open files."""

from __future__ import annotations

import signal
import sys
import threading
import time
import tracemalloc
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Hang", "open_files", "peak_memory", "time_limit"]


class Hang(BaseException):
    """A reader took too long; no ``except Exception`` of a reader can swallow it."""


@contextmanager
def time_limit(seconds: float, what: str) -> Iterator[None]:
    """Interrupt a block that takes longer than `seconds`.

    Works in the main thread of systems that have alarms; elsewhere the block is not
    watched.  An alarm that was set before, by pytest-timeout for instance, goes on after it.
    """
    watched = hasattr(signal, "setitimer") and (
        threading.current_thread() is threading.main_thread()
    )
    if not watched:
        yield
        return

    def interrupt(*_: Any) -> None:
        msg = f"{what}: still busy after {seconds:g} s"
        raise Hang(msg)

    before = signal.signal(signal.SIGALRM, interrupt)
    left, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    begun = time.monotonic()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(begun + left - time.monotonic(), 0.001))


@contextmanager
def peak_memory() -> Iterator[list[int]]:
    """Give a list that holds, after the block, the bytes it allocated at most.

    Counts what Python and NumPy allocate, not what a library does behind their back.
    """
    result: list[int] = []
    running = tracemalloc.is_tracing()
    if not running:
        tracemalloc.start()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    try:
        yield result
    finally:
        result.append(tracemalloc.get_traced_memory()[1] - before)
        if not running:
            tracemalloc.stop()


def open_files() -> set[Path] | None:
    """Return the files this process holds open or mapped; None where that is not known."""
    if sys.platform != "linux":
        return None
    found = set()
    for link in Path("/proc/self/fd").iterdir():
        try:
            found.add(link.readlink())
        except OSError:  # the descriptor of the listing itself
            continue
    for line in Path("/proc/self/maps").read_text("utf-8", "replace").splitlines():
        fields = line.split(maxsplit=5)
        if len(fields) == 6:
            found.add(Path(fields[5]))
    return found
