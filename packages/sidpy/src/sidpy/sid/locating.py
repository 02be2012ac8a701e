"""Where along a dimension a value is.

A value is a number in the units of the dimension, a text with units of its own ("2 nm"),
a pint quantity, or one of a `Dimension`.  A point of an axis stands for what is within
half a step of it, whichever way the axis runs and however uneven its steps are.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.base import units as unit
from sidpy.errors import DimensionError, LabelTypeError, LabelValueError

from .agreement import describe
from .dimension import Dimension

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from .labels import Labels

    Numbers = npt.NDArray[np.float64]

__all__ = [
    "METHODS", "as_mask", "asked_for", "by_position", "closest", "distance_in_units_of",
    "in_units_of", "positions",
]  # fmt: skip

#: How a point is found for a value, and whose name for it that is.
METHODS: Final = {
    None: "within", "nearest": "nearest", "exact": "exact", "pad": "pad", "ffill": "pad",
    "backfill": "backfill", "bfill": "backfill",
}  # fmt: skip

#: What rounding may do to a value, as a share of a step.
_ROUNDING: Final = 1e-9


def asked_for(
    labels: Labels, where: Mapping[str, Any] | None, named: Mapping[str, Any]
) -> dict[int, Any]:
    """Return what was asked for along each axis, from a mapping and from keywords.

    Raises
    ------
    LabelTypeError
        When `where` is no mapping.
    DimensionError
        When there is no dimension of a name or an axis is named twice.
    """
    if where is not None and not isinstance(where, Mapping):
        msg = f"dimensions are given by name, as x=... or {{'x': ...}}, found {where!r}"
        raise LabelTypeError(msg)
    result: dict[int, Any] = {}
    for name, wanted in [*(where or {}).items(), *named.items()]:
        axis = labels.axis(name)
        if axis in result:
            msg = f"dimension {name!r} is given twice, once in the mapping and once by keyword"
            raise DimensionError(msg)
        result[axis] = wanted
    return result


def positions(
    dimension: Dimension, wanted: Any, *, method: str | None = None, tolerance: Any = None
) -> Any:
    """Return the index along a dimension for a value, a range, several values or a mask.

    Parameters
    ----------
    dimension : Dimension
        The axis.
    wanted : number, str, quantity, slice or array_like
        One value, a slice between two, several values, or booleans of its length.
    method : str, optional
        One of `METHODS`; for values, not for ranges.
    tolerance : number, str or quantity, optional
        How far a point may be from a value, in the units of the dimension or its own.

    Returns
    -------
    int, slice or ndarray of int
    """
    if isinstance(wanted, slice):
        return _between(dimension, wanted)
    mask = as_mask(dimension, wanted)
    if mask is not None:
        return mask
    values = in_units_of(dimension, wanted)
    found = _points(dimension, np.atleast_1d(values), wanted, _known(method), tolerance)
    return found if np.ndim(values) else int(found[0])


def _known(method: str | None) -> str:
    try:
        return METHODS[method]
    except (KeyError, TypeError):
        names = [name for name in METHODS if name is not None]
        msg = f"method is one of {names} or None, found {method!r}"
        raise LabelValueError(msg) from None


def as_mask(dimension: Dimension, wanted: Any) -> npt.NDArray[np.intp] | None:
    """Return the positions where a mask is true; None for what is no mask."""
    if isinstance(wanted, str | Real) or _is_quantity(wanted):
        return None
    if getattr(wanted, "dtype", None) != np.dtype(bool) and not (
        isinstance(wanted, list | tuple) and wanted and isinstance(wanted[0], bool | np.bool_)
    ):
        return None
    mask = np.asarray(wanted)
    if mask.dtype != np.dtype(bool) or mask.shape != dimension.shape:
        msg = (
            f"a mask along {dimension.name!r} is {dimension.size} booleans, found "
            f"{mask.dtype} of shape {mask.shape}"
        )
        raise DimensionError(msg)
    return np.flatnonzero(mask)


# ---------------------------------------------------------------- values in other units


def in_units_of(dimension: Dimension, wanted: Any) -> Any:
    """Return a value as a float, or several as an array, in the units of a dimension.

    Raises
    ------
    LabelTypeError
        For what is neither a number nor a quantity.
    LabelValueError
        For units that cannot be converted to those of the dimension, and for NaN.
    """
    values = _converted(dimension, wanted)
    if np.ndim(values) > 1:
        msg = f"values along {dimension.name!r} are one or a list of them, found {wanted!r}"
        raise LabelTypeError(msg)
    if np.isnan(values).any():
        msg = f"NaN is no place along {dimension.name!r}, found {wanted!r}"
        raise LabelValueError(msg)
    return values


def _converted(dimension: Dimension, wanted: Any) -> Any:
    if isinstance(wanted, str) or _is_quantity(wanted):
        return _with_units(dimension, wanted)
    if isinstance(wanted, Real) and not isinstance(wanted, bool | np.bool_):
        return float(wanted)
    if isinstance(wanted, list | tuple):
        return np.array([_converted(dimension, value) for value in wanted], dtype=float)
    if isinstance(wanted, Dimension):
        values = np.asarray(wanted)
        if wanted.units in unit.NO_UNITS or dimension.units in unit.NO_UNITS:
            return values
        return _conversion(dimension, wanted.units, wanted)(values)
    array = np.asarray(wanted) if hasattr(wanted, "dtype") else None
    if array is None or array.ndim > 1 or array.dtype.kind not in "iuf":
        msg = (
            f"a value along {dimension.name!r} is a number or a text such as "
            f"'2 {_example(dimension)}', found {wanted!r}"
        )
        raise LabelTypeError(msg)
    return array.astype(float) if array.ndim else float(array)


def _with_units(dimension: Dimension, wanted: Any) -> Any:
    """Return a text or a quantity in the units of the dimension."""
    values, units = _parted(dimension, wanted)
    return _conversion(dimension, units, wanted)(values)[()] if units else values


def _parted(dimension: Dimension, wanted: Any) -> tuple[Any, str]:
    """Return the number and the units of a text or a quantity; no units mean the axis's."""
    if not isinstance(wanted, str):
        units = str(wanted.units)
        plain = units in ("", "dimensionless") and dimension.units in unit.NO_UNITS
        return np.asarray(wanted.magnitude, dtype=float)[()], "" if plain else units
    found = unit.quantity(wanted)
    if found is None:
        msg = (
            f"a value along {dimension.name!r} is a number with units, "
            f"'2 {_example(dimension)}', found {wanted!r}"
        )
        raise LabelValueError(msg)
    return np.float64(found[0]), found[1]


def _is_quantity(value: Any) -> bool:
    """Whether a value is a number with units, of pint or of what looks like it."""
    return hasattr(type(value), "magnitude") and hasattr(type(value), "units")


def _conversion(dimension: Dimension, units: str, wanted: Any) -> unit.Conversion:
    found = unit.conversion(units, dimension.units)
    if found is None:
        msg = (
            f"{wanted!r} cannot be converted to the units of {dimension.name!r}, which are "
            f"{dimension.units!r}: {unit.why_not(units, dimension.units)}"
        )
        raise LabelValueError(msg)
    return found


def _example(dimension: Dimension) -> str:
    return "nm" if dimension.units in unit.NO_UNITS else dimension.units


def distance_in_units_of(dimension: Dimension, wanted: Any) -> float:
    """Return a distance along a dimension in its units; where a scale begins does not count."""
    if isinstance(wanted, str) or _is_quantity(wanted):
        value, units = _parted(dimension, wanted)
        value = value * _conversion(dimension, units, wanted).factor if units else value
    else:
        value = in_units_of(dimension, wanted)
    if np.ndim(value) or not value >= 0:
        msg = f"a tolerance along {dimension.name!r} is one number from 0 up, found {wanted!r}"
        raise LabelValueError(msg)
    return float(value)


# ---------------------------------------------------------------- points


def _points(
    dimension: Dimension, wanted: Numbers, shown: Any, method: str, tolerance: Any
) -> npt.NDArray[np.intp]:
    """Return the position of a point for each value."""
    values = np.asarray(dimension)
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    ordered = ordered[: ordered.size - int(np.isnan(ordered).sum())]
    if not ordered.size:
        msg = f"nothing can be selected from {describe(dimension)}"
        raise DimensionError(msg)
    place, reach = _PLACES[method](ordered, wanted)
    if tolerance is not None:
        reach = np.minimum(reach, distance_in_units_of(dimension, tolerance) + _slack(ordered))
    place = place.clip(0, ordered.size - 1)
    distance = np.abs(ordered[place] - wanted)
    missed = ~(distance <= reach)
    if missed.any():
        first = int(np.argmax(missed))
        _refuse(dimension, wanted[first], shown, ordered, method)
    result: npt.NDArray[np.intp] = order[place]
    return result


def _slack(ordered: Numbers) -> float:
    """Return what rounding may do to a value along the axis."""
    step = float(ordered[-1] - ordered[0]) / max(ordered.size - 1, 1)
    return _ROUNDING * (step or float(np.abs(ordered).max()) or 1.0)


def closest(ordered: Numbers, wanted: Numbers) -> npt.NDArray[np.intp]:
    """Return the place of the nearest of some rising values, for each wanted one."""
    right = np.searchsorted(ordered, wanted).clip(min(1, ordered.size - 1), ordered.size - 1)
    left = np.maximum(right - 1, 0)
    result: npt.NDArray[np.intp] = np.where(
        wanted - ordered[left] <= ordered[right] - wanted, left, right
    )
    return result


def _within(ordered: Numbers, wanted: Numbers) -> tuple[Any, Any]:
    """Return the nearest points, each of which reaches half a step."""
    place = closest(ordered, wanted)
    if ordered.size == 1:
        return place, _slack(ordered)
    steps = np.diff(ordered)
    before = steps[np.maximum(place - 1, 0)]
    behind = steps[np.minimum(place, steps.size - 1)]
    return place, np.maximum(before, behind) / 2 + _slack(ordered)


def _nearest(ordered: Numbers, wanted: Numbers) -> tuple[Any, Any]:
    return closest(ordered, wanted), np.inf


def _exact(ordered: Numbers, wanted: Numbers) -> tuple[Any, Any]:
    return closest(ordered, wanted), _slack(ordered)


def _pad(ordered: Numbers, wanted: Numbers) -> tuple[Any, Any]:
    place = np.searchsorted(ordered, wanted + _slack(ordered), side="right") - 1
    return place, np.where(place < 0, -1.0, np.inf)


def _backfill(ordered: Numbers, wanted: Numbers) -> tuple[Any, Any]:
    place = np.searchsorted(ordered, wanted - _slack(ordered), side="left")
    return place, np.where(place >= ordered.size, -1.0, np.inf)


#: For each method the places in an ordered axis, and how far a point may be.
_PLACES: Final = {
    "within": _within, "nearest": _nearest, "exact": _exact, "pad": _pad, "backfill": _backfill,
}  # fmt: skip


def _refuse(dimension: Dimension, value: float, shown: Any, ordered: Numbers, method: str) -> None:
    named = repr(shown) if np.ndim(shown) == 0 else f"{value:g} {dimension.units}"
    place = "is outside of" if not ordered[0] <= value <= ordered[-1] else "is no point of"
    nearest = ordered[closest(ordered, np.array([value]))[0]]
    hint = "; method='nearest' takes it however far it is" if method == "within" else ""
    msg = (
        f"{named} {place} {describe(dimension)}; the nearest point is at {nearest:g} "
        f"{dimension.units}{hint}"
    )
    raise DimensionError(msg)


# ---------------------------------------------------------------- ranges


def _between(dimension: Dimension, wanted: slice) -> Any:
    """Return the positions of all points between two values, both included."""
    step = wanted.step
    if step is not None and not (isinstance(step, int | np.integer) and step > 0):
        msg = (
            f"the step of a range along {dimension.name!r} counts points, 1, 2, ...; found "
            f"{wanted!r}"
        )
        raise LabelValueError(msg)
    ends = [None if end is None else _end(dimension, end) for end in (wanted.start, wanted.stop)]
    values = np.asarray(dimension)
    low, high = (-np.inf if ends[0] is None else ends[0]), (np.inf if ends[1] is None else ends[1])
    low, high = min(low, high), max(low, high)
    finite = values[np.isfinite(values)]
    slack = _slack(np.sort(finite)) if finite.size else 0.0
    inside = np.flatnonzero((values >= low - slack) & (values <= high + slack))
    if not inside.size:
        msg = f"nothing of {describe(dimension)} is between {low:g} and {high:g} {dimension.units}"
        raise DimensionError(msg)
    if inside[-1] - inside[0] + 1 == inside.size:
        return slice(int(inside[0]), int(inside[-1]) + 1, None if step is None else int(step))
    return inside[:: step or 1]


def _end(dimension: Dimension, end: Any) -> float:
    value = in_units_of(dimension, end)
    if np.ndim(value):
        msg = f"a range along {dimension.name!r} ends at one value, found {end!r}"
        raise LabelTypeError(msg)
    return float(value)


# ---------------------------------------------------------------- quantities in square brackets


def by_position(index: Any, dimensions: Sequence[Dimension]) -> Any:
    """Return an index with positions where it had quantities: ``ds["1 nm":"3 nm", ..., 0]``.

    An index without quantities is returned as it is.

    Raises
    ------
    LabelTypeError
        For a slice that mixes a quantity with a plain number, which in square brackets is
        a position.
    """
    entries = index if isinstance(index, tuple) else (index,)
    if not any(map(_has_units, entries)):
        return index
    axes = _axes_of_entries(entries, len(dimensions))
    return tuple(
        positions(dimensions[axis], _checked(entry)) if _has_units(entry) else entry
        for entry, axis in zip(entries, axes, strict=True)
    )


def _axes_of_entries(entries: tuple[Any, ...], ndim: int) -> list[int]:
    """Return the axis that each part of an index is about, for ``None`` and ``...`` any."""
    taking = [entry is not None and entry is not Ellipsis for entry in entries]
    if sum(taking) > ndim:
        msg = f"too many indices: the dataset has {ndim} dimensions, found {sum(taking)} indices"
        raise IndexError(msg)
    axes, axis = [], 0
    for entry, takes in zip(entries, taking, strict=True):
        axes.append(axis)
        axis += ndim - sum(taking) if entry is Ellipsis else takes
    return axes


#: What an index nearly always is made of, and what has no units.
_PLAIN: Final = frozenset({int, type(None), type(Ellipsis), np.int64, np.ndarray, bool})


def _has_units(entry: Any) -> bool:
    # every slice of every dataset passes here
    if type(entry) in _PLAIN:
        return False
    if isinstance(entry, slice):
        return _has_units(entry.start) or _has_units(entry.stop)
    if isinstance(entry, str):
        found = unit.quantity(entry)
        return found is not None and found[1] != ""
    if isinstance(entry, list):
        return bool(entry) and _has_units(entry[0])
    return _is_quantity(entry)


def _checked(entry: Any) -> Any:
    ends = (entry.start, entry.stop) if isinstance(entry, slice) else ()
    for end in ends:
        if end is not None and not _has_units(end):
            msg = (
                "in square brackets a plain number is a position, so a slice has units at both "
                f"of its ends, found {entry!r}; use ds.sel(...) for values"
            )
            raise LabelTypeError(msg)
    return entry
