"""X-rays one by one: the event streams of Velox files, counted into maps.

A stream is a list of 16-bit words: channel numbers of the quanta of a pixel, then 65535,
which ends the pixel.  Pixels follow each other along x first, then y, then frame by
frame.  Nothing says where a row begins, so that the stream is walked through once; the
places of the rows are kept, and a chunk of the map reads its own events only.

Counts are 32 bits: a channel of a summed spectrum may hold more than 65,535.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import CorruptFile

from .counted_lines import CountedLines
from .tally import tally

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["END_OF_PIXEL", "EventMap"]

END_OF_PIXEL: Final = 0xFFFF
#: Words that are decoded at a time.
_PIECE: Final = 1 << 22
_walking = Lock()


class EventMap(CountedLines):
    """Counts in a map of spectra, added up from event streams when they are computed.

    Parameters
    ----------
    path : str
        The HDF5 file.
    streams : tuple of str
        Addresses of the streams; those of several detectors are added.
    shape : (int, int, int)
        Rows, columns, channels of the streams.
    frames : (int, int)
        First frame, and one behind the last, that are added.
    binning : int
        Channels put together.
    """

    __slots__ = ("binning", "channels", "frames", "path", "streams")

    def __init__(
        self,
        path: str,
        streams: tuple[str, ...],
        shape: tuple[int, int, int],
        frames: tuple[int, int],
        binning: int = 1,
    ) -> None:
        self.path, self.streams, self.frames = str(Path(path).resolve()), streams, frames
        self.channels, self.binning = shape[2], binning
        super().__init__((shape[0], shape[1], -(-shape[2] // binning)))

    def __dask_tokenize__(self) -> tuple[object, ...]:
        status = Path(self.path).stat()
        return (
            self.path,
            status.st_mtime_ns,
            status.st_size,
            self.streams,
            self.shape,
            self.frames,
            self.binning,
        )

    def add_lines(self, low: int, high: int, counts: np.ndarray) -> None:
        """Add up the events of the rows from `low` to before `high`."""
        from sidpy import H5Array

        flat, pixels = counts.reshape(-1), (high - low) * self.shape[1]
        for name in self.streams:
            stream = H5Array(self.path, name)
            modified = Path(self.path).stat().st_mtime_ns
            with _walking:
                starts = _row_starts(self.path, modified, name, self.shape[1])
            for first, last in self._spans(low, high, starts, stream.shape[0]):
                self._add(stream, first, last, flat, pixels)

    def _spans(
        self, low: int, high: int, starts: np.ndarray, end: int
    ) -> Iterator[tuple[int, int]]:
        """Yield where events of these rows lie in a stream; whole frames in one go."""
        height = self.shape[0]
        firsts = [frame * height for frame in range(*self.frames)]
        spans = [(first + low, first + high) for first in firsts]
        if high - low == height:
            spans = [(self.frames[0] * height, self.frames[1] * height)]
        for a, b in spans:
            if a < len(starts):
                yield int(starts[a]), int(starts[b]) if b < len(starts) else end

    def _add(self, stream: Any, first: int, last: int, flat: np.ndarray, pixels: int) -> None:
        """Count the words of a stream from `first` to before `last`, piece by piece."""
        pixel, width = 0, self.shape[2]
        for start in range(first, last, _PIECE):
            words = stream[start : min(start + _PIECE, last), 0]
            is_end = words == END_OF_PIXEL
            ends, channels = np.flatnonzero(is_end), words[~is_end]
            sizes = np.diff(ends, prepend=-1, append=len(words)) - 1
            if channels.size and channels.max() >= self.channels:
                msg = (
                    f"an X-ray in channel {channels.max()} of a detector with {self.channels}; "
                    "the stream is damaged"
                )
                raise CorruptFile(msg, path=self.path, format="emd.velox")
            if self.binning > 1:
                channels //= self.binning
            places = np.repeat(np.arange(pixel, pixel + len(sizes)) % pixels * width, sizes)
            places += channels
            tally(flat, places)
            pixel += len(ends)


@lru_cache(maxsize=16)
def _row_starts(path: str, modified: int, name: str, columns: int) -> np.ndarray:  # noqa: ARG001 - a file written anew is another one
    """Return at which word each row of each frame begins."""
    from sidpy import H5Array

    stream = H5Array(path, name)
    starts, count = [np.zeros(1, np.int64)], 0
    for first in range(0, stream.shape[0], _PIECE):
        words = stream[first : first + _PIECE, 0]
        ends = np.flatnonzero(words == END_OF_PIXEL)
        numbers = np.arange(count + 1, count + 1 + len(ends))
        starts.append(ends[numbers % columns == 0] + first + 1)
        count += len(ends)
    return np.concatenate(starts)
