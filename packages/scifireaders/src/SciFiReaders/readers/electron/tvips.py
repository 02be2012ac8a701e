"""Series of TVIPS cameras (``_000.tvips``): frames behind headers, in several files.

========== ========== ==============================================================
bytes      type       meaning
========== ========== ==============================================================
0          u32        256, bytes of the file header
4          u32        version: 1 or 2
8, 12      u32        columns, rows
16         u32        bits of a pixel: 8, 16 or 32 unsigned; -32 float
20, 24     u32        offset of the camera's area, x, y
28, 32     u32        binning, x, y
36         u32        edge of a pixel of a pattern, 1/nm
40         u32        high tension, kV
44         u32        magnification, or camera length in mm
48         u32        bytes of the header of a frame
frame      u32        its number, then u32 time, s since 1970, u32 ms; then the pixels
========== ========== ==============================================================

A series goes on in ``_001.tvips``, ``_002.tvips``, ..., which have no file header.

Source: public descriptions of the TVIPS format; decoded from files of the RosettaSciIO
collection, whose reader takes the edge of a pixel for 1/nm.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import lazy
from SciFiReaders.strided import StridedArray
from sidpy.errors import UnrecognisedFile, UnsupportedFile

from .pixelated import Frames, label_frames

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_tvips"]

FORMAT: Final = "tvips"
HEADER_SIZE: Final = 256
#: Type of a pixel by its bits.
TYPES: Final = {8: "u1", 16: "u2", 32: "u4", 0xFFFFFFE0: "f4"}
_NAMES: Final = (
    *("version", "columns", "rows", "bits", "offset x", "offset y", "binning x", "binning y"),
    *("pixel size", "high tension (kV)", "magnification", "frame header"),
)
_LEAST: Final = 12


def read_tvips(path: str | PathLike[str]) -> list[Dataset]:
    """Read a series with the files that continue it.

    Parameters
    ----------
    path : path-like
        The first file, ``..._000.tvips``.

    Returns
    -------
    list of Dataset
        One, [frame, v, u]; lazy.

    Raises
    ------
    UnrecognisedFile, UnsupportedFile, CorruptFile
        When it is no such file, of a type no source describes, or cut short.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size < HEADER_SIZE or cursor.u4() != HEADER_SIZE:
            msg = "not the first file of a TVIPS series: it does not begin with 256"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        known = dict(zip(_NAMES, cursor.unpack("12I"), strict=True))
        frames = _frames(cursor, path, known)
    parts = [frames, *_continued(frames)]
    return [_joined(parts)]


def _frames(cursor: Cursor, path: str | PathLike[str], known: dict[str, Any]) -> Frames:
    rows, columns, header = known["rows"], known["columns"], known["frame header"]
    if known["version"] not in (1, 2) or known["bits"] not in TYPES:
        msg = f"version {known['version']} with pixels of {known['bits']} bits is not described"
        raise UnsupportedFile(msg, path=path, format=FORMAT, offset=4)
    dtype = np.dtype(TYPES[known["bits"]]).newbyteorder("<")
    stride = header + rows * columns * dtype.itemsize
    if not rows or not columns or header < _LEAST or cursor.size < HEADER_SIZE + stride:
        msg = f"not one frame of {rows} x {columns} behind {header} bytes is there"
        raise cursor.corrupt(msg, offset=8)
    volts = known["high tension (kV)"] * 1e3
    times = _times(path, HEADER_SIZE, stride, (cursor.size - HEADER_SIZE) // stride)
    experiment = {"acceleration_voltage": volts, "magnification": known["magnification"]}
    if 0 < times[0] < 1e11:
        experiment["start_date_time"] = datetime.fromtimestamp(times[0], UTC).isoformat()
    return Frames(
        path=path,
        dtype=dtype,
        count=(cursor.size - HEADER_SIZE) // stride,
        rows=rows,
        columns=columns,
        offset=HEADER_SIZE + header,
        stride=stride,
        row_stride=columns * dtype.itemsize,
        times=times,
        pixel=(float(known["pixel size"]), "1/nm") if known["pixel size"] else None,
        experiment={key: value for key, value in experiment.items() if value},
        original=known,
    )


def _times(path: str | PathLike[str], offset: int, stride: int, count: int) -> np.ndarray:
    """Return when frames were taken, s since 1970."""
    words = StridedArray(path, "<u4", (count, 3), offset, (stride, 4))[...].astype("f8")
    return words[:, 1] + words[:, 2] / 1e3


def _continued(first: Frames) -> list[Frames]:
    """Return the frames of the files that go on, in order, until one is missing."""
    match = re.fullmatch(r"(.*_)(\d+)(\.tvips)", Path(first.path).name, re.IGNORECASE)
    found: list[Frames] = []
    while match:
        number = f"{int(match[2]) + len(found) + 1:0{len(match[2])}}"
        place = Path(first.path).with_name(f"{match[1]}{number}{match[3]}")
        if not place.is_file():
            break
        count = place.stat().st_size // first.stride
        if not count:
            break
        header = first.offset - HEADER_SIZE
        times = _times(place, 0, first.stride, count)
        found.append(replace(first, path=place, count=count, offset=header, times=times))
    return found


def _joined(parts: list[Frames]) -> Dataset:
    """Return the series of all files."""
    import dask.array as da

    first = parts[0]
    times = np.concatenate([part.times for part in parts if part.times is not None])
    # cameras that do not know the time write the same one
    known = len(times) > 1 and bool((np.diff(times) > 0).all())
    stacks = []
    for part in parts:
        strides = (part.stride, part.row_stride, part.dtype.itemsize)
        shape = (part.count, part.rows, part.columns)
        stacks.append(lazy(StridedArray(part.path, part.dtype, shape, part.offset, strides)))
    array = da.concatenate(stacks) if len(stacks) > 1 else stacks[0]
    return label_frames(
        replace(first, times=times if known else None),
        title=Path(first.path).stem.rpartition("_")[0],
        source="SciFiReaders.tvips",
        array=array if len(times) > 1 else array[0],
    )
