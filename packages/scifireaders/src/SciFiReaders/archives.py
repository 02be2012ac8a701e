"""Zip archives of instruments, read without believing what they say of themselves.

Nothing is unpacked to a disk, so no name can lead anywhere; a member that unpacks to more
than is allowed is refused before it is unpacked.
"""

from __future__ import annotations

import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from SciFiReaders.binary import opening
from sidpy.errors import CorruptFile, ReaderError, UnrecognisedFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

__all__ = ["member", "names_of", "opened_zip"]

_MOST_MEMBERS: Final = 1 << 17
#: A byte of a zip unpacks into at most so many.
_BEST_RATIO: Final = 1100
#: What zipfile raises on damage; a name that is no UTF-8 is a ValueError.
_DAMAGE: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)


@contextmanager
def opened_zip(path: str | PathLike[str], format: str) -> Iterator[zipfile.ZipFile]:  # noqa: A002 - the word the field uses
    """Open a zip for the length of a ``with`` block.

    Parameters
    ----------
    path : path-like
        The file.
    format : str
        Identifier of the format, for error messages.

    Raises
    ------
    MissingFile, NotAFile
        When nothing is there, or a folder.
    UnrecognisedFile
        When it is no zip.
    CorruptFile
        For whatever goes wrong while a member is unpacked inside the block.
    """
    try:
        with opening(path, format), zipfile.ZipFile(path) as archive:
            yield archive
    except ReaderError:
        raise
    except _DAMAGE as error:
        kind = CorruptFile if zipfile.is_zipfile(path) else UnrecognisedFile
        msg = f"the zip, which a file of this format is, cannot be read: {error}"
        raise kind(msg, path=path, format=format) from error


def names_of(archive: zipfile.ZipFile, path: str | PathLike[str], format: str) -> list[str]:  # noqa: A002 - the word the field uses
    """Return the names of the members, each once, of a zip of a sane number of them."""
    names = archive.namelist()
    if len(names) > _MOST_MEMBERS:
        msg = f"a zip of {len(names)} members is not read; the limit is {_MOST_MEMBERS}"
        raise CorruptFile(msg, path=path, format=format)
    return list(dict.fromkeys(names))


def member(
    archive: zipfile.ZipFile,
    name: str,
    longest: int,
    *,
    path: str | PathLike[str],
    format: str,  # noqa: A002 - the word the field uses
) -> bytes:
    """Unpack one member into memory.

    Parameters
    ----------
    archive : ZipFile
        Open.
    name : str
        Name of the member.
    longest : int
        Most bytes that it may unpack to.
    path, format
        For the error.

    Raises
    ------
    CorruptFile
        When it is not there, or is or claims to be longer.
    """
    try:
        info = archive.getinfo(name)
    except KeyError as error:
        msg = f"the zip should hold {name!r}, which is not there"
        raise CorruptFile(msg, path=path, format=format) from error
    if info.file_size > min(longest, max(info.compress_size, 1) * _BEST_RATIO):
        msg = f"{name!r} claims to unpack to {info.file_size} bytes, which cannot be"
        raise CorruptFile(msg, path=path, format=format)
    with archive.open(info) as file:
        found = file.read(longest + 1)
    if len(found) > longest:
        msg = f"{name!r} unpacks to more than {longest} bytes"
        raise CorruptFile(msg, path=path, format=format)
    return found
