"""Differences along axes: diff, gradient, and the integral by trapezoids.

A difference belongs to the point halfway between its neighbours.  Given a dimension as the
coordinates, ``np.gradient(ds, ds.x, axis=0)``, the units are divided by its units.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import dask.array as da
import numpy as np

from sidpy.base import units as unit

from ._dask import plain
from .arranging import changed_along
from .dimension import Dimension
from .reductions import aggregated, axes_of
from .variance_along import diff as variance_of_diff
from .variance_along import gradient as variance_of_gradient

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FUNCTIONS"]


def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Return n-th differences; the axis has the points halfway."""
    if n == 0:
        return a
    if prepend is not None or append is not None:
        options = {"prepend": plain(prepend), "append": plain(append)}
        options = {key: value for key, value in options.items() if value is not None}
        return da.diff(plain(a), n, axis, **options)
    (axis,) = axes_of(axis, a.ndim)
    labels = a.labels_record
    values = np.asarray(labels.dimensions[axis])
    for _ in range(n):
        values = (values[1:] + values[:-1]) / 2
    errors = labels.variance
    return changed_along(
        a,
        "diff",
        partial(da.diff, n=n, axis=axis),
        {axis: labels.dimensions[axis].with_values(values)},
        {"n": n, "axis": axis},
        variance=None if errors is None else variance_of_diff(errors, n, axis),
    )


def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: Any = 1) -> Any:
    """Return the gradient along one axis, or a list of those along several."""
    axes = axes_of(axis, f.ndim) if axis is None or np.ndim(axis) == 0 else tuple(axis)
    axes = tuple(axes_of(one, f.ndim)[0] for one in axes)
    spacings = varargs * len(axes) if len(varargs) == 1 else varargs or (1.0,) * len(axes)
    if len(spacings) != len(axes):
        msg = f"gradient takes one spacing, or one for each of {len(axes)} axes, found {varargs}"
        raise TypeError(msg)
    results = [
        _along(f, spacing, one, edge_order) for spacing, one in zip(spacings, axes, strict=True)
    ]
    return results[0] if len(results) == 1 else results


def _along(f: Any, spacing: Any, axis: int, edge_order: Any) -> Any:
    coordinates = np.asarray(plain(spacing), dtype=float)
    if coordinates.ndim == 0:
        coordinates = coordinates * np.arange(f.shape[axis])
    if coordinates.shape != (f.shape[axis],):
        msg = (
            f"axis {axis} has {f.shape[axis]} values, found {coordinates.size} coordinates for it"
        )
        raise ValueError(msg)
    labels, x = f.labels_record, plain(f)
    few = np.gradient(np.ones(edge_order + 1, x.dtype), edge_order=edge_order)
    result = da.map_blocks(
        lambda block: np.gradient(block, coordinates, axis=axis, edge_order=edge_order),
        x.rechunk({axis: -1}),
        dtype=few.dtype,
    )
    changes: dict[str, Any] = {"variance": None}
    if labels.variance is not None:
        changes["variance"] = variance_of_gradient(labels.variance, coordinates, axis, edge_order)
    if isinstance(spacing, Dimension):
        changes["units"] = unit.divide(labels.units, spacing.units)
    parameters = {"axis": axis, "edge_order": edge_order}
    return changed_along(f, "gradient", lambda _: result, {}, parameters, **changes)


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Return the integral along an axis by the rule of trapezoids."""
    (axis,) = axes_of(axis, y.ndim)
    length = y.shape[axis]
    coordinates = dx * np.arange(length) if x is None else np.asarray(plain(x), dtype=float)
    if coordinates.shape != (length,):
        msg = f"x should have the {length} coordinates of axis {axis}, found {coordinates.shape}"
        raise ValueError(msg)
    steps = np.diff(coordinates)
    weights = (np.append(steps, 0) + np.append(0, steps)) / 2
    if x is None and plain(y).dtype.kind in "fc":  # a plain step takes the precision of the data
        weights = weights.astype(np.empty(0, plain(y).dtype).real.dtype)
    weights = weights.reshape(-1, *(1,) * (y.ndim - axis - 1))
    labels = y.labels_record
    changes: dict[str, Any] = {"variance": None}
    if labels.variance is not None:
        changes["variance"] = (weights**2 * labels.variance).sum(axis=axis)
    if isinstance(x, Dimension):
        changes["units"] = unit.multiply(labels.units, x.units)
    result = (weights * plain(y)).sum(axis=axis)
    return aggregated(
        y, result, "trapezoid", (axis,), keepdims=False, parameters={"axis": axis}, **changes
    )


#: NumPy's functions, by name.
FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "diff": _diff,
    "gradient": _gradient,
    "trapezoid": _trapezoid,
    "trapz": _trapezoid,
}
