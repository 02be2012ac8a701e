"""The blocks of a dataset that are fitted, and what it takes to read them."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ._blocks import Layout
from .progress import compute as compute_together

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sidpy.sid.dataset import Dataset

    from ._blocks import Recipe

    Floats = NDArray[np.float64]

__all__ = ["Task"]


@dataclass(frozen=True, slots=True)
class Task:
    """Lazy data and weights with the fitted dimensions last."""

    data: Any
    weights: Any
    """None, or of the shape of the data, or of its fitted dimensions."""
    ndim: int

    @classmethod
    def of(cls, dataset: Dataset, axes: tuple[int, ...], mask: Any, weights: Any) -> Task:
        """Bring the fitted dimensions to the end."""
        import dask.array as da

        from sidpy.sid._dask import plain

        order = [a for a in range(dataset.ndim) if a not in axes] + list(axes)
        array = plain(dataset)
        if array.dtype.kind not in "biufc":
            msg = f"the dataset holds {array.dtype}; numbers can be fitted"
            raise ValueError(msg)
        if isinstance(weights, str):
            if weights != "variance":
                msg = f"weights is {weights!r}; it can be 'variance', numbers or None"
                raise ValueError(msg)
            variance = dataset.variance
            weights = None if variance is None else da.where(variance > 0, 1 / variance, 0.0)
        weights = None if weights is None else _oriented(weights, dataset, order, len(axes))
        data = array.transpose(order)
        if mask is not None:
            mask = _oriented(mask, dataset, order, len(axes), positions=True)
            data = da.where(mask, np.nan, data)
        return cls(data, weights, len(axes))

    @property
    def positions(self) -> tuple[int, ...]:
        """Shape of the positions."""
        return tuple(self.data.shape[: self.data.ndim - self.ndim])

    def cut(self, memory: int, parameters: int, *, whole: bool) -> Task:
        """Cut the positions into blocks that can be fitted within some bytes."""
        count = len(self.positions)
        points = math.prod(self.data.shape[count:])
        # the raw block, its float64 copy, weights, and the packed result
        bytes_each = 8 * (points * 4 + parameters * (parameters + 1) + 4)
        rows = max(1, memory // bytes_each)
        total = math.prod(self.positions)
        rows = min(rows, max(64, -(-total // (4 * (os.cpu_count() or 1)))))
        chunks: Any = dict.fromkeys(range(count, self.data.ndim), -1)
        chunks |= dict.fromkeys(range(count), -1 if whole else "auto")
        limit = max(1, rows * points * self.data.dtype.itemsize)
        data = self.data.rechunk(chunks, block_size_limit=limit)
        weights = self.weights
        if weights is not None and weights.ndim == data.ndim:
            weights = weights.rechunk(data.chunks)
        return Task(data, weights, self.ndim)

    def fitted(self, recipe: Recipe, start: Floats | None) -> Any:
        """Return the lazy packed results, shape (*positions, columns)."""
        import dask.array as da

        count = len(self.positions)
        every = tuple(range(self.data.ndim))
        place, column, parameter = every[:count], self.data.ndim, self.data.ndim + 1
        weights, begin = self.weights, start
        index: Any = None
        if weights is not None:
            weights = weights.rechunk(-1) if weights.ndim == self.ndim else weights
            index = every if weights.ndim == self.data.ndim else every[count:]
        if begin is not None:
            begin = da.from_array(begin, chunks=(*self.data.chunks[:count], -1))
        return da.blockwise(
            recipe,
            (*place, column),
            self.data,
            every,
            weights,
            index,
            begin,
            None if begin is None else (*place, parameter),
            new_axes={column: Layout(len(recipe.model.parameters)).columns},
            dtype=np.float64,
            concatenate=True,
            meta=np.empty((0,) * (count + 1)),
        )

    def rows(self, places: NDArray[np.intp]) -> tuple[NDArray[Any], Any]:
        """Compute the data and weights at some positions, shape (rows, points)."""
        points = math.prod(self.data.shape[len(self.positions) :])
        found = [self._at(self.data, places)]
        if self.weights is not None and self.weights.ndim == self.data.ndim:
            found.append(self._at(self.weights, places))
        values = compute_together(found, label="reading spectra")
        flat = [np.reshape(v, (len(places), points)) for v in values]
        if len(flat) > 1:
            return flat[0], flat[1]
        return flat[0], None if self.weights is None else np.ravel(self.weights)

    def _at(self, array: Any, places: NDArray[np.intp]) -> Any:
        if not self.positions:
            return array[None]
        return (
            array.vindex[tuple(places.T)]
            if places.shape[1] == array.ndim
            else array.vindex[(*places.T, *[slice(None)] * self.ndim)]
        )


def _oriented(
    values: Any, dataset: Dataset, order: list[int], ndim: int, *, positions: bool = False
) -> Any:
    """Return an array given for a dataset with its fitted dimensions last."""
    from sidpy.sid._dask import as_lazy

    array = as_lazy(values)
    shape = tuple(dataset.shape[a] for a in order)
    if array.shape == dataset.shape:
        return array.transpose(order)
    if array.shape == shape[len(shape) - ndim :]:
        return array
    if positions and array.shape == shape[: len(shape) - ndim]:
        return array.reshape((*array.shape, *[1] * ndim))
    msg = (
        f"an array of shape {array.shape} does not fit a dataset of shape {dataset.shape} "
        f"or its fitted dimensions of shape {shape[len(shape) - ndim :]}"
    )
    raise ValueError(msg)
