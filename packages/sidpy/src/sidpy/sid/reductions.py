"""Sums, means and other reductions: axes go, the rest keeps its meaning.

Every method takes ``axis`` as NumPy does (an int, several, negative, or None for all) and
stays lazy, with one exception that callers of the released package rely on: a reduction
of all axes without ``keepdims`` computes at once and returns a number.
"""

from __future__ import annotations

from functools import partial, wraps
from operator import index
from typing import TYPE_CHECKING, Any, Final

import dask.array as da
import numpy as np
from dask.array.utils import validate_axis

from sidpy.base import units as unit
from sidpy.errors import LabelTypeError

from ._dask import as_lazy, plain
from ._labelled import Labelled
from .labels import Labels, check_fit, reduce
from .variance_along import RULES, by_block

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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


#: How the units follow where they do not stay.
_UNITS: Final[dict[str, Callable[[Labels], dict[str, str]]]] = {
    "var": lambda labels: {"units": unit.power(labels.units, 2)},
    "nanvar": lambda labels: {"units": unit.power(labels.units, 2)},
    **dict.fromkeys(
        ("prod", "nanprod", "argmin", "argmax", "nanargmin", "nanargmax"),
        lambda _: {"units": "generic", "quantity": "generic"},
    ),
    **dict.fromkeys(("all", "any", "count_nonzero"), lambda _: {"units": "generic"}),
}


def _block_wise(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a reduction by a NumPy function that needs all values along the axes at once."""

    def call(x: Any, axis: Any, *, keepdims: bool = False) -> Any:
        axes = axes_of(axis, x.ndim)
        return by_block(
            partial(function, axis=-1), (x,), axes, dtype=_dtype_of(function, x), keepdims=keepdims
        )

    return call


def _dtype_of(function: Callable[..., Any], x: Any) -> np.dtype[Any]:
    return np.asarray(function(np.ones(1, x.dtype))).dtype


def _ptp(x: Any, axis: Any, *, keepdims: bool = False) -> Any:
    return x.max(axis=axis, keepdims=keepdims) - x.min(axis=axis, keepdims=keepdims)


#: Reductions that dask has not, or not along every axis.
_OWN: Final[dict[str, Callable[..., Any]]] = {
    "median": _block_wise(np.median),
    "nanmedian": _block_wise(np.nanmedian),
    "ptp": _ptp,
}

#: Reductions that give positions.
_POSITIONS: Final = frozenset({"argmin", "argmax", "nanargmin", "nanargmax"})


def aggregate(
    dataset: Any, name: str, axis: Any, *, keepdims: bool = False, out: Any = None, **options: Any
) -> Any:
    """Reduce a dataset by the dask function called `name`.

    Returns a number when all axes are gone and `keepdims` is false.
    """
    refuse_out(out)
    x = plain(dataset)
    options = {key: value for key, value in options.items() if value is not None}
    axes = axes_of(axis, x.ndim)
    given = axis
    if axis is not None:
        given = axes
        if name in _POSITIONS:
            (given,) = _only(name, axes, axis)
    result = (_OWN.get(name) or getattr(da, name))(x, axis=given, keepdims=keepdims, **options)
    if axis is None and not keepdims:
        return result.compute()[()]
    parameters = {"axis": given, "keepdims": keepdims, **options}
    return aggregated(dataset, result, name, axes, keepdims=keepdims, parameters=parameters)


def aggregated(
    dataset: Any,
    result: Any,
    name: str,
    axes: tuple[int, ...],
    *,
    keepdims: bool,
    parameters: Mapping[str, Any],
    **changes: Any,
) -> Any:
    """Return the `result` of a reduction under the labels that are left.

    `parameters` are those of the operation, among them what its rule for the variance needs;
    `changes` are labels that differ from what is usual.
    """
    labels = dataset.labels_record
    if labels.variance is not None and name in RULES and "variance" not in changes:
        options = {key: parameters[key] for key in _FOR_VARIANCE if key in parameters}
        rule = RULES[name]
        changes["variance"] = rule(
            plain(dataset), labels.variance, axes, keepdims=keepdims, **options
        )
    if name in _UNITS:
        changes = {**_UNITS[name](labels), **changes}
    changes.setdefault("title", f"{name}_aggregate_{labels.title}")
    labels = reduce(labels, axes, keepdims=keepdims, **changes)
    return dataset.labelled(result, labels, name, inputs=[dataset], parameters=parameters)


#: The parameters of reductions on which the variance of the result depends.
_FOR_VARIANCE: Final = ("ddof", "order", "q", "method")


def _only(name: str, axes: tuple[int, ...], given: Any) -> tuple[int, ...]:
    if len(axes) != 1:
        msg = f"{name} goes along one axis or all of them, found axis={given!r}"
        raise LabelTypeError(msg)
    return axes


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
        parameters = {"order": order, "axis": axes, "keepdims": keepdims, "ddof": ddof}
        return aggregated(
            self, result, "moment", axes, keepdims=keepdims, parameters=parameters,
            units=unit.power(labels.units, order),
        )  # fmt: skip

    def adjust_axis(self, result: Any, axis: Any, title: str = "", keepdims: bool = False) -> Any:
        """Return `result`, which lacks the axes `axis` of this dataset, with the axes left.

        Parameters
        ----------
        result : array
            What a reduction over `axis` gave.
        axis : int or sequence of int
            The axes that are gone, or of length 1 with `keepdims`.
        title : str
            Put in front of the title.
        keepdims : bool
            Whether the axes are still there.
        """
        labels, array = self.labels_record, as_lazy(result)
        axes = axes_of(axis, self.ndim)
        labels = reduce(labels, axes, keepdims=keepdims, title=f"{title}{labels.title}")
        check_fit(labels, array.shape)
        parameters = {"axis": axes, "keepdims": keepdims}
        return self.labelled(array, labels, "adjust_axis", inputs=[self], parameters=parameters)

    @staticmethod
    def reduce_dims(original_method: Callable[..., Any]) -> Callable[..., Any]:
        """Make a method that gives a plain array without some axes give a dataset.

        The method takes ``axis`` and ``keepdims`` and returns the array, or the array and a
        dictionary with the two.
        """

        @wraps(original_method)
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            found = original_method(self, *args, **kwargs)
            result, arguments = found if isinstance(found, tuple) else (found, kwargs)
            options = {key: arguments[key] for key in ("axis", "keepdims") if key in arguments}
            if options.get("axis") is None and not options.get("keepdims", False):
                return result
            title = f"{original_method.__name__}_aggregate_"
            return self.adjust_axis(result, options.pop("axis", None), title, **options)

        return method

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
