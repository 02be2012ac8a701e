"""Frames of Merlin detectors (``.mib``, Quantum Detectors): one, a movie, a scan.

Every frame is a header in text of as many bytes as it says, and the pixels:

========= ==================================================================
field     meaning; fields are separated by commas
========= ==================================================================
0         ``MQ1``
1         number of the frame, from 1
2         bytes of the header: 384, 768 for four chips
3         number of chips
4, 5      columns, rows
6         ``U08``, ``U16``, ``U32``, ``U64``: big-endian; ``R64``: raw
7         layout of the chips, ``2x2``
9, 10     date and time, exposure in s
========= ==================================================================

In the last field but one is the depth of the counter.  A frame is stored with the lowest
row first; `merlin_raw` says how raw frames are.

The text beside (``.hdr``) says ``Frames in Acquisition`` and ``Frames per Trigger``; the
one by the other are the lines of a scan.

Source: Quantum Detectors, "Merlin for EM user manual"; decoded from files of the
RosettaSciIO collection.
Not yet understood: raw frames of other chips than one or 2x2, and of 24 bits of several
chips; they are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.text import decode
from SciFiReaders.values import number
from sidpy.errors import UnrecognisedFile, UnsupportedFile

from .merlin_raw import RawLayout, raw_frames
from .pixelated import Frames, label_frames

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["MAGIC", "TYPES", "read_mib"]

FORMAT: Final = "quantumdetectors.mib"
MAGIC: Final = b"MQ1,"
TYPES: Final = {"U08": ">u1", "U16": ">u2", "U32": ">u4", "U64": ">u8"}
_LEAST_FIELDS: Final = 8
_LONGEST_NOTES: Final = 1 << 20


@dataclass(frozen=True)
class Header:
    """The fields of the header of the first frame."""

    fields: tuple[str, ...]
    size: int
    chips: int
    columns: int
    rows: int
    kind: str
    depth: int
    raw: RawLayout | None
    """How the frames are if they are raw."""


def read_mib(
    path: str | PathLike[str], *, scan_shape: tuple[int, int] | None = None
) -> list[Dataset]:
    """Read frames.

    Parameters
    ----------
    path : path-like
        The ``.mib`` file; the ``.hdr`` beside it is used where it is there.
    scan_shape : (int, int), optional
        Lines of a scan and frames to a line, where the files do not say.

    Returns
    -------
    list of Dataset
        One: [v, u], [frame, v, u] or [y, x, v, u]; rows as the detector shows them, so
        that the row stored last comes first.  Lazy, mapped.

    Raises
    ------
    UnrecognisedFile
        When the file does not begin with MQ1.
    UnsupportedFile
        For raw frames that no source describes.
    CorruptFile
        When the header is damaged or not one frame is there.

    Warns
    -----
    SidpyWarning
        When a scan stopped early.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        header = _header(cursor)
        size = cursor.size
    notes = _notes(Path(path))
    raw = header.raw
    dtype = np.dtype(raw.dtype if raw else TYPES[header.kind])
    rows, columns = raw.shape if raw else (header.rows, header.columns)
    nbytes = raw.nbytes if raw else rows * columns * dtype.itemsize
    stride = header.size + nbytes
    frames = Frames(
        path=path,
        dtype=dtype,
        count=size // stride,
        rows=rows,
        columns=columns,
        offset=header.size + nbytes - columns * dtype.itemsize,
        stride=stride,
        row_stride=-columns * dtype.itemsize,
        scan=scan_shape or _scan(notes),
        experiment=_experiment(header, notes),
        original={"header": list(header.fields), "hdr": notes},
    )
    if not frames.count:
        msg = f"a frame takes {stride} bytes, the file has {size}; it is cut short"
        raise cursor.corrupt(msg, offset=0)
    array, scanned = raw_frames(frames, raw, header.size) if raw else frames.pixels()
    title, source = Path(path).stem, "SciFiReaders.merlin_mib"
    return [label_frames(frames, title=title, source=source, array=array, scanned=scanned)]


def _header(cursor: Cursor) -> Header:
    if cursor.size < len(MAGIC) or cursor.take(len(MAGIC)) != MAGIC:
        msg = "not a file of a Merlin detector: it does not begin with MQ1,"
        raise UnrecognisedFile(msg, path=cursor.path, format=FORMAT, offset=0)
    cursor.position = 0
    fields = decode(cursor.take(min(cursor.size, 64))).split(",")
    if len(fields) < _LEAST_FIELDS:
        msg = "the header of the first frame is cut short"
        raise cursor.corrupt(msg, offset=0)
    try:
        size, chips, columns, rows = (int(fields[i]) for i in (2, 3, 4, 5))
    except ValueError as error:
        msg = f"the header should hold numbers: {error}"
        raise cursor.corrupt(msg, offset=0) from error
    if min(size, chips, columns, rows) <= 0:
        msg = f"{columns} columns and {rows} rows of {chips} chips behind {size} bytes cannot be"
        raise cursor.corrupt(msg, offset=0)
    cursor.position = 0
    fields = decode(cursor.take(size, "header of a frame")).replace("\0", "").split(",")
    kind = fields[6].strip()
    depth = int(number(fields[-2].strip()) or 0) if len(fields) > 1 else 0
    raw = None
    if kind == "R64":
        raw = RawLayout.of(cursor, (rows, columns), chips, fields[7].strip(), depth)
    elif kind not in TYPES:
        msg = f"pixels of type {kind}; known are {', '.join(TYPES)} and R64"
        raise UnsupportedFile(msg, path=cursor.path, format=FORMAT, offset=0)
    words = tuple(field.strip() for field in fields)
    return Header(words, size, chips, columns, rows, kind, depth, raw)


def _notes(path: Path) -> dict[str, str]:
    """Return the text beside by its keys."""
    place = path.with_suffix(".hdr")
    if not place.is_file() or place.stat().st_size > _LONGEST_NOTES:
        return {}
    rows = (line.partition("\t") for line in decode(place.read_bytes()).splitlines())
    return {key.strip().rstrip(":,"): value.strip() for key, sign, value in rows if sign}


def _scan(notes: dict[str, str]) -> tuple[int, int] | None:
    """Return lines and frames to a line, from numbers of frames and frames to a trigger."""
    known = {key.partition(" (")[0]: number(value) for key, value in notes.items()}
    total, line = (int(known.get(k) or 0) for k in ("Frames in Acquisition", "Frames per Trigger"))
    if line > 1 and total > line and not total % line:
        return total // line, line
    return None


def _experiment(header: Header, notes: dict[str, str]) -> dict[str, Any]:
    exposure = number(header.fields[10]) if len(header.fields) > 10 else None
    found: dict[str, Any] = {
        "detector": "Merlin",
        "single_exposure_time": exposure,
        "exposure_time": exposure,
        "start_date_time": header.fields[9].strip() if len(header.fields) > 9 else "",
        "counter_depth": header.depth,
        "thresholds": notes.get("Thresholds (keV)"),
    }
    return {key: value for key, value in found.items() if value not in (None, "", 0)}
