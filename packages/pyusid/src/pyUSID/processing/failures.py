"""A function that is called for every position, and the positions at which it fails.

A failing position must not cost the others: what was raised is kept in the place of its
result, and the result is filled with values that say "nothing" once it is known how results
look.
"""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.errors import SidpyError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["BlockCall", "Failure", "RowCall", "nothing_like"]


@dataclass(frozen=True, slots=True)
class Failure:
    """What was raised at a position, instead of its result."""

    error: Exception

    @classmethod
    def of(cls, error: Exception) -> Failure:
        """Keep an error in a form that travels between processes."""
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:  # noqa: BLE001 - the errors of others may do anything when pickled
            error = SidpyError(f"{type(error).__name__}: {error}")
        return cls(error)

    def __str__(self) -> str:
        return f"{type(self.error).__name__}: {self.error}"


#: What no other position is spared, and is not the fault of one.
_FATAL = (MemoryError, NotImplementedError)


@dataclass(frozen=True, slots=True)
class RowCall:
    """Calls a function for each row of a block."""

    func: Callable[..., Any]
    args: Sequence[Any] = ()
    kwargs: Mapping[str, Any] | None = None

    def __call__(self, rows: Any) -> list[Any]:
        """Return a result or a `Failure` for each row."""
        return [self._one(row) for row in rows]

    def _one(self, row: Any) -> Any:
        try:
            return self.func(row, *self.args, **(self.kwargs or {}))
        except _FATAL:
            raise
        except Exception as error:  # noqa: BLE001 - recorded, and reported at the end
            return Failure.of(error)


@dataclass(frozen=True, slots=True)
class BlockCall:
    """Calls a function for a block of rows, and row by row where that fails."""

    func: Callable[..., Any]
    args: Sequence[Any] = ()
    kwargs: Mapping[str, Any] | None = None

    def __call__(self, rows: Any) -> Any:
        """Return the results of all rows: an array, or a list when there are failures."""
        try:
            return self._some(rows)
        except _FATAL:
            raise
        except Exception as error:  # noqa: BLE001 - recorded, and reported at the end
            if len(rows) > 1:
                return [self([row])[0] for row in _as_blocks(rows)]
            return [Failure.of(error)]

    def _some(self, rows: Any) -> Any:
        rows = rows[0] if isinstance(rows, list) else rows
        found = self.func(rows, *self.args, **(self.kwargs or {}))
        if len(found) != len(rows):
            msg = f"_map_block returned {len(found)} results for {len(rows)} positions"
            raise _WrongNumber(msg)
        return found


class _WrongNumber(SidpyError, NotImplementedError):
    """A block function does not return a result for each row."""


def _as_blocks(rows: Any) -> list[Any]:
    return [rows[place : place + 1] for place in range(len(rows))]


def nothing_like(result: Any) -> Any:
    """Return something of the form of a result that says that there is none.

    Parameters
    ----------
    result : object
        NaN stands for real and complex numbers, zero for integers, nothing for texts;
        arrays, compound numbers, lists and dictionaries are filled with these.

    Raises
    ------
    TypeError
        For an object of another kind.

    Examples
    --------
    >>> nothing_like([1.5, 3, "fit"])
    [nan, 0, '']
    """
    if isinstance(result, np.ndarray | np.generic):
        return _empty_array(np.asarray(result))[()]
    if isinstance(result, bool | int | str | bytes):
        return type(result)()
    if isinstance(result, float | complex):
        return type(result)("nan")
    if result is None:
        return None
    if isinstance(result, dict):
        filled = copy.copy(result)
        filled.update({key: nothing_like(value) for key, value in result.items()})
        return filled
    if isinstance(result, list | tuple):
        parts = [nothing_like(part) for part in result]
        return type(result)(*parts) if hasattr(result, "_fields") else type(result)(parts)
    msg = f"no value is known that stands for a missing {type(result).__name__}"
    raise TypeError(msg)


def _empty_array(like: np.ndarray[Any, Any]) -> Any:
    empty = np.zeros_like(like)
    if like.dtype.names:
        for name in like.dtype.names:
            empty[name] = _empty_array(like[name])
    elif like.dtype.kind in "fcmM":
        empty[...] = "nat" if like.dtype.kind in "mM" else np.nan
    elif like.dtype.kind == "O":
        empty[...] = None
    return empty
