"""HDF5 files of instruments: opened read-only, closed soon, with errors that name the file.

h5py answers damage with whatever its layers think of it; here it becomes one family.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from SciFiReaders.binary import opening
from SciFiReaders.text import decode, until_nul
from sidpy.errors import CorruptFile, ReaderError, UnrecognisedFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    import h5py

__all__ = ["INLINE", "Turned", "Viewed", "attributes", "member", "opened", "plain", "tree"]

#: Longest attribute or dataset kept in the metadata, in elements.
INLINE = 4096
_DEPTH = 32


@contextmanager
def opened(path: str | PathLike[str], format: str) -> Iterator[h5py.File]:  # noqa: A002 - the word the field uses
    """Open an HDF5 file read-only for the length of a ``with`` block.

    Parameters
    ----------
    path : path-like
        The file.
    format : str
        Identifier of the format, for error messages.

    Yields
    ------
    h5py.File

    Raises
    ------
    MissingFile, NotAFile
        When nothing is there, or a folder.
    UnrecognisedFile
        When it is no HDF5 file.
    CorruptFile
        For whatever h5py raises inside the block.
    """
    import h5py

    from sidpy.hdf.recovery import open_to_read

    try:
        with opening(path, format):
            file = open_to_read(path)
    except ReaderError:
        raise
    except OSError as error:
        if h5py.is_hdf5(path):
            msg = f"HDF5 cannot open it: {error}"
            raise CorruptFile(msg, path=path, format=format) from error
        msg = f"not a file of the format {format}: it is not HDF5"
        raise UnrecognisedFile(msg, path=path, format=format) from error
    with file:
        try:
            yield file
        except ReaderError:
            raise
        except (
            OSError,
            RuntimeError,
            LookupError,
            ValueError,
            TypeError,
            AttributeError,
        ) as error:
            msg = f"HDF5 cannot read it, or it is not laid out as its format says: {error}"
            raise CorruptFile(msg, path=path, format=format) from error


def member(group: h5py.Group, name: str, kind: type | None = None) -> Any:
    """Return what lies at a name of a group; None for nothing, a link or another kind.

    Soft and external links may lead in a circle or to another file, and a group may hold
    one that it lies in: such members are left out.

    Raises
    ------
    CorruptFile
        When it is a dataset that claims more than the file can hold.
    """
    import h5py

    from sidpy.hdf.damage import oversize

    item: Any = group
    for part in filter(None, name.split("/")):
        if not isinstance(item, h5py.Group):
            return None
        if not isinstance(item.get(part, getlink=True), h5py.HardLink):
            return None
        parent, item = item, item[part]
        if isinstance(item, h5py.Group) and _is_above(item, parent):
            return None
    if isinstance(item, h5py.Dataset) and (reason := oversize(item, whole=False)):
        msg = f"{item.name} {reason}"
        raise CorruptFile(msg, path=item.file.filename, format="HDF5")
    return item if kind is None or isinstance(item, kind) else None


def _is_above(item: h5py.Group, group: h5py.Group) -> bool:
    """Say whether a member of a group is the group itself, or one that it lies in."""
    import h5py

    if h5py.h5o.get_info(item.id).rc < 2:  # a single link leads to it: that of the member
        return False
    names = (group.name or "/").split("/")
    paths = ("/".join(names[:i]) or "/" for i in range(1, len(names) + 1))
    return any(item == group.file[path] for path in paths)


def attributes(item: Any) -> dict[str, Any]:
    """Return the attributes of a group or dataset as plain Python."""
    from sidpy.hdf.attributes import attributes as stored

    return {name: plain(value) for name, value in stored(item).items()}


def plain(value: Any) -> Any:
    """Return an attribute as plain Python: text, numbers, lists, tuples for structs."""
    if isinstance(value, bytes):
        return until_nul(decode(value))
    if isinstance(value, np.ndarray) and value.size > INLINE:
        return f"{value.size} values of type {value.dtype}"
    if isinstance(value, np.ndarray | np.generic):
        found = value.tolist()
        if isinstance(found, list):
            return [plain(part) if isinstance(part, bytes) else part for part in found]
        return until_nul(decode(found)) if isinstance(found, bytes) else found
    return value if isinstance(value, str) else str(value)


def tree(group: h5py.Group, *, without: frozenset[str] = frozenset(), depth: int = 0) -> Any:
    """Return what a group says: attributes, small datasets and groups, as a tree of dicts.

    Parameters
    ----------
    group : h5py.Group
        Where to begin.
    without : frozenset of str
        Addresses of groups and datasets that are left out.
    depth : int
        How deep this one lies; what lies deeper than 32 is left out.
    """
    import h5py

    found = attributes(group)
    for name in group if depth < _DEPTH else ():
        item = member(group, name)
        if item is None or item.name in without:
            continue
        if isinstance(item, h5py.Group):
            if below := tree(item, without=without, depth=depth + 1):
                found[name] = below
        elif item.shape is not None and item.size <= INLINE and item.dtype.kind in "biufcSO":
            found[name] = plain(item[()])
    return found


class Turned:
    """A dataset in a file with its axes in another order, turned piece by piece.

    Better than a transpose of the dask array: dask hands a selection down to its source
    only when nothing lies between them, and reads whole chunks otherwise.

    Parameters
    ----------
    source : H5Array
        The dataset.
    axes : tuple of int
        For each axis of the result the axis of the source.
    """

    __slots__ = ("axes", "dtype", "shape", "source")

    def __init__(self, source: Any, axes: tuple[int, ...]) -> None:
        self.source, self.axes, self.dtype = source, axes, source.dtype
        self.shape = tuple(source.shape[axis] for axis in axes)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __dask_tokenize__(self) -> tuple[object, ...]:
        return (*self.source.__dask_tokenize__(), self.axes)

    def __getitem__(self, index: Any) -> np.ndarray:
        wanted = index if isinstance(index, tuple) else (index,)
        inner: list[Any] = [slice(None)] * self.ndim
        outer: list[Any] = []
        for axis, part in zip(self.axes, wanted, strict=False):
            step = isinstance(part, slice) and part.step is not None and part.step < 0
            # a place becomes a slice of length one, and is taken out when all is turned
            single = isinstance(part, int | np.integer)
            inner[axis] = slice(part, part + 1) if single else slice(None) if step else part
            outer.append(0 if single else part if step else slice(None))
        return self.source[tuple(inner)].transpose(self.axes)[tuple(outer)]


class Viewed:
    """A dataset whose elements are seen as another type of the same bytes.

    Words become bytes along a new last axis, pairs of numbers become complex.
    """

    __slots__ = ("dtype", "shape", "source")

    def __init__(self, source: Any, dtype: np.dtype) -> None:
        count = source.dtype.itemsize // dtype.itemsize
        self.source, self.dtype = source, dtype
        self.shape = source.shape if count == 1 else (*source.shape, count)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __dask_tokenize__(self) -> tuple[object, ...]:
        from dask.base import normalize_token

        return (normalize_token(self.source), self.dtype.str)

    def __getitem__(self, index: Any) -> np.ndarray:
        index = index if isinstance(index, tuple) else (index,)
        extra = len(self.shape) - len(self.source.shape)
        inner, last = (index[: len(index) - extra], index[len(index) - extra :])
        block = np.ascontiguousarray(self.source[inner])
        viewed = (
            block.view(self.dtype).reshape(*block.shape, -1) if extra else block.view(self.dtype)
        )
        return viewed[(..., *last)] if extra else viewed
