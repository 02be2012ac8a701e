"""How uncertainties pass through operations on single values.

Each rule is first-order error propagation for independent errors, written next to the
function it belongs to [1]_.  An operation without a rule loses the variance rather than
invent one.  The variance of a complex value is that of its two parts together, which share
it equally (circular noise); so ``|z|``, ``z.real`` and ``z.imag`` have half of it.

====================================== =====================================================
operation                              variance of the result, with v = var(x), w = var(y)
====================================== =====================================================
``x + y``, ``x - y``                   v + w
``x * y``                              |y|² v + |x|² w
``x / y``                              v / |y|² + |x|² w / |y|⁴
``x ** y``                             |y x^(y-1)|² v + |x^y ln x|² w
``x % y``, fmod                        v + n² w with n the whole quotient
maximum, minimum, fmax, fmin           that of the value taken
hypot                                  (x² v + y² w) / (x² + y²)
arctan2(y, x)                          (x² w + y² v) / (x² + y²)²
logaddexp, logaddexp2                  p² v + (1-p)² w with p = eˣ / (eˣ + eʸ), or with 2
copysign, ldexp                        v, 4ʸ v
the same array on both sides           of the function of one argument: x + x is 2x
``-x``, conj, round, floor, astype     v: rounding is not counted as an error
abs, real                              v; half of it for complex x
imag, angle of real x                  0
angle of complex x                     v / (2 |x|²)
any other differentiable f(x)          |f'(x)|² v: sqrt, exp, log, sin, tanh, ...
``x // y``, ``x & y``, heaviside, ...  none: not differentiable, or of whole numbers
``x > y``, isnan, sign, ...            none: true, false and signs have no errors
====================================== =====================================================

Two operands are taken as independent unless they are the very same dataset; that a mean of
``d`` is subtracted from ``d`` cannot be seen here.  What happens along axes, sums, medians,
products of matrices, is in `sidpy.sid.variance_along`.

References
----------
.. [1] Bevington, Robinson, Data Reduction and Error Analysis for the Physical Sciences,
       3rd edition, chapter 3, ISBN 978-0-07-247227-1
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["angle", "binary", "real_share", "square", "unary"]


def square(x: Any) -> Any:
    """|x|², for real and complex numbers."""
    if x.dtype.kind == "c":
        return (x * x.conj()).real
    return x * x


def real_share(x: Any) -> float:
    """Return the share of the variance that one real direction has: all, or half if complex."""
    return 0.5 if x.dtype.kind == "c" else 1.0


def _kept(_: Any) -> float:
    return 1.0


#: |f'(x)|² for functions of one argument.
_DERIVATIVES: Final[dict[np.ufunc, Callable[..., Any]]] = {
    **dict.fromkeys((np.negative, np.positive, np.conjugate), _kept),
    **dict.fromkeys((np.rint, np.floor, np.ceil, np.trunc), _kept),
    **dict.fromkeys((np.absolute, np.fabs), real_share),
    np.square: lambda x: 4 * square(x),
    np.sqrt: lambda x: 0.25 / abs(x),
    np.cbrt: lambda x: 1 / (9 * np.cbrt(x) ** 4),
    np.reciprocal: lambda x: 1 / square(x) ** 2,
    np.exp: lambda x: square(np.exp(x)),
    np.exp2: lambda x: square(np.exp2(x) * np.log(2)),
    np.expm1: lambda x: square(np.exp(x)),
    np.log: lambda x: 1 / square(x),
    np.log1p: lambda x: 1 / square(1 + x),
    np.log10: lambda x: 1 / square(x * np.log(10)),
    np.log2: lambda x: 1 / square(x * np.log(2)),
    np.sin: lambda x: square(np.cos(x)),
    np.cos: lambda x: square(np.sin(x)),
    np.tan: lambda x: 1 / square(square(np.cos(x))),
    np.arcsin: lambda x: 1 / abs(1 - x * x),
    np.arccos: lambda x: 1 / abs(1 - x * x),
    np.arctan: lambda x: 1 / square(1 + x * x),
    np.sinh: lambda x: square(np.cosh(x)),
    np.cosh: lambda x: square(np.sinh(x)),
    np.tanh: lambda x: 1 / square(square(np.cosh(x))),
    np.arcsinh: lambda x: 1 / abs(1 + x * x),
    np.arccosh: lambda x: 1 / abs(x * x - 1),
    np.arctanh: lambda x: 1 / square(1 - x * x),
    **dict.fromkeys((np.deg2rad, np.radians), lambda _: (np.pi / 180) ** 2),
    **dict.fromkeys((np.rad2deg, np.degrees), lambda _: (180 / np.pi) ** 2),
}


def unary(function: np.ufunc, x: Any, variance: Any) -> Any:
    """Return the variance of ``function(x)``, None without a rule."""
    if variance is None or function not in _DERIVATIVES:
        return None
    factor = _DERIVATIVES[function](x)
    return variance if isinstance(factor, float) and factor == 1 else factor * variance


def angle(x: Any, variance: Any, *, deg: bool) -> Any:
    """Return the variance of the phase, in squared radians or degrees; real x has no error."""
    if variance is None:
        return None
    if x.dtype.kind != "c":
        return 0 * variance
    return real_share(x) * variance / square(x) * (180 / np.pi if deg else 1) ** 2


def _one(*_: Any) -> float:
    return 1.0


def _none(*_: Any) -> float:
    return 0.0


def _share(base: float) -> Callable[..., Any]:
    """Return the derivative of log(baseˣ + baseʸ) by x: the share that baseˣ has."""
    return lambda x, y: 1 / (1 + base ** (y - x))


def _taken(
    better: Callable[[Any, Any], Any], *, nan: bool
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return derivatives of a choice between two: one where it was taken, zero elsewhere.

    With `nan` the value that is a number is taken, as fmax and fmin do.
    """

    def first(x: Any, y: Any) -> Any:
        return better(x, y) | np.isnan(y) if nan else better(x, y) | np.isnan(x)

    return first, lambda x, y: ~first(x, y)


#: The derivatives of f(x, y) by x and by y.
_PARTIAL: Final[dict[Callable[..., Any], tuple[Callable[..., Any], Callable[..., Any]]]] = {
    **dict.fromkeys((operator.add, np.add), (_one, _one)),
    **dict.fromkeys((operator.sub, np.subtract), (_one, lambda _, __: -1.0)),
    **dict.fromkeys((operator.mul, np.multiply), (lambda _, y: y, lambda x, _: x)),
    **dict.fromkeys(
        (operator.truediv, np.divide), (lambda _, y: 1 / y, lambda x, y: -x / (y * y))
    ),
    **dict.fromkeys(
        (operator.pow, np.power, np.float_power),
        (lambda x, y: y * x ** (y - 1.0), lambda x, y: np.log(x) * x**y),
    ),
    **dict.fromkeys((operator.mod, np.remainder), (_one, lambda x, y: -(x // y))),
    np.fmod: (_one, lambda x, y: -np.trunc(x / y)),
    np.maximum: _taken(operator.ge, nan=False),
    np.minimum: _taken(operator.le, nan=False),
    np.fmax: _taken(operator.ge, nan=True),
    np.fmin: _taken(operator.le, nan=True),
    np.hypot: (lambda x, y: x / np.hypot(x, y), lambda x, y: y / np.hypot(x, y)),
    np.arctan2: (
        lambda x, y: y / (x * x + y * y),
        lambda x, y: -x / (x * x + y * y),
    ),
    np.logaddexp: (_share(np.e), lambda x, y: _share(np.e)(y, x)),
    np.logaddexp2: (_share(2.0), lambda x, y: _share(2.0)(y, x)),
    np.copysign: (_one, _none),
    np.ldexp: (lambda _, y: 2.0**y, _none),
}


def binary(function: Callable[..., Any], x: Any, vx: Any, y: Any, vy: Any) -> Any:
    """Return the variance of ``function(x, y)`` of independent x and y, None without a rule.

    Parameters
    ----------
    function : callable
        An operator or ufunc of two arguments.
    x, y : array or number
        The operands; the same array twice has the same errors twice.
    vx, vy : array or None
        Their variances, None for exact numbers.
    """
    partial = _PARTIAL.get(function)
    if partial is None or (vx is None and vy is None):
        return None
    # numbers as arrays, so that conj() and real are there
    x, y = (a if hasattr(a, "dtype") else np.asarray(a) for a in (x, y))
    by_x, by_y = partial
    if x is y:
        return _times(by_x(x, y) + by_y(x, y), vx)
    terms = [
        _times(derivative(x, y), variance)
        for derivative, variance in ((by_x, vx), (by_y, vy))
        if variance is not None
    ]
    return terms[0] if len(terms) == 1 else terms[0] + terms[1]


def _times(derivative: Any, variance: Any) -> Any:
    """Return |derivative|² · variance."""
    if isinstance(derivative, float):
        return variance if abs(derivative) == 1 else derivative**2 * variance
    if derivative.dtype.kind == "b":
        return derivative * variance
    return square(derivative) * variance
