"""What an index matrix says: sizes, order and values of the dimensions of one side.

The released functions.  Each takes HDF5 datasets, NumPy or dask arrays, with dimensions as
rows or as columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.base.string_utils import validate_list_of_strings
from sidpy.errors import FormatError
from sidpy.hdf.objects import is_dataset

from .grid import Grid, ranks
from .matrices import fastest_first
from .sides import texts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import h5py
    import numpy.typing as npt

__all__ = ["get_dimensionality", "get_sort_order", "get_unit_values"]


def get_dimensionality(
    ds_index: h5py.Dataset | npt.NDArray[Any],
    index_sort: Sequence[int] | None = None,
    is_spec: bool | None = None,  # noqa: FBT001 - appended to a released signature
) -> list[int]:
    """Return the number of steps of each dimension of an index matrix.

    Parameters
    ----------
    ds_index : h5py.Dataset, ndarray or dask array of shape (dimensions, steps) or transposed
        The indices.
    index_sort : sequence of int, optional
        Order in which to return the dimensions; that of the matrix when not given.
    is_spec : bool, optional
        Whether dimensions are rows. When not given it is told by the labels of an HDF5
        dataset, else the shorter axis is taken for the dimensions.

    Raises
    ------
    TypeError
        When it is no array or dataset.
    ValueError
        When it is not 2-D, or the order is no permutation of the dimensions.
    """
    indices = _dimensions_first(ds_index, "ds_index", is_spec)
    order = range(len(indices)) if index_sort is None else [int(i) for i in index_sort]
    if sorted(order) != list(range(len(indices))):
        msg = (
            f"Sort order of dimensions ({list(order)}) not matching with number of dimensions "
            f"({len(indices)})"
        )
        raise ValueError(msg)
    return [int(ranks(indices[i]).max()) + 1 for i in order]


def get_sort_order(
    ds_spec: h5py.Dataset | npt.NDArray[Any],
    is_spec: bool | None = None,  # noqa: FBT001 - appended to a released signature
) -> npt.NDArray[np.intp]:
    """Return the dimensions of an index matrix from fastest to slowest.

    Parameters
    ----------
    ds_spec : h5py.Dataset, ndarray or dask array of shape (dimensions, steps) or transposed
        The indices.
    is_spec : bool, optional
        Whether dimensions are rows, see `get_dimensionality`.

    Raises
    ------
    TypeError
        When it is no array or dataset.
    ValueError
        When it is not 2-D.
    """
    return fastest_first(_dimensions_first(ds_spec, "ds_spec", is_spec))


def loaded(matrix: Any, name: str) -> npt.NDArray[Any]:
    """Return a matrix as an array.

    Raises
    ------
    TypeError
        When it is no array or dataset.
    ValueError
        When it is not 2-D.
    """
    from dask.array import Array

    if not (is_dataset(matrix) or isinstance(matrix, (np.ndarray, Array))):
        msg = f"{name} should either be a numpy array or h5py.Dataset, not {type(matrix).__name__}"
        raise TypeError(msg)
    if matrix.ndim != 2:
        msg = f"{name} should be 2 dimensional, found shape {matrix.shape}"
        raise ValueError(msg)
    return matrix[()] if is_dataset(matrix) else np.asarray(matrix)


def _dimensions_first(matrix: Any, name: str, is_spec: bool | None) -> npt.NDArray[Any]:  # noqa: FBT001
    """Return a matrix of indices as an array of shape (dimensions, steps)."""
    indices = loaded(matrix, name)
    if is_spec is None:
        count = len(texts_of(matrix, "labels")) if is_dataset(matrix) else 0
        is_spec = _rows_are_dimensions(indices.shape, count)
    return indices if is_spec else indices.T


def _rows_are_dimensions(shape: tuple[int, ...], count: int) -> bool:
    """Tell the orientation by the number of labels, else take the shorter axis for dimensions."""
    rows, columns = shape
    if count in shape and rows != columns:
        return count == rows
    return rows <= columns


def get_unit_values(
    ds_inds: h5py.Dataset | npt.NDArray[Any],
    ds_vals: h5py.Dataset | npt.NDArray[Any],
    dim_names: str | Sequence[str] | None = None,
    all_dim_names: Sequence[str] | None = None,
    is_spec: bool | None = None,  # noqa: FBT001
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002
) -> dict[str, npt.NDArray[Any]]:
    """Return the values over which each dimension was varied.

    Parameters
    ----------
    ds_inds, ds_vals : h5py.Dataset, or ndarray where `all_dim_names` is given
        Indices and values of one side.
    dim_names : str or sequence of str, optional
        The dimensions to return; all when not given.
    all_dim_names : sequence of str, optional
        Names of all dimensions, in the order of the matrices.
    is_spec : bool, optional
        Whether dimensions are rows, see `get_dimensionality`.
    verbose : bool
        Without effect.

    Returns
    -------
    dict
        Name to ndarray of shape (steps,), in the order of the file.

    Raises
    ------
    TypeError
        When an argument is of the wrong type.
    KeyError
        When there is no dimension of a name.
    ValueError
        When shapes differ, or a dimension is incomplete, irregular or does not begin with
        its smallest index.
    """
    labels = _names_for(ds_inds, ds_vals, all_dim_names)
    if ds_inds.shape != ds_vals.shape:
        msg = f"h5_inds: {ds_inds.shape} and h5_vals: {ds_vals.shape} should have the same shapes"
        raise ValueError(msg)
    indices, values = loaded(ds_inds, "ds_inds"), loaded(ds_vals, "ds_vals")
    if is_spec is None:
        is_spec = _rows_are_dimensions(indices.shape, len(labels))
    if not is_spec:
        indices, values = indices.T, values.T
    if len(labels) != len(indices):
        msg = f"{len(labels)} names of dimensions do not match a matrix of shape {ds_inds.shape}"
        raise ValueError(msg)
    wanted = _wanted(labels, dim_names)
    grid = Grid.from_indices(indices)
    if grid.rows is not None:
        msg = f"the indices of {list(labels)} are complete, but not visited in regular order"
        raise FormatError(msg)
    for name, row in zip(labels, indices, strict=True):
        if row[0] != row.min():
            msg = f"the indices of dimension {name!r} begin with {row[0]}, not with {row.min()}"
            raise FormatError(msg)
    return {labels[i]: values[i, grid.rows_along(i)] for i in wanted}


def _names_for(ds_inds: Any, ds_vals: Any, all_dim_names: Any) -> tuple[str, ...]:
    if all_dim_names is not None:
        for matrix, name in ((ds_inds, "ds_inds"), (ds_vals, "ds_vals")):
            loaded(matrix, name)
        return tuple(validate_list_of_strings(all_dim_names, "all_dim_names"))
    for matrix, name in ((ds_inds, "ds_inds"), (ds_vals, "ds_vals")):
        if not is_dataset(matrix):
            msg = f"{name} should be a h5py.Dataset, or all_dim_names be given"
            raise TypeError(msg)
    incomplete = texts_of(ds_inds, "incomplete_dimensions")
    if incomplete:
        msg = f"{ds_inds.name} has incomplete dimensions: {', '.join(incomplete)}"
        raise FormatError(msg)
    return texts_of(ds_inds, "labels")


def _wanted(labels: Sequence[str], dim_names: Any) -> list[int]:
    if dim_names is None:
        return list(range(len(labels)))
    names = validate_list_of_strings(dim_names, "dim_names")
    for name in names:
        if name not in labels:
            msg = f"Dimension {name} does not exist in the provided ancillary datasets"
            raise KeyError(msg)
    return [labels.index(name) for name in names]
