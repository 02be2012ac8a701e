"""The tree of tags that WITec files are, little-endian.

========== ========== ==============================================================
bytes      type       meaning
========== ========== ==============================================================
0          8 chars    ``WIT_PR06``, ``WIT_PRCT`` (projects), ``WIT_DA06``, ``WIT_DATA``
tag        u32, chars length of its name; name
.          u32        type: 0 a list of tags, 2 f64, 3 f32, 4 i64, 5 i32, 6 dates of
                      seven u16, 7 u8, 8 bool, 9 texts behind their u32 length
.          u64, u64   where its content begins and ends
========== ========== ==============================================================

Source: "README on WIT-tag format" of the toolbox wit_io (MIT-0), as witio 0.2 (MIT-0)
repeats it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.text import decode

if TYPE_CHECKING:
    from SciFiReaders.binary import Cursor

__all__ = ["MAGICS", "NUMBERS", "TEXT", "Tag", "parse_tags"]

MAGICS: Final = (b"WIT_PR06", b"WIT_PRCT", b"WIT_DA06", b"WIT_DATA")
NUMBERS: Final = {2: "<f8", 3: "<f4", 4: "<i8", 5: "<i4", 6: "<u2", 7: "u1", 8: "?"}
TREE, TEXT = 0, 9
_HEADER: Final = 24
_DEEPEST: Final = 64
_LONGEST_NAME: Final = 4096
_MOST_TAGS: Final = 1 << 20
#: Content up to so many bytes is kept as metadata.
_SMALL: Final = 4096


@dataclass(frozen=True)
class Tag:
    """A tag: a list of others, or the place of its content."""

    name: str
    kind: int
    start: int
    end: int
    children: dict[str, Tag] = field(default_factory=dict, repr=False)

    def find(self, path: str) -> Tag | None:
        """Return the tag at a path of names."""
        found: Tag | None = self
        for name in path.split("/"):
            found = found.children.get(name) if found is not None else None
        return found

    def values(self, cursor: Cursor) -> np.ndarray:
        """Read its numbers; none where it has text or tags."""
        kind = NUMBERS.get(self.kind)
        if kind is None:
            return np.empty(0)
        cursor.position = self.start
        dtype = np.dtype(kind)
        return cursor.array(dtype, (self.end - self.start) // dtype.itemsize, self.name)

    def number(self, cursor: Cursor, path: str, default: float | None = None) -> Any:
        """Read one number at a path of names, or return the default."""
        found = self.find(path)
        values = found.values(cursor) if found is not None else ()
        return values[0].item() if len(values) else default

    def text(self, cursor: Cursor, path: str) -> str:
        """Read the first text at a path of names; blank where there is none."""
        found = self.find(path)
        if found is None or found.kind != TEXT or found.end - found.start < 4:
            return ""
        cursor.position = found.start
        length = min(cursor.u4(), found.end - found.start - 4)
        return decode(cursor.take(length, found.name)).strip("\0 ")

    def tree(self, cursor: Cursor) -> Any:
        """Return everything that is small, as a tree of dicts, numbers and texts."""
        if self.kind == TREE:
            return {name: child.tree(cursor) for name, child in self.children.items()}
        if self.end - self.start > _SMALL:
            return f"{self.end - self.start} bytes"
        if self.kind == TEXT:
            return Tag("", TREE, 0, 0, {"": self}).text(cursor, "")
        values = self.values(cursor).tolist()
        return values[0] if len(values) == 1 else values


def parse_tags(cursor: Cursor) -> Tag:
    """Read the tree behind the first eight bytes.

    Raises
    ------
    CorruptFile
        When a tag lies outside the one that holds it, or there are too many.
    """
    cursor.position = 8
    return _tag(cursor, cursor.size, 0, [_MOST_TAGS])


def _tag(cursor: Cursor, limit: int, depth: int, left: list[int]) -> Tag:
    left[0] -= 1
    length = cursor.u4()
    if length > _LONGEST_NAME or depth > _DEEPEST or left[0] < 0:
        msg = f"a tag with a name of {length} bytes, {depth} deep: the tree is damaged"
        raise cursor.corrupt(msg)
    name = decode(cursor.take(length, "name of a tag")).strip("\0 ")
    kind, start, end = cursor.unpack("IQQ")
    if not cursor.position <= start <= end <= limit:
        msg = f"the tag {name!r} should take bytes {start} to {end} of {limit}; it is cut short"
        raise cursor.corrupt(msg)
    children: dict[str, Tag] = {}
    if kind == TREE:
        cursor.position = start
        while cursor.position + _HEADER <= end:
            child = _tag(cursor, end, depth + 1, left)
            children.setdefault(child.name, child)
    cursor.position = end
    return Tag(name, kind, start, end, children)
