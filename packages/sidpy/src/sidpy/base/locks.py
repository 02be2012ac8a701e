"""Locks on files, which end with the process that holds them.

`changing` keeps two of ours from changing one file at a time, by a file ``.NAME.lock``
beside it that is locked while it is there.  `shown_in_use` takes the lock that HDF5 itself
takes, so that other programs do not open for writing what we are changing.  What a system
does not have is not locked: HDF5 does no better there.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import threading
import time
from typing import TYPE_CHECKING, Final

from sidpy.errors import FileInUse, UnwritableFile

try:
    import fcntl
except ModuleNotFoundError:  # Windows
    fcntl = None  # type: ignore[assignment]  # which every use asks for
try:
    import msvcrt
except ModuleNotFoundError:  # everywhere else
    msvcrt = None  # type: ignore[assignment]  # which every use asks for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["changing", "claimed_alone", "lock_file", "shown_in_use"]

logger = logging.getLogger(__name__)

#: Which file is being changed by which thread of this process.
_HELD: dict[Path, int] = {}
#: How often one looks whether a lock has become free, s.
_PAUSE: Final = 0.005
#: What a file system answers that knows no locks.
_NO_LOCKS: Final = frozenset({errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL})
_TAKEN: Final = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})


def lock_file(path: Path) -> Path:
    """Return the file that is locked while `path` is being changed."""
    return path.with_name(f".{path.name}.lock")


@contextlib.contextmanager
def changing(path: Path, timeout: float = 10.0) -> Iterator[None]:
    """Be the only one of us who changes a file.

    Parameters
    ----------
    path : Path
        The file, without symbolic links in its path.
    timeout : float, s
        How long to wait for somebody else to finish.

    Raises
    ------
    FileInUse
        When somebody else still changes it then, or this thread does already.
    UnwritableFile
        When nothing can be made in its folder.
    """
    if _HELD.get(path) == threading.get_ident():
        msg = "is being changed already, by the block that this call stands in"
        raise FileInUse(msg, path=path)
    descriptor = _locked(path, timeout)
    _HELD[path] = threading.get_ident()
    try:
        yield
    finally:
        del _HELD[path]
        # while it is still locked: whoever waits for it notices that it is another one
        with contextlib.suppress(OSError):
            lock_file(path).unlink()
        os.close(descriptor)


def _locked(path: Path, timeout: float) -> int:
    deadline = time.monotonic() + timeout
    while True:
        descriptor = _open(path)
        try:
            free = _try_lock(descriptor) and _is_there(descriptor, lock_file(path))
        except BaseException:
            os.close(descriptor)
            raise
        if free:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
            return descriptor
        holder = os.read(descriptor, 20).decode(errors="replace")
        os.close(descriptor)
        if time.monotonic() >= deadline:
            who = "this program" if holder == str(os.getpid()) else f"process {holder or '?'}"
            msg = f"is being changed by {who}, and was not free again within {timeout:g} s"
            raise FileInUse(msg, path=path)
        time.sleep(_PAUSE)


def _open(path: Path) -> int:
    try:
        return os.open(lock_file(path), os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    except PermissionError as error:  # of Windows also while the file is being removed
        raise _unwritable(path) from error
    except OSError as error:
        if error.errno == errno.EROFS:
            raise _unwritable(path) from error
        raise


def _unwritable(path: Path) -> UnwritableFile:
    msg = (
        f"cannot be changed: a change is prepared beside it, and the folder {str(path.parent)!r} "
        "cannot be written; copy the file to a folder of yours, or write to another path"
    )
    return UnwritableFile(msg, path=path)


def _try_lock(descriptor: int) -> bool:
    """Lock a file, unless somebody else has; true also where there are no locks."""
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        elif msvcrt is not None:  # bytes that do not exist can be locked too, and read then
            os.lseek(descriptor, 2**20, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, 0, os.SEEK_SET)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        if error.errno not in _NO_LOCKS:
            raise
        logger.debug("no locks on this file system: %s", error)
    return True


def _is_there(descriptor: int, path: Path) -> bool:
    """Whether a lock file still is the one of that name: its last holder may have removed it."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def shown_in_use(descriptor: int, path: Path) -> None:
    """Keep others from opening a file for writing with HDF5, as long as it is open here.

    They may go on reading it.

    Raises
    ------
    FileInUse
        When somebody has it open for writing.
    """
    if not _flock(descriptor, alone=False):
        msg = (
            "is open for writing, in this program or in another: close it there, or write into "
            "the open file; in a notebook, h5_file.close() or a restart of the kernel does it"
        )
        raise FileInUse(msg, path=path)


def claimed_alone(descriptor: int, path: Path) -> bool:
    """Keep others from opening a file even for reading, where nobody has it open now.

    Returns
    -------
    bool
        Whether that is so; otherwise others still can read it and cannot write it.

    Raises
    ------
    FileInUse
        When somebody opened it for writing in this very moment.
    """
    if _flock(descriptor, alone=True):
        return True
    shown_in_use(descriptor, path)  # a lock that is refused is no longer the old one either
    return False


def _flock(descriptor: int, *, alone: bool) -> bool:
    if fcntl is None or os.environ.get("HDF5_USE_FILE_LOCKING", "").upper() in ("FALSE", "0"):
        return True
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        if error.errno not in _NO_LOCKS:
            raise
    return True
