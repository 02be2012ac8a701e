"""Nanonis scans (``.sxm``) as Datasets.

========== ================== =====================================================
bytes      type               meaning
========== ================== =====================================================
0          text               ``:KEY:`` lines, each followed by the lines of its value
..         text               ``:SCANIT_END:``
..         1A 04              end of the header
..         f32 big-endian     [channel][direction][line][x]; NaN where not scanned
========== ================== =====================================================

Keys used: ``SCAN_PIXELS`` (x, lines), ``SCAN_RANGE`` (x, y; m), ``SCAN_OFFSET`` (centre;
m), ``SCAN_ANGLE`` (deg), ``SCAN_DIR`` (``up`` or ``down``), ``SCANIT_TYPE`` (``FLOAT
MSBFIRST``) and the table ``DATA_INFO`` (Channel, Name, Unit, Direction, Calibration,
Offset; the last two were applied when the file was written).  Lines are stored as they
were scanned: an ``up`` scan begins with the lowest line, and the backward pass runs from
right to left.  A pixel is range / pixels wide.

Source: SPECS Zurich, "Nanonis SPM Control System, User Manual", chapter "SXM file
format"; the order of lines and passes as there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy, pixel_centres
from SciFiReaders.text import decode
from SciFiReaders.values import moment
from sidpy import Reader
from sidpy.errors import UnrecognisedFile, UnsupportedFile

from .nanonis_header import MOMENTS, controller, switch

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["NanonisSXMReader", "Scan", "label", "parse_sxm", "read_sxm"]

FORMAT: Final = "nanonis.sxm"

# --- layout ---------------------------------------------------------------------------

MAGIC: Final = b":NANONIS_VERSION:"
HEADER_END: Final = b":SCANIT_END:"
DATA_MARK: Final = b"\x1a\x04"

#: Headers are some ten kilobytes; one that is longer than this is no header.
LONGEST_HEADER: Final = 1 << 24

#: Direction column of `DATA_INFO`: which passes are stored, in their order.
PASSES: Final = {
    "both": ("forward", "backward"),
    "forward": ("forward",),
    "backward": ("backward",),
}

#: `SCANIT_TYPE`: number type and byte order.
TYPES: Final = {
    ("FLOAT", "MSBFIRST"): ">f4",
    ("FLOAT", "LSBFIRST"): "<f4",
    ("INT", "MSBFIRST"): ">i4",
    ("INT", "LSBFIRST"): "<i4",
}

#: Keys whose value is a table of tab-separated columns.
TABLES: Final = frozenset({"data_info", "z-controller"})

# --- parse ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pass:
    """One channel in one direction."""

    facts: dict[str, Any]
    """Row of `DATA_INFO`, the direction that of this pass."""
    offset: int

    @property
    def name(self) -> str:
        """Channel name as in the file."""
        return str(self.facts["Name"])


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan file holds, its numbers left in the file."""

    path: str | PathLike[str]
    header: dict[str, Any]
    passes: tuple[Pass, ...]
    dtype: np.dtype
    pixels: tuple[int, int]
    """Pixels per line and number of lines."""


def parse_sxm(path: str | PathLike[str]) -> Scan:
    """Read everything of a scan but its numbers.

    Raises
    ------
    UnrecognisedFile
        When the file does not begin as a scan does.
    CorruptFile
        When the header has no end, lacks a key or claims more pixels than there are.
    UnsupportedFile
        For number types that are not known.
    """
    with open_cursor(path, format=FORMAT, order=">") as cursor:
        header = parse_header(_header_text(cursor))
        dtype = _number_type(cursor, header)
        pixels = _pixels(cursor, header)
        size = math.prod(pixels) * dtype.itemsize
        passes: list[Pass] = []
        for row in _data_info(cursor, header):
            for direction in _passes(cursor, row):
                passes.append(Pass({**row, "Direction": direction}, cursor.position))
                what = f"{direction} pass of {row['Name']!r}, {pixels[0]} x {pixels[1]} pixels,"
                cursor.skip(size, what)
    return Scan(path, header, tuple(passes), dtype, pixels)


def _header_text(cursor: Cursor) -> str:
    if cursor.size < len(MAGIC) or cursor.take(len(MAGIC)) != MAGIC:
        msg = f"not a Nanonis scan: it does not begin with {MAGIC.decode()}"
        raise UnrecognisedFile(msg, path=cursor.path, format=FORMAT, offset=0)
    raw, searched = bytearray(MAGIC), 0
    while cursor.left and len(raw) < LONGEST_HEADER:
        raw += cursor.take(min(1 << 16, cursor.left), "header")
        place = raw.find(HEADER_END, searched)
        mark = raw.find(DATA_MARK, place) if place >= 0 else -1
        if mark >= 0 and not raw[place + len(HEADER_END) : mark].strip():
            cursor.position = mark + len(DATA_MARK)
            return decode(bytes(raw[:place]))
        # the end may lie across two blocks
        searched = place if place >= 0 else max(len(raw) - len(HEADER_END), 0)
    msg = f"the header has no end ({HEADER_END.decode()}, then bytes 1A 04)"
    raise cursor.corrupt(msg)


def parse_header(text: str) -> dict[str, Any]:
    r"""Return the values of a header by their keys in lower case.

    Examples
    --------
    >>> parse_header(":SCAN_PIXELS:\n  4  3\n:Bias>Bias (V):\n-50E-3\n:SCAN_DIR:\nup")
    {'scan_pixels': [4, 3], 'bias>bias (v)': -0.05, 'scan_dir': 'up'}
    """
    values: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith(":") and stripped.endswith(":") and len(stripped) > 2:
            lines = values.setdefault(stripped[1:-1].lower(), [])
        else:
            lines.append(line)
    return {key: _value(key, lines) for key, lines in values.items()}


def _value(key: str, lines: list[str]) -> Any:
    if key in TABLES:
        return _table(lines)
    text = "\n".join(lines).strip()
    words = text.split()
    if len(words) > 1 and key.startswith("scan_"):
        numbers = [switch(word) for word in words]
        if all(isinstance(number, int | float) for number in numbers):
            return numbers
    return switch(text)


def _table(lines: list[str]) -> list[dict[str, Any]]:
    """Return the rows of a table by the names of its columns."""
    rows = [[cell.strip() for cell in line.strip("\r\n").split("\t")] for line in lines]
    rows = [row[1:] if row and not row[0] else row for row in rows]
    rows = [row for row in rows if any(row)]
    if not rows:
        return []
    return [
        {name: switch(cell) for name, cell in zip(rows[0], row, strict=False) if name}
        for row in rows[1:]
    ]


def _number_type(cursor: Cursor, header: dict[str, Any]) -> np.dtype:
    words = tuple(str(header.get("scanit_type", "FLOAT MSBFIRST")).split())
    if words not in TYPES:
        msg = f"numbers of type {' '.join(words)!r} are not supported"
        raise UnsupportedFile(msg, path=cursor.path, format=FORMAT)
    return np.dtype(TYPES[words])


def _pixels(cursor: Cursor, header: dict[str, Any]) -> tuple[int, int]:
    pixels = header.get("scan_pixels")
    if (
        not isinstance(pixels, list)
        or len(pixels) != 2
        or not all(isinstance(n, int) and n > 0 for n in pixels)
    ):
        msg = f"SCAN_PIXELS should be two positive integers, found {pixels!r}"
        raise cursor.corrupt(msg, offset=0)
    return pixels[0], pixels[1]


def _data_info(cursor: Cursor, header: dict[str, Any]) -> list[dict[str, Any]]:
    rows = header.get("data_info")
    if not rows or not all({"Name", "Direction"} <= row.keys() for row in rows):
        msg = f"DATA_INFO should be a table with Name and Direction, found {rows!r:.200}"
        raise cursor.corrupt(msg, offset=0)
    return rows


def _passes(cursor: Cursor, row: dict[str, Any]) -> tuple[str, ...]:
    passes = PASSES.get(str(row["Direction"]).lower())
    if passes is None:
        msg = (
            f"Direction of channel {row['Name']!r} should be one of {list(PASSES)}, "
            f"found {row['Direction']!r}"
        )
        raise cursor.corrupt(msg, offset=0)
    return passes


# --- label ----------------------------------------------------------------------------


def read_sxm(path: str | PathLike[str]) -> list[Dataset]:
    """Read a Nanonis scan: one Dataset per channel and direction, rows first.

    The axes run along the frame of the scan, which is turned by ``scan.angle`` about
    its centre; the centre has its true place.  y descends, row 0 is the top.
    """
    return label(parse_sxm(path))


class NanonisSXMReader(Reader):
    """Nanonis scans.

    Parameters
    ----------
    file_path : str or path-like
        The ``.sxm`` file.
    """

    def read(self) -> list[Dataset]:
        """Return one Dataset per channel and direction; the axes are called Y and X."""
        self.datasets = label(parse_sxm(self._input_file_path), names=("Y", "X"))
        return self.datasets

    def can_read(self) -> bool:
        """Say whether the suffix is ``.sxm``; `sidpy.explain` looks into the file."""
        return self._file_type.lower() == ".sxm"


def label(scan: Scan, *, names: tuple[str, str] = ("y", "x")) -> list[Dataset]:
    """Return the datasets of a scan; `names` are those of rows and columns."""
    axes = _axes(scan, names)
    metadata = _metadata(scan.header)
    return [_image(scan, part, axes, metadata) for part in scan.passes]


def _image(scan: Scan, part: Pass, axes: tuple[Axis, Axis], metadata: dict[str, Any]) -> Dataset:
    from sidpy import FileArray

    array = lazy(FileArray(scan.path, scan.dtype, scan.pixels[::-1], offset=part.offset))
    if _goes_up(scan.header):
        array = array[::-1]
    direction = part.facts["Direction"]
    if direction == "backward":
        array = array[:, ::-1]
    return dataset(
        array,
        axes,
        title=f"{part.name} ({direction.capitalize()})",
        data_type="IMAGE",
        units=str(part.facts.get("Unit", "")).strip(),
        quantity=part.name,
        source="SciFiReaders.NanonisSXMReader",
        metadata={**metadata, "scan": {**metadata["scan"], "direction": direction}},
        original_metadata={**part.facts, **{k: _by_column(v) for k, v in scan.header.items()}},
    )


def _by_column(value: Any) -> Any:
    """Return a table as columns, as the released reader has it; other values as they are."""
    if not isinstance(value, list) or not value or not isinstance(value[0], dict):
        return value
    return {name: [row.get(name) for row in value] for name in value[0]}


def _goes_up(header: dict[str, Any]) -> bool:
    return str(header.get("scan_dir", "down")).lower() == "up"


def _pair(header: dict[str, Any], key: str) -> tuple[float, float] | None:
    """Return two finite numbers of the header."""
    value = header.get(key)
    if isinstance(value, list) and len(value) == 2 and all(math.isfinite(v) for v in value):
        return float(value[0]), float(value[1])
    return None


def _axes(scan: Scan, names: tuple[str, str]) -> tuple[Axis, Axis]:
    columns, rows = scan.pixels
    extent = _pair(scan.header, "scan_range")
    if extent is None or min(extent) <= 0:
        # the file does not say how large the scan is: pixels stay pixels
        return (
            Axis.scanned(names[0], np.arange(rows)[::-1], "px"),
            Axis.scanned(names[1], np.arange(columns), "px"),
        )
    width, height = extent
    x0, y0 = _pair(scan.header, "scan_offset") or (0.0, 0.0)
    return (
        Axis.scanned(names[0], pixel_centres(rows, height, y0 - height / 2)[::-1], "m"),
        Axis.scanned(names[1], pixel_centres(columns, width, x0 - width / 2), "m"),
    )


def _metadata(header: dict[str, Any]) -> dict[str, Any]:
    """Return the values every probe microscope has, in SI units and degrees."""
    scan = {
        "pixels": header.get("scan_pixels"),
        "range": header.get("scan_range"),
        "offset": header.get("scan_offset"),
        "angle": header.get("scan_angle"),
        "line_time": header.get("scan_time"),
        "slow_direction": str(header.get("scan_dir", "")).lower() or None,
    }
    date = header.get("rec_date", "")
    experiment = {
        "bias": header.get("bias", header.get("bias>bias (v)")),
        "temperature": header.get("rec_temp"),
        "acquisition_time": header.get("acq_time"),
        "start_date_time": moment(f"{date} {header.get('rec_time', '')}", *MOMENTS),
        "comment": header.get("comment"),
        "instrument": "Nanonis",
        **controller(header),
    }
    return {
        "experiment": {key: value for key, value in experiment.items() if value not in (None, "")},
        "scan": {key: value for key, value in scan.items() if value is not None},
    }
