"""What a table of fit parameters says about the functions that were fitted.

Source text is kept for people, and a pickle of the model as text because programs of the
released package look for one.  Nothing of ours ever runs or unpickles what a file says:
whoever opens such a pickle runs its author's code.  The viewer of a table of parameters knows
the functions of this process by their text, and is handed any other.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

from sidpy.base.known_functions import remember

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NOT_PROVIDED", "pickled_text", "source_text"]

#: What stands where there is no function, or no text of it.
NOT_PROVIDED: Final = "Not Provided"
#: Longest pickle that is kept, in bytes: a function that drags an array along is not.
_LONGEST: Final = 1 << 20


def source_text(function: Callable[..., Any] | None) -> str:
    """Return the source of a function, "Not Provided" where nobody knows it.

    Functions typed into an interpreter or made by ``exec`` have no source.

    Examples
    --------
    >>> source_text(None)
    'Not Provided'
    """
    if function is None:
        return NOT_PROVIDED
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        return NOT_PROVIDED


def pickled_text(function: Callable[..., Any]) -> str:
    """Return a pickle of a function by value as base64 text, "Not Provided" if there is none.

    The function is found again by this text, in this process.
    """
    from base64 import b64encode

    import cloudpickle

    try:
        pickle = cloudpickle.dumps(function)
    except Exception:  # noqa: BLE001 - whatever a function holds may refuse
        return NOT_PROVIDED
    if len(pickle) > _LONGEST:
        return NOT_PROVIDED
    text = b64encode(pickle).decode("ascii")
    remember(text, function)
    return text
