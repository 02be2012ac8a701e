"""Opening an HDF5 file to which a program is appending, without waiting for ever.

A reader under the single-writer multiple-reader mode meets parts that the writer has not
finished; HDF5 reads them again until their checksum is right, a hundred times, and waits
twice as long before each.  Where the part is damaged and nobody will ever finish it, that is
for ever.  The number of attempts is a property of access that h5py does not show, so it is
set through the HDF5 library that h5py is linked with.

Source: H5Pset_metadata_read_attempts in the reference manual of HDF5.
"""

from __future__ import annotations

import ctypes
import functools
import os
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    import h5py

__all__ = ["open_growing"]

#: Attempts for each part: a writer needs microseconds, and the last wait is the longest.
_ATTEMPTS: Final = 14


def open_growing(path: str | os.PathLike[str]) -> h5py.File:
    """Open a file read-only in the mode of a reader beside one writer.

    Parameters
    ----------
    path : path-like
        The file.

    Raises
    ------
    OSError, RuntimeError
        Of HDF5, for a file that it cannot open in this mode.
    """
    import h5py
    from h5py import h5f, h5p

    access = h5p.create(h5p.FILE_ACCESS)
    access.set_fclose_degree(h5f.CLOSE_STRONG)  # as h5py itself opens files
    set_attempts = _set_attempts()
    if set_attempts is not None:
        set_attempts(access.id, _ATTEMPTS)
    flags = h5f.ACC_RDONLY | h5f.ACC_SWMR_READ
    return h5py.File(h5f.open(os.fsencode(path), flags, access))


@functools.cache
def _set_attempts() -> Callable[[int, int], int] | None:
    """Return HDF5's own function, None where the linked library does not show it."""
    from h5py import h5p

    try:
        function: Any = ctypes.CDLL(h5p.__file__).H5Pset_metadata_read_attempts
    except (OSError, AttributeError):  # Windows looks for names in the module alone
        return None
    function.argtypes, function.restype = (ctypes.c_int64, ctypes.c_uint), ctypes.c_int
    return function  # type: ignore[no-any-return] # ctypes does not know what it calls
