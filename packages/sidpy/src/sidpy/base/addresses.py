"""Second addresses: names that a module only repeats, found when somebody asks for them.

Code was written against names that were reachable by accident.  They stay reachable, and
importing the module loads nothing for their sake.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["also_at"]


def also_at(module: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a module that repeats names of others.

    Parameters
    ----------
    module : str
        The module that repeats them.
    homes : dict of str to str
        The names, each with the module it comes from.

    Examples
    --------
    >>> find = also_at("here", {"sqrt": "math"})
    >>> find("sqrt")(9)
    3.0
    >>> find("root")
    Traceback (most recent call last):
    AttributeError: module 'here' has no attribute 'root'
    """

    def find(name: str) -> Any:
        if name in homes:
            return getattr(import_module(homes[name]), name)
        msg = f"module {module!r} has no attribute {name!r}"
        raise AttributeError(msg)

    return find
