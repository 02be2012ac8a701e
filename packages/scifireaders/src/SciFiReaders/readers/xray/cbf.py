"""Crystallographic binary files (``.cbf``), full and "mini" headers of pixel detectors.

A CIF whose values may be binary: behind ``--CIF-BINARY-FORMAT-SECTION--`` words like those
of a mail, a blank line, the bytes 0C 1A 04 D5, and the numbers.

========================================= ============================================
word                                      meaning
========================================= ============================================
``conversions``                           x-CBF_BYTE_OFFSET, or none of it: as they are
``X-Binary-Size``                         bytes
``X-Binary-Element-Type``                 "signed 32-bit integer", ...
``X-Binary-Element-Byte-Order``           LITTLE_ENDIAN, BIG_ENDIAN
``X-Binary-Size-Fastest-Dimension``       columns; then Second (rows) and Third (planes)
========================================= ============================================

Byte offsets: each number is the one before plus a signed byte; -128 says that two bytes
follow instead, -32768 in them that four do, -2^31 in them that eight do.

A header of Dectris has lines ``# Pixel_size 172e-6 m x 172e-6 m`` and the like.

Source: H. J. Bernstein, A. P. Hammersley, "Specification of the Crystallographic Binary
File", International Tables for Crystallography G, 2.3, doi:10.1107/97809553602060000729.
Not yet understood: packed and canonical compression; they are refused.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy, pixel_centres
from SciFiReaders.strided import StridedArray
from SciFiReaders.text import decode
from SciFiReaders.values import number
from sidpy.errors import CorruptFile, UnrecognisedFile, UnsupportedFile

from .scans import ANGSTROM

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["ByteOffsets", "byte_offsets", "read_cbf"]

FORMAT: Final = "cbf"
MAGIC: Final = b"###CBF"
_SECTION: Final = b"--CIF-BINARY-FORMAT-SECTION--"
_BEGIN: Final = b"\x0c\x1a\x04\xd5"
_LONGEST_WORDS: Final = 1 << 16
#: Numbers of the largest image that is unpacked.
_MOST_NUMBERS: Final = 1 << 25
_ELEMENT: Final = re.compile(r"(un)?signed (8|16|32|64)-bit (integer|real)", re.IGNORECASE)
_WORD: Final = re.compile(r"^([\w-]+):\s*(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_SIZES: Final = ("Third", "Second", "Fastest")
_NUMBER: Final = r"([-+.\deE]+)"
#: Key, line of Dectris' header, factor.
_LINES: Final = (
    ("wavelength", rf"# Wavelength\s+{_NUMBER} A", ANGSTROM),
    ("exposure_time", rf"# Exposure_time\s+{_NUMBER} s", 1.0),
    ("camera_length", rf"# Detector_distance\s+{_NUMBER} m", 1.0),
    ("exposure_period", rf"# Exposure_period\s+{_NUMBER} s", 1.0),
)


def byte_offsets(raw: bytes, count: int) -> np.ndarray:
    """Return the numbers that byte offsets tell.

    Parameters
    ----------
    raw : bytes
        As stored.
    count : int
        How many numbers there are.

    Returns
    -------
    ndarray of int64 of shape (count,)

    Raises
    ------
    ValueError
        When there are fewer.

    Notes
    -----
    Whether a byte -128 announces wide offsets depends on those before it, which may have
    it among their bytes: each candidate knows the first one it does not cover, and that
    chain is followed by doubling.  O(n log n), no loop over numbers.

    Examples
    --------
    >>> byte_offsets(bytes([1, 2, 0x80, 0x80, 0x00, 0xFF]), 4).tolist()
    [1, 3, 131, 130]
    """
    data = np.frombuffer(raw, np.uint8)
    marks = np.flatnonzero(data == 0x80)
    starts = np.ones(data.size, bool)
    # room for the widest offset behind the last byte
    padded = np.concatenate([data, np.zeros(16, np.uint8)])
    wide = _at(padded, marks + 1, "<i2")
    lengths = np.full(marks.size, 3)
    four = np.flatnonzero(wide == -(2**15))
    wide[four] = _at(padded, marks[four] + 3, "<i4")
    lengths[four] = 7
    eight = four[wide[four] == -(2**31)]
    wide[eight] = _at(padded, marks[eight] + 7, "<i8")
    lengths[eight] = 15
    chosen = _chain(np.searchsorted(marks, marks + lengths), marks.size)
    for length in (3, 7, 15):
        some = marks[chosen[lengths[chosen] == length]]
        for behind in range(1, length):
            covered = some + behind
            starts[covered[covered < data.size]] = False
    steps = data.view(np.int8).astype(np.int64)
    steps[marks[chosen]] = wide[chosen]
    steps = steps[starts]
    cut = chosen.size and marks[chosen[-1]] + lengths[chosen[-1]] > data.size
    if steps.size - bool(cut) < count:
        msg = f"{steps.size - bool(cut)} of {count} numbers are there"
        raise ValueError(msg)
    return np.cumsum(steps[:count])


def _at(data: np.ndarray, places: np.ndarray, dtype: str) -> np.ndarray:
    """Return the numbers of a type that begin at places, as int64."""
    width = np.dtype(dtype).itemsize
    rows = data[places[:, None] + np.arange(width)]
    return np.ascontiguousarray(rows).view(dtype)[:, 0].astype(np.int64)


def _chain(following: np.ndarray, count: int) -> np.ndarray:
    """Return what is met on the way from 0, each number saying which comes after it."""
    if not count:
        return np.empty(0, np.int64)
    jump = np.append(following, count)  # the end leads to itself
    met = np.zeros(1, np.int64)
    while met[-1] < count and (last := jump[met])[0] < count:
        met = np.concatenate([met, last])
        jump = jump[jump]
    return met[met < count]


class ByteOffsets:
    """An image behind byte offsets, unpacked whole when any of it is computed."""

    __slots__ = ("dtype", "offset", "path", "shape", "size")

    def __init__(
        self, path: str | PathLike[str], dtype: str, shape: tuple[int, ...], offset: int, size: int
    ) -> None:
        self.path, self.dtype, self.shape = str(Path(path).resolve()), np.dtype(dtype), shape
        self.offset, self.size = offset, size

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        status = Path(self.path).stat()
        written = (status.st_mtime_ns, status.st_size)
        return (self.path, *written, self.dtype.str, self.shape, self.offset, self.size)

    def __getitem__(self, index: Any) -> np.ndarray:
        with open_cursor(self.path, format=FORMAT) as cursor:
            cursor.position = self.offset
            raw = cursor.take(self.size, "image")
        try:
            values = byte_offsets(raw, math.prod(self.shape))
        except ValueError as error:
            msg = f"the image is cut short: {error}"
            raise CorruptFile(msg, path=self.path, format=FORMAT, offset=self.offset) from error
        return values.astype(self.dtype).reshape(self.shape)[index]


# --- parse ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Section:
    """One binary section."""

    words: dict[str, str]
    array: Any


def _sections(path: str | PathLike[str]) -> tuple[str, list[Section]]:
    """Return the text of the first header and all binary sections."""
    found: list[Section] = []
    with open_cursor(path, format=FORMAT) as cursor:
        magic = cursor.take(min(cursor.size, len(MAGIC)))
        if magic != MAGIC:
            msg = "not a crystallographic binary file: it does not begin with ###CBF"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        cursor.position, header = 0, ""
        while cursor.left:
            start = cursor.position
            raw = cursor.take(min(cursor.left, 4 * _LONGEST_WORDS))
            place = raw.find(_SECTION)
            begin = raw.find(_BEGIN, place)
            if place < 0 or begin < 0 or raw[place + len(_SECTION) :].startswith(b"--"):
                break
            header = header or decode(raw[:place])
            words = {
                match[1]: " ".join(match[2].split())
                for match in _WORD.finditer(decode(raw[place:begin]).replace("\r\n", "\n"))
            }
            offset = start + begin + len(_BEGIN)
            size = int(number(words.get("X-Binary-Size")) or 0)
            if not 0 < size <= cursor.size - offset:
                msg = f"a section of {size} bytes, of which {cursor.size - offset} are there"
                raise cursor.corrupt(msg, offset=offset)
            found.append(Section(words, _array(path, words, offset, size)))
            cursor.position = offset + size
            ending = cursor.take(min(cursor.left, _LONGEST_WORDS)).find(_SECTION + b"--")
            if ending < 0:
                break
            cursor.position = offset + size + ending + len(_SECTION) + 2
    return header, found


def _array(path: str | PathLike[str], words: dict[str, str], offset: int, size: int) -> Any:
    match = _ELEMENT.search(words.get("X-Binary-Element-Type", ""))
    encoding = words.get("Content-Transfer-Encoding", "BINARY").upper()
    if match is None or encoding != "BINARY":
        msg = f"numbers of {words.get('X-Binary-Element-Type')!r} encoded as {encoding!r}"
        raise UnsupportedFile(msg, path=path, format=FORMAT, offset=offset)
    order = ">" if words.get("X-Binary-Element-Byte-Order", "").startswith("BIG") else "<"
    letter = "f" if match[3].lower() == "real" else "u" if match[1] else "i"
    dtype = f"{order}{letter}{int(match[2]) // 8}"
    told = [number(words.get(f"X-Binary-Size-{word}-Dimension")) or 1 for word in _SIZES]
    shape = tuple(int(one) for one in told)
    shape = shape[1:] if shape[0] == 1 else shape
    count = math.prod(shape)
    packing = words.get("Content-Type", "").lower()
    # a number takes a byte at least
    least = size if "x-cbf_byte_offset" in packing else size // np.dtype(dtype).itemsize
    if min(shape) < 1 or count > least or count > _MOST_NUMBERS:
        msg = f"an image of the shape {shape} cannot be in {size} bytes"
        raise CorruptFile(msg, path=path, format=FORMAT, offset=offset)
    if "x-cbf_byte_offset" in packing:
        return ByteOffsets(path, dtype.replace(">", "<"), shape, offset, size)
    if "x-cbf" in packing:
        msg = f"the compression {packing!r}; known is x-CBF_BYTE_OFFSET"
        raise UnsupportedFile(msg, path=path, format=FORMAT, offset=offset)
    strides = [np.dtype(dtype).itemsize]
    for one in shape[:0:-1]:
        strides.insert(0, strides[0] * one)
    return StridedArray(path, dtype, shape, offset, strides)


# --- label ------------------------------------------------------------------------------


def read_cbf(path: str | PathLike[str]) -> list[Dataset]:
    """Read the images of a file.

    Parameters
    ----------
    path : path-like
        The ``.cbf`` file.

    Returns
    -------
    list of Dataset
        One per binary section, [y, x]; unpacked when computed.

    Raises
    ------
    UnrecognisedFile
        When it does not begin with ``###CBF``.
    CorruptFile, UnsupportedFile
        When it is damaged, holds no image, or is compressed in another way.
    """
    header, sections = _sections(path)
    if not sections:
        msg = "it holds no binary section; is it cut short?"
        raise CorruptFile(msg, path=path, format=FORMAT)
    title = Path(path).stem
    several = len(sections) > 1
    return [
        _label(f"{title} {i}" if several else title, header, section)
        for i, section in enumerate(sections)
    ]


def _label(title: str, header: str, section: Section) -> Dataset:
    shape = section.array.shape
    sizes = re.search(rf"# Pixel_size\s+{_NUMBER} m x {_NUMBER} m", header)
    steps = {"x": number(sizes[1]), "y": number(sizes[2])} if sizes else {}
    axes = []
    for name, size in zip("zyx"[-len(shape) :], shape, strict=True):
        step = steps.get(name)
        places = pixel_centres(size, step * size) if step else np.arange(size)
        quantity = "Length" if step else name
        axes.append(Axis(name, places, "m" if step else "", quantity, "SPATIAL"))
    known: dict[str, Any] = {}
    for key, pattern, factor in _LINES:
        match = re.search(pattern, header)
        value = number(match[1]) if match else None
        if value is not None:
            known[key] = value * factor
    detector = re.search(r"# Detector: (.*)", header)
    if detector:
        known["detector"] = detector[1].strip()
    return dataset(
        lazy(section.array),
        tuple(axes),
        title=title,
        data_type="IMAGE" if len(shape) == 2 else "IMAGE_STACK",
        units="counts" if section.array.dtype.kind in "iu" else "",
        quantity="intensity",
        source="SciFiReaders.cbf",
        metadata={"experiment": known},
        original_metadata={"header": header.splitlines(), **section.words},
    )
