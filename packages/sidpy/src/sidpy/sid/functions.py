"""NumPy's functions on datasets.

``np.mean(ds)``, ``np.sin(ds)`` and ``np.concatenate([a, b])`` obey the same laws as the
methods.  The tables below say which function follows which; a function in no table gets
plain arrays and gives plain arrays (the law `forget`), because nothing is known to be true
of its result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import dask.array as da
import numpy as np

from sidpy.config import config

from ._dask import Array, plain
from ._labelled import Labelled
from .agreement import complain, counting, distinct, same_axis
from .kinds import DataType
from .labels import Labels, keep
from .operators import binary, matmul, new_title, unary
from .reductions import aggregate, axes_of, each_axis
from .reshaping import put_axis, transposed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Functions"]

#: ufunc.reduce and ufunc.accumulate as methods.
_REDUCE: Final = {
    np.add: "sum", np.multiply: "prod", np.maximum: "max", np.minimum: "min",
    np.logical_and: "all", np.logical_or: "any",
}  # fmt: skip
_ACCUMULATE: Final = {np.add: "cumsum", np.multiply: "cumprod"}


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that a caller of NumPy really gave."""
    return {
        key: value
        for key, value in options.items()
        if value is not np._NoValue and not (key == "out" and value is None)
    }


def _method(name: str) -> Callable[..., Any]:
    """Return a function that calls the dataset's method of that name."""

    def call(dataset: Any, *args: Any, **options: Any) -> Any:
        return getattr(dataset, name)(*args, **_given(options))

    return call


def _aggregate(name: str) -> Callable[..., Any]:
    """Return a reduction for which there is a dask function and no method."""

    def call(dataset: Any, axis: Any = None, **options: Any) -> Any:
        return aggregate(dataset, name, axis, **_given(options))

    return call


def _part(name: str) -> Callable[[Any], Any]:
    def call(dataset: Any) -> Any:
        return getattr(dataset, name)

    return call


def _moveaxis(dataset: Any, source: Any, destination: Any) -> Any:
    sources = each_axis(source, dataset.ndim)
    places = each_axis(destination, dataset.ndim)
    order = [axis for axis in range(dataset.ndim) if axis not in sources]
    for place, axis in sorted(zip(places, sources, strict=True)):
        order.insert(place, axis)
    return transposed(dataset, tuple(order), "Transposed_", "moveaxis")


def _flip(dataset: Any, axis: Any = None) -> Any:
    index: list[Any] = [slice(None)] * dataset.ndim
    for one in axes_of(axis, dataset.ndim):
        index[one] = slice(None, None, -1)
    return dataset[tuple(index)]


def _roll(dataset: Any, shift: Any, axis: Any = None) -> Any:
    labels = dataset.labels_record
    errors = None if labels.variance is None else da.roll(labels.variance, shift, axis)
    labels = keep(labels, title=new_title(labels), variance=errors)
    result = da.roll(plain(dataset), shift, axis)
    parameters = {"shift": shift, "axis": axis}
    return dataset.labelled(result, labels, "roll", inputs=[dataset], parameters=parameters)


def _like(name: str) -> Callable[..., Any]:
    """Return zeros_like and its kin: the same axes, new numbers."""

    def call(dataset: Any, *args: Any, **options: Any) -> Any:
        options = _given(options)
        options.pop("subok", None)
        result = getattr(da, name)(plain(dataset), *args, **options)
        labels = dataset.labels_record
        if result.shape != labels.shape:
            return result
        return dataset.labelled(result, keep(labels), name, inputs=[dataset])

    return call


def _nan_to_num(dataset: Any, *args: Any, **options: Any) -> Any:
    labels = dataset.labels_record
    result = da.nan_to_num(plain(dataset), *args, **options)
    labels = keep(labels, title=new_title(labels), variance=labels.variance)
    return dataset.labelled(result, labels, "nan_to_num", inputs=[dataset])


def _where(condition: Any, *choices: Any) -> Any:
    """Choose from two operands: labels come from the first dataset among them."""
    if len(choices) != 2:
        return da.where(plain(condition))
    owner = next(
        value for value in (*choices, condition) if isinstance(value, Array) and is_dataset(value)
    )
    result = da.where(plain(condition), *map(plain, choices))
    labels = owner.labels_record
    if result.shape != labels.shape:
        return result
    errors = [_errors_of(value) for value in choices]
    variance = None
    if any(error is not None for error in errors):
        variance = da.where(plain(condition), *(0 if e is None else e for e in errors))
    labels = keep(labels, title=new_title(labels), variance=variance)
    return owner.labelled(result, labels, "where", inputs=[condition, *choices])


def _errors_of(value: Any) -> Any:
    return value.labels_record.variance if is_dataset(value) else None


def _concatenate(arrays: Iterable[Any], axis: int | None = 0, **options: Any) -> Any:
    """Join along an existing axis, whose values are joined too; the others must agree."""
    arrays = list(arrays)
    result = da.concatenate([plain(array) for array in arrays], axis=axis, **_given(options))
    owner = next(array for array in arrays if is_dataset(array))
    if axis is None or not all(is_dataset(array) for array in arrays):
        return result
    (axis,) = axes_of(axis, owner.ndim)
    records = [array.labels_record for array in arrays]
    labels = records[0]
    _check_others_agree(records, axis)
    joined = np.concatenate([np.asarray(record.dimensions[axis]) for record in records])
    dimensions = list(labels.dimensions)
    dimensions[axis] = dimensions[axis].with_values(joined)
    variance = _joined_errors(da.concatenate, arrays, axis)
    labels = keep(labels, dimensions=tuple(dimensions), title=new_title(labels), variance=variance)
    parameters = {"axis": axis}
    return owner.labelled(result, labels, "concatenate", inputs=arrays, parameters=parameters)


def _stack(arrays: Iterable[Any], axis: int = 0, **options: Any) -> Any:
    """Join along a new axis; all axes must agree."""
    arrays = list(arrays)
    result = da.stack([plain(array) for array in arrays], axis=axis, **_given(options))
    owner = next(array for array in arrays if is_dataset(array))
    if not all(is_dataset(array) for array in arrays):
        return result
    records = [array.labels_record for array in arrays]
    labels = records[0]
    _check_others_agree(records, None)
    (place,) = axes_of(axis, result.ndim)
    dimensions = list(labels.dimensions)
    dimensions.insert(place, counting(len(arrays), "stack"))
    variance = _joined_errors(da.stack, arrays, axis)
    labels = keep(
        labels, dimensions=distinct(dimensions), title=new_title(labels), variance=variance
    )
    return owner.labelled(result, labels, "stack", inputs=arrays, parameters={"axis": axis})


def _joined_errors(join: Callable[..., Any], arrays: list[Any], axis: int) -> Any:
    errors = [_errors_of(array) for array in arrays]
    if all(error is None for error in errors):
        return None
    return join(
        [
            da.zeros_like(plain(array), dtype=float) if error is None else error
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


#: NumPy's functions that are methods of a dataset.
_METHODS: Final = (
    "sum", "mean", "std", "var", "min", "max", "prod", "all", "any", "argmin", "argmax",
    "transpose", "swapaxes", "squeeze", "clip", "round", "angle", "cumsum", "cumprod", "trace",
    "reshape", "ravel", "repeat", "choose", "dot", "nonzero",
)  # fmt: skip
_ALIASES: Final = {"amin": "min", "amax": "max", "around": "round"}
_AGGREGATES: Final = (
    "nansum", "nanmean", "nanstd", "nanvar", "nanmin", "nanmax", "nanprod", "median", "nanmedian",
    "ptp", "nanargmin", "nanargmax",
)  # fmt: skip

_TABLE: Final[dict[Any, Callable[..., Any]]] = {
    **{getattr(np, name): _method(name) for name in _METHODS},
    **{getattr(np, name): _method(method) for name, method in _ALIASES.items()},
    **{getattr(np, name): _aggregate(name) for name in _AGGREGATES if hasattr(da, name)},
    **{getattr(np, name): _part(name) for name in ("real", "imag")},
    **{
        getattr(np, name): _like(name)
        for name in ("zeros_like", "ones_like", "full_like", "empty_like")
    },
    np.moveaxis: _moveaxis,
    np.expand_dims: put_axis,
    np.flip: _flip,
    np.fliplr: lambda dataset: _flip(dataset, 1),
    np.flipud: lambda dataset: _flip(dataset, 0),
    np.roll: _roll,
    np.nan_to_num: _nan_to_num,
    np.where: _where,
    np.concatenate: _concatenate,
    np.stack: _stack,
    np.copy: lambda dataset, **_: dataset.copy(),
}


def is_dataset(value: Any) -> bool:
    """Whether a value has labels."""
    return isinstance(value, Labelled)


def stripped(value: Any) -> Any:
    """Return `value` with plain arrays for the datasets in it."""
    if isinstance(value, list | tuple):
        return type(value)(stripped(item) for item in value)
    if isinstance(value, dict):
        return {key: stripped(item) for key, item in value.items()}
    return plain(value)


def _several_results(ufunc: np.ufunc, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Apply a ufunc with two results, np.modf or np.divmod; each gets the labels."""
    owner = next(value for value in inputs if is_dataset(value))
    results = ufunc(*stripped(inputs), **options)
    labels = owner.labels_record
    if any(result.shape != labels.shape for result in results):
        return results
    labels = keep(labels, title=new_title(labels))
    return tuple(
        owner.labelled(result, labels, ufunc.__name__, inputs=inputs) for result in results
    )


def _outer(ufunc: np.ufunc, left: Any, right: Any) -> Any:
    """Combine every value with every value: the axes of both, one after the other."""
    first, second = (
        value[(..., *(None,) * np.ndim(right))] if place == 0 else value
        for place, value in enumerate((left, right))
    )
    owner = left if is_dataset(left) else right
    result = binary(ufunc, stripped(first), stripped(second))
    dimensions = [
        dimension
        for value in (left, right)
        for dimension in (
            value.labels_record.dimensions
            if is_dataset(value)
            else [counting(length, "none") for length in np.shape(value)]
        )
    ]
    labels = owner.labels_record
    labels = keep(
        labels,
        dimensions=distinct(dimensions),
        title=new_title(labels),
        units="generic",
        data_type=DataType.UNKNOWN,
    )
    return owner.labelled(result, labels, f"{ufunc.__name__}.outer", inputs=[left, right])


class Functions(Labelled):
    """NumPy's two protocols."""

    __slots__ = ()

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any
    ) -> Any:
        if out is not None:
            return NotImplemented
        if method == "__call__":
            return self._call(ufunc, inputs, options)
        if method == "reduce" and ufunc in _REDUCE:
            options.setdefault("axis", 0)
            return getattr(inputs[0], _REDUCE[ufunc])(**_given(options))
        if method == "accumulate" and ufunc in _ACCUMULATE:
            options.setdefault("axis", 0)
            return getattr(inputs[0], _ACCUMULATE[ufunc])(**_given(options))
        if method == "outer":
            return _outer(ufunc, *inputs)
        return NotImplemented

    @staticmethod
    def _call(ufunc: np.ufunc, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
        if ufunc is np.matmul:
            return matmul(*inputs)
        if ufunc.nout > 1:
            return _several_results(ufunc, inputs, options)
        if ufunc.nin == 1:
            return unary(ufunc, *inputs, **options)
        if ufunc.nin == 2 and ufunc.signature is None:
            return binary(ufunc, *inputs, **options)
        return ufunc(*stripped(inputs), **options)

    def __array_function__(
        self, func: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if func in _TABLE and _acts_on_datasets(func, args):
            return _TABLE[func](*args, **kwargs)
        return func(*stripped(args), **stripped(kwargs))

    @property
    def _elemwise(self) -> Callable[..., Any]:
        """The door for dask's own elementwise functions, ``da.sin(ds)``."""

        def apply(function: Any, *inputs: Any, **options: Any) -> Any:
            if len(inputs) == 1:
                return unary(function, *inputs, **options)
            if len(inputs) == 2:
                return binary(function, *inputs, **options)
            return da.core.elemwise(function, *stripped(inputs), **options)

        return apply


def _acts_on_datasets(func: Any, args: tuple[Any, ...]) -> bool:
    """Whether the operand that decides the labels is a dataset and not a mere parameter."""
    if func is np.where:
        return True
    first = args[0] if args else None
    if isinstance(first, list | tuple):
        return any(is_dataset(item) for item in first)
    return is_dataset(first)
