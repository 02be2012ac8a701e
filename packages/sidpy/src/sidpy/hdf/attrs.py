"""Attributes: how Python values lie in HDF5, and how they come back as text and numbers.

The storage types are those of the released packages, so that their readers go on working:
text is a scalar of variable length, a list with text is a row of fixed-length UTF-8 bytes,
a dictionary is a subgroup.  What an attribute cannot hold (more than 64 kB, objects, ragged
lists) is never dropped in silence: `put` says so and `write_simple_attrs` warns.
"""

from __future__ import annotations

import platform
import socket
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.__version__ import version
from sidpy._warnings import warn
from sidpy.base.string_utils import (
    get_time_stamp,
    validate_list_of_strings,
    validate_single_string_arg,
)

from .arrays import has_shared_bytes
from .attributes import attribute, attributes
from .objects import is_dataset, require

if TYPE_CHECKING:
    import h5py
    import numpy.typing as npt

__all__ = [
    "get_attr",
    "get_attributes",
    "write_book_keeping_attrs",
    "write_simple_attrs",
    "write_tree",
]


def get_attr(h5_object: h5py.Group | h5py.Dataset, attr_name: str) -> Any:
    """Return one attribute, text as str.

    Parameters
    ----------
    h5_object : h5py.File, h5py.Group or h5py.Dataset
        The object that carries the attribute.
    attr_name : str
        Its name; blanks around it do not count.

    Returns
    -------
    object
        A str, a NumPy scalar or an array; an array of byte strings comes as an array of str.

    Raises
    ------
    TypeError
        When `h5_object` is no HDF5 object or the name no str.
    ValueError
        When the name is blank.
    KeyError
        When there is no such attribute.
    """
    require("object", h5_object, "h5_object")
    stripped = validate_single_string_arg(attr_name, "attr_name")
    for name in (attr_name, stripped):
        if name in h5_object.attrs:
            return attribute(h5_object, name)
    msg = f"{attr_name!r} is not an attribute in {h5_object.name!r}"
    raise KeyError(msg)


def get_attributes(
    h5_object: h5py.Group | h5py.Dataset,
    attr_names: str | list[str] | tuple[str, ...] | None = None,
    strict: bool = False,  # noqa: ARG001, FBT001, FBT002 - accepted by the released package, with no effect
) -> dict[str, Any]:
    """Return several attributes, or all of them, text as str.

    Parameters
    ----------
    h5_object : h5py.File, h5py.Group or h5py.Dataset
        The object that carries the attributes.
    attr_names : str or list of str, optional
        Which; all when not given.
    strict : bool
        Without effect: a missing attribute always is an error.

    Raises
    ------
    TypeError
        When `h5_object` is no HDF5 object or a name no str.
    KeyError
        When one of the names is not there.
    """
    require("object", h5_object, "h5_object")
    if attr_names is None:
        return attributes(h5_object)
    names = validate_list_of_strings(attr_names, "attr_names")
    return {name: get_attr(h5_object, name) for name in names}


def write_book_keeping_attrs(h5_obj: h5py.Group | h5py.Dataset) -> None:
    """Note when, where and with which version an object was written.

    Writes the four text attributes ``machine_id``, ``platform``, ``timestamp`` and
    ``sidpy_version``.

    Raises
    ------
    TypeError
        When `h5_obj` is no HDF5 object.
    """
    require("object", h5_obj, "h5_obj")
    put_texts(h5_obj, book_keeping())


def book_keeping() -> dict[str, str]:
    """Return the four attributes that say when, where and with what an object was written."""
    return _machine() | {"timestamp": get_time_stamp(), "sidpy_version": version}


@cache
def _machine() -> dict[str, str]:
    # asking for the qualified name may wait for a name server: once per process is enough
    return {"machine_id": socket.getfqdn(), "platform": platform.platform()}


def write_simple_attrs(
    h5_obj: h5py.Group | h5py.Dataset,
    attrs: Mapping[Any, Any],
    force_to_str: bool = True,  # noqa: ARG001, FBT001, FBT002 - accepted by the released package, with no effect
    verbose: bool = False,  # noqa: FBT001, FBT002 - as in the released package
) -> None:
    """Write a dictionary onto an object: values as attributes, dictionaries as subgroups.

    Parameters
    ----------
    h5_obj : h5py.File, h5py.Group or h5py.Dataset
        Where to write; a dataset takes a flat dictionary only.
    attrs : dict
        What to write.  ``None`` is left out, a member of an Enum is written by its name, a
        date or time as ISO 8601 text.
    force_to_str : bool
        Without effect.
    verbose : bool
        Write ``str(value)`` in the place of a value that HDF5 cannot hold.

    Raises
    ------
    TypeError
        When `h5_obj` is no HDF5 object or `attrs` no dictionary.
    ValueError
        When a nested dictionary is to go onto a dataset.

    Warns
    -----
    UserWarning
        Naming the keys that are no str, and those whose value HDF5 cannot hold.
    """
    require("object", h5_obj, "h5_obj")
    if not isinstance(attrs, Mapping):
        msg = f"attrs should be a dictionary, found {type(attrs).__name__}"
        raise TypeError(msg)
    if is_dataset(h5_obj) and any(members(value) is not None for value in attrs.values()):
        msg = (
            "the dictionary for a dataset must be flat, this one is nested: "
            "flatten it with sidpy.base.dict_utils.flatten_dict first"
        )
        raise ValueError(msg)
    odd_keys = [key for key in attrs if not isinstance(key, str)]
    if odd_keys:
        warn(f"keys that are no str were turned into one: {odd_keys!r}")
    refused = write_tree(h5_obj, attrs, texts_instead=verbose)
    if refused:
        how = "were written as their str()" if verbose else "were not written"
        warn(
            f"HDF5 attributes cannot hold these values of {h5_obj.name!r}, they {how}: "
            + ", ".join(refused)
        )


def write_tree(
    h5_obj: h5py.Group | h5py.Dataset,
    tree: Mapping[Any, Any],
    *,
    texts_instead: bool = False,
) -> list[str]:
    """Write a nested dictionary and say what could not be written.

    Parameters
    ----------
    h5_obj : h5py.File, h5py.Group or h5py.Dataset
        Where to write.
    tree : dict
        What to write.
    texts_instead : bool
        Write ``str(value)`` for a value that an attribute cannot hold.

    Returns
    -------
    list of str
        The keys, joined by ``/``, of the values that an attribute cannot hold.

    Notes
    -----
    Works level by level without recursion: the depth of the tree does not matter.
    """
    refused: list[str] = []
    pending: list[tuple[Any, Mapping[Any, Any], str]] = [(h5_obj, tree, "")]
    while pending:
        target, level, where = pending.pop()
        for key, value in level.items():
            name = str(key).strip()
            inside = members(value)
            if inside is None:
                stored = put(target, name, value)
                if not stored and texts_instead:
                    put(target, name, str(value))
            else:
                group = _subgroup(target, name)
                stored = group is not None
                pending += [(group, inside, f"{where}{name}/")] if stored else []
            if not stored:
                refused.append(where + name)
    return refused


def members(value: Any) -> Mapping[Any, Any] | None:
    """Return what of a value becomes a subgroup: a dictionary, or a list that holds one."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        return {str(i): item for i, item in enumerate(value)}
    return None


def _subgroup(parent: Any, name: str) -> Any:
    if "\0" in name or not all(part.strip(".") for part in name.split("/")):
        return None  # HDF5 ends a name at a NUL; "/a" and "../a" would lead out of the parent
    try:
        return parent.require_group(name)
    except (TypeError, ValueError):  # the name is taken by a dataset
        return None


def put(h5_obj: Any, name: str, value: Any) -> bool:
    """Write one value as an attribute; return whether HDF5 could hold it.

    ``None`` is left out and counts as held.
    """
    if value is None:
        return True
    if not name or "\0" in name:
        return False
    try:
        plain = plain_value(value)
        if isinstance(plain, str):
            put_texts(h5_obj, {name: plain})
        else:
            h5_obj.attrs[name] = plain
    except (TypeError, ValueError, OverflowError):
        return False
    except (OSError, RuntimeError, KeyError):
        # HDF5 itself refuses, usually because the value is larger than 64 kB; anything
        # else, such as a file that cannot be written, is not about this value
        if h5_obj.file.mode == "r":
            raise
        return False
    return True


def plain_value(value: Any) -> Any:
    """Return a value in the form in which h5py stores it."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, str | np.datetime64):
        return str(value)
    if isinstance(value, np.ndarray):
        return _plain_array(value)
    return _plain_list(value) if isinstance(value, list | tuple) else value


def _plain_array(values: npt.NDArray[Any]) -> Any:
    if has_shared_bytes(values.dtype):  # h5py would read beyond their end
        msg = f"fields of {values.dtype} share bytes"
        raise TypeError(msg)
    if values.dtype.kind == "U":
        return np.char.encode(values, "utf-8")
    if values.dtype.kind == "O":
        flat = _plain_list([*values.flat])
        return flat.reshape(values.shape) if isinstance(flat, np.ndarray) else values
    return values


def _plain_list(values: list[Any] | tuple[Any, ...]) -> Any:
    for item in values:
        if isinstance(item, np.ndarray | np.void):
            _plain_array(np.asarray(item))
    if not any(isinstance(item, str | bytes) for item in values):
        return values
    if any(isinstance(item, list | tuple | np.ndarray) for item in values):
        msg = "a ragged list"
        raise TypeError(msg)
    texts = [item if isinstance(item, bytes) else str(item).encode() for item in values]
    return np.array(texts, dtype=np.bytes_)


def put_texts(h5_obj: Any, texts: Mapping[str, str]) -> None:
    """Write text attributes: scalars of variable length, UTF-8.

    Raises
    ------
    ValueError
        When a text holds a NUL character, at which HDF5 would end it.

    Notes
    -----
    Goes below h5py's attribute interface, which takes five times as long: a dataset has
    thirty of them.  Nearly all are new, so that none is looked for before.
    """
    from h5py import h5a

    owner = h5_obj.id
    dtype, kind, scalar = _text_type()
    buffer = np.empty((), dtype)
    for name, text in texts.items():
        if "\0" in text or "\0" in name:
            msg = f"HDF5 cannot hold the NUL character in the text of {name!r}"
            raise ValueError(msg)
        key = name.encode()
        text.encode()  # a lone surrogate is refused here, before anything is created
        buffer[()] = text
        try:
            attribute = h5a.create(owner, key, kind, scalar)
        except (OSError, RuntimeError, ValueError):
            if not h5a.exists(owner, key):
                raise
            h5a.delete(owner, key)
            attribute = h5a.create(owner, key, kind, scalar)
        attribute.write(buffer)


def put_text_array(h5_obj: Any, name: str, texts: Sequence[str]) -> None:
    """Write one attribute of several texts: a row of variable length, UTF-8."""
    from h5py import h5a, h5s

    dtype, kind, _ = _text_type()
    key = name.encode()
    if h5a.exists(h5_obj.id, key):
        h5a.delete(h5_obj.id, key)
    space = h5s.create_simple((len(texts),))
    h5a.create(h5_obj.id, key, kind, space).write(np.array(texts, dtype))


@cache
def _text_type() -> tuple[Any, Any, Any]:
    import h5py
    from h5py import h5s, h5t

    dtype = h5py.string_dtype()
    return dtype, h5t.py_create(dtype, logical=True), h5s.create(h5s.SCALAR)
