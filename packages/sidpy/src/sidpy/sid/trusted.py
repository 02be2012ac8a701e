"""From a name that a file brought to a function that may be called.

A file never decides what runs.  A name counts only when it leads, by plain attribute of a
public module, to a function that its author marked (`sidpy.operation`), in one of this
family's packages, in an installed distribution with an entry point in the group ``sidpy``,
or in a package that the caller lists.  Whatever else a name says is refused.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from sidpy.errors import NotReplayable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FunctionT = TypeVar("FunctionT", bound="Callable[..., Any]")

__all__ = ["MARK", "function_at", "marked", "nameable", "operation_named"]

#: The attribute of a function that says by which name a file may ask for it.
MARK: Final = "__sidpy_operation__"

#: The attribute of a function that a file may name as an argument of an operation.
_NAMEABLE: Final = "__sidpy_nameable__"

#: The packages of this family.
OURS: Final = ("sidpy", "pyNSID", "pyUSID", "SciFiReaders", "pycroscopy")

#: Classes that stand for themselves where a data type is meant.
_PLAIN_TYPES: Final = {t.__name__: t for t in (bool, int, float, complex, str, bytes)}

#: Longest name that is looked up.
_LONGEST: Final = 500

#: Operations of modules that are loaded, by name.
_loaded: dict[str, Callable[..., Any]] = {}


def remember(name: str, function: Callable[..., Any]) -> None:
    """Keep an operation under its name; a cell that runs again replaces it."""
    _loaded[name] = function


def nameable(function: FunctionT) -> FunctionT:
    """Mark a function that a file may name as an argument: a model, a guess.

    It should do no harm whatever numbers it is called with.
    """
    setattr(function, _NAMEABLE, True)
    return function


def marked(function: Any) -> bool:
    """Whether a function is an operation."""
    return isinstance(function, FunctionType) and MARK in vars(function)


def operation_named(name: str, trust: Iterable[str] = ()) -> Callable[..., Any]:
    """Return the operation of a name.

    Parameters
    ----------
    name : str
        As a step says it, ``"pycroscopy.image.locate_atoms"``.
    trust : iterable of str
        Packages or modules of the caller's own choice, ``"acme"``, ``"__main__"``.

    Raises
    ------
    NotReplayable
        When the name may not be called, or leads to nothing that is marked.
    """
    trust = tuple(trust)
    function: Any = _loaded.get(name)
    if function is None:
        module, _, last = name.rpartition(".")
        function = getattr(_module(module, trust), last, None) if _public(last) else None
    if not marked(function) or vars(function)[MARK].name != name:
        msg = (
            f"{name!r} leads to no function that is marked as an operation (@sidpy.operation); "
            "if its module is not found by this name, import it first"
        )
        raise NotReplayable(msg)
    _allow(function.__module__, trust)
    found: Callable[..., Any] = function
    return found


def function_at(where: str, trust: Iterable[str] = ()) -> Any:
    """Return the function or type that ``"module:name"`` names, when a file may name it.

    Universal functions and scalar types of NumPy and plain types may; of our own packages
    and plugins, what is marked; of packages in `trust`, every public function.

    Raises
    ------
    NotReplayable
        For anything else.
    """
    trust = tuple(trust)
    module, _, name = where.partition(":")
    if module == "builtins" and name in _PLAIN_TYPES:
        return _PLAIN_TYPES[name]
    if module == "numpy" and _is_plain_numpy(getattr(np, name, None)):
        return getattr(np, name)
    found = getattr(_module(module, trust), name, None) if _public(name) else None
    at_home = isinstance(found, FunctionType) and found.__module__ == module
    if at_home and (marked(found) or hasattr(found, _NAMEABLE) or _listed(module, trust)):
        return found
    msg = (
        f"{where!r} is no function that a file may name; if it is yours and you trust the "
        f"file, list its package: trust=({module.partition('.')[0]!r},)"
    )
    raise NotReplayable(msg)


def _is_plain_numpy(value: Any) -> bool:
    is_type = isinstance(value, type) and issubclass(value, np.generic)
    return is_type or isinstance(value, np.ufunc)


def _module(name: str, trust: tuple[str, ...]) -> ModuleType:
    """Import a module that may be imported; its name must be its own."""
    _allow(name, trust)
    if not all(map(_public, name.split("."))) and not _listed(name, trust):
        msg = f"{name!r} is private and not called for a file"
        raise NotReplayable(msg)
    try:
        module = sys.modules.get(name) or import_module(name)
    except ImportError as error:
        msg = f"there is no module {name!r}: {error}"
        raise NotReplayable(msg) from error
    return module


def _allow(module: str, trust: tuple[str, ...]) -> None:
    """Refuse a module of a package that nobody trusts.

    Raises
    ------
    NotReplayable
        With what the caller could list.
    """
    if len(module) > _LONGEST or not all(part.isidentifier() for part in module.split(".")):
        msg = f"{module[:80]!r} is no name of a module"
        raise NotReplayable(msg)
    package = module.partition(".")[0]
    if package in OURS or _listed(module, trust) or package in _plugin_packages():
        return
    msg = (
        f"{module!r} is of no package that a file may call; if you trust it, list it: "
        f"trust=({package!r},)"
    )
    raise NotReplayable(msg)


def _listed(module: str, trust: tuple[str, ...]) -> bool:
    return any(module == known or module.startswith(f"{known}.") for known in trust)


def _public(name: str) -> bool:
    return name.isidentifier() and not name.startswith("_")


def _plugin_packages() -> set[str]:
    """Return the packages of the plugins that are active."""
    # by name: the host of plugins is a room above this one
    registry = import_module("sidpy.plugins.discovery").registry()
    active = (plugin for plugin in registry.plugins if plugin.status == "active")
    return {plugin.module.partition(".")[0] for plugin in active}
