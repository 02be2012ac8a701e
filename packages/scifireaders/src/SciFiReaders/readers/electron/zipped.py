"""NumPy arrays inside zip files: mapped where they are stored, unpacked where they are not."""

from __future__ import annotations

import math
import zipfile
from io import BytesIO
from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.archives import opened_zip
from sidpy.errors import CorruptFile, UnsupportedFile

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["ZippedArray", "npy_in_zip"]

_LOCAL_HEADER: Final = 30
_NPY_HEADER: Final = 1 << 16
#: What NumPy lets through when the dictionary of an array's header is damaged.
_BAD_SYNTAX: Final = (SyntaxError, TokenError, RecursionError, MemoryError, EOFError)
#: zlib packs at most 1032 bytes into one; what claims more is damage.
_BEST: Final = 1100


def npy_in_zip(path: str | PathLike[str], info: zipfile.ZipInfo, format: str) -> Any:  # noqa: A002 - the word the field uses
    """Return an array inside a zip, left in the file.

    Parameters
    ----------
    path : path-like
        The zip.
    info : ZipInfo
        The member, a ``.npy``.
    format : str
        Identifier of the format, for error messages.

    Returns
    -------
    FileArray or ZippedArray
        The one where the member is stored as it is, the other where it is packed.

    Raises
    ------
    CorruptFile, UnsupportedFile
        When it has no readable header, or holds objects.
    """
    from sidpy import FileArray

    stored = info.compress_type == zipfile.ZIP_STORED
    begin = 0
    with Path(path).open("rb") as file:
        if stored:
            file.seek(info.header_offset)
            local = file.read(_LOCAL_HEADER)
            if len(local) < _LOCAL_HEADER:
                msg = f"the header of {info.filename} is cut short"
                raise CorruptFile(msg, path=path, format=format, offset=info.header_offset)
            begin = info.header_offset + _LOCAL_HEADER
            begin += int.from_bytes(local[26:28], "little") + int.from_bytes(
                local[28:30], "little"
            )
            file.seek(begin)
            head = BytesIO(file.read(_NPY_HEADER))
        else:
            with opened_zip(path, format) as archive, archive.open(info) as member:
                head = BytesIO(member.read(_NPY_HEADER))
    shape, fortran, dtype = _header(head, path, info, format)
    if stored:
        return FileArray(path, dtype, shape, begin + head.tell(), "F" if fortran else "C")
    where = (info.filename, head.tell())
    return ZippedArray(path, where, dtype, shape, format, fortran=fortran)


def _header(
    head: BytesIO,
    path: str | PathLike[str],
    info: zipfile.ZipInfo,
    format: str,  # noqa: A002 - the word the field uses
) -> tuple[tuple[int, ...], bool, np.dtype]:
    try:
        version = np.lib.format.read_magic(head)
        read = getattr(np.lib.format, f"read_array_header_{version[0]}_0")
        shape, fortran, dtype = read(head)
    except (ValueError, LookupError, AttributeError, TypeError, *_BAD_SYNTAX) as error:
        msg = f"{info.filename} has no readable header: {error}"
        raise CorruptFile(msg, path=path, format=format, offset=info.header_offset) from error
    if dtype.hasobject or dtype.kind not in "biufc":
        msg = f"{info.filename}: an array of {dtype} holds no numbers"
        raise UnsupportedFile(msg, path=path, format=format, offset=info.header_offset)
    needed = math.prod(shape) * dtype.itemsize + head.tell()
    if needed > info.file_size or info.file_size > info.compress_size * _BEST + 64:
        msg = f"{info.filename}: an array of shape {shape} does not fit its {info.file_size} bytes"
        raise CorruptFile(msg, path=path, format=format, offset=info.header_offset)
    return shape, fortran, dtype


class ZippedArray:
    """A packed array in a zip; any part of it takes all of it."""

    __slots__ = ("dtype", "format", "fortran", "path", "shape", "where")

    def __init__(
        self,
        path: str | PathLike[str],
        where: tuple[str, int],
        dtype: np.dtype,
        shape: tuple[int, ...],
        format: str,  # noqa: A002 - the word the field uses
        *,
        fortran: bool,
    ) -> None:
        self.path, self.where = str(Path(path).resolve()), where
        self.dtype, self.shape, self.format, self.fortran = dtype, shape, format, fortran

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    def __dask_tokenize__(self) -> tuple[object, ...]:
        status = Path(self.path).stat()
        return (self.path, status.st_mtime_ns, status.st_size, self.where, self.shape)

    def __getitem__(self, index: Any) -> np.ndarray:
        name, begin = self.where
        size = self.size * self.dtype.itemsize
        with opened_zip(self.path, self.format) as archive, archive.open(name) as member:
            member.read(begin)
            raw = member.read(size)
        if len(raw) != size:
            msg = f"{name} ends {size - len(raw)} bytes early"
            raise CorruptFile(msg, path=self.path, format=self.format)
        values = np.frombuffer(raw, self.dtype)
        return np.array(values.reshape(self.shape, order="F" if self.fortran else "C")[index])
