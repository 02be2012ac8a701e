"""The structure of a Zeiss CZI file: segments, the directory of sub-blocks, their pixels.

=================== ====================================================================
bytes               meaning
=================== ====================================================================
segment             16 chars name, i64 bytes reserved, i64 bytes used; then its data
ZISRAWFILE          +52 i64 place of the directory, +60 i64 place of the metadata
ZISRAWDIRECTORY     i32 number of entries, 124 bytes, entries
.. entry            ``DV``, i32 pixel type, i64 place of the sub-block, i32 file part,
                    i32 compression, u8 pyramid type, 5 bytes, i32 number of dimensions
.. dimension        4 chars name, i32 start, i32 size, f32 coordinate, i32 stored size
ZISRAWMETADATA      i32 bytes of XML, i32, 248 bytes, XML
ZISRAWSUBBLOCK      i32 bytes of metadata, i32 of attachment, i64 of pixels, an entry; filled
                    up to 256 bytes; metadata, pixels, attachment
=================== ====================================================================

Little-endian.  A sub-block is a tile: X and Y have its place in pixels, the other
dimensions say what it is a part of.  One whose stored size is smaller than its size is a
level of a pyramid.

Source: Carl Zeiss Microscopy, "ZISRAW (CZI) File Format", design specification; libCZI,
documentation of pixel types and compressions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from os import fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.text import until_nul
from sidpy._warnings import warn
from sidpy.errors import (
    CorruptFile,
    MissingDependency,
    ReaderError,
    SidpyWarning,
    UnrecognisedFile,
    UnsupportedFile,
)
from sidpy.sid.outer import by_axis, take_outer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

__all__ = ["FORMAT", "PIXELS", "Block", "Czi", "Mosaic", "parse_czi"]

FORMAT: Final = "zeiss.czi"
MAGIC: Final = b"ZISRAWFILE"

#: Pixel type: dtype and samples; three are stored as blue, green, red, four with alpha last.
PIXELS: Final = {
    0: ("<u1", 1), 1: ("<u2", 1), 2: ("<f4", 1), 3: ("<u1", 3), 4: ("<u2", 3), 8: ("<f4", 3),
    9: ("<u1", 4), 10: ("<c8", 1), 11: ("<c8", 3), 12: ("<i4", 1), 13: ("<f8", 1),
}  # fmt: skip
#: Compression: function of imagecodecs.
CODECS: Final = {1: "jpeg", 2: "lzw", 4: "jpegxr", 5: "zstd", 6: "zstd"}
_ZSTD_WITH_HEAD: Final = 6

_ENTRY: Final = "2siqiiB5xi"
_LEAST_ENTRY: Final = 32
_MOST_DIMENSIONS: Final = 40
_MOST_SEGMENTS: Final = 1 << 18
_LONGEST_XML: Final = 1 << 27
_HEAD: Final = 256
#: Bytes of pixels that one compressed byte may stand for, and what is never too much.
_MOST_RATIO: Final = 1 << 12
_ALWAYS: Final = 1 << 24


@dataclass(frozen=True, slots=True)
class Block:
    """A tile: where it lies in the file and in the image."""

    place: int
    pixel_type: int
    compression: int
    starts: dict[str, int]
    sizes: dict[str, int]
    is_copy: bool
    """A smaller copy of others, for display."""


@dataclass(frozen=True, slots=True)
class Czi:
    """What a file holds, its pixels left there."""

    path: str | PathLike[str]
    size: int
    blocks: tuple[Block, ...]
    xml: bytes


def parse_czi(path: str | PathLike[str]) -> Czi:
    """Read the directory and the metadata of a file, no pixel.

    Raises
    ------
    UnrecognisedFile
        When it does not begin as a CZI does.
    CorruptFile
        When it holds no sub-block.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size < 32 or not cursor.take(16).startswith(MAGIC):
            msg = "not a CZI file: it does not begin with ZISRAWFILE"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        cursor.position = 32 + 52
        directory, metadata = cursor.unpack("qq")
        try:
            blocks = _directory(cursor, directory)
        except ReaderError as error:
            warn(f"{path}: its directory is damaged; sub-blocks are looked for", SidpyWarning)
            blocks = _searched(cursor)
            if not blocks:
                raise error from None
        if not blocks:
            msg = "it holds no sub-block"
            raise cursor.corrupt(msg, offset=directory)
        return Czi(path, cursor.size, tuple(blocks), _xml(cursor, metadata))


def _segment(cursor: Cursor, place: int, name: str) -> int:
    """Go to the data of a segment and return how many bytes are reserved for it."""
    if place < 0 or place + 32 > cursor.size:
        msg = f"the segment {name} should be at byte {place}, behind the end of the file"
        raise cursor.corrupt(msg, offset=max(place, 0))
    cursor.position = place
    raw, reserved, _ = cursor.unpack("16sqq")
    found = until_nul(raw.decode("latin-1"))
    if found != name:
        msg = f"a segment {name} should be here, found {found!r}"
        raise cursor.corrupt(msg, offset=place)
    return int(reserved)


def _directory(cursor: Cursor, place: int) -> list[Block]:
    _segment(cursor, place, "ZISRAWDIRECTORY")
    count = cursor.unpack("i")[0]
    cursor.skip(124)
    cursor.fits(count, _LEAST_ENTRY, "sub-blocks")
    found = [_entry(cursor) for _ in range(count)]
    return [block for block in found if block is not None]


def _entry(cursor: Cursor) -> Block | None:
    """Read an entry; None for one whose pixels are in another file."""
    schema, kind, place, part, compression, pyramid, count = cursor.unpack(_ENTRY)
    if schema != b"DV" or not 0 <= count <= _MOST_DIMENSIONS:
        msg = f"an entry should begin with DV and have few dimensions, found {schema!r}, {count}"
        raise cursor.corrupt(msg)
    starts, sizes = {}, {}
    is_copy = bool(pyramid)
    for _ in range(count):
        name, start, size, _, stored = cursor.unpack("4siifi")
        word = until_nul(name.decode("latin-1"))
        starts[word], sizes[word] = start, size
        is_copy = is_copy or (word in ("X", "Y") and 0 < stored < size)
    return None if part else Block(place, kind, compression, starts, sizes, is_copy)


def _searched(cursor: Cursor) -> list[Block]:
    """Return the complete sub-blocks of a file without a directory, segment after segment."""
    found: list[Block] = []
    place = 0
    for _ in range(_MOST_SEGMENTS):
        if place + 32 > cursor.size:
            break
        cursor.position = place
        name, reserved, _ = cursor.unpack("16sqq")
        if reserved < 0 or not name.startswith(b"ZISRAW"):
            break
        if name.startswith(b"ZISRAWSUBBLOCK") and place + 32 + reserved <= cursor.size:
            cursor.skip(16)
            block = _entry(cursor)
            # the entry inside a sub-block does not always say where that is
            found += [replace(block, place=place)] if block else []
        place += 32 + reserved
    return found


def _xml(cursor: Cursor, place: int) -> bytes:
    """Return the metadata; none where they are damaged."""
    try:
        _segment(cursor, place, "ZISRAWMETADATA")
        size = cursor.unpack("i")[0]
        cursor.skip(_HEAD - 4)
        return cursor.take(size, "metadata") if 0 < size <= _LONGEST_XML else b""
    except ReaderError:
        return b""


class Mosaic:
    """Tiles of one channel and scene as an array [..., row, column, sample].

    Parameters
    ----------
    path : path-like
        The file.
    pixel_type : int
        Of all the tiles, a key of `PIXELS`.
    shape : tuple of int
        Of the array: leading dimensions, rows, columns.
    corner : (int, int)
        Row and column of its first pixel.
    tiles : mapping of tuple of int to list of Block
        By place along the leading dimensions; later tiles lie over earlier ones.  Where
        there is none the pixels are 0.
    """

    __slots__ = ("corner", "dtype", "path", "pixel_type", "shape", "tiles")

    def __init__(
        self,
        path: str | PathLike[str],
        pixel_type: int,
        shape: tuple[int, ...],
        corner: tuple[int, int],
        tiles: Mapping[tuple[int, ...], list[Block]],
    ) -> None:
        self.path = str(Path(fspath(path)).resolve())
        kind, samples = PIXELS[pixel_type]
        self.dtype, self.pixel_type = np.dtype(kind).newbyteorder("="), pixel_type
        self.shape = (*shape, samples)
        self.corner, self.tiles = corner, dict(tiles)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __dask_tokenize__(self) -> tuple[object, ...]:
        status = Path(self.path).stat()
        places = tuple(block.place for blocks in self.tiles.values() for block in blocks)
        return (self.path, status.st_mtime_ns, status.st_size, self.shape, places)

    def __getitem__(self, index: Any) -> np.ndarray:
        return take_outer(self._read, by_axis(index, self.shape))

    def _read(self, place: tuple[Any, ...]) -> np.ndarray:
        ranges = [
            range(p, p + 1) if isinstance(p, int) else range(p.start, p.stop, p.step)
            for p in place
        ]
        *lead, rows, columns, samples = ranges
        found = np.zeros([len(r) for r in ranges[:-1]] + [self.shape[-1]], self.dtype)
        for where in np.ndindex(*(len(r) for r in lead)) if all(ranges) else ():
            key = tuple(r[i] for r, i in zip(lead, where, strict=True))
            for block in self.tiles.get(key, ()):
                self._put(found[where], block, rows, columns)
        inner = tuple(0 if isinstance(p, int) else slice(None) for p in place[:-1])
        last = slice(samples.start, samples.stop, samples.step)
        return found[(*inner, place[-1] if isinstance(place[-1], int) else last)]

    def _put(self, out: np.ndarray, block: Block, rows: range, columns: range) -> None:
        """Copy into the rows and columns that are asked for what a tile has of them."""
        inside, onto = [], []
        for asked, name, corner in ((rows, "Y", self.corner[0]), (columns, "X", self.corner[1])):
            start = block.starts[name] - corner
            at = np.arange(asked.start, asked.stop, asked.step) - start
            hit = np.flatnonzero((at >= 0) & (at < block.sizes[name]))
            if not hit.size:
                return
            onto.append(slice(int(hit[0]), int(hit[-1]) + 1))
            inside.append(slice(int(at[hit[0]]), int(at[hit[-1]]) + 1, asked.step))
        out[onto[0], onto[1]] = self._pixels(block)[inside[0], inside[1]]

    def _pixels(self, block: Block) -> np.ndarray:
        kind, samples = PIXELS[self.pixel_type]
        shape = (block.sizes["Y"], block.sizes["X"], samples)
        with open_cursor(self.path, format=FORMAT) as cursor:
            _segment(cursor, block.place, "ZISRAWSUBBLOCK")
            start = cursor.position
            metadata, _, size = cursor.unpack("iiq")
            cursor.skip(_LEAST_ENTRY - 4)
            head = 16 + _LEAST_ENTRY + 20 * max(cursor.unpack("i")[0], 0)
            cursor.position = start + max(_HEAD, head) + max(metadata, 0)
            _check_claim(cursor, block, size, int(np.prod(shape)) * np.dtype(kind).itemsize)
            raw = cursor.take(size, "pixels of a sub-block")
        found = _unpacked(self.path, raw, block, np.dtype(kind), shape)
        # stored blue first; alpha stays last
        return found if samples == 1 else found[..., [2, 1, 0, 3][:samples]]


def _check_claim(cursor: Cursor, block: Block, size: int, wanted: int) -> None:
    if size < 0 or (block.compression == 0 and size < wanted):
        msg = f"a tile of {wanted} bytes cannot be in {size}"
        raise cursor.corrupt(msg)
    if wanted > _ALWAYS + _MOST_RATIO * size:
        msg = f"no compression packs {wanted} bytes of pixels into {size}"
        raise cursor.corrupt(msg)


def _unpacked(
    path: str, raw: bytes, block: Block, dtype: np.dtype, shape: tuple[int, int, int]
) -> np.ndarray:
    size = int(np.prod(shape)) * dtype.itemsize
    if block.compression == 0:
        return np.frombuffer(raw, dtype, size // dtype.itemsize).reshape(shape)
    name = CODECS.get(block.compression)
    if name is None:
        msg = f"compression {block.compression} is that of a camera, which nobody describes"
        raise UnsupportedFile(msg, path=path, format=FORMAT, offset=block.place)
    try:
        import imagecodecs
    except ModuleNotFoundError as error:
        msg = f"CZI compressed as {name} needs imagecodecs: pip install 'SciFiReaders[codecs]'"
        raise MissingDependency(msg, name="imagecodecs") from error
    try:
        if name in ("jpeg", "jpegxr"):
            pixels = getattr(imagecodecs, f"{name}_decode")(raw).reshape(shape).astype(dtype)
            # JPEG XR alone has red first
            turned = name == "jpegxr" and shape[2] > 1
            return pixels[..., [2, 1, 0, 3][: shape[2]]] if turned else pixels
        low_first, raw = _zstd_head(raw) if block.compression == _ZSTD_WITH_HEAD else (False, raw)
        data = np.frombuffer(getattr(imagecodecs, f"{name}_decode")(raw, out=size), "u1")
        if low_first:
            data = np.ascontiguousarray(data.reshape(2, -1).T).reshape(-1)
        return data.view(dtype).reshape(shape)
    except Exception as error:
        msg = f"a tile cannot be unpacked: {error}"
        raise CorruptFile(msg, path=path, format=FORMAT, offset=block.place) from error


def _zstd_head(raw: bytes) -> tuple[bool, bytes]:
    """Return whether low bytes come before high bytes, and what is behind the head."""
    length = raw[0] if raw else 0
    return (length >= 3 and raw[1] == 1 and bool(raw[2] & 1)), raw[max(length, 1) :]
