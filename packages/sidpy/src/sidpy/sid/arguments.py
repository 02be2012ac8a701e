"""The arguments of a call, written down so that it can be called again.

A step of a history must hold what it was given exactly, and nothing that changes
afterwards or that a file could not hold.  So the arguments are taken apart:

* datasets and lazy arrays are *inputs*: what the step points to, not what it holds.  Their
  *places* say where in the arguments they stood (``2 - d``: second of the operands);
* everything else is a *parameter*: numbers, texts, slices and types as they are, arrays as
  copies that cannot be written to, functions by their names (`Reference`);
* what has no name, a lambda, and what nobody knows how to keep is named as such (`NotKept`).

`put_together` makes the arguments again.
"""

from __future__ import annotations

import datetime as dt
import decimal
import fractions
import pathlib
import sys
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import lru_cache
from types import EllipsisType, NoneType
from typing import Any, Final, NamedTuple

import numpy as np

from ._labelled import Labelled
from .trees import copy_tree

__all__ = [
    "NotKept", "Reference", "Taken", "frozen", "is_input", "members", "name_of", "part_of",
    "parts", "put_together", "taken_apart", "unkept",
]  # fmt: skip

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """A function or class by where it is defined; nothing is imported for it.

    Examples
    --------
    >>> print(Reference("numpy:linalg.norm"))
    numpy.linalg.norm
    """

    name: str
    """``"module:qualified name"``."""

    def __str__(self) -> str:
        return self.name.replace(":", ".")


@dataclass(frozen=True, slots=True)
class NotKept:
    """An argument that a history cannot hold; the step cannot be called again."""

    what: str
    """What it was and why it was not kept."""

    def __str__(self) -> str:
        return self.what


class Taken(NamedTuple):
    """Arguments taken apart."""

    parameters: dict[str, Any]
    inputs: tuple[Any, ...]
    places: tuple[Place, ...]
    """For each input the keys and positions that lead to it."""


#: Values that cannot change, of types that a record in a file can hold.
_LASTING: Final = frozenset(
    {
        NoneType, bool, int, float, complex, str, bytes, slice, range, EllipsisType, NotKept,
        Reference, dt.datetime, dt.date, dt.time, dt.timedelta, decimal.Decimal,
        fractions.Fraction, uuid.UUID,
    }
)  # fmt: skip

_LASTING_BASES: Final = (np.generic, np.dtype, Enum, pathlib.PurePath, str, int, float, bytes)


#: What surely is data, and what surely is not; as tuples, of which no union is made each time.
_DATA: Final = (Labelled, np.memmap)
_NO_DATA: Final = (np.ndarray, np.generic, type)


def is_input(value: Any) -> bool:
    """Whether a value is data that a step points to: a dataset, a lazy array, data in a file."""
    if isinstance(value, _DATA):
        return True
    if isinstance(value, _NO_DATA) or not hasattr(value, "dtype"):
        return False
    if hasattr(value, "__dask_graph__") and hasattr(value, "chunks"):
        return True
    # what computes at once, like a quantity of pint, is no data in a file
    return hasattr(value, "shape") and not hasattr(value, "__array_ufunc__")


def taken_apart(arguments: Mapping[str, Any]) -> Taken:
    """Take named arguments apart.

    Parameters
    ----------
    arguments : dict of str
        The arguments by their names; inputs may stand anywhere in nested lists, tuples and
        dictionaries of them.

    Examples
    --------
    >>> import sidpy
    >>> data = sidpy.Dataset.from_array([1, 2])
    >>> taken = taken_apart({"operands": [2, data], "axis": 0})
    >>> taken.parameters, taken.places
    ({'operands': [2], 'axis': 0}, (('operands', 1),))
    >>> put_together(taken.parameters, taken.places, ["again"])
    {'operands': [2, 'again'], 'axis': 0}
    """
    inputs: list[Any] = []
    places: list[Place] = []
    parameters = {}
    for name, value in arguments.items():
        if type(value) in _LASTING:
            parameters[name] = value
            continue
        if is_input(value):
            inputs.append(value)
            places.append((name,))
            continue
        before = len(inputs)
        rest = _apart(value, (name,), inputs, places)
        if len(inputs) == before or rest != []:
            parameters[name] = rest
    return Taken(parameters, tuple(inputs), tuple(places))


def _apart(value: Any, place: Place, inputs: list[Any], places: list[Place]) -> Any:
    """Return a frozen copy of `value` without the inputs in it."""
    if type(value) in _LASTING:
        return value
    if type(value) is tuple and _LASTING.issuperset(map(type, value)):
        return value  # such as nearly every index and every pair of axes
    if len(place) > _DEEPEST or not isinstance(value, list | tuple | dict):
        return frozen(value)
    pairs = list(value.items() if isinstance(value, dict) else enumerate(value))
    rest = []
    for key, item in pairs:
        if is_input(item):
            inputs.append(item)
            places.append((*place, key))
        else:
            rest.append((key, _apart(item, (*place, key), inputs, places)))
    if isinstance(value, dict):
        return dict(rest)
    items = [item for _, item in rest]
    return items if isinstance(value, list) else tuple(items)


#: Inputs are not looked for deeper than this.
_DEEPEST: Final = 16


def put_together(
    parameters: Mapping[str, Any], places: Iterable[Place], inputs: Iterable[Any]
) -> dict[str, Any]:
    """Return the arguments that `taken_apart` made these of, with other inputs."""
    arguments: Any = dict(parameters)
    for place, value in zip(places, inputs, strict=True):
        arguments = _put(arguments, place, value)
    result: dict[str, Any] = arguments
    return result


def _put(container: Any, place: Sequence[str | int], value: Any) -> Any:
    key, *rest = place
    if isinstance(container, Mapping):
        return {**container, key: _put(container.get(key, []), rest, value) if rest else value}
    items = list(container)
    if rest:
        items[int(key)] = _put(items[int(key)], rest, value)
    else:
        items.insert(int(key), value)
    return tuple(items) if isinstance(container, tuple) else items


# ---------------------------------------------------------------- values that last


def frozen(value: Any) -> Any:
    """Return a value as a history keeps it.

    Examples
    --------
    >>> frozen(np.mean), frozen([slice(1, 5), 2j])
    (Reference(name='numpy:mean'), [slice(1, 5, None), 2j])
    >>> frozen(lambda x: x).what
    'the function <lambda> of sidpy.sid.arguments, which cannot be found again by that name'
    """
    return value if type(value) in _LASTING else copy_tree(value, _frozen_leaf)


def _frozen_leaf(value: Any) -> Any:
    if type(value) in _LASTING or isinstance(value, _LASTING_BASES):
        return value
    if isinstance(value, np.ndarray):
        return _frozen_array(value)
    if isinstance(value, set | frozenset):
        return type(value)(_frozen_leaf(item) for item in value)
    if isinstance(value, bytearray):
        return bytes(value)
    if hasattr(value, "get_scaled_positions"):  # a crystal structure
        return value.copy()
    if hasattr(value, "magnitude") and hasattr(value, "units"):
        return _frozen_quantity(value)
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    if is_input(value):  # deeper than inputs are looked for
        return NotKept(str(getattr(value, "name", kind)))
    if callable(value):
        return _frozen_function(value)
    return NotKept(f"an object of type {kind}, which a history does not hold")


def _frozen_array(value: np.ndarray[Any, Any]) -> Any:
    if value.dtype.hasobject and value.dtype.kind != "O":
        return NotKept(f"an array of type {value.dtype}, which a history does not hold")
    if type(value) is np.ndarray and value.flags.owndata and not value.flags.writeable:
        return value  # made read-only by whoever gave it
    copy = value.copy()
    copy.flags.writeable = False
    return copy


def _frozen_quantity(value: Any) -> Any:
    """Return a quantity of pint as text, which is understood wherever quantities are."""
    if np.ndim(value.magnitude):
        return [_frozen_quantity(item) for item in value]
    return f"{value.magnitude!s} {value.units}"


def _frozen_function(value: Any) -> Any:
    name = name_of(value)
    if name:
        return Reference(name)
    if not hasattr(value, "__qualname__"):
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        return NotKept(f"an object of type {kind}, which a history does not hold")
    where = f"{value.__qualname__} of {getattr(value, '__module__', None)}"
    return NotKept(f"the function {where}, which cannot be found again by that name")


def name_of(value: Any) -> str:
    """Return ``"module:name"`` under which a function or class is found, "" without one."""
    if isinstance(value, np.ufunc):
        return _ufunc_name(value)
    path = str(getattr(value, "__qualname__", None) or getattr(value, "__name__", ""))
    module = getattr(value, "__module__", None)
    return f"{module}:{path}" if found_loaded(module, path) is value else ""


@lru_cache(maxsize=256)
def _ufunc_name(ufunc: np.ufunc) -> str:
    modules, path = ("numpy", "scipy.special"), ufunc.__name__
    return next((f"{m}:{path}" for m in modules if found_loaded(m, path) is ufunc), "")


def found_loaded(module: str | None, path: str) -> Any:
    """Return what a loaded module calls `path`, None when there is none."""
    found: Any = sys.modules.get(module or "")
    for part in path.split("."):
        found = getattr(found, part, None)
    return found


def unkept(value: Any) -> list[str]:
    """Return what in the parameters of a step was not kept, in words."""
    missing: list[str] = []

    def look(leaf: Any) -> None:
        if isinstance(leaf, NotKept):
            missing.append(leaf.what)

    copy_tree(value, look)
    return missing


# ---------------------------------------------------------------- results of several parts


def parts(result: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the datasets in a result, each with the name of the part it is.

    A result is a dataset, or a tuple, list, dictionary or object of several; the names of
    nested parts are joined by dots.

    Examples
    --------
    >>> import sidpy
    >>> data = sidpy.Dataset.from_array([1, 2])
    >>> [name for name, _ in parts((data, {"residual": data}))]
    ['0', '1.residual']
    """
    if isinstance(result, Labelled):
        yield name, result
        return
    for key, item in members(result):
        yield from parts(item, f"{name}.{key}" if name else str(key))


def members(result: Any) -> Iterable[tuple[Any, Any]]:
    """Return what a result consists of, with the names or numbers of its members."""
    if isinstance(result, Mapping):
        return result.items()
    if isinstance(result, tuple) and hasattr(result, "_fields"):
        return zip(result._fields, result, strict=True)
    if isinstance(result, list | tuple):
        return enumerate(result)
    if is_dataclass(result) and not isinstance(result, type):
        return [(field.name, getattr(result, field.name)) for field in fields(result)]
    return ()


def part_of(result: Any, name: str) -> Any:
    """Return the part of a result that `parts` gave this name.

    Raises
    ------
    KeyError
        When the result has no such part.
    """
    for found, dataset in parts(result):
        if found == name:
            return dataset
    msg = f"the result has no part {name!r}; it has {[found for found, _ in parts(result)]}"
    raise KeyError(msg)
