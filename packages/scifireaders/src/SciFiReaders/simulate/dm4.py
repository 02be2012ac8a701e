"""Write Gatan DM3 and DM4 files, down to the tags the readers of this world look for.

The layout is the one `SciFiReaders.readers.electron.gatan_tags` reads (its docstring is
the table, its source C. Boothroyd's description).  Made for tests, demonstrations and
benchmarks: the files hold what was measured or simulated, no window or page settings.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from struct import pack
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

from SciFiReaders.readers.electron.gatan_pixels import COLOURS, PIXELS
from SciFiReaders.readers.electron.gatan_tags import ARRAY, DATA, DIRECTORY, NUMBERS, STRUCT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from os import PathLike

__all__ = ["DMAxis", "DMImage", "write_dm"]

_WORD: Final = {3: "I", 4: "Q"}

#: Number type of a tag by dtype, and `ImageData/DataType` by dtype of the pixels.
_CODE: Final = {np.dtype(kind): code for code, (_, kind) in NUMBERS.items() if code != 9}
_CODE[np.dtype("u1")] = 10  # the format has one type of byte
_DATA_TYPE: Final = {np.dtype(kind): code for code, kind in PIXELS.items()}

#: How many pixels are written at a time.
_BLOCK: Final = 1 << 20


@dataclass(frozen=True)
class DMAxis:
    """Calibration of one axis: the value of index i is ``offset + i * scale``, in `units`."""

    scale: float = 1.0
    offset: float = 0.0
    units: str = ""


@dataclass(frozen=True)
class DMImage:
    """One image of a file.

    Parameters
    ----------
    data : ndarray
        C-ordered as in the file, slowest axis first: [y, x], [energy, y, x], ...; with
        `colours`, the last axis holds red, green, blue (and alpha) as u8.
    name : str
        Title; none is written for "".
    axes : sequence of DMAxis
        One per axis of the data, in the same order; missing ones are uncalibrated.
    brightness : DMAxis
        Calibration of the values.
    tags : mapping
        ``ImageTags``: nested dicts of numbers, strings, tuples (structs) and arrays.
    data_type : int, optional
        ``DataType``; by default from the dtype of the data.  With 5, 27 or 28 the data
        are written as they are and `shape` says what they stand for.
    shape : tuple of int, optional
        Shape to announce instead of that of the data.
    """

    data: np.ndarray
    name: str = ""
    axes: Sequence[DMAxis] = ()
    brightness: DMAxis = field(default_factory=DMAxis)
    tags: Mapping[str, Any] = field(default_factory=dict)
    data_type: int | None = None
    shape: tuple[int, ...] | None = None


def write_dm(
    path: str | PathLike[str],
    images: DMImage | Iterable[DMImage],
    *,
    version: int = 4,
    order: str = "<",
    sparse: bool = False,
    root: Mapping[str, Any] | None = None,
) -> Path:
    """Write a DM3 or DM4 file.

    Parameters
    ----------
    path : path-like
        Where; an existing file is replaced.
    images : DMImage or iterable of DMImage
        In the order of ``ImageList``; a file of the vendor has its thumbnail first and
        says so in `root`: ``{"Thumbnails": {0: {"ImageIndex": 0}}}``.
    version : {3, 4}
        DM3 or DM4.
    order : {"<", ">"}
        Byte order of the values, little or big endian.
    sparse : bool
        Leave holes for the pixels instead of writing them, so that gigabytes take no
        room; with ``np.broadcast_to`` the data take none in memory either.
    root : mapping, optional
        More entries of the root directory.

    Returns
    -------
    Path
        The file.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "ramp.dm4")
    >>> ramp = DMImage(np.arange(6.0).reshape(2, 3), axes=[DMAxis(0.1, units="nm")] * 2)
    >>> write_dm(path, ramp).name
    'ramp.dm4'
    """
    if version not in _WORD or order not in ("<", ">"):
        msg = f"version should be 3 or 4 and order '<' or '>', found {version!r} and {order!r}"
        raise ValueError(msg)
    images = [images] if isinstance(images, DMImage) else list(images)
    tree = {"ImageList": {i: _image_tags(image) for i, image in enumerate(images)}, **(root or {})}
    coder = _Coder(version, order)
    pieces = list(coder.directory(tree))
    length = sum(_length(piece) for piece in pieces)
    target = Path(path)
    with target.open("wb") as file:
        file.write(pack(f">I{_WORD[version]}I", version, length, order == "<"))
        for piece in pieces:
            if isinstance(piece, bytes):
                file.write(piece)
            else:
                _write_pixels(file, piece, order, sparse=sparse)
        file.write(bytes(8))
    return target


@dataclass(frozen=True)
class _Pixels:
    """Numbers of an image, written piece by piece."""

    data: np.ndarray


def _length(piece: bytes | _Pixels) -> int:
    return len(piece) if isinstance(piece, bytes) else piece.data.nbytes


def _write_pixels(file: BinaryIO, pixels: _Pixels, order: str, *, sparse: bool) -> None:
    if sparse:
        file.seek(pixels.data.nbytes, os.SEEK_CUR)
        return
    kind = pixels.data.dtype.newbyteorder(order)
    flat = pixels.data.reshape(-1)
    for first in range(0, flat.size, _BLOCK):
        file.write(flat[first : first + _BLOCK].astype(kind).tobytes())


def _image_tags(image: DMImage) -> dict[str, Any]:
    data = np.asarray(image.data)
    code = _data_type(data.dtype) if image.data_type is None else image.data_type
    shape = data.shape if image.shape is None else image.shape
    if code in COLOURS:
        shape, data = shape[:-1], _words(data)
    axes = [*image.axes, *([DMAxis()] * len(shape))][: len(shape)]
    # the file counts its dimensions from the fastest
    dimensions = {i: np.uint32(n) for i, n in enumerate(reversed(shape))}
    tags = {
        "ImageData": {
            "Calibrations": {
                "Brightness": _calibration(image.brightness),
                "Dimension": {i: _calibration(axis) for i, axis in enumerate(reversed(axes))},
            },
            "Data": _Pixels(data),
            "DataType": np.uint32(code),
            "Dimensions": dimensions,
            "PixelDepth": np.uint32(data.dtype.itemsize),
        },
        "ImageTags": dict(image.tags),
    }
    return tags | ({"Name": image.name} if image.name else {})


def _data_type(kind: np.dtype) -> int:
    native = kind.newbyteorder("=")
    if native not in _DATA_TYPE:
        msg = f"pixels of type {kind} have no place in the format; it has {list(_DATA_TYPE)}"
        raise TypeError(msg)
    return _DATA_TYPE[native]


def _calibration(axis: DMAxis) -> dict[str, Any]:
    origin = -axis.offset / axis.scale if axis.scale else 0.0
    return {"Origin": float(origin), "Scale": float(axis.scale), "Units": axis.units}


def _words(colours: np.ndarray) -> np.ndarray:
    """Pack red, green, blue (and alpha) into words ``0xAARRGGBB``."""
    red, green, blue, *alpha = np.moveaxis(colours.astype("u4"), -1, 0)
    return (alpha[0] << 24 if alpha else 0) + (red << 16) + (green << 8) + blue


class _Coder:
    """Turn a tree of Python values into the pieces of a file."""

    def __init__(self, version: int, order: str) -> None:
        self.version, self.order, self.word = version, order, _WORD[version]

    def directory(self, tree: Mapping[Any, Any]) -> Iterator[bytes | _Pixels]:
        yield pack(f">BB{self.word}", 1, 0, len(tree))
        for label, value in tree.items():
            yield from self.entry(label, value)

    def entry(self, label: Any, value: Any) -> Iterator[bytes | _Pixels]:
        nested = hasattr(value, "items")
        pieces = list(self.directory(value) if nested else self.data(value))
        name = label.encode("latin-1") if isinstance(label, str) else b""
        yield pack(">BH", DIRECTORY if nested else DATA, len(name)) + name
        if self.version == 4:
            yield pack(">Q", sum(_length(piece) for piece in pieces))
        yield from pieces

    def data(self, value: Any) -> Iterator[bytes | _Pixels]:
        kinds, payload = self.describe(value)
        yield b"%%%%" + pack(f">{len(kinds) + 1}{self.word}", len(kinds), *kinds)
        yield payload

    def describe(self, value: Any) -> tuple[list[int], bytes | _Pixels]:
        if isinstance(value, _Pixels):
            return [ARRAY, *self.type_of(value.data.dtype), value.data.size], value
        if isinstance(value, str):
            value = np.frombuffer(value.encode("utf-16-le"), "<u2")
        if isinstance(value, tuple):
            value = np.array(value, dtype=[(f"f{i}", _kind(part)) for i, part in enumerate(value)])
        array = np.asarray(value, dtype=_kind(value))
        kinds = self.type_of(array.dtype)
        if array.ndim:
            kinds = [ARRAY, *kinds, array.size]
        return kinds, array.astype(array.dtype.newbyteorder(self.order)).tobytes()

    def type_of(self, kind: np.dtype) -> list[int]:
        """Return the words that describe one value."""
        if kind.kind == "c":
            part = _CODE[np.dtype(f"f{kind.itemsize // 2}")]
            return [STRUCT, 0, 2, 0, part, 0, part]
        if kind.names:
            fields = [self.type_of(kind[name])[0] for name in kind.names]
            return [STRUCT, 0, len(fields), *(word for code in fields for word in (0, code))]
        return [_CODE[kind.newbyteorder("=")]]


def _kind(value: Any) -> np.dtype:
    """Return the type a tag is stored with: i32 and f64 for plain Python numbers."""
    if isinstance(value, bool):
        return np.dtype(bool)
    if isinstance(value, int):
        return np.dtype("i4") if -(2**31) <= value < 2**31 else np.dtype("i8")
    return np.asarray(value).dtype
