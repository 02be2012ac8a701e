"""One look at a file: enough of it to choose a reader, and no more.

The file is opened once, read-only; head and tail are kept, so that no reader's
signature or sniffer needs to open it again.  What no reader could read is refused here:
nothing at the path, a directory, a device, an empty file.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import stat
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sidpy.errors import (
    CorruptFile,
    LabelTypeError,
    LabelValueError,
    MissingFile,
    NotAFile,
    ReaderError,
    UnsupportedFile,
)

from .specs import HEAD_SIZE, TAIL_SIZE

__all__ = ["Probe", "file_path"]

_HDF5_MAGIC: Final = b"\x89HDF\r\n\x1a\n"
#: Entries of a folder that are compared with a misspelt name.
_MOST_NEIGHBOURS: Final = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """The parts of a file that a reader is chosen by.

    Parameters
    ----------
    path : str
        Absolute path.
    name : str
        Last part of it.
    size : int
        Bytes in the file; 0 for a directory.
    head : bytes
        The first 64 KiB.
    tail : bytes
        The last 4 KiB.
    is_directory : bool
        Whether it is a directory, which only some readers claim.
    """

    path: str
    name: str
    size: int
    head: bytes
    tail: bytes
    is_directory: bool = False

    @classmethod
    def of(cls, path: str | os.PathLike[str], *, directories: bool = False) -> Probe:
        """Look at a file.

        Parameters
        ----------
        path : path-like
            The file; a leading ``~`` is the home folder.
        directories : bool
            Whether a directory may be looked at.

        Raises
        ------
        MissingFile
            When there is nothing.
        NotAFile
            When it is a directory and `directories` is false.
        CorruptFile
            When it is empty.
        UnsupportedFile
            When it is a device, a pipe or a socket.
        ReaderError
            When the system does not let it be read.
        """
        place = file_path(path)
        try:
            status = place.stat()
            if stat.S_ISDIR(status.st_mode):
                return cls._of_directory(place, directories=directories)
            if not stat.S_ISREG(status.st_mode):
                msg = "is a device, a pipe or a socket; copy what it gives into a file"
                raise UnsupportedFile(msg, path=place)
            return cls._of_file(place)
        except (FileNotFoundError, NotADirectoryError, ValueError) as error:
            raise MissingFile(_missing(place), path=place) from error
        except ReaderError:
            raise
        except OSError as error:
            msg = f"the system does not let it be read: {error.strerror or error}"
            raise ReaderError(msg, path=place) from error

    @classmethod
    def _of_directory(cls, place: Path, *, directories: bool) -> Probe:
        if not directories:
            msg = "is a directory; give the file to read"
            raise NotAFile(msg, path=place)
        return cls(str(place), place.name, 0, b"", b"", is_directory=True)

    @classmethod
    def _of_file(cls, place: Path) -> Probe:
        with place.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            head = file.read(HEAD_SIZE)
            if size <= len(head):
                tail = head[-TAIL_SIZE:]
            else:
                file.seek(-TAIL_SIZE, os.SEEK_END)
                tail = file.read(TAIL_SIZE)
        if not head:
            msg = "the file is empty; was it copied completely?"
            raise CorruptFile(msg, path=place)
        return cls(str(place), place.name, size, head, tail)

    @property
    def is_hdf5(self) -> bool:
        """Whether it is an HDF5 file, with or without a user block before it."""
        if self.head.startswith(_HDF5_MAGIC):
            return True
        places = (512 << i for i in range(len(self.head).bit_length()))
        return any(self.head.startswith(_HDF5_MAGIC, place) for place in places)

    @property
    def fingerprint(self) -> str:
        """``sha256:`` of size, head and tail: tells whether it is the same file, cheaply."""
        digest = hashlib.sha256(str(self.size).encode())
        digest.update(self.head)
        digest.update(self.tail)
        return f"sha256:{digest.hexdigest()}"

    def extension(self, known: tuple[str, ...]) -> str:
        """Return the longest of the `known` extensions that the name has, or ``""``."""
        name = self.name.lower() + ("/" if self.is_directory else "")
        fitting = [k for k in known if name.endswith(k) and k.endswith("/") == self.is_directory]
        return max(fitting, key=len, default="")

    def companion(self, pattern: str) -> Path | None:
        """Return the first of the alternatives of `pattern` that lies beside the file."""
        folder, stem = Path(self.path).parent, self.name.rpartition(".")[0] or self.name
        for alternative in pattern.split("|"):
            template = "{stem}" + alternative if alternative.startswith(".") else alternative
            name = template.replace("{stem}", stem).replace("{name}", self.name)
            ending = Path(name).suffix
            for spelling in (name, name.removesuffix(ending) + ending.upper()):
                if (folder / spelling).exists():
                    return folder / spelling
        return None


def file_path(path: Any) -> Path:
    """Return an absolute path from what a caller gave.

    Raises
    ------
    LabelTypeError
        When it is neither text nor path-like.
    LabelValueError
        When it is blank.
    """
    if not isinstance(path, str | os.PathLike):
        msg = f"a file is given by a string or a path, found {path!r}"
        raise LabelTypeError(msg)
    text = os.fsdecode(path)
    if not text.strip():
        msg = f"the path of a file should not be blank, found {text!r}"
        raise LabelValueError(msg)
    place = Path(text)
    if text.startswith("~") and not os.path.lexists(text):
        place = Path(os.path.expanduser(text))  # noqa: PTH111 - Path raises where there is no home
    return place.absolute()


def _missing(place: Path) -> str:
    """Say what is wrong with a path that leads nowhere, with names that are alike."""
    if place.is_symlink():
        return f"is a link to {str(place.readlink())!r}, and there is nothing there"
    folder = place.parent
    try:
        names = [entry.name for entry in islice(os.scandir(folder), _MOST_NEIGHBOURS)]
    except (OSError, ValueError):
        return f"there is no such file, and no folder {str(folder)!r}"
    alike = difflib.get_close_matches(place.name, names, n=3, cutoff=0.75)
    hint = f"; did you mean {' or '.join(map(repr, alike))}?" if alike else ""
    return "there is no such file" + (hint or "; is the name spelt right?")
