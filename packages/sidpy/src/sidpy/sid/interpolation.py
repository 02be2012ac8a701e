"""Values between the points of an axis: ``ds.interp(x=[0.1, 0.2], method="cubic")``.

Axes are interpolated one after the other, which for the grids of datasets is the same as
doing all at once.  Each result is a weighted sum of values, and the weights depend on the
axis alone; so the variance of a result is the sum of squared weights times variances,
exactly, for every method.  Results share values and are therefore correlated with their
neighbours; that correlation is not kept.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import dask.array as da
import numpy as np

from sidpy.base import units as unit
from sidpy.errors import DimensionError, LabelTypeError, LabelValueError

from ._dask import plain
from ._labelled import Labelled
from .agreement import describe
from .dimension import Dimension
from .kinds import DimensionType
from .labels import select
from .locating import asked_for, in_units_of
from .operators import new_title

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Numbers = npt.NDArray[Any]

__all__ = ["Interpolation"]

#: Points that a method needs.
_NEEDED: Final = {"linear": 2, "nearest": 1, "cubic": 4}

#: Values closer to a point than this share of the mean step are at the point.
_AT_A_POINT: Final = 1e-9

EXTRAPOLATE: Final = "extrapolate"


class Interpolation(Labelled):
    """Values on other axes."""

    __slots__ = ()

    def interp(
        self,
        where: Mapping[str, Any] | None = None,
        /,
        *,
        method: str = "linear",
        fill_value: float | str = np.nan,
        **named: Any,
    ) -> Any:
        """Return the dataset at other values along named dimensions.

        Parameters
        ----------
        where : mapping of str, optional
            New values of a dimension, for names that are no Python words.
        method : {"linear", "nearest", "cubic"}
            Straight lines between points, the nearest point, or a cubic spline (not-a-knot).
        fill_value : float or "extrapolate"
            What stands outside of the axis; it is never extrapolated unless asked for.
        **named : number, str, quantity, sequence or Dimension
            New values of a dimension, in its units or in their own. A single value drops
            the axis; a `Dimension` gives the new axis its units.

        Returns
        -------
        Dataset
            Lazy. Integers become float64, float32 stays; variance is propagated.

        Raises
        ------
        DimensionError
            When there is no dimension of a name, its values repeat, there are too few of
            them for the method, or it numbers the points of a cloud (a ValueError).
        LabelValueError
            For units that cannot be converted and an unknown method (a ValueError).
        LabelTypeError
            For values or data that are no numbers (a TypeError).

        Notes
        -----
        Linear and nearest read only the blocks around the new values; a spline depends on
        the whole axis and holds one line of blocks at a time. A NaN in the data makes every
        value NaN that depends on it: for a spline its whole line.

        Examples
        --------
        >>> import sidpy
        >>> line = sidpy.Dataset.from_array([0, 10, 40])
        >>> line.set_dimension(0, sidpy.Dimension([0, 1, 2], "x", "Length", "nm"))
        >>> line.interp(x=["500 pm", 2, 3]).compute()
        array([ 5., 40., nan])
        """
        labels = self.labels_record
        wanted = asked_for(labels, where, named)
        _check_request(self.dtype, method, fill_value)
        axes = {axis: _new_axis(labels.dimensions[axis], entry) for axis, entry in wanted.items()}
        for axis in axes:
            _check_axis(labels.dimensions[axis], method, fill_value)
        array, errors = plain(self), labels.variance
        # what shrinks most goes first
        for axis in sorted(axes, key=lambda axis: axes[axis][1].size / array.shape[axis]):
            points, targets = np.asarray(labels.dimensions[axis]), axes[axis][1]
            line = _Line.of(points, targets, axis, method, fill_value)
            array = line.applied(array, squared=False)
            errors = None if errors is None else line.applied(errors, squared=True)
        gone = tuple(axis for axis, (dimension, _) in axes.items() if dimension is None)
        index = tuple(0 if axis in gone else slice(None) for axis in range(array.ndim))
        dimensions = [
            labels.dimensions[axis] if axes.get(axis, (None,))[0] is None else axes[axis][0]
            for axis in range(array.ndim)
        ]
        labels = select(
            labels.but(dimensions=tuple(dimensions)),
            [(axis, slice(None)) for axis in range(array.ndim) if axis not in gone],
            title=new_title(labels),
            variance=errors if errors is None or not gone else errors[index],
        )
        parameters: dict[str, Any] = {"where": {**(where or {}), **named}, "method": method}
        if fill_value == EXTRAPOLATE or not np.isnan(fill_value):
            parameters["fill_value"] = fill_value
        return self.labelled(
            array[index] if gone else array, labels, "interp", inputs=[self], parameters=parameters
        )

    def interp_like(
        self, other: Any, *, method: str = "linear", fill_value: float | str = np.nan
    ) -> Any:
        """Return the dataset on the axes of another, where both have one of the same name.

        Parameters
        ----------
        other : Dataset
            Whose axes are taken, with their units.
        method, fill_value
            As for `interp`.

        Raises
        ------
        DimensionError
            When no name is shared (a ValueError).
        LabelTypeError
            When `other` is no Dataset (a TypeError).
        """
        record = getattr(other, "labels_record", None)
        if record is None:
            msg = f"interp_like takes the axes of a Dataset, found {other!r}"
            raise LabelTypeError(msg)
        mine = [dimension.name for dimension in self.labels_record.dimensions]
        shared = {dim.name: dim for dim in record.dimensions if dim.name in mine}
        shared.pop("none", None)
        if not shared:
            names = [dimension.name for dimension in record.dimensions]
            msg = f"the two datasets share no dimension: this one has {mine}, the other {names}"
            raise DimensionError(msg)
        return self.interp(shared, method=method, fill_value=fill_value)


# ---------------------------------------------------------------- what was asked for


def _check_request(dtype: np.dtype[Any], method: str, fill_value: Any) -> None:
    if method not in _NEEDED:
        msg = f"method is one of {list(_NEEDED)}, found {method!r}"
        raise LabelValueError(msg)
    if dtype.kind not in "biufc":
        msg = f"only numbers can be interpolated, found data of type {dtype}"
        raise LabelTypeError(msg)
    number = isinstance(fill_value, int | float | np.number) and not isinstance(fill_value, bool)
    if not number and not (isinstance(fill_value, str) and fill_value == EXTRAPOLATE):
        msg = f"fill_value is a number or {EXTRAPOLATE!r}, found {fill_value!r}"
        raise LabelValueError(msg)


def _new_axis(dimension: Dimension, wanted: Any) -> tuple[Dimension | None, Numbers]:
    """Return the new dimension, None for a single value, and its values in the old units."""
    values = in_units_of(dimension, wanted)
    if not np.ndim(values):
        return None, np.array([values])
    if not values.size:
        msg = f"at least one new value along {dimension.name!r} is needed, found {wanted!r}"
        raise LabelValueError(msg)
    if not isinstance(wanted, Dimension) or wanted.units in unit.NO_UNITS:
        return dimension.with_values(values), values
    result = dimension.with_values(wanted)
    result.units = wanted.units
    return result, values


def _check_axis(dimension: Dimension, method: str, fill_value: float | str) -> None:
    values = np.asarray(dimension)
    if dimension.dimension_type is DimensionType.POINT_CLOUD:
        msg = f"{dimension.name!r} numbers the points of a cloud: there is nothing between them"
        raise DimensionError(msg)
    needed = _NEEDED[method]
    if method == "linear" and fill_value != EXTRAPOLATE:
        needed = 1  # a single point is at least itself
    if values.size < needed:
        msg = f"{method} interpolation needs {needed} points, found {describe(dimension)}"
        raise DimensionError(msg)
    if np.isnan(values).any() or np.unique(values).size < values.size:
        msg = (
            f"interpolation needs distinct values; some repeat or are NaN in {describe(dimension)}"
        )
        raise DimensionError(msg)


# ---------------------------------------------------------------- one axis


class _Line:
    """One axis with its old points in rising order and its new values."""

    def __init__(self, points: Numbers, targets: Numbers, axis: int, method: str) -> None:
        self.points, self.targets, self.axis, self.method = points, targets, axis, method
        self.order: Numbers | None = None
        self.fill: float | None = None
        self.outside = np.zeros(targets.shape, dtype=bool)

    @classmethod
    def of(
        cls, points: Numbers, targets: Numbers, axis: int, method: str, fill_value: float | str
    ) -> _Line:
        """Put the points in order, and the values that are points but for rounding on them."""
        rising = bool((np.diff(points) > 0).all())
        order = None if rising else np.argsort(points)
        points = points if order is None else points[order]
        slack = _AT_A_POINT * (points[-1] - points[0]) / max(points.size - 1, 1)
        near = points[_nearest_of(points, targets)]
        targets = np.where(np.abs(near - targets) <= slack, near, targets)
        line = cls(points, targets, axis, "nearest" if points.size == 1 else method)
        line.order = order
        if fill_value != EXTRAPOLATE:
            line.fill = float(fill_value)
            line.outside = (targets < points[0]) | (targets > points[-1])
        return line

    def applied(self, array: Any, *, squared: bool) -> Any:
        """Return a lazy array with this axis interpolated; with squared weights for variances."""
        dtype = self._dtype(array.dtype)
        if self.order is not None:
            array = array[(slice(None),) * self.axis + (self.order,)]
        parts = [
            self._piece(array, slice(start, start + self._most(array)), dtype, squared=squared)
            for start in range(0, self.targets.size, self._most(array))
        ]
        return parts[0] if len(parts) == 1 else da.concatenate(parts, axis=self.axis)

    def _most(self, array: Any) -> int:
        """Return how many new values make a block no larger than the old ones."""
        return int(max(array.chunks[self.axis]))

    def _dtype(self, dtype: np.dtype[Any]) -> np.dtype[Any]:
        if self.method == "nearest" and not self.outside.any():
            return dtype
        return np.result_type(dtype, np.float32 if dtype.kind in "fc" else np.float64)

    def _piece(self, array: Any, part: slice, dtype: np.dtype[Any], *, squared: bool) -> Any:
        targets = self.targets[part]
        low, high = self._window(targets)
        window = array[(slice(None),) * self.axis + (slice(low, high),)]
        if len(window.chunks[self.axis]) > 1:
            window = window.rechunk({self.axis: -1})
        chunks = list(window.chunks)
        chunks[self.axis] = (targets.size,)
        piece = _Piece(
            self.points[low:high], targets, self.outside[part], self.fill, self.axis, dtype
        )
        return da.map_blocks(
            partial(_BLOCKS[self.method], piece=piece, squared=squared),
            window,
            chunks=tuple(chunks),
            dtype=dtype,
            meta=np.empty((0,) * array.ndim, dtype=dtype),
        )

    def _window(self, targets: Numbers) -> tuple[int, int]:
        """Return the range of points that these values depend on."""
        if self.method == "cubic":
            return 0, self.points.size
        if self.method == "nearest":
            place = _nearest_of(self.points, targets)
            return int(place.min()), int(place.max()) + 1
        left = _left_of(self.points, targets)
        return int(left.min()), int(left.max()) + 2


def _left_of(points: Numbers, targets: Numbers) -> Numbers:
    """Return the point at or before each value, of two that a line can be drawn through."""
    return (np.searchsorted(points, targets, side="right") - 1).clip(0, points.size - 2)


def _nearest_of(points: Numbers, targets: Numbers) -> Numbers:
    if points.size == 1:
        return np.zeros(targets.shape, dtype=int)
    left = _left_of(points, targets)
    result: Numbers = left + (targets - points[left] > points[left + 1] - targets)
    return result


class _Piece(NamedTuple):
    """What a block needs to know of its axis."""

    points: Numbers
    targets: Numbers
    outside: Numbers
    fill: float | None
    axis: int
    dtype: np.dtype[Any]

    def filled(self, result: Numbers, *, squared: bool) -> Numbers:
        """Return a result of the right type, with the values outside of the axis filled in."""
        result = result.astype(self.dtype, copy=False)
        if self.fill is not None and self.outside.any():
            where = (slice(None),) * self.axis + (self.outside,)
            result[where] = np.nan if squared else self.fill
        return result


def _linear(block: Numbers, *, piece: _Piece, squared: bool) -> Numbers:
    points, targets, axis = piece.points, piece.targets, piece.axis
    left = _left_of(points, targets)
    right = left + 1
    share = (targets - points[left]) / (points[right] - points[left])
    # a value at a point must not see a NaN beside it
    right, left = np.where(share == 0, left, right), np.where(share == 1, right, left)
    weights = np.stack([1 - share, share])
    if squared:
        weights = weights**2
    real = np.empty(0, dtype=piece.dtype).real.dtype
    weights = weights.astype(real).reshape((2, -1) + (1,) * (block.ndim - 1 - axis))
    result = np.take(block, left, axis) * weights[0]
    result += np.take(block, right, axis) * weights[1]
    return piece.filled(result, squared=squared)


def _nearest(block: Numbers, *, piece: _Piece, squared: bool) -> Numbers:
    places = _nearest_of(piece.points, piece.targets)
    return piece.filled(np.take(block, places, piece.axis), squared=squared)


def _cubic(block: Numbers, *, piece: _Piece, squared: bool) -> Numbers:
    from scipy.interpolate import make_interp_spline

    points, targets, axis = piece.points, piece.targets, piece.axis
    if squared:
        weights = make_interp_spline(points, np.eye(points.size), k=3)(targets) ** 2
        result: Numbers = np.moveaxis(np.tensordot(weights, block, (1, axis)), 0, axis)
    else:
        # a NaN spoils its own line only
        result = make_interp_spline(points, block, k=3, axis=axis, check_finite=False)(targets)
    return piece.filled(result, squared=squared)


_BLOCKS: Final = {"linear": _linear, "nearest": _nearest, "cubic": _cubic}
