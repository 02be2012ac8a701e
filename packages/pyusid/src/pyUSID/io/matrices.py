"""The matrices behind every USID dataset: which step of which dimension each row stands for.

A dataset of N positions and P spectroscopic steps has a matrix of shape (N, dimensions)
for its positions and one of shape (dimensions, P) for its steps, once with indices and
once with values.  Everything here is arithmetic on arrays; HDF5 begins in `ancillary`.

Dimensions are given and returned fastest varying first.
"""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.base.string_utils import validate_list_of_strings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = [
    "INDICES_DTYPE",
    "VALUES_DTYPE",
    "build_ind_val_matrices",
    "calc_chunks",
    "create_spec_inds_from_vals",
    "get_aux_dset_slicing",
    "make_indices_matrix",
]

#: Type of indices on disk.
INDICES_DTYPE = np.uint32
#: Default type of values on disk.
VALUES_DTYPE = np.float32


def get_aux_dset_slicing(
    dim_names: str | Sequence[str],
    last_ind: int | None = None,
    is_spectroscopic: bool = False,  # noqa: FBT001, FBT002 - released signature
) -> dict[str, tuple[slice, slice]]:
    """Say where each dimension stands in an ancillary matrix.

    Parameters
    ----------
    dim_names : str or sequence of str
        Names of the dimensions in the order of the matrix.
    last_ind : int, optional
        Where the rows to use end.
    is_spectroscopic : bool
        Whether dimensions are rows instead of columns.

    Returns
    -------
    dict
        Name to the pair of slices that selects it.

    Raises
    ------
    TypeError
        When a name is no string.
    ValueError
        When there is no name.

    Examples
    --------
    >>> get_aux_dset_slicing(["X"], is_spectroscopic=True)
    {'X': (slice(0, 1, None), slice(None, None, None))}
    """
    names = validate_list_of_strings(dim_names, "dim_names")
    if not names:
        msg = "No valid dim_names provided"
        raise ValueError(msg)
    steps = slice(last_ind)
    pairs = {name: (steps, slice(i, i + 1)) for i, name in enumerate(names)}
    return {name: pair[::-1] if is_spectroscopic else pair for name, pair in pairs.items()}


def make_indices_matrix(
    num_steps: int | Sequence[int] | npt.NDArray[Any],
    is_position: bool = True,  # noqa: FBT001, FBT002 - released signature
) -> npt.NDArray[np.uint32]:
    """Count through every combination of the steps of several dimensions.

    Parameters
    ----------
    num_steps : int or sequence of int
        Steps of each dimension, fastest first.
    is_position : bool
        Whether dimensions are columns (positions) or rows.

    Returns
    -------
    ndarray of uint32, shape (combinations, dimensions) or transposed
        The indices.

    Raises
    ------
    TypeError
        When it is neither an int nor a sequence.
    ValueError
        When it is empty, or a number of steps is below 2; a single dimension may have 1.

    Examples
    --------
    >>> make_indices_matrix([3, 2]).tolist()
    [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1]]
    """
    steps = [np.arange(size, dtype=INDICES_DTYPE) for size in _validated_steps(num_steps)]
    return combined(steps[::-1], is_spectral=not is_position, slow_first=False)


def _validated_steps(num_steps: Any) -> list[int]:
    if isinstance(num_steps, Integral):
        num_steps = [num_steps]
    if not isinstance(num_steps, (list, tuple, np.ndarray)):
        msg = f"num_steps should be a list / tuple / numpy array, not {type(num_steps).__name__}"
        raise TypeError(msg)
    steps = np.atleast_1d(np.asarray(num_steps))
    if steps.size == 0:
        msg = "num_steps should not be an empty array or list"
        raise ValueError(msg)
    whole = steps.dtype.kind in "iuf" and steps.ndim == 1 and bool(np.all(steps % 1 == 0))
    if not whole or steps.min() < min(steps.size, 2):
        msg = (
            "num_steps should contain integers greater than or equal to 2, or a single 1 for "
            f"an empty dimension, got {num_steps!r}"
        )
        raise ValueError(msg)
    return [int(step) for step in steps]


def combined(
    axes: Sequence[npt.NDArray[Any]], *, is_spectral: bool, slow_first: bool = True
) -> npt.NDArray[Any]:
    """Write out every combination of the values of several dimensions, in one pass for each.

    Parameters
    ----------
    axes : sequence of ndarray of shape (size,)
        The values of each dimension, slowest varying first, of one dtype.
    is_spectral : bool
        Whether dimensions become rows or columns.
    slow_first : bool
        Whether the first row or column is that of the slowest dimension or of the fastest.
    """
    sizes, count = [axis.size for axis in axes], len(axes)
    shape = (count, *sizes) if is_spectral else (*sizes, count)
    matrix = np.empty(shape, dtype=axes[0].dtype)
    for i, axis in enumerate(axes):
        place = i if slow_first else count - 1 - i
        along = axis.reshape([-1 if j == i else 1 for j in range(count)])
        matrix[place if is_spectral else (..., place)] = along
    return matrix.reshape((count, -1) if is_spectral else (-1, count))


def build_ind_val_matrices(
    unit_values: Sequence[npt.ArrayLike],
    is_spectral: bool = True,  # noqa: FBT001, FBT002 - released signature
    dtype: npt.DTypeLike = VALUES_DTYPE,
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[Any]]:
    """Write out indices and values of every combination of several dimensions.

    Parameters
    ----------
    unit_values : list or tuple of array_like of shape (size,)
        The values of each dimension, fastest first.
    is_spectral : bool
        Whether dimensions are rows (spectroscopic) or columns.
    dtype : dtype-like
        Type of the values.

    Returns
    -------
    indices : ndarray of uint32, shape (dimensions, combinations) or transposed
        The step along each dimension.
    values : ndarray of the same shape
        The value at that step.

    Raises
    ------
    TypeError
        When it is not a list or tuple.
    ValueError
        When it is empty or a member is not one-dimensional.
    """
    if not isinstance(unit_values, (list, tuple)):
        msg = f"unit_values should be a list or tuple, not {type(unit_values).__name__}"
        raise TypeError(msg)
    axes = [np.asarray(values) for values in unit_values]
    if not axes or any(axis.ndim != 1 or axis.size == 0 for axis in axes):
        msg = "unit_values should only contain 1D array, one or more of them and none empty"
        raise ValueError(msg)
    steps = [np.arange(axis.size, dtype=INDICES_DTYPE) for axis in axes]
    indices, values = (
        combined(rows[::-1], is_spectral=is_spectral, slow_first=False)
        for rows in (steps, [axis.astype(dtype) for axis in axes])
    )
    return indices, values


def create_spec_inds_from_vals(ds_spec_val_mat: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
    """Recover indices from a matrix of values by the places where the values change.

    Where several dimensions change at once, the slowest of them moves on and the others
    start again.

    Parameters
    ----------
    ds_spec_val_mat : ndarray of shape (dimensions, steps)
        Values of the spectroscopic dimensions, in any order of speed.

    Returns
    -------
    ndarray of int32, same shape
        The indices.

    Raises
    ------
    TypeError
        When it is no array.
    ValueError
        When it is not two-dimensional.

    Examples
    --------
    >>> create_spec_inds_from_vals(np.array([[1, 2, 1, 2], [5, 5, 6, 6]])).tolist()
    [[0, 1, 0, 1], [0, 0, 1, 1]]
    """
    if not isinstance(ds_spec_val_mat, np.ndarray):
        msg = f"ds_spec_val_mat must be a numpy array, not {type(ds_spec_val_mat).__name__}"
        raise TypeError(msg)
    if ds_spec_val_mat.ndim != 2:
        msg = "ds_spec_val_mat must be a 2D array arranged as [dimension, values]"
        raise ValueError(msg)
    values = ds_spec_val_mat
    changes = np.zeros(values.shape, dtype=bool)
    changes[:, 1:] = values[:, 1:] != values[:, :-1]
    indices = np.zeros(values.shape, dtype=np.int32)
    slower_changed = np.zeros(values.shape[1], dtype=bool)
    for dimension in fastest_first(values)[::-1]:
        count = np.cumsum(changes[dimension] & ~slower_changed)
        at_restart = np.maximum.accumulate(np.where(slower_changed, count, 0))
        indices[dimension] = count - at_restart
        slower_changed |= changes[dimension]
    return indices


def fastest_first(matrix: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """Return the dimensions of a matrix of shape (dimensions, steps), fastest first.

    The number of changes tells the speed, the last step being followed by the first.
    Dimensions that change equally often come in reverse order, as released.
    """
    # row by row, since rows of a transposed matrix do not lie together in memory
    changes = [np.count_nonzero(row[1:] != row[:-1]) + (row[0] != row[-1]) for row in matrix]
    return np.argsort(changes, kind="stable")[::-1]


def calc_chunks(
    dimensions: Sequence[int],
    dtype_byte_size: int,
    unit_chunks: Sequence[int] | None = None,
    max_chunk_mem: int = 10240,
) -> tuple[int, ...]:
    """Choose the shape of the chunks of a dataset.

    The axis that is furthest from its full length grows by one unit at a time, until a
    chunk exceeds the limit.

    Parameters
    ----------
    dimensions : tuple or list of int
        Shape of the dataset.
    dtype_byte_size : int
        Size of an element, in bytes.
    unit_chunks : tuple or list of int, optional
        Smallest chunk and step of growth along each axis.
    max_chunk_mem : int
        Size of a chunk at which it stops growing, in bytes.

    Returns
    -------
    tuple of int
        Length of a chunk along each axis.

    Raises
    ------
    TypeError
        When an argument is of the wrong type.
    ValueError
        When the units are not as many as the axes.
    """
    shape = _as_lengths(dimensions, "dimensions")
    if not isinstance(dtype_byte_size, Integral):
        msg = f"dtype_byte_size should be an integer, not {dtype_byte_size!r}"
        raise TypeError(msg)
    unit = np.ones_like(shape) if unit_chunks is None else _as_lengths(unit_chunks, "unit_chunks")
    if unit.shape != shape.shape:
        msg = "Unit chunk size must have the same shape as the input dataset."
        raise ValueError(msg)
    steps = _grow(shape, unit, max_chunk_mem / int(dtype_byte_size))
    return tuple(int(n) for n in np.minimum(steps * unit, shape))


def _as_lengths(lengths: object, name: str) -> npt.NDArray[np.int64]:
    if not isinstance(lengths, (list, tuple)):
        msg = f"{name} should either be a tuple or list, not {type(lengths).__name__}"
        raise TypeError(msg)
    return np.array(lengths, dtype=np.int64)


def _grow(
    shape: npt.NDArray[np.int64], unit: npt.NDArray[np.int64], elements: float
) -> npt.NDArray[np.int64]:
    """Return the number of units along each axis of the first chunk over the limit."""
    steps = np.ones_like(shape)
    while np.prod(steps * unit, dtype=float) <= elements and np.any(steps * unit < shape):
        steps[np.argmax(shape / (steps * unit))] += 1
    return steps
