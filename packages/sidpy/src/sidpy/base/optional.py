"""Libraries that nobody has to install: imported when used, named with their command if absent."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from sidpy.errors import MissingDependency

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["needed"]


def needed(name: str, purpose: str, install: str) -> ModuleType:
    """Import a module that a purpose needs.

    Parameters
    ----------
    name : str
        The module, for instance ``"ipywidgets"``.
    purpose : str
        What needs it, as the subject of a sentence.
    install : str
        What pip is asked for.

    Returns
    -------
    module

    Raises
    ------
    MissingDependency
        When it is not installed or cannot be imported; the cause stays attached.

    Examples
    --------
    >>> needed("math", "this sum", "math").floor(2.5)
    2
    """
    try:
        return import_module(name)
    except ImportError as error:
        state = "which is not installed" if is_absent(error, name) else f"and that fails: {error}"
        msg = f"{purpose} needs {name}, {state}. Try: pip install '{install}'"
        raise MissingDependency(msg, name=name) from error


def is_absent(error: ImportError, name: str) -> bool:
    """Tell whether the module itself is missing, not something that it needs."""
    return isinstance(error, ModuleNotFoundError) and error.name == name.partition(".")[0]
