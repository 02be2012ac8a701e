r"""Channels of Bruker (Veeco, Digital Instruments) Nanoscope files, their numbers left there.

============= ============ ============================================================
bytes         type         meaning
============= ============ ============================================================
0             text         the header, see `nanoscope_header`
Data offset   i16 or i32   little-endian counts of one channel: images row by row, the
                           bottom row first; force curves approach, then retract; force
                           volumes curve after curve, pixels as in images
============= ============ ============================================================

Used per channel: ``Data offset``, ``Data length``, ``Samps/line``, ``Number of lines``,
``Scan size``, ``Aspect ratio``, ``Image Data``, ``Z scale``, ``Line direction``.

A count of an image is hard value / 2^bits, one of a curve is the hard scale in brackets,
each times the soft scale.  From version 9.2 counts have 4 bytes whatever ``Bytes/pixel``
says: the length of the data decides.  A hard scale that spans its hard value with 2^16
steps is one of 2-byte counts.  Both halves of a curve begin where they touch.

Source: see `nanoscope_header`; 4-byte counts: github.com/pycroscopy/pycroscopy/issues/204.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.values import typed
from sidpy._warnings import warn
from sidpy.errors import SidpyWarning, UnrecognisedFile, UnsupportedFile

from .nanoscope_header import Section, parse_sections, soft_scaled, value

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["CURVES", "IMAGE", "Channel", "Nanoscope", "parse_nanoscope"]

FORMAT: Final = "bruker.nanoscope"

# --- layout ---------------------------------------------------------------------------

BEGINNINGS: Final = (b"\\*File list", b"\\*Force file list", b"\\*EC File list")
HEADER_END: Final = b"\\*File list end"
LONGEST_HEADER: Final = 1 << 21
#: Version whose counts have 4 bytes whatever the header says.
WIDE_SINCE: Final = 0x09200000
IMAGE: Final = "ciao image list"
CURVES: Final = "ciao force image list"

# --- parse ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Channel:
    """Where the counts of a channel are, and what they stand for."""

    facts: Section
    name: str
    offset: int
    shape: tuple[int, ...]
    """Rows, columns; or rows, columns, points; or points."""
    points: tuple[int, ...]
    """Length of each half of a curve; none for images."""
    dtype: np.dtype
    factor: float
    units: str


@dataclass(frozen=True, slots=True)
class Nanoscope:
    """What a file holds, its numbers left in the file."""

    path: str | PathLike[str]
    sections: list[Section]
    channels: tuple[Channel, ...]

    def first(self, key: str, *names: str) -> str:
        """Return a parameter of the first section that has it; of those named, if any."""
        return next(
            (s.text(key) for s in self.sections if s.text(key) and (not names or s.name in names)),
            "",
        )


def parse_nanoscope(path: str | PathLike[str]) -> Nanoscope:
    """Read everything of a file but its numbers.

    Raises
    ------
    UnrecognisedFile
        When the file does not begin as one of Nanoscope does.
    UnsupportedFile
        For files of version 4.2 and older, whose channels are not described alike.
    CorruptFile
        When the header has no end or names numbers that are not in the file.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        sections = parse_sections(_header(cursor))
        found = [s for s in sections if s.name in {IMAGE, CURVES}]
        if not found:
            version = next((s.text("version") for s in sections if s.text("version")), "unknown")
            msg = f"version {version} without channels of the kind 'Ciao' is not supported"
            raise UnsupportedFile(msg, path=path, format=FORMAT)
        channels = []
        for section in found:
            make = _image if section.name == IMAGE else _curves
            channels.append(make(cursor, sections, section))
    return Nanoscope(path, sections, tuple(channels))


def _header(cursor: Cursor) -> bytes:
    head = cursor.take(min(cursor.size, 32))
    if not head.startswith(BEGINNINGS):
        msg = "not a Nanoscope file: it does not begin with a file list"
        raise UnrecognisedFile(msg, path=cursor.path, format=FORMAT, offset=0)
    cursor.position = 0
    raw = cursor.take(min(cursor.size, LONGEST_HEADER))
    end = raw.find(HEADER_END)
    if end < 0:
        msg = f"the header has no end ({HEADER_END.decode()})"
        raise cursor.corrupt(msg)
    return raw[:end]


def _block(cursor: Cursor, section: Section) -> tuple[int, int]:
    """Return where the counts of a channel are, in bytes."""
    found = [typed(section.text(key)) for key in ("data offset", "data length")]
    for key, count in zip(("Data offset", "Data length"), found, strict=True):
        if not isinstance(count, int) or count <= 0:
            msg = f"{key} of a channel should be a positive number, found {count!r}"
            raise cursor.corrupt(msg, offset=0)
    offset, size = found
    cursor.position = offset
    cursor.skip(size, f"channel {section.choice('image data')!r}")
    return offset, size


def _wide(cursor: Cursor, size: int, numbers: int) -> np.dtype:
    """Return the type of counts that fill a block."""
    for width in (2, 4):
        if numbers and size == width * numbers:
            return np.dtype(f"<i{width}")
    msg = f"{numbers} numbers should take 2 or 4 bytes each, but {size} bytes are announced"
    raise cursor.corrupt(msg)


def _image(cursor: Cursor, sections: list[Section], section: Section) -> Channel:
    offset, size = _block(cursor, section)
    columns, rows = section.integers("samps/line")[:1], section.integers("number of lines")[:1]
    if not columns or not rows:
        msg = "Samps/line and Number of lines of an image should be positive numbers"
        raise cursor.corrupt(msg, offset=0)
    shape = (rows[0], columns[0])
    if size not in {2 * math.prod(shape), 4 * math.prod(shape)}:
        shape = _complete(cursor, sections, shape, size)
    dtype = _wide(cursor, size, math.prod(shape))
    factor, units = _factor(sections, section, dtype, per_step=False)
    name = section.choice("image data")
    return Channel(section, name, offset, shape, (), dtype, factor, units)


def _complete(
    cursor: Cursor, sections: list[Section], shape: tuple[int, int], size: int
) -> tuple[int, int]:
    """Return the shape of an image that was stopped: the lines that are there."""
    rows, columns = shape
    for width in _widths(sections):
        lines, rest = divmod(size, columns * width)
        if not rest and 0 < lines < rows:
            message = f"{str(cursor.path)!r}: {lines} of the {rows} lines of an image are there"
            warn(message, SidpyWarning)
            return lines, columns
    return shape


def _curves(cursor: Cursor, sections: list[Section], section: Section) -> Channel:
    offset, size = _block(cursor, section)
    points = section.integers("samps/line")
    lists = [s for s in sections if s.name == "ciao force list"]
    points = points or next((p for s in lists if (p := s.integers("samps/line"))), [])
    points = points[:2] * 2 if len(points) == 1 else points[:2]
    total = sum(points)
    if not total:
        msg = "Samps/line of a force curve should be positive numbers"
        raise cursor.corrupt(msg, offset=0)
    grid = _grid(sections, lists, size, total)
    dtype = _wide(cursor, size, math.prod(grid) * total)
    factor, units = _factor(sections, section, dtype, per_step=True)
    name = section.choice("image data")
    return Channel(section, name, offset, (*grid, total), tuple(points), dtype, factor, units)


def _grid(sections: list[Section], lists: list[Section], size: int, total: int) -> tuple[int, ...]:
    """Return rows and columns of a force volume; nothing for a curve."""
    if size in {2 * total, 4 * total}:
        return ()
    for image in (s for s in sections if s.name == IMAGE):
        columns, rows = image.integers("samps/line")[:1], image.integers("number of lines")[:1]
        pixels = columns[0] * rows[0] if columns and rows else 0
        if size in {2 * total * pixels, 4 * total * pixels}:
            return rows[0], columns[0]
    line = next((n[0] for s in lists if (n := s.integers("force/line"))), 0)
    for width in _widths(sections):
        if line and size % (width * total * line) == 0:
            return size // (width * total * line), line
    return ()


def _widths(sections: list[Section]) -> tuple[int, ...]:
    """Return the bytes a count may have, the likelier first."""
    version = next((s.text("version") for s in sections if s.text("version")), "")
    try:
        is_new = int(version, 16) >= WIDE_SINCE
    except ValueError:
        is_new = False
    own = [n[0] for s in sections if s.name == CURVES and (n := s.integers("bytes/pixel"))]
    return (4, 2) if is_new or own[:1] == [4] else (2, 4)


def _factor(
    sections: list[Section], section: Section, dtype: np.dtype, *, per_step: bool
) -> tuple[float, str]:
    """Return what one count stands for, and its units; 1 and none where it is not said."""
    scale = value(section.text("z scale"))
    if scale is None:
        return 1.0, ""
    steps = 256.0**dtype.itemsize
    hard, step, units = scale.hard, scale.step, scale.units
    if (per_step or hard is None) and step is not None:
        if dtype.itemsize == 4 and step * 65536 >= abs(hard or 0) * 0.999:
            step /= 65536
        one, units = step, scale.step_units
    elif hard is not None:
        one = hard / steps
    else:
        return 1.0, ""
    factor, units = soft_scaled(sections, scale, units)
    return one * factor, units
