"""Members of a zip that are read one by one, however many there are.

========== ==================== =====================================================
bytes      type                 meaning
========== ==================== =====================================================
end        ``PK 05 06`` ...     count u16, size u32 and place u32 of the directory at
                                10, 12 and 16; a comment of up to 64 KiB follows
before it  ``PK 06 07`` ...     the same in 64 bits, for what does not fit
directory  ``PK 01 02`` ...     46 bytes per member, then name, extra fields, comment
member     ``PK 03 04`` ...     30 bytes, name, extra fields, then the packed bytes
========== ==================== =====================================================

A map of force curves is a zip of a million small members.  Its directory is walked once;
after that a member costs one seek.  What is announced is held against the file and
against what deflate can do before anything is allocated; no member becomes a file.

Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
"""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from struct import Struct, error
from struct import unpack_from as fields_at
from typing import TYPE_CHECKING, BinaryIO, Final, TypeAlias

from SciFiReaders.binary import opening
from sidpy.errors import CorruptFile, UnrecognisedFile, UnsupportedFile

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["Archive", "Member", "unpacked", "unpacked_size"]

_END: Final = b"PK\x05\x06"
_END_SIZE: Final = 22
_LONGEST_COMMENT: Final = 1 << 16
_WIDE_LOCATOR: Final = b"PK\x06\x07"
_WIDE_END: Final = b"PK\x06\x06"
_ENTRY: Final = Struct("<4s6H3I5H2I")
_LOCAL: Final = Struct("<4s5H3I2H")
#: A field that holds this has its value in the extra field of 64-bit numbers.
_ELSEWHERE: Final = 0xFFFFFFFF
#: Deflate makes at most 1032 bytes of one.
_RATIO: Final = 1040
_ENCRYPTED: Final = 1
_STORED, _DEFLATED = 0, 8


#: Where a member lies, how many bytes it has packed and unpacked, how it is packed, and its
#: check sum: a plain tuple of numbers, which the garbage collector does not look at again.
Member: TypeAlias = tuple[int, int, int, int, int]


def unpacked_size(member: Member) -> int:
    """Return the bytes of a member when it is unpacked."""
    return member[2]


@dataclass(frozen=True, slots=True)
class Archive:
    """The directory of a zip."""

    path: str | PathLike[str]
    format: str
    members: dict[str, Member]

    @classmethod
    def of(cls, path: str | PathLike[str], format: str) -> Archive:  # noqa: A002 - the word the field uses
        """Read the directory of a zip; directories in it are left out.

        Raises
        ------
        MissingFile, NotAFile
            When nothing is there, or a folder.
        UnrecognisedFile
            When the file is no zip.
        CorruptFile
            When the directory is cut off or impossible.
        """
        with opening(path, format), Path(path).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            if file.read(2) != b"PK":
                msg = f"not a file of the format {format}: it is no zip"
                raise UnrecognisedFile(msg, path=path, format=format, offset=0)
            raw = _directory(file, size, path, format)
        try:
            return cls(path, format, dict(_entries(raw, size)))
        except (error, ValueError) as problem:
            msg = f"the directory of the zip is damaged: {problem}"
            raise CorruptFile(msg, path=path, format=format) from problem

    def read(self, name: str, limit: int) -> bytes:
        """Return a member of at most `limit` bytes, unpacked.

        Raises
        ------
        CorruptFile
            When there is none of this name, it is longer, or it is damaged.
        """
        member = self.members.get(name)
        if member is None:
            msg = f"the zip has no member {name!r}, which this format needs"
            raise CorruptFile(msg, path=self.path, format=self.format)
        if unpacked_size(member) > limit:
            size = unpacked_size(member)
            msg = f"{name!r} of {size} bytes cannot be; at most {limit} were expected"
            raise CorruptFile(msg, path=self.path, format=self.format, offset=member[0])
        with Path(self.path).open("rb") as file:
            return unpacked(file, member, self.path)


def _directory(file: BinaryIO, size: int, path: str | PathLike[str], format: str) -> bytes:  # noqa: A002 - the word the field uses
    """Return the bytes of the directory."""
    start = max(size - _END_SIZE - _LONGEST_COMMENT, 0)
    file.seek(start)
    tail = file.read()
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < _END_SIZE:
        msg = "the zip has no directory at its end; it is cut short"
        raise CorruptFile(msg, path=path, format=format, offset=size)
    length, begin = fields_at("<2I", tail, place + 12)
    if _ELSEWHERE in {begin, length}:
        length, begin = _wide(file, tail, place, path, format)
    if begin + length > start + place:
        msg = f"the directory should take {length} bytes from {begin}, beyond where it ends"
        raise CorruptFile(msg, path=path, format=format, offset=start + place)
    file.seek(begin)
    return file.read(length)


def _wide(
    file: BinaryIO,
    tail: bytes,
    place: int,
    path: str | PathLike[str],
    format: str,  # noqa: A002 - the word the field uses
) -> tuple[int, int]:
    """Return length and place of the directory from the 64-bit record."""
    locator = tail[max(place - 20, 0) : place]
    if locator.startswith(_WIDE_LOCATOR):
        try:
            file.seek(fields_at("<Q", locator, 8)[0])
            record = file.read(56)
        except (OSError, OverflowError, ValueError):
            record = b""
        if record.startswith(_WIDE_END) and len(record) == 56:
            length, begin = fields_at("<2Q", record, 40)
            return length, begin
    msg = "the zip is larger than 4 GB and lacks the record that says where its directory is"
    raise CorruptFile(msg, path=path, format=format)


def _entries(raw: bytes, size: int) -> list[tuple[str, Member]]:
    found, place, last = [], 0, len(raw) - _ENTRY.size
    entry, width, keep = _ENTRY.unpack_from, _ENTRY.size, found.append
    while place <= last:
        (
            mark, _, _, flags, method, _, _, check, packed, full,
            name_length, extra_length, comment_length, _, _, _, offset,
        ) = entry(raw, place)  # fmt: skip
        if mark != b"PK\x01\x02":
            break
        begin = place + width
        end = begin + name_length
        place = end + extra_length + comment_length
        # there may be a million: nothing here that is not needed
        name = raw[begin:end].decode("utf-8", "replace")
        if name[-1:] == "/":
            continue
        if packed == _ELSEWHERE or full == _ELSEWHERE or offset == _ELSEWHERE:  # noqa: PLR1714 - a set costs more
            extra = raw[end : end + extra_length]
            full, packed, offset = _from_extra(extra, (full, packed, offset))
        if offset + packed > size or full > packed * _RATIO + _RATIO:
            msg = f"{name!r} of {packed} bytes at {offset} cannot become {full} bytes"
            raise ValueError(msg)
        keep((name, (offset, packed, full, -1 if flags & _ENCRYPTED else method, check)))
    return found


def _from_extra(extra: bytes, values: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return sizes and place, those that did not fit from the field of 64-bit numbers."""
    place = 0
    while place + 4 <= len(extra):
        kind, length = fields_at("<2H", extra, place)
        place += 4
        if kind == 1:
            wide = list(fields_at(f"<{length // 8}Q", extra, place))[::-1]
            full, packed, offset = (
                wide.pop() if value == _ELSEWHERE and wide else value for value in values
            )
            return full, packed, offset
        place += length
    return values


def unpacked(file: BinaryIO, member: Member, path: str | PathLike[str]) -> bytes:
    """Return the bytes of a member of an open zip.

    Raises
    ------
    UnsupportedFile
        When it is encrypted or packed in another way than by deflate.
    CorruptFile
        When it is damaged.
    """
    offset, packed, size, method, check = member
    file.seek(offset)
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(b"PK\x03\x04"):
        msg = "no member of the zip begins here, though the directory says so"
        raise CorruptFile(msg, path=path, offset=offset)
    *_, name_length, extra_length = _LOCAL.unpack(head)
    file.seek(name_length + extra_length, 1)
    raw = file.read(packed)
    if method == _DEFLATED:
        try:
            raw = zlib.decompressobj(-15).decompress(raw, size + 1)
        except zlib.error as problem:
            msg = f"a member of the zip cannot be unpacked: {problem}"
            raise CorruptFile(msg, path=path, offset=offset) from problem
    elif method != _STORED:
        msg = "a member of the zip is encrypted or packed in a way no instrument uses"
        raise UnsupportedFile(msg, path=path, offset=offset)
    if len(raw) != size or zlib.crc32(raw) != check:
        msg = f"a member of the zip should have {size} bytes and another check sum"
        raise CorruptFile(msg, path=path, offset=offset)
    return raw
