"""How every reader here opens an HDF5 file."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sidpy.errors import FileInUse

from .redo import recover

if TYPE_CHECKING:
    import os

    import h5py

__all__ = ["open_to_read"]

#: How long a change takes at most whose promise is being carried out, s.
_PATIENCE: Final = 0.3
_PAUSE: Final = 0.005


def open_to_read(
    path: str | os.PathLike[str], patience: float = _PATIENCE, **options: Any
) -> h5py.File:
    """Open an HDF5 file read-only, after what a crash left unfinished in it is finished.

    Parameters
    ----------
    path : path-like
        The file.
    patience : float, s
        How long to try while somebody has it open for writing.
    **options
        More options of `h5py.File`.

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
    this tries again for a moment.
    """
    import h5py

    recover(path)
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
