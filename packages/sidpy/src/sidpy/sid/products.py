"""Products that sum over axes of their operands: ``a @ b``, dot, tensordot, inner, outer.

The axes of the result are those of the operands that were not summed over, first those of
the left one; a name that both have gets a number.  Units multiply.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

import dask.array as da
import numpy as np

from sidpy.base import units as unit

from ._dask import Array, plain
from ._labelled import Labelled
from .agreement import counting, distinct
from .kinds import DataType
from .labels import keep
from .operators import labels_of, new_title
from .reductions import axes_of, each_axis, refuse_out
from .variance_along import product as variance_of_product

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .dimension import Dimension

__all__ = ["FUNCTIONS", "Products", "matmul"]


def _ndim(value: Any) -> int:
    return int(getattr(value, "ndim", np.ndim(value)))


def _left_over(value: Any, axes: Sequence[int]) -> list[Dimension | None]:
    """Return the dimensions of the axes in the order given, None where nobody said."""
    labels = labels_of(value)
    return [None if labels is None else labels.dimensions[axis] for axis in axes]


def _multiplied(
    name: str,
    function: Callable[[Any, Any], Any],
    operands: tuple[Any, Any],
    outer: Sequence[Dimension | None],
    parameters: dict[str, Any] | None = None,
) -> Any:
    """Return a product under the dimensions `outer`; they are aligned at the end."""
    left, right = operands
    x, y = plain(left), plain(right)
    result = function(x, y)
    first, second = labels_of(left), labels_of(right)
    owner, labels = (left, first) if first is not None else (right, second)
    if labels is None or not isinstance(result, Array):
        return result
    outer = [None] * (result.ndim - len(outer)) + list(outer)
    dimensions = distinct(
        dimension
        if dimension is not None and len(dimension) == length
        else counting(length, "none")
        for dimension, length in zip(outer, result.shape, strict=True)
    )
    variance = variance_of_product(
        function, x, first and first.variance, y, second and second.variance
    )
    labels = keep(
        labels,
        dimensions=dimensions,
        units=unit.multiply(first.units, second.units) if first and second else labels.units,
        title=new_title(labels),
        data_type=DataType.UNKNOWN,
        point_cloud=None,
        variance=variance,
    )
    return owner.labelled(result, labels, name, inputs=operands, parameters=parameters)


def matmul(left: Any, right: Any) -> Any:
    """Return the matrix product; its axes are the outer ones of the two operands."""
    dims_left = _left_over(left, range(_ndim(left)))
    dims_right = _left_over(right, range(_ndim(right)))
    if _ndim(right) == 1:
        outer = dims_left[:-1]
    elif _ndim(left) == 1:
        outer = [*dims_right[:-2], dims_right[-1]]
    else:
        stacked = dims_left if _ndim(left) >= _ndim(right) else dims_right
        outer = [*stacked[:-2], dims_left[-2], dims_right[-1]]
    return _multiplied("matmul", _matmul, (left, right), outer)


def _scaled(left: Any, right: Any) -> Any | None:
    """Return the product with a number, None where there is none."""
    return left * right if 0 in (_ndim(left), _ndim(right)) else None


def dot(left: Any, right: Any, out: Any = None) -> Any:
    """Sum over the last axis of `left` and the last but one of `right`."""
    refuse_out(out)
    scaled = _scaled(left, right)
    if scaled is not None:
        return scaled
    n, m = _ndim(left), _ndim(right)
    axis = max(m - 2, 0)
    outer = [
        *_left_over(left, range(n - 1)),
        *_left_over(right, [i for i in range(m) if i != axis]),
    ]
    return _multiplied("dot", _over((n - 1,), (axis,)), (left, right), outer)


def inner(left: Any, right: Any) -> Any:
    """Sum over the last axes of both."""
    scaled = _scaled(left, right)
    if scaled is not None:
        return scaled
    n, m = _ndim(left) - 1, _ndim(right) - 1
    outer = [*_left_over(left, range(n)), *_left_over(right, range(m))]
    return _multiplied("inner", _over((n,), (m,)), (left, right), outer)


def tensordot(left: Any, right: Any, axes: Any = 2) -> Any:
    """Sum over pairs of axes."""
    n, m = _ndim(left), _ndim(right)
    if isinstance(axes, int | np.integer):
        pair: tuple[Any, Any] = (range(n - axes, n), range(axes))
    else:
        pair = (axes[0], axes[1])
    gone = [
        each_axis(list(one) if np.ndim(one) else one, ndim)
        for one, ndim in zip(pair, (n, m), strict=True)
    ]
    outer = [
        dimension
        for value, ndim, summed in zip((left, right), (n, m), gone, strict=True)
        for dimension in _left_over(value, [i for i in range(ndim) if i not in summed])
    ]
    parameters = {"axes": gone}
    return _multiplied("tensordot", _over(*gone), (left, right), outer, parameters)


def _narrow(result: Any, x: Any, y: Any) -> Any:
    """Return a product in the integers that NumPy takes; dask adds blocks up in wider ones."""
    return result.astype(np.result_type(x.dtype, y.dtype)) if result.dtype.kind in "iu" else result


def _matmul(x: Any, y: Any) -> Any:
    result = operator.matmul(x, y)
    return _narrow(result, x, np.asarray(y) if isinstance(y, list) else y)


def _over(first: Sequence[int], second: Sequence[int]) -> Callable[[Any, Any], Any]:
    """Return the plain product that sums over these axes."""

    def function(x: Any, y: Any) -> Any:
        axes = (tuple(first), tuple(second))
        return _narrow(da.tensordot(da.asarray(x), da.asarray(y), axes=axes), x, y)

    return function


def outer(left: Any, right: Any, out: Any = None) -> Any:
    """Combine every value with every value of two arrays, laid flat."""
    refuse_out(out)
    left, right = (
        value.ravel() if labels_of(value) is not None else np.ravel(value)
        for value in (left, right)
    )
    dims = [*_left_over(left, [0]), *_left_over(right, [0])]
    return _multiplied("outer", da.outer, (left, right), dims)


def vdot(left: Any, right: Any) -> Any:
    """Return the sum of the products of all values, the first conjugated: a number."""
    return da.vdot(da.asarray(plain(left)), da.asarray(plain(right))).compute()[()]


def matrix_transpose(dataset: Any) -> Any:
    """Exchange the last two axes."""
    return dataset.swapaxes(-1, -2)


def trace(dataset: Any, *, offset: int = 0, dtype: Any = None) -> Any:
    """Sum along the diagonals of the last two axes."""
    return dataset.trace(offset, -2, -1, dtype)


def diagonal(dataset: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return the values on the diagonals of two axes; the diagonal is a count, and last."""
    labels, x = dataset.labels_record, plain(dataset)
    gone = axes_of((axis1, axis2), x.ndim)
    result = da.diagonal(x, offset, axis1, axis2)
    errors = labels.variance
    left = [dim for axis, dim in enumerate(labels.dimensions) if axis not in gone]
    labels = keep(
        labels,
        dimensions=distinct([*left, counting(result.shape[-1], "diagonal")]),
        variance=None if errors is None else da.diagonal(errors, offset, axis1, axis2),
        title=new_title(labels),
        data_type=DataType.UNKNOWN,
    )
    parameters = {"offset": offset, "axis1": axis1, "axis2": axis2}
    return dataset.labelled(result, labels, "diagonal", inputs=[dataset], parameters=parameters)


class Products(Labelled):
    """The matrix product as an operator and as a method."""

    __slots__ = ()

    def __matmul__(self, other: Any) -> Any:
        return matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return matmul(other, self)

    def dot(self, other: Any) -> Any:
        """Sum over the last axis and the last but one of `other`, as `numpy.dot`."""
        return dot(self, other)


#: NumPy's functions, by name.
FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "dot": dot,
    "inner": inner,
    "tensordot": tensordot,
    "outer": outer,
    "vdot": vdot,
    "diagonal": diagonal,
    "matrix_transpose": matrix_transpose,
    "linalg.matmul": matmul,
    "linalg.tensordot": lambda left, right, *, axes=2: tensordot(left, right, axes),
    "linalg.outer": outer,
    "linalg.matrix_transpose": matrix_transpose,
    "linalg.trace": trace,
    "linalg.diagonal": lambda dataset, *, offset=0: diagonal(dataset, offset, -2, -1),
}
