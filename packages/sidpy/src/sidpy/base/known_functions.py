"""Functions that this process has written down as text, to be found again by that text.

Metadata are text, and a table of fit parameters names its function there.  Unpickling text
that came with a file runs the code of whoever wrote the file, so it is never done: a text is
only looked up among those that were written in this process.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["recall", "remember"]

#: How many are kept; the ones not asked for longest are forgotten.
_MOST: Final = 256

_known: OrderedDict[bytes, Callable[..., Any]] = OrderedDict()
_lock = Lock()


def remember(text: str, function: Callable[..., Any]) -> None:
    """Keep a function under the text that stands for it in metadata."""
    with _lock:
        _known[_key(text)] = function
        _known.move_to_end(_key(text))
        while len(_known) > _MOST:
            _known.popitem(last=False)


def recall(text: str | bytes) -> Callable[..., Any] | None:
    """Return the function that was kept under a text, None where this process wrote none.

    Examples
    --------
    >>> remember("a line", lambda x, slope: slope * x)
    >>> recall("a line")(2, 3)
    6
    >>> recall("from a file") is None
    True
    """
    with _lock:
        function = _known.get(_key(text))
        if function is not None:
            _known.move_to_end(_key(text))
        return function


def _key(text: str | bytes) -> bytes:
    return sha256(text.encode() if isinstance(text, str) else text).digest()
