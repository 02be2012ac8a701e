"""How every reader here opens an HDF5 file."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sidpy.errors import FileInUse

from .redo import recover

if TYPE_CHECKING:
    import os

    import h5py

__all__ = ["open_to_read"]

#: How long a change takes at most whose promise is being carried out, s.
_PATIENCE: Final = 0.3
_PAUSE: Final = 0.005

#: Beginning of a file whose superblock has consistency flags, and where they are.
_VERSION_3: Final = b"\x89HDF\r\n\x1a\n\x03"
_FLAGS_AT: Final = 11


def open_to_read(path: str | os.PathLike[str], patience: float = _PATIENCE) -> h5py.File:
    """Open an HDF5 file read-only, after what a crash left unfinished in it is finished.

    Parameters
    ----------
    path : path-like
        The file.
    patience : float, s
        How long to try while somebody has it open for writing.

    Raises
    ------
    UnfinishedChange
        When that cannot be finished, on a read-only medium for instance.
    FileInUse
        When a program has the file open for writing.
    OSError
        Of HDF5, for a file that it cannot open.

    Notes
    -----
    A file cannot be opened in the moment in which a transaction carries out its changes, so
    this tries again for a moment.  One that somebody appends to under HDF5's single-writer
    multiple-reader mode is opened in that mode.
    """
    recover(path)
    deadline = time.monotonic() + patience
    while True:
        try:
            return _opened(path)
        except BlockingIOError as error:
            if time.monotonic() < deadline:
                time.sleep(_PAUSE)
                continue
            msg = (
                "a program has it open for writing: close it there first, or read it with "
                "h5py.File(path, 'r', locking=False) at your own risk"
            )
            raise FileInUse(msg, path=Path(path)) from error


def _opened(path: str | os.PathLike[str]) -> h5py.File:
    import h5py

    try:
        return h5py.File(path, "r")
    except BlockingIOError:
        raise
    except OSError:
        if not _is_marked(path):
            raise
        with suppress(OSError, RuntimeError):
            return h5py.File(path, "r", swmr=True)
        return h5py.File(path, "r")  # it may just have been closed; else the same error again


def _is_marked(path: str | os.PathLike[str]) -> bool:
    """Whether the superblock, of a version that can, says that a program is writing."""
    try:
        with Path(path).open("rb") as file:
            head = file.read(_FLAGS_AT + 1)
    except OSError:
        return False
    return head.startswith(_VERSION_3) and len(head) > _FLAGS_AT and head[_FLAGS_AT] != 0
