"""Pictures of Semper (``.unf``): Fortran records, one of them per row.

Every record has its size in bytes as u32 before and behind it; in either byte order:

========== ============= ===============================================================
record     type          meaning
========== ============= ===============================================================
first      6 x i16       columns, rows, layers, class, form, 10000 * version + 1000 *
                         (label follows) + letters of a title
title      bytes         where there are such letters
label      256 x i16     one byte each, see below
rows       by form       0 i8, 1 i16, 2 f32, 3 complex of f32, 4 i32; layer by layer
========== ============= ===============================================================

In the label: 0 ``Semper``; 22 year - 1900, month, day, hour, minute, second; f32 at 75, 83
and 91: steps along x, y, z; at 79, 87 and 95: where they begin; 99 letters of a title from
100 on; 244, 248, 252 units of four letters.

Source: Semper 6 Plus, "Picture disc format" and the verb OUTPUT; the label decoded from files.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import LENGTHS, Axis, dataset, lazy
from SciFiReaders.strided import StridedArray
from SciFiReaders.text import decode, until_nul
from SciFiReaders.values import number
from sidpy.errors import UnrecognisedFile, UnsupportedFile

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["FORMS", "read_unf"]

FORMAT: Final = "semper.unf"
#: Type of a number by its form.
FORMS: Final = {0: "i1", 1: "i2", 2: "f4", 3: "c8", 4: "i4"}
#: What a picture is, by its class.
CLASSES: Final = {
    1: "image",
    2: "macro",
    3: "Fourier transform",
    4: "spectrum",
    5: "correlation",
    6: "undefined",
    7: "Walsh transform",
    8: "position list",
    9: "histogram",
    10: "display look-up table",
}
FIRST: Final = 12
LABEL: Final = 512


@dataclass(frozen=True)
class Picture:
    """The numbers, left in the file, and what the label says."""

    array: StridedArray
    along: tuple[int, ...]
    """Which of x, y and z (0, 1, 2) the axes are."""
    kind: str
    title: str
    steps: tuple[float, ...]
    starts: tuple[float, ...]
    units: tuple[str, ...]
    date: str


def read_unf(path: str | PathLike[str]) -> list[Dataset]:
    """Read a picture.

    Parameters
    ----------
    path : path-like
        The ``.unf`` file.

    Returns
    -------
    list of Dataset
        One: [x], [y, x] or [z, y, x].  Lazy, mapped.

    Raises
    ------
    UnrecognisedFile
        When it does not begin with a record of twelve bytes.
    UnsupportedFile
        For numbers of a form that is not described.
    CorruptFile
        When it is damaged or cut short.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        picture = _picture(cursor)
    array = lazy(picture.array)
    axes = []
    for size, i in zip(array.shape, picture.along, strict=True):
        name = "xyz"[i]
        step, start, units = picture.steps[i], picture.starts[i], picture.units[i]
        spatial = units in LENGTHS or not units
        values = start + np.arange(size) * (step or 1.0)
        axes.append(
            Axis(
                name,
                values,
                units,
                "distance" if units in LENGTHS else name,
                "SPATIAL" if spatial else "UNKNOWN",
            )
        )
    return [
        dataset(
            array,
            tuple(axes),
            title=picture.title or Path(path).stem,
            data_type={1: "LINE_PLOT", 2: "IMAGE", 3: "IMAGE_STACK"}[array.ndim],
            source="SciFiReaders.semper",
            quantity="intensity",
            metadata={"experiment": {"start_date_time": picture.date} if picture.date else {}},
            original_metadata={
                "class": picture.kind,
                "title": picture.title,
                "date": picture.date,
            },
        )
    ]


def _picture(cursor: Cursor) -> Picture:
    raw = cursor.take(min(4, cursor.size))
    orders = {FIRST.to_bytes(4, "little"): "<", FIRST.to_bytes(4, "big"): ">"}
    if raw not in orders:
        msg = "not a file of Semper: it does not begin with a record of 12 bytes"
        raise UnrecognisedFile(msg, path=cursor.path, format=FORMAT, offset=0)
    cursor.order, cursor.position = orders[raw], 0
    columns, rows, layers, kind, form, flag = Cursor(
        _record(cursor, FIRST), format=FORMAT, order=cursor.order
    ).unpack("6h")
    if form not in FORMS:
        msg = f"numbers of form {form}; known are {sorted(FORMS)}"
        raise UnsupportedFile(msg, path=cursor.path, format=FORMAT, offset=12)
    if min(columns, rows, layers) < 1 or flag < 0:
        msg_0 = f"{columns} x {rows} x {layers} numbers cannot be"
        raise cursor.corrupt(msg_0, offset=4)
    title = until_nul(decode(_record(cursor))) if flag % 1000 else ""
    label = b""
    if flag // 1000 % 10:
        words = np.frombuffer(_record(cursor, LABEL), f"{cursor.order}i2")
        label = (words & 0xFF).astype("u1").tobytes()
    array = _rows(cursor, (layers, rows, columns), np.dtype(FORMS[form]))
    along = tuple(i for i, n in ((2, layers), (1, rows), (0, columns)) if n > 1 or not i)
    name = CLASSES.get(kind, str(kind))
    return Picture(array, along, name, *_label(label, title, cursor.order))


def _record(cursor: Cursor, size: int | None = None) -> bytes:
    """Return the next record; its size stands before and behind it."""
    begin = cursor.position
    length = cursor.u4()
    raw = cursor.take(length, "record")
    if cursor.u4() != length or size not in (None, length):
        msg = f"a record of {length} bytes does not end as one, or should have {size}"
        raise cursor.corrupt(msg, offset=begin)
    return raw


def _rows(cursor: Cursor, shape: tuple[int, int, int], dtype: np.dtype) -> StridedArray:
    """Return the rows, each of which is a record."""
    begin = cursor.position
    length = cursor.u4()
    if length < shape[2] * dtype.itemsize:
        msg = f"a row of {length} bytes cannot hold {shape[2]} numbers of {dtype.itemsize}"
        raise cursor.corrupt(msg, offset=begin)
    steps = (shape[1] * (length + 8), length + 8, dtype.itemsize)
    cursor.skip(shape[0] * steps[0] - 4, "rows")
    lean = [i for i in range(3) if shape[i] > 1 or i == 2]
    return StridedArray(
        cursor.path or "",
        dtype.newbyteorder(cursor.order),
        [shape[i] for i in lean],
        begin + 4,
        [steps[i] for i in lean],
    )


def _label(
    label: bytes, title: str, order: str
) -> tuple[str, tuple[float, ...], tuple[float, ...], tuple[str, ...], str]:
    if not label:
        return title, (1.0,) * 3, (0.0,) * 3, ("",) * 3, ""
    numbers = struct.unpack_from(f"{order}6f", label, 75)
    known = [number(value) or 0.0 for value in numbers]
    units = tuple(until_nul(decode(label[i : i + 4])).strip() for i in (244, 248, 252))
    inner = until_nul(decode(label[100 : 100 + label[99]])).strip()
    year, month, day, *time = label[22:28]
    date = f"{1900 + year}-{month:02}-{day:02}T{time[0]:02}:{time[1]:02}:{time[2]:02}"
    sound = 1 <= month <= 12 and 1 <= day <= 31
    return title or inner, tuple(known[::2]), tuple(known[1::2]), units, date if sound else ""
