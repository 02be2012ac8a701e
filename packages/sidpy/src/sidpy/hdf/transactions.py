"""Changes to an HDF5 file that reach it completely or not at all.

    with sidpy.hdf.transaction("scan.h5") as file:
        pyNSID.hdf_io.write_results(file["Measurement_000/Channel_000"], result)

While the block runs, the file holds what it held before, for every reader, and may be read,
also by this program.  At its end all changes are made at once; when it ends with an error,
or the program with a crash, none is.  `sidpy.base.redo` says how.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import logging
import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from sidpy.base.locks import changing, claimed_alone, shown_in_use
from sidpy.base.opening import has_changed
from sidpy.base.overlay import Overlay, end_of_file
from sidpy.base.redo import (
    Promise,
    carry_out,
    edges,
    forget,
    promise_file,
    settle,
    sync_folder,
    write_promise,
)
from sidpy.errors import (
    CorruptFile,
    DiskFull,
    ExistingFile,
    FileInUse,
    LabelValueError,
    MissingFile,
    NotAFile,
    UnfinishedChange,
    UnwritableFile,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import h5py

__all__ = ["require_healthy", "transaction"]

logger = logging.getLogger(__name__)

_MODES: Final = ("w", "a", "r+", "w-", "x")
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})
#: The files that are being changed by this process, by the name h5py has for them.
_OPEN: dict[str, Overlay] = {}


@contextlib.contextmanager
def transaction(
    path: str | os.PathLike[str],
    mode: Literal["a", "r+", "w", "x", "w-"] = "a",
    *,
    durable: bool = True,
    timeout: float = 10.0,
    **options: Any,
) -> Iterator[h5py.File]:
    """Open an HDF5 file for changes that are made at the end of the block, all or none.

    Parameters
    ----------
    path : path-like
        The file.
    mode : {"a", "r+", "w", "x", "w-"}
        As for `h5py.File`: change a file or make one, change, replace, make.  A new file
        appears at the end of the block.
    durable : bool
        Wait until the disk has everything, so that a loss of power does no more harm than a
        crash of the program.
    timeout : float, s
        How long to wait for another transaction on the file to finish.
    **options
        More options of `h5py.File`: ``libver``, ``track_order``, ``rdcc_nbytes``.

    Yields
    ------
    h5py.File
        The file; it and everything got from it is closed at the end of the block.

    Raises
    ------
    MissingFile, ExistingFile, NotAFile
        When the mode does not fit what is there, or there is no folder.
    UnwritableFile
        When the file or its folder is read-only; raised before the block runs.
    FileInUse
        When somebody has it open for writing, goes on changing it for longer than
        `timeout`, or replaced it meanwhile.
    DiskFull
        When there is no room; the file is as it was.
    CorruptFile
        When HDF5 cannot open it.

    Notes
    -----
    New data go straight behind the end of the file, once and without a copy; only old places
    that change (a few kB, unless old numbers are overwritten) are written twice.  Inside the
    block, links and virtual datasets that lead to other files cannot be followed.

    Examples
    --------
    >>> import h5py, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "scan.h5")
    >>> with transaction(path) as file:
    ...     file["raw"] = [1, 2, 3]
    >>> try:
    ...     with transaction(path) as file:
    ...         file["raw"][0] = 7
    ...         raise KeyboardInterrupt
    ... except KeyboardInterrupt:
    ...     h5py.File(path)["raw"][:].tolist()
    [1, 2, 3]
    """
    if mode not in _MODES:
        msg = f"mode should be one of {', '.join(map(repr, _MODES))}, found {mode!r}"
        raise LabelValueError(msg)
    real = Path(os.path.realpath(path))
    if not real.parent.is_dir():
        msg = f"there is no folder {str(real.parent)!r} to write into"
        raise MissingFile(msg, path=path)
    with changing(real, timeout):
        settle(real)
        _remove_drafts(real)
        change = _change(real, mode, durable=durable)
        with contextlib.closing(change):
            yield from change.run(os.fspath(path), options)


def require_healthy(h5_object: h5py.Group | h5py.Dataset) -> None:
    """Raise what made a transaction on the file of an object impossible, if anything did.

    HDF5 must not hear of a failed write, which it would not survive; whoever writes for a
    long time asks here from time to time.

    Raises
    ------
    DiskFull, OSError
        What went wrong.
    """
    if _OPEN and h5_object:
        overlay = _OPEN.get(h5_object.file.filename)
        if overlay is not None:
            overlay.require_healthy()


def _draft(real: Path) -> Path:
    return real.with_name(f".{real.name}.{secrets.token_hex(4)}.draft")


def _remove_drafts(real: Path) -> None:
    """Remove what a crash left of a change that does not count; nobody else has one now."""
    for draft in real.parent.glob(f".{glob.escape(real.name)}.????????.draft"):
        draft.unlink(missing_ok=True)


def _change(real: Path, mode: str, *, durable: bool) -> _Change:
    exists = os.path.lexists(real)
    if real.is_dir():
        msg = "is a directory; give the name of a file"
        raise NotAFile(msg, path=real)
    if exists and mode in ("x", "w-"):
        msg = f"there is a file of this name, and mode={mode!r} asks for a new one"
        raise ExistingFile(msg, path=real)
    if not exists and mode == "r+":
        msg = "there is no such file to add to; mode='a' makes one"
        raise MissingFile(msg, path=real)
    kind = _Change if exists and mode in ("a", "r+") else _Creation
    return kind(real, durable=durable)


class _Change:
    """A change to a file that is there."""

    _mode = "r+"

    def __init__(self, real: Path, *, durable: bool) -> None:
        self.real = real
        self.durable = durable
        self.written = self._place()
        try:
            self.descriptor = os.open(self.written, self._flags(), 0o666)
        except PermissionError as error:
            msg = "is read-only for you: copy it, or write to another path"
            raise UnwritableFile(msg, path=real) from error
        try:
            self.overlay = Overlay(self.descriptor, self._old_end(), str(real.parent))
        except BaseException:
            os.close(self.descriptor)
            raise

    def _place(self) -> Path:
        return self.real

    def _flags(self) -> int:
        return os.O_RDWR | getattr(os, "O_BINARY", 0)

    def _old_end(self) -> int:
        shown_in_use(self.descriptor, self.real)
        size = os.fstat(self.descriptor).st_size
        return min(end_of_file(self.descriptor) or size, size)

    def close(self) -> None:
        self.overlay.close()
        os.close(self.descriptor)

    def run(self, name: str, options: dict[str, Any]) -> Iterator[h5py.File]:
        """Give the open file, and make the changes when the caller is done with it."""
        file = self._file(name, options)
        key = file.filename
        _OPEN[key] = self.overlay
        try:
            yield file
            file.close()
            self.overlay.require_healthy()
            self._publish()
        except BaseException as error:
            self._take_back(file)
            self._explain(error)
            raise
        finally:
            _OPEN.pop(key, None)

    def _file(self, name: str, options: dict[str, Any]) -> h5py.File:
        import h5py

        try:
            file = h5py.File(name, self._mode, driver="fileobj", fileobj=self.overlay, **options)
        except (OSError, RuntimeError) as error:
            self._take_back(None)
            self._explain(error)
            msg = f"HDF5 cannot open it: {error}"
            raise CorruptFile(msg, path=self.real, format="HDF5") from error
        self.overlay.opened()
        return file

    def _take_back(self, file: Any) -> None:
        """Leave the file as it was."""
        # from now on HDF5 writes nothing, and closes all the same
        self.overlay.failure = self.overlay.failure or OSError("the change was taken back")
        if file is not None:
            try:
                file.close()
            except (OSError, RuntimeError, ValueError) as error:
                logger.debug("closing %s after a failure: %s", self.real, error)
        self._drop()

    def _drop(self) -> None:
        if os.fstat(self.descriptor).st_size > self.overlay.end:
            try:
                os.ftruncate(self.descriptor, self.overlay.end)
            except OSError as error:  # what is behind the end does no harm
                logger.debug("cannot shorten %s: %s", self.real, error)

    def _explain(self, error: BaseException) -> None:
        """Raise the error behind an error, when there is a better one."""
        cause = self.overlay.failure
        if isinstance(error, UnfinishedChange):
            return
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            cause = error
        if isinstance(cause, OSError) and cause.errno in _NO_ROOM:
            raise self._no_room(cause) from error
        if self.overlay.strays:
            error.add_note(
                "in a transaction, external links and virtual datasets that lead to other files "
                "cannot be followed: read them before, or from the file opened for reading"
            )
        if cause is not None and cause.args != ("the change was taken back",):
            raise cause from (error if error is not cause else None)

    def _no_room(self, cause: OSError) -> DiskFull:
        free = shutil.disk_usage(self.real.parent).free
        msg = (
            f"there is no room for what was to be written ({cause.strerror}): the file has to "
            f"hold {self.overlay.size} bytes or more, {self.overlay.size - self.overlay.end} more "
            f"than before, and {free} are free in {str(self.real.parent)!r}; {self._state()}"
        )
        error = DiskFull(msg, path=self.real)
        error.errno = cause.errno
        return error

    def _state(self) -> str:
        return "the file is as it was"

    def _publish(self) -> None:
        """Let the changes count, and make them."""
        overlay, begin = self.overlay, self.overlay.end
        end = max(overlay.size, begin)
        os.ftruncate(self.descriptor, end)
        self._sync()
        runs = tuple(overlay.runs())
        if not runs and overlay.size >= begin:
            return  # nothing refers to anything new
        self._require_same()
        promise = Promise(overlay.size, begin, end, edges(self.descriptor, begin, end), runs)
        draft = _draft(self.real)
        try:
            with draft.open("x+b") as file:
                write_promise(file, promise, overlay.before, overlay.after)
                file.flush()
                if self.durable:
                    os.fsync(file.fileno())
                claimed_alone(self.descriptor, self.real)
                draft.replace(promise_file(self.real))  # from here on it counts
                self._keep(promise, file)
        finally:
            draft.unlink(missing_ok=True)

    def _keep(self, promise: Promise, file: Any) -> None:
        """Do what was promised."""
        self.overlay.end = promise.size  # which may no longer be taken back
        if self.durable:
            sync_folder(self.real.parent)
        try:
            try:
                carry_out(promise, file, self.descriptor)
            except KeyboardInterrupt:  # half of it is worse than all
                carry_out(promise, file, self.descriptor)
                raise
            self._sync()
        except OSError as error:
            msg = (
                f"the changes count, but cannot be carried out now ({error}); they will be, from "
                f"{promise_file(self.real).name!r}, when sidpy opens the file again"
            )
            raise UnfinishedChange(msg, path=self.real) from error
        has_changed(self.descriptor)
        forget(self.real)

    def _sync(self) -> None:
        if self.durable:
            os.fsync(self.descriptor)

    def _require_same(self) -> None:
        try:
            same = os.path.samestat(os.fstat(self.descriptor), self.real.stat())
        except FileNotFoundError:
            same = False
        if not same:
            msg = "was replaced or removed while it was being changed: the changes are dropped"
            raise FileInUse(msg, path=self.real)


class _Creation(_Change):
    """A file that is written beside its place, and moved there."""

    _mode = "w"

    def _place(self) -> Path:
        return _draft(self.real)

    def _flags(self) -> int:
        return super()._flags() | os.O_CREAT | os.O_EXCL

    def _old_end(self) -> int:
        return 0

    def close(self) -> None:
        super().close()
        self.written.unlink(missing_ok=True)

    def _state(self) -> str:
        return "no file was made"

    def _drop(self) -> None:
        pass  # the whole file is dropped when it is closed

    def _publish(self) -> None:
        self._sync()
        self.written.replace(self.real)
        if self.durable:
            sync_folder(self.real.parent)
