"""Attributes read below h5py's own interface, which takes several times as long.

A dataset has thirty attributes, nearly all of them texts, and a file may have a thousand
datasets.  What is a text or a number is read here; everything else is left to h5py.  Before
texts and references are read, the heaps they lie in are looked at (`heap_guard`).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.base.heap_guard import require_sound

from .damage import DAMAGE, is_deadly

if TYPE_CHECKING:
    from collections.abc import Iterable

    import h5py

__all__ = ["attribute", "attribute_or", "attributes", "decode", "texts", "texts_of_axes"]

#: Bytes that a text of variable length takes where it is pointed to.
_POINTER: Final = 16


def decode(value: Any) -> Any:
    """Return what h5py read with every byte string as str; other values unchanged."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "S":
            return np.char.decode(value, "utf-8", "surrogateescape")
        if value.dtype.kind == "O" and any(isinstance(item, bytes) for item in value.flat):
            flat = [decode(item) for item in value.flat]
            return np.array(flat, dtype=object).reshape(value.shape)
    return value


def attribute(h5_object: h5py.Group | h5py.Dataset, name: str) -> Any:
    """Return one attribute, text as str.

    Raises
    ------
    KeyError
        When there is none of that name; whatever h5py raises on damage.
    CorruptFile
        When HDF5 would not survive reading it.
    """
    from h5py import h5a

    found = h5a.open(h5_object.id, _key(name))
    require_sound(h5_object.id)
    return _value(h5_object, name, found)


def attribute_or(h5_object: h5py.Group | h5py.Dataset, name: str, default: Any = None) -> Any:
    """Return one attribute, text as str; `default` where there is none.

    Raises
    ------
    CorruptFile
        When HDF5 would not survive reading it; whatever h5py raises on damage.
    """
    return attribute(h5_object, name) if name in h5_object.attrs else default


def attributes(h5_object: h5py.Group | h5py.Dataset) -> dict[str, Any]:
    """Return all attributes of an object, text as str.

    Raises
    ------
    CorruptFile
        When HDF5 would not survive reading them; whatever h5py raises on damage.
    """
    from h5py import h5a

    owner = h5_object.id
    require_sound(owner)
    return {name: _value(h5_object, name, h5a.open(owner, _key(name))) for name in h5_object.attrs}


def texts(object_id: Any, names: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return attributes that should be texts, and why others are none.

    Parameters
    ----------
    object_id : h5py.h5g.GroupID or h5py.h5d.DatasetID
        The object.
    names : iterable of str
        Names of attributes.

    Returns
    -------
    tuple of dict and dict
        The texts, and what is wrong, by name.

    Raises
    ------
    CorruptFile
        When HDF5 would not survive reading them.
    """
    require_sound(object_id)
    found, wrong = {}, {}
    for name in names:
        try:
            found[name] = _one_text(object_id, _key(name))
        except DAMAGE as error:
            is_absent = isinstance(error, KeyError) and not _exists(object_id, _key(name))
            wrong[name] = "is missing" if is_absent else f"cannot be read: {error}"
        else:
            if found[name] is None:
                wrong[name] = "is no text"
    return {name: text for name, text in found.items() if text is not None}, wrong


def _one_text(object_id: Any, key: bytes) -> str | None:
    """Return an attribute that is a text, None when it is something else."""
    import h5py  # which is quicker than from it: there are thousands of attributes

    found = h5py.h5a.open(object_id, key)
    kind = found.get_type()
    return _text(found, kind) if isinstance(kind, h5py.h5t.TypeStringID) else None


def _exists(object_id: Any, key: bytes) -> bool:
    from h5py import h5a

    try:
        return bool(h5a.exists(object_id, key))
    except DAMAGE:
        return True


def texts_of_axes(object_id: Any, found: Any, count: int) -> list[str]:
    """Return an attribute that is one text for each axis, "" where there is none.

    Parameters
    ----------
    object_id : h5py.h5d.DatasetID
        The dataset.
    found : h5py.h5a.AttrID
        Its attribute.
    count : int
        Number of axes.
    """
    kind = found.get_type()
    if not kind.is_variable_str():
        buffer = np.zeros(count, f"S{kind.get_size()}")
        found.read(buffer)
    else:
        require_sound(object_id)
        dtype, memory = _memory_type(kind.get_cset())
        buffer = np.zeros(count, dtype)
        found.read(buffer, mtype=memory)
    return [str(decode(text)) if text else "" for text in buffer.tolist()]


def _value(h5_object: Any, name: str, found: Any) -> Any:
    import h5py

    kind = found.get_type()
    if isinstance(kind, h5py.h5t.TypeStringID):
        text = _text(found, kind) if found.shape == () else None
        return decode(h5_object.attrs[name]) if text is None else text
    if type(kind) in _numbers() and found.shape == () and found.get_storage_size():
        number = np.empty((), kind.dtype)
        found.read(number)
        return number[()]
    if is_deadly(kind):
        msg = f"the attribute {name!r} is of a type that HDF5 does not know"
        raise TypeError(msg)
    return decode(h5_object.attrs[name])


@cache
def _numbers() -> tuple[type, ...]:
    from h5py import h5t

    return h5t.TypeIntegerID, h5t.TypeFloatID


def _text(found: Any, kind: Any) -> str | None:
    """Return the text of an attribute, None when there is not one."""
    size = found.get_storage_size()
    if not kind.is_variable_str():
        if size != kind.get_size():
            return None
        buffer = np.zeros((), f"S{size}")
        found.read(buffer)
    elif size != _POINTER:
        return None
    else:
        dtype, memory = _memory_type(kind.get_cset())
        buffer = np.zeros((), dtype)
        found.read(buffer, mtype=memory)
    return str(decode(buffer[()] or b""))


@cache
def _memory_type(charset: int) -> tuple[Any, Any]:
    """Return the types of texts of variable length in memory."""
    import h5py
    from h5py import h5t

    dtype = h5py.string_dtype("ascii" if charset == h5t.CSET_ASCII else "utf-8")
    return dtype, h5t.py_create(dtype)


def _key(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
