"""The object tree of a Gwyddion file as bytes.

======== ============== =========================================================
bytes    type           meaning
======== ============== =========================================================
0        4 bytes        ``GWYP``; ``GWYO`` in files of Gwyddion 1.x
4        object         name NUL, u32 size of what follows, components
======== ============== =========================================================

A component is: name NUL, one type character, value.  Values: ``b`` u8 truth, ``c`` u8,
``i`` i32, ``q`` i64, ``d`` f64, ``s`` text NUL, ``o`` object; the upper-case letter is an
array of them, preceded by a u32 count (there is no ``B``).  Little-endian, no padding.
Texts should be UTF-8; old files have latin-1.

In ``GWYO`` files the components of a ``GwyContainer`` are written otherwise: u32 type
(`GTYPES`, the fundamental types of GObject times four), name NUL, value; all other
objects are as above.  Not yet seen there, so not known for sure: a truth value (taken
as one byte, as elsewhere).

Arrays of numbers are not read: a `Block` says where they are.

Source: Gwyddion user guide, "Format of Gwyddion Files" (gwyddion.net), for ``GWYP``; for
the containers of ``GWYO`` the bytes of a file of Gwyddion 1.x and the numbers of GObject's
reference manual, "Type Information".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.text import decode
from sidpy.errors import UnrecognisedFile

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["Block", "GwyObject", "parse_gwy"]

FORMAT: Final = "gwyddion.gwy"

# --- layout ---------------------------------------------------------------------------

MAGIC: Final = b"GWYP"
OLD: Final = b"GWYO"

#: `struct` letters of single numbers.
SINGLE: Final = {"b": "?", "c": "B", "i": "i", "q": "q", "d": "d"}

#: Types of arrays of numbers, as NumPy writes them.
ARRAYS: Final = {"C": "u1", "I": "<i4", "Q": "<i8", "D": "<f8"}

#: Types of the components of a container of Gwyddion 1.x.
GTYPES: Final = {
    12: "c", 16: "c", 20: "b", 24: "i", 28: "i", 40: "q", 44: "q", 60: "d", 64: "s", 80: "o",
}  # fmt: skip

#: Gwyddion nests five deep; more than this is an attack on the stack.
DEEPEST: Final = 64

#: Components that any file may have, and bytes per component of one that has more: real
#: ones hold numbers, a file of nothing but tiny components was made to fill the memory.
ALWAYS: Final = 1 << 18
BYTES_EACH: Final = 64

#: The smallest object, a NUL and a size, and the smallest text, a NUL.
LEAST_OBJECT: Final = 5
LEAST_TEXT: Final = 1

# --- parse ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Block:
    """An array of numbers left in the file."""

    dtype: str
    count: int
    offset: int


@dataclass(frozen=True, slots=True)
class GwyObject:
    """A named object with its components in the order of the file."""

    name: str
    items: dict[str, Any]

    def text(self, key: str) -> str:
        """Return a component that is a text, else a blank."""
        value = self.items.get(key)
        return value.strip() if isinstance(value, str) else ""

    def number(self, key: str, default: float = 0.0) -> float:
        """Return a component that is a number."""
        value = self.items.get(key, default)
        return float(value) if isinstance(value, int | float) else default

    def child(self, key: str) -> GwyObject | None:
        """Return a component that is an object."""
        value = self.items.get(key)
        return value if isinstance(value, GwyObject) else None


def parse_gwy(path: str | PathLike[str]) -> GwyObject:
    """Read the tree of a file without its arrays.

    Raises
    ------
    UnrecognisedFile
        When the file does not begin with ``GWYP`` or ``GWYO``.
    CorruptFile
        When a size does not fit, a type is unknown, or objects nest without end.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size < 4 or (magic := cursor.take(4, "magic")) not in {MAGIC, OLD}:
            msg = "not a Gwyddion file: it begins with neither GWYP nor GWYO"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        return _Walker(cursor, old=magic == OLD).object(cursor.size, 0)


class _Walker:
    """Reads objects from a cursor and counts what it has read."""

    def __init__(self, cursor: Cursor, *, old: bool) -> None:
        self._cursor = cursor
        self._count = 0
        self._old = old
        self._most = max(ALWAYS, cursor.size // BYTES_EACH)

    def object(self, end: int, depth: int) -> GwyObject:
        """Read the object at the cursor, which must close before `end`."""
        cursor = self._cursor
        if depth > DEEPEST:
            msg = f"objects are nested more than {DEEPEST} deep"
            raise cursor.corrupt(msg)
        name = self.text(end)
        size = cursor.u4()
        stop = cursor.position + size
        if stop > end:
            msg = f"object {name!r} should take {size} bytes, but {end - cursor.position} are left"
            raise cursor.corrupt(msg)
        items: dict[str, Any] = {}
        while cursor.position < stop:
            if self._old and name == "GwyContainer":
                letter = self.old_type()
                key = self.text(stop)
            else:
                key = self.text(stop)
                letter = chr(cursor.u1())
            items[key] = self.value(letter, stop, depth)
        if cursor.position != stop:
            msg = f"the components of object {name!r} run past its end"
            raise cursor.corrupt(msg)
        return GwyObject(name, items)

    def old_type(self) -> str:
        """Read the type of a component of an old container."""
        code = self._cursor.u4()
        if code not in GTYPES:
            msg = f"{code} is no type of a component of Gwyddion 1.x"
            raise self._cursor.corrupt(msg, offset=self._cursor.position - 4)
        return GTYPES[code]

    def value(self, letter: str, end: int, depth: int) -> Any:
        """Read a value of the type that `letter` names."""
        self._tally()
        cursor = self._cursor
        if letter in SINGLE:
            return cursor.unpack(SINGLE[letter])[0]
        if letter == "s":
            return self.text(end)
        if letter == "o":
            return self.object(end, depth + 1)
        if letter in ARRAYS:
            return self.block(ARRAYS[letter], letter)
        if letter == "S":
            count = cursor.fits(cursor.u4(), LEAST_TEXT, "texts")
            return [self.text(end) for _ in range(count)]
        if letter == "O":
            count = cursor.fits(cursor.u4(), LEAST_OBJECT, "objects")
            return [self.object(end, depth + 1) for _ in range(count)]
        msg = f"{letter!r} is no type of a component"
        raise cursor.corrupt(msg, offset=cursor.position - 1)

    def block(self, dtype: str, letter: str) -> Block:
        """Note where an array of numbers lies and jump over it."""
        cursor = self._cursor
        size = int(dtype[-1])
        count = cursor.fits(cursor.u4(), size, f"numbers of type {letter!r}")
        block = Block(dtype, count, cursor.position)
        cursor.skip(count * size)
        return block

    def text(self, end: int) -> str:
        """Read a text and the NUL behind it."""
        self._tally()
        cursor = self._cursor
        start, pieces = cursor.position, []
        while True:
            room = min(256, end - cursor.position, cursor.left)
            if room <= 0:
                msg = "a text has no end"
                raise cursor.corrupt(msg, offset=start)
            piece = cursor.take(room, "text")
            head, nul, rest = piece.partition(b"\0")
            pieces.append(head)
            if nul:
                cursor.position -= len(rest)
                return decode(b"".join(pieces), fallback="latin-1")

    def _tally(self) -> None:
        self._count += 1
        if self._count > self._most:
            msg = f"more than {self._most} names and values in a file of {self._cursor.size} bytes"
            raise self._cursor.corrupt(msg)
