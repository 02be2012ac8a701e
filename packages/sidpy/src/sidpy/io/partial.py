"""A file that is computed for hours is computed once, also when the machine stops in between.

The complete blocks wait in a folder beside the destination, named after it with ``.partial``.
Writing the same thing to the same place again finds them and goes on; when all are there
they become one file, the file takes its place and the folder goes.

One process at a time works there: a lock that the system takes back with the process keeps
others out.  There is one moment between the last two steps, at which the file is in its
place and the folder still there.  A process that begins in it should neither call the file
somebody else's nor compute it again: the folder notes which file it moved.
"""

from __future__ import annotations

import glob
import json
import secrets
import shutil
from typing import TYPE_CHECKING, Any, Final

from sidpy._warnings import warn
from sidpy.base.locks import changing
from sidpy.base.redo import sync_folder
from sidpy.errors import StaleShards

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["is_left_over", "write_resumably"]

_MOVED: Final = "moved.json"


def write_resumably(
    function: Callable[..., Any],
    datasets: dict[str, Any],
    target: Path,
    options: dict[str, Any],
    *,
    overwrite: bool,
) -> None:
    """Let a writer make a file by way of complete blocks, of which some may be there.

    Parameters
    ----------
    function : callable
        The writer; its option ``resume`` is among the options.
    datasets : dict of str to Dataset
        What it writes.
    target : Path
        The file.
    options : dict
        Passed on to the writer.
    overwrite : bool
        Remove complete blocks of another computation instead of refusing to begin.

    Raises
    ------
    FileInUse
        When another process is doing the same.
    StaleShards
        When complete blocks of another computation are there.
    """
    folder = _folder(target)
    with changing(folder, timeout=0):
        folder.mkdir(exist_ok=True)
        _remove_finished(target)
        draft = folder / target.name
        try:
            _write(function, datasets, draft, options, overwrite=overwrite)
        except BaseException:
            if not any(folder.glob("*.shards/*/*.h5")):  # nothing that is worth keeping
                _remove(folder, target)
            raise
        (folder / _MOVED).write_text(json.dumps(_mark(draft)), "utf-8")
        draft.replace(target)
        sync_folder(target.parent)
        _remove(folder, target)


def is_left_over(target: Path) -> bool:
    """Whether a file was put in its place by a process that ended before it could clean up."""
    try:
        return bool(json.loads((_folder(target) / _MOVED).read_text("utf-8")) == _mark(target))
    except (OSError, ValueError):
        return False


def _folder(target: Path) -> Path:
    return target.with_name(f"{target.name}.partial")


def _write(
    function: Callable[..., Any],
    datasets: dict[str, Any],
    draft: Path,
    options: dict[str, Any],
    *,
    overwrite: bool,
) -> None:
    draft.unlink(missing_ok=True)
    try:
        function(datasets, str(draft), **options)
    except StaleShards as error:
        if not overwrite:
            raise
        warn(f"removed complete blocks of another computation: {error}")
        draft.unlink(missing_ok=True)
        for shards in draft.parent.glob("*.shards"):
            shutil.rmtree(shards)
        function(datasets, str(draft), **options)


def _mark(file: Path) -> list[int]:
    """Return what tells a file from any other one, wherever it is moved to."""
    status = file.stat()
    return [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns]


def _remove(folder: Path, target: Path) -> None:
    """Remove the folder; under its own name it is gone at once."""
    gone = target.with_name(f".{target.name}.{secrets.token_hex(4)}.done")
    folder.replace(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _remove_finished(target: Path) -> None:
    """Remove what processes that ended a moment too early left of their folders."""
    pattern = f".{glob.escape(target.name)}.*.done"
    for gone in target.parent.glob(pattern):
        shutil.rmtree(gone, ignore_errors=True)
