"""Signals that HyperSpy saved in a zarr directory, ``.zspy``.

The layout is that of `hyperspy`, with zarr groups, arrays and attributes.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import CorruptFile, MissingDependency, NotAFile, ReaderError, UnrecognisedFile

from .hyperspy import signal

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["ZarrArray", "read_zspy"]

FORMAT: Final = "hyperspy.zspy"
_DEPTH: Final = 32
_INLINE: Final = 4096


class ZarrArray:
    """An array of a zarr directory, opened anew for each piece.

    Parameters
    ----------
    path : str
        The directory.
    name : str
        Address of the array in it.
    """

    __slots__ = ("dtype", "name", "path", "shape")

    def __init__(self, path: str, name: str) -> None:
        self.path, self.name = path, name
        array = _root(path)[name]
        self.shape, self.dtype = tuple(array.shape), np.dtype(array.dtype)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    def __dask_tokenize__(self) -> tuple[object, ...]:
        return (self.path, self.name, Path(self.path).stat().st_mtime_ns, self.shape)

    def __getitem__(self, index: Any) -> np.ndarray:
        return np.asarray(_root(self.path)[self.name][index])


def _root(path: str | PathLike[str]) -> Any:
    try:
        import zarr
    except ModuleNotFoundError as error:
        msg = "files of the format zarr need the library zarr: pip install zarr"
        raise MissingDependency(msg) from error
    return zarr.open_group(str(path), mode="r")


def read_zspy(path: str | PathLike[str]) -> list[Dataset]:
    """Read the signals of a ``.zspy`` directory.

    Parameters
    ----------
    path : path-like
        The directory.

    Returns
    -------
    list of Dataset
        One per signal, lazy.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        When it is no such directory, or damaged.
    MissingDependency
        When zarr is not installed.
    """
    if not Path(path).is_dir():
        msg = "a .zspy is a directory; a packed one is not read"
        raise NotAFile(msg, path=path, format=FORMAT)
    try:
        return _signals(path)
    except (ReaderError, MissingDependency):
        raise
    except Exception as error:
        msg = f"zarr cannot read it: {type(error).__name__}: {error}"
        raise CorruptFile(msg, path=path, format=FORMAT) from error


def _signals(path: str | PathLike[str]) -> list[Dataset]:
    root = _root(path)
    if "Experiments" not in root:
        msg = "not a directory of HyperSpy: it holds no Experiments"
        raise UnrecognisedFile(msg, path=path, format=FORMAT)
    found = []
    for name, group in root["Experiments"].groups():
        source = ZarrArray(str(Path(path).resolve()), f"Experiments/{name}/data")
        notes = [_notes(group, i) for i in range(source.ndim)]
        found.append(signal(path, source, notes, name, lambda *names, g=group: _part(g, names)))
    if not found:
        msg = "Experiments holds no signal"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return found


def _notes(group: Any, place: int) -> dict[str, Any]:
    name = f"axis-{place}"
    if name not in group:
        return {}
    axis = group[name]
    return {**dict(axis.attrs), "axis": np.asarray(axis["axis"][...]) if "axis" in axis else None}


def _part(group: Any, names: tuple[str, ...], depth: int = 0) -> dict[str, Any]:
    """Return the first of the groups that is there as a tree."""
    item = next((group[name] for name in names if name in group), None)
    if item is None or depth > _DEPTH:
        return {}
    found = dict(item.attrs)
    for name, _ in item.groups():
        found[name] = _part(item, (name,), depth + 1)
    for name, array in item.arrays():
        if array.size <= _INLINE and np.dtype(array.dtype).kind in "biufc":
            found[name] = np.asarray(array[...]).tolist()
    return found
