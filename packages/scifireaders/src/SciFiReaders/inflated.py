"""Numbers that lie in a file as zlib streams, inflated when they are computed."""

from __future__ import annotations

import math
import zlib
from os import fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.errors import CorruptFile, MissingFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    import numpy.typing as npt

__all__ = ["Inflated"]

#: zlib packs at most 1032 bytes into one; what claims more is damage.
_BEST = 1100


class Inflated:
    """An array whose bytes are the contents of zlib streams, one behind the other.

    Any part of it takes all of its streams.

    Parameters
    ----------
    path : path-like
        The file; it is opened read-only when the array is indexed.
    dtype : dtype-like
        Type of the numbers, byte order included.
    shape : sequence of int
        Shape of the array.
    streams : sequence of (int, int, int)
        Of each stream: where it begins, its packed size, its size; in bytes.

    Raises
    ------
    CorruptFile
        When the streams do not make up the array, or cannot be inflated.

    Examples
    --------
    >>> import tempfile, pathlib, zlib
    >>> path = pathlib.Path(tempfile.mkdtemp(), "packed.bin")
    >>> packed = zlib.compress(bytes([1, 2, 3, 4]))
    >>> _ = path.write_bytes(b"head" + packed)
    >>> Inflated(path, "u1", (2, 2), [(4, len(packed), 4)])[1]
    array([3, 4], dtype=uint8)
    """

    __slots__ = ("dtype", "path", "shape", "streams")

    def __init__(
        self,
        path: str | PathLike[str],
        dtype: npt.DTypeLike,
        shape: Sequence[int],
        streams: Sequence[tuple[int, int, int]],
    ) -> None:
        self.path = str(Path(fspath(path)).resolve())
        self.dtype = np.dtype(dtype)
        self.shape = tuple(int(n) for n in shape)
        self.streams = tuple((int(a), int(b), int(c)) for a, b, c in streams)
        needed, there = self.size * self.dtype.itemsize, sum(part[2] for part in self.streams)
        if needed != there or min(self.shape, default=1) < 0:
            msg = f"an array of shape {self.shape} takes {needed} bytes, {there} are packed"
            raise CorruptFile(msg, path=self.path)
        size = Path(self.path).stat().st_size
        for place, packed, whole in self.streams:
            if place < 0 or place + packed > size or whole > packed * _BEST:
                msg = f"{whole} bytes packed into {packed} do not fit a file of {size}"
                raise CorruptFile(msg, path=self.path, offset=place)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    def __getitem__(self, index: Any) -> npt.NDArray[Any]:
        try:
            with Path(self.path).open("rb") as file:
                parts = []
                for place, packed, whole in self.streams:
                    file.seek(place)
                    parts.append(self._inflate(file.read(packed), place, whole))
        except FileNotFoundError as error:
            msg = "the file that holds these numbers is gone"
            raise MissingFile(msg, path=self.path) from error
        return np.array(np.frombuffer(b"".join(parts), self.dtype).reshape(self.shape)[index])

    def _inflate(self, raw: bytes, place: int, size: int) -> bytes:
        try:
            found = zlib.decompressobj().decompress(raw, size)
        except zlib.error as error:
            msg = f"a packed stream cannot be inflated: {error}"
            raise CorruptFile(msg, path=self.path, offset=place) from error
        if len(found) != size:
            msg = f"a packed stream holds {len(found)} bytes instead of {size}"
            raise CorruptFile(msg, path=self.path, offset=place)
        return found

    def __dask_tokenize__(self) -> tuple[object, ...]:
        status = Path(self.path).stat()
        written = (status.st_mtime_ns, status.st_size)
        return (self.path, *written, self.dtype.str, self.shape, self.streams)
