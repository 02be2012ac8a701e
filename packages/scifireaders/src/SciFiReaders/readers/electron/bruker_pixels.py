"""The spectra of Bruker's hypermaps, pixel by pixel in three ways of packing.

Little-endian; u32 rows, u32 columns; from byte 0x1A0 on for each row u32 pixels in it, and
for each of these:

=========== ========= ==================================================================
bytes       type      meaning
=========== ========= ==================================================================
0           u32       column
4           u16, u16  channels that are used; of them described by instructions
10          u16       bits to a channel number
12          u16       0: channel numbers of quanta, u16; 1: the same in 12 bits, high bits
                      first, in u16 words; 2, 3: instructions
14          u16       bytes of instructions, and of the u32 behind them
16          u16       quanta listed one by one
18          u16, u16  bytes of data that follow
=========== ========= ==================================================================

An instruction is u8 width w, u8 channels c: with w = 0 these are empty; else follow the
least of their counts in w bytes, and what each has more in w / 2 bytes; with w = 1 in
nibbles, the lower one first.  Quanta listed besides instructions follow as u16.

Where a pixel lies is found by walking through the file once, when the first of them is
computed; then a chunk reads its own rows only.

Source: decoded from files of Esprit 1.9 and 2.1, whose summed spectra come out exactly.
Not yet understood: quanta besides instructions are in no file at hand.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

import numpy as np

from sidpy.errors import CorruptFile

from .bruker_quanta import HEADER, TWELVE, Pixels
from .bruker_sfs import FORMAT
from .counted_lines import CountedLines

if TYPE_CHECKING:
    from .bruker_sfs import Stored

__all__ = ["SpectrumMap"]

FIRST: Final = 0x1A0
#: No pixel takes more: two u16 say how many bytes follow and how many u16.
_LONGEST_PIXEL: Final = HEADER + 3 * 0xFFFF
_PIECE: Final = 1 << 24
#: Bytes of data that are decoded at a time.
_PORTION: Final = 1 << 21
_walking = Lock()


class SpectrumMap(CountedLines):
    """Counts [row, column, channel], decoded when they are computed.

    Parameters
    ----------
    stored : Stored
        The file in the container.
    shape : (int, int, int)
        Rows, columns, channels; channels beyond the last one must be empty.
    """

    __slots__ = ("stored",)

    def __init__(self, stored: Stored, shape: tuple[int, int, int]) -> None:
        super().__init__(shape)
        self.stored = stored

    def __dask_tokenize__(self) -> tuple[object, ...]:
        status = Path(self.stored.path).stat()
        places = self.stored.places[:1]
        return (self.stored.path, status.st_mtime_ns, status.st_size, places, self.shape)

    def add_lines(self, low: int, high: int, counts: np.ndarray) -> None:
        """Add the counts of the lines from `low` up to `high`."""
        modified = Path(self.stored.path).stat().st_mtime_ns
        with _walking:
            starts, firsts = _walk(self.stored, modified, self.shape[0], self.shape[1])
        begin, end = int(firsts[low]), int(firsts[high])
        row = np.repeat(np.arange(high - low), np.diff(firsts[low : high + 1]))
        while begin < end:
            last = int(np.searchsorted(starts, starts[begin] + _PORTION, side="right"))
            last = min(max(last, begin + 1), end)
            here = starts[begin:last]
            raw = self.stored.array(int(here[0]), int(here[-1]) + _LONGEST_PIXEL)
            part = row[begin - int(firsts[low]) : last - int(firsts[low])]
            Pixels(raw, here - here[0], part, counts, self.corrupt).add()
            begin = last

    def corrupt(self, message: str) -> CorruptFile:
        """Build the error for something impossible among the pixels."""
        return CorruptFile(message, path=self.stored.path, format=FORMAT)


@lru_cache(maxsize=8)
def _walk(
    stored: Stored,
    modified: int,  # noqa: ARG001 - a file written anew is another one
    rows: int,
    columns: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return where each pixel begins, and which of them is the first of each row."""
    starts: list[int] = []
    firsts = [0]
    base, here = FIRST, 0
    words = _words(stored, base)
    for row in range(rows):
        if here + 6 > 2 * len(words[0]):
            base, here = base + here, 0
            words = _words(stored, base)
        low, high = (*words[here & 1][here >> 1 : (here >> 1) + 2], 0, 0xFFFF)[:2]
        count = low | high << 16
        if count > columns:
            msg = f"row {row} should have {count} of {columns} pixels; the map is cut short"
            raise CorruptFile(msg, path=stored.path, format=FORMAT)
        here += 4
        while count:
            count, here = _step(words, base, here, count, starts)
            if count:
                base, here = base + here, 0
                words = _words(stored, base)
                if 2 * len(words[0]) < HEADER:
                    msg = f"{count} pixels of row {row} are missing; the map is cut short"
                    raise CorruptFile(msg, path=stored.path, format=FORMAT)
        firsts.append(len(starts))
    if base + here > stored.size:
        msg = "the last pixel reaches behind the end of the map; it is cut short"
        raise CorruptFile(msg, path=stored.path, format=FORMAT)
    return np.array(starts, np.int64), np.array(firsts, np.int64)


def _words(stored: Stored, place: int) -> tuple[memoryview, memoryview]:
    """Return what follows a place as u16, from its first byte on and from its second."""
    raw = stored.array(place, place + _PIECE)
    parts = (raw[: raw.size // 2 * 2], raw[1 : 1 + max(raw.size - 1, 0) // 2 * 2])
    # whose elements are numbers of Python's, unlike those of an array
    even, odd = (memoryview(np.array(part).view("<u2").astype("u2", copy=False)) for part in parts)
    return even, odd


def _step(
    words: tuple[memoryview, memoryview], base: int, here: int, count: int, starts: list[int]
) -> tuple[int, int]:
    """Note where pixels begin as far as `words` go; return how many are left, and the place."""
    append = starts.append
    while count:
        odd = here & 1
        part, place, origin, size = words[odd], here >> 1, base + odd, 0
        last = len(part) - HEADER // 2
        while count and place <= last and not size & 1:
            append(origin + 2 * place)
            size = part[place + 9]
            if part[place + 6] > TWELVE and part[place + 7] == size:
                size += 2 * part[place + 8]
            place += HEADER // 2 + (size >> 1)
            count -= 1
        here = 2 * place + odd + (size & 1)
        if place > last:
            break
    return count, here
