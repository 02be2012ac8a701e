"""NumPy's functions of single values that are no ufuncs: where, isclose, nan_to_num, sinc.

The axes stay.  Labels come from the first dataset among the operands.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import dask.array as da
import numpy as np

from ._dask import Array, plain
from .labels import compare, keep
from .operators import labels_of, new_title

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["FUNCTIONS"]


def _first(*values: Any) -> Any:
    return next(value for value in values if labels_of(value) is not None)


def _each(name: str, **changes: Any) -> Callable[..., Any]:
    """Return a function of one dataset for which dask has a function."""

    def call(x: Any, *args: Any, **options: Any) -> Any:
        labels = x.labels_record
        result = getattr(da, name)(plain(x), *map(plain, args), **options)
        labels = keep(labels, title=new_title(labels), **changes)
        return x.labelled(result, labels, name, inputs=[x, *args], parameters=options)

    return call


def _kept(name: str) -> Callable[..., Any]:
    """Return a function that leaves most values, and all variances, as they are."""

    def call(x: Any, *args: Any, **options: Any) -> Any:
        result = _each(name)(x, *args, **options)
        result.variance = x.labels_record.variance
        return result

    return call


def _isclose(a: Any, b: Any, *args: Any, **options: Any) -> Any:
    owner = _first(a, b)
    result = da.isclose(da.asarray(plain(a)), da.asarray(plain(b)), *args, **options)
    one, two = owner.labels_record, labels_of(b) if owner is a else None
    labels = compare(one, two, result.shape, title=new_title(one))
    return owner.labelled(result, labels, "isclose", inputs=[a, b], parameters=options)


def _number(name: str) -> Callable[..., Any]:
    """Return a question about whole arrays that is answered at once: True or False."""

    def call(first: Any, second: Any, *args: Any, **options: Any) -> Any:
        arrays = da.compute(plain(first), plain(second))
        return getattr(np, name)(*arrays, *args, **options)

    return call


def _like(name: str) -> Callable[..., Any]:
    """Return zeros_like and its kin: the same axes, new numbers."""

    def call(dataset: Any, *args: Any, subok: bool = True, **options: Any) -> Any:  # noqa: ARG001 - NumPy's signature
        options.pop("device", None)
        result = getattr(da, name)(plain(dataset), *args, **options)
        labels = dataset.labels_record
        if result.shape != labels.shape:
            return result
        return dataset.labelled(result, keep(labels), name, inputs=[dataset])

    return call


def _where(condition: Any, *choices: Any) -> Any:
    """Choose from two operands."""
    if len(choices) != 2:
        return da.where(plain(condition))
    owner = _first(*choices, condition)
    result = da.where(plain(condition), *map(plain, choices))
    labels = owner.labels_record
    if result.shape != labels.shape:
        return result
    labels = keep(
        labels,
        title=new_title(labels),
        variance=_chosen(partial(da.where, plain(condition)), choices),
    )
    return owner.labelled(result, labels, "where", inputs=[condition, *choices])


def _chosen(choose: Callable[..., Any], choices: Sequence[Any]) -> Any:
    """Return the variances chosen as the values were; numbers have none."""
    labels = [labels_of(value) for value in choices]
    errors = [None if one is None else one.variance for one in labels]
    if all(error is None for error in errors):
        return None
    return choose(*(0.0 if error is None else error for error in errors))


def _select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """Choose from several operands; the first condition that holds decides."""
    owner = _first(*choicelist, *condlist)
    conditions = [da.asarray(plain(condition)) for condition in condlist]

    def choose(*choices: Any) -> Any:
        *values, otherwise = choices
        for condition, value in zip(conditions[::-1], values[::-1], strict=True):
            otherwise = da.where(condition, value, otherwise)
        return otherwise

    result = choose(*map(plain, choicelist), plain(default))
    labels = owner.labels_record
    if not isinstance(result, Array) or result.shape != labels.shape:
        return result
    labels = keep(
        labels, title=new_title(labels), variance=_chosen(choose, [*choicelist, default])
    )
    return owner.labelled(result, labels, "select", inputs=[*choicelist])


def _real_if_close(a: Any, tol: float = 100) -> Any:
    values = a.compute()
    real = np.real_if_close(values, tol)
    return a.real if values.dtype.kind == "c" and real.dtype.kind != "c" else a[...]


def _size(a: Any, axis: Any = None) -> int:
    lengths = a.shape if axis is None else [a.shape[one] for one in np.atleast_1d(axis)]
    return int(np.prod(lengths, dtype=int))


def _of_types(name: str) -> Callable[..., Any]:
    """Return a function that asks only for the types of its arguments."""

    def call(*arrays: Any) -> Any:
        empty = [np.empty(0, array.dtype) for array in arrays]
        return getattr(np, name)(*empty)

    return call


#: NumPy's functions, by name.
FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    **{
        name: _each(name, units="generic")
        for name in ("isneginf", "isposinf", "iscomplex", "isreal", "isin")
    },
    **{
        name: _each(name, units="generic", quantity="generic")
        for name in ("sinc", "i0", "digitize")
    },
    "nan_to_num": _kept("nan_to_num"),
    "fix": _kept("fix"),
    "isclose": _isclose,
    **{name: _number(name) for name in ("allclose", "array_equal", "array_equiv")},
    **{name: _like(name) for name in ("zeros_like", "ones_like", "full_like", "empty_like")},
    **{name: _of_types(name) for name in ("isrealobj", "min_scalar_type", "common_type")},
    "size": _size,
    "where": _where,
    "select": _select,
    "real_if_close": _real_if_close,
}
