"""Frames of NT-MDT files: what the bytes of each kind are.

=========== ============== ===========================================================
bytes       type           meaning
=========== ============== ===========================================================
file 0      01 B0 93 FF    mark
file 4      u32            size of what follows the header
file 12     u16            number of the last frame
file 33     frames         one after the other
frame 0     u32            size of the frame, these bytes counted
frame 4     u16            kind, see `KINDS`
frame 6     u8, u8         minor and major version
frame 8     6 x u16        year, month, day, hour, minute, second
frame 20    u16            size of the variables
frame 22    variables      begin with the scales of x, y and z for kinds 0, 1 and 201:
                           f32 offset, f32 step, i16 unit
behind      4 x u16        mode, columns, rows, dots
..          i16            numbers, the bottom row first; value = offset + step * number
..          u32, text      title; then the same with XML in UTF-16
=========== ============== ===========================================================

Where there are dots, their header (i32 size; i32 size of a record, i32 version, i16 unit)
and a record per dot (f32 x, f32 y, i32 and i32 lengths of the way there and back) come
before the numbers, which are then those of one dot after the other.

A frame of kind 106 has other variables: u32 size of the head, u32 size of everything before
the numbers, two identifiers of 16 bytes, u32 state, u32 sizes of title, XML, three blocks
and the calibrations, place and size of the numbers; then these parts.  The calibrations are
those of `mdt_calibrations`.  The first dimension runs fastest; a cell holds all measurands.

Kind 190 is a folder: u32 count, u32 sizes of name and content of each member, the names, the
contents; see `mdt_curves`.

Source: NT-MDT, "MDT-file description" (Nova); the calibrations and the folder worked out from
files.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.markup import parse_xml, tree_of
from SciFiReaders.text import decode, decode_utf16
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, ReaderError, UnrecognisedFile

from .mdt_calibrations import Calibration, calibrations

if TYPE_CHECKING:
    from os import PathLike

__all__ = [
    "FORMAT",
    "MAGIC",
    "UNITS",
    "Dots",
    "Frame",
    "Grid",
    "Plain",
    "parse_frames",
    "xml_tree",
]  # fmt: skip

FORMAT: Final = "ntmdt.mdt"
MAGIC: Final = b"\x01\xb0\x93\xff"
FIRST_FRAME: Final = 33
HEADER: Final = 22

KINDS: Final = {
    0: "scan", 1: "spectroscopy", 3: "text", 105: "old data", 106: "data", 107: "palette",
    190: "curves", 201: "old curves",
}  # fmt: skip

#: Units by their number in kinds 0, 1 and 201.
UNITS: Final = {
    -10: "1/cm", -5: "m", -4: "cm", -3: "mm", -2: "um", -1: "nm", 0: "Å", 1: "nA", 2: "V",
    4: "kHz", 5: "deg", 6: "%", 7: "degC", 8: "V", 9: "s", 10: "ms", 11: "us", 12: "ns",
    13: "counts", 14: "px", 20: "A", 21: "mA", 22: "uA", 23: "nA", 24: "pA", 25: "V", 26: "mV",
    27: "uV", 28: "nV", 29: "pV", 30: "N", 31: "mN", 32: "uN", 33: "nN", 34: "pN",
}  # fmt: skip

#: Channels of scans by their number; a title says it better where there is one.
CHANNELS: Final = (
    "Height", "DFL", "Lateral F", "Bias V", "Current", "FB-out", "Mag", "Mag*Sin", "Mag*Cos",
    "RMS", "CalcMag", "Phase1", "Phase2", "CalcPhase", "Ex1", "Ex2", "HvX", "HvY", "Snap Back",
)  # fmt: skip

_LARGEST: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, its numbers left in the file."""

    number: int
    kind: int
    offset: int
    size: int
    date_time: str
    version: str
    title: str
    xml: dict[str, Any] = field(repr=False)
    content: Plain | Dots | Grid | Folder | str | None
    """What it holds; text of a text frame, None for what holds no numbers."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A scan, or curves that follow each other, [row, column]."""

    x: Calibration
    y: Calibration
    z: Calibration
    offset: int
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Dots:
    """Curves at single points, each there and back."""

    x: Calibration
    z: Calibration
    units: str
    places: np.ndarray
    """Positions, [dot, 2]."""
    lengths: np.ndarray
    """Numbers on the way there and back, [dot, 2]."""
    offset: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells along any number of dimensions, each with all measurands."""

    dimensions: tuple[Calibration, ...]
    """The first runs fastest."""
    measurands: tuple[Calibration, ...]
    cell: int
    """Bytes of a cell."""
    offset: int
    uuid: str


@dataclass(frozen=True, slots=True)
class Folder:
    """Members of a frame of kind 190."""

    members: tuple[tuple[str, int, int], ...]
    """Name, place and size of each."""


def parse_frames(path: str | PathLike[str]) -> list[Frame]:
    """Read everything of a file but its numbers.

    Raises
    ------
    UnrecognisedFile
        When it does not begin as such a file does.
    CorruptFile
        When not even one frame is whole.

    Warns
    -----
    SidpyWarning
        For each frame that is damaged; the others are returned.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size < FIRST_FRAME or cursor.take(4) != MAGIC:
            msg = "not an NT-MDT file: it does not begin with 01 B0 93 FF"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        cursor.position = 12
        count = cursor.u2() + 1
        cursor.position = FIRST_FRAME
        frames: list[Frame] = []
        for number in range(count):
            place = cursor.position
            try:
                frames.append(_frame(cursor, number))
                cursor.position = place + frames[-1].size
            except ReaderError as error:
                warn(f"{path}: frame {number} of {count} is damaged and left out: {error}")
                if not _can_skip(cursor, place):
                    break
    if not frames:
        msg = f"none of its {count} frames is whole"
        raise CorruptFile(msg, path=path, format=FORMAT, offset=FIRST_FRAME)
    return frames


def _can_skip(cursor: Cursor, place: int) -> bool:
    """Go to the frame behind a damaged one, if its size can be true."""
    cursor.position = place
    size = cursor.u4() if cursor.left >= HEADER else 0
    cursor.position = place + size
    return size >= HEADER and cursor.left >= HEADER


def _frame(cursor: Cursor, number: int) -> Frame:
    start = cursor.position
    size, kind, minor, major, *when, variables = cursor.unpack("IH2B6HH")
    if size < HEADER or start + size > cursor.size:
        msg = f"a frame of {size} bytes cannot be; {cursor.size - start} bytes are left"
        raise cursor.corrupt(msg, offset=start)
    title, xml, content = "", {}, None
    if kind in {0, 1, 201}:
        title, xml, content = _plain(cursor, kind, start, variables)
    elif kind in {105, 106}:
        title, xml, content = _grid(cursor, start)
    elif kind == 190:
        content = _folder(cursor, start + size)
    elif kind == 3:
        title, xml, content = _text(cursor, start, variables)
    year, month, day, hour, minute, second = when
    stamp = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
    return Frame(number, kind, start, size, stamp, f"{major}.{minor}", title, xml, content)


def _plain(
    cursor: Cursor, kind: int, start: int, variables: int
) -> tuple[str, dict[str, Any], Plain | Dots]:
    scales = [cursor.unpack("ffh") for _ in range(3)]
    facts = _scan_facts(cursor) if kind == 0 and variables >= 30 + 27 else {}
    cursor.position = start + HEADER + variables
    _, columns, rows, dots = cursor.unpack("4H")
    x, y, z = (
        Calibration("", UNITS.get(unit, ""), float(bias), float(step), count)
        for (bias, step, unit), count in zip(scales, (columns, rows, 0), strict=True)
    )
    content: Plain | Dots
    if dots:
        content = _dots(cursor, dots, x, z)
        length = 2 * int(content.lengths.sum())
    else:
        content = Plain(x, y, z, cursor.position, facts)
        length = 2 * columns * rows
    cursor.skip(length, f"{columns} x {rows} numbers of a frame")
    title = decode(_sized(cursor), "cp1251")
    return title or facts.get("channel", ""), xml_tree(_sized(cursor)), content


def _scan_facts(cursor: Cursor) -> dict[str, Any]:
    """Return the conditions of a scan that are understood."""
    channel, mode, _, _, _, step, _, _, _, _, _ = cursor.unpack("2B3HfH4B")
    direction, _, velocity, setpoint, bias = cursor.unpack("BBfff")
    return {
        "channel": CHANNELS[channel] if channel < len(CHANNELS) else "",
        "mode": mode,
        "step_length": step,
        "scan_direction": direction,
        "velocity": velocity,
        "setpoint": setpoint,
        "bias": bias,
    }


def _dots(cursor: Cursor, count: int, x: Calibration, z: Calibration) -> Dots:
    size = cursor.i4()
    place = cursor.position
    record, _, unit = cursor.unpack("iih")
    cursor.position = place
    cursor.skip(size, "header of the dots")
    if record < 16:
        msg = f"the record of a dot should have 16 bytes, not {record}"
        raise cursor.corrupt(msg, offset=place)
    cursor.fits(count, record, "dots")
    layout = np.dtype(
        {
            "names": ["x", "y", "there", "back"],
            "formats": ["<f4", "<f4", "<i4", "<i4"],
            "itemsize": record,
        }
    )
    table = cursor.array(layout, count, "records of the dots")
    lengths = np.stack([table["there"], table["back"]], axis=1).astype("i8")
    if lengths.size and (lengths.min() < 0 or lengths.sum() > cursor.left):
        msg = f"the dots announce {lengths.sum()} numbers, but {cursor.left} bytes follow"
        raise cursor.corrupt(msg)
    places = np.stack([table["x"], table["y"]], axis=1).astype("f8")
    return Dots(x, z, UNITS.get(unit, ""), places, lengths, cursor.position)


def _sized(cursor: Cursor) -> bytes:
    """Return a block behind its size; nothing where the frame is at its end."""
    if cursor.left < 4:
        return b""
    size = cursor.u4()
    return cursor.take(size, "text of a frame") if size else b""


def xml_tree(raw: bytes) -> dict[str, Any]:
    """Return the XML of a frame as a tree; empty when it cannot be read."""
    if not raw.strip(b"\0 "):
        return {}
    is_wide = raw.startswith(b"\xff\xfe") or raw[1:2] == b"\0"
    text = (decode_utf16(raw) if is_wide else decode(raw)).lstrip("\ufeff").rstrip("\0")
    if text.startswith("<?"):
        # what it declares about its encoding is no longer true
        text = text.partition("?>")[2]
    try:
        tree = tree_of(parse_xml(text.strip(), format=FORMAT))
    except CorruptFile:
        return {}
    return tree if isinstance(tree, dict) else {}


def _grid(cursor: Cursor, start: int) -> tuple[str, dict[str, Any], Grid]:
    base = start + HEADER
    head, total = cursor.unpack("II")
    uuid = cursor.take(16).hex()
    cursor.skip(20)
    title_size, xml_size, *blocks, length, _, _ = cursor.unpack("8I")
    if head < 76 or total < head:
        msg = f"the head of a frame should have 76 bytes or more of {total}, not {head}"
        raise cursor.corrupt(msg, offset=base)
    cursor.position = base + head
    title = decode(cursor.take(title_size, "title"), "cp1251").rstrip("\0")
    xml = xml_tree(cursor.take(xml_size, "XML"))
    cursor.skip(sum(blocks), "blocks of a frame")
    if not length:
        msg = "the frame has no calibrations"
        raise cursor.corrupt(msg)
    dimensions, measurands, cell = calibrations(cursor)
    offset = base + total
    cells = math.prod(dimension.count for dimension in dimensions)
    if cells > _LARGEST or offset + cells * cell > cursor.size:
        counts = " x ".join(str(dimension.count) for dimension in dimensions)
        msg = f"{counts} cells of {cell} bytes do not fit into the {cursor.size} of the file"
        raise cursor.corrupt(msg, offset=offset)
    return title, xml, Grid(dimensions, measurands, cell, offset, uuid)


def _folder(cursor: Cursor, end: int) -> Folder:
    count = cursor.fits(cursor.u4(), 8, "members")
    sizes = cursor.array("<u4", 2 * count, "sizes of members").reshape(-1, 2).tolist()
    names = [decode(cursor.take(name, "name of a member"), "cp1251") for name, _ in sizes]
    place, members = cursor.position, []
    for name, (_, size) in zip(names, sizes, strict=True):
        members.append((name, place, size))
        place += size
    if place > end:
        msg = f"the members reach to byte {place}, the frame ends at {end}"
        raise cursor.corrupt(msg)
    return Folder(tuple(members))


def _text(cursor: Cursor, start: int, variables: int) -> tuple[str, dict[str, Any], str]:
    length = cursor.u4() if variables >= 4 else 0
    cursor.position = start + HEADER + variables + 8
    text = decode(cursor.take(length, "text"), "cp1251")
    title = decode(_sized(cursor), "cp1251")
    return title, xml_tree(_sized(cursor)), text
