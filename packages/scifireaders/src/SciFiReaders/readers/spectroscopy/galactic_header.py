"""The headers of Galactic SPC files.

The header of 512 bytes; version 0x4B is little-endian, 0x4C big-endian:

========== ========== ==============================================================
bytes      type       meaning
========== ========== ==============================================================
0, 1       u8         flags, see `Flag`; version
3          i8         exponent of the numbers; -128: they are f32
4          u32        points; with own X lists of each subfile, place of their directory
8, 16      f64        first and last X
24         u32        subfiles
28 ... 30  u8         units of X, Y, Z, see `UNITS` and `QUANTITIES`
32         u32        time: minute 6, hour 5, day 5, month 4, year 12 bits from the lowest
36, 45     9 chars    resolution, instrument
88         130 chars  comment
218        30 chars   names of X, Y, Z, each to a NUL
248        u32        place of the log
264        48 chars   method
312        f32        step of Z
316, 320   u32, f32   planes of W, step of W; u8 units of W @324
========== ========== ==============================================================

Then the X list, f32, if there is one for all; then for each subfile 32 bytes (u8 flags, i8
exponent, u16 number, f32 Z, f32 next Z, f32 noise, u32 points, u32 scans, f32 W), its X
list if it has one, and its numbers: i32, value = number * 2**(exponent - 32), or i16 with
16 for 32, or f32.  The directory: u32 place, u32 size, f32 Z of each subfile.  The log: u32
size, u32, u32 place of the text from here; ``key = value``.

Version 0x4D, little-endian, has a header of 224 bytes before the first subfile: i16
exponent @2, f32 points, first and last X @4, u8 units @16, u16 year @18, u8 month, day,
hour, minute @20, 8 chars resolution @24, comment @64, names @194.  It has as many subfiles
as fit, and the 16-bit halves of its numbers are swapped.

Source: Thermo Galactic, "A Brief Guide to SPC File Format" and SPC.H of its developer kit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntFlag
from typing import TYPE_CHECKING, Any, Final

from SciFiReaders.text import decode, until_nul
from SciFiReaders.values import typed
from sidpy._warnings import warn
from sidpy.errors import SidpyWarning, UnrecognisedFile

if TYPE_CHECKING:
    import numpy as np

    from SciFiReaders.binary import Cursor

__all__ = [
    "FLOATS",
    "FORMAT",
    "HEADER",
    "HEADER_SIZE",
    "OLD_HEADER",
    "OLD_SIZE",
    "QUANTITIES",
    "SUBHEADER",
    "UNITS",
    "VERSIONS",
    "Flag",
    "Spc",
    "Sub",
    "is_header",
    "parse_spc",
]

FORMAT: Final = "galactic.spc"
NEW, NEW_BIG, OLD = 0x4B, 0x4C, 0x4D
VERSIONS: Final = (NEW, NEW_BIG, OLD)
HEADER_SIZE: Final = 512
OLD_SIZE: Final = 224
#: Fields behind the version, as `struct` writes them.
HEADER: Final = "BbIddIBBBBI9s9sH32s130s30sIIBBHf48sfIfB"
_NAMES: Final = (
    *("experiment", "exponent", "points", "first", "last", "subfiles", "x units", "y units"),
    *("z units", "posting", "date", "resolution", "instrument", "peak", "spare", "comment"),
    *("labels", "log", "modifications", "processing", "level", "sampling", "factor", "method"),
    *("z step", "w planes", "w step", "w units"),
)
OLD_HEADER: Final = "hfffBBHBBBB8sHH28s130s30s"
_OLD_NAMES: Final = (
    *("exponent", "points", "first", "last", "x units", "y units", "year", "month", "day"),
    *("hour", "minute", "resolution", "peak", "scans", "spare", "comment", "labels"),
)
SUBHEADER: Final = "BbHfffIIf4x"
SUB_SIZE: Final = 32
FLOATS: Final = -128
_MOST_LOG: Final = 1 << 22


class Flag(IntFlag):
    """Flags of a file."""

    SHORT = 1
    MULTI = 4
    LABELS = 32
    OWN_X = 64
    X_LIST = 128


#: Quantity and units of an X, Z or W axis by its code.
UNITS: Final = {
    0: ("", ""), 1: ("Wavenumber", "1/cm"), 2: ("Wavelength", "µm"), 3: ("Wavelength", "nm"),
    4: ("Time", "s"), 5: ("Time", "min"), 6: ("Frequency", "Hz"), 7: ("Frequency", "kHz"),
    8: ("Frequency", "MHz"), 9: ("Mass-to-charge ratio", "m/z"), 10: ("Chemical shift", "ppm"),
    11: ("Time", "d"), 12: ("Time", "a"), 13: ("Raman shift", "1/cm"), 14: ("Energy", "eV"),
    16: ("Diode", ""), 17: ("Channel", ""), 18: ("Angle", "deg"), 19: ("Temperature", "degF"),
    20: ("Temperature", "degC"), 21: ("Temperature", "K"), 22: ("Point", ""),
    23: ("Time", "ms"), 24: ("Time", "µs"), 25: ("Time", "ns"), 26: ("Frequency", "GHz"),
    27: ("Length", "cm"), 28: ("Length", "m"), 29: ("Length", "mm"), 30: ("Time", "h"),
}  # fmt: skip
#: Quantity and units of the numbers by their code.
QUANTITIES: Final = {
    0: ("intensity", ""), 1: ("interferogram", ""), 2: ("absorbance", ""),
    3: ("Kubelka-Munk", ""), 4: ("intensity", "counts"), 5: ("voltage", "V"),
    6: ("angle", "deg"), 7: ("current", "mA"), 8: ("length", "mm"), 9: ("voltage", "mV"),
    10: ("log(1/R)", ""), 11: ("percent", "%"), 12: ("intensity", ""),
    13: ("relative intensity", ""), 14: ("energy", ""), 16: ("decibel", "dB"),
    19: ("temperature", "degF"), 20: ("temperature", "degC"), 21: ("temperature", "K"),
    22: ("index of refraction", ""), 23: ("extinction coefficient", ""), 24: ("real", ""),
    25: ("imaginary", ""), 26: ("complex", ""), 128: ("transmission", ""),
    129: ("reflectance", ""), 130: ("single beam", ""), 131: ("emission", ""),
}  # fmt: skip


@dataclass(frozen=True)
class Sub:
    """A subfile: where its numbers lie and what they mean."""

    place: int
    points: int
    exponent: int
    z: float
    w: float
    x_place: int | None = None


@dataclass(frozen=True)
class Spc:
    """A file but its numbers."""

    order: str
    flags: Flag
    fields: dict[str, Any]
    subs: tuple[Sub, ...]
    x: np.ndarray | None = field(repr=False)
    log: dict[str, Any]
    is_old: bool


def is_header(cursor: Cursor, version: int) -> bool:
    """Whether the fields at the beginning make sense together."""
    cursor.order = ">" if version == NEW_BIG else "<"
    cursor.position = 2
    if version == OLD:
        _, points, first, last, units, y_units = cursor.unpack("hfffBB")
        whole = 0 < points < 1e8 and points == int(points)
    else:
        _, _, points, first, last, subs, units, y_units = cursor.unpack("BbIddIBB")
        whole = points > 0 and 0 < subs < 1 << 24
    sane = all(math.isfinite(value) and abs(value) < 1e12 for value in (first, last))
    return whole and sane and (units in UNITS or units == 255) and y_units in QUANTITIES


def parse_spc(cursor: Cursor) -> Spc:
    """Read the header, the subfiles' headers, the common X list and the log.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        When it is no such file, or not one spectrum is complete.
    """
    version = cursor.take(2)[1] if cursor.size > 256 else 0
    if version not in (NEW, NEW_BIG, OLD):
        msg = f"not a file of Galactic: its version is 0x{version:02X}, not 0x4B, 0x4C or 0x4D"
        raise UnrecognisedFile(msg, path=cursor.path, format=FORMAT, offset=1)
    cursor.position = 0
    flags = Flag(cursor.u1() & 0xFF)
    cursor.position = 2
    cursor.order = ">" if version == NEW_BIG else "<"
    if version == OLD:
        fields = dict(zip(_OLD_NAMES, cursor.unpack(OLD_HEADER), strict=True))
        points = fields["points"]
        if not 0 < points < 1e9 or points != int(points):
            msg = f"a spectrum of {points} points cannot be"
            raise cursor.corrupt(msg, offset=4)
        fields["points"] = int(points)
        start, count = OLD_SIZE, 1 << 31 if flags & Flag.MULTI else 1
    else:
        fields = dict(zip(_NAMES, cursor.unpack(HEADER), strict=True))
        start, count = HEADER_SIZE, max(fields["subfiles"], 1)
    x = None
    if flags & Flag.X_LIST and not flags & Flag.OWN_X and version != OLD:
        cursor.position = start
        x = cursor.array(cursor.order + "f4", fields["points"], "X list").astype(float)
        start = cursor.position
    subs = _subs(cursor, flags, fields, start, count)
    log = _log(cursor, fields.get("log", 0))
    _texts(fields)
    return Spc(cursor.order, flags, fields, subs, x, log, version == OLD)


def _subs(
    cursor: Cursor, flags: Flag, fields: dict[str, Any], start: int, count: int
) -> tuple[Sub, ...]:
    """Return the subfiles up to the last one that is complete."""
    found: list[Sub] = []
    places = _directory(cursor, flags, fields, count)
    cursor.position = start
    end = fields.get("log") or cursor.size
    end = end if start < end < cursor.size else cursor.size
    while len(found) < min(count, len(places) or count) and end - cursor.position > SUB_SIZE:
        if places:
            cursor.position = places[len(found)]
        sub = _sub(cursor, flags, fields)
        if sub is None:
            break
        found.append(sub)
    if not found:
        msg = f"not one spectrum of {fields['points']} points is there; the file is cut short"
        raise cursor.corrupt(msg, offset=start)
    if len(found) < count < 1 << 31:
        warn(f"{cursor.path}: {len(found)} of {count} subfiles are there", SidpyWarning)
    return tuple(found)


def _directory(cursor: Cursor, flags: Flag, fields: dict[str, Any], count: int) -> list[int]:
    """Return where subfiles with their own X lie; none where there is no directory."""
    place, size = fields["points"], 12 * count
    if not flags & Flag.OWN_X or not flags & Flag.MULTI or place < HEADER_SIZE:
        return []
    if place + size > cursor.size:
        return []
    cursor.position = place
    rows = [cursor.unpack("IIf") for _ in range(count)]
    fits = all(HEADER_SIZE <= start <= cursor.size - SUB_SIZE for start, _, _ in rows)
    return [start for start, _, _ in rows] if fits else []


def _sub(cursor: Cursor, flags: Flag, fields: dict[str, Any]) -> Sub | None:
    """Return the subfile that begins here and step behind it; None when it is cut short."""
    _, exponent, _, z, _, _, own, _, w = cursor.unpack(SUBHEADER)
    points = own if flags & Flag.OWN_X and own else fields["points"]
    exponent = exponent if flags & Flag.MULTI else fields["exponent"]
    exponent = FLOATS if fields["exponent"] == FLOATS else exponent
    x_place = cursor.position if flags & Flag.OWN_X else None
    place = cursor.position + (4 * points if flags & Flag.OWN_X else 0)
    size = 2 if flags & Flag.SHORT and exponent != FLOATS else 4
    if place + size * points > cursor.size or not points:
        return None
    cursor.position = place + size * points
    return Sub(place, points, exponent, z, w, x_place)


def _log(cursor: Cursor, place: int) -> dict[str, Any]:
    """Return the text of the log as typed values, lines without a key as text."""
    if not 0 < place < cursor.size - 64:
        return {}
    cursor.position = place
    size, _, offset = cursor.unpack("III")
    cursor.position = place + offset
    if not 0 < size - offset <= _MOST_LOG or not cursor.left > 0:
        return {}
    text = decode(cursor.take(min(size - offset, cursor.left), "log")).split("\0")[0]
    pairs = [line.partition("=") for line in text.splitlines() if line.strip()]
    found: dict[str, Any] = {
        key.strip(): typed(value.strip()) for key, sign, value in pairs if sign
    }
    rest = "\n".join(key.strip() for key, sign, _ in pairs if not sign)
    return {**found, "text": rest} if rest else found


def _texts(fields: dict[str, Any]) -> None:
    """Turn the bytes among the fields into text, and the date into ISO 8601."""
    del fields["spare"]
    for name in ("resolution", "instrument", "comment", "method"):
        if name in fields:
            fields[name] = until_nul(decode(fields[name])).strip()
    fields["labels"] = [part.strip() for part in decode(fields["labels"]).split("\0")][:3]
    if "date" in fields:
        bits = fields["date"]
        parts = (bits >> 20, bits >> 16 & 15, bits >> 11 & 31, bits >> 6 & 31, bits & 63)
    else:
        names = ("year", "month", "day", "hour", "minute")
        parts = tuple(fields.pop(name) & (0xFFF if name == "year" else 0xFF) for name in names)
    try:
        fields["date"] = datetime(*parts).isoformat()
    except ValueError:
        fields["date"] = ""
