"""Two arrays, value by value, a block at a time.

Neither array is ever in memory as a whole: each pair of blocks is computed, measured and
forgotten, on whatever dask scheduler is active.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.config import config
from sidpy.sid import as_lazy

if TYPE_CHECKING:
    import numpy.typing as npt

    Values = npt.NDArray[Any]

__all__ = ["Comparison", "compare"]

#: Relative deviation that counts as rounding, by the bytes of a real number.
_ROUNDING: Final = {2: 1e-2, 4: 1e-5}
_DOUBLE_ROUNDING: Final = 1e-9

#: Numbers that one pair of blocks may hold in memory: two blocks and what is made of them.
_SHARE: Final = 16


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far what was computed again is from what is stored."""

    size: int
    """Number of values that were compared."""
    differing: int
    """Of these, how many are not the same bits; every NaN counts as the same."""
    outside: int
    """Of these, how many are outside the tolerance."""
    absolute: float = 0.0
    """Largest absolute deviation."""
    relative: float = 0.0
    """Largest deviation relative to the stored value."""
    reason: str = ""
    """Why they could not be compared value by value, or are alike in value only."""

    @property
    def outcome(self) -> str:
        """``"identical"``, ``"close"`` or ``"different"``."""
        if self.outside:
            return "different"
        return "close" if self.differing or self.reason else "identical"

    def __str__(self) -> str:
        if self.outcome == "identical":
            return "bit-identical"
        if not self.differing:
            return self.reason
        words = f"{self.differing:,} of {self.size:,} values differ"
        if self.absolute or self.relative:
            words += f", by up to {self.absolute:.3g} ({self.relative:.3g} of the stored value)"
        return f"{self.reason}; {words}" if self.reason else words


def compare(
    stored: Any, again: Any, *, rtol: float | None = None, atol: float = 0.0
) -> Comparison:
    """Compare two arrays.

    Parameters
    ----------
    stored, again : array or dask array
        What is in the file, and what was computed again.
    rtol : float, optional
        Deviation relative to the stored value that is tolerated; by default 1e-9 for double
        precision, 1e-5 for single and 1e-2 for half.
    atol : float
        Absolute deviation that is tolerated besides.

    Returns
    -------
    Comparison
        NaN equals NaN; 0.0 and -0.0 are not the same bits, and no deviation.

    Examples
    --------
    >>> print(compare(np.array([1.0, np.nan, 4.0]), np.array([1.0, np.nan, 5.0])))
    1 of 3 values differ, by up to 1 (0.25 of the stored value)
    >>> compare(np.arange(3), np.arange(3)).outcome
    'identical'
    """
    import dask

    one, two = as_lazy(stored), as_lazy(again)
    if one.shape != two.shape:
        reason = f"the shape is {two.shape}, stored {one.shape}"
        return Comparison(one.size, one.size, max(one.size, 1), math.inf, math.inf, reason)
    reason = _other_type(one.dtype, two.dtype)
    if reason and not (_is_number(one.dtype) and _is_number(two.dtype)):
        return Comparison(one.size, one.size, max(one.size, 1), math.inf, math.inf, reason)
    if rtol is None:
        rtol = max(_rounding(one.dtype), _rounding(two.dtype))
    limit = max(config.memory_budget // _SHARE, 2**20)
    if _largest_block(two) > limit:  # a block is in memory anyhow, and may be cut after that
        two = two.rechunk("auto", block_size_limit=limit)
    one = one.rechunk(two.chunks)
    measure = dask.delayed(_measured, pure=False)
    pairs = zip(one.to_delayed().ravel(), two.to_delayed().ravel(), strict=True)
    found = dask.compute(*(measure(a, b, rtol, atol) for a, b in pairs))
    return Comparison(
        one.size,
        sum(one[0] for one in found),
        sum(one[1] for one in found),
        max((one[2] for one in found), default=0.0),
        max((one[3] for one in found), default=0.0),
        reason,
    )


def _largest_block(array: Any) -> int:
    return int(array.dtype.itemsize * math.prod(max(lengths) for lengths in array.chunks))


def _other_type(stored: np.dtype[Any], again: np.dtype[Any]) -> str:
    if stored.newbyteorder("=") == again.newbyteorder("="):
        return ""
    return f"the values are {again}, stored {stored}"


def _is_number(dtype: np.dtype[Any]) -> bool:
    return dtype.kind in "biufc"


def _rounding(dtype: np.dtype[Any]) -> float:
    if dtype.names is not None:
        return max((_rounding(dtype[name]) for name in dtype.names), default=0.0)
    if dtype.kind not in "fc":
        return 0.0
    return _ROUNDING.get(dtype.itemsize // (2 if dtype.kind == "c" else 1), _DOUBLE_ROUNDING)


_Measure = tuple[int, int, float, float]


def _measured(one: Values, two: Values, rtol: float, atol: float) -> _Measure:
    """Return how many values differ, how many too much, and the largest deviations."""
    one, two = np.asarray(one), np.asarray(two)
    differing, outside, absolute, relative = _deviations(one, two, rtol, atol)
    return (
        int(np.count_nonzero(differing)),
        int(np.count_nonzero(outside)),
        float(absolute.max(initial=0.0)),
        float(relative.max(initial=0.0)),
    )


def _deviations(
    one: Values, two: Values, rtol: float, atol: float
) -> tuple[Values, Values, Values, Values]:
    """Return for each value whether it differs, whether too much, and by how much."""
    if one.dtype.names is not None:
        return _of_fields(one, two, rtol, atol)
    if not (_is_number(one.dtype) and _is_number(two.dtype)):
        differing = ~_same_things(one, two)
        nothing = np.zeros(one.shape)
        return differing, differing, nothing, nothing
    same = _same_bits(one, two)
    with np.errstate(all="ignore"):
        distance = np.where(same, 0.0, _distance(one, two))
        size = np.abs(_wide(one))
        relative = np.where(distance == 0, 0.0, distance / size)
        allowed = atol + rtol * np.where(np.isfinite(size), size, 0.0)
    # a NaN beside a number is as far away as can be
    distance = np.where(np.isnan(distance), np.inf, distance)
    relative = np.where(np.isnan(relative), np.inf, relative)
    return ~same, ~same & ~(distance <= allowed), distance, relative


def _of_fields(
    one: Values, two: Values, rtol: float, atol: float
) -> tuple[Values, Values, Values, Values]:
    """Return the worst of the fields of each record; what fills a record up does not count."""
    shape = one.shape
    worst = (np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(shape), np.zeros(shape))
    for name in one.dtype.names or ():
        found = _deviations(one[name], two[name], rtol, atol)
        inner = tuple(range(len(shape), found[0].ndim))
        for total, part in zip(worst, found, strict=True):
            np.maximum(total, part.max(axis=inner, initial=0) if inner else part, out=total)
    return worst


def _same_things(one: Values, two: Values) -> Values:
    """Compare texts, dates and objects."""
    if one.dtype.kind in "mM":
        return np.asarray((one == two) | (np.isnat(one) & np.isnat(two)))
    return np.asarray(one == two, dtype=bool)


def _same_bits(one: Values, two: Values) -> Values:
    if one.dtype.kind == "c" or two.dtype.kind == "c":
        return _same_bits(one.real, two.real) & _same_bits(one.imag, two.imag)
    same = np.asarray(one == two)
    if one.dtype.kind == "f" and two.dtype.kind == "f":
        same &= np.signbit(one) == np.signbit(two)
        same |= np.isnan(one) & np.isnan(two)
    return same


def _distance(one: Values, two: Values) -> Values:
    if one.dtype.kind in "iu" and one.dtype == two.dtype:
        # the smaller from the larger, without a sign: exact where a signed type runs over
        larger, smaller = np.maximum(one, two), np.minimum(one, two)
        whole = larger.astype(f"u{one.dtype.itemsize}") - smaller.astype(f"u{one.dtype.itemsize}")
        return whole.astype(float)
    return np.abs(_wide(one) - _wide(two)).astype(float)


def _wide(values: Values) -> Values:
    """Return numbers in a type in which their differences can be told."""
    return values.astype(np.result_type(values.dtype, np.float64))
