"""Libraries that nobody has to install."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sidpy.errors import MissingDependency

__all__ = ["require"]


def require(module: str, what: str) -> Any:
    """Return a module of an optional library.

    Parameters
    ----------
    module : str
        Its name; the first part is also that of the extra of sidpy.
    what : str
        What needs it, as the subject of the message.

    Raises
    ------
    MissingDependency
        With the command that installs it.
    """
    library = module.partition(".")[0]
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        msg = f"{what} needs {library}: pip install 'sidpy[{library}]'"
        raise MissingDependency(msg) from error
