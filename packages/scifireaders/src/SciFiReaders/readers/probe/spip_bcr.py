"""BCR-STM files of SPIP and others (``.bcr``, ``.bcrf``) as Datasets.

============== ========== ==============================================================
place          type       meaning
============== ========== ==============================================================
0              text       ``fileformat = bcrstm`` or ``bcrf``, with ``_unicode`` where it
                          is UTF-16; then ``key = value`` lines
headersize     i16        numbers of ``bcrstm`` [row][column]; in characters, 2048 where
                          it is not said
..             f32        those of ``bcrf``
============== ========== ==============================================================

Keys used: ``xpixels``, ``ypixels``, ``xlength``, ``ylength``, ``xunit``, ``yunit``, ``zunit``
(nm where they are missing, says the description), ``xoffset``, ``yoffset``, ``bit2nm`` (what
one count is worth), ``intelmode`` (1 little-endian, 0 big-endian), ``voidpixels`` (number of
pixels without a value: 32767, or above 1.7e38), ``bias`` (V), ``current`` (nA).  Not yet
understood: which line is the top; the first is taken.

Source: Image Metrology, SPIP Reference Guide, "BCR-STM File Format".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import dataset
from SciFiReaders.text import decode, decode_utf16, until_nul
from SciFiReaders.values import number, typed
from sidpy.errors import UnrecognisedFile

from .calibrated import calibrated, frame, known

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["Image", "parse_bcr", "read_bcr", "sniff"]

FORMAT: Final = "spip.bcr"

# --- layout ---------------------------------------------------------------------------

_FIRST: Final = re.compile(r"\ufeff?\s*fileformat\s*=\s*(bcrstm|bcrf)(_unicode)?", re.IGNORECASE)
#: Characters of a header that does not say its size.
HEADER: Final = 2048
LONGEST_HEADER: Final = 1 << 22
NUMBERS: Final = {"bcrstm": "i2", "bcrf": "f4"}
#: Values of pixels that have none: from here on.
VOID: Final = {"bcrstm": 32767, "bcrf": 1.7e38}

# --- parse ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Image:
    """What a file holds, its numbers left in the file."""

    path: str | PathLike[str]
    kind: str
    values: dict[str, Any]
    """By keys in lower case."""
    offset: int
    shape: tuple[int, int]
    dtype: np.dtype


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether the first line names the format, in either kind of characters."""
    found = _FIRST.match(_characters(probe.head[:256]))
    return (1.0, "it says its format") if found else (0.0, "no fileformat = bcr...")


def _characters(raw: bytes) -> str:
    wide = raw[:2] in {b"\xff\xfe", b"f\0"} or raw[1:2] == b"\0"
    return decode_utf16(raw[: len(raw) // 2 * 2]) if wide else decode(raw)


def parse_bcr(path: str | PathLike[str]) -> Image:
    """Read everything of a file but its numbers.

    Raises
    ------
    UnrecognisedFile
        When the first line does not name the format.
    CorruptFile
        When the number of pixels is missing or greater than what follows.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        head = cursor.take(min(cursor.size, 256))
        first = _FIRST.match(_characters(head))
        if first is None:
            msg = "not a BCR file: its first line is not fileformat = bcrstm or bcrf"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        width = 2 if head[1:2] == b"\0" or head[:2] == b"\xff\xfe" else 1
        values = _header(cursor, HEADER * width)
        size = values.get("headersize", HEADER)
        if not isinstance(size, int) or not 0 < size <= LONGEST_HEADER:
            msg = f"headersize should be a positive number, found {size!r}"
            raise cursor.corrupt(msg, offset=0)
        if size > HEADER:
            values = _header(cursor, size * width)
        kind = first[1].lower()
        order = ">" if values.get("intelmode", 1) == 0 else "<"
        dtype = np.dtype(order + NUMBERS[kind])
        shape = _shape(cursor, values)
        cursor.position = size * width
        cursor.skip(shape[0] * shape[1] * dtype.itemsize, f"image of {shape} pixels")
    return Image(path, kind, values, size * width, shape, dtype)


def _header(cursor: Cursor, length: int) -> dict[str, Any]:
    cursor.position = 0
    text = until_nul(_characters(cursor.take(min(length, cursor.size), "header")))
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {key.strip(" \ufeff").lower(): typed(value.strip()) for key, _, value in pairs}


def _shape(cursor: Cursor, values: dict[str, Any]) -> tuple[int, int]:
    sizes = [values.get(key) for key in ("ypixels", "xpixels")]
    if not all(isinstance(n, int) and n > 0 for n in sizes):
        msg = f"ypixels and xpixels should be positive numbers, found {sizes}"
        raise cursor.corrupt(msg, offset=0)
    return sizes[0], sizes[1]  # type: ignore[return-value]  # checked above


# --- label ----------------------------------------------------------------------------


def read_bcr(path: str | PathLike[str]) -> list[Dataset]:
    """Read a file: one image [y, x]; pixels without a value are NaN.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        See `parse_bcr`.
    """
    import dask.array as da

    from sidpy import FileArray

    image = parse_bcr(path)
    values = image.values
    source = FileArray(image.path, image.dtype, image.shape, offset=image.offset)
    factor = number(values.get("bit2nm"))
    array = calibrated(source, 1.0 if factor is None else factor)
    if number(values.get("voidpixels")):
        counts = calibrated(source)
        array = da.where(counts >= VOID[image.kind], np.nan, array)
    height, width = (number(values.get(key)) for key in ("ylength", "xlength"))
    own, units = (str(values.get(key, "nm")).strip() for key in ("yunit", "xunit"))
    y0, x0 = (number(values.get(key)) or 0.0 for key in ("yoffset", "xoffset"))
    centre = (y0 + (height or 0) / 2, x0 + (width or 0) / 2)
    axes = frame(image.shape, (height if own == units else None, width), units, centre=centre)
    label = str(values.get("zlabel", "")).strip()
    current = number(values.get("current"))
    experiment = {
        "bias": number(values.get("bias")),
        # nA in the file
        "current": None if current is None else current * 1e-9,
        "start_date_time": str(values.get("starttime", "")),
        "comment": str(values.get("comment", "")),
    }
    found = dataset(
        array,
        axes,
        title=label or Path(path).stem,
        data_type="IMAGE",
        units=str(values.get("zunit", "nm")).strip(),
        quantity=label or "Height",
        source="SciFiReaders.spip_bcr",
        metadata={"experiment": known(experiment)},
        original_metadata=values,
    )
    return [found]
