"""Spectra at each pixel that are counted line by line when they are indexed."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, Final

import numpy as np

__all__ = ["CountedLines"]

#: Elements that are worth a thread of their own.
_SHARE: Final = 1 << 23


class CountedLines:
    """Counts [row, column, channel] of which whole lines are found at once.

    A kind of file defines `add_lines`.
    """

    __slots__ = ("dtype", "shape")

    #: All of a map is counted into one array, by several threads if it is large.
    in_one_go: Final = True

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

    def add_lines(self, low: int, high: int, counts: np.ndarray) -> None:
        """Add the counts of the lines from `low` up to `high`, which `counts` are."""
        raise NotImplementedError

    def _count_lines(self, low: int, high: int) -> np.ndarray:
        counts = np.zeros((high - low, *self.shape[1:]), self.dtype)
        shares = min(counts.size // _SHARE, os.cpu_count() or 1, high - low)
        if shares < 2:
            self.add_lines(low, high, counts)
            return counts
        edges = np.linspace(low, high, shares + 1).astype(int).tolist()
        with ThreadPoolExecutor(shares) as pool:
            parts = [counts[a - low : b - low] for a, b in pairwise(edges)]
            list(pool.map(self.add_lines, edges, edges[1:], parts))
        return counts

    def __getitem__(self, index: Any) -> np.ndarray:
        wanted = index if isinstance(index, tuple) else (index,)
        if wanted and wanted[0] is Ellipsis:
            wanted = (slice(None),) * (4 - len(wanted)) + wanted[1:]
        rows, rest = np.arange(self.shape[0])[wanted[0]], wanted[1:]
        if not rows.size:
            return np.zeros((0, *self.shape[1:]), self.dtype)[(slice(None), *rest)]
        low, high = int(rows.min()), int(rows.max()) + 1
        counts = self._count_lines(low, high)
        if not rows.ndim:
            return counts[(0, *rest)]
        if not np.array_equal(rows, np.arange(low, high)):
            counts = counts[rows - low]
        # not a view where all of it is wanted, which would be copied once more
        lengths = zip(rest, self.shape[1:], strict=False)
        if all(isinstance(part, slice) and range(n)[part] == range(n) for part, n in lengths):
            return counts
        return counts[(slice(None), *rest)]
