"""Numbers of a file that are read as they are, without a graph of dask's in between.

A dataset that was opened and perhaps cut is a block of a file: dask would build, optimise
and order a graph for it, read the block in pieces and put these together again.  For a small
file that takes longer than all the rest, for a large one twice its memory.  So an array
remembers from which source it was made and which part of it it is; `Dataset.compute` asks
here first.  Whatever else happens to an array makes another one, which remembers nothing.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import dask
import numpy as np
import numpy.typing as npt
from dask.array import Array
from dask.base import get_scheduler
from dask.callbacks import Callback

from .runs import entries_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["read", "remember"]

#: Along an axis of the source: one place, or those of a slice.
Part: TypeAlias = int | range

#: Schedulers of this process; others may be where the file is.
_HERE: Final = ("synchronous", "sync", "single-threaded", "threads", "threading")

_SLOT: Final = "_straight"

#: What an operator may combine blocks with, one like the other.
_NUMBERS: Final = (int, float, np.float64)


@dataclass(frozen=True, slots=True)
class _Straight:
    """Where the numbers of an array are."""

    name: str
    """Of the array, which changes when anything is done to it in place."""
    source: Any
    parts: tuple[Part, ...]
    finish: Callable[[npt.NDArray[Any]], npt.NDArray[Any]] | None


def remember(
    array: Array,
    source: Any,
    finish: Callable[[npt.NDArray[Any]], npt.NDArray[Any]] | None = None,
) -> Array:
    """Return a lazy array that remembers the source it was made from.

    Parameters
    ----------
    array : dask array
        All of the source.
    source : array-like
        Can be indexed by integers and slices, and gives arrays that own their numbers or are
        views of others.  What has an attribute `in_one_go` that is true is read at once
        whatever its size.
    finish : callable, optional
        What is done to each block, element by element, to become the array.
    """
    parts = tuple(range(length) for length in array.shape)
    return _remembering(array, _Straight(array.name, source, parts, finish))


def _remembering(array: Array, known: _Straight) -> Array:
    if type(array) in (Array, SourceArray) and "_expr" not in array.__dict__:
        array.__class__ = SourceArray  # which has nothing of its own but how it is cut
        array.__dict__[_SLOT] = known
    return array


class SourceArray(Array):  # type: ignore[misc]
    """A lazy array that is a part of a source: what is cut out of it is one, too."""

    __slots__ = ()

    stands_for: Final = Array

    def __getitem__(self, index: Any) -> Any:
        result = super().__getitem__(index)
        known = self.__dict__.get(_SLOT)
        if result is self or known is None or known.name != self.name:
            return result
        entries = entries_of(index, self.ndim)
        if entries is None:
            return result
        left = iter(entries)
        parts = tuple(part if isinstance(part, int) else part[next(left)] for part in known.parts)
        return _remembering(result, _Straight(result.name, known.source, parts, known.finish))


def _by_number(name: str) -> Callable[[Any, Any], Any]:
    """Return an operator that keeps the memory where the other operand is a number."""
    on_array, on_block = getattr(Array, name), getattr(operator, name.replace("__r", "__"))
    swapped = name.startswith("__r")

    def operate(self: SourceArray, other: Any) -> Any:
        result = on_array(self, other)
        known = self.__dict__.get(_SLOT)
        if known is None or known.name != self.name or type(other) not in _NUMBERS:
            return result
        before = known.finish

        def finish(block: npt.NDArray[Any]) -> npt.NDArray[Any]:
            block = block if before is None else before(block)
            return np.asarray(on_block(other, block) if swapped else on_block(block, other))

        return _remembering(result, _Straight(result.name, known.source, known.parts, finish))

    return operate


for _name in ("__mul__", "__rmul__", "__add__", "__radd__", "__sub__", "__truediv__"):
    setattr(SourceArray, _name, _by_number(_name))


def read(array: Array, options: dict[str, Any]) -> npt.NDArray[Any] | None:
    """Return the numbers of an array that remembers its source; None where dask has to.

    Parameters
    ----------
    array : dask array
        What is wanted.
    options : dict
        What the caller of `compute` asks for; of this only a scheduler of this process
        lets the array be read here.
    """
    known = array.__dict__.get(_SLOT)
    if known is None or known.name != array.name or not _is_for_us(options):
        return None
    if not array.ndim and not array.dtype.isnative:
        return None  # a single number would lose its byte order
    is_plain = known.finish is None and _is_plain(known.source)
    if array.npartitions > 1 and not is_plain:
        return None
    found = np.asarray(known.source[tuple(map(_entry, known.parts))])
    if known.finish is not None:
        found = known.finish(found)
    fresh = getattr(known.source, "in_one_go", False)
    if not found.flags.owndata:  # who changes the result must not change the data
        found = found.copy()
    if found.dtype == array.dtype:
        pass
    elif fresh and found.dtype.newbyteorder("S") == array.dtype:
        found = found.byteswap(inplace=True).view(array.dtype)  # new memory takes longer
    else:
        found = found.astype(array.dtype)
    return found if found.ndim else found[()]  # as dask gives a single number


def _is_plain(source: Any) -> bool:
    """Whether nothing has to be worked out, which several threads would do faster."""
    return isinstance(source, np.ndarray) or getattr(source, "in_one_go", False)


def _is_for_us(options: dict[str, Any]) -> bool:
    """Whether nobody has asked for a way of computing that dask alone knows."""
    if options.keys() - {"scheduler"} or Callback.active:
        return False
    if dask.config.get("pool", None) is not None:
        return False
    if "scheduler" in options:
        return options["scheduler"] in _HERE
    return dask.config.get("scheduler", None) in _HERE or get_scheduler() is None


def _entry(part: Part) -> int | slice:
    if isinstance(part, int):
        return part
    stop = part.stop if part.step > 0 or part.stop >= 0 else None
    return slice(part.start, stop, part.step) if len(part) else slice(0, 0)
