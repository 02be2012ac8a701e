"""What WSxM files hold: images, curves, spectroscopy images, movies.

========================= ==============================================================
kind                      numbers behind its header (little-endian)
========================= ==============================================================
image                     [row][column] of ``Image Data Type``; the last pixel first
curves after an image     the image, then per curve a header and (x, y) pairs as f64,
                          line after line
curve file                pairs as f64, or text: a column per line, or pairs of columns
spectroscopy image        the topography, then an image per value of the ramp
movie                     an image per frame
ASCII Matrix              text, a line per row, the last pixel first
========================= ==============================================================

Types: ``short`` i16 (also where none is named), ``simple`` or ``float`` f32, ``double``
f64.  Counts of an image are scaled so that its range is ``Z Amplitude``; floating point
numbers are values already, in the units of ``Z Amplitude`` or ``Spectroscopy Amplitude``.

Source: see `wsxm_header`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from sidpy.errors import CorruptFile, UnrecognisedFile, UnsupportedFile

from .wsxm_header import Header, header_at

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["FORMAT", "MAGIC", "Curve", "Wsxm", "parse_wsxm"]

FORMAT: Final = "wsxm"

# --- layout ---------------------------------------------------------------------------

MAGIC: Final = b"WSxM file copyright"
TYPES: Final = {"short": "<i2", "": "<i2", "simple": "<f4", "float": "<f4", "double": "<f8"}
#: Text is read as a whole.
LONGEST_TEXT: Final = 1 << 26
_LINE: Final = re.compile(r"number of points \d+", re.IGNORECASE)

# --- parse ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve of a file, in one or more lines."""

    header: Header
    lines: tuple[tuple[int, int], ...]
    """Where the pairs of each line begin, in bytes, and how many there are."""
    table: np.ndarray | None
    """The pairs [point, 2] of all lines, where they are text."""


@dataclass(frozen=True, slots=True)
class Wsxm:
    """What a file holds, its numbers left in the file."""

    path: str | PathLike[str]
    header: Header
    dtype: np.dtype
    shape: tuple[int, int]
    """Rows and columns of the image; zeros where there is none."""
    layers: int
    """Points of the ramp, or frames."""
    curves: tuple[Curve, ...]
    table: np.ndarray | None
    """The image, where it is text."""

    @property
    def is_movie(self) -> bool:
        """Whether the layers are frames."""
        return bool(self.header.count("number of frames"))

    @property
    def plane(self) -> int:
        """Bytes of one image."""
        return self.shape[0] * self.shape[1] * self.dtype.itemsize


def parse_wsxm(path: str | PathLike[str]) -> Wsxm:
    """Read everything of a file but its pixels.

    Raises
    ------
    UnrecognisedFile
        When the file does not begin as one of WSxM does.
    UnsupportedFile
        For types of numbers and kinds of files that are not known.
    CorruptFile
        When a header has no end or announces more than there is.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size < len(MAGIC) or cursor.take(len(MAGIC)) != MAGIC:
            msg = f"not a WSxM file: it does not begin with {MAGIC.decode()!r}"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        cursor.position = 0
        head = cursor.take(min(cursor.size, 512)).decode("latin-1")
        if "ASCII" in head:
            return _matrix(cursor, head)
        header = header_at(cursor, 0)
        if header is None:
            msg = "the header has no end ([Header end])"
            raise cursor.corrupt(msg)
        return _binary(cursor, header)


def _binary(cursor: Cursor, header: Header) -> Wsxm:
    word = header.text("image data type").lower()
    if word not in TYPES:
        msg = f"numbers of type {word!r} are not supported"
        raise UnsupportedFile(msg, path=cursor.path, format=FORMAT)
    dtype, path = np.dtype(TYPES[word]), cursor.path or ""
    shape = (header.count("number of rows"), header.count("number of columns"))
    if not all(shape):
        first = _curve(cursor, header)
        return Wsxm(path, header, dtype, (0, 0), 0, (first, *_curves(cursor)), None)
    movie, ramp = header.count("number of frames"), header.count("number of points per ramp")
    images = movie or 1 + ramp
    cursor.position = header.end
    cursor.skip(images * shape[0] * shape[1] * dtype.itemsize, f"{images} images of {shape}")
    return Wsxm(path, header, dtype, shape, movie or ramp, _curves(cursor), None)


def _curves(cursor: Cursor) -> tuple[Curve, ...]:
    """Read the curves from here to the end of the file."""
    found: list[Curve] = []
    while cursor.left > len("[Header end]"):
        begin = cursor.position
        header = header_at(cursor, begin)
        if header is None:
            break
        found.append(_curve(cursor, header))
    return tuple(found)


def _curve(cursor: Cursor, header: Header) -> Curve:
    """Read a curve whose numbers begin at the end of its header, and go behind them."""
    counts = [
        int(value)
        for label, value in header.section("Number of Points").items()
        if _LINE.fullmatch(label) and value.isdecimal() and len(value) < 10
    ]
    each, lines = header.count("number of points"), header.count("number of lines")
    if not counts:
        cursor.position = header.end
        counts = [each] * cursor.fits(lines, 1, "lines of a curve")
    cursor.position = header.end
    if 16 * sum(counts) <= cursor.left and not _is_text(cursor, header.end):
        places = header.end + 16 * np.cumsum([0, *counts])
        cursor.position = int(places[-1])
        return Curve(header, tuple(zip(places[:-1].tolist(), counts, strict=True)), None)
    table = _pairs(cursor, header, counts)
    cursor.position = cursor.size
    starts = np.cumsum([0, *counts])[:-1].tolist()
    return Curve(header, tuple(zip(starts, counts, strict=True)), table)


def _is_text(cursor: Cursor, place: int) -> bool:
    cursor.position = place
    head = cursor.take(min(cursor.left, 256))
    return bool(head) and not head.translate(None, b"0123456789+-.eEnaif, \t\r\n")


def _pairs(cursor: Cursor, header: Header, counts: list[int]) -> np.ndarray:
    """Read pairs that are text: [point, 2], line after line."""
    table = _numbers(cursor, header.end)
    rows, columns = table.shape
    if columns == 2 * len(counts):
        parts = [table[:n, 2 * i : 2 * i + 2] for i, n in enumerate(counts)]
    elif columns == len(counts) + 1:
        parts = [table[:n, [0, i + 1]] for i, n in enumerate(counts)]
    else:
        parts = [table[:, :2]]
    found = np.concatenate(parts)
    if rows < max(counts, default=0) or len(found) < sum(counts) or columns < 2:
        msg = f"{counts} points are announced, but there are {rows} rows of {columns} columns"
        raise cursor.corrupt(msg)
    return found


def _numbers(cursor: Cursor, place: int) -> np.ndarray:
    cursor.position = place
    if cursor.left > LONGEST_TEXT:
        msg = f"{cursor.left} bytes of text cannot be"
        raise cursor.corrupt(msg)
    text = cursor.take(cursor.left).decode("latin-1")
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        msg = "there are no numbers behind the header; the file is cut short"
        raise cursor.corrupt(msg)
    try:
        return np.loadtxt(lines, comments=None, ndmin=2)
    except ValueError as error:
        msg = f"there is something else among the numbers: {error}"
        raise CorruptFile(msg, path=cursor.path, format=FORMAT, offset=place) from error


def _matrix(cursor: Cursor, head: str) -> Wsxm:
    """Read an image that was exported as text."""
    lines = head.splitlines()
    if not any("ASCII Matrix" in line for line in lines[:3]):
        msg = f"files of the kind {lines[1:2]} are not supported"
        raise UnsupportedFile(msg, path=cursor.path, format=FORMAT)
    named = [line for line in lines if ":" in line]
    values = {}
    for line in named:
        label, _, value = line.partition(":")
        values[f"{label.strip()} []"] = value.strip()
    last = named[-1] if named else lines[1]
    place = len(head[: head.rindex(last)].encode("latin-1")) + len(last)
    table = _numbers(cursor, place)
    header = Header("WSxM ASCII Matrix file", values, place)
    rows, columns = table.shape
    return Wsxm(cursor.path or "", header, table.dtype, (rows, columns), 0, (), table)
