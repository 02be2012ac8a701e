"""The tag tree of Gatan's DigitalMicrograph files, versions 3 and 4.

Layout (all numbers of the structure are big-endian, DM3 width / DM4 width):

=============== =========== ============================================================
offset or order type        meaning
=============== =========== ============================================================
0               u32         version: 3 or 4
4               u32 / u64   length of the root directory in bytes
8 / 12          u32         byte order of the values: 0 big-endian, 1 little-endian
12 / 16         directory   the root
directory       u8, u8      sorted, open
then            u32 / u64   number of entries
entry           u8          20 directory, 21 data, 0 end of the file
then            u16, bytes  length of the label, label (latin-1); unlabelled: by position
then            - / u64     length of the rest of the entry
then                        a directory, or
data            4 bytes     ``%%%%``
then            u32 / u64   number of words of the description that follows
then            u32 / u64   the description: `NUMBERS`, or one of the compounds below
then            bytes       the values, in the byte order of the header
=============== =========== ============================================================

Compounds: ``15, 0, fields, (0, type) * fields`` is a struct, ``18, length`` a string,
``20, type..., count`` an array; the type of an array may be a struct.  An array of u16 is
text, unless it is ``ImageData/Data``.

Source: C. Boothroyd, "Digital Micrograph file format",
https://personal.ntu.edu.sg/cbb/info/dmformat (sections DM3 and DM4); Gatan publishes none.
Not yet understood: whether the two length fields of a struct are ever anything but 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.text import decode, decode_utf16
from sidpy.errors import UnrecognisedFile

if TYPE_CHECKING:
    from os import PathLike

    from SciFiReaders.binary import Cursor

__all__ = ["FORMATS", "NUMBERS", "StoredArray", "TagFile", "parse_tags", "tags_in"]

FORMATS: Final = {3: "gatan.dm3", 4: "gatan.dm4"}

#: Number types of the description: `struct` code of one value, dtype of many.
NUMBERS: Final = {
    2: ("h", "i2"),
    3: ("i", "i4"),
    4: ("H", "u2"),
    5: ("I", "u4"),
    6: ("f", "f4"),
    7: ("d", "f8"),
    8: ("?", "?"),
    9: ("c", "S1"),
    10: ("b", "i1"),
    11: ("q", "i8"),
    12: ("Q", "u8"),
}
STRUCT: Final = 15
STRING: Final = 18
ARRAY: Final = 20
DIRECTORY: Final = 20
DATA: Final = 21

#: Word of the structure, and the fewest bytes an entry can have, by version.
_WORD: Final = {3: "I", 4: "Q"}
_WORD_SIZE: Final = {3: 4, 4: 8}
_LEAST_ENTRY: Final = {3: 9, 4: 21}

#: Bounds that no real file comes near; a damaged one must not cost more than it is worth.
MAX_DEPTH: Final = 64
MAX_TAGS: Final = 1 << 18
MAX_DESCRIPTION: Final = 4096
MAX_NESTING: Final = 8
#: Longest array kept as a list, longest text kept as a string (in elements).
INLINE_NUMBERS: Final = 1024
INLINE_TEXT: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class StoredArray:
    """Numbers left where they are: place, type (byte order included) and count."""

    offset: int
    dtype: np.dtype
    count: int

    @property
    def nbytes(self) -> int:
        """Size in bytes."""
        return self.count * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class TagFile:
    """What the structure of one file says, no pixel read."""

    path: str | PathLike[str]
    version: int
    order: str
    size: int
    root: dict[str, Any]

    @property
    def format(self) -> str:
        """Identifier of the format."""
        return FORMATS[self.version]


def parse_tags(path: str | PathLike[str]) -> TagFile:
    """Read the whole tag tree of a DM3 or DM4 file, leaving large arrays where they are.

    Parameters
    ----------
    path : path-like
        An existing file.

    Returns
    -------
    TagFile
        Its `root` is a nested dict: numbers, strings, tuples (structs), lists (short
        arrays) and `StoredArray`.

    Raises
    ------
    UnrecognisedFile
        When the file begins with another version number.
    CorruptFile
        When the tree leaves the file or contradicts itself; names the offset.
    """
    with open_cursor(path, format="gatan.dm", order=">") as cursor:
        return tags_in(cursor)


def tags_in(cursor: Cursor) -> TagFile:
    """Read the tag tree that begins where a big-endian cursor stands, as `parse_tags` does."""
    version = cursor.u4() if cursor.left >= 4 else None
    if version not in FORMATS:
        msg = f"not a DM3 or DM4 File: the first four bytes should hold 3 or 4, not {version}"
        raise UnrecognisedFile(msg, path=cursor.path, offset=0)
    cursor.format = FORMATS[version]
    cursor.unpack(_WORD[version])  # length of the root: some writers leave it wrong
    flag = cursor.u4()
    if flag not in (0, 1):
        msg = f"the byte order should be 0 (big) or 1 (little), found {flag}"
        raise cursor.corrupt(msg, offset=cursor.position - 4)
    walker = _Walker(cursor, version, "<" if flag else ">")
    root = walker.directory("", 0)
    return TagFile(cursor.path or "", version, walker.order, cursor.size, root)


class _Walker:
    """Walk the tree once; counts what it meets, so that a bomb is cut short."""

    __slots__ = ("count", "cursor", "least", "order", "version", "word", "word_size")

    def __init__(self, cursor: Cursor, version: int, order: str) -> None:
        self.cursor, self.version, self.order = cursor, version, order
        self.word, self.word_size = _WORD[version], _WORD_SIZE[version]
        self.least = _LEAST_ENTRY[version]
        self.count = 0

    def directory(self, parent: str, depth: int) -> dict[str, Any]:
        """Read a directory and everything below it."""
        cursor = self.cursor
        _, _, count = cursor.unpack("BB" + self.word)
        cursor.fits(count, self.least, "entries of a directory")
        self.count += count
        if depth > MAX_DEPTH or self.count > MAX_TAGS:
            msg = (
                f"directories are nested deeper than {MAX_DEPTH}"
                if depth > MAX_DEPTH
                else f"there are more than {MAX_TAGS} tags"
            )
            raise cursor.corrupt(msg)
        tree: dict[str, Any] = {}
        unnamed = 0
        for _ in range(count):
            label, kind = self._entry_head()
            if not label:
                label, unnamed = str(unnamed), unnamed + 1
            if kind == DIRECTORY:
                value = self.directory(label, depth + 1)
            else:
                value = self._data(pixels=parent == "ImageData" and label == "Data")
            tree[_free(tree, label)] = value
        return tree

    def _entry_head(self) -> tuple[str, int]:
        cursor = self.cursor
        place = cursor.position
        kind, length = cursor.unpack("BH")
        if kind not in (DIRECTORY, DATA):
            msg = f"an entry should begin with 20 (directory) or 21 (data), found {kind}"
            raise cursor.corrupt(msg, offset=place)
        label = cursor.take(length, "label").decode("latin-1")
        if self.version == 4:
            cursor.unpack("Q")  # length of the entry, which the walk finds out
        return label, kind

    def _data(self, *, pixels: bool) -> Any:
        cursor = self.cursor
        place = cursor.position
        mark, words = cursor.unpack("4s" + self.word)
        if mark != b"%%%%":
            msg = f"a value should begin with b'%%%%', found {mark!r}"
            raise cursor.corrupt(msg, offset=place)
        if not 0 < words <= MAX_DESCRIPTION:
            msg = f"a value is described by {words} words"
            raise cursor.corrupt(msg, offset=place)
        if words == 1:
            return self._number(*cursor.unpack(self.word))
        cursor.fits(words, self.word_size, "words of a description")
        kind = cursor.unpack(f"{words}{self.word}")
        if kind[0] == ARRAY:
            return self._array(kind, pixels=pixels)
        if kind[0] == STRUCT:
            dtype, _ = self._type_of(kind, 0)
            return cursor.array(dtype, 1, "struct").tolist()[0] if dtype.itemsize else ()
        if kind[0] == STRING:
            return _string(cursor.take(kind[1], "string"), self.order)
        msg = f"a value is described by {kind[:8]}, which names no known type"
        raise cursor.corrupt(msg, offset=place)

    def _number(self, code: int) -> Any:
        cursor = self.cursor
        if code not in NUMBERS:
            msg = f"{code} is no known type of number"
            raise cursor.corrupt(msg)
        cursor.order = self.order
        (value,) = cursor.unpack(NUMBERS[code][0])
        cursor.order = ">"
        return value.decode("latin-1") if code == 9 else value

    def _array(self, kind: tuple[int, ...], *, pixels: bool) -> Any:
        cursor = self.cursor
        dtype, used = self._type_of(kind, 1)
        if used != len(kind) - 1:
            msg = f"an array is described by {kind[:8]}, which is no type and a count"
            raise cursor.corrupt(msg)
        count = kind[-1]
        stored = StoredArray(cursor.position, dtype, count)
        if not dtype.itemsize and count:
            msg = f"an array of {count} values without size"
            raise cursor.corrupt(msg)
        limit = INLINE_TEXT if dtype in ("<u2", ">u2") else INLINE_NUMBERS
        if pixels or count > limit:
            cursor.skip(stored.nbytes, "array")
            return stored
        return self._short(cursor.array(dtype, count))

    def _short(self, values: np.ndarray) -> Any:
        """Return a short array as text where it is text, else as a list."""
        if values.dtype in ("<u2", ">u2"):
            text = decode_utf16(values.tobytes(), self.order).rstrip("\0")
            if all(letter.isprintable() or letter.isspace() for letter in text):
                return text
        if values.dtype == "S1":
            return decode(values.tobytes()).rstrip("\0")
        return values.tolist()  # structs become tuples

    def _type_of(self, kind: tuple[int, ...], at: int, nesting: int = 0) -> tuple[np.dtype, int]:
        """Return the dtype described from word `at` on, and the word after it."""
        code = kind[at] if at < len(kind) else None
        if code in NUMBERS:
            return np.dtype(NUMBERS[code][1]).newbyteorder(self.order), at + 1
        if code != STRUCT or nesting > MAX_NESTING or at + 2 >= len(kind):
            msg = f"a value is described by {kind[:8]}, which names no known type"
            raise self.cursor.corrupt(msg)
        fields, place = kind[at + 2], at + 3
        if kind[at + 1] or fields * 2 > len(kind):
            msg = f"a struct is described by {kind[:8]}, which announces more than it holds"
            raise self.cursor.corrupt(msg)
        parts = []
        for index in range(fields):
            part, place = self._type_of(kind, place + 1, nesting + 1)
            parts.append((f"f{index}", part))
        return np.dtype(parts), place


def _free(tree: dict[str, Any], label: str) -> str:
    """Return the label, numbered when an earlier entry of the directory has it."""
    if label not in tree:
        return label
    number = 2
    while f"{label} #{number}" in tree:
        number += 1
    return f"{label} #{number}"


def _string(raw: bytes, order: str) -> str:
    """Decode a string of type 18, whose width no source gives."""
    return decode_utf16(raw, order) if b"\0" in raw else decode(raw)
