r"""The promise of a change: what a file is going to hold, written beside it before it does.

While ``scan.h5`` is being changed, new bytes go behind its end, where nothing refers to
them, and new contents of old places are kept aside.  The change is made by writing those
into ``scan.h5.commit``; once that file has its name, the change counts.  Then they are
copied into place, and the promise is removed.  Whoever finds a promise, after a crash,
finishes the work (`recover`), which may be repeated any number of times.

=============  ==========================================================================
bytes          of a promise, numbers little-endian
=============  ==========================================================================
16             ``b"sidpy redo 1\r\n\x1a\n"``
4 x 8          length of the file when all is done; where the new bytes begin and end;
               number of runs
16             digest of the first and last 4 kB of the new bytes
n x (8, 8)     where a run begins, and its length
per run        CRC-32 of what each 512 bytes of it held before, 4 bytes each; its new bytes
32             digest of everything before it
=============  ==========================================================================

What a promise says was there before tells its own file from another one of the same name:
every 512 bytes, the least that a disk writes at once, are as they were or as they will be.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from sidpy._warnings import warn
from sidpy.errors import UnfinishedChange, UnwritableFile

from .locks import changing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Promise", "carry_out", "forget", "promise_file", "recover", "settle", "write_promise"]

logger = logging.getLogger(__name__)

_MAGIC: Final = b"sidpy redo 1\r\n\x1a\n"
_HEAD: Final = struct.Struct("<4Q16s")
_RUN: Final = struct.Struct("<2Q")
_DIGEST: Final = 32
#: What a disk writes at once at least, bytes.
_SECTOR: Final = 512
_EDGE: Final = 4096


@dataclass(frozen=True, slots=True)
class Promise:
    """What a file is going to hold."""

    size: int
    """Length of the file when all is done."""
    begin: int
    """Where the new bytes behind the old end begin."""
    end: int
    """Where they end now."""
    edges: bytes
    """Digest of the first and the last of them."""
    runs: tuple[tuple[int, int], ...]
    """Where each run of changed bytes begins, and how long it is."""


def promise_file(path: Path) -> Path:
    """Return where the promise to change a file is kept."""
    return path.with_name(f"{path.name}.commit")


def write_promise(
    file: BinaryIO,
    promise: Promise,
    before: Callable[[int, int], bytes],
    after: Callable[[int, int], bytes],
) -> None:
    """Write a promise.

    Parameters
    ----------
    file : binary file
        Where to.
    promise : Promise
        Its outline.
    before, after : callable
        Give the bytes of a run, by where it begins and its length, as they are and as they
        will be.
    """
    digest = hashlib.blake2b(digest_size=_DIGEST)

    def put(data: bytes) -> None:
        digest.update(data)
        file.write(data)

    put(_MAGIC)
    numbers = (promise.size, promise.begin, promise.end, len(promise.runs))
    put(_HEAD.pack(*numbers, promise.edges))
    for run in promise.runs:
        put(_RUN.pack(*run))
    for run in promise.runs:
        put(b"".join(struct.pack("<I", crc) for crc in _sums(before(*run))))
        put(after(*run))
    file.write(digest.digest())


def edges(descriptor: int, begin: int, end: int) -> bytes:
    """Return a digest of the first and the last bytes of a part of a file."""
    digest = hashlib.blake2b(digest_size=16)
    for start in (begin, max(end - _EDGE, begin)):
        digest.update(read_at(descriptor, start, min(_EDGE, end - start)))
    return digest.digest()


def recover(path: str | os.PathLike[str], timeout: float = 10.0) -> bool:
    """Finish a change that a crash interrupted after it counted.

    Parameters
    ----------
    path : path-like
        The file, which need not exist.
    timeout : float, s
        How long to wait for a program that is changing the file right now.

    Returns
    -------
    bool
        Whether there was something to finish.

    Raises
    ------
    UnfinishedChange
        When the change cannot be finished, because the place is read-only or the promise
        damaged: the file may then be half old and half new.
    FileInUse
        When another program is changing the file for longer than `timeout`.

    Warns
    -----
    SidpyWarning
        When the promise belongs to another file that had this name; it is left alone.

    Notes
    -----
    Without a promise beside the file, this takes one look into its folder.
    """
    path = Path(os.path.realpath(path))
    if not promise_file(path).exists():
        return False
    try:
        with changing(path, timeout):
            return settle(path)
    except UnwritableFile as error:
        raise _unfinished(path, error) from error


def settle(path: Path) -> bool:
    """Finish a change to a file that only this thread may change now; see `recover`."""
    try:
        with promise_file(path).open("rb") as file:
            _require_whole(file, path)
            if not path.is_file():
                return False
            with _opened(path) as descriptor:
                promise = _outline(file)
                if not _belongs(promise, file, descriptor):
                    warn(
                        f"{str(promise_file(path))!r} promises a change of another file than "
                        f"{str(path)!r} is now: it is passed over; remove it if you agree"
                    )
                    return False
                carry_out(promise, file, descriptor)
                os.fsync(descriptor)
    except FileNotFoundError:  # somebody else was faster
        return False
    except (PermissionError, UnwritableFile) as error:
        raise _unfinished(path, error) from error
    forget(path)
    logger.info("finished the change of %s that was interrupted", path)
    return True


def _unfinished(path: Path, error: Exception) -> UnfinishedChange:
    msg = (
        f"a change that was interrupted has to be finished from {promise_file(path).name!r} "
        f"first, and that needs to write: {error}; copy both files to a place where you can "
        "write, and open the copy"
    )
    return UnfinishedChange(msg, path=path)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def carry_out(promise: Promise, file: BinaryIO, descriptor: int) -> None:
    """Copy what a promise says into place; nothing is flushed."""
    for start, _, after in _contents(promise, file):
        write_at(descriptor, after, start)
    if os.fstat(descriptor).st_size != promise.size:
        os.ftruncate(descriptor, promise.size)


def forget(path: Path) -> None:
    """Remove a promise that was kept, for good."""
    promise_file(path).unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Let what was named, renamed or removed in a folder outlast a loss of power."""
    with contextlib.suppress(OSError):  # of Windows, which keeps folders without being asked
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


# ---------------------------------------------------------------- reading a promise


def _require_whole(file: BinaryIO, path: Path) -> None:
    digest = hashlib.blake2b(digest_size=_DIGEST)
    left = file.seek(0, os.SEEK_END) - _DIGEST
    file.seek(0)
    whole = left >= len(_MAGIC) + _HEAD.size
    while whole and left > 0:
        data = file.read(min(left, 2**20))
        digest.update(data)
        left -= len(data)
    file.seek(max(file.seek(0, os.SEEK_END) - _DIGEST, 0))
    if not whole or file.read(_DIGEST) != digest.digest():
        msg = (
            f"{promise_file(path).name!r}, from which an interrupted change should be finished, "
            "is damaged; without it the file may be half old and half new"
        )
        raise UnfinishedChange(msg, path=path)


def _outline(file: BinaryIO) -> Promise:
    file.seek(len(_MAGIC))
    size, begin, end, count, edge = _HEAD.unpack(file.read(_HEAD.size))
    runs = tuple(_RUN.iter_unpack(file.read(count * _RUN.size)))
    return Promise(size, begin, end, edge, runs)  # type: ignore[arg-type]  # two numbers each


def _contents(promise: Promise, file: BinaryIO) -> Iterator[tuple[int, tuple[int, ...], bytes]]:
    """Give, for each run, where it begins, the sums of its old sectors, and its new bytes."""
    file.seek(len(_MAGIC) + _HEAD.size + len(promise.runs) * _RUN.size)
    for start, length in promise.runs:
        count = -(-length // _SECTOR)
        sums = struct.unpack(f"<{count}I", file.read(4 * count))
        yield start, sums, file.read(length)


def _sums(data: bytes) -> Iterable[int]:
    return [zlib.crc32(data[i : i + _SECTOR]) for i in range(0, len(data), _SECTOR)]


def _belongs(promise: Promise, file: BinaryIO, descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    if size not in (promise.end, promise.size):
        return False
    if size == promise.end and edges(descriptor, promise.begin, promise.end) != promise.edges:
        return False
    for start, before, after in _contents(promise, file):
        found = _sums(read_at(descriptor, start, len(after)))
        known = zip(found, before, _sums(after), strict=False)
        # what is cut off at the end is not there to be compared
        if any(here not in (old, new) for here, old, new in known) and start < promise.size:
            return False
    return True


# ---------------------------------------------------------------- bytes at a place


def read_at(descriptor: int, start: int, length: int) -> bytes:
    """Return bytes of an open file from a place on; fewer at its end."""
    data = bytearray(length)
    return bytes(data[: read_into(descriptor, memoryview(data), start)])


def read_into(descriptor: int, buffer: memoryview, start: int) -> int:
    """Fill a buffer with bytes of an open file from a place on; return how many there were."""
    done = 0
    while done < len(buffer):
        if hasattr(os, "preadv"):
            count = os.preadv(descriptor, [buffer[done:]], start + done)
        else:  # Windows; nobody else moves in this file
            os.lseek(descriptor, start + done, os.SEEK_SET)
            data = os.read(descriptor, len(buffer) - done)
            count = len(data)
            buffer[done : done + count] = data
        if not count:
            break
        done += count
    return done


def write_at(descriptor: int, data: bytes | bytearray | memoryview, start: int) -> None:
    """Write all bytes into an open file at a place."""
    view = memoryview(data)
    while view:
        if hasattr(os, "pwrite"):
            count = os.pwrite(descriptor, view, start)
        else:  # Windows
            os.lseek(descriptor, start, os.SEEK_SET)
            count = os.write(descriptor, view)
        view = view[count:]
        start += count
