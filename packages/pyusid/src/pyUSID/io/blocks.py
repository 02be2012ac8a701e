"""Reading any part of a dataset's N-D form without reading the rest.

dask cannot push a slice through a reshape, and HDF5 is slow at long lists of rows.  Both
disappear once the part wanted is expressed in rows and columns of the stored 2-D dataset
and read as one regular pattern, which grids nearly always allow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import h5py
    import numpy.typing as npt

    from .grid import Grid, Layout

    #: One regular selection of HDF5 along an axis.
    Selection = slice | h5py.MultiBlockSlice

__all__ = ["WHOLE", "GridArray", "as_range", "as_steps", "lazy_n_dim", "read_block", "regular"]

_INTEGERS = (int, np.integer)
#: Stands for a whole axis; this one is recognised without being looked at.
WHOLE = slice(None)

#: Up to this many bytes an irregular selection is cut out of the block around it.
_SMALL = 2**26

#: Up to this many separate runs are read one after the other.
_FEW = 64


def read_block(
    source: Any, rows: Selection | npt.NDArray[np.intp], columns: Selection | npt.NDArray[np.intp]
) -> npt.NDArray[Any]:
    """Read chosen rows and columns of a 2-D dataset, in any order.

    Parameters
    ----------
    source : h5py.Dataset or H5Array of shape (N, P)
        Where to read.
    rows, columns : slice, h5py.MultiBlockSlice or ndarray of int
        Which; repetition is allowed.

    Returns
    -------
    ndarray of shape (number of rows, number of columns)
    """
    if not (isinstance(rows, np.ndarray) or isinstance(columns, np.ndarray)):
        return np.asarray(source[rows, columns])
    height, width = (_count(k, n) for k, n in zip((rows, columns), source.shape, strict=True))
    if height == 0 or width == 0:
        return np.empty((height, width), dtype=source.dtype)
    row_runs, row_places = _plan(rows, width * source.dtype.itemsize)
    column_runs, column_places = _plan(columns, height * source.dtype.itemsize)
    parts = [[np.asarray(source[row, column]) for column in column_runs] for row in row_runs]
    block = _joined(parts)
    block = block if row_places is None else block[row_places]
    return block if column_places is None else block[:, column_places]


def _count(key: Selection | npt.NDArray[np.intp], length: int) -> int:
    if isinstance(key, np.ndarray):
        return key.size
    return len(range(*key.indices(length))) if isinstance(key, slice) else key.count * key.block


def _joined(parts: list[list[npt.NDArray[Any]]]) -> npt.NDArray[Any]:
    lines = [line[0] if len(line) == 1 else np.concatenate(line, axis=1) for line in parts]
    return lines[0] if len(lines) == 1 else np.concatenate(lines, axis=0)


def _plan(indices: Selection | npt.NDArray[np.intp], width: int) -> tuple[list[Any], Any]:
    """Return selections for HDF5, and the places of the indices in what they yield."""
    if not isinstance(indices, np.ndarray):
        return [indices], None
    if indices.size == 1:
        return [slice(int(indices[0]), int(indices[0]) + 1)], None
    places = None
    if np.any(indices[1:] <= indices[:-1]):
        indices, places = np.unique(indices, return_inverse=True)
    pattern = _pattern(indices)
    if pattern is not None:
        return [pattern], places
    edges = np.flatnonzero(np.diff(indices) != 1) + 1
    first, last = int(indices[0]), int(indices[-1]) + 1
    dense = (last - first) * width <= _SMALL or (last - first) <= 4 * indices.size
    if edges.size >= _FEW and dense:
        inside = indices - first
        return [slice(first, last)], inside if places is None else inside[places]
    return [slice(int(run[0]), int(run[-1]) + 1) for run in np.split(indices, edges)], places


def _pattern(indices: npt.NDArray[np.intp]) -> Any:
    """Return increasing indices as one regular selection: evenly spaced equal runs."""
    steps = np.diff(indices)
    first, last = int(indices[0]), int(indices[-1]) + 1
    if steps.size == 0 or np.all(steps == steps[0]):
        return slice(first, last, int(steps[0]) if steps.size else 1)
    starts = np.concatenate([[0], np.flatnonzero(steps != 1) + 1])
    lengths = np.diff(np.append(starts, indices.size))
    strides = np.diff(indices[starts])
    if np.any(lengths != lengths[0]) or np.any(strides != strides[0]):
        return None
    import h5py

    return h5py.MultiBlockSlice(
        start=first, stride=int(strides[0]), count=int(starts.size), block=int(lengths[0])
    )


def as_steps(key: Any, size: int) -> npt.NDArray[np.intp]:
    """Return a slice, index or list of indices along an axis as non-negative indices.

    Raises
    ------
    IndexError
        When one lies outside.
    """
    if isinstance(key, slice):
        return np.arange(*key.indices(size), dtype=np.intp)
    if isinstance(key, int) and -size <= key < size:
        return np.array([key % size], dtype=np.intp)
    steps = np.atleast_1d(np.asarray(key))
    if steps.dtype == bool:
        if steps.shape != (size,):
            msg = f"a mask of shape {steps.shape} does not fit an axis of {size} steps"
            raise IndexError(msg)
        return np.flatnonzero(steps)
    steps = steps.astype(np.intp) if steps.size else np.empty(0, dtype=np.intp)
    outside = steps[(steps < -size) | (steps >= size)]
    if outside.size:
        msg = f"index {int(outside[0])} is out of bounds for an axis of {size} steps"
        raise IndexError(msg)
    return np.where(steps < 0, steps + size, steps)


def as_range(key: Any, size: int) -> range | None:
    """Return what selects along an axis as increasing, evenly spaced steps.

    Returns
    -------
    range or None
        None for everything else, impossible keys included.

    Examples
    --------
    >>> as_range(slice(1, None, 2), 6), as_range(-1, 6), as_range([1, 0], 6)
    (range(1, 6, 2), range(5, 6), None)
    """
    if isinstance(key, _INTEGERS) and not isinstance(key, bool):
        place = int(key)
        place += size if place < 0 else 0
        return range(place, place + 1) if 0 <= place < size else None
    if isinstance(key, slice):
        steps = range(*key.indices(size))
        return steps if steps and steps.step > 0 else None
    steps = np.asarray(key)
    if steps.ndim != 1 or steps.dtype.kind not in "iu" or not steps.size:
        return None
    first, last = int(steps[0]), int(steps[-1])
    step = int(steps[1]) - first if steps.size > 1 else 1
    if first < 0 or last >= size or step < 1 or np.any(np.diff(steps) != step):
        return None
    return range(first, last + 1, step)


def regular(grid: Grid, steps: Sequence[range | None]) -> Any:
    """Return the rows of evenly spaced steps as one selection for HDF5; None if they are none.

    Parameters
    ----------
    grid : Grid
        One side.
    steps : sequence of range or None
        Along each dimension, in file order; None for all of them.
    """
    found = grid.pattern(steps)
    if found is None:
        return None
    start, stride, count, block = found
    if count == 1:
        return slice(start, start + block)
    if block == 1:
        return slice(start, start + stride * (count - 1) + 1, stride)
    import h5py

    return h5py.MultiBlockSlice(start=start, stride=stride, count=count, block=block)


class GridArray:
    """The N-D form of a stored 2-D dataset, read part by part.

    Indexing is orthogonal: slices, integers, lists and masks apply to one axis each.

    Parameters
    ----------
    source : h5py.Dataset or H5Array of shape (N, P)
        The stored form.
    layout : Layout
        How it becomes N-D.
    keys : sequence, optional
        What is there at all, one key for each axis; an index is a list of one.
    """

    __slots__ = ("_steps", "dtype", "layout", "shape", "source")

    def __init__(self, source: Any, layout: Layout, keys: Sequence[Any] = ()) -> None:
        self.source = source
        self.layout = layout
        self.dtype = source.dtype
        self._steps = [
            None if key is WHOLE else as_steps(key, size)
            for key, size in zip(keys, layout.shape, strict=False)
        ]
        own = [None if steps is None else steps.size for steps in self._steps]
        self.shape = tuple(
            size if mine is None else mine
            for size, mine in zip(layout.shape, own or layout.shape, strict=True)
        )

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __getitem__(self, key: Any) -> npt.NDArray[Any]:
        keys = self._expanded(key)
        for axis, steps in enumerate(self._steps):
            if steps is not None:
                within = keys[axis]
                plain = isinstance(within, (slice, *_INTEGERS))
                keys[axis] = steps[within if plain else as_steps(within, steps.size)]
        return self.part(keys)

    def part(self, keys: Sequence[Any]) -> npt.NDArray[Any]:
        """Return what one key for each axis selects; axes of a single index are dropped."""
        spectrum = self._spectrum(keys)
        if spectrum is not None:
            return spectrum
        found = self._regular_part(keys)
        block, lengths = self._any_part(keys) if found is None else found
        layout = self.layout
        gone = [isinstance(keys[axis], _INTEGERS) for axis in layout.places]
        if layout.is_slow_first:
            return block.reshape([lengths[i] for i in layout.slow_first if not gone[i]])
        block = block.reshape([lengths[i] for i in layout.slow_first]).transpose(layout.axes)
        return block[tuple([0 if gone[i] else WHOLE for i in layout.order])]

    def _spectrum(self, keys: Sequence[Any]) -> npt.NDArray[Any] | None:
        """Return all steps at one position, which is what most people ask for most often."""
        layout, row = self.layout, 0
        for axis, size, stride in layout.strides:
            key = keys[axis]
            if type(key) is not int or not 0 <= key < size:
                return None
            row += key * stride
        count = len(layout.strides)
        for key in keys[count:]:
            if key is not WHOLE:
                return None
        positions, steps = layout.positions, layout.steps
        data = np.asarray(self.source[row if positions.rows is None else positions.rows[row]])
        data = data if steps.rows is None else data[steps.rows]
        if layout.is_slow_first:
            return data.reshape(layout.shape[count:])
        return data.reshape(steps.shape).transpose([axis - count for axis in layout.axes[count:]])

    def _any_part(self, keys: Sequence[Any]) -> tuple[npt.NDArray[Any], list[int]]:
        """Return rows and columns of a part, and its length along each dimension."""
        in_file_order = [keys[axis] for axis in self.layout.places]
        count = len(self.layout.positions.sizes)
        rows, heights = _chosen(self.layout.positions, in_file_order[:count])
        columns, widths = _chosen(self.layout.steps, in_file_order[count:])
        return read_block(self.source, rows, columns), heights + widths

    def _regular_part(self, keys: Sequence[Any]) -> tuple[npt.NDArray[Any], list[int]] | None:
        """Return the same for one regular selection of HDF5: arithmetic, and one read."""
        layout, shape = self.layout, self.layout.shape
        steps: list[range | None] = []
        for axis in layout.places:
            key = keys[axis]
            along = None if key is WHOLE else as_range(key, shape[axis])
            if along is None and key is not WHOLE:
                return None
            steps.append(along)
        count = len(layout.positions.sizes)
        rows = regular(layout.positions, steps[:count])
        columns = regular(layout.steps, steps[count:])
        if rows is None or columns is None:
            return None
        lengths = [n if s is None else len(s) for n, s in zip(layout.sizes, steps, strict=True)]
        return np.asarray(self.source[rows, columns]), lengths

    def _expanded(self, key: Any) -> list[Any]:
        keys = list(key) if isinstance(key, tuple) else [key]
        if any(k is Ellipsis for k in keys):
            at = next(i for i, k in enumerate(keys) if k is Ellipsis)
            keys[at : at + 1] = [slice(None)] * (self.ndim - len(keys) + 1)
        if len(keys) > self.ndim:
            msg = f"{len(keys)} indices for {self.ndim} axes"
            raise IndexError(msg)
        return keys + [slice(None)] * (self.ndim - len(keys))

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        from dask.base import normalize_token

        grids = (self.layout.positions, self.layout.steps)
        return (
            normalize_token(self.source),
            self.layout.is_sorted,
            *(None if steps is None else steps.tobytes() for steps in self._steps),
            *((grid.sizes, grid.slow_first, normalize_token(grid.rows)) for grid in grids),
        )


def _chosen(grid: Grid, keys: list[Any]) -> tuple[slice | npt.NDArray[np.intp], list[int]]:
    """Return the rows of chosen steps, and their number along each dimension, in file order."""
    if grid.rows is None and all(isinstance(key, slice) and key == WHOLE for key in keys):
        return slice(0, grid.steps), list(grid.sizes)
    steps = [as_steps(key, size) for key, size in zip(keys, grid.sizes, strict=True)]
    return grid.rows_at(steps), [along.size for along in steps]


def lazy_n_dim(source: Any, layout: Layout, keys: Sequence[Any] = ()) -> Any:
    """Return the N-D form as a dask array; slices of it read only what they need.

    Parameters
    ----------
    source : h5py.Dataset or H5Array of shape (N, P)
        The stored form.
    layout : Layout
        How it becomes N-D.
    keys : sequence, optional
        Only what one key for each axis selects; lists select each for itself, and axes of a
        single index are dropped.
    """
    import dask.array as da

    array = GridArray(source, layout, keys)
    # an open dataset may be written to, so its parts never share a name with older ones
    name = None if hasattr(source, "__dask_tokenize__") else False
    lazy = da.from_array(array, chunks=_chunks(array), name=name)
    if any(isinstance(key, _INTEGERS) for key in keys):
        lazy = lazy[tuple(0 if isinstance(key, _INTEGERS) else WHOLE for key in keys)]
    return lazy


def _chunks(array: GridArray) -> tuple[int, ...]:
    """Return the shape of blocks that lie together in the file, of the size dask prefers."""
    import dask
    from dask.utils import parse_bytes

    room = max(parse_bytes(dask.config.get("array.chunk-size")) // array.dtype.itemsize, 1)
    axes = array.layout.axes
    slow_first = [array.shape[i] for i in np.argsort(axes)]
    lengths = []
    for length in slow_first[::-1]:
        lengths.append(min(length, room))
        room = max(room // max(length, 1), 1) if length <= room else 1
    return tuple(lengths[::-1][place] for place in axes)
