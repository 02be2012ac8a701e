"""Strips and tiles of TIFF pages, read one by one when they are asked for.

Compressed ones are unpacked by tifffile, packed bits here, the highest bit first.

Source: Adobe, "TIFF, Revision 6.0", 1992, parts 1 and 2.
"""

from __future__ import annotations

from importlib.util import find_spec
from os import fspath, fstat
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

from sidpy.errors import CorruptFile, MissingDependency
from sidpy.sid.outer import by_axis, take_outer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .tiff_pages import Tiff
    from .tiff_pixels import Layout

__all__ = ["Blocks"]

FORMAT: Final = "tiff"
#: Bytes of a chunk, about.
_CHUNK: Final = 1 << 24
_MIRRORED: Final = np.array([int(f"{i:08b}"[::-1], 2) for i in range(256)], "u1")


class Blocks:
    """Pages whose strips or tiles are read one by one, [page, row, column, sample].

    Parameters
    ----------
    document : Tiff
        The file.
    layout : Layout
        Of all the pages.
    places : list of int
        Where the directories of the pages lie.
    offsets, counts : ndarray of shape (pages, blocks)
        Where the blocks lie and how long they are; one of length 0 was never written and
        is zero.
    """

    __slots__ = ("counts", "dtype", "layout", "offsets", "path", "places", "shape")

    def __init__(
        self,
        document: Tiff,
        layout: Layout,
        places: list[int],
        offsets: np.ndarray,
        counts: np.ndarray,
    ) -> None:
        self.path = str(Path(fspath(document.path)).resolve())
        self.layout, self.places, self.offsets, self.counts = layout, places, offsets, counts
        self.shape = (len(offsets), layout.rows, layout.columns, layout.samples)
        self.dtype = layout.dtype.newbyteorder("=")

    @property
    def ndim(self) -> int:
        """Number of axes, 4."""
        return 4

    @property
    def chunks(self) -> tuple[int, int, int, int]:
        """Whole strips or tiles to a chunk, and several pages where they are small."""
        layout = self.layout
        pixel = layout.samples * layout.dtype.itemsize
        rows, columns = layout.block
        columns = min(layout.columns, columns * max(1, _CHUNK // (columns * rows * pixel)))
        rows = min(layout.rows, rows * max(1, _CHUNK // (columns * rows * pixel)))
        pages = max(1, _CHUNK // (layout.rows * layout.columns * pixel))
        return (min(pages, self.shape[0]), rows, columns, layout.samples)

    def __dask_tokenize__(self) -> tuple[object, ...]:
        status = Path(self.path).stat()
        return (self.path, status.st_mtime_ns, status.st_size, tuple(self.places))

    def __getitem__(self, index: Any) -> np.ndarray:
        return take_outer(self._read, by_axis(index, self.shape))

    def _read(self, place: tuple[Any, ...]) -> np.ndarray:
        """Read one box, in slices of positive step."""
        ranges = [
            range(p, p + 1) if isinstance(p, int) else range(p.start, p.stop, p.step)
            for p in place
        ]
        pages, rows, columns, _ = ranges
        if not all(ranges):
            return np.empty([len(r) for r in ranges], self.dtype)
        top, left = rows[0], columns[0]
        shape = (len(pages), rows[-1] + 1 - top, columns[-1] + 1 - left, self.shape[3])
        box = np.zeros(shape, self.dtype)
        with Path(self.path).open("rb") as file:
            for number, page in enumerate(pages):
                decode = self._decoder(page)
                for block, (y, x, samples) in self._wanted(rows, columns):
                    pixels = self._block(file, decode, page, block)
                    if pixels is not None:
                        _put(box[number, ..., samples], pixels, y - top, x - left)
        inner = tuple(slice(None, None, r.step) for r in (rows, columns))
        found = box[(slice(None), *inner, place[3])]
        return found[tuple(0 if isinstance(p, int) else slice(None) for p in place[:3])]

    def _wanted(self, rows: range, columns: range) -> Iterator[tuple[int, tuple[int, int, slice]]]:
        """Yield the blocks that a box touches: number, row, column and samples of each."""
        planes, down, across = self.layout.grid
        height, width = self.layout.block
        for plane in range(planes):
            samples = slice(plane, plane + 1) if planes > 1 else slice(None)
            for i in range(rows[0] // height, min(rows[-1] // height + 1, down)):
                for k in range(columns[0] // width, min(columns[-1] // width + 1, across)):
                    yield (plane * down + i) * across + k, (i * height, k * width, samples)

    def _block(self, file: BinaryIO, decode: Any, page: int, block: int) -> np.ndarray | None:
        """Return the pixels of a block, [row, column, sample]; None for one never written."""
        offset, count = int(self.offsets[page, block]), int(self.counts[page, block])
        if not offset or not count:
            return None
        size = fstat(file.fileno()).st_size
        if not 0 < offset < size:
            msg = f"strip or tile {block} of page {page} should begin at byte {offset} of {size}"
            raise CorruptFile(msg, path=self.path, format=FORMAT)
        if self.layout.compression == 1:
            # whatever the file says of its length
            count = self.layout.bytes_of(*self.layout.block)
        try:
            file.seek(offset)
            return decode(file.read(min(count, size - offset)), block)
        except (MissingDependency, CorruptFile):
            raise
        except Exception as error:
            msg = f"strip or tile {block} of page {page} cannot be unpacked: {error}"
            raise CorruptFile(msg, path=self.path, format=FORMAT, offset=offset) from error

    def _decoder(self, page: int) -> Any:
        if self.layout.compression == 1:
            return self._plain
        return _tifffile_decoder(self.path, self.places[page], self.layout.compression)

    def _plain(self, raw: bytes, block: int) -> np.ndarray:
        """Return pixels that are not compressed."""
        layout = self.layout
        _, down, across = layout.grid
        height, width = layout.block
        if not layout.tiled:
            height = min(height, layout.rows - (block // across) % down * height)
        size = layout.bytes_of(height, width)
        if len(raw) < size:
            msg = f"strip or tile {block} has {len(raw)} bytes instead of {size}"
            raise CorruptFile(msg, path=self.path, format=FORMAT)
        stored = np.frombuffer(raw, "u1", size)
        if layout.mirrored:
            stored = _MIRRORED[stored]
        if not layout.packed:
            return stored.view(layout.dtype).reshape(height, width, layout.in_block)
        return _unpacked(stored.reshape(height, -1), layout.bits, width * layout.in_block).reshape(
            height, width, layout.in_block
        )


def _put(box: np.ndarray, pixels: np.ndarray, y: int, x: int) -> None:
    """Copy what fits of a block into a box, its corner at (y, x) of it."""
    top, left = max(y, 0), max(x, 0)
    bottom = min(y + pixels.shape[0], box.shape[0])
    right = min(x + pixels.shape[1], box.shape[1])
    if bottom > top and right > left:
        box[top:bottom, left:right] = pixels[top - y : bottom - y, left - x : right - x]


def _unpacked(rows: np.ndarray, bits: int, count: int) -> np.ndarray:
    """Return `count` numbers of so many bits from each row of bytes, the highest bit first.

    Examples
    --------
    >>> _unpacked(np.array([[0x12, 0x34, 0x56]], "u1"), 12, 2).tolist()
    [[291, 1110]]
    """
    single = np.unpackbits(rows, axis=1)[:, : count * bits].reshape(len(rows), count, bits)
    wide = "u1" if bits < 8 else "u2" if bits < 16 else "u4"
    weights = (1 << np.arange(bits)[::-1]).astype(wide)
    return (single * weights).sum(axis=-1, dtype=wide)


def _tifffile_decoder(path: str, place: int, compression: int) -> Any:
    """Return a function of a packed block and its number that gives [row, column, sample]."""
    try:
        import tifffile
    except ModuleNotFoundError as error:
        msg = (
            f"a TIFF of compression {compression} needs tifffile: "
            "pip install 'SciFiReaders[image]'"
        )
        raise MissingDependency(msg, name="tifffile") from error
    with tifffile.TiffFile(path) as file:
        file.filehandle.seek(place)
        page = tifffile.TiffPage(file, index=0)
        tables = page.jpegtables
        decode = page.decode

    def pixels(raw: bytes, block: int) -> np.ndarray:
        try:
            found, _, shape = decode(raw, block, jpegtables=tables)
        except ValueError as error:
            if find_spec("imagecodecs") is None and "imagecodecs" in str(error):
                msg = (
                    f"a TIFF of compression {compression} needs imagecodecs: "
                    "pip install 'SciFiReaders[codecs]'"
                )
                raise MissingDependency(msg, name="imagecodecs") from error
            raise
        return found.reshape(found.shape[-3:])[: shape[1], : shape[2]]

    return pixels
