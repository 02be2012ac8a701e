"""Checks of arguments before anything is drawn."""

from __future__ import annotations

from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from sidpy.errors import SidpyError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ArgumentError", "axes_of", "flag", "number", "numbers", "refuse", "text", "whole"]


class ArgumentError(SidpyError, TypeError, ValueError, AssertionError):
    """An argument with which nothing can be drawn.

    The released functions raise one or another of the three builtins for like mistakes;
    code that catches any of them goes on working.
    """


def refuse(name: str, value: Any, wanted: str) -> NoReturn:
    """Raise the error that says what was given and what would fit."""
    shape = getattr(value, "shape", None)
    found = type(value).__name__ if shape is None else f"{type(value).__name__} of shape {shape}"
    if isinstance(value, (str, int, float, complex)):
        found = repr(value)
    msg = f"{name} should be {wanted}, found {found}"
    raise ArgumentError(msg)


def axes_of(value: Any, name: str = "axis") -> Any:
    """Return matplotlib axes, or raise."""
    from matplotlib.axes import Axes

    if not isinstance(value, Axes):
        refuse(name, value, "matplotlib Axes, such as those of plt.subplots()")
    return value


def text(name: str, value: Any) -> str:
    """Return a text, empty for None, or raise."""
    if value is not None and not isinstance(value, str):
        refuse(name, value, "a text")
    return value or ""


def flag(name: str, value: Any) -> bool:
    """Return True or False, or raise."""
    if not isinstance(value, (bool, np.bool_)):
        refuse(name, value, "True or False")
    return bool(value)


def number(name: str, value: Any, *, above: float | None = None) -> Any:
    """Return a real number, finite and larger than `above`, or raise."""
    wanted = "a number" if above is None else f"a number greater than {above:g}"
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        refuse(name, value, wanted)
    if not np.isfinite(value) or (above is not None and value <= above):
        refuse(name, value, wanted)
    return value


def whole(name: str, value: Any, *, least: int = 1) -> int:
    """Return a whole number of at least `least`, or raise."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Integral) or value < least:
        refuse(name, value, f"a whole number of at least {least}")
    return int(value)


def numbers(name: str, value: Any, ndim: int, *, lists: bool = True) -> NDArray[Any]:
    """Return an array of numbers with `ndim` axes, masks kept, or raise.

    Parameters
    ----------
    name : str
        What the argument is called.
    value : array-like
        Lazy ones are computed.
    ndim : int
        How many axes it needs.
    lists : bool
        Whether lists and tuples are arrays.
    """
    wanted = f"a {ndim}D array of numbers"
    if not hasattr(value, "dtype") and not (lists and isinstance(value, (list, tuple, range))):
        refuse(name, value, wanted)
    try:
        values = value if isinstance(value, np.ma.MaskedArray) else np.asarray(value)
    except ValueError:  # lists of different lengths
        refuse(name, value, wanted)
    if values.ndim != ndim or values.size == 0:
        refuse(name, values, f"{wanted}, not empty")
    if values.dtype.kind not in "biufc":
        refuse(name, values, f"{wanted}, not of {values.dtype}")
    return values
