"""Any selection from numbers that can be read in slices only.

A file gives slices with a positive step quickly and little else.  Lists, masks and
negative steps are made of what slices give: each axis on its own (*outer* indexing, as in
dask), so that ``x[[0, 2], [1, 5]]`` has four values and not two.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

__all__ = ["by_axis", "take_outer"]

#: A list is read as one slice when it takes at least one value out of so many.
_SPARSE: Final = 4


def by_axis(index: Any, shape: Sequence[int]) -> list[Any]:
    """Return an index as one integer, slice or array of positions for each axis.

    Raises
    ------
    IndexError
        For more entries than axes, positions outside of an axis, and what is no index.
    """
    entries = list(index) if isinstance(index, tuple) else [index]
    dots = [i for i, entry in enumerate(entries) if entry is Ellipsis]
    if len(entries) - len(dots) > len(shape) or len(dots) > 1:
        msg = f"{index!r} does not fit an array of shape {tuple(shape)}"
        raise IndexError(msg)
    at = dots[0] if dots else len(entries)
    rest = [slice(None)] * (len(shape) - len(entries) + len(dots))
    entries = entries[:at] + rest + entries[at + 1 :]
    return [
        _positions(entry, length, axis)
        for axis, (entry, length) in enumerate(zip(entries, shape, strict=True))
    ]


def _positions(entry: Any, length: int, axis: int) -> Any:
    """Return one entry with positions that count from the beginning."""
    if isinstance(entry, slice):
        return slice(*entry.indices(length))
    array = np.asarray(entry)
    if array.dtype == np.bool_ and array.shape == (length,):
        return np.flatnonzero(array)
    if not array.size and array.ndim == 1:
        return np.zeros(0, np.intp)
    if array.ndim > 1 or array.dtype.kind not in "iu":
        msg = f"axis {axis} of length {length} cannot be indexed by {entry!r}"
        raise IndexError(msg)
    if array.min() < -length or array.max() >= length:
        msg = f"{entry!r} is out of bounds for axis {axis} of length {length}"
        raise IndexError(msg)
    return operator.index(array[()]) % length if not array.ndim else array % length


def take_outer(
    read: Callable[[tuple[Any, ...]], npt.NDArray[Any]], entries: Sequence[Any]
) -> npt.NDArray[Any]:
    """Return a selection, axis by axis, of numbers that are read in slices.

    Parameters
    ----------
    read : function of a tuple of integers and slices with positive steps
        Reads a part and drops the axes of integers.
    entries : sequence
        As `by_axis` returns them.

    Examples
    --------
    >>> numbers = np.arange(12).reshape(3, 4)
    >>> take_outer(lambda place: numbers[place], by_axis(([2, 0], slice(None, None, -3)), (3, 4)))
    array([[11,  8],
           [ 3,  0]])
    """
    for axis, entry in enumerate(entries):
        runs = _runs(entry)
        if runs is not None:
            return _joined(read, entries, axis, runs)
    pairs = [_covering(entry) for entry in entries]
    found = read(tuple(place for place, _ in pairs))
    kept = [inside for place, inside in pairs if isinstance(place, slice)]
    for axis, inside in enumerate(kept):
        if inside is not None:
            found = found[(slice(None),) * axis + (inside,)]
    return found


def _covering(entry: Any) -> tuple[Any, Any]:
    """Return a slice that covers an entry, and which part of it the entry is; None is all."""
    if isinstance(entry, slice):
        count = len(range(entry.start, entry.stop, entry.step))
        if not count:
            return slice(0, 0), None
        last = entry.start + (count - 1) * entry.step
        if entry.step > 0:
            return slice(entry.start, last + 1, entry.step), None
        return slice(last, entry.start + 1, -entry.step), slice(None, None, -1)
    if isinstance(entry, np.ndarray):
        if not entry.size:
            return slice(0, 0), None
        low = int(entry.min())
        return slice(low, int(entry.max()) + 1), entry - low
    return entry, None


def _runs(entry: Any) -> npt.NDArray[Any] | None:
    """Return where the pieces of a list begin and end that is too sparse for one slice."""
    if not isinstance(entry, np.ndarray) or entry.size < 2:
        return None
    if int(entry.max()) - int(entry.min()) < _SPARSE * entry.size:
        return None
    places = np.unique(entry)
    breaks = np.flatnonzero(np.diff(places) > _SPARSE)
    starts = places[np.concatenate(([0], breaks + 1))]
    stops = places[np.concatenate((breaks, [places.size - 1]))] + 1
    return np.stack((starts, stops), axis=1) if starts.size > 1 else None


def _joined(read: Any, entries: Sequence[Any], axis: int, runs: Any) -> npt.NDArray[Any]:
    """Read the pieces of a sparse list one after the other."""
    at = sum(not isinstance(entry, int) for entry in entries[:axis])
    pieces = [
        take_outer(read, [*entries[:axis], slice(int(low), int(high), 1), *entries[axis + 1 :]])
        for low, high in runs
    ]
    begins = np.cumsum([0, *(runs[:, 1] - runs[:, 0])])[:-1]
    wanted = entries[axis]
    which = np.searchsorted(runs[:, 0], wanted, side="right") - 1
    places = begins[which] + (wanted - runs[which, 0])
    return np.concatenate(pieces, axis=at)[(slice(None),) * at + (places,)]
