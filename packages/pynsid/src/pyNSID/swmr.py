"""Files that grow while others read: who is writing, and what a killed writer left behind.

HDF5 notes in the superblock that a file is open for writing and takes the note away when it
is closed.  A writer that is killed leaves it, and then HDF5 refuses the file.  Whether the
writer lives is not written anywhere in the file; here it is, beside it: the writer holds a
lock on ``<file>.writer``, which the operating system releases whatever becomes of it.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import platform
import struct
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from sidpy.errors import ExistingFile

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["Claim", "clear_flags", "is_claimed", "lookup3", "release"]

logger = logging.getLogger(__name__)

_SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"

#: Superblock versions 2 and 3 (HDF5 File Format Specification, section II.A): signature,
#: version, sizes of offsets and lengths, consistency flags, base, extension, end of file,
#: root group, checksum.
_SUPERBLOCK: Final = struct.Struct("<8sBBBBQQQQI")


class Claim:
    """The right to write to a file, held by one process at a time.

    Parameters
    ----------
    path : path-like
        The file to write.
    patience : float, s
        How long to try: whoever asks whether a file is claimed holds the claim for a moment.

    Raises
    ------
    ExistingFile
        When another process, or another part of this one, is writing it.
    OSError
        When the folder cannot be written, or its file system cannot lock.
    """

    def __init__(self, path: str | PathLike[str], patience: float = 0.5) -> None:
        self.path = claim_path(path)
        self._file: IO[str] | None = None
        ends = time.monotonic() + patience
        while self._file is None:
            file = self.path.open("a+", encoding="utf-8")
            held = not _locked(file)
            if not held and _is_at(file, self.path):  # else its last owner has just removed it
                self._file = file
                break
            file.seek(0)
            holder = file.read().strip() or "another program"
            file.close()
            if held and time.monotonic() >= ends:
                msg = f"{holder} is appending to it: close that first, or read with pyNSID.follow"
                raise ExistingFile(msg, path=path)
            time.sleep(0.01)
        self._file.truncate(0)
        self._file.write(f"process {os.getpid()} on {platform.node()}\n")
        self._file.flush()

    def release(self) -> None:
        """Give up the right, and remove what says so."""
        if self._file is not None:
            # removed before it is unlocked: nobody can lock what is about to go
            with contextlib.suppress(OSError):
                self.path.unlink()
            self._file.close()
            self._file = None


def claim_path(path: str | PathLike[str]) -> Path:
    """Return where the claim on a file lies."""
    file = Path(os.path.realpath(path))
    return file.with_name(file.name + ".writer")


def _locked(file: IO[str]) -> bool:
    """Lock a file if nobody else has; the lock ends with the process.

    Raises
    ------
    OSError
        When the file system has no locks, so that nobody can tell who is writing.
    """
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            return False
        msg = "the file system cannot lock files, which an acquisition that others follow needs"
        raise OSError(error.errno, msg, file.name) from error
    return True


def _is_at(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def is_claimed(path: str | PathLike[str]) -> bool:
    """Whether a living process holds the claim on a file, as far as this machine can tell."""
    try:
        with claim_path(path).open("r+", encoding="utf-8") as file:
            return not _locked(file)
    except FileNotFoundError:
        return False
    except OSError:  # a folder that is read-only, or a file system without locks
        return True


def release(path: str | PathLike[str]) -> bool:
    """Let everybody open a file whose writer was killed; return whether it had been.

    Does nothing unless there is a claim on the file that no living process holds.

    Parameters
    ----------
    path : path-like
        The file.
    """
    if not claim_path(path).exists():
        return False
    try:
        claim = Claim(path, patience=0)
    except OSError:  # its writer lives, or this is a folder where nothing can be written
        return False
    try:
        return clear_flags(path)
    finally:
        claim.release()


def clear_flags(path: str | PathLike[str]) -> bool:
    """Take away the note that a file is open for writing; return whether there was one.

    Only for the holder of the claim, when the writer is dead.

    Notes
    -----
    What ``h5clear --status --increment=0`` does: the flags become zero and the end of the
    file, which the superblock learns late, that of the file system, so that what is added
    later does not overwrite what was written last.
    """
    with Path(path).open("r+b") as file:
        head = file.read(_SUPERBLOCK.size)
        if len(head) < _SUPERBLOCK.size or not head.startswith(_SIGNATURE):
            return False
        fields = list(_SUPERBLOCK.unpack(head))
        sized = fields[2:4] == [8, 8] and fields[9] == lookup3(head[:-4])
        if fields[1] not in (2, 3) or not sized or not fields[4]:
            return False
        fields[4] = 0
        fields[7] = max(fields[7], file.seek(0, os.SEEK_END) - fields[5])
        fields[9] = lookup3(_SUPERBLOCK.pack(*fields)[:-4])
        file.seek(0)
        file.write(_SUPERBLOCK.pack(*fields))
        file.flush()
        os.fsync(file.fileno())
    logger.info("%s: its writer was interrupted; it can be opened again", path)
    return True


def lookup3(data: bytes) -> int:
    """Return the checksum of HDF5's metadata: Bob Jenkins' lookup3, ``hashlittle``.

    Source: https://burtleburtle.net/bob/c/lookup3.c (public domain), which the HDF5 File
    Format Specification, section III.E "Checksum", refers to.

    Examples
    --------
    >>> hex(lookup3(b"Four score and seven years ago"))
    '0x17770551'
    """
    a = b = c = (0xDEADBEEF + len(data)) & _MASK
    while len(data) > 12:
        words = struct.unpack("<3I", data[:12])
        a, b, c = (x + word & _MASK for x, word in zip((a, b, c), words, strict=True))
        a, b, c = _mixed(a, b, c)
        data = data[12:]
    if data:
        words = struct.unpack("<3I", data.ljust(12, b"\0"))
        a, b, c = (x + word & _MASK for x, word in zip((a, b, c), words, strict=True))
        c = _final(a, b, c)
    return c


_MASK: Final = 0xFFFFFFFF


def _turned(x: int, bits: int) -> int:
    return (x << bits | x >> (32 - bits)) & _MASK


def _mixed(a: int, b: int, c: int) -> tuple[int, int, int]:
    for bits in (4, 6, 8, 16, 19, 4):
        a = (a - c & _MASK) ^ _turned(c, bits)
        c = c + b & _MASK
        a, b, c = b, c, a  # the next round has the roles moved on by one
    return a, b, c


def _final(a: int, b: int, c: int) -> int:
    for bits in (14, 11, 25, 16, 4, 14, 24):
        c = (c ^ b) - _turned(b, bits) & _MASK
        a, b, c = b, c, a
    return b
