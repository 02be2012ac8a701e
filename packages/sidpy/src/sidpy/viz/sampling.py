"""Computing no more of a lazy dataset than its picture shows.

A screen has about two million pixels.  What is larger is thinned out evenly before it is
computed, and the picture carries a note that says so; what is small enough is exact.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["BUDGET", "MAX_PIXELS", "compute", "mean_over", "thinned"]

#: Numbers that one panel of a picture may read: 2**26, half a gigabyte of float64.
BUDGET = 2**26

#: Pixels along one side of an image that are drawn; more could not be seen.
MAX_PIXELS = 2048


def compute(array: Any) -> NDArray[Any]:
    """Return the numbers in a type and byte order that can be drawn."""
    return drawable(np.asarray(array))


def drawable(values: NDArray[Any]) -> NDArray[Any]:
    """Convert flags, half and extended precision and foreign byte orders."""
    if values.dtype.kind == "b":
        return values.astype(np.uint8)
    if values.dtype.kind == "f" and values.dtype.itemsize not in (4, 8):
        return values.astype(np.float32 if values.dtype.itemsize < 4 else np.float64)
    if values.dtype.kind == "c" and values.dtype.itemsize not in (8, 16):
        return values.astype(np.complex128)
    if values.dtype.kind not in "iufc":
        msg = f"numbers are needed for a picture, found data of type {values.dtype}"
        raise TypeError(msg)
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def thinned(array: Any, axes: Sequence[int], limit: int = MAX_PIXELS) -> tuple[Any, list[int]]:
    """Take every n-th element along `axes` until none is longer than `limit`.

    Returns
    -------
    array-like
        Still lazy when `array` is.
    list of int
        The step along each of `axes`.
    """
    steps = [max(1, math.ceil(array.shape[axis] / limit)) for axis in axes]
    return _strided(array, dict(zip(axes, steps, strict=True))), steps


def mean_over(
    array: Any, axes: Sequence[int], budget: int | None = None
) -> tuple[NDArray[Any], int]:
    """Average over `axes`, in parts, from no more than about `budget` numbers.

    Parameters
    ----------
    array : dask array or ndarray
        Complex numbers are averaged as such.
    axes : sequence of int
        The axes to average over.
    budget : int, optional
        How many numbers may be read; by default `BUDGET`.

    Returns
    -------
    ndarray
        The mean over the finite values; NaN where there are none.
    int
        1 when it is the exact mean, else one in how many values was used.
    """
    steps = _steps(array.shape, axes, budget or BUDGET)
    sample = _strided(array, steps)
    taken = math.prod(sample.shape[axis] for axis in axes)
    every = max(1, round(math.prod(array.shape[axis] for axis in axes) / taken))
    return _finite_mean(sample, tuple(axes)), every


def _steps(shape: Sequence[int], axes: Sequence[int], budget: int) -> dict[int, int]:
    steps = dict.fromkeys(axes, 1)
    left = {axis: shape[axis] for axis in axes}
    kept = math.prod(shape) / math.prod(left.values())
    while kept * math.prod(left.values()) > budget and max(left.values()) > 1:
        axis = max(left, key=lambda a: left[a])
        steps[axis] *= 2
        left[axis] = math.ceil(shape[axis] / steps[axis])
    return steps


def _strided(array: Any, steps: dict[int, int]) -> Any:
    if all(step == 1 for step in steps.values()):
        return array
    return array[tuple(slice(None, None, steps.get(axis, 1)) for axis in range(array.ndim))]


def _finite_mean(array: Any, axes: tuple[int, ...]) -> NDArray[Any]:
    if array.dtype.kind not in "fc":
        return compute(array.mean(axis=axes, dtype=float))
    import dask
    import dask.array as da

    lazy = da.asarray(array)
    finite = da.isfinite(lazy)
    wide = np.result_type(lazy.dtype, np.float64)
    total = da.where(finite, lazy, 0).sum(axis=axes, dtype=wide)
    total, count = dask.compute(total, finite.sum(axis=axes))
    with np.errstate(invalid="ignore", divide="ignore"):
        return drawable(np.asarray(total / count))
