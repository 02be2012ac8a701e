"""The structure of a TIFF file: its pages and their tags, no pixel read.

========== ========== ==============================================================
bytes      type       meaning
========== ========== ==============================================================
0          2 chars    ``II`` little-endian, ``MM`` big-endian
2          u16        42; 43 for BigTIFF, which then has u16 8 (size of an offset), u16 0
4 or 8     u32, u64   offset of the first directory, a page
directory  u16, u64   number of entries, then the entries
.. entry   u16        tag
..         u16        type, see `TYPES`
..         u32, u64   number of values
..         4, 8 bytes the values where they fit, else their offset
..         u32, u64   offset of the next directory, 0 at the end
========== ========== ==============================================================

Tag 330 leads to directories beside the chain; those of them that are no reduced copies
are pages, too.

Source: Adobe, "TIFF, Revision 6.0", 1992; "TIFF Technical Note 1" (330); the BigTIFF
proposal of 2004.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from struct import Struct
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.text import decode
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["MAGIC", "Page", "Tiff", "parse_tiff", "text_of", "without_copies"]

FORMAT: Final = "tiff"

#: How a file begins: byte order and version.
MAGIC: Final = {b"II*\0": ("<", 42), b"MM\0*": (">", 42), b"II+\0": ("<", 43), b"MM\0+": (">", 43)}

#: Type of a value by its number; 5 and 10 are fractions, 2 is text, 7 is anything.
TYPES: Final = {
    1: "u1", 2: "S1", 3: "u2", 4: "u4", 5: "u4", 6: "i1", 7: "V1", 8: "i2", 9: "i4", 10: "i4",
    11: "f4", 12: "f8", 13: "u4", 16: "u8", 17: "i8", 18: "u8",
}  # fmt: skip
_FRACTIONS: Final = (5, 10)
#: Bytes of the types whose single value is a whole number that lies in its entry.
_SINGLE: Final = {1: 1, 3: 2, 4: 4, 13: 4}
_MOST_PAGES: Final = 1 << 20
#: Values up to this many are Python numbers, more are an array.
_MOST_NUMBERS: Final = 64

#: Names of the tags that are shown with the metadata of a file.
NAMES: Final = {
    254: "NewSubfileType", 256: "ImageWidth", 257: "ImageLength", 258: "BitsPerSample",
    259: "Compression", 262: "PhotometricInterpretation", 266: "FillOrder", 269: "DocumentName",
    270: "ImageDescription", 271: "Make", 272: "Model", 274: "Orientation",
    277: "SamplesPerPixel", 282: "XResolution", 283: "YResolution", 284: "PlanarConfiguration",
    285: "PageName", 286: "XPosition", 287: "YPosition", 296: "ResolutionUnit",
    297: "PageNumber", 305: "Software", 306: "DateTime", 315: "Artist", 316: "HostComputer",
    317: "Predictor", 320: "ColorMap", 322: "TileWidth", 323: "TileLength", 338: "ExtraSamples",
    339: "SampleFormat", 33432: "Copyright",
}  # fmt: skip
#: Tags of the layout, which mean nothing to a reader of the metadata.
LAYOUT_TAGS: Final = frozenset({273, 278, 279, 324, 325, 330, 347, 512, 513, 514, 519, 520, 521})


@dataclass(frozen=True)
class Page:
    """One directory: the tags of one image.

    Attributes
    ----------
    offset : int
        Where the directory lies.
    tags : dict of int to values
        One number, a tuple of numbers, an array of many, text or bytes.
    """

    offset: int
    tags: dict[int, Any] = field(repr=False)

    def number(self, tag: int, default: int) -> int:
        """Return a tag as one whole number; the first, where there are several."""
        value = self.tags.get(tag, default)
        if type(value) is int:
            return value
        if isinstance(value, tuple | np.ndarray) and len(value):
            value = value[0]
        return int(value) if isinstance(value, int | np.integer) else default

    def numbers(self, tag: int) -> tuple[int, ...]:
        """Return a tag as whole numbers, none where it is absent."""
        value = self.tags.get(tag, ())
        if type(value) is int:
            return (value,)
        if isinstance(value, bytes):
            return tuple(value)
        value = (value,) if isinstance(value, float) else value
        return tuple(int(v) for v in value) if not isinstance(value, str) else ()

    def text(self, tag: int) -> str:
        """Return a tag as text, blank where it is absent."""
        return text_of(self.tags.get(tag, ""))

    @cached_property
    def is_reduced(self) -> bool:
        """Whether it is a smaller copy of another page."""
        return bool(self.number(254, 0) & 1) or self.number(255, 1) == 2

    def shown(self) -> dict[str, Any]:
        """Return the tags of the standard by their names, for the metadata."""
        return {
            NAMES[tag]: value.tolist() if isinstance(value, np.ndarray) else value
            for tag, value in self.tags.items()
            if tag in NAMES
        }


@dataclass(frozen=True)
class Tiff:
    """What a file holds, its pixels left there."""

    path: str | PathLike[str]
    order: str
    version: int
    size: int
    pages: tuple[Page, ...]

    def corrupt(self, message: str, page: Page) -> CorruptFile:
        """Build the error for something impossible in a page."""
        return CorruptFile(message, path=self.path, format=FORMAT, offset=page.offset)


def text_of(value: Any) -> str:
    r"""Return text or bytes of a tag as text without what follows its end.

    Examples
    --------
    >>> text_of(b"[Scan]\0\0"), text_of("a"), text_of(3)
    ('[Scan]', 'a', '')
    """
    if isinstance(value, bytes):
        value = decode(value)
    return value.rstrip("\0").strip() if isinstance(value, str) else ""


def parse_tiff(path: str | PathLike[str]) -> Tiff:
    """Read the pages of a file, no pixel.

    Raises
    ------
    UnrecognisedFile
        When it does not begin as a TIFF does.
    CorruptFile
        When a directory lies outside the file, or the chain leads in a circle.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        magic = cursor.take(4) if cursor.size >= 8 else b""
        if magic not in MAGIC:
            msg = "not a TIFF: it begins neither with II nor MM and 42 or 43"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        cursor.order, version = MAGIC[magic]
        if version == 43 and cursor.unpack("HH") != (8, 0):
            msg = "the offsets of a BigTIFF should have 8 bytes"
            raise cursor.corrupt(msg, offset=4)
        pages = _Walk(cursor, big=version == 43).pages()
        return Tiff(path, cursor.order, version, cursor.size, tuple(pages))


class _Walk:
    """The way through the directories; counts bytes, so that no circle costs more than they."""

    def __init__(self, cursor: Cursor, *, big: bool) -> None:
        self.cursor = cursor
        self.word = "Q" if big else "I"
        self.inline = 8 if big else 4
        self.head = "Q" if big else "H"
        self.entry = Struct(f"{cursor.order}HH{self.word}{self.inline}s")
        self.endian: Literal["little", "big"] = "little" if cursor.order == "<" else "big"
        # values may be shared by pages, but no file is read many times over
        self.budget = 16 * cursor.size + (1 << 20)

    def pages(self) -> list[Page]:
        """Return the pages of the chain, and those beside it that are no reduced copies."""
        cursor = self.cursor
        found: list[Page] = []
        beside: list[Page] = []
        seen: set[int] = set()
        offset = cursor.unpack(self.word)[0]
        while offset:
            if offset >= cursor.size and found:
                msg = f"{cursor.path}: page {len(found)} lies behind the end of the file"
                warn(msg, SidpyWarning)
                break
            if offset in seen or len(seen) > _MOST_PAGES:
                msg = f"page {len(found)} is one that came before: the chain leads in a circle"
                raise cursor.corrupt(msg, offset=offset)
            seen.add(offset)
            page, offset = self._page(offset)
            found.append(page)
            for place in page.numbers(330):
                if place and place not in seen:
                    seen.add(place)
                    other, _ = self._page(place)
                    beside += [] if other.is_reduced else [other]
        if not found:
            msg = "it has no page"
            raise cursor.corrupt(msg, offset=4)
        return found + beside

    def _page(self, offset: int) -> tuple[Page, int]:
        cursor = self.cursor
        cursor.position = offset
        count = cursor.unpack(self.head)[0]
        size = self.entry.size
        cursor.fits(count, size, "tags of a page")
        self._spend(count * size)
        raw = cursor.take(count * size, "directory")
        # some writers leave out the last word
        following = cursor.unpack(self.word)[0] if cursor.left >= self.inline else 0
        tags: dict[int, Any] = {}
        for tag, kind, number, value in self.entry.iter_unpack(raw):
            if tag in tags or kind not in TYPES:
                continue
            single = _SINGLE.get(kind) if number == 1 else None
            tags[tag] = (
                int.from_bytes(value[:single], self.endian)
                if single
                else self._value(kind, number, value)
            )
        return Page(offset, tags), following

    def _spend(self, count: int) -> None:
        self.budget -= count
        if self.budget < 0:
            msg = "its directories take more bytes than the file has: they lie over each other"
            raise self.cursor.corrupt(msg)

    def _value(self, kind: int, count: int, raw: bytes) -> Any:
        dtype = np.dtype(TYPES[kind]).newbyteorder(self.cursor.order)
        many = count * (2 if kind in _FRACTIONS else 1)
        size = many * dtype.itemsize
        if size > self.inline:
            place = int.from_bytes(raw, self.endian)
            self._spend(size)
            if place + size > self.cursor.size:
                # a value outside the file is no value; a tag that is needed is missed later
                return ()
            self.cursor.position = place
            raw = self.cursor.take(size, "values of a tag")
        raw = raw[:size]
        if kind == 2:
            return decode(raw).rstrip("\0")
        if kind == 5 and count == 1 and len(raw) == 8:  # resolutions, in every page
            one, two = (int.from_bytes(part, self.endian) for part in (raw[:4], raw[4:]))
            if two:
                return one / two
        if kind == 7 or (kind == 1 and count > 4):
            return raw
        return _plain(np.frombuffer(raw, dtype), fractions=kind in _FRACTIONS)


def _plain(values: np.ndarray, *, fractions: bool) -> Any:
    """Return one number, a tuple, or an array of many."""
    if fractions:
        pairs = values.reshape(-1, 2).astype("f8")
        with np.errstate(all="ignore"):
            values = pairs[:, 0] / pairs[:, 1]
    if len(values) > _MOST_NUMBERS:
        return values.astype(values.dtype.newbyteorder("="))
    numbers = values.tolist()
    return numbers[0] if len(numbers) == 1 else tuple(numbers)


def without_copies(document: Tiff) -> Tiff:
    """Return a document without its reduced copies, unless it has nothing else."""
    whole = tuple(page for page in document.pages if not page.is_reduced)
    return replace(document, pages=whole or document.pages)
