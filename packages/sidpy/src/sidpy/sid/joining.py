"""Datasets joined to one: along an axis they have, or along a new one.

All other axes and the units must agree; where they do not the user is told, and the labels
of the first dataset are kept.  Joining by name, with units converted, is what
`sidpy.concat` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import dask.array as da
import numpy as np

from sidpy.base import units as unit
from sidpy.config import config

from ._dask import plain
from .agreement import complain, counting, distinct, is_anonymous, same_axis
from .kinds import DimensionType
from .labels import Labels, keep
from .operators import labels_of, new_title
from .reductions import axes_of, refuse_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .dimension import Dimension

__all__ = ["FUNCTIONS", "joined_dimension", "joined_errors", "joined_points"]


def _concatenate(
    arrays: Iterable[Any],
    axis: int | None = 0,
    out: Any = None,
    *,
    dtype: Any = None,
    casting: Any = "same_kind",
) -> Any:
    """Join along an existing axis, whose values are joined too; the others must agree."""
    refuse_out(out)
    arrays = list(arrays)
    if dtype is not None:
        arrays = [array.astype(dtype, casting=casting) for array in arrays]
    if axis is None or any(labels_of(array) is None for array in arrays):
        return da.concatenate([plain(array) for array in arrays], axis=axis)
    owner = arrays[0]
    (axis,) = axes_of(axis, owner.ndim)
    result, arrays = _joined(da.concatenate, arrays, axis)
    records = [array.labels_record for array in arrays]
    _check_others_agree(records, axis)
    labels = records[0]
    dimensions = list(labels.dimensions)
    dimensions[axis] = joined_dimension([record.dimensions[axis] for record in records])
    labels = keep(
        labels,
        dimensions=tuple(dimensions),
        title=new_title(labels),
        variance=joined_errors(da.concatenate, arrays, axis),
        point_cloud=joined_points(records, axis),
    )
    parameters = {"axis": axis}
    return owner.labelled(result, labels, "concatenate", inputs=arrays, parameters=parameters)


def _stack(
    arrays: Iterable[Any],
    axis: int = 0,
    out: Any = None,
    *,
    dtype: Any = None,
    casting: Any = "same_kind",
) -> Any:
    """Join along a new axis; all axes must agree."""
    refuse_out(out)
    arrays = list(arrays)
    if dtype is not None:
        arrays = [array.astype(dtype, casting=casting) for array in arrays]
    if any(labels_of(array) is None for array in arrays):
        return da.stack([plain(array) for array in arrays], axis=axis)
    owner = arrays[0]
    result, arrays = _joined(da.stack, arrays, axis)
    records = [array.labels_record for array in arrays]
    labels = records[0]
    _check_others_agree(records, None)
    (place,) = axes_of(axis, result.ndim)
    dimensions = list(labels.dimensions)
    dimensions.insert(place, counting(len(arrays), "stack"))
    variance = joined_errors(da.stack, arrays, axis)
    labels = keep(
        labels, dimensions=distinct(dimensions), title=new_title(labels), variance=variance
    )
    return owner.labelled(result, labels, "stack", inputs=arrays, parameters={"axis": axis})


def _joined(join: Callable[..., Any], arrays: list[Any], axis: int) -> tuple[Any, list[Any]]:
    """Return the plain result, and the arrays in the units of the first where units allow."""
    units = arrays[0].units
    converted = []
    for array in arrays:
        factor = None
        if array.units != units and array.units not in unit.NO_UNITS:
            factor = unit.conversion_factor(array.units, units)
        if factor is not None:
            array = array * factor  # noqa: PLW2901 - the same values in other units
            array.units = units
        converted.append(array)
    return join([plain(array) for array in converted], axis=axis), converted


def joined_dimension(parts: list[Dimension]) -> Dimension:
    """Return the values one after the other; what only counts goes on counting."""
    if all(is_anonymous(part) for part in parts):
        return counting(sum(part.size for part in parts), parts[0].name)
    return parts[0].with_values(np.concatenate([np.asarray(part) for part in parts]))


def joined_points(records: list[Labels], axis: int) -> Any:
    """Return the coordinates of the points of all, where points were joined."""
    first = records[0]
    if first.point_cloud is None or (
        first.dimensions[axis].dimension_type is not DimensionType.POINT_CLOUD
    ):
        return first.point_cloud
    clouds = [record.point_cloud or {} for record in records]
    if not all("coordinates" in cloud for cloud in clouds):
        return None
    points = np.concatenate([np.asarray(cloud["coordinates"]) for cloud in clouds])
    return {**first.point_cloud, "coordinates": points}


def joined_errors(join: Callable[..., Any], arrays: list[Any], axis: int) -> Any:
    """Return the variances of all; NaN stands for one that is not known."""
    errors = [array.labels_record.variance for array in arrays]
    if all(error is None for error in errors):
        return None
    return join(
        [
            da.full_like(plain(array), np.nan, dtype=float) if error is None else error
            for array, error in zip(arrays, errors, strict=True)
        ],
        axis=axis,
    )


def _check_others_agree(records: list[Labels], axis: int | None) -> None:
    """Complain about axes, other than the joined one, and units that are not the same."""
    first = records[0]
    for number, record in enumerate(records[1:], 1):
        wrong = [
            f"axis {i}: {one!r} and {two!r}"
            for i, (one, two) in enumerate(zip(first.dimensions, record.dimensions, strict=True))
            if i != axis and not same_axis(one, two)
        ]
        if record.units != first.units:
            wrong.append(f"units: {first.units!r} and {record.units!r}")
        if wrong:
            message = (
                f"datasets 0 and {number} were joined though they disagree; the labels of the "
                "first are kept.\n  " + "\n  ".join(wrong)
            )
            complain(message, strict=config.strict)


def _at_least(arrays: Iterable[Any], ndim: int) -> list[Any]:
    """Return the arrays with new axes in front, so that each has `ndim` at least."""
    return [
        array[(None,) * max(ndim - np.ndim(array), 0)] if labels_of(array) is not None
        else np.array(array, ndmin=ndim, copy=None)
        for array in arrays
    ]  # fmt: skip


def _vstack(arrays: Iterable[Any], **options: Any) -> Any:
    """Join along the first axis; one-dimensional ones become rows."""
    return _concatenate(_at_least(arrays, 2), axis=0, **options)


def _hstack(arrays: Iterable[Any], **options: Any) -> Any:
    """Join along the second axis, or the only one."""
    arrays = _at_least(arrays, 1)
    return _concatenate(arrays, axis=0 if arrays[0].ndim == 1 else 1, **options)


def _dstack(arrays: Iterable[Any], **options: Any) -> Any:
    """Join along the third axis, which is new for images."""
    deep = [_with_depth(array) for array in arrays]
    return _concatenate(deep, axis=2, **options)


def _with_depth(array: Any) -> Any:
    if labels_of(array) is None:
        return np.atleast_3d(array)
    index = {0: (None, None, None), 1: (None, slice(None), None), 2: (..., None)}
    return array[index.get(array.ndim, ...)]


def _column_stack(arrays: Iterable[Any], **options: Any) -> Any:
    """Join along the second axis; one-dimensional ones become columns."""
    columns = [array[:, None] if np.ndim(array) == 1 else array for array in arrays]
    return _concatenate(columns, axis=1, **options)


def _append(first: Any, second: Any, axis: int | None = None) -> Any:
    return _concatenate([first, second], axis=axis)


#: NumPy's functions, by name.
FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "concatenate": _concatenate,
    "concat": _concatenate,
    "stack": _stack,
    "vstack": _vstack,
    "row_stack": _vstack,
    "hstack": _hstack,
    "dstack": _dstack,
    "column_stack": _column_stack,
    "append": _append,
}
