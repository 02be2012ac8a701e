"""How every reader here opens an HDF5 file."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sidpy.errors import CorruptFile, FileInUse

from .global_heaps import heap_damage
from .redo import recover

if TYPE_CHECKING:
    import os

    import h5py

__all__ = ["open_to_read"]

#: How long a change takes at most whose promise is being carried out, s.
_PATIENCE: Final = 0.3
_PAUSE: Final = 0.005


def open_to_read(
    path: str | os.PathLike[str],
    patience: float = _PATIENCE,
    *,
    check: bool = True,
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
    this tries again for a moment.
    """
    import h5py

    recover(path)
    damage = heap_damage(path) if check else []
    if damage:
        reasons = [f"/: {reason}, at byte {place}" for place, reason in damage]
        msg = "it is damaged where its texts are, and HDF5 would not survive reading it:"
        raise CorruptFile(msg, path=path, format="HDF5", problems=reasons)
    deadline = time.monotonic() + patience
    while True:
        try:
            return h5py.File(path, "r", **options)
        except BlockingIOError as error:
            if time.monotonic() < deadline:
                time.sleep(_PAUSE)
                continue
            msg = (
                "a program has it open for writing: close it there first, or read it with "
                "h5py.File(path, 'r', locking=False) at your own risk"
            )
            raise FileInUse(msg, path=Path(path)) from error
