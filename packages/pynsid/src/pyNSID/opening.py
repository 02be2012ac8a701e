"""Files in the NSID model opened to be read."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sidpy.base.global_heaps import FEWER
from sidpy.base.heap_guard import guarding
from sidpy.errors import CorruptFile, ReaderError
from sidpy.hdf.damage import named
from sidpy.hdf.recovery import open_to_read
from sidpy.hdf.walking import following

from .swmr import release

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    import h5py

__all__ = ["open_hdf5", "opened"]


@contextmanager
def opened(path: str | PathLike[str], *, external: bool | None = None) -> Iterator[h5py.File]:
    """Open a file read-only within a ``with`` block; what h5py raises names the file.

    Parameters
    ----------
    path : path-like
        The file.
    external : bool, optional
        Whether numbers may lie in files outside its folder; by default as configured.
    """
    with following(external), open_hdf5(path) as file, named(path, "nsid"), guarding(file):
        yield file


def open_hdf5(path: str | PathLike[str]) -> h5py.File:
    """Open an HDF5 file read-only; for reading labels use `opened`.

    Raises
    ------
    CorruptFile
        When HDF5 cannot open it, or would not survive it; it is an OSError.
    FileInUse, UnfinishedChange
        As `sidpy.hdf.recovery.open_to_read` raises them.
    """
    release(path)  # where a killed writer left it closed to everybody
    try:
        # its texts are looked at when they are read, see `guarding`
        return open_to_read(path, ends=FEWER)
    except ReaderError:
        raise
    except OSError as error:
        msg = f"HDF5 cannot open it: {error}"
        raise CorruptFile(msg, path=path, format="nsid") from error
