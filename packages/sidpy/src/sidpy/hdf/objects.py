"""What kind of HDF5 object one holds, and the sentence to say when it is the wrong kind."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    import h5py

__all__ = [
    "file_of", "is_dataset", "is_group", "is_object", "last_name", "parent_of", "require",
    "require_text", "unnamed_group",
]  # fmt: skip


def is_dataset(value: object) -> TypeGuard[h5py.Dataset]:
    """Whether `value` is an open or closed `h5py.Dataset`."""
    import h5py

    return isinstance(value, h5py.Dataset)


def is_group(value: object) -> TypeGuard[h5py.Group]:
    """Whether `value` is a `h5py.Group` or a `h5py.File`, which also is a group."""
    import h5py

    return isinstance(value, h5py.Group)


def is_object(value: object) -> TypeGuard[h5py.Group | h5py.Dataset]:
    """Whether `value` is a file, a group or a dataset of HDF5."""
    return is_group(value) or is_dataset(value)


#: The kinds an argument may have to be, and how a message names them.
_KINDS = {
    "dataset": (is_dataset, "a h5py.Dataset object"),
    "group": (is_group, "a h5py.File or h5py.Group object"),
    "object": (is_object, "a h5py.Dataset, h5py.Group or h5py.File object"),
}


def require(kind: str, value: Any, argument: str) -> None:
    """Refuse `value` unless it is of the kind of HDF5 object asked for.

    Parameters
    ----------
    kind : {"dataset", "group", "object"}
        The kind; an object is any of a file, a group and a dataset.
    value : object
        What was handed over.
    argument : str
        How the caller's parameter is called.

    Raises
    ------
    TypeError
        When it is something else.
    """
    fits, words = _KINDS[kind]
    if not fits(value):
        msg = f"{argument} should be {words}, found {type(value).__name__}"
        raise TypeError(msg)


def require_text(value: object, argument: str) -> None:
    """Refuse a name that is no str.

    Raises
    ------
    TypeError
        When it is something else.
    """
    if not isinstance(value, str):
        msg = f"{argument} should be a string, found {value!r}"
        raise TypeError(msg)


def file_of(h5_object: h5py.Group | h5py.Dataset) -> str:
    """Return the path of the file of an object, as it was given when it was opened."""
    from h5py import h5f

    return os.fsdecode(h5f.get_name(h5_object.id))


def last_name(h5_object: h5py.Group | h5py.Dataset) -> str:
    """Return the last part of the address of an object; blank for a file."""
    return str(h5_object.name or "").rpartition("/")[2]


def parent_of(h5_object: h5py.Group | h5py.Dataset, name: str = "") -> h5py.Group:
    """Return the group in which an object lies, in a third of the time that h5py takes.

    Parameters
    ----------
    h5_object : h5py.Group or h5py.Dataset
        The object.
    name : str
        Its address, where that is known already.
    """
    import h5py
    from h5py import h5o

    place = (name or h5_object.name).rpartition("/")[0] or "/"
    return h5py.Group(h5o.open(h5_object.id, place.encode()))


def unnamed_group(parent: h5py.Group) -> h5py.Group:
    """Return a new group in the file of `parent`, which is lost unless it is given a name."""
    import h5py

    return h5py.Group(h5py.h5g.create(parent.id, None))
