"""NumPy's functions on datasets.

``np.mean(ds)``, ``np.sin(ds)`` and ``np.concatenate([a, b])`` obey the same laws as the
methods.  The tables below say which function follows which; a function in no table gets
plain arrays and gives plain arrays (the law `forget`), because nothing is known to be true
of its result.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import dask.array as da
import numpy as np

from . import arranging, differences, elementwise, joining, products, statistics
from ._dask import Array, plain
from ._labelled import Labelled
from .arguments import name_of
from .kinds import DataType
from .labels import keep
from .operators import binary, new_title, unary
from .products import matmul
from .recording import calling

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FUNCTIONS_BY_NAME", "Functions"]

T = TypeVar("T")

#: ufunc.reduce and ufunc.accumulate as methods.
_REDUCE: Final = {
    np.add: "sum", np.multiply: "prod", np.maximum: "max", np.minimum: "min",
    np.logical_and: "all", np.logical_or: "any",
}  # fmt: skip
_ACCUMULATE: Final = {np.add: "cumsum", np.multiply: "cumprod"}

#: NumPy's functions that are methods of a dataset.
_METHODS: Final = (
    "sum", "mean", "std", "var", "min", "max", "prod", "all", "any", "argmin", "argmax",
    "transpose", "swapaxes", "squeeze", "clip", "round", "angle", "cumsum", "cumprod", "trace",
    "reshape", "ravel", "repeat", "choose", "nonzero", "astype",
)  # fmt: skip
_ALIASES: Final = {
    "amin": "min", "amax": "max", "around": "round", "round_": "round", "product": "prod",
    "cumproduct": "cumprod", "sometrue": "any", "alltrue": "all", "permute_dims": "transpose",
}  # fmt: skip


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
        return getattr(dataset, name)(*args, **options)

    return call


def _part(name: str) -> Callable[[Any], Any]:
    def call(dataset: Any) -> Any:
        return getattr(dataset, name)

    return call


def _by_function(functions: dict[str, T]) -> dict[Any, T]:
    """Return a table by the functions themselves; those this NumPy has not are left out."""
    found: dict[Any, T] = {}
    for name, call in functions.items():
        function: Any = np
        for part in name.split("."):
            function = getattr(function, part, None)
        if function is not None:
            found[function] = call
    return found


_CALLS: Final[dict[str, Callable[..., Any]]] = {
    **{name: _method(name) for name in _METHODS},
    **{name: _method(method) for name, method in _ALIASES.items()},
    **{name: _part(name) for name in ("real", "imag")},
    "copy": lambda dataset, **_: dataset.copy(),
    **arranging.FUNCTIONS,
    **differences.FUNCTIONS,
    **elementwise.FUNCTIONS,
    **joining.FUNCTIONS,
    **products.FUNCTIONS,
    **statistics.FUNCTIONS,
}

_TABLE: Final = _by_function(_CALLS)

#: The names of NumPy's functions in a history, and the functions of these names.
FUNCTION_NAMES: Final = _by_function({name: f"numpy.{name}" for name in _CALLS})
FUNCTIONS_BY_NAME: Final = {name: function for function, name in FUNCTION_NAMES.items()}


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


def _last_axes_whole(value: Any) -> Any:
    if not isinstance(value, Array):
        return value
    return value.rechunk(dict.fromkeys(range(max(value.ndim - 2, 0), value.ndim), -1))


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
    result = binary(ufunc, left[(..., *(None,) * np.ndim(right))], right)
    if is_dataset(result):
        result.data_type = DataType.UNKNOWN
    return result


def _recorded_call(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call what stands for a function of NumPy under the function's own name."""
    name = FUNCTION_NAMES[function]
    return calling(name, _TABLE[function], args, options, shown=function.__name__)


class Functions(Labelled):
    """NumPy's two protocols."""

    __slots__ = ()

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any
    ) -> Any:
        if out is not None:
            return NotImplemented
        name = name_of(ufunc).replace(":", ".")
        if name and method != "__call__":
            name = f"{name}.{method}"
        return calling(
            name, partial(self._apply, ufunc, method), inputs, options,
            shown=ufunc.__name__,
        )  # fmt: skip

    def _apply(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
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
        # generalized ufuncs take their last axes whole
        whole = (_last_axes_whole(value) for value in stripped(inputs))
        return ufunc(*whole, **options)

    def __array_function__(
        self, func: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if func in _TABLE and _acts_on_datasets(func, args):
            return _recorded_call(func, args, _given(kwargs))
        return func(*stripped(args), **stripped(kwargs))

    @property
    def _elemwise(self) -> Callable[..., Any]:
        """The door for dask's own elementwise functions, ``da.sin(ds)``."""

        def apply(function: Any, *inputs: Any, **options: Any) -> Any:
            if function in _TABLE and is_dataset(inputs[0]):
                return _recorded_call(function, inputs, options)
            if len(inputs) == 1:
                return unary(function, *inputs, **options)
            if len(inputs) == 2:
                return binary(function, *inputs, **options)
            return da.core.elemwise(function, *stripped(inputs), **options)

        return apply


#: Functions in which any operand may be the one with labels.
_OF_ANY: Final = frozenset(
    _by_function(
        dict.fromkeys(
            ("where", "select", "isclose", "allclose", "array_equal", "array_equiv", "dot",
             "inner", "outer", "tensordot", "vdot", "compress", "average", "append",
             "broadcast_arrays", "linalg.outer", "linalg.tensordot", "linalg.matmul",
             "atleast_1d", "atleast_2d", "atleast_3d"),
            is_dataset,
        )
    )
)  # fmt: skip


def _acts_on_datasets(func: Any, args: tuple[Any, ...]) -> bool:
    """Whether the operand that decides the labels is a dataset and not a mere parameter."""
    if func in _OF_ANY:
        return True
    first = args[0] if args else None
    if isinstance(first, list | tuple):
        return any(is_dataset(item) for item in first)
    return is_dataset(first)
