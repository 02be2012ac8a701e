"""The header of an MRC file and what detectors write beside it.

============ ========== ============================================================
bytes        type       meaning
============ ========== ============================================================
0            3 x i32    columns, rows, sections
12           i32        mode, see `MODES`
28           3 x i32    sampling along x, y, z: cells of `cell`
40           3 x f32    size of the cell along x, y, z, Angstrom
64           3 x i32    which of x, y, z runs along columns, rows, sections
76           3 x f32    least, greatest, mean value
88           i32        0: a series of images; 1: a volume; 401: a stack of volumes
92           i32        bytes of extended header
104          4 chars    its type: ``FEI1``, ``FEI2``, ...
152, 156     i32        1146047817 and flags of IMOD: bit 0 clear, bytes are unsigned
208          4 chars    ``MAP ``
212          2 x u8     44 44 or 44 41 little-endian, 11 11 big-endian
220          i32        number of labels
224          10 x 80    labels
1024         ..         extended header, then [section][row][column]
============ ========== ============================================================

An extended header of FEI has an entry per section, each of the size in its first four
bytes; `FEI` gives the places of what is used.  Mode 101 has two pixels to a byte, the
first in the low bits, and each row begins with a new byte.

Source: MRC2014 (ccpem.ac.uk/mrc_format/mrc2014.php, doi:10.1016/j.jsb.2015.04.002); IMOD,
"The MRC format"; the FEI fields as documented by the library mrcfile (BSD), and checked
on a file of Velox 3.7.  A negative cell is what Direct Electron writes for "not known".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.text import decode, until_nul
from SciFiReaders.values import number, typed
from sidpy.errors import UnrecognisedFile, UnsupportedFile

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["FEI", "MODES", "Header", "parse_header", "side_notes"]

FORMAT: Final = "mrc"
HEADER_SIZE: Final = 1024

#: Type of a pixel by mode; 101 is two pixels to a byte, 16 red, green, blue.
MODES: Final = {
    0: "i1",
    1: "i2",
    2: "f4",
    3: "i2,i2",
    4: "c8",
    6: "u2",
    7: "i4",
    12: "f2",
    16: "u1",
    101: "u1",
}
IMOD: Final = 1146047817

#: Fields of an extended header of FEI: offset and struct code, numbers in SI units and degrees.
FEI: Final = {
    "Timestamp": (12, "d"),
    "Microscope type": (20, "16s"),
    "D-Number": (36, "16s"),
    "Application": (52, "16s"),
    "Application version": (68, "16s"),
    "HT": (84, "d"),
    "Dose": (92, "d"),
    "Alpha tilt": (100, "d"),
    "Beta tilt": (108, "d"),
    "X-Stage": (116, "d"),
    "Y-Stage": (124, "d"),
    "Z-Stage": (132, "d"),
    "Tilt axis angle": (140, "d"),
    "Pixel size X": (156, "d"),
    "Pixel size Y": (164, "d"),
    "Defocus": (220, "d"),
    "STEM Defocus": (228, "d"),
    "Instrument mode": (244, "i"),
    "Projection mode": (248, "i"),
    "Magnification": (289, "d"),
    "Camera length": (301, "d"),
    "Spot index": (309, "i"),
    "Convergence angle": (329, "d"),
    "Illumination mode": (337, "16s"),
    "Integration time": (419, "d"),
    "Camera name": (435, "16s"),
    "STEM Detector name": (519, "16s"),
    "Dwell time": (571, "d"),
    "Frame time": (579, "d"),
    "Scan size left": (587, "i"),
    "Scan size top": (591, "i"),
    "Scan size right": (595, "i"),
    "Scan size bottom": (599, "i"),
    "Full scan FOV X": (603, "d"),
    "Full scan FOV Y": (611, "d"),
}


@dataclass(frozen=True)
class Header:
    """What a file says of its pixels."""

    path: str | PathLike[str]
    shape: tuple[int, int, int]
    """Sections, rows, columns."""
    mode: int
    order: str
    sampling: tuple[int, int, int]
    cell: tuple[float, float, float]
    axes: tuple[int, int, int]
    """Which of x (1), y (2), z (3) runs along columns, rows, sections."""
    volume: bool
    unsigned: bool
    offset: int
    extended: str = ""
    labels: list[str] = field(default_factory=list)
    fei: dict[str, Any] = field(default_factory=dict)

    @property
    def dtype(self) -> np.dtype:
        """Type of a pixel as stored."""
        kind = "u1" if self.mode == 0 and self.unsigned else MODES[self.mode]
        return np.dtype(kind).newbyteorder(self.order)


def parse_header(path: str | PathLike[str]) -> Header:
    """Read the header, the labels and the first entry of an extended header.

    Raises
    ------
    UnrecognisedFile
        When there is no ``MAP`` where it should be, and the sizes fit no old file.
    CorruptFile
        When sizes are impossible.
    UnsupportedFile
        For a mode that no source describes.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size < HEADER_SIZE:
            msg = f"an MRC file has a header of {HEADER_SIZE} bytes, this has {cursor.size}"
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        head = cursor.take(HEADER_SIZE)
        old = old_order(head, cursor.size)
        if head[208:211] != b"MAP" and not old:
            msg = "not an MRC file: MAP is missing at byte 208, and its sizes are not those of one"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=208)
        cursor.order = _order(cursor) if head[208:211] == b"MAP" else old
        return _fields(cursor, path)


def sniff_old(probe: Any) -> tuple[float, str]:
    """Say whether a file without MAP has the sizes of an old one."""
    head = probe.head[:HEADER_SIZE]
    if head[208:211] != b"MAP" and old_order(head, probe.size):
        return 0.9, "the size of the file follows from the header"
    return 0.0, "its sizes are not those of an MRC file"


def old_order(head: bytes, size: int) -> str:
    """Return the byte order of a file from before MRC2000, which has no MAP; "" for none.

    Its header has to say, in one byte order, how long the file is, to the byte, and which
    axes are which.
    """
    if len(head) < HEADER_SIZE:
        return ""
    for order in "<>":
        columns, rows, sections, mode = struct.unpack_from(f"{order}4i", head)
        axes = struct.unpack_from(f"{order}3i", head, 64)
        (extended,) = struct.unpack_from(f"{order}i", head, 92)
        if min(columns, rows, sections) <= 0 or mode not in MODES or extended < 0:
            continue
        nbytes = columns * rows * sections * np.dtype(MODES[mode]).itemsize
        nbytes *= 3 if mode == 16 else 1
        if sorted(axes) in ([0, 0, 0], [1, 2, 3]) and size == HEADER_SIZE + extended + nbytes:
            return order
    return ""


def _order(cursor: Cursor) -> str:
    cursor.position = 212
    stamp = cursor.take(2)
    if stamp[0] in (0x11, 0x44):
        return ">" if stamp[0] == 0x11 else "<"
    # no stamp: the mode is a small number in the right order
    cursor.position = 12
    return "<" if 0 <= cursor.i4() <= 0xFFFF else ">"


def _fields(cursor: Cursor, path: str | PathLike[str]) -> Header:
    cursor.position = 0
    columns, rows, sections, mode = cursor.unpack("4i")
    if min(columns, rows, sections) <= 0:
        msg = f"{columns} columns, {rows} rows and {sections} sections cannot be"
        raise cursor.corrupt(msg, offset=0)
    if mode not in MODES:
        msg = f"pixels of mode {mode} are not described anywhere; known are {sorted(MODES)}"
        raise UnsupportedFile(msg, path=path, format=FORMAT, offset=12)
    cursor.position = 28
    sampling, cell = cursor.unpack("3i"), cursor.unpack("3f")
    cursor.position = 64
    axes = cursor.unpack("3i")
    cursor.position = 88
    group, extended_size = cursor.unpack("2i")
    cursor.position = 104
    extended = until_nul(decode(cursor.take(4))).strip()
    cursor.position = 152
    stamp, flags = cursor.unpack("2i")
    cursor.position = HEADER_SIZE
    cursor.skip(extended_size, "extended header")
    return Header(
        path=path,
        shape=(sections, rows, columns),
        mode=mode,
        order=cursor.order,
        sampling=sampling,
        cell=cell,
        axes=axes if sorted(axes) == [1, 2, 3] else (1, 2, 3),
        volume=group == 1 or group >= 401,
        unsigned=stamp == IMOD and not flags & 1,
        offset=HEADER_SIZE + extended_size,
        extended=extended,
        labels=_labels(cursor),
        fei=_fei(cursor, extended_size) if extended in ("FEI1", "FEI2") else {},
    )


def _labels(cursor: Cursor) -> list[str]:
    cursor.position = 220
    count = min(max(cursor.i4(), 0), 10)
    words = [until_nul(decode(cursor.take(80))).strip() for _ in range(count)]
    return [word for word in words if word]


def _fei(cursor: Cursor, size: int) -> dict[str, Any]:
    cursor.position = HEADER_SIZE
    if size < 4 or cursor.i4() > size:
        return {}
    known = {}
    for name, (offset, code) in FEI.items():
        cursor.position = HEADER_SIZE + offset
        if offset + 16 > size:
            break
        value = cursor.unpack(code)[0]
        known[name] = until_nul(decode(value)) if isinstance(value, bytes) else number(value)
    return {name: value for name, value in known.items() if value not in (None, "")}


#: Longest text beside a movie that is read, in bytes.
_LONGEST: Final = 1 << 22


def side_notes(path: str | PathLike[str]) -> dict[str, Any]:
    """Return the ``Key = Value`` lines of the ``_info.txt`` that lies beside, if any.

    Direct Electron names a movie ``<run>_movie.mrc`` and the text ``<run>_info.txt``.
    """
    place = Path(path)
    words = place.stem.split("_")
    for count in range(len(words) - 1, 0, -1):
        beside = place.with_name("_".join(words[:count]) + "_info.txt")
        if beside.is_file() and beside.stat().st_size <= _LONGEST:
            pairs = (line.partition("=") for line in decode(beside.read_bytes()).splitlines())
            return {key.strip(): typed(value.strip()) for key, sign, value in pairs if sign}
    return {}
