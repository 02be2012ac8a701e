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

from .bruker_sfs import FORMAT
from .counted_lines import CountedLines
from .tally import tally

if TYPE_CHECKING:
    from .bruker_sfs import Stored

__all__ = ["SpectrumMap"]

FIRST: Final = 0x1A0
HEADER: Final = 22
#: No pixel takes more: two u16 say how many bytes follow and how many u16.
_LONGEST_PIXEL: Final = HEADER + 3 * 0xFFFF
_PIECE: Final = 1 << 24
#: Bytes of data that are decoded at a time.
_PORTION: Final = 1 << 22
_WORDS, _TWELVE, _INSTRUCTED = 0, 1, 2
#: Twice the bytes of a count by the width of its instruction; -1 for what is none.
_HALVES: Final = np.full(256, -1, np.int64)
_HALVES[[0, 1, 2, 4, 8]] = 0, 1, 2, 4, 8
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

    def count_lines(self, low: int, high: int) -> np.ndarray:
        """Return the counts of the lines from `low` up to `high`."""
        counts = np.zeros((high - low, *self.shape[1:]), self.dtype)
        modified = Path(self.stored.path).stat().st_mtime_ns
        with _walking:
            starts, firsts = _walk(self.stored, modified, self.shape[0], self.shape[1])
        begin, end = int(firsts[low]), int(firsts[high])
        row = np.repeat(np.arange(high - low), np.diff(firsts[low : high + 1]))
        while begin < end:
            last = int(np.searchsorted(starts, starts[begin] + _PORTION, side="right"))
            last = min(max(last, begin + 1), end)
            here = starts[begin:last]
            raw = self.stored.read(int(here[0]), int(here[-1]) + _LONGEST_PIXEL)
            part = row[begin - int(firsts[low]) : last - int(firsts[low])]
            _Pixels(self, raw, here - here[0], part).add_to(counts)
            begin = last
        return counts

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
    base, raw, here = FIRST, stored.read(FIRST, FIRST + _PIECE), 0
    for row in range(rows):
        if here + 4 > len(raw):
            base, raw, here = base + here, stored.read(base + here, base + here + _PIECE), 0
        count = int.from_bytes(raw[here : here + 4], "little")
        if count > columns or here + 4 > len(raw):
            msg = f"row {row} should have {count} of {columns} pixels; the map is cut short"
            raise CorruptFile(msg, path=stored.path, format=FORMAT)
        here += 4
        while count:
            count, here = _step(raw, base, here, count, starts)
            if count:
                base, raw, here = base + here, stored.read(base + here, base + here + _PIECE), 0
                if len(raw) < HEADER:
                    msg = f"{count} pixels of row {row} are missing; the map is cut short"
                    raise CorruptFile(msg, path=stored.path, format=FORMAT)
        firsts.append(len(starts))
    if base + here > stored.size:
        msg = "the last pixel reaches behind the end of the map; it is cut short"
        raise CorruptFile(msg, path=stored.path, format=FORMAT)
    return np.array(starts, np.int64), np.array(firsts, np.int64)


def _step(raw: bytes, base: int, here: int, count: int, starts: list[int]) -> tuple[int, int]:
    """Note where pixels begin as far as `raw` goes; return how many are left, and the place."""
    end = len(raw) - HEADER
    append = starts.append
    while count and here <= end:
        append(base + here)
        if raw[here + 12] > _TWELVE and raw[here + 14 : here + 16] == raw[here + 18 : here + 20]:
            here += 2 * (raw[here + 16] | raw[here + 17] << 8) + (
                HEADER + (raw[here + 18] | raw[here + 19] << 8)
            )
        else:
            here += HEADER + (raw[here + 18] | raw[here + 19] << 8)
        count -= 1
    return count, here


class _Pixels:
    """Some pixels of a map and the bytes they lie in.

    Parameters
    ----------
    owner : SpectrumMap
        Shape and errors.
    raw : bytes
        From the first pixel on.
    places, rows : ndarray of shape (pixels,)
        Where each begins in `raw`, and its row among those that are wanted.
    """

    def __init__(
        self, owner: SpectrumMap, raw: bytes, places: np.ndarray, rows: np.ndarray
    ) -> None:
        self.owner = owner
        # a word read at the very end needs something behind it
        self.bytes = np.frombuffer(raw + bytes(8), "u1")
        columns = self._field(places, 4)
        self.kind = self._field(places + 12, 2)
        self.limit = self._field(places + 6, 2)
        self.first = self._field(places + 14, 2)
        self.quanta = self._field(places + 16, 2)
        self.length = self._field(places + 18, 2)
        self.data = places + HEADER
        if columns.size and columns.max() >= owner.shape[1]:
            msg = f"a pixel in column {columns.max()} of {owner.shape[1]}; the map is damaged"
            raise owner.corrupt(msg)
        outside = (self.kind > _TWELVE) & (self.first == self.length)
        ends = self.data + self.length + np.where(outside, 2 * self.quanta, 0)
        if ends.size and ends.max() > len(raw):
            msg = "a pixel reaches behind the end of the map; it is cut short"
            raise owner.corrupt(msg)
        self.origin = (rows * owner.shape[1] + columns) * owner.shape[2]

    def _field(self, places: np.ndarray, width: int) -> np.ndarray:
        """Return little-endian numbers of `width` bytes at any places."""
        found = self.bytes[places].astype(np.int64)
        for i in range(1, width):
            found |= self.bytes[places + i].astype(np.int64) << (8 * i)
        return found

    def add_to(self, counts: np.ndarray) -> None:
        """Add the counts of these pixels."""
        flat = counts.reshape(-1)
        packed = np.flatnonzero(self.kind == _TWELVE)
        if packed.size:
            self._add_twelve(flat, packed)
        instructed = np.flatnonzero(self.kind > _TWELVE)
        if instructed.size:
            self._follow(flat, instructed)
        self._add_words(flat)

    def _check_channels(self, channels: np.ndarray) -> None:
        if channels.size and channels.max() >= self.owner.shape[2]:
            msg = f"a quantum in channel {channels.max()} of {self.owner.shape[2]}"
            raise self.owner.corrupt(msg)

    def _add_words(self, flat: np.ndarray) -> None:
        """Add the quanta that are listed as u16: all of a pixel, or besides instructions."""
        chosen = np.flatnonzero((self.kind != _TWELVE) & (self.quanta > 0))
        if not chosen.size:
            return
        quanta = self.quanta[chosen]
        begin = self.data[chosen]
        instructed = self.kind[chosen] > _TWELVE
        begin += np.where(instructed, self.first[chosen], 0)
        if np.any(~instructed & (2 * quanta > self.length[chosen])):
            msg = "more quanta are listed than a pixel has bytes"
            raise self.owner.corrupt(msg)
        number = _within(quanta)
        channels = self._field(np.repeat(begin, quanta) + 2 * number, 2)
        self._check_channels(channels)
        tally(flat, channels + np.repeat(self.origin[chosen], quanta))

    def _add_twelve(self, flat: np.ndarray, chosen: np.ndarray) -> None:
        """Add quanta of 12 bits."""
        quanta, begin = self.quanta[chosen], self.data[chosen]
        if np.any(quanta * 3 > self.length[chosen] * 2):
            msg = "more quanta are listed than a pixel has bytes"
            raise self.owner.corrupt(msg)
        for parity in (0, 1):
            aligned = np.flatnonzero(begin % 2 == parity)
            if not aligned.size:
                continue
            words = self.bytes[parity : parity + (len(self.bytes) - parity) // 2 * 2].view("<u2")
            pairs = words[:-1].astype("u4") << 16 | words[1:]
            count = quanta[aligned]
            bits = 12 * _within(count)
            found = pairs[np.repeat(begin[aligned] // 2, count) + (bits >> 4)]
            channels = (found >> (20 - (bits & 15)).astype("u4") & 0xFFF).astype(np.int64)
            self._check_channels(channels)
            tally(flat, channels + np.repeat(self.origin[chosen[aligned]], count))

    def _follow(self, flat: np.ndarray, chosen: np.ndarray) -> None:
        """Add what instructions say; those of all pixels are followed side by side."""
        place, origin, limit = self.data[chosen], self.origin[chosen], self.limit[chosen]
        end = place + self.first[chosen]
        end = np.minimum(end, place + self.length[chosen])
        channel = np.zeros_like(place)
        runs: list[np.ndarray] = []
        while True:
            more = np.flatnonzero((channel < limit) & (place + 1 < end))
            if more.size < place.size:
                place, origin, limit = place[more], origin[more], limit[more]
                end, channel = end[more], channel[more]
            if not place.size:
                break
            width, count = self.bytes[place], self.bytes[place + 1]
            halves = _HALVES[width]
            if halves.min() < 0:
                msg = f"counts of {width.max()} bytes; known are 1, 2, 4 and 8"
                raise self.owner.corrupt(msg)
            if width.any():
                runs.append(np.stack([place + 2, origin + channel, count, width])[:, width > 0])
            channel = channel + count
            # rounded up: nibbles fill the last byte
            place = place + 2 + width + (halves * count + 1) // 2
            if np.any(place > end):
                msg = "instructions end before the spectrum does; the map is damaged"
                raise self.owner.corrupt(msg)
            self._check_channels(channel - 1)
        if runs:
            self._expand(flat, np.concatenate(runs, axis=1))

    def _expand(self, flat: np.ndarray, runs: np.ndarray) -> None:
        """Add runs of counts: where their bytes are, where they go, how many, how wide."""
        for width in (1, 2, 4, 8):
            place, target, count, _ = runs[:, runs[3] == width]
            number = _within(count)
            least = np.repeat(self._field(place, width), count)
            begin = np.repeat(place + width, count)
            if width == 1:
                pair = self.bytes[begin + number // 2].astype(np.int64)
                values = pair >> (4 * (number % 2)) & 15
            else:
                values = self._field(begin + number * (width // 2), width // 2)
            # a place occurs once: no two runs of a pixel overlap
            flat[np.repeat(target, count) + number] += (values + least).astype("u4")


def _within(counts: np.ndarray) -> np.ndarray:
    """Return 0, 1, ... within each of as many groups as there are counts."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if ends.size else 0) - np.repeat(ends - counts, counts)
