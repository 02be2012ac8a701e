"""How uncertainties pass through operations.

Each rule is first-order error propagation for independent errors, var(f) = |f'|² var(x),
written next to the function it belongs to.  An operation without a rule loses the
variance rather than invent one.  (Bevington & Robinson, Data Reduction and Error Analysis
for the Physical Sciences, chapter 3.)
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["binary", "unary"]


def _square(x: Any) -> Any:
    """|x|², for real and complex numbers."""
    return (x * x.conj()).real if np.iscomplexobj(x) else x * x


#: |f'(x)|² for functions of one argument.
_DERIVATIVES: Final[dict[np.ufunc, Callable[[Any], Any]]] = {
    np.negative: lambda _: 1.0,
    np.positive: lambda _: 1.0,
    np.absolute: lambda _: 1.0,
    np.conjugate: lambda _: 1.0,
    np.square: lambda x: 4 * _square(x),
    np.sqrt: lambda x: 0.25 / abs(x),
    np.reciprocal: lambda x: 1 / _square(x) ** 2,
    np.exp: lambda x: _square(np.exp(x)),
    np.expm1: lambda x: _square(np.exp(x)),
    np.log: lambda x: 1 / _square(x),
    np.log1p: lambda x: 1 / _square(1 + x),
    np.log10: lambda x: 1 / _square(x * np.log(10)),
    np.log2: lambda x: 1 / _square(x * np.log(2)),
    np.sin: lambda x: _square(np.cos(x)),
    np.cos: lambda x: _square(np.sin(x)),
    np.tan: lambda x: 1 / _square(_square(np.cos(x))),
    np.arctan: lambda x: 1 / _square(1 + x * x),
    np.sinh: lambda x: _square(np.cosh(x)),
    np.cosh: lambda x: _square(np.sinh(x)),
    np.deg2rad: lambda _: (np.pi / 180) ** 2,
    np.rad2deg: lambda _: (180 / np.pi) ** 2,
}


def unary(function: np.ufunc, x: Any, variance: Any) -> Any:
    """Return the variance of ``function(x)``, None without a rule."""
    if variance is None or function not in _DERIVATIVES:
        return None
    return _DERIVATIVES[function](x) * variance


def _of_sum(x: Any, vx: Any, y: Any, vy: Any) -> Any:  # noqa: ARG001 - one signature for all rules
    return _plus(vx, vy)


def _of_product(x: Any, vx: Any, y: Any, vy: Any) -> Any:
    return _plus(_times(vx, y), _times(vy, x))


def _of_quotient(x: Any, vx: Any, y: Any, vy: Any) -> Any:
    first = None if vx is None else vx / _square(y)
    second = None if vy is None else vy * _square(x) / _square(y) ** 2
    return _plus(first, second)


def _of_power(x: Any, vx: Any, y: Any, vy: Any) -> Any:
    first = None if vx is None else _square(y * x ** (y - 1)) * vx
    second = None if vy is None else _square(np.log(x) * x**y) * vy
    return _plus(first, second)


def _plus(first: Any, second: Any) -> Any:
    if first is None or second is None:
        return second if first is None else first
    return first + second


def _times(variance: Any, factor: Any) -> Any:
    return None if variance is None else variance * _square(factor)


_RULES: Final[dict[Callable[..., Any], Callable[..., Any]]] = {
    operator.add: _of_sum,
    operator.sub: _of_sum,
    operator.mul: _of_product,
    operator.truediv: _of_quotient,
    operator.pow: _of_power,
    np.add: _of_sum,
    np.subtract: _of_sum,
    np.multiply: _of_product,
    np.divide: _of_quotient,
    np.power: _of_power,
}

#: The same array on both sides has the same errors: d + d is 2d, d - d has none.
_SAME_ARRAY: Final[dict[Callable[..., Any], Callable[[Any, Any], Any]]] = {
    _of_sum: lambda _, v: 4 * v,
    _of_product: lambda x, v: 4 * _square(x) * v,
    _of_quotient: lambda _, v: 0 * v,
}


def binary(function: Callable[..., Any], x: Any, vx: Any, y: Any, vy: Any) -> Any:
    """Return the variance of ``function(x, y)`` of independent x and y, None without a rule.

    Parameters
    ----------
    function : callable
        An operator or ufunc of two arguments.
    x, y : array or number
        The operands.
    vx, vy : array or None
        Their variances, None for exact numbers.
    """
    rule = _RULES.get(function)
    if rule is None or (vx is None and vy is None):
        return None
    if x is y and rule in _SAME_ARRAY:
        difference = function in (operator.sub, np.subtract)
        return 0 * vx if difference else _SAME_ARRAY[rule](x, vx)
    # numbers as arrays, so that conj() and real are there
    x, y = (a if hasattr(a, "dtype") else np.asarray(a) for a in (x, y))
    return rule(x, vx, y, vy)
