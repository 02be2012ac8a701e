"""The objects that a file of Digital Surf's Mountains is made of (``.sur``, ``.pro``).

A file is one object or several behind each other, each a header of 512 bytes, a comment, a
private zone, and the numbers:

========= ============= ================================================================
bytes     type          meaning
========= ============= ================================================================
0         12 bytes      ``DIGITAL SURF``, or ``DSCOMPRESSED``
12        i16           0: little-endian; 257: big-endian
14        i16           objects of a series, 0 in those that follow
18        i16           type, see `TYPES`
20, 50    30 bytes      names of the object and of the operator
80        i16           planes of a picture in colours
86        i16           1: some points were not measured; these are the lowest number - 2
94        i32           numbers of a pixel, of a map of spectra
98        i16           bits of a number: 16 or 32, signed
100, 104  i32           lowest and highest number
108, 112  i32           points to a line, lines
120       3 x f32       distance of points along x and y, of numbers along z
132       3 x 16 bytes  names of x, y, z
180, 228  3 x 16 bytes  units of the distances, and of lengths
276       3 x f32       how many units of distance a unit of length is
306       7 x i16       second, minute, hour, day, month, year, day of the week
320       f32           duration of the measurement, s
324       i32           packed size
334, 336  u16           sizes of the comment and of the private zone
466       3 x f32       where x, y, z begin
478       2 x f32       distance and beginning along t
486, 499  13 bytes      name and unit of t
========= ============= ================================================================

A value is (number - lowest) * distance / ratio + beginning.  Packed numbers are u32 count,
for each stream u32 size, u32 packed size, and the zlib streams.

Source: Digital Surf, "Surface data file format" (help of MountainsMap, .SUR and .PRO).
Not yet understood: how files say which points are saturated; they keep their numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.inflated import Inflated
from SciFiReaders.labelled import lazy
from SciFiReaders.strided import StridedArray
from SciFiReaders.text import decode, until_nul
from SciFiReaders.values import number, typed
from sidpy.errors import UnrecognisedFile

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["FORMAT", "MAGIC", "MAP", "PACKED", "TYPES", "Direction", "Surf", "objects_of"]

FORMAT: Final = "digitalsurf"
MAGIC: Final = b"DIGITAL SURF"
PACKED: Final = b"DSCOMPRESSED"
HEADER: Final = 512

#: What an object is, by its code.
TYPES: Final = {
    1: "profile",
    2: "surface",
    3: "binary image",
    4: "series of profiles",
    5: "series of surfaces",
    6: "meridian discs",
    7: "profile of several layers",
    8: "surface of several layers",
    9: "parallel discs",
    10: "intensity image",
    11: "surface with intensity",
    12: "image in colours",
    13: "surface with colours",
    14: "force curve",
    15: "series of force curves",
    16: "surface with intensity and colours",
    17: "contour",
    18: "series of images in colours",
    20: "spectrum",
    21: "map of spectra",
}
#: Its last axis is along the pixels.
MAP: Final = 21
_MOST_OBJECTS: Final = 1 << 14


@dataclass(frozen=True)
class Direction:
    """An axis: name, unit, where it begins, how far the next value is."""

    name: str
    units: str
    start: float
    step: float

    def values(self, size: int) -> np.ndarray:
        """Return the first `size` values."""
        return self.start + np.arange(size) * (self.step or 1.0)


@dataclass(frozen=True)
class Surf:
    """One object of a file, its numbers left there."""

    kind: int
    count: int
    planes: int
    shape: tuple[int, ...]
    pixels: Any
    lowest: int
    holes: bool
    directions: tuple[Direction, Direction, Direction, Direction]
    """Along x, y, z and t."""
    header: dict[str, Any]

    @property
    def array(self) -> Any:
        """The calibrated values, lazy; NaN where nothing was measured."""
        z = self.directions[2]
        calibrate = partial(_calibrated, lowest=self.lowest, z=z, holes=self.holes)
        return lazy(self.pixels).map_blocks(calibrate, dtype="f8")


def _calibrated(block: np.ndarray, lowest: int, z: Direction, *, holes: bool) -> np.ndarray:
    values = (block.astype("f8") - lowest) * z.step + z.start
    if holes:
        values[block == lowest - 2] = np.nan
    return values


def objects_of(path: str | PathLike[str]) -> list[Surf]:
    """Read everything of every object but its numbers.

    Raises
    ------
    UnrecognisedFile
        When the file does not begin as such a file does.
    CorruptFile
        When it is damaged or cut short.
    """
    found: list[Surf] = []
    with open_cursor(path, format=FORMAT) as cursor:
        while cursor.left >= len(MAGIC) and len(found) < _MOST_OBJECTS:
            magic = cursor.take(len(MAGIC))
            if magic not in (MAGIC, PACKED):
                if found:
                    break
                msg = "not a file of Digital Surf: it begins with neither of the two words"
                raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
            found.append(_object(cursor, packed=magic == PACKED))
    if not found:
        msg = "not a file of Digital Surf: it is empty"
        raise UnrecognisedFile(msg, path=path, format=FORMAT)
    return found


def _object(cursor: Cursor, *, packed: bool) -> Surf:
    begin = cursor.position - len(MAGIC)
    raw = Cursor(cursor.take(HEADER - len(MAGIC), "header of an object"), format=FORMAT)
    raw.path = cursor.path

    def field(place: int, layout: str) -> tuple[Any, ...]:
        raw.position = place - len(MAGIC)
        return raw.unpack(layout)

    def words(place: int, size: int, count: int = 1) -> list[str]:
        raw.position = place - len(MAGIC)
        return [until_nul(decode(raw.take(size))).strip() for _ in range(count)]

    raw.order = ">" if field(12, "h")[0] else "<"
    count, version, kind = field(14, "hhh")
    planes, _, _, holes, absolute = field(80, "5h")
    (values,) = field(94, "i")
    (bits,) = field(98, "h")
    lowest, highest, columns, rows = field(100, "4i")
    comment, private = field(334, "HH")
    shape = _shape(kind, rows, columns, values)
    if bits not in (16, 32) or min(shape) <= 0:
        msg = f"numbers of {bits} bits in the shape {shape} cannot be"
        raise cursor.corrupt(msg, offset=begin + 98)
    text = cursor.take(comment, "comment")
    cursor.skip(private, "private zone")
    order = raw.order
    dtype = np.dtype(f"{order}i{bits // 8}")
    pixels = _pixels(cursor, dtype, shape, order, packed=packed)
    names, steps, lengths = (words(place, 16, 3) for place in (132, 180, 228))
    name, operator = words(20, 30)[0], words(50, 30)[0]
    header = {
        "type": TYPES.get(kind, str(kind)),
        "name": name,
        "operator": operator,
        "version": version,
        "absolute": absolute,
        "lowest": lowest,
        "highest": highest,
        "date": _date(field(306, "7h")),
        "duration": field(320, "f")[0],
        "comment": _comment(text),
    }
    spacing, ratios, starts = field(120, "3f"), field(276, "3f"), field(466, "3f")
    along_t = Direction(*(words(place, 13)[0] for place in (486, 499)), *field(478, "2f")[::-1])
    ways = [Direction(names[i], steps[i], starts[i], _sound(spacing[i])) for i in (0, 1)]
    ratio = ratios[2] if number(ratios[2]) else 1.0
    z = Direction(names[2], lengths[2] or steps[2], starts[2], (_sound(spacing[2]) or 1) / ratio)
    return Surf(
        kind, count, planes, shape, pixels, lowest, bool(holes), (*ways, z, along_t), header
    )


def _sound(value: float) -> float:
    return value if number(value) is not None else 0.0


def _shape(kind: int, rows: int, columns: int, values: int) -> tuple[int, ...]:
    if kind == MAP:
        return (rows, columns, values)
    return (columns,) if rows == 1 else (rows, columns)


def _pixels(
    cursor: Cursor, dtype: np.dtype, shape: tuple[int, ...], order: str, *, packed: bool
) -> StridedArray | Inflated:
    """Return the numbers, left where they are, and go behind them."""
    size = math.prod(shape) * dtype.itemsize
    path = cursor.path or ""
    if not packed:
        place = cursor.position
        cursor.skip(size, "numbers of an object")
        strides = [dtype.itemsize * math.prod(shape[i + 1 :]) for i in range(len(shape))]
        return StridedArray(path, dtype, shape, place, strides)
    keep, cursor.order = cursor.order, order
    count = cursor.fits(cursor.u4(), 8, "packed streams")
    sizes = [cursor.unpack("II") for _ in range(count)]
    cursor.order = keep
    streams = []
    for whole, small in sizes:
        streams.append((cursor.position, small, whole))
        cursor.skip(small, "packed stream")
    return Inflated(path, dtype, shape, streams)


def _date(fields: tuple[int, ...]) -> str:
    second, minute, hour, day, month, year, _ = fields
    try:
        return datetime(year, month, day, hour, minute, second).isoformat()
    except ValueError:
        return ""


def _comment(raw: bytes) -> dict[str, Any] | str:
    """Return a comment of ``$key = value`` lines as a dict, another one as it is."""
    text = until_nul(decode(raw)).strip()
    rows = [line[1:].partition("=") for line in text.splitlines() if line.startswith("$")]
    known = {key.strip(): typed(value.strip()) for key, sign, value in rows if sign}
    return known or text
