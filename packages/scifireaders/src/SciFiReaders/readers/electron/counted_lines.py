"""Spectra at each pixel that are counted line by line when they are indexed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["CountedLines"]


class CountedLines:
    """Counts [row, column, channel] of which whole lines are found at once.

    A kind of file defines `count_lines`.
    """

    __slots__ = ("dtype", "shape")

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self.shape, self.dtype = shape, np.dtype("u4")

    @property
    def ndim(self) -> int:
        """Three."""
        return 3

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    def count_lines(self, low: int, high: int) -> np.ndarray:
        """Return the counts of the lines from `low` up to `high`."""
        raise NotImplementedError

    def __getitem__(self, index: Any) -> np.ndarray:
        wanted = index if isinstance(index, tuple) else (index,)
        rows = np.arange(self.shape[0])[wanted[0]]
        if not rows.size:
            return np.zeros((0, *self.shape[1:]), self.dtype)[(slice(None), *wanted[1:])]
        low, high = int(rows.min()), int(rows.max()) + 1
        counts = self.count_lines(low, high)
        if not rows.ndim or not np.array_equal(rows, np.arange(low, high)):
            counts = counts[rows - low]
        return counts[(slice(None), *wanted[1:])] if rows.ndim else counts[wanted[1:]]
