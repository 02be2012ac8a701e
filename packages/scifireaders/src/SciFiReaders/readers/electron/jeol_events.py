"""X-rays one by one: the event lists of JEOL's ``.pts`` files, counted into maps.

A list of u16 words, little-endian, the upper four bits saying what the rest is:

==== ===================================================================================
8    the beam goes to this column; 4096 is the width of the scan
9    the beam goes to this row, in the same steps; a smaller one than before begins a frame
10   the signal of the electron detector there
11   an X-ray in this channel
==== ===================================================================================

Other words (6 and 7) tell the time.  Where lines begin is found by walking through the list
once, when the first of them is computed; then a chunk reads its own lines only.

Source: decoded from files of the RosettaSciIO collection, whose numbers of lines and frames
are also in their tags.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np

from sidpy.errors import CorruptFile

from .counted_lines import CountedLines
from .tally import tally

__all__ = ["FULL", "EventList"]

FORMAT: Final = "jeol"
#: Width of a scan in the units of positions.
FULL: Final = 4096
_X, _Y, _XRAY = 8, 9, 11
_PIECE: Final = 1 << 22
_walking = Lock()


class EventList(CountedLines):
    """Counts [row, column, channel], added up over frames when they are computed.

    Parameters
    ----------
    path : str
        The file.
    span : (int, int)
        Where the list begins and ends, in bytes.
    shape : (int, int, int)
        Rows, columns, channels.
    frames : int
        How many frames, from the first, are added.
    """

    __slots__ = ("frames", "path", "span")

    def __init__(
        self, path: str, span: tuple[int, int], shape: tuple[int, int, int], frames: int
    ) -> None:
        super().__init__(shape)
        self.path, self.span, self.frames = str(Path(path).resolve()), span, frames

    def __dask_tokenize__(self) -> tuple[object, ...]:
        status = Path(self.path).stat()
        written = (status.st_mtime_ns, status.st_size)
        return (self.path, *written, self.span, self.shape, self.frames)

    def add_lines(self, low: int, high: int, counts: np.ndarray) -> None:
        """Add the counts of the lines from `low` up to `high`."""
        step = FULL // max(self.shape[:2])
        modified = Path(self.path).stat().st_mtime_ns
        with _walking:
            starts, lines = _lines(self.path, modified, self.span)
        frame = np.cumsum(np.diff(lines, prepend=-1) <= 0)
        rows = lines // step
        mine = (rows >= low) & (rows < high) & (frame < self.frames)
        # lines that follow each other are read in one go
        edges = np.flatnonzero(np.diff(np.concatenate([[0], mine, [0]]).astype("i1")))
        for first, last in edges.reshape(-1, 2):
            end = starts[last] if last < len(starts) else self._words()
            for begin in range(int(starts[first]), int(end), _PIECE):
                self._add(begin, min(begin + _PIECE, int(end)), int(starts[first]), counts, low)

    def _words(self) -> int:
        return (self.span[1] - self.span[0]) // 2

    def _add(self, begin: int, end: int, first: int, counts: np.ndarray, low: int) -> None:
        """Count the X-rays among some words; their place is said by words before them."""
        back = begin
        while back > first and back > begin - 4 * _PIECE:
            # a piece begins with a line, or goes back to the words that say where it is
            back = max(first, back - (1 << 16))
            kinds = _read(self.path, self.span, back, begin) >> 12
            if (kinds == _Y).any():
                break
        words = _read(self.path, self.span, back, end)
        # words that say where the beam is, and from there on as many X-rays as there are
        moves = np.flatnonzero((words & 0xE000) == _X << 12)
        xrays = np.flatnonzero(words >> 12 == _XRAY)
        xrays = xrays[np.searchsorted(xrays, begin - back) :]
        number = np.diff(np.searchsorted(xrays, moves), append=len(xrays))
        columns, rows = self._places(words[moves], low)
        known = (columns >= 0) & (rows >= 0)
        if not known.all():  # a list may begin without a place, never end without one
            number = np.where(known, number, 0)
        channels = words[xrays[len(xrays) - int(number.sum()) :]] & 0xFFF
        furthest = int(columns[number > 0].max(initial=0))
        if channels.size and (furthest >= self.shape[1] or channels.max() >= self.shape[2]):
            msg = (
                f"an X-ray in column {furthest} and channel {channels.max()} of a map of the "
                f"shape {self.shape}; the list is damaged"
            )
            raise CorruptFile(msg, path=self.path, format=FORMAT)
        places = np.repeat((rows * self.shape[1] + columns) * self.shape[2], number)
        places += channels
        tally(counts.reshape(-1), places)

    def _places(self, moves: np.ndarray, low: int) -> tuple[np.ndarray, np.ndarray]:
        """Return column and row after each move, -1 where it is not known yet."""
        step = FULL // max(self.shape[:2])
        order = np.arange(len(moves))
        values = (moves & 0xFFF).astype(np.int64) // step
        found = []
        for kind, first in ((_X, 0), (_Y, low)):
            last = np.maximum.accumulate(np.where(moves >> 12 == kind, order, -1))
            found.append(np.where(last >= 0, values[last] - first, -1))
        return found[0], found[1]


def _read(path: str, span: tuple[int, int], begin: int, end: int) -> np.ndarray:
    return np.fromfile(path, "<u2", max(end - begin, 0), offset=span[0] + 2 * begin)


@lru_cache(maxsize=16)
def _lines(
    path: str,
    modified: int,  # noqa: ARG001 - a file written anew is another one
    span: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray]:
    """Return at which word each line begins, and where the beam went then."""
    starts, lines = [], []
    for begin in range(0, (span[1] - span[0]) // 2, _PIECE):
        words = _read(path, span, begin, min(begin + _PIECE, (span[1] - span[0]) // 2))
        found = np.flatnonzero(words >> 12 == _Y)
        starts.append(found + begin)
        lines.append((words[found] & 0xFFF).astype(np.int64))
    if not starts:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(starts), np.concatenate(lines)
