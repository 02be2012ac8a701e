"""One process at a time, by a lock that the system takes back when the process ends."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sidpy._warnings import warn
from sidpy.errors import LockedFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["exclusive"]

#: What a file system answers that has no locks.
_NO_LOCKS: Final = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold a lock file for the length of a ``with`` block.

    Parameters
    ----------
    path : Path
        The lock file; it is made when it is not there, and stays.

    Raises
    ------
    LockedFolder
        When another process, or another thread of this one, holds it; it is named.

    Warns
    -----
    SidpyWarning
        When the file system has no locks: then nothing is held.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if not _locked(descriptor) or not _still_there(descriptor, path):
            holder = os.read(descriptor, 200).decode("utf-8", "replace") or "another process"
            msg = f"{holder} is writing here; wait for it, or stop it"
            raise LockedFolder(msg, path=path.parent)
        os.truncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()} on {socket.gethostname()}".encode())
        yield
    finally:
        os.close(descriptor)  # which gives the lock back


def _still_there(descriptor: int, path: Path) -> bool:
    """Whether the file that was locked still is the one at the path."""
    with contextlib.suppress(OSError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False


def _locked(descriptor: int) -> bool:
    try:
        _lock(descriptor)
    except OSError as error:
        if error.errno in _NO_LOCKS:
            warn("this file system has no locks: make sure that nobody else writes here")
            return True
        return False
    return True


def _lock(descriptor: int) -> None:
    if os.name == "nt":
        import msvcrt

        # beyond the text of the file, which others go on reading
        os.lseek(descriptor, 2**20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # of Windows
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
