"""Nested dictionaries and lists: copied and compared, however deep they are.

Metadata of real files nest hundreds of levels, where a function that calls itself ends in
a RecursionError; everything here keeps its own list of what is still to be done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import LabelValueError

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["copy_tree", "same_tree"]

#: A value nested deeper than this contains itself.
_TOO_DEEP: Final = 20_000

#: Types of most leaves, which cannot change.
_PLAIN: Final = frozenset({str, int, float, bool, bytes, type(None)})


def copied_leaf(value: Any) -> Any:
    """Return a copy of what is no dictionary, list or tuple; what cannot change is shared."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if value is None or isinstance(value, str | int | float | bytes | complex | np.generic):
        return value
    if hasattr(value, "__dask_graph__"):
        return value
    from copy import deepcopy

    return deepcopy(value)


def copy_tree(value: Any, leaf: Callable[[Any], Any] = copied_leaf) -> Any:
    """Copy nested dictionaries, lists and tuples.

    Parameters
    ----------
    value : object
        What to copy; a mapping of any kind becomes a dict.
    leaf : function
        Returns what stands in the copy for what is none of these.

    Raises
    ------
    LabelValueError
        When the value contains itself.

    Examples
    --------
    >>> tree = {"a": [1, (2, [3])]}
    >>> twin = copy_tree(tree)
    >>> twin["a"][1][1].append(4)
    >>> tree
    {'a': [1, (2, [3])]}
    """
    top: dict[Any, Any] = {}
    tuples: list[tuple[Any, Any, list[Any]]] = []
    waiting: list[tuple[Any, Any, Any, int]] = [(value, top, None, 0)]
    while waiting:
        item, parent, key, depth = waiting.pop()
        if leaf is copied_leaf and type(item) in _PLAIN:  # as most are
            parent[key] = item
            continue
        if type(item) is dict or isinstance(item, Mapping):
            parent[key] = copy = dict.fromkeys(item)
            members: Iterator[tuple[Any, Any]] = iter(item.items())
        elif isinstance(item, list | tuple):
            copy = [None] * len(item)  # type: ignore[assignment]
            parent[key] = copy
            members = enumerate(item)
            if isinstance(item, tuple):
                tuples.append((parent, key, copy))  # type: ignore[arg-type]
        else:
            parent[key] = leaf(item)
            continue
        if depth > _TOO_DEEP:
            msg = f"the value is nested more than {_TOO_DEEP} deep: does it contain itself?"
            raise LabelValueError(msg)
        waiting += [(member, copy, name, depth + 1) for name, member in members]
    for parent, key, items in reversed(tuples):  # the inner before the outer
        parent[key] = tuple(items)
    return top[None]


def same_tree(one: Any, two: Any) -> bool:
    """Whether two nested values are equal, type for type, in every member and array.

    Examples
    --------
    >>> same_tree({"a": [1, np.array([2.0, np.nan])]}, {"a": [1, np.array([2.0, np.nan])]})
    True
    >>> same_tree({"a": 1}, {"a": 1.0})
    False
    """
    waiting = [(one, two)]
    while waiting:
        left, right = waiting.pop()
        if left is right:
            continue
        if type(left) is not type(right) and _kind(left) is not _kind(right):
            return False
        if isinstance(left, Mapping):
            if left.keys() != right.keys():
                return False
            waiting += [(item, right[key]) for key, item in left.items()]
        elif isinstance(left, list | tuple):
            if len(left) != len(right):
                return False
            waiting += zip(left, right, strict=True)
        elif not _same_leaf(left, right):
            return False
    return True


def _kind(value: Any) -> type:
    """Return the type of a value, or the one that its type only adds a memory to."""
    kind: type = getattr(type(value), "stands_for", type(value))
    return kind


def _same_leaf(left: Any, right: Any) -> bool:
    if hasattr(left, "__dask_graph__"):
        return bool(getattr(left, "name", left) == getattr(right, "name", right))
    if isinstance(left, np.ndarray):
        return left.dtype == right.dtype and _same_array(left, right)
    try:
        return bool(left == right) or bool(left != left and right != right)  # noqa: PLR0124 - NaN
    except ArithmeticError:  # a signalling NaN is compared with nothing
        return repr(left) == repr(right)
    except (TypeError, ValueError):  # objects that compare element by element, or not at all
        return False


def _same_array(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> bool:
    if left.shape != right.shape:
        return False
    if left.dtype.kind == "O":
        return same_tree(left.ravel().tolist(), right.ravel().tolist())
    if left.dtype.names is not None:
        return all(_same_array(left[name], right[name]) for name in left.dtype.names)
    return np.array_equal(left, right, equal_nan=left.dtype.kind in "fcmM")
