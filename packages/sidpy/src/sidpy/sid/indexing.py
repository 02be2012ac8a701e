"""Taking a part of a dataset: integers, slices, lists, masks, ``...`` and ``None``.

The axes of the part are the same parts of the axes.  Only one list or mask at a time, as
in dask; a mask of more than one dimension would leave no axes and is refused.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._dask import Array, plain
from .labels import keep, select
from .locating import by_position
from .operators import new_title

__all__ = ["is_simple_list", "take_part"]

Picks = list[tuple[int | None, Any]]


def take_part(dataset: Any, index: Any) -> Any:
    """Return ``dataset[index]`` with its labels.

    Raises
    ------
    IndexError
        For a position outside an axis or more indices than axes.
    NotImplementedError
        For a mask of more than one dimension.
    TypeError
        For anything that is no index.
    """
    labels, x = dataset.labels_record, plain(dataset)
    if x.dtype.names is None:
        index = by_position(index, labels.dimensions)
    if _is_field(index):
        if x.dtype.names is None:
            msg = (
                f"a dataset is sliced by position, not by name, found {index!r}; the dimension of "
                "that name is an attribute"
            )
            raise TypeError(msg)
        labels = keep(labels, title=new_title(labels))
        return dataset.labelled(
            x[index], labels, "getitem", inputs=[dataset], parameters={"field": index}
        )
    index, picks = resolve(index, x.ndim)
    errors = None if labels.variance is None else labels.variance[index]
    labels = select(labels, picks, title=new_title(labels), variance=errors)
    return dataset.labelled(
        x[index], labels, "getitem", inputs=[dataset], parameters={"index": index}
    )


def _is_field(index: Any) -> bool:
    return isinstance(index, str) or (
        isinstance(index, list) and bool(index) and all(isinstance(i, str) for i in index)
    )


def resolve(index: Any, ndim: int) -> tuple[tuple[Any, ...], Picks]:
    """Return an index with one entry per axis, and where each axis of the result comes from."""
    entries = [_entry(entry) for entry in (index if isinstance(index, tuple) else (index,))]
    entries = _without_ellipsis(entries, ndim)
    picks: Picks = []
    axis = 0
    for entry in entries:
        if entry is None:
            picks.append((None, None))
            continue
        if not isinstance(entry, int):
            picks.append((axis, entry))
        axis += 1
    return tuple(entries), picks


def _entry(entry: Any) -> Any:
    """Return one part of an index as None, Ellipsis, int, slice or array of one dimension."""
    if entry is None or entry is Ellipsis or isinstance(entry, slice):
        return entry
    if isinstance(entry, int | np.integer) and not isinstance(entry, bool):
        return int(entry)
    if isinstance(entry, Array) and entry.ndim != 1:
        msg = (
            f"a mask of {entry.ndim} dimensions leaves no axes to label; use "
            "np.where(mask, ds, np.nan) to keep the shape, or ds.compute()[mask] for the values"
        )
        raise NotImplementedError(msg)
    array = np.asarray(entry)
    if array.ndim != 1 or array.dtype.kind not in "biu":
        if array.dtype.kind == "b":
            msg = f"a mask of {array.ndim} dimensions leaves no axes to label"
            raise NotImplementedError(msg)
        if array.size:
            msg = f"an index is an integer, a slice, a list of integers or a mask, found {entry!r}"
            raise TypeError(msg)
        array = array.astype(int)
    return array


def _without_ellipsis(entries: list[Any], ndim: int) -> list[Any]:
    """Return the entries with slices where ``...`` stood and for the axes not mentioned."""
    used = sum(entry is not None and entry is not Ellipsis for entry in entries)
    where = [i for i, entry in enumerate(entries) if entry is Ellipsis]
    if used > ndim:
        msg = f"too many indices: the dataset has {ndim} dimensions, found {used} indices"
        raise IndexError(msg)
    if len(where) > 1:
        msg = "an index can have only one ellipsis (...)"
        raise IndexError(msg)
    rest = [slice(None)] * (ndim - used)
    if where:
        return entries[: where[0]] + rest + entries[where[0] + 1 :]
    return entries + rest


def is_simple_list(lst: Any) -> bool:
    """Whether a list holds something that can be indexed itself: text, lists, arrays.

    The released package's answer, which is not what the name says.
    """
    return isinstance(lst, list) and any(hasattr(item, "__getitem__") for item in lst)
