"""The small things of a NeXus entry as a nested dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sidpy.hdf.attributes import attributes, decode
from sidpy.hdf.objects import is_group

from .links import MOST_OBJECTS

if TYPE_CHECKING:
    from .links import Walk

__all__ = ["tree"]

#: Longest array that is taken for metadata.
_LONGEST: Final = 256
#: Groups in groups that are looked into.
_DEEPEST: Final = 12


def tree(start: Any, walk: Walk) -> dict[str, Any]:
    """Return what a group says in texts, numbers and short arrays.

    Parameters
    ----------
    start : h5py.Group
        The group.
    walk : Walk
        The way through its file.

    Returns
    -------
    dict
        Members by name, groups as dictionaries, and attributes with an ``@`` before their
        name.  A dataset with attributes is a dictionary with ``value``.
    """
    left = [MOST_OBJECTS]
    return _tree(start, walk, left, 0)


def _tree(group: Any, walk: Walk, left: list[int], depth: int) -> dict[str, Any]:
    result = _attributes(group)
    for name, item in walk.members(group):
        left[0] -= 1
        if left[0] < 0:
            break
        if is_group(item):
            found = _tree(item, walk, left, depth + 1) if depth < _DEEPEST else {}
            if found:
                result[name] = found
        elif item.shape is not None and item.size <= _LONGEST:
            result[name] = _value(item)
    return result


def _attributes(item: Any) -> dict[str, Any]:
    return {f"@{name}": value for name, value in attributes(item).items()}


def _value(dataset: Any) -> Any:
    value = decode(dataset[()])
    notes = _attributes(dataset)
    return {"value": value, **notes} if notes else value
