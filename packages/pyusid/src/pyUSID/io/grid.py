"""Grids: what the index matrix of one side of a dataset says about its N-dimensional form.

A side (the positions, or the spectroscopic steps) is a grid when every combination of
the steps of its dimensions occurs exactly once.  Which dimension varies fastest differs
between programs and years, so it is always derived from the indices, never assumed.

Three orders meet here.  *File order* is the order of the columns of the index matrix.
*Cells* count through the grid in C order of the dimensions from slowest to fastest.
*Rows* count along the axis of the stored dataset; in nearly all files rows are cells,
but a scan may also have visited the grid in another sequence, such as a serpentine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.errors import FormatError

from .matrices import fastest_first

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = ["Grid", "Layout", "ranks"]


@dataclass(frozen=True, eq=False)
class Grid:
    """The grid of one side of a dataset.

    Examples
    --------
    >>> grid = Grid.from_indices(np.array([[0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2]]))
    >>> grid.sizes, grid.slow_first
    ((2, 3), (0, 1))
    """

    sizes: tuple[int, ...]
    #: Length of each dimension, in file order.
    slow_first: tuple[int, ...]
    #: The dimensions from slowest to fastest, by their place in the file.
    rows: npt.NDArray[np.intp] | None = None
    #: Row of each cell; None where rows are cells.

    @classmethod
    def from_indices(cls, indices: npt.NDArray[Any]) -> Grid:
        """Derive the grid from an index matrix of shape (dimensions, steps).

        Raises
        ------
        FormatError
            When some combinations are missing or occur more than once; a ValueError too.
        """
        if indices.ndim != 2 or 0 in indices.shape:
            msg = f"a matrix of indices has one or more dimensions and steps, not {indices.shape}"
            raise FormatError(msg)
        return _regular(indices) or _scattered(indices)

    @classmethod
    def running(cls, steps: int) -> Grid:
        """Return the grid of one dimension that counts the steps."""
        return cls((steps,), (0,))

    @cached_property
    def steps(self) -> int:
        """Number of rows."""
        return math.prod(self.sizes)

    @cached_property
    def strides(self) -> tuple[int, ...]:
        """How many cells one step along each dimension is, in file order."""
        strides, step = [0] * len(self.sizes), 1
        for dimension in self.slow_first[::-1]:
            strides[dimension] = step
            step *= self.sizes[dimension]
        return tuple(strides)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Length of each dimension from slowest to fastest."""
        return tuple(self.sizes[i] for i in self.slow_first)

    def rows_along(self, dimension: int) -> npt.NDArray[np.intp]:
        """Return the rows along one dimension, all others being at their first step."""
        return self._as_rows(np.arange(self.sizes[dimension]) * self.strides[dimension])

    def rows_at(self, steps: Sequence[npt.NDArray[np.intp]]) -> npt.NDArray[np.intp]:
        """Return the rows of chosen steps of each dimension, slowest dimension first.

        Parameters
        ----------
        steps : sequence of ndarray of int
            The steps along each dimension, in file order.

        Returns
        -------
        ndarray of shape (product of the numbers of steps,)
            In C order of the dimensions from slowest to fastest.
        """
        cells = np.zeros(1, dtype=np.intp)
        for dimension in self.slow_first:
            along = np.asarray(steps[dimension], dtype=np.intp) * self.strides[dimension]
            cells = (cells[:, np.newaxis] + along).ravel()
        return self._as_rows(cells)

    @cached_property
    def _fast_first(self) -> tuple[tuple[int, int, int], ...]:
        """Number, length and stride of each dimension, fastest first."""
        return tuple((i, self.sizes[i], self.strides[i]) for i in self.slow_first[::-1])

    def pattern(self, steps: Sequence[range | None]) -> tuple[int, int, int, int] | None:
        """Return the rows of evenly spaced steps of each dimension as one regular pattern.

        Parameters
        ----------
        steps : sequence of range or None
            The steps along each dimension, in file order, increasing, one or more; None for
            all of them.

        Returns
        -------
        tuple of int or None
            ``(start, stride, count, block)``: `count` runs of `block` rows, `stride` apart.
            None when the rows are no such pattern, or the grid was visited in another
            sequence.
        """
        if self.rows is not None:
            return None
        start, stride, count, block = 0, 1, 1, 1
        for dimension, size, apart in self._fast_first:
            along = steps[dimension]
            if along is not None:
                start += along.start * apart
                size, apart = len(along), along.step * apart  # noqa: PLW2901 - of these steps
            if size == 1:
                continue
            if count == 1 and block == apart:
                block *= size
            elif count == 1:
                stride, count = apart, size
            elif apart == stride * count:
                count *= size
            else:
                return None
        return start, stride, count, block

    def _as_rows(self, cells: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        return cells if self.rows is None else self.rows[cells]


def _regular(indices: npt.NDArray[Any]) -> Grid | None:
    """Return the grid when rows are cells, else None: one pass over the matrix."""
    sizes, stride = [1] * len(indices), 1
    slow_first = fastest_first(indices)[::-1]
    for dimension in slow_first[::-1]:
        sizes[dimension] = _period(indices[dimension, ::stride])
        stride *= sizes[dimension]
    if stride != indices.shape[1]:
        return None
    grid = Grid(tuple(sizes), tuple(int(dimension) for dimension in slow_first))
    for row, size, step in zip(indices, sizes, grid.strides, strict=True):
        tiles = row.reshape(-1, size, step)
        unit = tiles[0, :, 0]
        if not _distinct(unit) or not np.array_equal(tiles, _like(unit, tiles.shape)):
            return None
    return grid


def _period(row: npt.NDArray[Any]) -> int:
    """Return after how many members the first one comes again."""
    again = np.flatnonzero(row[1:] == row[0])
    return int(again[0]) + 1 if again.size else len(row)


def _distinct(values: npt.NDArray[Any]) -> bool:
    return bool(np.all(values[1:] > values[:-1])) or np.unique(values).size == values.size


def _like(unit: npt.NDArray[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    return np.broadcast_to(unit[np.newaxis, :, np.newaxis], shape)


def _scattered(indices: npt.NDArray[Any]) -> Grid:
    """Return the grid whose cells were visited in another sequence."""
    order = fastest_first(indices)[::-1]
    steps = np.array([ranks(row) for row in indices])
    sizes = tuple(int(row.max()) + 1 for row in steps)
    combinations = math.prod(sizes)
    if combinations != indices.shape[1]:
        msg = (
            f"not a grid: dimensions of {' x '.join(map(str, sizes))} steps have "
            f"{combinations} combinations, but there are {indices.shape[1]} rows of indices"
        )
        raise FormatError(msg)
    cells = np.ravel_multi_index(tuple(steps[order]), tuple(sizes[i] for i in order))
    if np.bincount(cells, minlength=combinations).max() > 1:
        msg = f"not a grid: of {combinations} combinations some occur more than once"
        raise FormatError(msg)
    return Grid(sizes, tuple(int(dimension) for dimension in order), np.argsort(cells))


def ranks(row: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """Return the step of each index of one dimension: 0 for its smallest value, and so on."""
    low, high = int(row.min()), int(row.max())
    if high - low < 4 * row.size:  # counting beats sorting
        used = np.bincount(row.astype(np.intp) - low) > 0
        return (np.cumsum(used) - 1)[row.astype(np.intp) - low]
    return np.unique(row, return_inverse=True)[1].reshape(row.shape)


@dataclass(frozen=True, eq=False)
class Layout:
    """How the 2-D form of a dataset and its N-D form hang together.

    The axes of the N-D form are all position dimensions, then all spectroscopic ones;
    within each in file order, or from slowest to fastest.

    Parameters
    ----------
    positions, steps : Grid
        The two sides.
    is_sorted : bool
        Whether the axes run from slowest to fastest instead of in file order.
    """

    positions: Grid
    steps: Grid
    is_sorted: bool = False

    @cached_property
    def order(self) -> tuple[int, ...]:
        """For each axis of the N-D form the number of its dimension in file order."""
        if self.is_sorted:
            return self.slow_first
        return tuple(range(len(self.positions.sizes) + len(self.steps.sizes)))

    @cached_property
    def slow_first(self) -> tuple[int, ...]:
        """The dimensions from slowest to fastest, positions first, by their place in the file."""
        first = len(self.positions.sizes)
        return (*self.positions.slow_first, *(first + i for i in self.steps.slow_first))

    @cached_property
    def is_slow_first(self) -> bool:
        """Whether the axes of the N-D form run from slowest to fastest, sorted or not."""
        return self.order == self.slow_first

    @cached_property
    def places(self) -> tuple[int, ...]:
        """For each dimension in file order the number of its axis of the N-D form."""
        return tuple(self.order.index(i) for i in range(len(self.order)))

    @cached_property
    def strides(self) -> tuple[tuple[int, int, int], ...]:
        """Axis of the N-D form, length and cells to the next step of each position dimension."""
        positions = zip(self.places, self.positions.sizes, self.positions.strides, strict=False)
        return tuple(positions)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Length of each dimension, in file order, positions first."""
        return (*self.positions.sizes, *self.steps.sizes)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Shape of the N-D form."""
        return tuple(self.sizes[dimension] for dimension in self.order)

    @cached_property
    def axes(self) -> tuple[int, ...]:
        """Where each axis of the N-D form is among those from slowest to fastest."""
        return tuple(self.slow_first.index(dimension) for dimension in self.order)

    def unfold(self, data: Any) -> Any:
        """Return the N-D form of data of shape (rows, columns), NumPy or dask; a view if it can.

        Raises
        ------
        ValueError
            When the data are of another size.
        """
        if data.shape != (self.positions.steps, self.steps.steps):
            msg = (
                f"data of shape {data.shape} do not have {self.positions.steps} positions "
                f"and {self.steps.steps} spectroscopic steps"
            )
            raise ValueError(msg)
        if self.positions.rows is not None:
            data = data[self.positions.rows]
        if self.steps.rows is not None:
            data = data[:, self.steps.rows]
        shape, axes = self.shape, self.axes
        return data.reshape([shape[i] for i in np.argsort(axes)]).transpose(axes)

    def fold(self, data: Any) -> Any:
        """Return the 2-D form of N-D data; the inverse of `unfold`.

        Raises
        ------
        ValueError
            When the axes are of other lengths.
        """
        if data.shape != self.shape:
            msg = f"data of shape {data.shape} do not have the dimensions {self.shape}"
            raise ValueError(msg)
        slow_first = data.transpose([int(i) for i in np.argsort(self.axes)])
        flat = slow_first.reshape((self.positions.steps, self.steps.steps))
        if self.positions.rows is not None:
            flat = flat[np.argsort(self.positions.rows)]
        if self.steps.rows is not None:
            flat = flat[:, np.argsort(self.steps.rows)]
        return flat
