"""Sums, means and other reductions: axes go, the rest keeps its meaning.

Every method takes ``axis`` as NumPy does (an int, several, negative, or None for all) and
stays lazy, with one exception that callers of the released package rely on: a reduction
of all axes without ``keepdims`` computes at once and returns a number.
"""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any, Final

import dask.array as da
import numpy as np
from dask.array.utils import validate_axis

from sidpy.base import units as unit

from ._dask import plain
from ._labelled import Labelled
from .labels import Labels, reduce

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Reductions"]


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """Return non-negative axes for what a caller gave; None means all.

    Raises
    ------
    numpy.exceptions.AxisError
        For an axis outside the dimensions (a ValueError and an IndexError).
    """
    return tuple(range(ndim)) if axis is None else tuple(sorted(each_axis(axis, ndim)))


def each_axis(axis: Any, ndim: int) -> tuple[int, ...]:
    """Return non-negative axes in the order given; a single one too becomes a tuple.

    Raises
    ------
    numpy.exceptions.AxisError
        For an axis outside the dimensions.
    ValueError
        For an axis given twice.
    """
    given = axis if isinstance(axis, tuple | list) else (axis,)
    axes = tuple(validate_axis(index(one), ndim) for one in given)
    if len(set(axes)) < len(axes):
        msg = f"axes {axis!r} name the same axis of {ndim} twice"
        raise ValueError(msg)
    return axes


def refuse_out(out: Any) -> None:
    """Say that results cannot be put into an existing array.

    Raises
    ------
    NotImplementedError
        When `out` is given.
    """
    if out is not None:
        msg = "out= is not supported: a dataset is lazy and never changed in place; use the result"
        raise NotImplementedError(msg)


def _count(x: Any, axes: tuple[int, ...]) -> int:
    return int(np.prod([x.shape[axis] for axis in axes], dtype=int))


def _at(positions: Any, values: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """Return `values` where an arg-reduction over `axes` pointed to."""
    moved = da.moveaxis(values, axes, range(-len(axes), 0))
    moved = moved.reshape(*moved.shape[: moved.ndim - len(axes)], -1).rechunk({-1: -1})
    found = da.map_blocks(
        lambda block, at: np.take_along_axis(block, at[..., None], -1)[..., 0],
        moved,
        da.asarray(positions).rechunk(moved.chunks[:-1]),
        drop_axis=moved.ndim - 1,
        dtype=values.dtype,
    )
    return da.expand_dims(found, axes) if keepdims else found


def _extreme(name: str) -> Callable[..., Any]:
    """Return the rule for min and max: the error of the value that was found."""

    def rule(x: Any, v: Any, axes: tuple[int, ...], *, keepdims: bool) -> Any:
        moved = da.moveaxis(x, axes, range(-len(axes), 0))
        flat = moved.reshape(*moved.shape[: moved.ndim - len(axes)], -1)
        return _at(getattr(da, f"arg{name}")(flat, axis=-1), v, axes, keepdims)

    return rule


def _sum_rule(x: Any, v: Any, axes: tuple[int, ...], *, keepdims: bool) -> Any:  # noqa: ARG001 - one signature
    return v.sum(axis=axes, keepdims=keepdims)


def _mean_rule(x: Any, v: Any, axes: tuple[int, ...], *, keepdims: bool) -> Any:
    return v.sum(axis=axes, keepdims=keepdims) / max(_count(x, axes), 1) ** 2


#: How the variance of each reduction follows; those without a rule lose it.
_VARIANCE: Final[dict[str, Callable[..., Any]]] = {
    "sum": _sum_rule,
    "nansum": _sum_rule,
    "mean": _mean_rule,
    "min": _extreme("min"),
    "max": _extreme("max"),
}

#: How the units follow where they do not stay.
_UNITS: Final[dict[str, Callable[[Labels], dict[str, str]]]] = {
    "var": lambda labels: {"units": unit.power(labels.units, 2)},
    "nanvar": lambda labels: {"units": unit.power(labels.units, 2)},
    "prod": lambda _: {"units": "generic", "quantity": "generic"},
    "argmin": lambda _: {"units": "generic", "quantity": "generic"},
    "argmax": lambda _: {"units": "generic", "quantity": "generic"},
    "all": lambda _: {"units": "generic"},
    "any": lambda _: {"units": "generic"},
}


def aggregate(
    dataset: Any, name: str, axis: Any, *, keepdims: bool = False, out: Any = None, **options: Any
) -> Any:
    """Reduce a dataset by the dask function called `name`.

    Returns a number when all axes are gone and `keepdims` is false.
    """
    refuse_out(out)
    x, labels = plain(dataset), dataset.labels_record
    options = {key: value for key, value in options.items() if value is not None}
    takes_one_axis = name in ("argmin", "argmax")
    axes = axes_of(axis, x.ndim)
    if takes_one_axis and axis is not None and len(axes) != 1:
        msg = f"{name} goes along one axis or all of them, found axis={axis!r}"
        raise TypeError(msg)
    given = axis if axis is None else (axes[0] if takes_one_axis else axes)
    result = getattr(da, name)(x, axis=given, keepdims=keepdims, **options)
    if axis is None and not keepdims:
        return result.compute()[()]
    rule = _VARIANCE.get(name)
    errors = None
    if labels.variance is not None and rule is not None:
        errors = rule(x, labels.variance, axes, keepdims=keepdims)
    changes = _UNITS[name](labels) if name in _UNITS else {}
    labels = reduce(
        labels, axes, keepdims=keepdims, variance=errors,
        title=f"{name}_aggregate_{labels.title}", **changes,
    )  # fmt: skip
    parameters = {"axis": given, "keepdims": keepdims, **options}
    return dataset.labelled(result, labels, name, inputs=[dataset], parameters=parameters)


class Reductions(Labelled):
    """The reductions of a dataset."""

    __slots__ = ()

    def sum(
        self,
        axis: Any = None,
        dtype: Any = None,
        keepdims: bool = False,
        split_every: Any = None,
        out: Any = None,
    ) -> Any:
        """Sum over `axis`; the variances add up."""
        return aggregate(
            self, "sum", axis, keepdims=keepdims, dtype=dtype, split_every=split_every, out=out
        )

    def mean(
        self,
        axis: Any = None,
        dtype: Any = None,
        keepdims: bool = False,
        split_every: Any = None,
        out: Any = None,
    ) -> Any:
        """Mean over `axis`; the variance is the sum of variances over N²."""
        return aggregate(
            self, "mean", axis, keepdims=keepdims, dtype=dtype, split_every=split_every, out=out
        )

    def std(
        self,
        axis: Any = None,
        dtype: Any = None,
        keepdims: bool = False,
        ddof: int = 0,
        split_every: Any = None,
        out: Any = None,
    ) -> Any:
        """Standard deviation over `axis`."""
        return aggregate(
            self,
            "std",
            axis,
            keepdims=keepdims,
            dtype=dtype,
            ddof=ddof,
            split_every=split_every,
            out=out,
        )

    def var(
        self,
        axis: Any = None,
        dtype: Any = None,
        keepdims: bool = False,
        ddof: int = 0,
        split_every: Any = None,
        out: Any = None,
    ) -> Any:
        """Variance of the values over `axis`, in squared units."""
        return aggregate(
            self,
            "var",
            axis,
            keepdims=keepdims,
            dtype=dtype,
            ddof=ddof,
            split_every=split_every,
            out=out,
        )

    def min(
        self, axis: Any = None, keepdims: bool = False, split_every: Any = None, out: Any = None
    ) -> Any:
        """Smallest value over `axis`, with its variance."""
        return aggregate(self, "min", axis, keepdims=keepdims, split_every=split_every, out=out)

    def max(
        self, axis: Any = None, keepdims: bool = False, split_every: Any = None, out: Any = None
    ) -> Any:
        """Largest value over `axis`, with its variance."""
        return aggregate(self, "max", axis, keepdims=keepdims, split_every=split_every, out=out)

    def prod(
        self,
        axis: Any = None,
        dtype: Any = None,
        keepdims: bool = False,
        split_every: Any = None,
        out: Any = None,
    ) -> Any:
        """Product over `axis`."""
        return aggregate(
            self, "prod", axis, keepdims=keepdims, dtype=dtype, split_every=split_every, out=out
        )

    def all(
        self, axis: Any = None, keepdims: bool = False, split_every: Any = None, out: Any = None
    ) -> Any:
        """Whether all values over `axis` are true."""
        return aggregate(self, "all", axis, keepdims=keepdims, split_every=split_every, out=out)

    def any(
        self, axis: Any = None, keepdims: bool = False, split_every: Any = None, out: Any = None
    ) -> Any:
        """Whether any value over `axis` is true."""
        return aggregate(self, "any", axis, keepdims=keepdims, split_every=split_every, out=out)

    def argmin(
        self, axis: Any = None, split_every: Any = None, out: Any = None, *, keepdims: bool = False
    ) -> Any:
        """Position of the smallest value along `axis`."""
        return aggregate(self, "argmin", axis, keepdims=keepdims, split_every=split_every, out=out)

    def argmax(
        self, axis: Any = None, split_every: Any = None, out: Any = None, *, keepdims: bool = False
    ) -> Any:
        """Position of the largest value along `axis`."""
        return aggregate(self, "argmax", axis, keepdims=keepdims, split_every=split_every, out=out)

    def moment(
        self,
        order: int,
        axis: Any = None,
        dtype: Any = None,
        keepdims: bool = False,
        ddof: int = 0,
        split_every: Any = None,
        out: Any = None,
    ) -> Any:
        """Central moment of `order` over `axis`, in units to that power."""
        refuse_out(out)
        x, labels = plain(self), self.labels_record
        axes = axes_of(axis, x.ndim)
        result = x.moment(
            order,
            axis=axes,
            dtype=dtype,
            keepdims=keepdims,
            ddof=ddof,
            split_every=split_every,
        )
        if axis is None and not keepdims:
            return result.compute()[()]
        labels = reduce(
            labels, axes, keepdims=keepdims, title=f"moment_aggregate_{labels.title}",
            units=unit.power(labels.units, order),
        )  # fmt: skip
        parameters = {"order": order, "axis": axes, "keepdims": keepdims, "ddof": ddof}
        return self.labelled(result, labels, "moment", inputs=[self], parameters=parameters)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Any:
        """Sum along the diagonal of two axes, which are gone."""
        x, labels = plain(self), self.labels_record
        axes = axes_of((axis1, axis2), x.ndim)
        result = da.diagonal(x, offset, axis1, axis2).sum(axis=-1, dtype=dtype)
        if x.ndim == 2:
            return result.compute()[()]
        errors = labels.variance
        if errors is not None:
            errors = da.diagonal(errors, offset, axis1, axis2).sum(axis=-1)
        labels = reduce(labels, axes, title=f"Trace_{labels.title}", variance=errors)
        parameters = {"offset": offset, "axis1": axis1, "axis2": axis2}
        return self.labelled(result, labels, "trace", inputs=[self], parameters=parameters)
