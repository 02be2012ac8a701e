"""Datasets that agree on their axes: `align`.

Values of two axes are the same when they differ by less than a millionth of a step, in
whatever units; nothing is interpolated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import dask.array as da
import numpy as np

from sidpy.base import units as unit
from sidpy.errors import DimensionError, LabelTypeError, LabelValueError

from ._dask import plain
from .agreement import describe, same_axis
from .kinds import DimensionType
from .labels import select
from .locating import closest, distance_in_units_of
from .operators import new_title
from .recording import recorded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from .dimension import Dimension

    Numbers = npt.NDArray[np.float64]

__all__ = ["align"]

_JOINS: Final = ("inner", "outer", "left", "right", "exact")

#: Largest difference between values that are the same, as a share of a step.
_SAME_VALUE: Final = 1e-6


@recorded("sidpy.align")
def align(
    *datasets: Any,
    join: str = "inner",
    dims: str | Iterable[str] | None = None,
    tolerance: Any = None,
    fill_value: float = np.nan,
) -> tuple[Any, ...]:
    """Return datasets that have the same values along the dimensions they share by name.

    Parameters
    ----------
    *datasets : Dataset
        Their other dimensions are left alone.
    join : {"inner", "outer", "left", "right", "exact"}
        Which values: those that all have, those that any has, those of the first, those of
        the last; or, with "exact", an error unless they are the same.
    dims : str or sequence of str, optional
        The dimensions; by default all that two datasets share.
    tolerance : number, str or quantity, optional
        How far apart values may be and still be the same; a millionth of a step by default.
    fill_value : float
        What stands where a dataset has no value; its variance there is NaN.

    Returns
    -------
    tuple of Dataset
        Lazy, in the order given. Aligned axes have the values and units of the first that
        has them; a dataset that nothing changes for is returned as it is.

    Raises
    ------
    DimensionError
        When no value is shared, values repeat, units measure different things, or the axes
        differ and `join` is "exact" (a ValueError).
    LabelTypeError
        For anything but datasets (a TypeError).
    LabelValueError
        For an unknown `join` (a ValueError).

    Examples
    --------
    >>> import sidpy
    >>> one = sidpy.Dataset.from_array([1, 2, 3])
    >>> one.set_dimension(0, sidpy.Dimension([0, 1, 2], "x", "Length", "nm"))
    >>> two = sidpy.Dataset.from_array([10, 20, 30])
    >>> two.set_dimension(0, sidpy.Dimension([1000, 2000, 3000], "x", "Length", "pm"))
    >>> one, two = sidpy.align(one, two)
    >>> (one + two).compute(), one.x.values
    (array([12, 23]), array([1., 2.]))
    """
    if join not in _JOINS:
        msg = f"join is one of {list(_JOINS)}, found {join!r}"
        raise LabelValueError(msg)
    for dataset in datasets:
        if not hasattr(dataset, "labels_record"):
            msg = f"only datasets can be aligned, found {type(dataset).__name__}"
            raise LabelTypeError(msg)
    changes: list[dict[int, _Change]] = [{} for _ in datasets]
    for name in _shared(datasets, dims):
        members = [
            (number, labels.axis(name), labels.dimensions[labels.axis(name)])
            for number, labels in enumerate(dataset.labels_record for dataset in datasets)
            if any(dimension.name == name for dimension in labels.dimensions)
        ]
        found = _agreed([dimension for *_, dimension in members], join, tolerance)
        for (number, axis, dimension), change in zip(members, found, strict=True):
            if change.differs_from(dimension):
                changes[number][axis] = change
    return tuple(
        _changed(dataset, change, join, fill_value) if change else dataset
        for dataset, change in zip(datasets, changes, strict=True)
    )


def _shared(datasets: Sequence[Any], dims: str | Iterable[str] | None) -> list[str]:
    """Return the names that at least two datasets have, or those asked for."""
    names = [dim.name for dataset in datasets for dim in dataset.labels_record.dimensions]
    shared = [name for name in dict.fromkeys(names) if names.count(name) > 1 and name != "none"]
    if dims is None:
        return shared
    wanted = [dims] if isinstance(dims, str) else list(dims)
    for name in wanted:
        if name not in names:
            msg = f"no dataset has a dimension {name!r}; there are {list(dict.fromkeys(names))}"
            raise DimensionError(msg)
    return [name for name in shared if name in wanted]


class _Change:
    """A new dimension, and for each of its values the position in the old one, if any."""

    def __init__(self, dimension: Dimension, index: npt.NDArray[np.intp], there: Any) -> None:
        self.dimension, self.index, self.there = dimension, index, there

    def differs_from(self, old: Dimension) -> bool:
        """Whether anything is left to do."""
        whole = np.array_equal(self.index, np.arange(old.size)) and bool(self.there.all())
        return not (whole and self.dimension == old)

    @property
    def taken(self) -> Any:
        """The old positions, as a slice where they follow each other."""
        index = self.index
        if index.size and np.array_equal(index, np.arange(index[0], index[0] + index.size)):
            return slice(int(index[0]), int(index[-1]) + 1)
        return index


def _agreed(dimensions: list[Dimension], join: str, tolerance: Any) -> list[_Change]:
    """Return what becomes of each of several dimensions of one name."""
    first = dimensions[0]
    reach = _reach(first, tolerance)
    values = [_in_units_of_first(dimension, first) for dimension in dimensions]
    alike = [
        one.size == first.size
        and (same_axis(first, dimension) or bool((np.abs(one - values[0]) <= reach).all()))
        for one, dimension in zip(values, dimensions, strict=True)
    ]
    if all(alike):
        whole = np.arange(first.size)
        return [_Change(first, whole, np.ones(first.size, dtype=bool)) for _ in dimensions]
    if join == "exact":
        odd = dimensions[alike.index(False)]
        msg = f"axes differ: {describe(first)} and {describe(odd)}"
        raise DimensionError(msg)
    for one, dimension in zip(values, dimensions, strict=True):
        if np.isnan(one).any() or np.unique(one).size < one.size:
            msg = f"values repeat or are NaN in {describe(dimension)}: it cannot be aligned"
            raise DimensionError(msg)
    common = _joined(values, join, reach)
    if not common.size:
        listed = ", ".join(map(describe, dimensions))
        msg = f"the datasets share no value along {first.name!r}: {listed}"
        raise DimensionError(msg)
    model = first.with_values(common)
    return [_Change(model, *_places(one, common, reach)) for one in values]


def _reach(first: Dimension, tolerance: Any) -> float:
    if tolerance is not None:
        return distance_in_units_of(first, tolerance) * (1 + 1e-9)
    return _SAME_VALUE * float(np.ptp(np.asarray(first))) / max(first.size - 1, 1)


def _in_units_of_first(dimension: Dimension, first: Dimension) -> Numbers:
    unsaid = {dimension.units, first.units} & unit.NO_UNITS
    found = unit.Conversion(1.0) if unsaid else unit.conversion(dimension.units, first.units)
    if found is None:
        msg = (
            f"{describe(dimension)} cannot be aligned with {describe(first)}: "
            f"{unit.why_not(dimension.units, first.units)}"
        )
        raise DimensionError(msg)
    values: Numbers = found(dimension.values)
    return values


def _joined(values: list[Numbers], join: str, reach: float) -> Numbers:
    """Return the common values, in the direction of the first axis."""
    result = values[-1] if join == "right" else values[0]
    if join == "inner":
        for one in values[1:]:
            result = result[_places(one, result, reach)[1]]
    elif join == "outer":
        for one in values[1:]:
            result = np.concatenate([result, one[~_places(result, one, reach)[1]]])
        result = np.sort(result)
        if values[0].size > 1 and values[0][0] > values[0][-1]:
            result = result[::-1]
    return result


def _places(values: Numbers, wanted: Numbers, reach: float) -> tuple[Any, Any]:
    """Return the position of the nearest value to each wanted one, and whether it is that."""
    if not values.size:
        return np.zeros(wanted.shape, dtype=np.intp), np.zeros(wanted.shape, dtype=bool)
    order = np.argsort(values)
    index = order[closest(values[order], wanted)]
    return index, np.abs(values[index] - wanted) <= reach


def _changed(dataset: Any, changes: dict[int, _Change], join: str, fill_value: float) -> Any:
    """Return the dataset on its new axes."""
    labels, array = dataset.labels_record, plain(dataset)
    errors = labels.variance
    for axis, change in changes.items():
        dimension = labels.dimensions[axis]
        if dimension.dimension_type is DimensionType.POINT_CLOUD and not change.there.all():
            msg = f"{dimension.name!r} numbers the points of a cloud: there are no points to add"
            raise DimensionError(msg)
        array = _filled(array, axis, change, fill_value)
        errors = None if errors is None else _filled(errors, axis, change, np.nan)
    picks = [
        (axis, changes[axis].taken if axis in changes else slice(None))
        for axis in range(array.ndim)
    ]
    title = labels.title if array is plain(dataset) else new_title(labels)
    labels = select(labels, picks, title=title, variance=errors)
    labels = labels.but(
        dimensions=tuple(
            changes[axis].dimension if axis in changes else dimension
            for axis, dimension in enumerate(labels.dimensions)
        )
    )
    names = [change.dimension.name for change in changes.values()]
    parameters = {"join": join, "dims": names}
    return dataset.labelled(array, labels, "align", inputs=[dataset], parameters=parameters)


def _filled(array: Any, axis: int, change: _Change, fill_value: float) -> Any:
    """Take the old positions along an axis and fill in what is not there."""
    taken = change.taken
    if not isinstance(taken, slice) or taken != slice(0, array.shape[axis]):
        array = array[(slice(None),) * axis + (taken,)]
    if change.there.all():
        return array
    there = change.there.reshape((-1,) + (1,) * (array.ndim - 1 - axis))
    chunks = (array.chunks[axis], *((1,) for _ in range(array.ndim - 1 - axis)))
    return da.where(da.from_array(there, chunks=chunks), array, fill_value)
