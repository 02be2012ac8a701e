"""Numbers: linear axes, runs of integers, exponents for axes, lengths in readable units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "build_ind_val_matrices",
    "contains_integers",
    "get_exponent",
    "get_slope",
    "integers_to_slices",
    "to_ranges",
]

#: Powers of ten of a metre, by the symbols found in files.
_METRES = {
    "km": 3,
    "m": 0,
    "cm": -2,
    "mm": -3,
    "um": -6,
    "µm": -6,
    "μm": -6,
    "nm": -9,
    "Å": -10,
    "angstrom": -10,
    "pm": -12,
    "fm": -15,
}

#: The units `from_meters` chooses among, largest first.
_READABLE = ("m", "mm", "um", "nm", "pm", "fm")


def get_slope(values: ArrayLike, tol: float = 1e-3) -> Any:
    """Return the step between the values of a linear axis.

    Parameters
    ----------
    values : array_like of shape (n,)
        The values along the axis.
    tol : float
        How far a single step may be off, as a fraction of the mean step.

    Returns
    -------
    float
        The mean step; 0 for a single value.

    Raises
    ------
    TypeError
        When `tol` is not a float.
    ValueError
        When the steps differ by more than the tolerance, or there is no value.

    Examples
    --------
    >>> float(get_slope([0.0, -0.5, -1.0]))
    -0.5
    """
    if not isinstance(tol, float):
        msg = f"tol should be a float << 1, got {tol!r}"
        raise TypeError(msg)
    axis = np.asarray(values)
    if axis.ndim != 1 or axis.size == 0 or axis.dtype.kind not in "biuf":
        msg = f"expected a row of one or more real numbers, got {values!r}"
        raise ValueError(msg)
    if axis.size == 1:
        return 0
    rounding = np.finfo(axis.dtype if axis.dtype.kind == "f" else float).eps
    axis = axis.astype(np.float64)
    slope = (axis[-1] - axis[0]) / (axis.size - 1)
    largest = 4 * rounding * np.abs(axis).max()  # what storing the values may have cost
    error = np.abs(np.diff(axis) - slope).max()
    if not error <= tol * abs(slope) + largest:
        msg = (
            "Provided values cannot be expressed as a linear trend: "
            f"a step differs by {error:g} from the mean step {slope:g}"
        )
        raise ValueError(msg)
    return slope


def to_ranges(iterable: Iterable[int]) -> Iterator[range]:
    """Yield the runs of consecutive integers of a collection, in increasing order.

    Raises
    ------
    ValueError
        When a member is not a whole number.

    Examples
    --------
    >>> list(to_ranges([1, 2, 3, 7]))
    [range(1, 4), range(7, 8)]
    """
    members = list(iterable)
    if not members:
        return
    if not contains_integers(members):
        msg = f"expected integers, got {members!r}"
        raise ValueError(msg)
    numbers = np.unique(np.asarray(members).astype(np.int64))
    ends = np.flatnonzero(np.diff(numbers) != 1) + 1
    for run in np.split(numbers, ends):
        yield range(int(run[0]), int(run[-1]) + 1)


def integers_to_slices(int_array: Iterable[int]) -> list[slice]:
    """Describe integers, in any order, as slices of consecutive ones.

    Raises
    ------
    TypeError
        When the argument is not iterable.
    ValueError
        When a member is not an integer, or there is none.

    Examples
    --------
    >>> integers_to_slices([1, 2, 5])
    [slice(1, 3, None), slice(5, 6, None)]
    """
    if not contains_integers(int_array):
        msg = f"Expected a list, tuple, or numpy array of integers, got {int_array!r}"
        raise ValueError(msg)
    return [slice(run.start, run.stop) for run in to_ranges(int_array)]


def contains_integers(iter_int: Iterable[Any], min_val: int | None = None) -> Any:
    """Tell whether every member is a whole number, and none below a minimum.

    Parameters
    ----------
    iter_int : iterable
        The members; an empty one contains no integers.
    min_val : int, optional
        The smallest value allowed.

    Returns
    -------
    bool
        True when all are.

    Raises
    ------
    TypeError
        When the first argument is not iterable or `min_val` is not a number.
    ValueError
        When `min_val` is not whole.
    """
    if not isinstance(iter_int, Iterable):
        msg = f"iter_int should be an Iterable, not {type(iter_int).__name__}"
        raise TypeError(msg)
    _check_minimum(min_val)
    try:
        numbers = np.asarray(iter_int if isinstance(iter_int, np.ndarray) else list(iter_int))
    except ValueError:  # ragged
        return False
    if numbers.size == 0 or numbers.dtype.kind not in "biuf":
        return False
    whole = np.all(numbers == np.floor(numbers)) if numbers.dtype.kind == "f" else np.True_
    return whole if min_val is None else np.bool_(whole and numbers.min() >= min_val)


def _check_minimum(minimum: object) -> None:
    if minimum is None or isinstance(minimum, Integral):
        return
    if not isinstance(minimum, Real):
        msg = f"min_val should be an integer. Provided object was of type: {type(minimum)}"
        raise TypeError(msg)
    if float(minimum) % 1 != 0:
        msg = f"min_val should be an integer, got {minimum!r}"
        raise ValueError(msg)


def get_exponent(vector: NDArray[Any]) -> int:
    """Return the power of ten of the largest magnitude, to write beside an axis.

    Parameters
    ----------
    vector : ndarray
        Finite numbers; zeros alone have the exponent 0.

    Raises
    ------
    TypeError
        When it is not an array of numbers or contains NaN.
    ValueError
        When it is empty or infinite.

    Examples
    --------
    >>> get_exponent(np.array([-2e6, 5]))
    6
    """
    if not isinstance(vector, np.ndarray):
        msg = f"vector should be of type numpy.ndarray. Provided object of type: {type(vector)}"
        raise TypeError(msg)
    if vector.dtype.kind not in "biufc":
        msg = f"vector should contain numbers, not {vector.dtype}"
        raise TypeError(msg)
    if np.isnan(vector).any():
        msg = "vector should not contain NaN values"
        raise TypeError(msg)
    largest = np.abs(vector).max() if vector.size else np.inf
    if not np.isfinite(largest):
        msg = f"vector should hold one or more finite numbers, got {vector!r}"
        raise ValueError(msg)
    return int(np.floor(np.log10(float(largest)))) if largest > 0 else 0


def build_ind_val_matrices(
    unit_values: Sequence[ArrayLike],
) -> tuple[NDArray[np.uint32], NDArray[Any]]:
    """Write out every combination of the values of several dimensions.

    Parameters
    ----------
    unit_values : list or tuple of array_like of shape (size,)
        The values of each dimension, fastest varying first.

    Returns
    -------
    indices : ndarray of uint32, shape (combinations, dimensions)
        The position of each combination along each dimension.
    values : ndarray of shape (combinations, dimensions)
        The values at these positions.

    Raises
    ------
    TypeError
        When it is not a list or tuple.
    ValueError
        When it is empty or a member is not one-dimensional.
    """
    if not isinstance(unit_values, (list, tuple)):
        msg = f"unit_values should be a list or tuple, not {type(unit_values).__name__}"
        raise TypeError(msg)
    axes = [np.asarray(values) for values in unit_values]
    if not axes or any(axis.ndim != 1 for axis in axes):
        msg = "unit_values should only contain 1D array, one or more of them"
        raise ValueError(msg)
    sizes = [axis.size for axis in axes]
    counters = np.indices(sizes[::-1], dtype=np.uint32)[::-1].reshape(len(sizes), -1)
    dtype = np.result_type(np.float64, *axes)
    values = np.array([axis[index] for axis, index in zip(axes, counters, strict=True)], dtype)
    return np.ascontiguousarray(counters.T), np.ascontiguousarray(values.T)


def to_meters(value: Any, unit: str) -> Any:
    """Convert a length to metres.

    Parameters
    ----------
    value : float or ndarray
        The length in `unit`.
    unit : str
        One of km, m, cm, mm, um, µm, nm, Å, angstrom, pm, fm.

    Returns
    -------
    float or ndarray, m
        The same length.

    Raises
    ------
    TypeError
        When the value is not a number.
    ValueError
        When the unit is not known.
    """
    power = _METRES.get(unit) if isinstance(unit, str) else None
    if power is None:
        msg = f"Unknown unit: {unit!r}; known are {', '.join(_METRES)}"
        raise ValueError(msg)
    if isinstance(value, str):
        msg = f"a length should be a number, got {value!r}"
        raise TypeError(msg)
    number = value if isinstance(value, np.ndarray) else float(value)
    return number * 10.0**power


def from_meters(value: Any) -> tuple[Any, str]:
    """Express a length given in metres in the largest unit that leaves it at least one.

    Parameters
    ----------
    value : float, m
        The length.

    Returns
    -------
    value : float
        The length in the unit chosen.
    unit : str
        One of m, mm, um, nm, pm, fm; m when no unit fits.

    Examples
    --------
    >>> from_meters(1e-9), from_meters(3e-10)
    ((1.0, 'nm'), (300.0, 'pm'))
    """
    for unit in _READABLE:
        if abs(value) >= 10.0 ** _METRES[unit]:
            return value / 10.0 ** _METRES[unit], unit
    return value, "m"


def convert_length(value: Any, unit: str) -> tuple[Any, str]:
    """Express a length in the unit in which it reads best.

    Examples
    --------
    >>> convert_length(1500, "nm")
    (1.5, 'um')
    """
    return from_meters(to_meters(value, unit))
