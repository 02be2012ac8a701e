"""Createc scans (``.dat``) as Datasets.

========== ================ =============================================================
bytes      type             meaning
========== ================ =============================================================
0          text             ``[Paramco32]``, ``[Paramet32]`` or ``[Parameter]``, then
                            ``Name / Other name=value`` lines in the Windows code page
16384      f32 or i16       little-endian: a number without meaning, then channel after
                            channel [row][column]; i16 in ``[Parameter]``; in
                            ``[Paramco32]`` all of it is one zlib stream
========== ================ =============================================================

Keys used: ``Num.X``, ``Num.Y``, ``Channels``, ``Length x[A]``, ``Length y[A]`` (Angstrom),
``Rotation`` (deg), ``BiasVoltage`` (mV), ``FBLogIset`` (pA).  Rows that were not scanned are
zeros in the file; they become NaN.

Not yet understood, and left alone: what one count of a channel is worth (the converter's
factors, such as ``Dacto[A]z``, are in the metadata) and which signal a channel is.

Source: C. Xu, Python package ``createc`` (MIT), documentation of its file classes.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from os import fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import dataset, lazy
from SciFiReaders.text import decode, until_nul
from SciFiReaders.values import number, typed
from sidpy.errors import CorruptFile, UnrecognisedFile

from .calibrated import frame, known

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from sidpy import Dataset

__all__ = ["Inflated", "Scan", "parse_createc", "read_createc"]

FORMAT: Final = "createc.dat"

# --- layout ---------------------------------------------------------------------------

#: First line: type of the numbers, and whether they are compressed.
KINDS: Final = {
    b"[Paramco32]": ("<f4", True),
    b"[Paramet32]": ("<f4", False),
    b"[Parameter]": ("<i2", False),
}
HEADER: Final = 16384
#: zlib never makes more of a byte than this.
MOST_INFLATED: Final = 1032
#: Bytes of a stream that are taken at a time.
BLOCK: Final = 1 << 14
#: The program scans 4096 x 4096 pixels at most.
MOST_PIXELS: Final = 1 << 24

# --- parse ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan holds, its numbers left in the file."""

    path: str | PathLike[str]
    values: dict[str, Any]
    """By every name a line has, in lower case."""
    dtype: np.dtype
    is_compressed: bool
    channels: int
    shape: tuple[int, int]


class Inflated:
    """An image in a compressed stream, which is read up to the end of the image each time.

    Parameters
    ----------
    path : path-like
        The file.
    dtype : dtype-like
        Type of the numbers.
    shape : tuple of int
        Shape of the image.
    offset : int
        Where the stream begins in the file.
    skip : int
        Where the image begins in what the stream holds, in bytes.
    """

    __slots__ = ("dtype", "offset", "path", "shape", "skip")

    def __init__(
        self, path: str | PathLike[str], dtype: Any, shape: tuple[int, ...], offset: int, skip: int
    ) -> None:
        self.path, self.dtype = str(Path(fspath(path)).resolve()), np.dtype(dtype)
        self.shape, self.offset, self.skip = shape, offset, skip

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __dask_tokenize__(self) -> tuple[object, ...]:
        status = Path(self.path).stat()
        written = (status.st_mtime_ns, status.st_size)
        return (self.path, *written, self.dtype.str, self.shape, self.offset, self.skip)

    def __getitem__(self, index: Any) -> np.ndarray:
        size = math.prod(self.shape) * self.dtype.itemsize
        found, place = bytearray(), 0
        for piece in self._pieces():
            # what lies before the image is let go at once
            found += piece[max(self.skip - place, 0) :]
            place += len(piece)
            if len(found) >= size:
                break
        if len(found) < size:
            msg = f"{self.skip + size} bytes of numbers are needed, the stream holds {place}"
            raise CorruptFile(msg, path=self.path, format=FORMAT, offset=self.offset)
        raw = memoryview(found)[:size]
        return np.array(np.frombuffer(raw, self.dtype).reshape(self.shape)[index])

    def _pieces(self) -> Iterator[bytes]:
        stream = zlib.decompressobj()
        with Path(self.path).open("rb") as file:
            file.seek(self.offset)
            while block := file.read(BLOCK):
                try:
                    yield stream.decompress(block)
                except zlib.error as error:
                    msg = f"the compressed numbers are damaged: {error}"
                    place = file.tell() - len(block)
                    raise CorruptFile(msg, path=self.path, format=FORMAT, offset=place) from error


def parse_createc(path: str | PathLike[str]) -> Scan:
    """Read everything of a scan but its numbers.

    Raises
    ------
    UnrecognisedFile
        When the first line names none of the three kinds.
    CorruptFile
        When the number of pixels or channels cannot be.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        kind = KINDS.get(cursor.take(min(cursor.size, 11)))
        if kind is None:
            msg = "not a Createc scan: it does not begin with [Parameter] or one of its kind"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        cursor.position = 0
        values = parse_header(cursor.take(HEADER, "header"))
        sizes = [values.get(key) for key in ("channels", "num.y", "num.x")]
        if not all(isinstance(n, int) and n > 0 for n in sizes):
            msg = f"Channels, Num.Y and Num.X should be positive numbers, found {sizes}"
            raise cursor.corrupt(msg, offset=0)
        channels, rows, columns = (int(n) for n in sizes)  # type: ignore[arg-type]  # checked
        dtype = np.dtype(kind[0])
        if rows * columns > MOST_PIXELS:
            msg = f"an image of {rows} x {columns} pixels cannot be"
            raise cursor.corrupt(msg, offset=0)
        _check_fits(cursor, (1 + channels * rows * columns) * dtype.itemsize, compressed=kind[1])
    return Scan(path, values, dtype, kind[1], channels, (rows, columns))


def parse_header(raw: bytes) -> dict[str, Any]:
    r"""Return the values of a header by every name they have.

    Examples
    --------
    >>> parse_header(b"[Paramco32]\r\nNum.X / Num.X=256\r\nTitel / Title=x=y\r\n")
    {'num.x': 256, 'titel': 'x=y', 'title': 'x=y'}
    """
    values: dict[str, Any] = {}
    for line in until_nul(decode(raw)).splitlines():
        names, found, rest = line.partition("=")
        for name in names.split(" / ") if found else ():
            values[name.strip().lower()] = typed(rest.strip())
    return values


def _check_fits(cursor: Cursor, size: int, *, compressed: bool) -> None:
    most = cursor.left * (MOST_INFLATED if compressed else 1)
    if size > most:
        msg = f"{size} bytes of numbers are announced, but {cursor.left} bytes follow"
        raise cursor.corrupt(msg)


# --- label ----------------------------------------------------------------------------


def read_createc(path: str | PathLike[str]) -> list[Dataset]:
    """Read a scan: an image [y, x] per channel, in counts of the converter.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        See `parse_createc`; a damaged stream when it is computed.
    """
    scan = parse_createc(path)
    return [_image(scan, index) for index in range(scan.channels)]


def _image(scan: Scan, index: int) -> Dataset:
    import dask.array as da

    from sidpy import FileArray

    width = scan.dtype.itemsize
    # one number without meaning comes first
    place = width * (1 + index * scan.shape[0] * scan.shape[1])
    if scan.is_compressed:
        # a stream is read from its beginning: once is enough
        source = Inflated(scan.path, scan.dtype, scan.shape, HEADER, place)
        counts = lazy(source)
    else:
        counts = lazy(FileArray(scan.path, scan.dtype, scan.shape, offset=HEADER + place))
    if scan.dtype.kind == "f":
        counts = da.where((counts != 0).any(axis=1, keepdims=True), counts, np.float32(np.nan))
    values = scan.values
    size = (number(values.get("length y[a]")), number(values.get("length x[a]")))
    bias = number(values.get("biasvoltage", values.get("biasvolt.[mv]")))
    current = number(values.get("fblogiset"))
    experiment = {
        "bias": None if bias is None else bias * 1e-3,
        "current": None if current is None else current * 1e-12,
        "comment": str(values.get("titel", "")),
        "instrument": "Createc",
    }
    return dataset(
        counts,
        frame(scan.shape, size, "Å"),
        title=f"Channel {index + 1}",
        data_type="IMAGE",
        source="SciFiReaders.createc_dat",
        metadata={
            "experiment": known(experiment),
            "scan": known({"angle": number(values.get("rotation"))}),
        },
        original_metadata=values,
    )
