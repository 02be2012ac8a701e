"""Nested dictionaries of metadata: flattened for file formats with flat attributes, and back."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from sidpy.base.string_utils import validate_single_string_arg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "flatten_dict",
    "merge_dicts",
    "nest_dict",
    "nested_dict_from_flattened_key",
    "print_nested_dict",
    "validate_single_string_arg",
]

#: Key of a value that stands where another entry needs a dictionary.
_VALUE = "value"


def flatten_dict(nested_dict: Mapping[Any, Any], separator: str = "-") -> dict[str, Any]:
    """Flatten a nested dictionary, joining the keys.

    Parameters
    ----------
    nested_dict : dict
        Dictionaries of any depth. A list of dictionaries becomes entries
        ``dim-<key>-<position>``; where two such lists share a key, the later one is
        written under the key of its list, so that nothing is overwritten.
    separator : str
        What stands between the keys. Where it occurs inside a key it becomes ``_``
        (``-`` when the separator itself is ``_``).

    Returns
    -------
    dict
        One level, keys str. Values of type bytes are left out.

    Raises
    ------
    TypeError
        When the first is not a dict or the separator not a str.
    ValueError
        When the separator is blank.

    Examples
    --------
    >>> flatten_dict({"stage": {"x": 1, "y": 2}, "dose": 3})
    {'stage-x': 1, 'stage-y': 2, 'dose': 3}
    """
    if not isinstance(nested_dict, dict):
        msg = f"nested_dict should be a dict, not {type(nested_dict).__name__}"
        raise TypeError(msg)
    separator = validate_single_string_arg(separator, "separator")
    flat: dict[str, Any] = {}
    for path, value in _leaves(nested_dict, ()):
        flat[_free_key(path, separator, flat)] = value
    return flat


def _leaves(
    nested: Mapping[Any, Any], path: tuple[str, ...]
) -> Iterator[tuple[tuple[tuple[str, ...], ...], Any]]:
    """Yield (addresses in order of preference, value) of every leaf."""
    for key, value in nested.items():
        here = (*path, str(key))
        if isinstance(value, dict):
            yield from _leaves(value, here)
        elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
            yield from _list_leaves(value, here)
        elif not isinstance(value, bytes):
            yield (here,), value


def _list_leaves(
    items: list[Any], path: tuple[str, ...]
) -> Iterator[tuple[tuple[tuple[str, ...], ...], Any]]:
    """Yield the leaves of a list with dictionaries in it."""
    for position, item in enumerate(items):
        if not isinstance(item, dict):
            yield ((*path, str(position)),), item
            continue
        for addresses, value in _leaves(item, ()):
            name, *deeper = addresses[-1]
            rest = (name, str(position), *deeper)
            yield (("dim", *rest), (*path, *rest)), value


def _free_key(
    addresses: tuple[tuple[str, ...], ...], separator: str, taken: Mapping[str, Any]
) -> str:
    """Return the first address that is not taken, numbered when all are."""
    substitute = "-" if separator == "_" else "_"
    keys = [
        separator.join(part.replace(separator, substitute) for part in address)
        for address in addresses
    ]
    for key in keys:
        if key not in taken:
            return key
    number = 2
    while f"{keys[-1]}{substitute}{number}" in taken:
        number += 1
    return f"{keys[-1]}{substitute}{number}"


def nest_dict(flat_dict: Mapping[str, Any], separator: str = "-") -> Any:
    """Rebuild the nested dictionary that `flatten_dict` flattened.

    Parameters
    ----------
    flat_dict : dict
        One level, keys str.
    separator : str
        What stands between the keys.

    Returns
    -------
    dict or (dict, dict)
        The nested dictionary. Where one entry is both a value and a dictionary, the
        value stands in it under ``"value"``. Entries for which even that is taken come
        back in a second dictionary, under their flat keys.

    Raises
    ------
    AttributeError
        When the argument is not a dictionary.
    TypeError
        When a key is not a str.

    Examples
    --------
    >>> nest_dict({"a": 1, "a-c": 2})
    {'a': {'value': 1, 'c': 2}}
    """
    nested: dict[str, Any] = {}
    conflicts: dict[str, Any] = {}
    for key, value in flat_dict.items():
        try:
            merge_dicts(nested, nested_dict_from_flattened_key({key: value}, separator))
        except ValueError:
            conflicts[key] = value
    return (nested, conflicts) if conflicts else nested


def nested_dict_from_flattened_key(
    single_pair: Mapping[str, Any], separator: str = "-"
) -> dict[str, Any]:
    """Nest one entry with a joined key.

    Raises
    ------
    TypeError
        When the argument is not a dict or its key not a str.
    ValueError
        When it does not hold exactly one entry.

    Examples
    --------
    >>> nested_dict_from_flattened_key({"a-b": 1})
    {'a': {'b': 1}}
    """
    if not isinstance(single_pair, dict):
        msg = f"Expected dict. Provided object of type: {type(single_pair)}"
        raise TypeError(msg)
    if len(single_pair) != 1:
        msg = f"expected exactly one entry, got {len(single_pair)}"
        raise ValueError(msg)
    [(key, value)] = single_pair.items()
    if not isinstance(key, str):
        msg = f"Key for provided dict not string and is instead: {type(key)}"
        raise TypeError(msg)
    for part in reversed(key.split(separator)):
        value = {part: value}
    return dict(value)


def merge_dicts(
    left: dict[str, Any], right: Mapping[str, Any], path: list[str] | None = None
) -> dict[str, Any]:
    """Merge the second dictionary into the first, in place.

    Parameters
    ----------
    left, right : dict
        Nested dictionaries. Where one holds a value and the other a dictionary, the
        value goes into the dictionary under ``"value"``.
    path : list of str, optional
        Keys above the two, for the message.

    Returns
    -------
    dict
        `left`.

    Raises
    ------
    ValueError
        When both hold different values at one place; nothing has been merged then.
    """
    conflict = _conflict(left, right, tuple(path or ()))
    if conflict is not None:
        raise ValueError(conflict)
    for key, value in right.items():
        if key not in left:
            left[key] = _own(value)
        elif isinstance(left[key], dict):
            merge_dicts(left[key], _as_dict(value))
        elif isinstance(value, dict):
            left[key] = merge_dicts({_VALUE: left[key]}, value)
    return left


def _conflict(
    left: Mapping[str, Any], right: Mapping[str, Any], path: tuple[str, ...]
) -> str | None:
    """Return the first place where the two cannot be merged, as a sentence."""
    for key, theirs in right.items():
        if key not in left:
            continue
        ours, here = left[key], (*path, key)
        if isinstance(ours, dict) or isinstance(theirs, dict):
            found = _conflict(_as_dict(ours), _as_dict(theirs), here)
        elif _equal(ours, theirs):
            found = None
        else:
            found = f"Conflict at {'|'.join(here)}: {ours!r} cannot be merged with {theirs!r}"
        if found is not None:
            return found
    return None


def _as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {_VALUE: value}


def _own(value: Any) -> Any:
    """Copy the dictionaries of a value, so that later merging leaves its owner's alone."""
    if not isinstance(value, dict):
        return value
    return {key: _own(inner) for key, inner in value.items()}


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        return np.array_equal(left, right)
    return bool(left == right)


def print_nested_dict(
    nested_dict: Mapping[Any, Any], level: int = 0, file: TextIO | None = None
) -> None:
    """Print ``key : value`` per line, deeper levels indented by tabs.

    Parameters
    ----------
    nested_dict : dict
        What to print.
    level : int
        Tabs before the outermost level.
    file : text stream, optional
        Where to; standard output by default.

    Raises
    ------
    TypeError
        When it is not a dict.
    """
    if not isinstance(nested_dict, dict):
        msg = f"nested_dict should be a dict. Provided object was: {type(nested_dict)}"
        raise TypeError(msg)
    stream = sys.stdout if file is None else file
    for key, value in nested_dict.items():
        if isinstance(value, dict):
            stream.write("\t" * level + f"{key} :\n")
            print_nested_dict(value, level + 1, stream)
        else:
            stream.write("\t" * level + f"{key} : {value}\n")
