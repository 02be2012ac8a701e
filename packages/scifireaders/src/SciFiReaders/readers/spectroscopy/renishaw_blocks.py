"""The blocks of a Renishaw file and the numbers in them.

Every block begins with 4 chars, u32 identifier and u64 size, these 16 bytes included.

======== ============ ==============================================================
block    bytes        meaning
======== ============ ==============================================================
``WDF1`` 16           u64 flags: 1 an X list for each spectrum, 8 several tracks
.        52           u32 tracks
.        60           u32 points of a spectrum; u64 spectra @64; u64 collected @72
.        80           u32 accumulations; u32 Y list @84; u32 X list @88
.        92           u32 origins; 24 chars program @96; four u16 version @120
.        128, 132     u32 scan type; u32 measurement: 1 single, 2 series, 3 map
.        136, 144     u64 start and end, 100 ns since 1601
.        152, 156     u32 units of the numbers; f32 laser, 1/cm
.        208, 240     32 chars user; 160 chars title
``DATA`` 16           f32 spectra, one after the other as they were taken
``XLST`` 16           u32 kind; u32 units; f32 values; ``YLST`` the same
``ORGN`` 16           u32 count; for each u32 kind (0x80000000: primary), u32 units, 16
                      chars name, f64 (time: u64) for each spectrum
``WMAP`` 16           u32 flags, u32, f32 start[3], f32 step[3], u32 count[3], u32 lines
                      of a line focus
``TEXT`` 16           comment
``WHTL`` 16           JPEG of the white light camera
``MAP `` PSET         then u64 count, f32 for each spectrum: what was derived from it
others   PSET         see `renishaw_pset`
======== ============ ==============================================================

Source: renishaw-wdf 1.4 (Apache 2.0), the vendor's package, and its enumerations;
github.com/alchem0x2A/py-wdf-reader for the white light image.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from SciFiReaders.text import decode, until_nul
from sidpy._warnings import warn
from sidpy.errors import SidpyWarning, UnrecognisedFile

from .renishaw_pset import filetime, parse_pset

if TYPE_CHECKING:
    import numpy as np

    from SciFiReaders.binary import Cursor

__all__ = [
    "FORMAT",
    "HEADER",
    "HEADER_SIZE",
    "KINDS",
    "MAGIC",
    "UNITS",
    "Area",
    "Block",
    "Listed",
    "Origin",
    "Wdf",
    "parse_wdf",
]

FORMAT: Final = "renishaw.wdf"
MAGIC: Final = b"WDF1"
HEADER_SIZE: Final = 512
#: Fields of the header behind its size, as `struct` writes them.
HEADER: Final = "Q16s12xIIIQQIIII24s4HIIQQIf48x32s160s"
_NAMES: Final = (
    *("flags", "uuid", "tracks", "status", "points", "capacity", "collected"),
    *("accumulations", "y list", "x list", "origins", "program", "major", "minor", "patch"),
    *("build", "scan type", "measurement type", "start", "end", "units", "laser", "user"),
    "title",
)
#: What a list or an origin is about, by its code.
KINDS: Final = (
    *("arbitrary", "spectral", "intensity", "x", "y", "z", "r", "theta", "phi", "temperature"),
    *("pressure", "time", "derived", "polarization", "focus track", "ramp rate", "checksum"),
    *("flags", "elapsed time", "frequency", "well x", "well y", "location index"),
    *("well reference", "autofocus actual", "autofocus error", "autofocus signal"),
    *("exposure time", "external signal"),
)
#: Units by their code; blank ones have none.
UNITS: Final = (
    *("", "1/cm", "1/cm", "nm", "eV", "µm", "counts", "electrons", "mm", "m", "K", "Pa", "s"),
    *("ms", "h", "d", "px", "", "", "deg", "rad", "degC", "degF", "K/min", "s", "µs", "V", "A"),
    *("mA", "", "Ohm", "degR", "C", "pC"),
)
_FILETIME: Final = 24
_PRIMARY: Final = 0x80000000
_LARGEST_TEXT: Final = 1 << 20


@dataclass(frozen=True)
class Block:
    """Where the content of a block lies."""

    name: str
    number: int
    start: int
    size: int


@dataclass(frozen=True)
class Listed:
    """The values of a list of channels or rows."""

    kind: str
    units: str
    values: np.ndarray = field(repr=False)


@dataclass(frozen=True)
class Origin:
    """Something that was known of each spectrum when it was taken."""

    name: str
    kind: str
    units: str
    primary: bool
    values: np.ndarray = field(repr=False)


@dataclass(frozen=True)
class Area:
    """The grid of a map: x, y, z."""

    flags: int
    start: tuple[float, ...]
    step: tuple[float, ...]
    count: tuple[int, ...]


@dataclass(frozen=True)
class Wdf:
    """Everything of a file but its spectra."""

    header: dict[str, Any]
    data: Block
    x: Listed
    y: Listed | None
    origins: tuple[Origin, ...]
    area: Area | None
    white_light: Block | None
    derived: tuple[tuple[str, int, int], ...]
    """Label, place and number of the values of what was derived from each spectrum."""
    original: dict[str, Any]

    def origin(self, kind: str) -> Origin | None:
        """Return what was known under a kind, if anything was."""
        return next((one for one in self.origins if one.kind == kind), None)


def parse_wdf(cursor: Cursor) -> Wdf:
    """Read the header and every block but the spectra.

    Raises
    ------
    UnrecognisedFile
        When it does not begin with WDF1 and 512.
    CorruptFile
        When the spectra or their axis are not there.
    """
    if cursor.size < HEADER_SIZE or cursor.unpack("4s4xQ") != (MAGIC, HEADER_SIZE):
        msg = "not a Renishaw file: it does not begin with WDF1"
        raise UnrecognisedFile(msg, path=cursor.path, format=FORMAT, offset=0)
    header = _header(cursor)
    blocks = _blocks(cursor)
    first = {block.name: block for block in reversed(blocks)}
    for name, what in (("DATA", "spectra"), ("XLST", "spectral axis")):
        if name not in first:
            msg = f"there is no block {name} with the {what}; the file is cut short"
            raise cursor.corrupt(msg)
    capacity, kept = header["capacity"], header["collected"]
    area = _area(cursor, first["WMAP"]) if "WMAP" in first else None
    derived, original = _properties(cursor, blocks)
    return Wdf(
        header=header,
        data=first["DATA"],
        x=_list(cursor, first["XLST"]),
        y=_list(cursor, first["YLST"]) if "YLST" in first else None,
        origins=_origins(cursor, first["ORGN"], capacity, kept) if "ORGN" in first else (),
        area=area,
        white_light=first.get("WHTL"),
        derived=derived,
        original={"header": header, **original, **_area_fields(area)},
    )


def _header(cursor: Cursor) -> dict[str, Any]:
    found = dict(zip(_NAMES, cursor.unpack(HEADER), strict=True))
    for name in ("program", "user", "title"):
        found[name] = until_nul(decode(found[name])).strip()
    for name in ("start", "end"):
        found[name] = filetime(found[name])
    found["uuid"] = found["uuid"].hex()
    found["version"] = "{major}.{minor}.{patch}.{build}".format(**found)
    found["units"] = _word(UNITS, found["units"])
    for name in ("major", "minor", "patch", "build"):
        del found[name]
    if not found["points"] or not found["capacity"]:
        msg = f"{found['capacity']} spectra of {found['points']} points cannot be"
        raise cursor.corrupt(msg, offset=60)
    found["collected"] = min(found["collected"], found["capacity"])
    return found


def _word(table: tuple[str, ...], code: int) -> str:
    return table[code] if code < len(table) else ""


def _blocks(cursor: Cursor) -> list[Block]:
    """Follow the chain of blocks; a last one that is cut short is left out, with a warning."""
    cursor.position = HEADER_SIZE
    blocks = []
    while cursor.left >= 16:
        name, number, size = cursor.unpack("4sIQ")
        start = cursor.position
        if size < 16 or start + size - 16 > cursor.size:
            msg = (
                f"{cursor.path}: the block {decode(name)!r} at byte {start - 16} should take "
                f"{size} bytes; the file is cut short, what came before is read"
            )
            warn(msg, SidpyWarning)
            break
        blocks.append(Block(decode(name), number, start, size - 16))
        cursor.position = start + size - 16
    return blocks


def _list(cursor: Cursor, block: Block) -> Listed:
    cursor.position = block.start
    kind, units = cursor.unpack("II")
    values = cursor.array("<f4", (block.size - 8) // 4, "list of channels")
    return Listed(_word(KINDS, kind), _word(UNITS, units), values)


def _origins(cursor: Cursor, block: Block, capacity: int, kept: int) -> tuple[Origin, ...]:
    cursor.position = block.start
    count = cursor.fits(cursor.u4(), 24 + 8 * capacity, "origins")
    found = []
    for _ in range(count):
        code, units, name = cursor.unpack("II16s")
        kind = _word(KINDS, code & ~_PRIMARY)
        is_time = units == _FILETIME
        values = cursor.array("<u8" if is_time else "<f8", capacity, "origins")[:kept]
        found.append(
            Origin(
                name=until_nul(decode(name)).strip(),
                kind=kind,
                units=_word(UNITS, units),
                primary=bool(code & _PRIMARY),
                values=_seconds(values) if is_time else values,
            )
        )
    return tuple(found)


def _seconds(ticks: np.ndarray) -> np.ndarray:
    """Return times as seconds since the first spectrum."""
    if not ticks.size:
        return ticks.astype(float)
    return (ticks.astype("i8") - ticks[:1].astype("i8")) * 1e-7


def _area(cursor: Cursor, block: Block) -> Area:
    cursor.position = block.start
    flags, _, *numbers = cursor.unpack("II6f4I")
    return Area(flags, tuple(numbers[:3]), tuple(numbers[3:6]), tuple(numbers[6:9]))


def _area_fields(area: Area | None) -> dict[str, Any]:
    if area is None:
        return {}
    keys = ("flags", "start", "step", "count")
    values = (area.flags, list(area.start), list(area.step), list(area.count))
    return {"map area": dict(zip(keys, values, strict=True))}


def _properties(
    cursor: Cursor, blocks: list[Block]
) -> tuple[tuple[tuple[str, int, int], ...], dict[str, Any]]:
    """Return where derived values lie, and the property sets and texts of all blocks."""
    derived: list[tuple[str, int, int]] = []
    found: dict[str, Any] = {}
    for block in blocks:
        cursor.position, end = block.start, block.start + block.size
        if block.name == "TEXT":
            raw = cursor.take(min(block.size, _LARGEST_TEXT), "comment")
            found["comment"] = until_nul(decode(raw)).strip()
            continue
        if block.name in ("DATA", "XLST", "YLST", "ORGN", "WMAP", "WHTL", "BKXL"):
            continue
        tree = parse_pset(cursor, end)
        if block.name == "MAP " and tree and end - cursor.position >= 8:
            derived.append((str(tree.get("Label", "derived")), cursor.position + 8, cursor.u8()))
        if tree:
            name = block.name.strip()
            found[f"{name} {block.number}" if name in found else name] = tree
    return tuple(derived), found
