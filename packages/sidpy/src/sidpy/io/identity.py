"""What tells the data of one file from those of another.

The first step of a history says which file was read.  A name is not enough: files are moved,
and files are changed.  So the step also has the content, as a digest:

========== ==========================================================================
kind       the digest is of
========== ==========================================================================
``file``   the bytes of the file: ``sha256``, what the command ``sha256sum`` prints
``files``  the bytes of a file and of those that belong to it, one after the other
``hdf5``   type, shape and values of the datasets in an HDF5 file that were read; whatever
           else is in the file may change and grow
``none``   nothing, and ``reason`` says why
========== ==========================================================================

Opening a file stays as fast as it was: the digest is computed when somebody looks at it,
which is when the history is stored.

Up to 256 MiB every byte counts.  Of larger data 256 blocks of 64 KiB at even distances, 1 MiB
at either end, and the length do (``sha256-sampled``).  **A change between those blocks that
keeps the length is not noticed here.**  It is noticed by a replay, if it changes a result.
Of HDF5 files only values count, so that neither the position of an axis nor an attribute is
known to have changed.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sidpy.sid.dataset import Dataset

__all__ = ["Content", "content_of"]

#: Bytes up to which all of them count.
WHOLE: Final = 256 * 2**20
#: Bytes at either end of larger data that count.
ENDS: Final = 2**20
#: Number and size of the blocks between them that count.
BLOCKS: Final = 256
BLOCK: Final = 64 * 2**10

_PIECE: Final = 8 * 2**20
#: A folder of more files than this is a disk, not a measurement.
_MOST_FILES: Final = 10_000


class Content(Mapping[str, Any]):
    """The identity of what was read from a file; computed when it is first looked at.

    Parameters
    ----------
    paths : sequence of str
        The file, and those that belong to it.
    datasets : sequence of str
        Addresses of the datasets in an HDF5 file that were read; empty when the bytes of
        the file count.

    Notes
    -----
    It has the keys ``kind``, ``algorithm``, ``digest`` and, of HDF5 files, ``datasets``.
    It pickles, and copies itself into a dictionary, with the digest.
    """

    __slots__ = ("_datasets", "_found", "_opened", "_paths")

    def __init__(self, paths: Sequence[str], datasets: Sequence[str] = ()) -> None:
        self._paths = tuple(paths)
        self._datasets = tuple(datasets)
        self._opened = None if datasets else _states(self._paths)
        self._found: dict[str, Any] | None = None

    def __getitem__(self, key: str) -> Any:
        return self._facts()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts())

    def __len__(self) -> int:
        return len(self._facts())

    def __repr__(self) -> str:
        return f"Content({dict(self)!r})" if self._found is not None else "Content(not yet known)"

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (self._facts(),)

    def _facts(self) -> dict[str, Any]:
        if self._found is None:
            try:
                self._found = self._compute()
            except (OSError, KeyError, RuntimeError, ModuleNotFoundError) as error:
                self._found = _unknown(f"it could not be read again: {error}")
        return self._found

    def _compute(self) -> dict[str, Any]:
        if self._datasets:
            path = self._paths[0]
            algorithm, digest = _values_digest(path, self._datasets, _states((path,)))
            return {"kind": "hdf5", "algorithm": algorithm, "digest": digest,
                    "datasets": list(self._datasets)}  # fmt: skip
        states = _states(self._paths)
        if states != self._opened:
            return _unknown("it changed while it was open")
        algorithm, digest = _bytes_digest(self._paths, states)
        kind = "file" if len(self._paths) == 1 else "files"
        return {"kind": kind, "algorithm": algorithm, "digest": digest}


def content_of(path: str, dataset: Dataset, companions: Sequence[str] = ()) -> Content:
    """Return the identity of what a reader read, without reading it again yet.

    Parameters
    ----------
    path : str
        The file, or the folder of files, that the reader was given.
    dataset : Dataset
        What it made of it.
    companions : sequence of str
        Files that belong to it.
    """
    place = Path(path)
    if place.is_dir():
        return Content(_members(place))
    return Content((path, *companions), _h5_addresses(path, dataset))


def _members(folder: Path) -> list[str]:
    """Return the files in a folder, in an order that does not depend on the system."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders.sort()
        found += [str(Path(parent, name)) for name in sorted(names)]
        if len(found) > _MOST_FILES:
            break
    return found[:_MOST_FILES]


def _h5_addresses(path: str, dataset: Dataset) -> list[str]:
    """Return where in an HDF5 file the values of a dataset are; empty when that is unknown."""
    from sidpy.sid import H5Array, sources_of

    found = sources_of(dataset)
    inside = [one for one in found if isinstance(one, H5Array)]
    here = str(Path(path).resolve())
    if not inside or len(inside) < len(found) or any(one.path != here for one in inside):
        return []
    return sorted({one.name for one in inside})


def _unknown(reason: str) -> dict[str, Any]:
    return {"kind": "none", "reason": reason}


_State = tuple[int, int]


def _states(paths: Sequence[str]) -> tuple[_State, ...]:
    """Return length and time of the last change of each file; nothing when one is gone."""
    try:
        return tuple((s.st_size, s.st_mtime_ns) for s in (Path(path).stat() for path in paths))
    except OSError:
        return ()


@lru_cache(maxsize=256)
def _bytes_digest(paths: tuple[str, ...], states: tuple[_State, ...]) -> tuple[str, str]:
    """Return algorithm and digest of the bytes of files in the states they are in."""
    _require(states)
    digest = hashlib.sha256()
    whole = sum(size for size, _ in states) <= WHOLE
    for path, (size, _) in zip(paths, states, strict=True):
        if not whole or len(paths) > 1:
            digest.update(f"{size}\n".encode())
        with Path(path).open("rb") as file:
            for start, length in [(0, size)] if whole else _parts(size):
                file.seek(start)
                _feed(digest, file, length)
    return ("sha256" if whole else "sha256-sampled"), digest.hexdigest()


def _require(states: tuple[_State, ...]) -> None:
    if not states:
        msg = "the file is gone"
        raise FileNotFoundError(msg)


def _feed(digest: Any, file: Any, length: int) -> None:
    while length > 0:
        piece = file.read(min(length, _PIECE))
        if not piece:
            return
        digest.update(piece)
        length -= len(piece)


def _parts(size: int) -> list[tuple[int, int]]:
    """Return first byte and length of the parts of large data that count.

    Examples
    --------
    >>> parts = _parts(2**32)
    >>> len(parts), parts[0], sum(length for _, length in parts) // 2**20
    (258, (0, 1048576), 18)
    """
    if size <= 2 * ENDS + BLOCKS * BLOCK:
        return [(0, size)]
    last = size - ENDS - BLOCK
    between = [ENDS + (last - ENDS) * i // (BLOCKS - 1) for i in range(BLOCKS)]
    return [(0, ENDS), *((start, BLOCK) for start in between), (size - ENDS, ENDS)]


@lru_cache(maxsize=256)
def _values_digest(
    path: str, names: tuple[str, ...], states: tuple[_State, ...]
) -> tuple[str, str]:
    """Return algorithm and digest of the values of datasets in an HDF5 file in this state."""
    from sidpy.sid import H5Array

    _require(states)
    arrays = [H5Array(path, name) for name in names]
    whole = sum(array.nbytes for array in arrays) <= WHOLE
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str} {array.shape}\n".encode())
        for index in _slabs(array) if whole else _places(array):
            _add_values(digest, array[index])
    return ("sha256" if whole else "sha256-sampled"), digest.hexdigest()


def _add_values(digest: Any, values: Any) -> None:
    if values.dtype.hasobject:  # texts of any length
        digest.update(repr(values.tolist()).encode())
    else:
        digest.update(np.ascontiguousarray(values).tobytes())


def _slabs(array: Any) -> Iterator[Any]:
    """Yield the pieces of an array in the order of its values."""
    if not array.shape:
        yield ()
        return
    row = max(array.nbytes // max(array.shape[0], 1), 1)
    chunk = (array.chunks or (1,))[0]
    step = max(_PIECE // (row * chunk), 1) * chunk
    for start in range(0, array.shape[0], step):
        yield slice(start, start + step)


def _places(array: Any) -> Iterator[Any]:
    """Yield small pieces of a large array: both ends and blocks at even distances."""
    width = array.shape[-1] if array.shape else 1
    rows = max(math.prod(array.shape) // max(width, 1), 1)
    step = max(width // max(width * array.dtype.itemsize // BLOCK, 1), 1)
    for i in range(BLOCKS + 2):
        row = (rows - 1) * i // (BLOCKS + 1)
        start = (width - step) * i // (BLOCKS + 1)
        place = np.unravel_index(row, array.shape[:-1]) if array.ndim > 1 else ()
        yield (*map(int, place), slice(start, start + step))
