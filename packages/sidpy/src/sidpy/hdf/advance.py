"""How far writing has come, told to whoever asked.

Whoever begins to write listens with `reported`; a writer deep below asks for a `reporter`.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["bar", "reported", "reporter"]

#: Seconds before a bar appears.
_DELAY: Final = 1.0

_LISTENER: ContextVar[Callable[[int], None] | None] = ContextVar("listener", default=None)


@contextmanager
def reported(told: Callable[[int, int], object], total: int) -> Iterator[None]:
    """Tell how far writing has come, from any thread, one at a time.

    Parameters
    ----------
    told : callable
        Called with the bytes that are written, and those that will be.
    total : int
        Bytes that will be written.

    Examples
    --------
    >>> told = []
    >>> with reported(lambda done, total: told.append((done, total)), 10):
    ...     advance = reporter()
    ...     advance(4)
    ...     advance(6)
    >>> told
    [(4, 10), (10, 10)]
    """
    lock = threading.Lock()
    done = 0

    def listen(step: int) -> None:
        nonlocal done
        with lock:
            done += step
            told(done, total)

    token = _LISTENER.set(listen)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def reporter() -> Callable[[int], None]:
    """Return what takes the bytes that were just written; it may be called in any thread."""
    return _LISTENER.get() or _nobody


def _nobody(_step: int) -> None:
    """Nobody listens."""


@contextmanager
def bar(title: str, *, at_once: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Give what shows bytes as a bar, on terminals and in notebooks only.

    Parameters
    ----------
    title : str
        What is being done.
    at_once : bool
        Show the bar also when nobody waits for long.
    """
    from tqdm.auto import tqdm

    shown = tqdm(
        desc=title,
        unit="B",
        unit_scale=True,
        disable=None,
        delay=0.0 if at_once else _DELAY,
    )

    def show(done: int, total: int) -> None:
        shown.total = max(done, total)
        shown.update(done - shown.n)

    try:
        yield show
    finally:
        shown.close()
