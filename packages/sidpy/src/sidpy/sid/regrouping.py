"""Other shapes of the same values: flat, reshaped, repeated.

An axis keeps its dimension where the new shape leaves it whole; axes that were merged or
split become plain counts.
"""

from __future__ import annotations

from itertools import accumulate
from operator import mul
from typing import TYPE_CHECKING, Any

import dask.array as da
import numpy as np

from sidpy.errors import DimensionError

from ._dask import plain
from ._labelled import Labelled
from .agreement import default_dimensions
from .kinds import DataType
from .labels import Labels, keep
from .operators import new_title
from .reductions import axes_of
from .variance import real_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .dimension import Dimension

__all__ = ["Regrouping"]


def _regrouped(labels: Labels, shape: Sequence[int]) -> tuple[Dimension, ...]:
    """Return dimensions for a new shape: the old ones where an axis is left whole."""
    old = labels.shape
    starts_old = list(accumulate(old, mul, initial=1))[:-1]
    starts_new = list(accumulate(shape, mul, initial=1))[:-1]
    whole = {
        start: dimension for start, dimension in zip(starts_old, labels.dimensions, strict=True)
        if dimension.size != 1
    }  # fmt: skip
    result = list(default_dimensions(shape))
    names = {dimension.name for dimension in labels.dimensions}
    for axis, (start, length) in enumerate(zip(starts_new, shape, strict=True)):
        dimension = whole.get(start)
        if dimension is not None and dimension.size == length:
            result[axis] = dimension
        elif result[axis].name in names:
            result[axis] = result[axis].renamed(f"merged_{axis}")
    return tuple(result)


class ComplexShapeError(DimensionError, AssertionError):
    """Complex values of this shape cannot be laid flat."""


class Regrouping(Labelled):
    """Methods that lay the values out in another shape."""

    __slots__ = ()

    def reshape(self, *shape: Any, merge_chunks: bool = True, limit: Any = None) -> Any:
        """Return the values in another shape, in C order.

        Parameters
        ----------
        *shape : int or one tuple of int
            The new shape; one entry may be -1.
        merge_chunks, limit
            As for `dask.array.reshape`.
        """
        wanted = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        return self._laid_out("reshape", wanted, merge_chunks=merge_chunks, limit=limit)

    def flatten(self) -> Any:
        """Return all values on one axis, in C order."""
        return self._laid_out("flatten", (-1,))

    def ravel(self) -> Any:
        """Return all values on one axis, in C order."""
        return self._laid_out("ravel", (-1,))

    def _laid_out(self, function: str, shape: Any, **options: Any) -> Any:
        labels = self.labels_record
        result = plain(self).reshape(shape, **options)
        if result.shape == labels.shape:
            return self[...]
        errors = labels.variance
        title = new_title(labels) if function == "reshape" else f"flattened_{labels.title}"
        labels = keep(
            labels,
            dimensions=_regrouped(labels, result.shape),
            variance=None if errors is None else errors.reshape(shape, **options),
            title=title,
            data_type=DataType.UNKNOWN,
            point_cloud=None,
        )
        parameters = {"shape": result.shape}
        return self.labelled(result, labels, function, inputs=[self], parameters=parameters)

    def flatten_complex(self) -> Any:
        """Return real parts, and behind them imaginary parts, along the last axis.

        The values of that axis come twice; what was complex is real and twice as long.

        Raises
        ------
        AssertionError
            For other than one or two dimensions.
        """
        if self.ndim not in {1, 2}:
            msg = f"only 1 or 2 dimensions can be flattened, found shape {self.shape}"
            raise ComplexShapeError(msg)
        labels, x = self.labels_record, plain(self)
        last, errors = labels.dimensions[-1], labels.variance
        if errors is not None:
            both = [errors, errors if x.dtype.kind == "c" else da.zeros_like(errors)]
            errors = real_share(x) * da.concatenate(both, axis=-1)
        labels = keep(
            labels,
            dimensions=(*labels.dimensions[:-1], last.with_values(np.tile(np.asarray(last), 2))),
            variance=errors,
            title=new_title(labels),
        )
        result = da.concatenate([x.real, x.imag], axis=-1)
        return self.labelled(result, labels, "flatten_complex", inputs=[self])

    def repeat(self, repeats: int, axis: int | None = None) -> Any:
        """Return each value `repeats` times along an axis, or along all values in order."""
        if axis is None:
            return self.flatten().repeat(repeats, axis=0)
        labels = self.labels_record
        (axis,) = axes_of(axis, self.ndim)
        dimensions = list(labels.dimensions)
        old = dimensions[axis]
        dimensions[axis] = old.with_values(np.repeat(np.asarray(old), repeats))
        errors = labels.variance
        labels = keep(
            labels,
            dimensions=tuple(dimensions),
            variance=None if errors is None else da.repeat(errors, repeats, axis=axis),
            title=new_title(labels),
        )
        parameters = {"repeats": repeats, "axis": axis}
        result = da.repeat(plain(self), repeats, axis=axis)
        return self.labelled(result, labels, "repeat", inputs=[self], parameters=parameters)

    def choose(self, choices: Sequence[Any]) -> Any:
        """Return for each integer value the choice of that number."""
        labels = self.labels_record
        result = da.choose(plain(self), [plain(choice) for choice in choices])
        labels = keep(labels, title=new_title(labels), units="generic")
        return self.labelled(result, labels, "choose", inputs=[self])

    def nonzero(self) -> tuple[Any, ...]:
        """Return the positions of values that are not zero, as plain lazy arrays."""
        positions: tuple[Any, ...] = plain(self).nonzero()
        return positions
