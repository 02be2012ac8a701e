"""How every reader here opens an HDF5 file.

HDF5 opens a file only once in a program: what is opened again is what was opened first, with
all it remembers.  After a change, that is the past.  So a file that is open already, and has
changed since, is opened by another driver of HDF5, which makes it another file to it.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sidpy.errors import FileInUse

from .global_heaps import ENDS, heap_damage
from .growing_files import open_growing
from .heap_guard import refuse
from .overlay import Overlay
from .redo import recover

if TYPE_CHECKING:
    import h5py

__all__ = ["has_changed", "open_to_read"]

#: How long a change takes at most whose promise is being carried out, s.
_PATIENCE: Final = 0.3
_PAUSE: Final = 0.005

#: Beginning of a file whose superblock has consistency flags, and where they are.
_VERSION_3: Final = b"\x89HDF\r\n\x1a\n\x03"
_FLAGS_AT: Final = 11

#: A file on its disk.
_File = tuple[int, int]
#: How often this program changed a file, and how often it had when we opened it with a driver.
_CHANGES: dict[_File, int] = {}
_KNOWN: dict[tuple[_File, str], int] = {}


def open_to_read(
    path: str | os.PathLike[str],
    patience: float = _PATIENCE,
    *,
    check: bool = True,
    ends: int = ENDS,
    **options: Any,
) -> h5py.File:
    """Open an HDF5 file read-only, after what a crash left unfinished in it is finished.

    Parameters
    ----------
    path : path-like
        The file.
    patience : float, s
        How long to try while somebody has it open for writing.
    check : bool
        Look for damage that HDF5 would not survive (`global_heaps`); needless for who reads
        numbers of a file whose labels are known.
    ends : int
        How much of a file is looked through for it at either end, bytes; `FEWER` is enough
        for who looks at each heap before it is read (`heap_guard`).
    **options
        More options of `h5py.File`.

    Raises
    ------
    UnfinishedChange
        When that cannot be finished, on a read-only medium for instance.
    FileInUse
        When a program has the file open for writing.
    CorruptFile
        When HDF5 would not survive reading it.
    OSError
        Of HDF5, for a file that it cannot open.

    Notes
    -----
    A file cannot be opened in the moment in which a transaction carries out its changes, so
    this tries again for a moment.  One that somebody appends to under HDF5's single-writer
    multiple-reader mode is opened in that mode.
    """
    recover(path)
    if _is_marked(path):
        with suppress(OSError, RuntimeError):
            return open_growing(path)
    if check:
        refuse(path, heap_damage(path, ends=ends))
    deadline = time.monotonic() + patience
    while True:
        try:
            return _fresh(path, options)
        except BlockingIOError as error:
            if time.monotonic() < deadline:
                time.sleep(_PAUSE)
                continue
            msg = (
                "a program has it open for writing: close it there first, or read it with "
                "h5py.File(path, 'r', locking=False) at your own risk"
            )
            raise FileInUse(msg, path=Path(path)) from error


def _is_marked(path: str | os.PathLike[str]) -> bool:
    """Whether the superblock, of a version that can, says that a program is writing."""
    try:
        with Path(path).open("rb") as file:
            head = file.read(_FLAGS_AT + 1)
    except OSError:
        return False
    return head.startswith(_VERSION_3) and len(head) > _FLAGS_AT and head[_FLAGS_AT] != 0


def has_changed(descriptor: int) -> None:
    """Note that this program has changed a file."""
    here = _identity(os.fstat(descriptor))
    _CHANGES[here] = _CHANGES.get(here, 0) + 1


def _fresh(path: str | os.PathLike[str], options: dict[str, Any]) -> h5py.File:
    """Open a file as it is now."""
    import h5py

    for driver in ("sec2", "stdio"):
        file = h5py.File(path, "r", driver=None if driver == "sec2" else driver, **options)
        if _is_now(file, path, driver):
            return file
        file.close()
    return h5py.File(path, "r", driver="fileobj", fileobj=_unshared(path), **options)


def _is_now(file: Any, path: str | os.PathLike[str], driver: str) -> bool:
    """Whether a file that was opened is not what somebody opened before it changed."""
    status = Path(path).stat()
    here = _identity(status)
    changes = _CHANGES.get(here, 0)
    if not changes and file.id.get_filesize() == status.st_size:
        return True
    if not _is_open_already(file, here):
        _KNOWN[here, driver] = changes
        return True
    return file.id.get_filesize() == status.st_size and _KNOWN.get((here, driver), 0) == changes


def _is_open_already(file: Any, here: _File) -> bool:
    from h5py import h5f

    for other in h5f.get_obj_ids(h5f.OBJ_ALL, h5f.OBJ_FILE):
        if other.id != file.id.id and _driver(other) == _driver(file.id):
            try:
                if _identity(Path(os.fsdecode(other.name)).stat()) == here:
                    return True
            except (
                OSError,
                ValueError,
            ):  # no name of a file that is there
                continue
    return False


def _driver(file_id: Any) -> int:
    return int(file_id.get_access_plist().get_driver())


def _identity(status: os.stat_result) -> _File:
    return status.st_dev, status.st_ino


class _Unshared(Overlay):
    """A file that is closed when HDF5 lets go of it."""

    def __del__(self) -> None:
        os.close(self.descriptor)


def _unshared(path: str | os.PathLike[str]) -> Overlay:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    return _Unshared(descriptor, os.fstat(descriptor).st_size, "")
