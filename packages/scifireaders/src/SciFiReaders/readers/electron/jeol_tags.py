"""The trees of tags in files of JEOL's Analysis Station.

Little-endian, each entry:

========= ========= ====================================================================
bytes     type      meaning
========= ========= ====================================================================
0         u8        1; anything else ends the group
1         u32 n     letters of the name, NUL included
5         n         name, Shift-JIS
..        u32, u32  type, see `TYPES`, and bytes of the value
..        bytes     value; then the entries of the group that it heads, and a byte that
                    ends them
========= ========= ====================================================================

Source: decoded from files of the RosettaSciIO collection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.text import until_nul

if TYPE_CHECKING:
    from SciFiReaders.binary import Cursor

__all__ = ["TYPES", "Blob", "read_tags"]

#: Type of the numbers by code; a single one is returned as such.
TYPES: Final = {
    1: "u1",
    2: "i2",
    3: "i4",
    4: "f4",
    5: "f8",
    7: "i2",
    8: "i4",
    9: "f4",
    10: "f8",
    11: "u1",
    14: "i2",
}
_TEXT: Final = 12
_TEXTS: Final = 13
#: Pictures; they are left in the file.
_BITS: Final = 6
_MOST: Final = 100_000
_DEPTH: Final = 40
#: Values longer than this are left in the file.
_LONG: Final = 4096


class Blob:
    """A value that was left in the file: where it lies, how long it is, its type."""

    __slots__ = ("kind", "offset", "size")

    def __init__(self, offset: int, size: int, kind: int) -> None:
        self.offset, self.size, self.kind = offset, size, kind

    def __repr__(self) -> str:
        return f"{self.size} bytes of type {self.kind} at {self.offset}"


def read_tags(cursor: Cursor) -> dict[str, Any]:
    """Return the entries from here on up to the end of their group.

    A value that heads a group is in it as ``""``; pictures and what is longer than 4096 bytes
    become a `Blob`.

    Raises
    ------
    CorruptFile
        When an entry reaches out of the file, or there are too many.
    """
    return _group(cursor, [0], 0)


def _group(cursor: Cursor, count: list[int], depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    while cursor.left and cursor.u1() == 1:
        count[0] += 1
        if count[0] > _MOST or depth > _DEPTH:
            msg = f"{count[0]} tags, {depth} deep, cannot be"
            raise cursor.corrupt(msg)
        name = shift_jis(cursor.take(cursor.fits(cursor.u4(), 1, "letters of a name"), "name"))
        kind, size = cursor.unpack("II")
        value = _value(cursor, kind, size)
        below = _group(cursor, count, depth + 1)
        if not below:
            found[name] = value
        else:
            found[name] = below if value is None else {"": value, **below}
    return found


def _value(cursor: Cursor, kind: int, size: int) -> Any:
    if not size:
        return None if kind not in (_TEXT, _TEXTS) else ""
    if size > _LONG or kind == _BITS:
        place = cursor.position
        cursor.skip(size, "value of a tag")
        return Blob(place, size, kind)
    raw = cursor.take(size, "value of a tag")
    if kind == _TEXT:
        return shift_jis(raw)
    if kind == _TEXTS:
        return [shift_jis(word).strip() for word in raw.split(b"\0") if word]
    if kind in TYPES and not size % np.dtype(TYPES[kind]).itemsize:
        values = np.frombuffer(raw, "<" + TYPES[kind]).tolist()
        return values[0] if len(values) == 1 else values
    return raw.hex() if size <= 64 else f"{size} bytes of type {kind}"


def shift_jis(raw: bytes) -> str:
    """Decode Shift-JIS up to the first NUL; what is none is replaced."""
    return until_nul(raw.partition(b"\0")[0].decode("cp932", errors="replace"))
