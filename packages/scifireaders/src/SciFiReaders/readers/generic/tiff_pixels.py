"""The pixels of TIFF pages as arrays [page, row, column, sample] that stay in the file.

Pixels that lie one after the other are mapped; tiles, scattered strips and packed bits
are read piece by piece (`tiff_blocks`); whatever is compressed is left to tifffile, one
strip or tile at a time.  Values are those in the file: a palette is not applied, and where 0 is
white it stays 0.

========== ==========================================================================
tag        meaning
========== ==========================================================================
258        bits of a sample; below 8 and between the powers of two they are packed,
           the highest first, and a row begins with a byte
259        compression: 1 none
266        2: the lowest bit of a byte comes first
273, 279   offsets and sizes of the strips; 278 is the number of rows in one
277, 284   samples of a pixel; 1 one after the other, 2 plane after plane
322-325    width, length, offsets and sizes of tiles
339        1 unsigned, 2 signed, 3 float, 5 complex integers, 6 complex, 4 not known
========== ==========================================================================

Source: Adobe, "TIFF, Revision 6.0", 1992, parts 1 and 2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from SciFiReaders.labelled import lazy
from SciFiReaders.strided import StridedArray
from sidpy.errors import UnsupportedFile

from .tiff_blocks import Blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dask.array import Array

    from .tiff_pages import Page, Tiff

__all__ = ["Layout", "frames_in_file", "layout_of", "layouts_of", "stack"]

FORMAT: Final = "tiff"
_KINDS: Final = {1: "u", 2: "i", 3: "f", 4: "u", 6: "c"}
#: Bytes of pixels that one byte of a compressed strip may stand for, and what is never too much.
_MOST_RATIO: Final = 1 << 12
_ALWAYS: Final = 1 << 26
#: Pixels along one side of an image; more is damage.
_LONGEST: Final = 1 << 24


@dataclass(frozen=True, slots=True)
class Layout:
    """How the pixels of a page lie; pages of equal layout make a stack."""

    rows: int
    columns: int
    samples: int
    separate: bool
    bits: int
    dtype: np.dtype
    compression: int
    photometric: int
    block: tuple[int, int]
    """Rows and columns of a strip or tile."""
    tiled: bool
    mirrored: bool
    orientation: int

    @property
    def grid(self) -> tuple[int, int, int]:
        """Number of strips or tiles: planes, down, across."""
        down, across = (-(-n // step) for n, step in zip(self.plane, self.block, strict=True))
        return (self.samples if self.separate else 1, down, across)

    @property
    def plane(self) -> tuple[int, int]:
        """Rows and columns."""
        return (self.rows, self.columns)

    @property
    def packed(self) -> bool:
        """Whether the bits of the samples are no whole numbers of bytes."""
        return self.bits != 8 * self.dtype.itemsize

    @property
    def in_block(self) -> int:
        """Samples of a pixel that lie in one strip or tile."""
        return 1 if self.separate else self.samples

    def bytes_of(self, rows: int, columns: int) -> int:
        """Return how many bytes so many rows and columns of a block take, not compressed."""
        return rows * -(-columns * self.in_block * self.bits // 8)

    @property
    def frame(self) -> int:
        """Bytes of a page, not compressed and without gaps."""
        return (self.samples if self.separate else 1) * self.bytes_of(self.rows, self.columns)


def layout_of(document: Tiff, page: Page) -> Layout:
    """Return how the pixels of a page lie.

    Raises
    ------
    CorruptFile
        When sizes are missing, zero, or more than the bytes can hold.
    UnsupportedFile
        For samples of different sizes and types that are not described.
    """
    rows, columns, samples = (page.number(tag, default) for tag, default in _SIZES)
    if min(rows, columns, samples) < 1 or samples > 1 << 16 or max(rows, columns) > _LONGEST:
        msg = f"a page cannot have {rows} x {columns} pixels of {samples} samples"
        raise document.corrupt(msg, page)
    bits, dtype = _number_type(document, page)
    tiled = 324 in page.tags or (322 in page.tags and 273 not in page.tags)
    if tiled:
        block = (page.number(323, 0), page.number(322, 0))
    else:
        # a strip that never ends holds all the rows
        block = (min(page.number(278, rows) or rows, rows), columns)
    if min(block) < 1 or math.prod(block) > 1 << 40:
        msg = f"a strip or tile cannot have {block[0]} x {block[1]} pixels"
        raise document.corrupt(msg, page)
    return Layout(
        rows=rows,
        columns=columns,
        samples=samples,
        separate=samples > 1 and page.number(284, 1) == 2,
        bits=bits,
        dtype=dtype,
        compression=page.number(259, 1),
        photometric=page.number(262, 1),
        block=block,
        tiled=tiled,
        mirrored=page.number(266, 1) == 2,
        orientation=page.number(274, 1),
    )


def layouts_of(document: Tiff, pages: Sequence[Page]) -> list[Layout]:
    """Return the layout of each page; pages that say the same share it."""
    known: dict[tuple[object, ...], Layout] = {}
    found = []
    for page in pages:
        said = (324 in page.tags, 273 in page.tags, *map(page.tags.get, _OF_LAYOUT))
        # a long table is an array, which cannot be a key
        key = tuple(value.tobytes() if isinstance(value, np.ndarray) else value for value in said)
        if key not in known:
            known[key] = layout_of(document, page)
        found.append(known[key])
    return found


#: Tags that `layout_of` looks at besides the presence of strips and tiles.
_OF_LAYOUT: Final = (256, 257, 258, 259, 262, 266, 274, 277, 278, 284, 322, 323, 339)
_SIZES: Final = ((257, 0), (256, 0), (277, 1))


def _number_type(document: Tiff, page: Page) -> tuple[int, np.dtype]:
    """Return the bits of a sample and the type that holds it."""
    many = set(page.numbers(258)) or {1}
    formats = set(page.numbers(339)) or {1}
    bits, code = next(iter(many)), next(iter(formats))
    kind = _KINDS.get(code, "")
    dtype = None
    if len(many) == len(formats) == 1 and 1 <= bits <= 128:
        if code == 5 and bits in (16, 32, 64):
            part = f"i{bits // 16}"
            dtype = np.dtype([("re", part), ("im", part)])
        elif (kind, bits) in _WHOLE:
            dtype = np.dtype(f"{kind}{bits // 8}")
        elif kind == "u" and bits <= 32:
            dtype = np.dtype("u1" if bits < 8 else "u2" if bits < 16 else "u4")
    if dtype is None or (bits % 8 and code not in (1, 4)):
        msg = f"samples of {sorted(many)} bits of the formats {sorted(formats)} are not supported"
        raise UnsupportedFile(msg, path=document.path, format=FORMAT, offset=page.offset)
    return bits, dtype.newbyteorder(document.order)


_WHOLE: Final = frozenset(
    [(kind, bits) for kind in "ui" for bits in (8, 16, 32, 64)]
    + [("f", bits) for bits in (16, 32, 64)]
    + [("c", bits) for bits in (64, 128)]
)


def stack(document: Tiff, pages: Sequence[Page], layout: Layout) -> Array:
    """Return the pixels of pages of one layout, [page, row, column, sample], lazily.

    Raises
    ------
    CorruptFile
        When a page lacks strips, they lie outside the file, or claim what they cannot hold.
    """
    offsets, counts = _places(document, pages, layout)
    source = _mapped(document, layout, offsets)
    if source is not None:
        return _upright(lazy(source), layout)
    import dask.array as da

    blocks = Blocks(document, layout, [page.offset for page in pages], offsets, counts)
    array = da.from_array(blocks, chunks=blocks.chunks, asarray=True, fancy=False)
    return _upright(array, layout)


def frames_in_file(document: Tiff, page: Page, layout: Layout, count: int) -> Array | None:
    """Return frames that follow a page without directories of their own, or None.

    ImageJ and others write stacks with a single directory: the frames lie one after the
    other.  Fewer than `count` are returned where the file ends early.
    """
    offsets, _ = _places(document, [page], layout)
    if _mapped(document, layout, offsets) is None:
        return None
    there = (document.size - int(offsets[0, 0])) // layout.frame
    places = offsets[0, 0] + layout.frame * np.arange(min(count, there))
    source = _mapped(document, layout, places.reshape(-1, 1), whole=True)
    return None if source is None else _upright(lazy(source), layout)


def _upright(array: Array, layout: Layout) -> Array:
    """Turn frames as tag 274 says, so that row 0 is the top."""
    if layout.orientation in (5, 6, 7, 8):
        array = array.transpose(0, 2, 1, 3)
    if layout.orientation in (3, 4, 7, 8):
        array = array[:, ::-1]
    if layout.orientation in (2, 3, 6, 7):
        array = array[:, :, ::-1]
    return array


def _places(
    document: Tiff, pages: Sequence[Page], layout: Layout
) -> tuple[np.ndarray, np.ndarray]:
    """Return offsets and sizes of the strips or tiles, [page, block]."""
    if layout.compression == 1 and layout.frame > _ALWAYS + document.size:
        msg = f"{layout.rows} x {layout.columns} pixels do not fit into {document.size} bytes"
        raise document.corrupt(msg, pages[0])
    number = math.prod(layout.grid)
    at, size = (324, 325) if layout.tiled and 324 in pages[0].tags else (273, 279)
    least = layout.bytes_of(1, 1) if layout.compression == 1 else 0
    if number * least > document.size + _ALWAYS:
        msg = f"{number} strips or tiles do not fit into {document.size} bytes"
        raise document.corrupt(msg, pages[0])
    offsets, counts = [], []
    for page in pages:
        there = page.numbers(at)
        sizes = page.numbers(size) or _full_sizes(layout)
        if len(there) < number or len(sizes) < number:
            msg = f"{number} strips or tiles should be there, found {len(there)}"
            raise document.corrupt(msg, page)
        offsets.append(there[:number])
        counts.append(sizes[:number])
    found = np.array(offsets, "u8").astype("i8"), np.array(counts, "u8").astype("i8")
    if layout.compression != 1:
        _check_claims(document, pages[0], layout, *found)
    elif layout.tiled and found[0].max(initial=0) > document.size - layout.bytes_of(*layout.block):
        msg = f"a tile lies outside the {document.size} bytes of the file"
        raise document.corrupt(msg, pages[0])
    return found


def _full_sizes(layout: Layout) -> tuple[int, ...]:
    """Return the sizes that strips have when the file does not tell them."""
    if layout.compression != 1:
        return ()
    return (layout.bytes_of(*layout.block),) * math.prod(layout.grid)


def _check_claims(
    document: Tiff, page: Page, layout: Layout, offsets: np.ndarray, counts: np.ndarray
) -> None:
    size = layout.bytes_of(*layout.block)
    if (offsets < 0).any() or (counts < 0).any() or (offsets + counts > document.size).any():
        msg = f"a strip or tile lies outside the {document.size} bytes of the file"
        raise document.corrupt(msg, page)
    most = int(counts.max(initial=0))
    if size > _ALWAYS + _MOST_RATIO * most:
        msg = f"no compression packs {size} bytes of pixels into {most}"
        raise document.corrupt(msg, page)


def _mapped(
    document: Tiff, layout: Layout, offsets: np.ndarray, *, whole: bool = False
) -> StridedArray | None:
    """Return frames that are mapped as they are, None when they are in pieces."""
    if layout.compression != 1 or layout.packed or layout.mirrored:
        return None
    if layout.tiled and layout.grid[1:] != (1, 1):
        return None
    if layout.tiled and layout.block != layout.plane:
        return None
    if not whole and not _follow_each_other(layout, offsets):
        return None
    steps = np.diff(offsets[:, 0])
    if len(steps) and (steps != steps[0]).any():
        return None
    size = layout.dtype.itemsize
    inner = layout.in_block * size
    sample = layout.bytes_of(layout.rows, layout.columns) if layout.separate else size
    return StridedArray(
        document.path,
        layout.dtype,
        (len(offsets), layout.rows, layout.columns, layout.samples),
        int(offsets[0, 0]),
        (int(steps[0]) if len(steps) else 0, layout.columns * inner, inner, sample),
    )


def _follow_each_other(layout: Layout, offsets: np.ndarray) -> bool:
    planes, down, _ = layout.grid
    strip = layout.bytes_of(layout.block[0], layout.columns)
    plane = layout.bytes_of(layout.rows, layout.columns)
    wanted = plane * np.arange(planes)[:, None] + strip * np.arange(down)
    return bool((offsets - offsets[:, :1] == wanted.reshape(-1)).all())
