"""How many positions are worked on at a time, so that nothing much is lost at any moment.

A batch begins small, to learn how long a position takes, and grows until it takes a third of
the time between two checkpoints, or all the memory that it may.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

__all__ = ["Pace", "none_alone"]

#: A batch of at most these positions needs no smaller one before it.
_SMALL: Final = 64
#: Positions of the first batch for each that works, and growth from batch to batch.
_FIRST: Final = 8
_GROWTH: Final = 8


@dataclass(slots=True)
class Pace:
    """Chooses the size of the next batch.

    Parameters
    ----------
    seconds : float, s
        How long a batch should take at most; 0 for as long as it may.
    hands : int
        How many work.
    align : int
        Batches end at multiples of these positions, where they are long enough.

    Examples
    --------
    >>> pace = Pace(seconds=10.0, hands=2)
    >>> pace.size(most=1000.5)
    16
    >>> pace.took(16, 32.0)
    >>> pace.size(most=1000.5)
    5
    """

    seconds: float
    hands: int = 1
    align: int = 1
    _last: int = 0
    _each: float = 0.0

    def size(self, most: float, first: int = 0) -> int:
        """Return how many positions come next, at most `most`, beginning with `first`."""
        most = max(1, int(min(most, 2**62)))
        wanted = self._wanted(most)
        size = max(1, min(most, wanted))
        end = (first + size) // self.align * self.align
        return end - first if end > first else min(most, math.ceil(size / self.align) * self.align)

    def _wanted(self, most: int) -> int:
        if not self._last:
            return most if most <= _SMALL else _FIRST * self.hands
        grown = _GROWTH * self._last
        if not self._each or not self.seconds:
            return grown
        return min(grown, int(min(self.seconds / self._each, 2**62)))

    def took(self, positions: int, seconds: float) -> None:
        """Learn how long some positions took."""
        self._last = max(positions, 1)
        self._each = seconds / self._last


def none_alone(size: int, most: float, left: int) -> int:
    """Return the size of a batch after which no batch has to be a single position.

    Of one position of several, analyses written for batches lose the axis: BGlib's loop fitter
    drops every axis of length one, and has no two loops to compare.

    Parameters
    ----------
    size : int
        What the pace asks for.
    most : float
        How many positions may be in memory; a limit of one is obeyed.
    left : int
        How many are to be computed.

    Examples
    --------
    >>> none_alone(1, most=100, left=12), none_alone(8, most=100, left=9)
    (2, 9)
    >>> none_alone(1, most=1, left=12), none_alone(1, most=100, left=1)
    (1, 1)
    """
    if most < 2:
        return size
    size = max(size, min(2, left))
    return left if left - size == 1 else size
