"""Flushing an open file of somebody else completely or not at all.

HDF5 writes its tables one after another, and a kill between two of them leaves a file that
nobody can open.  So it is made to write them into a copy of the places where tables are; what
changed there becomes a promise beside the file (`sidpy.base.redo`), and is then copied into
place.  Whoever of us opens the file after a kill keeps the promise first.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sidpy.base.locks import changing
from sidpy.base.opening import has_changed
from sidpy.base.redo import (
    Promise,
    carry_out,
    edges,
    forget,
    promise_file,
    read_at,
    write_at,
    write_promise,
)

from .transactions import _draft

if TYPE_CHECKING:
    from collections.abc import Iterator

    import h5py

__all__ = ["flush", "flush_at_once", "one_flush"]

_WAITING: ContextVar[bool] = ContextVar("waiting", default=False)

_PAGE: Final = 4096
#: Numbers of a dataset that lie together in at least these bytes are not copied.
_LARGE: Final = 2**20
#: A file in which more than this would have to be copied is flushed by HDF5.
_MOST: Final = 2**28
#: Chunks that are looked at in a dataset.
_CHUNKS: Final = 10**5
_STEP: Final = 2**24
#: Bytes that are compared at once, before page by page.
_LOOK: Final = 2**18


def flush_at_once(file: h5py.File) -> bool:
    """Flush a file so that a kill leaves all of it or nothing.

    Parameters
    ----------
    file : h5py.File
        Open for writing.

    Returns
    -------
    bool
        Whether it could be done; otherwise HDF5 flushed it as always: a file in memory or of
        another driver, and one with tables of more than 256 MB.

    Notes
    -----
    While HDF5 writes, the descriptor of the file leads to the copy; h5py's lock keeps other
    threads from the file. A kill of the program is survived, a loss of power is not.

    Examples
    --------
    >>> import h5py, pathlib, tempfile
    >>> with h5py.File(pathlib.Path(tempfile.mkdtemp(), "scan.h5"), "w") as file:
    ...     file["raw"] = [1, 2, 3]
    ...     flush_at_once(file)
    True
    """
    from h5py._objects import phil

    if file.driver != "sec2" or os.name != "posix" or file.mode == "r":
        file.flush()
        return False
    real = Path(os.path.realpath(file.filename))
    with phil, changing(real), tempfile.TemporaryFile(dir=real.parent) as copy:
        _write_numbers(file)
        descriptor = file.id.get_vfd_handle()
        size = os.fstat(descriptor).st_size
        kept = _kept(file, size)
        if kept is None or promise_file(real).exists() or not _knows_holes(copy.fileno()):
            file.flush()
            return False
        for start, stop in kept:
            _copy(descriptor, copy.fileno(), start, stop)
        os.ftruncate(copy.fileno(), size)
        changed: list[tuple[int, int]] = []
        try:
            with _led_to(descriptor, copy.fileno()):
                file.flush()
            changed = _new_bytes(descriptor, copy.fileno(), size)
            _publish(real, descriptor, copy.fileno(), changed, size)
        except BaseException:
            # HDF5 believes that it has written all this
            for start, length in changed or _new_bytes(descriptor, copy.fileno(), size):
                write_at(descriptor, read_at(copy.fileno(), start, length), start)
            if promise_file(real).exists():
                forget(real)
            raise
    return True


@contextmanager
def one_flush(file: h5py.File) -> Iterator[None]:
    """Flush a file once at the end of a block, at once, and not within it.

    Functions of ours that flush (`flush`) leave it; an error ends the block without.

    Parameters
    ----------
    file : h5py.File
        Open for writing.
    """
    token = _WAITING.set(True)
    try:
        yield
    finally:
        _WAITING.reset(token)
    flush_at_once(file)


def flush(file: h5py.File) -> None:
    """Flush a file, unless somebody will who does it at once."""
    if not _WAITING.get():
        file.flush()


def _new_bytes(descriptor: int, source: int, size: int) -> list[tuple[int, int]]:
    """Bring what is behind the old end of a file into it; return where it differs before that."""
    end = max(size, os.fstat(source).st_size)
    changed: list[tuple[int, int]] = []
    for start, stop in _stretches(source, end):
        changed.extend(_differing(descriptor, source, start, min(stop, size)))
        _copy(source, descriptor, max(start, size), stop)  # nothing refers to these yet
    os.ftruncate(descriptor, end)
    return changed


def _publish(
    real: Path, descriptor: int, source: int, changed: list[tuple[int, int]], size: int
) -> None:
    """Promise changes of a file that had some size, and make them."""
    if not changed:
        return
    end = os.fstat(descriptor).st_size
    promise = Promise(end, size, end, edges(descriptor, size, end), tuple(changed))
    draft = _draft(real)
    try:
        with draft.open("x+b") as file:
            write_promise(
                file, promise,
                lambda start, length: read_at(descriptor, start, length),
                lambda start, length: read_at(source, start, length),
            )  # fmt: skip
            file.flush()
            draft.replace(promise_file(real))  # from here on it counts
            carry_out(promise, file, descriptor)
    finally:
        draft.unlink(missing_ok=True)
    has_changed(descriptor)
    forget(real)


def _knows_holes(descriptor: int) -> bool:
    """Whether the system tells which pages of a file were written; the file is empty after."""
    try:
        os.pwrite(descriptor, b"x", 0)
        os.ftruncate(descriptor, _LARGE)
        return os.lseek(descriptor, 0, os.SEEK_HOLE) == _PAGE
    except OSError:
        return False
    finally:
        os.ftruncate(descriptor, 0)


def _stretches(descriptor: int, end: int) -> Iterator[tuple[int, int]]:
    """Give the parts of a file that were written."""
    stop = 0
    with suppress(OSError):  # there is nothing more
        while stop < end:
            start = os.lseek(descriptor, stop, os.SEEK_DATA)
            stop = min(os.lseek(descriptor, start, os.SEEK_HOLE), end)
            yield start, stop


def _differing(one: int, other: int, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Give where pages of two files differ, and the length, page by page."""
    for first in range(start, stop, _LOOK):
        size = min(_LOOK, stop - first)
        before, after = (read_at(descriptor, first, size) for descriptor in (one, other))
        if before == after:
            continue
        for at in range(0, size, _PAGE):
            length = min(_PAGE, size - at)
            if before[at : at + length] != after[at : at + length]:
                yield first + at, length


def _write_numbers(file: h5py.File) -> None:
    """Let HDF5 write what it still has of numbers of contiguous datasets."""
    import h5py

    for number in h5py.h5f.get_obj_ids(file.id, h5py.h5f.OBJ_DATASET):
        if number.get_create_plist().get_layout() == h5py.h5d.CONTIGUOUS:
            h5py.Dataset(number).flush()


def _kept(file: h5py.File, size: int) -> list[tuple[int, int]] | None:
    """Return the parts of a file that are not numbers of large datasets, in whole pages."""
    holes = sorted(_numbers(file)) if size > _LARGE else []
    parts, place = [], 0
    for start, stop in holes:
        first, last = -(-start // _PAGE) * _PAGE, min(stop, size) // _PAGE * _PAGE
        if last > first >= place:
            parts.append((place, first))
            place = last
    parts.append((place, size))
    parts = [part for part in parts if part[1] > part[0]]
    return parts if sum(stop - start for start, stop in parts) <= _MOST else None


def _numbers(file: h5py.File) -> Iterator[tuple[int, int]]:
    """Give where the numbers of large datasets are."""
    found: list[Any] = []
    file.visititems(lambda _name, item: found.append(item) if hasattr(item, "chunks") else None)
    for item in found:
        offset, size = item.id.get_offset(), item.id.get_storage_size()
        if size < _LARGE:
            continue
        if offset is not None:
            yield offset, offset + size
        elif item.chunks is not None and item.id.get_num_chunks() <= _CHUNKS:
            stored: list[Any] = []
            item.id.chunk_iter(stored.append)
            yield from ((one.byte_offset, one.byte_offset + one.size) for one in stored)


def _copy(source: int, target: int, start: int, stop: int) -> None:
    for place in range(start, stop, _STEP):
        write_at(target, read_at(source, place, min(_STEP, stop - place)), place)


@contextmanager
def _led_to(descriptor: int, other: int) -> Iterator[None]:
    """Let a descriptor be that of another file for a moment; its locks stay with the first."""
    kept = os.dup(descriptor)
    try:
        os.dup2(other, descriptor, inheritable=False)
        try:
            yield
        finally:
            os.dup2(kept, descriptor, inheritable=False)
    finally:
        os.close(kept)
