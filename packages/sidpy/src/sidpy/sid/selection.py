"""Selection by name: ``ds.sel(bias=0.3, x=slice("2 nm", "5 nm"))``, ``ds.isel(frame=3)``.

A number takes one point and drops the axis, as in indexing; a list of one keeps it.  A
slice takes every point between its ends, both included, whichever way the axis runs.
Several lists and masks select each along its own axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.errors import DimensionError, LabelTypeError

from ._dask import plain
from ._labelled import Labelled
from .labels import select
from .locating import as_mask, asked_for, positions
from .operators import new_title

if TYPE_CHECKING:
    from .dimension import Dimension

__all__ = ["Selection"]


class Selection(Labelled):
    """Parts by name."""

    __slots__ = ()

    def isel(self, where: Mapping[str, Any] | None = None, /, **named: Any) -> Any:
        """Return a part by position along named dimensions.

        Parameters
        ----------
        where : mapping of str, optional
            What to take of which dimension, for names that are no Python words.
        **named : int, slice, sequence of int or mask
            What to take of which dimension.

        Returns
        -------
        Dataset
            Lazy; an integer drops its axis.

        Raises
        ------
        DimensionError
            When there is no dimension of a name, or a mask has another length (a ValueError).
        IndexError
            For a position outside the axis.
        LabelTypeError
            For anything that is no position (a TypeError).

        Examples
        --------
        >>> import sidpy
        >>> line = sidpy.Dataset.from_array([10, 20, 30, 40])
        >>> line.isel(a=slice(1, 3)).compute()
        array([20, 30])
        """
        labels = self.labels_record
        wanted = asked_for(labels, where, named)
        taken = {axis: _checked(labels.dimensions[axis], entry) for axis, entry in wanted.items()}
        return _part(self, taken, "isel", {"where": {**(where or {}), **named}})

    def sel(
        self,
        where: Mapping[str, Any] | None = None,
        /,
        *,
        method: str | None = None,
        tolerance: Any = None,
        **named: Any,
    ) -> Any:
        """Return a part by value along named dimensions.

        Parameters
        ----------
        where : mapping of str, optional
            What to take of which dimension, for names that are no Python words.
        method : {None, "nearest", "exact", "pad", "ffill", "backfill", "bfill"}
            Which point is taken for a value: the nearest if it is within half a step (None),
            the nearest however far, the one at exactly this value, the last at or below it,
            the first at or above it.
        tolerance : number, str, quantity or mapping, optional
            How far that point may be from the value, for each dimension or for all.
        **named : number, str, quantity, slice, sequence or mask
            For each dimension the value or values, in its units, as text with units of their
            own ("2 nm"), or as pint quantities. The values of another `Dimension` are
            converted from its units.

        Returns
        -------
        Dataset
            Lazy; a single value drops its axis.

        Raises
        ------
        DimensionError
            When there is no dimension of a name, or no point for a value or within a range
            (a ValueError).
        LabelValueError
            For units that cannot be converted to those of the axis (a ValueError).
        LabelTypeError
            For anything that is no value (a TypeError).

        Examples
        --------
        >>> import sidpy
        >>> line = sidpy.Dataset.from_array([10, 20, 30, 40])
        >>> line.set_dimension(0, sidpy.Dimension([0, 0.5, 1, 1.5], "x", "Length", "nm"))
        >>> int(line.sel(x="500 pm").compute())
        20
        >>> line.sel(x=slice("0.4 nm", "0.001 um")).compute()
        array([20, 30])
        >>> line.sel(x=[0, 1.4]).compute()
        array([10, 40])
        """
        labels = self.labels_record
        wanted = asked_for(labels, where, named)
        taken = {}
        for axis, entry in wanted.items():
            dimension = labels.dimensions[axis]
            reach = tolerance.get(dimension.name) if isinstance(tolerance, Mapping) else tolerance
            taken[axis] = positions(dimension, entry, method=method, tolerance=reach)
        options = {"method": method, "tolerance": tolerance}
        given = {name: value for name, value in options.items() if value is not None}
        return _part(self, taken, "sel", {"where": {**(where or {}), **named}, **given})


def _checked(dimension: Dimension, wanted: Any) -> Any:
    """Return a position as an int, a slice or an array of positions that are all there."""
    if isinstance(wanted, slice):
        return _checked_slice(dimension, wanted)
    mask = as_mask(dimension, wanted)
    if mask is not None:
        return mask
    array = np.asarray(wanted)
    if array.ndim > 1 or (array.dtype.kind not in "iu" and array.size):
        msg = (
            f"a position along {dimension.name!r} is an integer, a slice, a list of integers or a "
            f"mask, found {wanted!r}; sel takes values"
        )
        raise LabelTypeError(msg)
    array = array.astype(np.intp)
    beyond = (array >= dimension.size) | (array < -dimension.size)
    if beyond.any():
        msg = (
            f"position {np.atleast_1d(array)[np.atleast_1d(beyond)][0]} is outside of "
            f"{dimension.name!r}, which has {dimension.size} points"
        )
        raise IndexError(msg)
    return array if array.ndim else int(array)


def _checked_slice(dimension: Dimension, wanted: slice) -> slice:
    try:
        ends = [
            None if end is None else index(end) for end in (wanted.start, wanted.stop, wanted.step)
        ]
    except TypeError:
        msg = f"a slice along {dimension.name!r} has integers, found {wanted!r}; sel takes values"
        raise LabelTypeError(msg) from None
    if ends[2] == 0:
        msg = f"the step of a slice along {dimension.name!r} is not 0, found {wanted!r}"
        raise DimensionError(msg)
    return slice(*ends)


def _part(dataset: Any, taken: dict[int, Any], function: str, parameters: dict[str, Any]) -> Any:
    """Return the part at these positions along some axes, lists each along its own."""
    labels = dataset.labels_record
    picks = [
        (axis, taken.get(axis, slice(None)))
        for axis in range(dataset.ndim)
        if not isinstance(taken.get(axis), int)
    ]
    errors = labels.variance
    labels = select(
        labels,
        picks,
        title=new_title(labels),
        variance=errors if errors is None else _taken(errors, taken),
    )
    result = _taken(plain(dataset), taken)
    return dataset.labelled(result, labels, function, inputs=[dataset], parameters=parameters)


def _taken(array: Any, taken: dict[int, Any]) -> Any:
    """Index an array along several axes: integers and slices at once, then each list."""
    whole = slice(None)
    basic = tuple(
        whole if isinstance(entry, np.ndarray) else entry
        for entry in (taken.get(axis, whole) for axis in range(array.ndim))
    )
    kept = [axis for axis in range(array.ndim) if not isinstance(taken.get(axis), int)]
    if any(entry != whole for entry in basic):
        array = array[basic]
    for place, axis in enumerate(kept):
        if isinstance(taken.get(axis), np.ndarray):
            array = array[(whole,) * place + (taken[axis],)]
    return array
