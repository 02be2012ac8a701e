"""Numbers out of the header of a binary file, never past its end.

A `Cursor` walks a file (or bytes) in blocks of 64 KiB, so that a header of many small
fields costs few reads and a jump over gigabytes of pixels costs none.  Every size is
held against the bytes that are left before anything is allocated; what does not fit
raises `sidpy.errors.CorruptFile` with the file, the format and the offset.

Pixels are no business of this module: they stay in the file, behind `sidpy.FileArray`.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import lru_cache
from io import BytesIO
from struct import Struct
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from sidpy.errors import CorruptFile, MissingFile, NotAFile, ReaderError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

__all__ = ["Cursor", "open_cursor", "opening"]

#: How much is read ahead, in bytes.
BLOCK = 1 << 16

_struct = lru_cache(maxsize=256)(Struct)


@contextmanager
def opening(path: str | PathLike[str], format: str) -> Iterator[None]:  # noqa: A002 - the word the field uses
    """Say in one family of errors that a file is not there, or is a folder.

    Parameters
    ----------
    path : path-like
        The file that is opened inside the block.
    format : str
        Identifier of the format, for error messages.

    Raises
    ------
    MissingFile, NotAFile
        When nothing is there, or a folder.
    """
    try:
        yield
    except ReaderError:
        raise
    except FileNotFoundError as error:
        msg = "there is no such file; is the name spelt right?"
        raise MissingFile(msg, path=path, format=format) from error
    except IsADirectoryError as error:
        msg = "this is a folder, not a file"
        raise NotAFile(msg, path=path, format=format) from error


@contextmanager
def open_cursor(path: str | PathLike[str], *, format: str, order: str = "<") -> Iterator[Cursor]:  # noqa: A002 - the word the field uses
    """Open a file read-only for the length of a ``with`` block.

    Parameters
    ----------
    path : path-like
        The file.
    format : str
        Identifier of the format, for error messages.
    order : {"<", ">"}
        Byte order of the numbers, little or big endian.

    Yields
    ------
    Cursor
        At the first byte.

    Raises
    ------
    MissingFile, NotAFile
        When nothing is there, or a folder.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp(), "header.bin")
    >>> _ = path.write_bytes(bytes([0, 0, 0, 3]))
    >>> with open_cursor(path, format="acme.raw", order=">") as cursor:
    ...     cursor.u4()
    3
    """
    with _open(path, format) as file:
        yield Cursor(file, path=path, format=format, order=order)


def _open(path: str | PathLike[str], format: str) -> BinaryIO:  # noqa: A002 - the word the field uses
    with opening(path, format):
        # unbuffered: the cursor keeps its own block
        return open(path, "rb", buffering=0)  # noqa: PTH123 - the caller closes it


class Cursor:
    """A place in a file from which numbers are read, bounded by the end of the file.

    Parameters
    ----------
    source : file opened in binary mode, or bytes
        Where the numbers are.
    path : path-like, optional
        Name of the file, for error messages.
    format : str
        Identifier of the format, for error messages.
    order : {"<", ">"}
        Byte order of the numbers, little or big endian; may be changed on the way.

    Attributes
    ----------
    position : int
        Offset of the next byte to be read; may be set to any place.
    size : int
        Size of the file in bytes.
    """

    __slots__ = (
        "_block",
        "_end",
        "_file",
        "_start",
        "format",
        "order",
        "path",
        "position",
        "size",
    )

    def __init__(
        self,
        source: BinaryIO | bytes | bytearray | memoryview,
        *,
        path: str | PathLike[str] | None = None,
        format: str,  # noqa: A002 - the word the field uses
        order: str = "<",
    ) -> None:
        self._file = source if hasattr(source, "read") else BytesIO(source)
        self.size = self._file.seek(0, os.SEEK_END)
        self.path, self.format, self.order = path, format, order
        self._block, self._start, self._end = b"", 0, 0
        self.position = 0

    @property
    def left(self) -> int:
        """Number of bytes between here and the end of the file."""
        return self.size - self.position

    def corrupt(self, message: str, *, offset: int | None = None) -> CorruptFile:
        """Build the error for something impossible found here (or at `offset`)."""
        place = self.position if offset is None else offset
        return CorruptFile(message, path=self.path, format=self.format, offset=place)

    def unpack(self, layout: str) -> tuple[Any, ...]:
        """Read the fields of a `struct` layout, byte order excluded: ``unpack("HHf")``."""
        fields = _struct(self.order + layout)
        place = self.position
        end = place + fields.size
        if place < self._start or end > self._end:
            self._hold(fields.size)
        self.position = end
        return fields.unpack_from(self._block, place - self._start)

    def take(self, count: int, what: str = "block") -> bytes:
        """Read `count` bytes; `what` names them in the error when they are not there."""
        place = self.position
        if place < self._start or place + count > self._end or count < 0:
            self._check(count, what)
            if count > BLOCK:
                self._file.seek(place)
                self.position = place + count
                return self._read(count)
            self._hold(count)
        self.position = place + count
        return self._block[place - self._start : place - self._start + count]

    def skip(self, count: int, what: str = "block") -> None:
        """Jump over `count` bytes, which must exist."""
        self._check(count, what)
        self.position += count

    def array(self, dtype: Any, count: int, what: str = "array") -> np.ndarray:
        """Read `count` numbers as a one-dimensional array; for small tables, not pixels."""
        kind = np.dtype(dtype)
        self._check(count * kind.itemsize, what)
        raw = self.take(count * kind.itemsize, what)
        return np.frombuffer(raw, kind) if raw else np.empty(0, kind)

    def fits(self, count: int, least: int, what: str) -> int:
        """Return `count` if that many items of at least `least` bytes can follow.

        Raises
        ------
        CorruptFile
            When they cannot: the count is damaged, looping over it would be an attack.
        """
        if count < 0 or count * least > self.left:
            msg = f"{count} {what} are announced, but only {self.left} bytes follow"
            raise self.corrupt(msg)
        return count

    def u1(self) -> int:
        """Read an unsigned byte."""
        return self.unpack("B")[0]

    def u2(self) -> int:
        """Read an unsigned 16-bit integer."""
        return self.unpack("H")[0]

    def u4(self) -> int:
        """Read an unsigned 32-bit integer."""
        return self.unpack("I")[0]

    def u8(self) -> int:
        """Read an unsigned 64-bit integer."""
        return self.unpack("Q")[0]

    def i2(self) -> int:
        """Read a signed 16-bit integer."""
        return self.unpack("h")[0]

    def i4(self) -> int:
        """Read a signed 32-bit integer."""
        return self.unpack("i")[0]

    def i8(self) -> int:
        """Read a signed 64-bit integer."""
        return self.unpack("q")[0]

    def f4(self) -> float:
        """Read a 32-bit floating point number."""
        return self.unpack("f")[0]

    def f8(self) -> float:
        """Read a 64-bit floating point number."""
        return self.unpack("d")[0]

    def _check(self, count: int, what: str) -> None:
        if count < 0 or self.position < 0 or self.position + count > self.size:
            msg = (
                f"{what} should take {count} bytes from here, but {max(self.left, 0)} are left "
                f"of the {self.size} of the file; it is cut short or damaged"
            )
            raise self.corrupt(msg)

    def _hold(self, count: int) -> None:
        """Let the block in memory cover the next `count` bytes."""
        if self._start <= self.position and self.position + count <= self._end:
            return
        self._check(count, "field")
        self._file.seek(self.position)
        length = min(max(count, BLOCK), self.left)
        self._block, self._start = self._read(length), self.position
        self._end = self._start + length

    def _read(self, count: int) -> bytes:
        pieces, missing = [], count
        while missing:
            piece = self._file.read(missing)
            if not piece:
                msg = f"the file ended {missing} bytes early while it was being read"
                raise self.corrupt(msg)
            pieces.append(piece)
            missing -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
