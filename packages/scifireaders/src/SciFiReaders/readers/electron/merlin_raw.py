"""Raw frames of Merlin detectors, whose pixels lie as the chips were read out.

Pixels are in words of 64 bits, those of a word in reverse order:

===== ============================ ======================================================
depth a pixel                      a frame
===== ============================ ======================================================
1     a bit                        rows x columns
6     a byte                       rows x columns
12    u16, big-endian              rows x columns
24    u16, big-endian, of 12 bits  two of rows x columns / 2: the high bits, then the low
===== ============================ ======================================================

A row of 2 x 2 chips has four parts; from the left those of the chips 4, 3, 2 and 1.  Chips
1 and 2 are the lower half of the picture, the lowest row first; 3 and 4 are the upper half
and lie upside down, which turns rows and columns:

=== ===
3   4
1   2
=== ===

Source: LiberTEM (MIT), documentation of its MIB data set; files of the RosettaSciIO
collection.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import lazy
from SciFiReaders.strided import StridedArray
from sidpy.errors import UnsupportedFile

if TYPE_CHECKING:
    from SciFiReaders.binary import Cursor

    from .pixelated import Frames

__all__ = ["RawLayout", "raw_frames"]

#: Type of a stored number by the depth of the counter.
_STORED: Final = {1: "u1", 6: "u1", 12: ">u2", 24: ">u2"}
#: Bytes of a word.
_WORD: Final = 8
_QUAD: Final = 4


@dataclass(frozen=True)
class RawLayout:
    """How one raw frame lies in a file."""

    rows: int
    columns: int
    """As the header has them."""
    depth: int
    quad: bool

    @classmethod
    def of(
        cls, cursor: Cursor, shape: tuple[int, int], chips: int, arrangement: str, depth: int
    ) -> RawLayout:
        """Check what a header says, and keep it.

        Parameters
        ----------
        cursor : Cursor
            For errors.
        shape : (int, int)
            Rows and columns.
        chips : int
            Number of chips.
        arrangement : str
            ``1x1``, ``2x2``, ``2x2G``, ...
        depth : int
            Bits of the counter.

        Raises
        ------
        UnsupportedFile
            For what no source describes.
        CorruptFile
            When a frame is not made of words.
        """
        rows, columns = shape
        quad = chips == _QUAD and arrangement.rstrip("G") == "2x2"
        if depth not in _STORED or not (chips == 1 or (quad and depth <= 12)):
            msg = f"raw frames of {chips} chips as {arrangement} and {depth} bits"
            raise UnsupportedFile(msg, path=cursor.path, format=cursor.format, offset=0)
        layout = cls(rows, columns, depth, quad)
        parts = _QUAD if quad else 2 if depth == 24 else 1
        bits = 1 if depth == 1 else 8 * np.dtype(_STORED[depth]).itemsize
        if rows * columns * bits % (8 * _WORD * parts) or columns % parts:
            msg = (
                f"raw frames are words of 8 bytes, but {rows} x {columns} of {depth} bits are not"
            )
            raise cursor.corrupt(msg, offset=0)
        return layout

    @property
    def dtype(self) -> np.dtype:
        """Type of a pixel when it is put together."""
        return np.dtype({24: "u4", 12: ">u2"}.get(self.depth, "u1"))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the picture."""
        if self.quad:
            return 2 * self.rows, self.columns // 2
        return self.rows, self.columns // (2 if self.depth == 24 else 1)

    @property
    def nbytes(self) -> int:
        """Bytes of a frame."""
        values = self.rows * self.columns
        return values // 8 if self.depth == 1 else values * np.dtype(_STORED[self.depth]).itemsize

    def picture(self, words: np.ndarray) -> np.ndarray:
        """Put pixels in order.

        Parameters
        ----------
        words : ndarray of shape (..., words, values to a word)
            Bits are packed eight to a byte.

        Returns
        -------
        ndarray of shape (..., rows, columns)
            The top row first.
        """
        if self.depth == 1:
            words = np.unpackbits(words, axis=-1)
        lead, values = words.shape[:-2], words[..., ::-1]
        if self.depth == 24:
            high, low = np.moveaxis(values.reshape(*lead, 2, *self.shape), -3, 0).astype("u4")
            return ((high << 12) | low)[..., ::-1, :]
        if not self.quad:
            return values.reshape(*lead, *self.shape)[..., ::-1, :]
        parts = values.reshape(*lead, self.rows, _QUAD, self.columns // _QUAD)
        four, three, two, one = np.moveaxis(parts, -2, 0)
        below = np.concatenate([one, two], axis=-1)[..., ::-1, :]
        # upside down: what is stored first is the top row, from its right end
        above = np.concatenate([three[..., ::-1], four[..., ::-1]], axis=-1)
        return np.concatenate([above, below], axis=-2)


class RawFrames:
    """Raw frames, whose pixels are put in order when they are indexed.

    Parameters
    ----------
    stored : StridedArray of shape (frames, words, values to a word)
        Bits are packed eight to a byte.
    layout : RawLayout
        How a frame lies there.
    """

    __slots__ = ("dtype", "layout", "shape", "stored")

    def __init__(self, stored: StridedArray, layout: RawLayout) -> None:
        self.stored, self.layout = stored, layout
        self.shape = (stored.shape[0], *layout.shape)
        self.dtype = layout.dtype

    @property
    def ndim(self) -> int:
        """Three."""
        return 3

    @property
    def size(self) -> int:
        """Number of pixels."""
        return math.prod(self.shape)

    def __dask_tokenize__(self) -> tuple[object, ...]:
        return (*self.stored.__dask_tokenize__(), self.layout)

    def __getitem__(self, index: Any) -> np.ndarray:
        wanted = index if isinstance(index, tuple) else (index,)
        words = self.stored[wanted[0]]
        pixels = self.layout.picture(words)
        return (
            pixels[(..., *wanted[1:])] if words.ndim == 2 else pixels[(slice(None), *wanted[1:])]
        )


def raw_frames(frames: Frames, layout: RawLayout, offset: int) -> tuple[Any, bool]:
    """Return the lazy array of raw frames, and whether it is a scan.

    Parameters
    ----------
    frames : Frames
        What the file says.
    layout : RawLayout
        How a frame lies.
    offset : int
        Where the numbers of the first begin.
    """
    stored = np.dtype(_STORED[layout.depth])
    shape = (frames.count, layout.nbytes // _WORD, _WORD // stored.itemsize)
    steps = (frames.stride, _WORD, stored.itemsize)
    array = lazy(RawFrames(StridedArray(frames.path, stored, shape, offset, steps), layout))
    lines = frames.lines()
    if lines and frames.scan:
        width = frames.scan[1]
        return array[: lines * width].reshape(lines, width, *layout.shape), True
    return (array if frames.count > 1 else array[0]), False
