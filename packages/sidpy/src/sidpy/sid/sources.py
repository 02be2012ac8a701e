"""Arrays that live in a file and are read when they are computed.

A source knows where its numbers are and nothing about dask: it has a shape, a dtype and
can be indexed.  It reopens its file by path, read-only, for each piece and closes it
again, so that it holds no descriptor, pickles, and works on any worker that sees the file.
"""

from __future__ import annotations

import contextlib
import math
from copy import copy as shallow_copy
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt

from sidpy.base.virtual_sources import absent_sources
from sidpy.errors import CorruptFile, MissingDependency, MissingFile

from .chunked import read_chunks, row_of_chunks
from .outer import by_axis, take_outer
from .runs import piece_of, read_piece

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FileArray", "H5Array", "require_filters"]

#: Places in the table of chunks that HDF5 keeps, a prime well above their number.
_SLOTS: Final = 10007


class _Source:
    """What every block of numbers in a file can say of itself."""

    __slots__ = ()

    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Size of the numbers in memory, in bytes."""
        return int(self.size * self.dtype.itemsize)

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, index: Any) -> npt.NDArray[Any]:
        raise NotImplementedError

    def __array__(
        self, dtype: npt.DTypeLike | None = None, copy: bool | None = None
    ) -> npt.NDArray[Any]:
        if copy is False:
            msg = "numbers in a file cannot be had without a copy"
            raise ValueError(msg)
        return self[...].astype(self.dtype if dtype is None else dtype, copy=False)


class FileArray(_Source):
    """A block of numbers inside a file.

    Parameters
    ----------
    path : path-like
        The file; it is opened read-only for each piece.
    dtype : dtype-like
        Type of the numbers as stored, byte order included.
    shape : tuple of int
        Shape of the block.
    offset : int
        Where the block begins, in bytes.
    order : {"C", "F"}
        Whether the last or the first index runs fastest in the file.

    Raises
    ------
    CorruptFile
        When the file is shorter than the block needs.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp(), "numbers.raw")
    >>> _ = path.write_bytes(b"head" + np.arange(6, dtype=">i2").tobytes())
    >>> FileArray(path, ">i2", (2, 3), offset=4)[1]
    array([3, 4, 5], dtype='>i2')
    """

    __slots__ = ("_axes", "_copies", "dtype", "offset", "order", "path", "shape")

    #: Nothing is worked out: several threads would only wait for the same file.
    in_one_go: Final = True

    def __init__(
        self,
        path: str | PathLike[str],
        dtype: npt.DTypeLike,
        shape: tuple[int, ...],
        offset: int = 0,
        order: Literal["C", "F"] = "C",
    ) -> None:
        self.path = str(Path(fspath(path)).resolve())
        self.dtype = np.dtype(dtype)
        self.shape = tuple(int(n) for n in shape)
        self.offset = int(offset)
        self.order = order
        self._axes: tuple[int, ...] | None = None
        self._copies = True
        self._check_fits()

    def _check_fits(self) -> None:
        try:
            size = Path(self.path).stat().st_size
        except FileNotFoundError as error:
            msg = "the file that holds these numbers is gone"
            raise MissingFile(msg, path=self.path) from error
        if self.offset < 0 or min(self.shape, default=0) < 0 or self.offset + self.nbytes > size:
            msg = (
                f"a block of shape {self.shape} and type {self.dtype} needs {self.nbytes} bytes "
                f"from here, but the file ends after {max(size - self.offset, 0)}; "
                "it is cut short or its header is damaged"
            )
            raise CorruptFile(msg, path=self.path, offset=self.offset)

    @property
    def in_rows(self) -> bool:
        """Whether the values of the last axis follow each other in the file."""
        axes = range(self.ndim) if self._axes is None else self._axes
        return list(axes) == sorted(axes, reverse=self.order == "F")

    def transpose(self, axes: Sequence[int]) -> FileArray:
        """Return the same block with its axes in another order, without reading it.

        Parameters
        ----------
        axes : sequence of int
            For each axis of the result the axis it is now.

        Notes
        -----
        Better than a transpose of the dask array: dask hands a selection down to its source
        only when nothing lies between them, and reads whole chunks otherwise.
        """
        result = shallow_copy(self)
        stored = tuple(range(self.ndim)) if self._axes is None else self._axes
        result._axes = tuple(stored[axis] for axis in axes)
        result.shape = tuple(self.shape[axis] for axis in axes)
        return result

    def mapped(self) -> FileArray:
        """Return the same block, whose pieces are maps of the file and no copies.

        Notes
        -----
        For work that goes over each piece once and lets it go: copying takes longer than much
        of such work. A piece cannot be written to, and keeps the file open while it is held.
        """
        result = shallow_copy(self)
        result._copies = False
        return result

    def __getitem__(self, index: Any) -> npt.NDArray[Any]:
        if not self.size:
            empty: npt.NDArray[Any] = np.empty(self.shape, self.dtype)
            return np.asarray(empty[index])
        piece = piece_of(self.shape, index) if self._copies and self.in_rows else None
        if piece is not None:
            first, lengths = piece
            offset = self.offset + first * self.dtype.itemsize
            return read_piece(self.path, self.dtype, lengths, offset)
        shape = self.shape if self._axes is None else _put_back(self.shape, self._axes)
        mapped = np.memmap(
            self.path, self.dtype, mode="r", offset=self.offset, shape=shape, order=self.order
        ).transpose(self._axes if self._axes is not None else range(self.ndim))
        # a copy, so that the map and with it the file are closed on return
        return np.array(mapped[index]) if self._copies else np.asarray(mapped[index])

    def __dask_tokenize__(self) -> tuple[object, ...]:
        what = (self.dtype.str, self.shape, self.offset, self.order, self._axes, self._copies)
        return _identity(self.path, *what)

    def __repr__(self) -> str:
        shape = self.shape if self._axes is None else _put_back(self.shape, self._axes)
        turned = "" if self._axes is None else f".transpose({self._axes})"
        return (
            f"FileArray({self.path!r}, {self.dtype.str!r}, shape={shape}, "
            f"offset={self.offset}, order={self.order!r}){turned}"
        )


class H5Array(_Source):
    """A dataset inside an HDF5 file.

    Parameters
    ----------
    path : path-like
        The HDF5 file; it is opened read-only for each piece.
    name : str
        Address of the dataset in the file.

    Raises
    ------
    MissingFile
        When the file is not there.
    CorruptFile
        When the file holds no dataset at that address.
    """

    __slots__ = ("_cache", "chunks", "dtype", "name", "path", "shape")

    def __init__(self, path: str | PathLike[str], name: str) -> None:
        import h5py

        self.path = str(Path(fspath(path)).resolve())
        self.name = name
        self._cache = row_of_chunks((), None, 1)
        self.dtype = np.dtype(object)
        with self._open() as file:
            dataset = file.get(name)
            if not isinstance(dataset, h5py.Dataset):
                msg = f"there is no dataset at {name!r}"
                raise CorruptFile(msg, path=self.path, format="HDF5")
            self._describe(dataset)

    @classmethod
    def of(cls, dataset: Any, path: str = "", name: str = "") -> H5Array:
        """Return the source of a dataset of a file that is open, without opening it again.

        Parameters
        ----------
        dataset : h5py.Dataset
            The dataset.
        path, name : str
            The file, links resolved, and the address in it, where they are known already.
        """
        self = cls.__new__(cls)
        self.path = path or str(Path(dataset.file.filename).resolve())
        self.name = name or dataset.name
        self._describe(dataset)
        return self

    def _describe(self, dataset: Any) -> None:
        self.dtype = dataset.dtype
        self.shape = dataset.shape
        self.chunks = dataset.chunks
        self._cache = row_of_chunks(self.shape or (), self.chunks, self.dtype.itemsize)

    def _open(self) -> Any:
        from sidpy.base.opening import open_to_read

        if not Path(self.path).exists():
            msg = "the file that holds these numbers is gone"
            raise MissingFile(msg, path=self.path)
        # of the heaps of a file, only texts of variable length are read here
        check = self.dtype.hasobject
        return open_to_read(self.path, check=check, rdcc_nbytes=self._cache, rdcc_nslots=_SLOTS)

    def __getitem__(self, index: Any) -> npt.NDArray[Any]:
        with self._open() as file:
            try:
                dataset = file[self.name]
                found = read_chunks(dataset, index)
                return self._read(dataset, index) if found is None else found
            except CorruptFile:
                raise
            except (OSError, RuntimeError, KeyError) as error:
                msg = f"the numbers at {self.name!r} cannot be read: {error}"
                raise CorruptFile(msg, path=self.path, format="HDF5") from error

    def _read(self, dataset: Any, index: Any) -> npt.NDArray[Any]:
        """Read a part of a dataset by HDF5: of each axis what the index says for it."""
        require_filters(dataset)
        absent = absent_sources(dataset) if dataset.is_virtual else []
        if absent:
            msg = f"the numbers at {self.name!r} lie in other files: {'; '.join(absent)}"
            raise CorruptFile(msg, path=self.path, format="HDF5")
        if not self.shape or isinstance(index, str):
            return np.asarray(dataset[index])
        return np.asarray(take_outer(dataset.__getitem__, by_axis(index, self.shape)))

    def __dask_tokenize__(self) -> tuple[object, ...]:
        return _identity(self.path, self.name, self.shape, self.dtype.str)

    def __repr__(self) -> str:
        return f"H5Array({self.path!r}, {self.name!r})"


def require_filters(dataset: Any) -> None:
    """Make sure that the numbers of a dataset can be unpacked.

    Raises
    ------
    MissingDependency
        When they are packed by a filter that is neither built in nor in hdf5plugin, or that
        is not installed.
    """
    from h5py import h5z

    plist = dataset.id.get_create_plist()
    filters = [plist.get_filter(i) for i in range(plist.get_nfilters())]
    if all(h5z.filter_avail(code) for code, *_ in filters):
        return
    with contextlib.suppress(ModuleNotFoundError):
        import hdf5plugin  # noqa: F401 - importing it registers its filters
    for code, _, _, name in filters:
        if not h5z.filter_avail(code):
            words = name.decode(errors="replace") or "unnamed"
            msg = (
                f"{dataset.name!r} is compressed by the HDF5 filter {code} ({words}), which needs "
                "hdf5plugin: pip install 'sidpy[compression]'"
            )
            raise MissingDependency(msg)


def _put_back(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape that became `shape` when its axes were taken in this order."""
    return tuple(shape[axes.index(axis)] for axis in range(len(axes)))


def _identity(path: str, *more: object) -> tuple[object, ...]:
    """Tell the same numbers from others, also after the file was written anew."""
    status = Path(path).stat()
    return (path, status.st_mtime_ns, status.st_size, *more)
