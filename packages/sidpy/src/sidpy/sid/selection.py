"""Selection by value: ``ds.sel(bias=0.3, x=slice("2 nm", "5 nm"))``.

A number takes the nearest point and drops the axis; a slice takes every point between its
ends, both included, whichever way the axis runs; a list takes the nearest point for each.
Text is a number with units and is converted to those of the axis.
"""

from __future__ import annotations

import re
from numbers import Real
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.base import units as unit
from sidpy.errors import DimensionError, LabelTypeError, LabelValueError

from ._dask import plain
from ._labelled import Labelled
from .agreement import describe
from .labels import keep
from .operators import new_title

if TYPE_CHECKING:
    from .dimension import Dimension

__all__ = ["Selection"]

_QUANTITY: Final = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*")


class Selection(Labelled):
    """Parts by name and value, and other units."""

    __slots__ = ()

    def isel(self, **where: Any) -> Any:
        """Return a part by position along named dimensions: ``ds.isel(x=3, bias=slice(1, 5))``.

        Raises
        ------
        DimensionError
            When there is no dimension of a name (a ValueError).
        IndexError
            For a position outside the axis.
        """
        return _one_by_one(self, where)

    def sel(self, **where: Any) -> Any:
        """Return a part by value along named dimensions.

        Parameters
        ----------
        **where : number, str, slice or list
            For each dimension the value or values, in its units, or as text with units of
            their own.

        Raises
        ------
        DimensionError
            When there is no dimension of a name, or nothing of the axis is within half a
            step of a value (a ValueError).
        LabelValueError
            For units that cannot be converted to those of the axis (a ValueError).

        Examples
        --------
        >>> import sidpy
        >>> line = sidpy.Dataset.from_array([10, 20, 30, 40])
        >>> line.set_dimension(0, sidpy.Dimension([0, 0.5, 1, 1.5], "x", "Length", "nm"))
        >>> int(line.sel(x="500 pm").compute())
        20
        >>> line.sel(x=slice(0.4, 1)).compute()
        array([20, 30])
        """
        labels = self.labels_record
        positions = {
            name: _positions(labels.dimensions[labels.axis(name)], wanted)
            for name, wanted in where.items()
        }
        return _one_by_one(self, positions)

    def to(self, units: str) -> Any:
        """Return the dataset in other units, its values and variance converted.

        Raises
        ------
        LabelValueError
            When the units cannot be converted by a factor (a ValueError).

        Examples
        --------
        >>> import sidpy
        >>> sidpy.Dataset.from_array([1.5], units="nA").to("pA").compute()
        array([1500.])
        """
        labels = self.labels_record
        factor = unit.conversion_factor(labels.units, units)
        if factor is None:
            msg = f"values in {labels.units!r} cannot be converted to {units!r}"
            raise LabelValueError(msg)
        errors = labels.variance
        labels = keep(
            labels,
            units=units,
            title=new_title(labels),
            variance=None if errors is None else errors * factor**2,
        )
        parameters = {"units": units}
        return self.labelled(
            plain(self) * factor, labels, "to", inputs=[self], parameters=parameters
        )


def _one_by_one(dataset: Any, where: dict[str, Any]) -> Any:
    """Index several axes, lists among them, each on its own as names promise."""
    labels = dataset.labels_record
    index: list[Any] = [slice(None)] * dataset.ndim
    lists: dict[int, Any] = {}
    for name, wanted in where.items():
        axis = labels.axis(name)
        if isinstance(wanted, list | tuple | np.ndarray):
            lists[axis] = np.asarray(wanted)
        else:
            index[axis] = wanted
    # axes with lists first: an integer would move the axes behind it
    for axis, wanted in lists.items():
        dataset = dataset[(slice(None),) * axis + (wanted,)]
    return dataset[tuple(index)]


def _positions(dimension: Dimension, wanted: Any) -> Any:
    """Return an index for what was wanted of a dimension."""
    if isinstance(wanted, slice):
        return _between(dimension, wanted)
    if isinstance(wanted, list | tuple | np.ndarray):
        return [_nearest(dimension, value) for value in wanted]
    return _nearest(dimension, wanted)


def _nearest(dimension: Dimension, wanted: Any) -> int:
    value = _in_units_of(dimension, wanted)
    values = np.asarray(dimension)
    distance = np.abs(values - value)
    if not values.size or np.isnan(distance).all():
        msg = f"nothing can be selected from {describe(dimension)}"
        raise DimensionError(msg)
    position = int(np.nanargmin(distance))
    if distance[position] > _reach(values, position):
        msg = f"{wanted!r} is outside of {describe(dimension)}"
        raise DimensionError(msg)
    return position


def _reach(values: np.ndarray[Any, Any], position: int) -> float:
    """Return how far a point reaches: half a step, with a little for rounding."""
    if values.size == 1:
        return np.inf
    neighbours = values[max(position - 1, 0) : position + 2]
    return float(np.nanmax(np.abs(np.diff(neighbours)))) / 2 * (1 + 1e-9)


def _between(dimension: Dimension, wanted: slice) -> Any:
    if wanted.step is not None:
        msg = f"a slice of values has no step, found {wanted!r}; slice again by position with isel"
        raise LabelValueError(msg)
    ends = [
        None if end is None else _in_units_of(dimension, end)
        for end in (wanted.start, wanted.stop)
    ]
    values = np.asarray(dimension)
    low, high = (-np.inf if ends[0] is None else ends[0]), (np.inf if ends[1] is None else ends[1])
    low, high = min(low, high), max(low, high)
    slack = 1e-9 * (np.ptp(values) / max(values.size - 1, 1) if values.size else 0.0)
    inside = np.flatnonzero((values >= low - slack) & (values <= high + slack))
    if inside.size and np.array_equal(inside, np.arange(inside[0], inside[-1] + 1)):
        return slice(int(inside[0]), int(inside[-1]) + 1)
    return inside.tolist()


def _in_units_of(dimension: Dimension, value: Any) -> float:
    """Return a number in the units of the dimension."""
    if isinstance(value, Real | np.number) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, str):
        msg = (
            f"a value along {dimension.name!r} is a number or a text such as '2 nm', "
            f"found {value!r}"
        )
        raise LabelTypeError(msg)
    found = _QUANTITY.fullmatch(value)
    if found is None:
        msg = f"a value along {dimension.name!r} is a number with units, '2 nm', found {value!r}"
        raise LabelValueError(msg)
    number, units = float(found[1]), found[2]
    factor = unit.conversion_factor(units, dimension.units) if units else 1.0
    if factor is None:
        msg = (
            f"{value!r} cannot be converted to the units of {dimension.name!r}, "
            f"which are {dimension.units!r}"
        )
        raise LabelValueError(msg)
    return number * factor
