"""The container of Bruker's hypermaps: files in chunks, their bytes packed or not.

Little-endian; all chunks have one size and lie behind each other from byte 0x118:

=========== ========= ==================================================================
bytes       type      meaning
=========== ========= ==================================================================
0           8 bytes   ``AAMVHFSS``
0x128       u32       size of a chunk, of which the first 32 bytes are a header
0x140       u32 x 3   first chunk of the tree, entries in it, chunks in the file
chunk +0    u32       of the tree or of a table: the chunk that continues it
tree        512 bytes per entry: u32 chunk of its table, u64 size, three u64 times, u32,
                      i32 parent at 0x28, u32 folder at 0xDC, name at 0xE0, NUL ended
table       u32 ..    chunks of a file in their order
=========== ========= ==================================================================

A packed file begins with ``AACS``, u32 size of a block, u32, u32 blocks; from byte 0x80
each block has u32 packed size, u32 size, two u32, and a zlib stream.

Source: the layout in general as the users of hypermaps describe it; offsets decoded from
files of Esprit 1.9 and 2.1.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.text import decode, until_nul
from sidpy.errors import CorruptFile, MissingFile, UnrecognisedFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from SciFiReaders.binary import Cursor

__all__ = ["MAGIC", "Stored", "files_of"]

FORMAT: Final = "bruker.bcf"
MAGIC: Final = b"AAMVHFSS"
_FIRST: Final = 0x118
_HEADER: Final = 32
_ENTRY: Final = 512
_MOST_ENTRIES: Final = 1 << 16
_PACKED: Final = b"AACS"
_BLOCKS: Final = 0x80
#: Bytes of chunks that are put in order at a time.
_PIECE: Final = 1 << 19
#: A block larger than this is damage.
_LARGEST_BLOCK: Final = 1 << 26


@dataclass(frozen=True)
class Stored:
    """A file in a container.

    Attributes
    ----------
    path : str
        The container.
    chunk : int
        Size of a chunk in bytes.
    places : tuple of int
        Its chunks.
    length : int
        Its size in bytes as stored.
    """

    path: str
    chunk: int
    places: tuple[int, ...]
    length: int

    @property
    def size(self) -> int:
        """Size in bytes once unpacked."""
        return int(self._blocks[-1, 3]) if self._is_packed else self.length

    def read(self, start: int, stop: int) -> bytes:
        """Return the unpacked bytes from `start` to before `stop`, as far as there are any."""
        return self.array(start, stop).tobytes()

    def array(self, start: int, stop: int) -> np.ndarray:
        """Return the same bytes as numbers, without another copy of them."""
        stop = min(stop, self.size)
        if start >= stop:
            return np.zeros(0, "u1")
        if not self._is_packed:
            return self._raw(start, stop)
        ends = self._blocks[:, 3]
        first, last = np.searchsorted(ends, [start, stop - 1], side="right")
        begin = int(ends[first - 1]) if first else 0
        whole = b"".join(self._unpack(i) for i in range(first, last + 1))
        return np.frombuffer(whole, "u1")[start - begin : stop - begin]

    def _raw(self, start: int, stop: int) -> np.ndarray:
        """Return bytes as stored; the chunks are read in as few goes as they lie close."""
        useful = self.chunk - _HEADER
        first, last = start // useful, -(-stop // useful)
        wanted = np.array(self.places[first:last], np.int64)
        whole = np.empty((len(wanted), useful), "u1")
        try:
            with Path(self.path).open("rb") as file:
                for part in _close(wanted, max(_PIECE // self.chunk, 1)):
                    self._gather(file, wanted[part], whole[part])
        except FileNotFoundError as error:
            msg = "the file that holds these numbers is gone"
            raise MissingFile(msg, path=self.path, format=FORMAT) from error
        return whole.reshape(-1)[start - first * useful : stop - first * useful]

    def _gather(self, file: BinaryIO, places: np.ndarray, out: np.ndarray) -> None:
        """Read chunks that lie close to each other in one go, in whatever order."""
        low, high = int(places.min()), int(places.max()) + 1
        file.seek(_FIRST + low * self.chunk)
        block = np.empty((high - low, self.chunk), "u1")
        got = file.readinto(block.reshape(-1).data)
        if got <= (high - 1 - low) * self.chunk + _HEADER:
            msg = f"the chunks {low} to {high - 1} should follow; it is cut short"
            raise CorruptFile(msg, path=self.path, format=FORMAT, offset=file.tell())
        block.reshape(-1)[got:] = 0
        out[...] = block.take(places - low, axis=0)[:, _HEADER:]

    @cached_property
    def _is_packed(self) -> bool:
        return self.length >= _BLOCKS and self._raw(0, 4).tobytes() == _PACKED

    @cached_property
    def _blocks(self) -> np.ndarray:
        """Return per block its place, packed size, size, and where it ends once unpacked."""
        count = int.from_bytes(self._raw(12, 16).tobytes(), "little")
        if not 0 < count <= (self.length - _BLOCKS) // 16:
            msg = f"{count} packed blocks in {self.length} bytes cannot be"
            raise CorruptFile(msg, path=self.path, format=FORMAT)
        rows, place, end = [], _BLOCKS, 0
        for i in range(count):
            sizes = self._raw(place, place + 8).tobytes().ljust(8, b"\0")
            packed, size = np.frombuffer(sizes, "<u4")
            place, end = place + 16, end + int(size)
            if place + int(packed) > self.length or not 0 < size <= _LARGEST_BLOCK:
                msg = f"block {i} of {packed} bytes that become {size} cannot be"
                raise CorruptFile(msg, path=self.path, format=FORMAT)
            rows.append((place, int(packed), int(size), end))
            place += int(packed)
        return np.array(rows, np.int64)

    def _unpack(self, number: int) -> bytes:
        place, packed, size, _ = (int(field) for field in self._blocks[number])
        try:
            whole = zlib.decompressobj().decompress(self._raw(place, place + packed), size)
        except zlib.error as error:
            msg = f"block {number} cannot be unpacked: {error}"
            raise CorruptFile(msg, path=self.path, format=FORMAT) from error
        if len(whole) != size:
            msg = f"block {number} has {len(whole)} bytes instead of {size}"
            raise CorruptFile(msg, path=self.path, format=FORMAT)
        return whole

    def __getstate__(self) -> dict[str, Any]:
        fields = ("path", "chunk", "places", "length")
        return {name: self.__dict__[name] for name in fields}


def _close(places: np.ndarray, most: int) -> Iterator[slice]:
    """Yield parts of at most `most` chunks that lie close, or follow each other."""
    for first in range(0, len(places), most):
        part = places[first : first + most]
        breaks = np.zeros(0, np.int64)
        if int(part.max()) - int(part.min()) > 2 * len(part):
            breaks = np.flatnonzero(np.diff(part) != 1) + 1
        edges = [0, *breaks.tolist(), len(part)]
        yield from (slice(first + a, first + b) for a, b in pairwise(edges))


def files_of(path: str | PathLike[str]) -> dict[str, Stored]:
    """Return the files in a container by their names; none is read.

    Raises
    ------
    UnrecognisedFile
        When it does not begin as a container does.
    CorruptFile
        When its tree or a table is damaged, or leads out of the file.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size < len(MAGIC) or cursor.take(len(MAGIC)) != MAGIC:
            msg = "not a hypermap of Bruker: it does not begin with AAMVHFSS"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        cursor.position = 0x128
        chunk = cursor.u4()
        cursor.position = 0x140
        tree, entries, _ = cursor.unpack("III")
        if chunk <= _HEADER or not 0 < entries <= min(_MOST_ENTRIES, cursor.size // _ENTRY):
            msg_0 = f"{entries} files in chunks of {chunk} bytes cannot be"
            raise cursor.corrupt(msg_0, offset=0x128)
        raw = _chain(cursor, chunk, tree, entries * _ENTRY)
        found = {}
        for i in range(entries):
            entry = raw[i * _ENTRY : (i + 1) * _ENTRY]
            name = until_nul(decode(entry[0xE0:0x1E0].partition(b"\0")[0]))
            if not int.from_bytes(entry[0xDC:0xE0], "little") and name:
                found[name] = _stored(cursor, chunk, entry, name)
        return found


def _chain(cursor: Cursor, chunk: int, place: int, count: int) -> bytes:
    """Return `count` bytes that begin in a chunk and continue in those that it names."""
    pieces, have = [], 0
    while have < count:
        cursor.position = _FIRST + place * chunk
        head = cursor.take(_HEADER, "header of a chunk")
        # the file ends with the last byte that is used
        piece = cursor.take(min(chunk - _HEADER, count - have, max(cursor.left, 1)), "chunk")
        pieces.append(piece)
        have += len(piece)
        place = int.from_bytes(head[:4], "little")
    return b"".join(pieces)


def _stored(cursor: Cursor, chunk: int, entry: bytes, name: str) -> Stored:
    first, size = int.from_bytes(entry[:4], "little"), int.from_bytes(entry[4:12], "little")
    count = -(-size // (chunk - _HEADER))
    if count * (chunk - _HEADER) > cursor.size + chunk:
        msg = f"{name} should have {size} bytes, the container has {cursor.size}; it is cut short"
        raise cursor.corrupt(msg, offset=0)
    raw = _chain(cursor, chunk, first, 4 * count) if count else b""
    places = tuple(np.frombuffer(raw, "<u4").tolist())
    last = size - (count - 1) * (chunk - _HEADER)
    for i, place in enumerate(places):
        used = _HEADER + (last if i + 1 == count else chunk - _HEADER)
        if _FIRST + place * chunk + used > cursor.size:
            msg = f"chunk {place} of {name} lies behind the end of the file; it is cut short"
            raise cursor.corrupt(msg, offset=cursor.size)
    return Stored(str(Path(cursor.path or "").resolve()), chunk, places, size)
