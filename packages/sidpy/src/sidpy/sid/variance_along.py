"""How uncertainties pass through what happens along axes.

First-order error propagation for independent errors, as in `sidpy.sid.variance`; v are the
variances along the axis, N its length, m the mean, s the standard deviation.

======================== ==============================================================
operation                variance of the result
======================== ==============================================================
sum, trace, cumsum       Σ v
mean                     Σ v / N²
average with weights c   Σ c² v / (Σ c)²
nansum, nanmean, ...     the same of the values that are numbers
prod, cumprod            Σᵢ vᵢ Πⱼ≠ᵢ |xⱼ|²
min, max, sort, topk     that of the value found
ptp                      those of the two values found, added
median, quantile         (1-g)² v + g² w of the two values between which it lies
var                      4 Σ |x-m|² v / (N-ddof)²; half of it for complex x
std                      Σ |x-m|² v / ((N-ddof)² s²); half of it for complex x
moment of order n        n² Σ ((x-m)ⁿ⁻¹ - mean((x-m)ⁿ⁻¹))² v / (N-ddof)²
norm                     Σ |x|² v / Σ |x|²; half of it for complex x
diff, gradient           Σ c² v with the coefficients c of the difference
dot, matmul, tensordot   the same product of v with |y|², and of |x|² with w, added
quantile of a method     none, for methods other than "linear"
that interpolates else
argmin, all, count, ...  none: positions, truth and counts have no errors
fft                      none: the errors of the coefficients are not independent
======================== ==============================================================

Values taken out of one measurement more than once, as in ``d.cumsum()`` or ``np.gradient``,
have errors that are not independent any more; a further sum over them is a first guess.
"""

from __future__ import annotations

from functools import partial
from math import comb
from typing import TYPE_CHECKING, Any, Final

import dask.array as da
import numpy as np

from .variance import real_share, square

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "RULES",
    "average",
    "by_block",
    "cumulative_product",
    "diff",
    "gather",
    "gradient",
    "last",
    "product",
]

Axes = tuple[int, ...]


# ---------------------------------------------------------------- whole axes at once


def last(x: Any, axes: Axes) -> Any:
    """Return `x` with `axes` merged into one last axis, which is in one block."""
    x = da.asarray(x)
    if axes != (x.ndim - 1,):
        x = da.moveaxis(x, axes, range(-len(axes), 0))
        x = x.reshape(*x.shape[: x.ndim - len(axes)], -1)
    return x.rechunk({x.ndim - 1: -1})


def by_block(
    function: Callable[..., Any],
    arrays: tuple[Any, ...],
    axes: Axes,
    *,
    dtype: Any,
    keepdims: bool,
) -> Any:
    """Reduce `axes` of arrays by a function of blocks with those axes last.

    The function gets blocks of shape (..., N) and returns one of shape (...).
    """
    merged = [last(array, axes) for array in arrays]
    chunks = merged[0].chunks
    merged = [merged[0], *(array.rechunk(chunks) for array in merged[1:])]
    found = da.map_blocks(function, *merged, drop_axis=merged[0].ndim - 1, dtype=dtype)
    return da.expand_dims(found, axes) if keepdims else found


def gather(positions: Any, values: Any, axes: Axes, *, keepdims: bool = False) -> Any:
    """Return `values` where an arg-reduction over `axes`, flattened, pointed to."""
    merged = last(values, axes)
    found = da.map_blocks(
        _at, merged, da.asarray(positions).rechunk(merged.chunks[:-1])[..., None],
        drop_axis=merged.ndim - 1, dtype=values.dtype,
    )  # fmt: skip
    return da.expand_dims(found, axes) if keepdims else found


def _at(block: Any, positions: Any) -> Any:
    return np.take_along_axis(block, positions, -1)[..., 0]


# ---------------------------------------------------------------- the rules of reductions


def _count(x: Any, axes: Axes) -> int:
    return int(np.prod([x.shape[axis] for axis in axes], dtype=int))


def _sum(x: Any, v: Any, axes: Axes, *, keepdims: bool, **_: Any) -> Any:  # noqa: ARG001 - one signature for all rules
    return v.sum(axis=axes, keepdims=keepdims)


def _mean(x: Any, v: Any, axes: Axes, *, keepdims: bool, **_: Any) -> Any:
    return v.sum(axis=axes, keepdims=keepdims) / max(_count(x, axes), 1) ** 2


def _extreme(name: str) -> Callable[..., Any]:
    """Return the rule of a minimum or maximum: the error of the value that was found."""

    def rule(x: Any, v: Any, axes: Axes, *, keepdims: bool, **_: Any) -> Any:
        merged = last(x, axes)
        return gather(getattr(da, name)(merged, axis=-1), v, axes, keepdims=keepdims)

    return rule


def _ptp(x: Any, v: Any, axes: Axes, **options: Any) -> Any:
    return sum(_extreme(name)(x, v, axes, **options) for name in ("argmin", "argmax"))


def _spread(x: Any, axes: Axes, *, keepdims: bool) -> tuple[Any, Any]:
    """Return |x - m|² and its sum over the axes."""
    squares = square(x - x.mean(axis=axes, keepdims=True))
    return squares, squares.sum(axis=axes, keepdims=keepdims)


def _var(x: Any, v: Any, axes: Axes, *, keepdims: bool, ddof: float = 0, **_: Any) -> Any:
    squares, _unused = _spread(x, axes, keepdims=keepdims)
    factor = 4 * real_share(x) / (_count(x, axes) - ddof) ** 2
    return factor * (squares * v).sum(axis=axes, keepdims=keepdims)


def _std(x: Any, v: Any, axes: Axes, *, keepdims: bool, ddof: float = 0, **_: Any) -> Any:
    squares, total = _spread(x, axes, keepdims=keepdims)
    weighted = (squares * v).sum(axis=axes, keepdims=keepdims)
    return real_share(x) / (_count(x, axes) - ddof) * weighted / total


def _moment(
    x: Any, v: Any, axes: Axes, *, keepdims: bool, order: int, ddof: float = 0, **_: Any
) -> Any:
    powers = (x - x.mean(axis=axes, keepdims=True)) ** (order - 1)
    factor = (order / (_count(x, axes) - ddof)) ** 2
    squares = square(powers - powers.mean(axis=axes, keepdims=True))
    return factor * (squares * v).sum(axis=axes, keepdims=keepdims)


def _norm(x: Any, v: Any, axes: Axes, *, keepdims: bool, **_: Any) -> Any:
    squares = square(x)
    total = squares.sum(axis=axes, keepdims=keepdims)
    return real_share(x) * (squares * v).sum(axis=axes, keepdims=keepdims) / total


def _product_block(x: Any, v: Any) -> Any:
    """Return Σᵢ vᵢ Πⱼ≠ᵢ |xⱼ|² without dividing: some values may be zero."""
    product, variance = np.ones(x.shape[:-1]), np.zeros(x.shape[:-1])
    for i in range(x.shape[-1]):
        squares = square(x[..., i])
        variance = variance * squares + product * v[..., i]
        product = product * squares
    return variance


def _prod(x: Any, v: Any, axes: Axes, *, keepdims: bool, **_: Any) -> Any:
    return by_block(_product_block, (x, v), axes, dtype=float, keepdims=keepdims)


def _quantile_block(x: Any, v: Any, *, q: float) -> Any:
    place = q * (x.shape[-1] - 1)
    low = int(np.floor(place))
    high, share = min(low + 1, x.shape[-1] - 1), place - low
    order = np.argsort(x, axis=-1)
    lower, upper = (_at(v, order[..., i : i + 1]) for i in (low, high))
    return (1 - share) ** 2 * lower + share**2 * upper if share else lower


def _nanquantile_block(x: Any, v: Any, *, q: float) -> Any:
    numbers = (~np.isnan(x)).sum(axis=-1)
    place = q * np.maximum(numbers - 1, 0)
    low = np.floor(place).astype(int)
    high, share = np.minimum(low + 1, np.maximum(numbers - 1, 0)), place - low
    order = np.argsort(x, axis=-1)  # what is no number comes last
    lower, upper = (_at(v, np.take_along_axis(order, i[..., None], -1)) for i in (low, high))
    found = (1 - share) ** 2 * lower + share**2 * upper
    return np.where(numbers > 0, found, np.nan)


def _quantile(
    block: Callable[..., Any],
) -> Callable[..., Any]:
    def rule(
        x: Any, v: Any, axes: Axes, *, keepdims: bool, q: float = 0.5, method: str = "linear",
        **_: Any,
    ) -> Any:  # fmt: skip
        if method != "linear":
            return None
        function = partial(block, q=q)
        return by_block(function, (x, v), axes, dtype=float, keepdims=keepdims)

    return rule


def _of_numbers(name: str) -> Callable[..., Any]:
    """Return a rule for values some of which are no numbers, as if those were not there."""

    def rule(x: Any, v: Any, axes: Axes, *, keepdims: bool, ddof: float = 0, **_: Any) -> Any:
        there = ~da.isnan(x)
        count = there.sum(axis=axes, keepdims=keepdims)
        v = da.where(there, v, 0)
        if name in ("sum", "mean"):
            total = v.sum(axis=axes, keepdims=keepdims)
            return total if name == "sum" else total / count**2
        squares = square(da.where(there, x - da.nanmean(x, axis=axes, keepdims=True), 0))
        weighted = (squares * v).sum(axis=axes, keepdims=keepdims)
        if name == "var":
            return 4 * real_share(x) * weighted / (count - ddof) ** 2
        total = squares.sum(axis=axes, keepdims=keepdims)
        return real_share(x) * weighted / total / (count - ddof)

    return rule


def _nanprod(x: Any, v: Any, axes: Axes, **options: Any) -> Any:
    there = ~da.isnan(x)
    return _prod(da.where(there, x, 1), da.where(there, v, 0), axes, **options)


#: How the variance of each reduction follows; those without a rule lose it.
RULES: Final[dict[str, Callable[..., Any]]] = {
    "sum": _sum,
    "mean": _mean,
    "min": _extreme("argmin"),
    "max": _extreme("argmax"),
    "ptp": _ptp,
    "prod": _prod,
    "var": _var,
    "std": _std,
    "moment": _moment,
    "norm": _norm,
    "median": _quantile(_quantile_block),
    "quantile": _quantile(_quantile_block),
    "nansum": _of_numbers("sum"),
    "nanmean": _of_numbers("mean"),
    "nanvar": _of_numbers("var"),
    "nanstd": _of_numbers("std"),
    "nanmin": _extreme("nanargmin"),
    "nanmax": _extreme("nanargmax"),
    "nanprod": _nanprod,
    "nanmedian": _quantile(_nanquantile_block),
    "nanquantile": _quantile(_nanquantile_block),
}


def average(v: Any, weights: Any, axes: Axes, *, keepdims: bool) -> Any:
    """Return the variance of a weighted average."""
    total = weights.sum(axis=axes, keepdims=keepdims)
    return (square(weights) * v).sum(axis=axes, keepdims=keepdims) / square(total)


# ---------------------------------------------------------------- the rules of other functions


def cumulative_product(x: Any, v: Any, axis: int) -> Any:
    """Return the variance of products up to each position."""
    whole = {axis: -1}
    return da.map_blocks(
        partial(_cumulative_block, axis=axis),
        x.rechunk(whole), v.rechunk(x.rechunk(whole).chunks), dtype=float,
    )  # fmt: skip


def _cumulative_block(x: Any, v: Any, *, axis: int) -> Any:
    x, v = np.moveaxis(x, axis, 0), np.moveaxis(v, axis, 0)
    result, product = np.zeros(x.shape), np.ones(x.shape[1:])
    variance = np.zeros(x.shape[1:])
    for i, (value, error) in enumerate(zip(x, v, strict=True)):
        squares = square(value)
        variance = variance * squares + product * error
        product = product * squares
        result[i] = variance
    return np.moveaxis(result, 0, axis)


def diff(v: Any, n: int, axis: int) -> Any:
    """Return the variance of n-th differences: squared binomial coefficients."""
    length = v.shape[axis] - n
    parts = [
        comb(n, k) ** 2 * v[(slice(None),) * axis + (slice(k, k + length),)] for k in range(n + 1)
    ]
    return sum(parts[1:], parts[0])


def gradient(v: Any, coordinates: Any, axis: int, edge_order: Any) -> Any:
    """Return the variance of NumPy's gradient at coordinates of shape (n,)."""

    def part(start: int, stop: int) -> Any:
        return v[(slice(None),) * axis + (slice(start, stop),)]

    def weighted(coefficients: Any, start: int) -> Any:
        along = np.reshape(coefficients**2, (-1, *(1,) * (v.ndim - axis - 1)))
        return along * part(start, start + coefficients.size)

    n, near = len(coordinates), min(3, len(coordinates))
    ends = [
        np.gradient(np.eye(near), coordinates[there], axis=0, edge_order=edge_order)[row]
        for row, there in ((0, slice(near)), (-1, slice(n - near, n)))
    ]
    before, after = np.diff(coordinates)[:-1], np.diff(coordinates)[1:]
    inner = [
        weighted(-after / (before * (before + after)), 0),
        weighted((after - before) / (before * after), 1),
        weighted(before / (after * (before + after)), 2),
    ]
    first, final = (
        weighted(ends[i], start).sum(axis=axis, keepdims=True)
        for i, start in ((0, 0), (1, n - near))
    )
    return da.concatenate([first, sum(inner[1:], inner[0]), final], axis=axis)


def product(function: Callable[[Any, Any], Any], x: Any, vx: Any, y: Any, vy: Any) -> Any:
    """Return the variance of a product of arrays that sums over some of their axes.

    Parameters
    ----------
    function : callable
        The product of two plain arrays, ``np.matmul``.
    x, y : array
        The operands.
    vx, vy : array or None
        Their variances.

    Notes
    -----
    An array multiplied with itself has errors that are not independent: None.
    """
    if (vx is None and vy is None) or x is y:
        return None
    terms = []
    if vx is not None:
        terms.append(function(vx, square(y)))
    if vy is not None:
        terms.append(function(square(x), vy))
    return terms[0] if len(terms) == 1 else terms[0] + terms[1]
