"""Sums of rows and columns of patterns, compiled by numba where it is installed.

The same whole numbers as NumPy finds, in a quarter of the time.  Loading numba takes as long
as NumPy takes for a few GB, so it is left alone until a process has shown that it goes over
its scans again and again, or that they are large.
"""

from __future__ import annotations

import logging
import threading
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["add_up", "whole_sums"]

logger = logging.getLogger(__name__)

#: Bytes of patterns that a process sums before numba is loaded.
_ENOUGH = 1 << 28

#: Sides up to which sums of 16 bits fit into 32.
_LONGEST = 1 << 15

_loading = threading.Lock()
_passed = {"bytes": 0}


def whole_sums(dtype: np.dtype[Any], shape: tuple[int, ...], nbytes: int) -> Any:
    """Return the compiled function for patterns, None where NumPy is to do it.

    Parameters
    ----------
    dtype : dtype
        Of the patterns; integers of up to 16 bits in native byte order are compiled.
    shape : tuple of int
        Of a pattern.
    nbytes : int
        Size of what is about to be summed.
    """
    _passed["bytes"] += nbytes
    narrow = dtype.kind in "iu" and dtype.itemsize <= 2 and dtype.isnative
    if not narrow or max(shape) > _LONGEST or _passed["bytes"] < _ENOUGH:
        return None
    with _loading:
        return _compiled()


def add_up(patterns: Any, rows: Any, columns: Any) -> None:
    """Sum the rows and the columns of patterns.

    Parameters
    ----------
    patterns : ndarray of shape (n, v, u)
        Integers.
    rows : ndarray of shape (n, v)
        Is filled with the sum of each row; no sum may exceed its type.
    columns : ndarray of shape (n, u)
        With the sum of each column.
    """
    n, v, u = patterns.shape
    kind = rows.dtype.type
    for i in range(n):
        below = columns[i]
        below[:] = 0
        for j in range(v):
            total = kind(0)
            line = patterns[i, j]
            for k in range(u):
                value = kind(line[k])
                total = kind(total + value)
                below[k] = kind(below[k] + value)
            rows[i, j] = total


@cache
def _compiled() -> Callable[[NDArray[Any]], tuple[NDArray[Any], NDArray[Any]]] | None:
    """Return a function of patterns in any strides, or None where numba is not to be had."""
    if find_spec("numba") is None:
        return None
    try:
        import numba
    except ImportError as error:  # of another NumPy than there is
        logger.debug("diffraction: numba cannot be loaded: %s", error)
        return None
    options = {"nogil": True, "error_model": "numpy"}
    try:
        each = numba.njit(cache=True, **options)(add_up)
    except RuntimeError:  # there is no folder that can be written to
        each = numba.njit(**options)(add_up)

    def sums(patterns: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        *scan, v, u = patterns.shape
        kind = np.int32 if patterns.dtype.kind == "i" else np.uint32
        rows, columns = np.empty((*scan, v), kind), np.empty((*scan, u), kind)
        _each_stretch(each, patterns, rows, columns)
        return rows.reshape(-1, v), columns.reshape(-1, u)

    return sums


def _each_stretch(each: Any, patterns: NDArray[Any], rows: Any, columns: Any) -> None:
    """Go over patterns that lie one after the other: code is compiled for these only."""
    if patterns.ndim > 3 and not patterns.flags.c_contiguous:
        for parts in zip(patterns, rows, columns, strict=True):
            _each_stretch(each, *parts)
        return
    in_row = np.ascontiguousarray(patterns).reshape(-1, *patterns.shape[-2:])
    in_row = in_row.view()
    in_row.flags.writeable = False  # files are read-only: one kind of array for all
    each(in_row, rows.reshape(-1, rows.shape[-1]), columns.reshape(-1, columns.shape[-1]))
