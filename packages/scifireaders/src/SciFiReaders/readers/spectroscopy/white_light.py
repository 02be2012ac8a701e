"""The picture of the sample that lies as a JPEG inside a file of Raman spectra.

Its Exif tags have the place of its upper left corner and its field of view:

====== ==========================================================================
tag    meaning
====== ==========================================================================
0xFEA0 x and y of the upper left corner
0xFEA1 width and height
0xA210 their units: 2 inch, 3 cm, 4 mm, 5 µm
0x010E description
====== ==========================================================================

Source: github.com/alchem0x2A/py-wdf-reader, notes on the block WHTL; Exif 2.32 for the
units of the focal plane.
"""

from __future__ import annotations

import io
from os import fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import Axis, dataset, lazy, pixel_centres
from SciFiReaders.values import number
from sidpy.errors import CorruptFile, MissingDependency, MissingFile

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["EmbeddedPicture", "white_light_image"]

CORNER: Final = 0xFEA0
FIELD: Final = 0xFEA1
RESOLUTION_UNIT: Final = 0xA210
_EXIF: Final = 0x8769
#: Unit and its size in micrometres.
_UNITS: Final = {2: 25_400.0, 3: 10_000.0, 4: 1_000.0, 5: 1.0}
_MOST_PIXELS: Final = 1 << 27


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError as error:
        msg = "pictures inside files need pillow: pip install 'SciFiReaders[image]'"
        raise MissingDependency(msg) from error
    return Image


class EmbeddedPicture:
    """A compressed picture inside a file, decoded when it is asked for.

    Parameters
    ----------
    path : path-like
        The file.
    offset, size : int
        Where the picture lies, in bytes.

    Raises
    ------
    MissingDependency
        Without pillow.
    CorruptFile
        When it is no picture.
    """

    __slots__ = ("dtype", "offset", "path", "shape", "size_in_file", "tags")

    def __init__(self, path: str | PathLike[str], offset: int, size: int) -> None:
        self.path = str(Path(fspath(path)).resolve())
        self.offset, self.size_in_file = offset, size
        self.dtype = np.dtype("u1")
        with self._open() as picture:
            width, height = picture.size
            if picture.mode not in ("L", "RGB") or width * height > _MOST_PIXELS:
                msg = f"a picture of {width} x {height} in mode {picture.mode}"
                raise self._corrupt(msg)
            exif = picture.getexif()
            self.tags: dict[int, Any] = {**exif, **exif.get_ifd(_EXIF)}
            self.shape = (height, width) if picture.mode == "L" else (height, width, 3)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def _corrupt(self, message: str) -> CorruptFile:
        return CorruptFile(message, path=self.path, offset=self.offset)

    def _open(self) -> Any:
        module = _pillow()
        try:
            with Path(self.path).open("rb") as file:
                file.seek(self.offset)
                return module.open(io.BytesIO(file.read(self.size_in_file)))
        except FileNotFoundError as error:
            msg = "the file that holds this picture is gone"
            raise MissingFile(msg, path=self.path) from error
        except (OSError, ValueError, SyntaxError, module.DecompressionBombError) as error:
            msg_0 = f"the picture cannot be read: {error}"
            raise self._corrupt(msg_0) from error

    def __getitem__(self, index: Any) -> np.ndarray:
        with self._open() as picture:
            try:
                pixels = np.asarray(picture)
            except (OSError, ValueError, SyntaxError) as error:
                msg = f"the picture cannot be decoded: {error}"
                raise self._corrupt(msg) from error
        return np.array(pixels[index])

    def __dask_tokenize__(self) -> tuple[object, ...]:
        status = Path(self.path).stat()
        return (self.path, status.st_mtime_ns, status.st_size, self.offset, self.size_in_file)


def white_light_image(path: str | PathLike[str], offset: int, size: int, source: str) -> Dataset:
    """Return the picture as a dataset, [y, x] or [y, x, colour], with its place in µm.

    Parameters
    ----------
    path : path-like
        The file.
    offset, size : int
        Where the picture lies, in bytes.
    source : str
        Name of the reader.

    Raises
    ------
    MissingDependency, CorruptFile
        See `EmbeddedPicture`.
    """
    picture = EmbeddedPicture(path, offset, size)
    rows, columns = picture.shape[:2]
    axes = [
        _direction(picture, name, i, pixels)
        for name, i, pixels in (("y", 1, rows), ("x", 0, columns))
    ]
    if picture.ndim == 3:
        axes.append(Axis("colour", np.arange(3), "", "RGB", "CHANNEL"))
    return dataset(
        lazy(picture),
        tuple(axes),
        title="white light image",
        data_type="IMAGE" if picture.ndim == 2 else "IMAGE_STACK",
        quantity="intensity",
        source=source,
        metadata={"experiment": {}},
        original_metadata={f"0x{tag:04X}": str(value) for tag, value in picture.tags.items()},
    )


def _direction(picture: EmbeddedPicture, name: str, i: int, pixels: int) -> Axis:
    """Return one direction of the picture, in pixels where its place is not known."""
    scale = _UNITS.get(picture.tags.get(RESOLUTION_UNIT, 5))
    start, length = (_pair(picture.tags.get(tag), i) for tag in (CORNER, FIELD))
    if scale is None or start is None or not length:
        return Axis.scanned(name, np.arange(pixels), "")
    return Axis.scanned(name, pixel_centres(pixels, length * scale, start * scale), "µm")


def _pair(value: Any, i: int) -> float | None:
    if not isinstance(value, tuple) or len(value) != 2:
        return None
    try:
        return number(float(value[i]))
    except (TypeError, ValueError, ZeroDivisionError):
        return None
