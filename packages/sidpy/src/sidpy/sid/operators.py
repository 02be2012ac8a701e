"""Arithmetic and comparison of datasets.

Each operator is two lines: the function it is and the law it obeys.  The function is
applied to the plain arrays, the law to the labels, the rule of `variance` to the errors.
"""

from __future__ import annotations

import operator
from functools import partial
from numbers import Number
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from sidpy.base import units as unit
from sidpy.config import config

from . import variance
from ._dask import Array, plain
from ._labelled import Labelled
from .agreement import complain
from .arguments import name_of
from .labels import Labels, combine, compare, keep
from .recording import calling, is_inside

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Operators"]

Rule = Literal["same", "multiply", "divide", "left"]

#: Names under which the operators appear in the history.
_SYMBOLS: Final = {operator.truediv: "divide", operator.mul: "multiply", operator.sub: "subtract"}

#: How the units of two datasets meet.
_UNIT_RULES: Final[dict[Callable[..., Any], Rule]] = {
    operator.add: "same",
    operator.sub: "same",
    operator.mod: "same",
    operator.mul: "multiply",
    operator.truediv: "divide",
    operator.floordiv: "divide",
    np.add: "same",
    np.subtract: "same",
    np.maximum: "same",
    np.minimum: "same",
    np.fmax: "same",
    np.fmin: "same",
    np.hypot: "same",
    np.remainder: "same",
    np.fmod: "same",
    np.multiply: "multiply",
    np.divide: "divide",
    np.floor_divide: "divide",
}

_COMPARISONS: Final = frozenset(
    {
        operator.lt, operator.le, operator.gt, operator.ge, operator.ne, operator.eq,
        np.less, np.less_equal, np.greater, np.greater_equal, np.not_equal, np.equal,
        np.logical_and, np.logical_or, np.logical_xor, np.heaviside,
    }
)  # fmt: skip

#: Units to a fixed power.
_POWERS: Final[dict[np.ufunc, float]] = {
    np.square: 2, np.sqrt: 0.5, np.cbrt: 1 / 3, np.reciprocal: -1,
}  # fmt: skip

#: Functions whose result is an angle.
_ANGLES: Final[dict[Callable[..., Any], str]] = {
    np.arctan2: "radians", np.deg2rad: "radians", np.radians: "radians",
    np.rad2deg: "degrees", np.degrees: "degrees",
}  # fmt: skip

#: True and false, or a count, have no units.
_UNITLESS: Final = frozenset(
    {np.isnan, np.isfinite, np.isinf, np.logical_not, np.signbit, np.sign}
)


def new_title(labels: Labels) -> str:
    """Return the title of a changed dataset; it does not grow with every operation."""
    return labels.title if labels.title.endswith("_new") else f"{labels.title}_new"


def binary(function: Callable[..., Any], left: Any, right: Any, **kwargs: Any) -> Any:
    """Apply a function of two operands, at least one of them a dataset.

    Returns ``NotImplemented`` where the other operand should have its say.
    """
    if is_inside():
        return _binary(function, left, right, **kwargs)
    call = partial(_binary, function)
    shown = function_name(function)
    return calling(_call_name(function), call, (left, right), kwargs, shown=shown)


def _binary(function: Callable[..., Any], left: Any, right: Any, **kwargs: Any) -> Any:
    first, second = labels_of(left), labels_of(right)
    owner = left if first is not None else right
    right, factor = _in_units_of_left(function, first, second, right)
    x, y = plain(left), plain(right)
    result = function(x, y, **kwargs)
    if not isinstance(result, Array):
        return result
    errors = variance.binary(
        function, x, first and first.variance, y, second and _scaled(second.variance, factor)
    )
    inputs = [left, right]
    if function in _COMPARISONS:
        law, extra = compare, {}
    else:
        law, extra = combine, _units(function, first, second, right)
        extra["variance"] = errors
    one, two = (first, second) if first is not None else (second, None)
    if one is None:  # neither has labels: nothing to keep true
        return result
    labels = law(
        one,
        two,
        result.shape,
        strict=config.strict,
        title=new_title(one),
        **extra,
    )
    return owner.labelled(result, labels, function_name(function), inputs=inputs)


def unary(function: Callable[..., Any], dataset: Any, *, title: str = "", **kwargs: Any) -> Any:
    """Apply a function that changes each value alone."""
    call = partial(_unary, function, title=title)
    if is_inside():
        return call(dataset, **kwargs)
    shown = function_name(function)
    return calling(_call_name(function), call, (dataset,), kwargs, shown=shown)


def _unary(function: Callable[..., Any], dataset: Any, *, title: str, **kwargs: Any) -> Any:
    labels = dataset.labels_record
    x = plain(dataset)
    result = function(x, **kwargs)
    changes: dict[str, Any] = {"title": title or new_title(labels)}
    if function in _POWERS:
        changes["units"] = unit.power(labels.units, _POWERS[function])
    elif function in _UNITLESS:
        changes["units"] = "generic"
    elif function in _ANGLES:
        changes["units"] = _ANGLES[function]
    ufunc = _AS_UFUNC.get(function, function)
    errors = variance.unary(ufunc, x, labels.variance) if isinstance(ufunc, np.ufunc) else None
    labels = keep(labels, variance=errors, **changes)
    return dataset.labelled(result, labels, function_name(function), inputs=[dataset])


_AS_UFUNC: Final = {
    operator.neg: np.negative,
    operator.pos: np.positive,
    abs: np.absolute,
    operator.abs: np.absolute,
}


#: The operators by the names under which they are called again.
OPERATORS: Final = {
    f"operator.{function.__name__}": function
    for function in (
        operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv,
        operator.mod, operator.pow, operator.and_, operator.or_, operator.xor, operator.lshift,
        operator.rshift, operator.lt, operator.le, operator.gt, operator.ge, operator.ne,
        operator.neg, operator.pos, operator.invert, operator.abs,
    )
}  # fmt: skip


def _call_name(function: Callable[..., Any]) -> str:
    """Return the name under which a function of operands is called again."""
    if isinstance(function, np.ufunc):
        return name_of(function).replace(":", ".")
    name = f"operator.{getattr(function, '__name__', '')}"
    return name if name in OPERATORS else ""


def function_name(function: Callable[..., Any]) -> str:
    """Return the name of a function in the history."""
    return _SYMBOLS.get(function, getattr(function, "__name__", type(function).__name__))


def labels_of(value: Any) -> Labels | None:
    """Return what is known about a value, None for what is no dataset."""
    return getattr(value, "labels_record", None) if isinstance(value, Array) else None


def _in_units_of_left(
    function: Callable[..., Any], first: Labels | None, second: Labels | None, right: Any
) -> tuple[Any, float]:
    """Return the right operand in the units of the left one where they must be equal."""
    needs_same = _UNIT_RULES.get(function) == "same" or function in _COMPARISONS
    if first is None or second is None or not needs_same or first.units == second.units:
        return right, 1.0
    if first.units in unit.NO_UNITS or second.units in unit.NO_UNITS:
        return right, 1.0
    factor = unit.conversion_factor(second.units, first.units)
    if factor is None:
        message = (
            f"{function_name(function)} of values in {first.units!r} and in {second.units!r}, "
            f"which cannot be converted; the numbers were taken as they are and the result "
            f"is labelled {first.units!r}"
        )
        complain(message, strict=config.strict)
        return right, 1.0
    return (right if factor == 1.0 else plain(right) * factor), factor


def _scaled(errors: Any, factor: float) -> Any:
    return errors if errors is None or factor == 1.0 else errors * factor**2


def _units(
    function: Callable[..., Any], first: Labels | None, second: Labels | None, right: Any
) -> dict[str, Any]:
    """Return what an arithmetic function does to units and quantity."""
    if function in _ANGLES:
        return {"units": _ANGLES[function], "quantity": "generic"}
    if first is not None and second is not None:
        return {"rule": _UNIT_RULES.get(function, "left")}
    if function in (operator.pow, np.power) and first is not None and isinstance(right, Number):
        return {"units": unit.power(first.units, float(right))}  # type: ignore[arg-type]
    if first is None and second is not None and _UNIT_RULES.get(function) == "divide":
        return {"units": unit.power(second.units, -1)}
    return {}


class Operators(Labelled):
    """The operators of a dataset, written out once."""

    __slots__ = ()

    def __add__(self, other: Any) -> Any:
        return binary(operator.add, self, other)

    def __radd__(self, other: Any) -> Any:
        return binary(operator.add, other, self)

    def __sub__(self, other: Any) -> Any:
        return binary(operator.sub, self, other)

    def __rsub__(self, other: Any) -> Any:
        return binary(operator.sub, other, self)

    def __mul__(self, other: Any) -> Any:
        return binary(operator.mul, self, other)

    def __rmul__(self, other: Any) -> Any:
        return binary(operator.mul, other, self)

    def __truediv__(self, other: Any) -> Any:
        return binary(operator.truediv, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return binary(operator.truediv, other, self)

    def __floordiv__(self, other: Any) -> Any:
        return binary(operator.floordiv, self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return binary(operator.floordiv, other, self)

    def __mod__(self, other: Any) -> Any:
        return binary(operator.mod, self, other)

    def __rmod__(self, other: Any) -> Any:
        return binary(operator.mod, other, self)

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Any, Any]:
        return other // self, other % self

    def __pow__(self, other: Any) -> Any:
        return binary(operator.pow, self, other)

    def __rpow__(self, other: Any) -> Any:
        return binary(operator.pow, other, self)

    def __and__(self, other: Any) -> Any:
        return binary(operator.and_, self, other)

    def __rand__(self, other: Any) -> Any:
        return binary(operator.and_, other, self)

    def __or__(self, other: Any) -> Any:
        return binary(operator.or_, self, other)

    def __ror__(self, other: Any) -> Any:
        return binary(operator.or_, other, self)

    def __xor__(self, other: Any) -> Any:
        return binary(operator.xor, self, other)

    def __rxor__(self, other: Any) -> Any:
        return binary(operator.xor, other, self)

    def __lshift__(self, other: Any) -> Any:
        return binary(operator.lshift, self, other)

    def __rlshift__(self, other: Any) -> Any:
        return binary(operator.lshift, other, self)

    def __rshift__(self, other: Any) -> Any:
        return binary(operator.rshift, self, other)

    def __rrshift__(self, other: Any) -> Any:
        return binary(operator.rshift, other, self)

    def __lt__(self, other: Any) -> Any:
        return binary(operator.lt, self, other)

    def __le__(self, other: Any) -> Any:
        return binary(operator.le, self, other)

    def __gt__(self, other: Any) -> Any:
        return binary(operator.gt, self, other)

    def __ge__(self, other: Any) -> Any:
        return binary(operator.ge, self, other)

    def __ne__(self, other: object) -> Any:
        return binary(operator.ne, self, other)

    def __neg__(self) -> Any:
        return unary(operator.neg, self)

    def __pos__(self) -> Any:
        return unary(operator.pos, self)

    def __invert__(self) -> Any:
        return unary(operator.invert, self)

    def __abs__(self) -> Any:
        return unary(abs, self, title=f"{self.title}_absolute_value")
