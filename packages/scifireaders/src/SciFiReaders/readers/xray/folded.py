"""Lists of points in a file that make a grid: rows and columns instead of one number.

A map that is stored as one long list is [rows, columns, ...] here; a selection becomes a
selection of the list, so that a few rows cost no more than those rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["Folded"]


class Folded:
    """An array of [points, ...] seen as [rows, columns, ...].

    Parameters
    ----------
    source : array-like
        Of rows * columns points or more; those behind are left out.
    rows, columns : int
        Size of the grid, columns fastest.

    Examples
    --------
    >>> import numpy as np
    >>> Folded(np.arange(6), 2, 3)[:, 1:]
    array([[1, 2],
           [4, 5]])
    """

    __slots__ = ("columns", "dtype", "rows", "shape", "source")

    def __init__(self, source: Any, rows: int, columns: int) -> None:
        self.source, self.rows, self.columns = source, rows, columns
        self.dtype = source.dtype
        self.shape = (rows, columns, *source.shape[1:])

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        return (*self.source.__dask_tokenize__(), self.rows, self.columns)

    def __getitem__(self, index: Any) -> np.ndarray:
        index = index if isinstance(index, tuple) else (index,)
        index = (*index, *(slice(None) for _ in range(self.ndim - len(index))))
        chosen = np.arange(self.rows)[index[0]]
        if not np.size(chosen):
            return np.empty(self.shape, self.dtype)[index]
        first, last = int(np.min(chosen)), int(np.max(chosen)) + 1
        block = self.source[(slice(first * self.columns, last * self.columns), *index[2:])]
        grid = np.asarray(block).reshape(last - first, self.columns, *block.shape[1:])
        return grid[np.asarray(chosen) - first][(slice(None),) * np.ndim(chosen) + (index[1],)]
