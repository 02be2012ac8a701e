"""Series of numbers of FEI's TIA (``.ser``), little-endian.

========== ============== ============================================================
bytes      type           meaning
========== ============== ============================================================
0          u16, u16       0x4949, 0x0197
4          u16            version: 0x0210, 0x0220 (offsets are 8 bytes)
6          u32            0x4120 spectra, 0x4122 images
10         u32            tags: 0x4152 time, 0x4142 time and position
14         u32, u32       elements planned, elements there
22         u32 or u64     where the offsets of elements and then of tags are
..         u32            dimensions of the series, each i32 size, f64 offset, f64 delta,
                          i32 element of the offset, u32 + description, u32 + units
element    f64, f64, i32  offset, delta, element of the offset; twice for images, x first
           i16, i32 ..    type, see `TYPES`; size, for images columns and rows; numbers
========== ============== ============================================================

A calibrated value is offset + (index - element) * delta, lengths in metres.  Images are
stored bottom row first.  The first dimension of a series is the fastest.

Source: C. Boothroyd, "TIA file format"; FEI, "TIA series data file format".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import lazy
from SciFiReaders.strided import StridedArray
from SciFiReaders.text import decode
from SciFiReaders.values import number
from sidpy.errors import UnrecognisedFile, UnsupportedFile

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["FORMAT", "IMAGES", "MAGIC", "SPECTRA", "TYPES", "Series", "parse_ser", "pixels_of"]

FORMAT: Final = "fei.tia"
SPECTRA: Final = 0x4120
IMAGES: Final = 0x4122
MAGIC: Final = (0x4949, 0x0197)

#: Type of a number by code.
TYPES: Final = {
    1: "u1",
    2: "u2",
    3: "u4",
    4: "i1",
    5: "i2",
    6: "i4",
    7: "f4",
    8: "f8",
    9: "c8",
    10: "c16",
}
_MOST_DIMENSIONS: Final = 8


@dataclass(frozen=True)
class Direction:
    """One direction of a series or of an element."""

    size: int
    offset: float
    delta: float
    element: int
    description: str = ""
    units: str = ""

    @property
    def values(self) -> np.ndarray:
        """Calibrated values."""
        return self.offset + (np.arange(self.size) - self.element) * self.delta


@dataclass(frozen=True)
class Series:
    """What a ``.ser`` file holds, its numbers left in the file."""

    path: str | PathLike[str]
    kind: int
    dimensions: tuple[Direction, ...]
    directions: tuple[Direction, ...]
    """Of an element: energies, or x and y."""
    dtype: np.dtype
    places: np.ndarray
    """Where the numbers of each element begin."""
    planned: int


def parse_ser(path: str | PathLike[str]) -> Series:
    """Read everything of a series but its numbers.

    Raises
    ------
    UnrecognisedFile
        When it does not begin as a series does.
    CorruptFile, UnsupportedFile
        When it is damaged, empty, or of a type that no source describes.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size < 4 or cursor.unpack("HH") != MAGIC:
            msg = "not a TIA series: it does not begin with 49 49 97 01"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        version, kind, _, planned, there = cursor.unpack("HIIII")
        if kind not in (SPECTRA, IMAGES):
            msg = f"elements of type {kind:#x}; known are 0x4120 and 0x4122"
            raise UnsupportedFile(msg, path=path, format=FORMAT, offset=6)
        word = "<u8" if version >= 0x0220 else "<u4"
        table = cursor.u8() if version >= 0x0220 else cursor.u4()
        count = cursor.u4()
        if count > _MOST_DIMENSIONS:
            msg_0 = f"{count} dimensions of a series cannot be"
            raise cursor.corrupt(msg_0)
        dimensions = tuple(_dimension(cursor) for _ in range(count))
        if not there or there > planned:
            msg_0 = f"{there} of {planned} elements are there"
            raise cursor.corrupt(msg_0, offset=14)
        cursor.position = table
        offsets = cursor.array(word, there, "offsets of the elements").astype(np.int64)
        return _elements(cursor, kind, dimensions, offsets, planned)


def _dimension(cursor: Cursor) -> Direction:
    size, offset, delta, element = cursor.unpack("iddi")
    words = [decode(cursor.take(cursor.u4(), "text")) for _ in range(2)]
    return Direction(size, *_sane(cursor, offset, delta), element, *words)


def _sane(cursor: Cursor, offset: float, delta: float) -> tuple[float, float]:
    if number(offset) is None or number(delta) is None:
        msg = f"a calibration of offset {offset} and step {delta} cannot be"
        raise cursor.corrupt(msg)
    return offset, delta


def _elements(
    cursor: Cursor,
    kind: int,
    dimensions: tuple[Direction, ...],
    offsets: np.ndarray,
    planned: int,
) -> Series:
    """Read the header of the first element; the others have the same."""
    cursor.position = int(offsets[0])
    axes = 1 if kind == SPECTRA else 2
    ways = [cursor.unpack("ddi") for _ in range(axes)]
    code, *sizes = cursor.unpack("h" + "i" * axes)
    if code not in TYPES:
        msg = f"numbers of type {code}; known are 1 to 10"
        raise UnsupportedFile(msg, path=cursor.path, format=FORMAT, offset=cursor.position)
    if min(sizes) <= 0:
        msg_0 = f"an element of {sizes} numbers cannot be"
        raise cursor.corrupt(msg_0)
    directions = tuple(
        Direction(size, *_sane(cursor, offset, delta), element)
        for size, (offset, delta, element) in zip(sizes, ways, strict=True)
    )
    header = cursor.position - int(offsets[0])
    dtype = np.dtype(TYPES[code]).newbyteorder("<")
    if cursor.position + math.prod(sizes) * dtype.itemsize > cursor.size:
        msg_0 = f"an element of {sizes} numbers is more than {cursor.size} bytes; it is cut short"
        raise cursor.corrupt(msg_0)
    return Series(
        cursor.path or "", kind, dimensions, directions, dtype, offsets + header, planned
    )


def pixels_of(series: Series, shape: tuple[int, ...]) -> Any:
    """Return the numbers as a lazy array; elements are mostly equally far apart."""
    steps = np.unique(np.diff(series.places)) if len(series.places) > 1 else np.zeros(1, int)
    if len(steps) == 1:
        return lazy(_element(series, int(series.places[0]), shape, int(steps[0])))
    import dask.array as da

    parts = [lazy(_element(series, int(place), (), 0)) for place in series.places]
    return da.stack(parts).reshape(*shape, *parts[0].shape)


def _element(series: Series, place: int, shape: tuple[int, ...], step: int) -> StridedArray:
    size = series.dtype.itemsize
    strides = [step * math.prod(shape[i + 1 :]) for i in range(len(shape))]
    columns = series.directions[0].size
    if series.kind == SPECTRA:
        return StridedArray(series.path, series.dtype, (*shape, columns), place, (*strides, size))
    rows = series.directions[1].size
    last_row = place + (rows - 1) * columns * size
    return StridedArray(
        series.path,
        series.dtype,
        (*shape, rows, columns),
        last_row,
        (*strides, -columns * size, size),
    )
