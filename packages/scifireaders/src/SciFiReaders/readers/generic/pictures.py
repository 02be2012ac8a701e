"""Compressed pictures as arrays [frame, row, column, sample] that are unpacked when computed.

Pillow unpacks them, one frame at a time.  What it would change is left as it is stored or
unpacked by imagecodecs: gray stays one plane, also behind a palette of grays; colors behind
a palette are shown; 16 bits stay 16 bits, which Pillow cuts to 8 in colors.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from os import fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import (
    CorruptFile,
    MissingDependency,
    MissingFile,
    ReaderError,
    UnrecognisedFile,
    UnsupportedFile,
)
from sidpy.sid.outer import by_axis, take_outer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

__all__ = ["MAGIC", "SAMPLES", "Picture"]

FORMAT: Final = "image"

#: How files begin, and what Pillow calls them.
MAGIC: Final = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"BM": "BMP",
    b"RIFF": "WEBP",
}

#: Pixels of one frame that are unpacked: more of them are a bomb, or are better in a TIFF.
MOST_PIXELS: Final = 1 << 28
#: A byte of a picture stands for no more bytes than this: deflate packs 1032 into one.
_MOST_RATIO: Final = 1 << 13
_ALWAYS: Final = 1 << 24

#: Mode of Pillow: the one it is read in, dtype, what its samples are.
SAMPLES: Final = {
    "1": ("1", "u1", ""),
    "L": ("L", "u1", ""),
    "LA": ("LA", "u1", "gray, alpha"),
    "I": ("I", "i4", ""),
    "I;16": ("I;16", "u2", ""),
    "I;16B": ("I;16B", "u2", ""),
    "I;16L": ("I;16L", "u2", ""),
    "F": ("F", "f4", ""),
    "RGB": ("RGB", "u1", "red, green, blue"),
    "RGBX": ("RGB", "u1", "red, green, blue"),
    "RGBA": ("RGBA", "u1", "red, green, blue, alpha"),
    "CMYK": ("CMYK", "u1", "cyan, magenta, yellow, black"),
    "YCbCr": ("RGB", "u1", "red, green, blue"),
}


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the head of a picture says."""

    kind: str
    rows: int
    columns: int
    frames: int
    mode: str
    deep: bool
    """Colors of 16 bits, which Pillow cuts."""
    info: dict[str, Any]
    exif: dict[int, Any]


class Picture:
    """A picture in a file, unpacked frame by frame when it is asked for.

    Parameters
    ----------
    path : path-like
        The file.
    span : (int, int), optional
        Where the picture begins and how many bytes it has, if it lies inside a file of
        something else.
    **options
        For `PIL.Image.open`.

    Attributes
    ----------
    samples : str
        What lies along the last axis, blank for gray.
    info, exif : dict
        What its head notes.

    Raises
    ------
    MissingDependency
        Without pillow.
    UnrecognisedFile, CorruptFile
        When it is no picture, or a damaged one.
    UnsupportedFile
        When it is too large.
    """

    __slots__ = (
        "deep", "dtype", "exif", "info", "kind", "mode", "options", "path", "samples", "shape",
        "span",
    )  # fmt: skip

    def __init__(
        self, path: str | PathLike[str], span: tuple[int, int] | None = None, **options: Any
    ) -> None:
        self.path = str(Path(fspath(path)).resolve())
        self.span, self.options = span, options
        self.kind, self.deep = "", False
        with self._opened() as image:
            facts = _facts(image)
        self._check_size(facts)
        self.mode, dtype, self.samples = SAMPLES[facts.mode]
        self.deep, self.kind, self.info, self.exif = facts.deep, facts.kind, facts.info, facts.exif
        # Pillow has no mode of unsigned 32 bits, and PNG none of signed ones
        gray = self.mode in ("I", "I;16", "I;16B") and facts.kind == "PNG"
        self.dtype = np.dtype("u2" if gray or self.deep else dtype)
        count = self.samples.count(",") + 1
        self.shape = (facts.frames, facts.rows, facts.columns, count)

    @property
    def ndim(self) -> int:
        """Number of axes, 4."""
        return 4

    def __dask_tokenize__(self) -> tuple[object, ...]:
        status = Path(self.path).stat()
        written = (status.st_mtime_ns, status.st_size)
        return (self.path, *written, self.span, self.mode, self.shape)

    def __getitem__(self, index: Any) -> np.ndarray:
        return take_outer(self._read, by_axis(index, self.shape))

    def _read(self, place: tuple[Any, ...]) -> np.ndarray:
        wanted = place[0]
        single = isinstance(wanted, int)
        numbers = [wanted] if single else range(wanted.start, wanted.stop, wanted.step)
        frames = np.empty((len(numbers), *self.shape[1:]), self.dtype)
        for i, number in enumerate(numbers):
            frames[i] = self._frame(number)
        return (frames[0] if single else frames)[
            place[1:] if single else (slice(None), *place[1:])
        ]

    def _frame(self, number: int) -> np.ndarray:
        if self.deep:
            return self._deep_frame()
        with self._opened() as image:
            if self.shape[0] > 1:
                image.seek(number)
            found = image if image.mode == self.mode else image.convert(self.mode)
            return np.asarray(found).reshape(self.shape[1:])

    def _deep_frame(self) -> np.ndarray:
        """Return colors of 16 bits."""
        try:
            import imagecodecs
        except ModuleNotFoundError as error:
            msg = "colors of 16 bits in a PNG need imagecodecs: pip install 'SciFiReaders[codecs]'"
            raise MissingDependency(msg, name="imagecodecs") from error
        try:
            with self._stream() as stream:
                return imagecodecs.png_decode(stream.read()).reshape(self.shape[1:])
        except (RuntimeError, ValueError) as error:
            raise self._corrupt(error) from error

    def _check_size(self, facts: _Facts) -> None:
        pixels = facts.rows * facts.columns
        size = self.span[1] if self.span else Path(self.path).stat().st_size
        if pixels > MOST_PIXELS:
            msg = f"a picture of {pixels} pixels is not unpacked, {MOST_PIXELS} are the most"
            raise UnsupportedFile(msg, path=self.path, format=FORMAT)
        if pixels > _ALWAYS + _MOST_RATIO * size or min(facts.rows, facts.columns) < 1:
            msg = f"{facts.rows} x {facts.columns} pixels cannot be in {size} bytes"
            raise CorruptFile(msg, path=self.path, format=FORMAT)

    def _corrupt(self, error: Exception) -> CorruptFile:
        msg = f"the picture cannot be unpacked: {error or type(error).__name__}"
        return CorruptFile(msg, path=self.path, format=FORMAT)

    @contextmanager
    def _stream(self) -> Iterator[Any]:
        """Open the bytes of the picture."""
        with Path(self.path).open("rb") as file:
            if self.span is None:
                yield file
            else:
                file.seek(self.span[0])
                yield BytesIO(file.read(self.span[1]))

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        """Open the picture; whatever Pillow raises on damage becomes one error."""
        module = _pillow()
        try:
            with warnings.catch_warnings(), self._stream() as stream:
                # sizes are checked here; other warnings are about metadata
                warnings.simplefilter("ignore")
                kinds = [_kind(stream.read(12), self.path)]
                stream.seek(0)
                with module.open(stream, **{"formats": kinds, **self.options}) as image:
                    yield image
        except FileNotFoundError as error:
            msg = "there is no such file; is the name spelt right?"
            raise MissingFile(msg, path=self.path, format=FORMAT) from error
        except (ReaderError, MissingDependency, MemoryError):
            raise
        except module.DecompressionBombError as error:
            raise UnsupportedFile(str(error), path=self.path, format=FORMAT) from error
        except Exception as error:
            raise self._corrupt(error) from error


def _pillow() -> Any:
    try:
        from PIL import Image
    except ModuleNotFoundError as error:
        msg = "pictures need pillow: pip install 'SciFiReaders[image]'"
        raise MissingDependency(msg, name="pillow") from error
    return Image


def _kind(head: bytes, path: str) -> str:
    for magic, name in MAGIC.items():
        if head.startswith(magic) and (name != "WEBP" or head[8:12] == b"WEBP"):
            return name
    msg = f"not a picture: it begins as none of {', '.join(sorted(set(MAGIC.values())))}"
    raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)


def _facts(image: Any) -> _Facts:
    columns, rows = image.size
    frames = getattr(image, "n_frames", 1)
    mode = _shown_mode(image, frames)
    packing = str(image.tile)
    deep = image.format == "PNG" and mode in ("LA", "RGB", "RGBA") and "16B" in packing
    if deep and "LA;16B" in packing:
        mode = "LA"
    info = {key: value for key, value in image.info.items() if _is_plain(value)}
    return _Facts(image.format, rows, columns, frames, mode, deep, info, _exif(image))


def _exif(image: Any) -> dict[int, Any]:
    """Return what Exif notes; `getexif` would unpack a PNG to look behind its pixels."""
    exif = _pillow().Exif()
    raw = image.info.get("exif")
    if isinstance(raw, bytes):
        exif.load(raw)
    return {**exif, **exif.get_ifd(0x8769)}


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) or (
        isinstance(value, tuple) and all(isinstance(part, int | float) for part in value)
    )


def _shown_mode(image: Any, frames: int) -> str:
    """Return the mode that a picture is read in: palettes of grays are gray."""
    clear = "transparency" in image.info
    if image.mode == "P" or frames > 1:
        gray = not clear and frames == 1 and _is_gray(image)
        return "L" if gray else "RGBA" if clear or image.mode in ("RGBA", "PA") else "RGB"
    if image.mode == "PA":
        return "RGBA"
    if image.mode not in SAMPLES:
        msg = f"pictures of Pillow's mode {image.mode} are not supported"
        raise UnsupportedFile(msg, path=image.filename or None, format=FORMAT)
    return str(image.mode)


def _is_gray(image: Any) -> bool:
    table = np.reshape(image.getpalette("RGB") or [0, 1, 2], (-1, 3))
    return bool((table == table[:, :1]).all())
