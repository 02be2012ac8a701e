"""What is in the pixels of Bruker's hypermaps: listed quanta, and counts by instructions.

The layout of a pixel is said in `bruker_pixels`.  Here many of them are decoded side by side:
four quanta of 12 bits are three words; the instructions of all pixels are followed in
lockstep, one table says how far the next one is; and what they say is put one behind the other
for some pixels at a time, few enough that it stays in the cache of the processor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .tally import tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sidpy.errors import CorruptFile

__all__ = ["HEADER", "TWELVE", "Pixels"]

#: Bytes before the data of a pixel.
HEADER: Final = 22
#: Kinds of pixels: more are those with instructions.
TWELVE: Final = 1
#: Twice the bytes of a count by the width of its instruction; 0 where it is none or empty.
_HALVES: Final = np.zeros(256, np.intp)
_HALVES[[1, 2, 4, 8]] = 1, 2, 4, 8
_NONE: Final = np.ones(256, bool)
_NONE[[0, 1, 2, 4, 8]] = False
#: Bytes of an instruction by width + 256 * channels; nibbles fill the last byte.
_LONG: Final = (
    2 + np.arange(256) * (_HALVES > 0) + (np.arange(256)[:, None] * _HALVES + 1) // 2
).reshape(-1)
#: What of a word is the least count, by width.
_LEAST: Final = np.zeros(256, "u2")
_LEAST[[1, 2]] = 0xFF, 0xFFFF
#: Which of the last four quanta there are, by how many remain.
_REMAINING: Final = np.array([[1, 1, 1, 1], [1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0]], bool)
#: Instructions of a pixel that are followed before others are looked at again.
_WALK: Final = 128
#: Elements of a map that are laid out at a time.
_BATCH: Final = 1 << 16


class Pixels:
    """Some pixels of a map and the bytes they lie in.

    Parameters
    ----------
    raw : ndarray of u1
        From the first pixel on.
    places, rows : ndarray of shape (pixels,)
        Where each begins in `raw`, and its row among those of `counts`.
    counts : ndarray of shape (rows, columns, channels)
        Where they are added.
    corrupt : callable
        Builds an error from a message.

    Raises
    ------
    CorruptFile
        When a pixel lies outside the map, or reaches behind the end of `raw`.
    """

    def __init__(
        self,
        raw: np.ndarray,
        places: np.ndarray,
        rows: np.ndarray,
        counts: np.ndarray,
        corrupt: Callable[[str], CorruptFile],
    ) -> None:
        self.counts, self.corrupt = counts, corrupt
        self.channels = counts.shape[2]
        # a word read at the very end needs something behind it
        self.bytes = np.concatenate([raw, np.zeros(8, "u1")])
        self.kind, self.limit, self.first, self.quanta, self.length = (
            self._field(places + at, 2) for at in (12, 6, 14, 16, 18)
        )
        self.data = places + HEADER
        columns = self._field(places, 4)
        if columns.size and columns.max() >= counts.shape[1]:
            msg = f"a pixel in column {columns.max()} of {counts.shape[1]}; the map is damaged"
            raise corrupt(msg)
        outside = (self.kind > TWELVE) & (self.first == self.length)
        ends = self.data + self.length + np.where(outside, 2 * self.quanta, 0)
        if ends.size and ends.max() > len(raw):
            msg = "a pixel reaches behind the end of the map; it is cut short"
            raise corrupt(msg)
        self.spectrum = rows * counts.shape[1] + columns

    def _field(self, places: np.ndarray, width: int) -> np.ndarray:
        """Return little-endian numbers of `width` bytes at any places."""
        found = self.bytes.take(places).astype(np.int64)
        for i in range(1, width):
            found |= self.bytes.take(places + i).astype(np.int64) << (8 * i)
        return found

    def add(self) -> None:
        """Add what is in these pixels."""
        flat = self.counts.reshape(-1)
        instructed = np.flatnonzero(self.kind > TWELVE)
        if instructed.size:
            self._follow(instructed)
        packed = np.flatnonzero(self.kind == TWELVE)
        if packed.size:
            self._add_twelve(flat, packed)
        self._add_words(flat)

    def _tally(self, flat: np.ndarray, channels: np.ndarray, origins: np.ndarray) -> None:
        if channels.size and channels.max() >= self.channels:
            msg = f"a quantum in channel {channels.max()} of {self.channels}"
            raise self.corrupt(msg)
        origins += channels
        tally(flat, origins)

    # ------------------------------------------------------------------ listed quanta

    def _add_words(self, flat: np.ndarray) -> None:
        """Add the quanta that are listed as u16: all of a pixel, or besides instructions."""
        chosen = np.flatnonzero((self.kind != TWELVE) & (self.quanta > 0))
        if not chosen.size:
            return
        quanta, begin = self.quanta[chosen], self.data[chosen]
        instructed = self.kind[chosen] > TWELVE
        begin += np.where(instructed, self.first[chosen], 0)
        if np.any(~instructed & (2 * quanta > self.length[chosen])):
            msg = "more quanta are listed than a pixel has bytes"
            raise self.corrupt(msg)
        channels = self._field(_each(begin, quanta, 2), 2)
        self._tally(flat, channels, np.repeat(self.spectrum[chosen] * self.channels, quanta))

    def _add_twelve(self, flat: np.ndarray, chosen: np.ndarray) -> None:
        """Add quanta of 12 bits: four of them are three words."""
        if np.any(self.quanta[chosen] * 3 > self.length[chosen] * 2):
            msg = "more quanta are listed than a pixel has bytes"
            raise self.corrupt(msg)
        for parity in (0, 1):
            part = chosen[(self.data[chosen] % 2 == parity) & (self.quanta[chosen] > 0)]
            if not part.size:
                continue
            quanta = self.quanta[part]
            words = self.bytes[parity : parity + (len(self.bytes) - parity) // 2 * 2].view("<u2")
            groups = (quanta + 3) // 4
            place = _each(self.data[part] // 2, groups, 3)
            # of the last one there may be no more than a word
            one, two, three = (words.take(place + i, mode="clip") for i in range(3))
            channels = np.empty((len(place), 4), "u2")
            channels[:, 0] = one >> 4
            channels[:, 1] = (one & 0xF) << 8 | two >> 8
            channels[:, 2] = (two & 0xFF) << 4 | three >> 12
            channels[:, 3] = three & 0xFFF
            used = np.ones((len(place), 4), bool)
            used[np.cumsum(groups) - 1] = _REMAINING[quanta % 4]
            origins = np.repeat(self.spectrum[part] * self.channels, quanta)
            self._tally(flat, channels[used], origins)

    # ------------------------------------------------------------------ instructions

    def _follow(self, chosen: np.ndarray) -> None:
        """Put down what instructions say; those of all pixels are followed side by side."""
        raw, most = self.bytes, max(_BATCH // self.channels, 1)
        words = np.ndarray((len(raw) - 1,), "<u2", raw.data, 0, (1,)).astype("u2")
        nibbles = np.empty((len(raw), 2), "u1")
        np.bitwise_and(raw, 15, out=nibbles[:, 0])
        np.right_shift(raw, 4, out=nibbles[:, 1])
        empty = np.zeros(max(self.channels, 256), "u1")
        source = np.concatenate([nibbles.reshape(-1), raw, empty])
        for part, codes, places in self._steps(words, chosen):
            for i in range(0, len(part), most):
                here = slice(i, i + most)
                runs = self._runs(part[here], codes[:, here].T, places[:, here].T)
                self._lay_out(source, words, part[here], runs)

    def _steps(self, words: np.ndarray, chosen: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
        """Yield pixels, their instructions [step, pixel], and where these are, and the end."""
        place = self.data[chosen]
        end = place + np.minimum(self.first[chosen], self.length[chosen])
        active = np.arange(len(chosen))
        history: list[tuple[np.ndarray, ...]] = []
        while active.size:
            codes = np.empty((_WALK, active.size), "u2")
            places = np.empty((_WALK + 1, active.size), "i4")
            last = _WALK
            for step in range(_WALK):
                places[step] = place
                words.take(place, out=codes[step], mode="clip")
                place += _LONG.take(codes[step])
                if step % 16 == 15 and np.all(place + 1 >= end):
                    last = step + 1
                    break
            places[last] = place
            history.append((active, codes[:last], places[:last]))
            done = place + 1 >= end
            which = active[done]
            if which.size:
                columns = [np.searchsorted(there, which) for there, _, _ in history]
                parts = [codes[:, i] for i, (_, codes, _) in zip(columns, history, strict=True)]
                ways = [way[:, i] for i, (_, _, way) in zip(columns, history, strict=True)]
                yield (
                    chosen[which],
                    np.concatenate(parts),
                    np.concatenate([*ways, places[last : last + 1, done]]),
                )
            active, place, end = active[~done], place[~done], end[~done]

    def _runs(self, part: np.ndarray, codes: np.ndarray, places: np.ndarray) -> _Runs:
        """Return what the instructions of some pixels mean, as far as they count."""
        width, count = codes & 0xFF, (codes >> 8).astype("i4")
        behind, places = places[:, 1:], places[:, :-1]
        end = self.data[part] + np.minimum(self.first[part], self.length[part])
        channel = np.cumsum(count, axis=1)
        channel -= count
        valid = (channel < self.limit[part, None]) & (places + 1 < end[:, None])
        count *= valid
        if np.any(_NONE[width] & valid):
            msg = f"counts of {width[_NONE[width] & valid].max()} bytes; known are 1, 2, 4 and 8"
            raise self.corrupt(msg)
        if np.any((behind > end[:, None]) & valid):
            msg = "instructions end before the spectrum does; the map is damaged"
            raise self.corrupt(msg)
        used = count.sum(axis=1)
        if used.max(initial=0) > self.channels:
            msg = f"a quantum in channel {used.max() - 1} of {self.channels}"
            raise self.corrupt(msg)
        return _Runs(width, count, places, channel, used)

    def _lay_out(
        self, source: np.ndarray, words: np.ndarray, part: np.ndarray, runs: _Runs
    ) -> None:
        """Put runs of counts one behind the other, empty ones and the rest of a spectrum too."""
        size, none = len(self.bytes), len(source) - max(self.channels, 256)
        shape = (len(part), runs.count.shape[1] + 1)
        first = np.arange(len(part)) * self.channels
        count, begin = np.empty(shape, np.intp), np.full(shape, none, np.intp)
        least = np.zeros(shape, "u2")
        count[:, :-1], count[:, -1] = runs.count, self.channels - runs.used
        np.copyto(begin[:, :-1], 2 * runs.place + 6, where=runs.width == 1)
        np.copyto(begin[:, :-1], runs.place + (2 * size + 4), where=runs.width == 2)
        begin[:, :-1] -= runs.channel
        begin[:, -1] -= runs.used
        begin -= first[:, None]
        words.take(runs.place + 2, out=least[:, :-1], mode="clip")
        least[:, :-1] &= _LEAST[runs.width]
        repeats = count.reshape(-1)
        index = np.repeat(begin.reshape(-1), repeats)
        index += np.arange(index.size)
        found = np.repeat(least.reshape(-1), repeats).astype("u4")
        found += source.take(index)
        wide = np.nonzero((runs.width > 2) & (runs.count > 0))
        for width in (4, 8) if wide[0].size else ():
            row, run = (axis[runs.width[wide] == width] for axis in wide)
            number = runs.count[row, run]
            target = _each(first[row] + runs.channel[row, run], number, 1)
            place = runs.place[row, run].astype(np.int64) + 2
            found[target] = np.repeat(self._field(place, width), number) + self._field(
                _each(place + width, number, width // 2), width // 2
            )
        self._put(part, found.reshape(len(part), -1))

    def _put(self, part: np.ndarray, found: np.ndarray) -> None:
        """Put spectra where they belong; no pixel is in a map twice."""
        spectra = self.counts.reshape(-1, self.channels)
        rows = self.spectrum[part]
        if np.all(np.diff(rows) == 1):
            spectra[rows[0] : rows[0] + len(rows)] = found
        else:
            spectra[rows] = found


@dataclass(frozen=True, slots=True)
class _Runs:
    """Instructions [pixel, step]: width, channels, place, first channel; and channels in all."""

    width: np.ndarray
    count: np.ndarray
    place: np.ndarray
    channel: np.ndarray
    used: np.ndarray


def _each(starts: np.ndarray, counts: np.ndarray, step: int) -> np.ndarray:
    """Return, from each start, as many numbers as are said, `step` apart."""
    before = np.cumsum(counts) - counts
    found = np.arange(int(counts.sum())) * step
    found += np.repeat(starts - before * step, counts)
    return found
