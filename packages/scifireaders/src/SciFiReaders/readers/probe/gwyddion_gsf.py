"""Gwyddion simple fields (``.gsf``) as Datasets.

========== ==================== ===================================================
bytes      type                 meaning
========== ==================== ===================================================
0          text                 ``Gwyddion Simple Field 1.0`` and a line feed
..         text                 lines ``Key = value``, UTF-8
..         1 to 4 NUL           up to a multiple of 4
..         f32 little-endian    [y][x], the top row first
========== ==================== ===================================================

Keys: ``XRes``, ``YRes`` (pixels, must be there), ``XReal``, ``YReal`` (sizes, 1.0 when not
given), ``XOffset``, ``YOffset`` (of the top left corner, 0.0), ``XYUnits``, ``ZUnits`` (base
units), ``Title``; others are kept.  Pixel centres lie at half pixels.

Source: Gwyddion user guide, "Simple Field Files" (gwyddion.net).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy, pixel_centres
from SciFiReaders.text import decode
from SciFiReaders.values import base_units, typed
from sidpy.errors import UnrecognisedFile

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["MAGIC", "Field", "parse_gsf", "read_gsf"]

FORMAT: Final = "gwyddion.gsf"

# --- layout ---------------------------------------------------------------------------

MAGIC: Final = b"Gwyddion Simple Field 1."
DTYPE: Final = np.dtype("<f4")
ALIGNMENT: Final = 4

#: A header has some ten lines; one that is longer than this is no header.
LONGEST_HEADER: Final = 1 << 20

#: Keys of texts, which stay texts even when they look like numbers.
TEXTS: Final = frozenset({"Title", "XYUnits", "ZUnits"})

# --- parse ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    """What a simple field holds, its numbers left in the file."""

    path: str | PathLike[str]
    header: dict[str, Any]
    shape: tuple[int, int]
    offset: int

    def number(self, key: str, default: float) -> float:
        """Return a number of the header."""
        value = self.header.get(key, default)
        return float(value) if isinstance(value, int | float) else default


def parse_gsf(path: str | PathLike[str]) -> Field:
    """Read everything of a field but its numbers.

    Raises
    ------
    UnrecognisedFile
        When the first line is another.
    CorruptFile
        When the header has no end or claims more pixels than there are.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        raw = _header_bytes(cursor)
        header: dict[str, Any] = {}
        for line in decode(raw).splitlines()[1:]:
            key, equals, value = line.partition("=")
            if equals:
                name, word = key.strip(), value.strip()
                header[name] = word if name in TEXTS else typed(word)
        shape = _shape(cursor, header)
        # at least one NUL, so that a header of a whole multiple gets four
        offset = (len(raw) // ALIGNMENT + 1) * ALIGNMENT
        cursor.position = offset
        cursor.skip(math.prod(shape) * DTYPE.itemsize, f"field of {shape[1]} x {shape[0]} pixels")
    return Field(path, header, shape, offset)


def _header_bytes(cursor: Cursor) -> bytes:
    if cursor.size < len(MAGIC) or cursor.take(len(MAGIC)) != MAGIC:
        msg = f"not a Gwyddion simple field: it does not begin with {MAGIC.decode()!r}"
        raise UnrecognisedFile(msg, path=cursor.path, format=FORMAT, offset=0)
    raw = MAGIC
    while cursor.left and len(raw) < LONGEST_HEADER:
        piece, nul, _ = cursor.take(min(4096, cursor.left), "header").partition(b"\0")
        raw += piece
        if nul:
            return raw
    msg = "the header has no end (a NUL)"
    raise cursor.corrupt(msg)


def _shape(cursor: Cursor, header: dict[str, Any]) -> tuple[int, int]:
    shape = header.get("YRes"), header.get("XRes")
    if not all(isinstance(n, int) and n > 0 for n in shape):
        msg = f"YRes and XRes should be positive integers, found {shape}"
        raise cursor.corrupt(msg, offset=0)
    return shape  # type: ignore[return-value]


# --- label ----------------------------------------------------------------------------


def read_gsf(path: str | PathLike[str]) -> list[Dataset]:
    """Read a Gwyddion simple field: one image, row 0 at the top."""
    from sidpy import FileArray

    found = parse_gsf(path)
    rows, columns = found.shape
    units = base_units(str(found.header.get("XYUnits", "")))
    title = found.header.get("Title") or "Data"
    image = dataset(
        lazy(FileArray(path, DTYPE, found.shape, offset=found.offset)),
        (_axis(found, "y", rows, units), _axis(found, "x", columns, units)),
        title=title,
        quantity=title,
        data_type="IMAGE",
        units=base_units(str(found.header.get("ZUnits", ""))),
        source="SciFiReaders.GwyddionReader",
        original_metadata=found.header,
    )
    return [image]


def _axis(found: Field, name: str, pixels: int, units: str) -> Axis:
    letter = name.upper()
    length = found.number(f"{letter}Real", 1.0)
    if not (math.isfinite(length) and length > 0):
        return Axis.scanned(name, np.arange(pixels), "px")
    start = found.number(f"{letter}Offset", 0.0)
    return Axis.scanned(name, pixel_centres(pixels, length, start), units)
