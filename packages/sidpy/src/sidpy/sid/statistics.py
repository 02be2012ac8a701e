"""NumPy's statistics on datasets: averages, quantiles, counts, norms, running sums.

Along whole axes and exactly: dask's own percentiles are estimates of one axis.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import dask.array as da
import numpy as np

from ._dask import plain
from .dimension import Dimension
from .labels import keep
from .operators import labels_of
from .reductions import aggregate, aggregated, axes_of, refuse_out
from .variance_along import RULES, by_block
from .variance_along import average as variance_of_average

if TYPE_CHECKING:
    from collections.abc import Callable


__all__ = ["FUNCTIONS"]


def _aggregate(name: str) -> Callable[..., Any]:
    """Return a reduction that is no method of a dataset."""

    def call(a: Any, axis: Any = None, *args: Any, **options: Any) -> Any:
        if args:  # only dtype comes before out= and keepdims= in NumPy's signatures
            options["dtype"], *rest = args
            refuse_out(next(iter(rest), None))
        return aggregate(a, name, axis, **options)

    return call


def _median(name: str) -> Callable[..., Any]:
    def call(
        a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,  # noqa: ARG001, FBT001, FBT002 - NumPy's signature
        keepdims: bool = False,  # noqa: FBT001, FBT002 - the same
    ) -> Any:  # fmt: skip
        return aggregate(a, name, axis, keepdims=keepdims, out=out)

    return call


# ---------------------------------------------------------------- averages and counts


def _average(
    a: Any,
    axis: Any = None,
    weights: Any = None,
    returned: bool = False,  # noqa: FBT001, FBT002 - NumPy's signature
    *,
    keepdims: bool = False,
) -> Any:
    if labels_of(a) is None:  # the weights alone are labelled
        return da.average(da.asarray(a), axis=axis, weights=plain(weights), returned=returned)
    x = plain(a)
    axes = axes_of(axis, x.ndim)
    given = da.ones_like(x, dtype=float) if weights is None else _spread_over(weights, x, axes)
    total = given.sum(axis=axes, keepdims=keepdims)
    result = (x * given).sum(axis=axes, keepdims=keepdims) / total
    if axis is None and not keepdims:
        result, total = da.compute(result, total)
        return (result[()], total[()]) if returned else result[()]
    errors = a.labels_record.variance
    if errors is not None:
        errors = variance_of_average(errors, given, axes, keepdims=keepdims)
    parameters = {"axis": axes, "weights": weights, "keepdims": keepdims}
    options: dict[str, Any] = {"keepdims": keepdims, "parameters": parameters}
    average = aggregated(a, result, "average", axes, variance=errors, **options)
    if not returned:
        return average
    return average, aggregated(a, total, "sum", axes, variance=None, units="generic", **options)


def _spread_over(weights: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """Return weights of the shape of `x`, or of its `axes`, broadcast to all of it."""
    weights = da.asarray(plain(weights))
    if weights.shape == x.shape:
        return weights
    if weights.shape != tuple(x.shape[axis] for axis in axes):
        msg = (
            f"weights should have the shape of the data {x.shape} or of the axes {axes} that "
            f"are averaged, found {weights.shape}"
        )
        raise ValueError(msg)
    index = tuple(slice(None) if axis in axes else None for axis in range(x.ndim))
    return da.broadcast_to(weights[index], x.shape)


def _count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    axes = axes_of(axis, a.ndim)
    result = (plain(a) != 0).sum(axis=axes, keepdims=keepdims)
    if axis is None and not keepdims:
        return result.compute()[()]
    parameters = {"axis": axes, "keepdims": keepdims}
    return aggregated(
        a, result, "count_nonzero", axes, keepdims=keepdims, parameters=parameters,
        quantity="generic",
    )  # fmt: skip


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A002, FBT001, FBT002 - NumPy's signature
    axes = axes_of(axis, x.ndim)
    plain_axis = axes[0] if axis is not None and len(axes) == 1 else axis
    if ord in {None, "fro"} or (ord == 2 and axis is not None and len(axes) == 1):
        total = (abs(plain(x)) ** 2).sum(axis=axes, keepdims=keepdims)
        result, euclidean = da.sqrt(total), {}
    else:
        result = da.linalg.norm(plain(x), ord=ord, axis=plain_axis, keepdims=keepdims)
        euclidean = {"variance": None}
    if axis is None and not keepdims:
        return result.compute()[()]
    parameters = {"ord": ord, "axis": axes, "keepdims": keepdims}
    return aggregated(
        x, result, "norm", axes, keepdims=keepdims, parameters=parameters, **euclidean
    )


# ---------------------------------------------------------------- quantiles


def _quantile(name: str, function: Callable[..., Any], per: float) -> Callable[..., Any]:
    """Return np.quantile, percentile, or the same of numbers only; `per` of them are the whole."""

    def call(
        a: Any,
        q: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: bool = False,  # noqa: ARG001, FBT001, FBT002 - NumPy's signature
        method: str = "linear",
        keepdims: bool = False,  # noqa: FBT001, FBT002 - the same
        **options: Any,
    ) -> Any:
        refuse_out(out)
        # a plain number takes the precision of the data, as in NumPy
        x, exact = plain(a), float if isinstance(q, int | float) else np.asarray
        q = np.asarray(q, dtype=float)
        if q.ndim > 1:
            msg = f"q should be a number or one-dimensional, found shape {q.shape}"
            raise ValueError(msg)
        axes = axes_of(axis, x.ndim)
        results = [
            _at_one(
                partial(function, q=exact(one), method=method, **options),
                x,
                axes,
                keepdims=keepdims,
            )
            for one in np.atleast_1d(q)
        ]
        if axis is None and not keepdims:
            found = np.array(da.compute(*results))
            return found if q.ndim else found[0]
        labelled = []
        for one, result in zip(np.atleast_1d(q), results, strict=True):
            changes = _errors(a, name, one / per, method, axes=axes, keepdims=keepdims)
            parameters = {"q": float(one), "axis": axes, "method": method}
            labelled.append(
                aggregated(
                    a, result, name, axes, keepdims=keepdims, parameters=parameters, **changes
                )
            )
        return _stacked(labelled, q, name) if q.ndim else labelled[0]

    return call


def _stacked(results: list[Any], q: Any, name: str) -> Any:
    """Return the quantiles along a new first axis of the values q."""
    stack: Any = np.stack(results)
    taken = [dimension.name for dimension in stack.labels_record.dimensions[1:]]
    name = name.removeprefix("nan")
    stack.set_dimension(0, Dimension(q, f"{name}_1" if name in taken else name, name))
    return stack


def _at_one(function: Callable[..., Any], x: Any, axes: tuple[int, ...], *, keepdims: bool) -> Any:
    dtype = np.asarray(function(np.ones(1, x.dtype))).dtype
    return by_block(partial(function, axis=-1), (x,), axes, dtype=dtype, keepdims=keepdims)


def _errors(dataset: Any, name: str, q: float, method: str, **options: Any) -> dict[str, Any]:
    errors = dataset.labels_record.variance
    if errors is None:
        return {}
    rule = RULES["nanquantile" if name.startswith("nan") else "quantile"]
    return {"variance": rule(plain(dataset), errors, q=float(q), method=method, **options)}


# ---------------------------------------------------------------- running sums and products


def _running(name: str) -> Callable[..., Any]:
    """Return nancumsum or nancumprod: what is no number counts as nothing."""
    neutral = 0 if name == "cumsum" else 1

    def call(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        refuse_out(out)
        x, labels = plain(a), a.labels_record
        there = ~da.isnan(x)
        filled = keep(
            labels,
            variance=labels.variance if labels.variance is None
            else da.where(there, labels.variance, 0),
        )  # fmt: skip
        clean = a.labelled(
            da.where(there, x, x.dtype.type(neutral)), filled, "nan_to_num", inputs=[a]
        )
        return getattr(clean, name)(axis=axis, dtype=dtype)

    return call


def _cumulative(name: str) -> Callable[..., Any]:
    """Return cumulative_sum or cumulative_prod, the array API's names."""

    def call(
        x: Any, *, axis: int | None = None, dtype: Any = None, out: Any = None,
        include_initial: bool = False,
    ) -> Any:  # fmt: skip
        refuse_out(out)
        if include_initial:
            return getattr(np, f"cumulative_{name}")(
                np.asarray(plain(x)), axis=axis, dtype=dtype, include_initial=True
            )
        if axis is None and x.ndim > 1:
            msg = f"axis should be given for {x.ndim} dimensions"
            raise ValueError(msg)
        return getattr(x, f"cum{name}")(axis=0 if axis is None else axis, dtype=dtype)

    return call


#: NumPy's functions, by name.
FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    **{
        name: _aggregate(name)
        for name in (
            "nansum", "nanmean", "nanstd", "nanvar", "nanmin", "nanmax", "nanprod",
            "nanargmin", "nanargmax", "ptp",
        )
    },
    "median": _median("median"),
    "nanmedian": _median("nanmedian"),
    "average": _average,
    "count_nonzero": _count_nonzero,
    "linalg.norm": _norm,
    "linalg.vector_norm": lambda x, *, axis=None, keepdims=False, ord=2: _norm(  # noqa: A006 - NumPy's signature
        x if axis is not None else x.ravel(), ord, 0 if axis is None else axis, keepdims
    ),
    "linalg.matrix_norm": lambda x, *, keepdims=False, ord="fro": _norm(  # noqa: A006 - the same
        x, ord, (-2, -1), keepdims
    ),
    "quantile": _quantile("quantile", np.quantile, 1.0),
    "percentile": _quantile("percentile", np.percentile, 100.0),
    "nanquantile": _quantile("nanquantile", np.nanquantile, 1.0),
    "nanpercentile": _quantile("nanpercentile", np.nanpercentile, 100.0),
    "nancumsum": _running("cumsum"),
    "nancumprod": _running("cumprod"),
    "cumulative_sum": _cumulative("sum"),
    "cumulative_prod": _cumulative("prod"),
}  # fmt: skip
