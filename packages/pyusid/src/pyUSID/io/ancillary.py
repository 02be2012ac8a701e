"""Ancillary datasets: the pairs of indices and values that explain the sides of a main dataset.

Dimensions are handed over fastest varying first, as released, and written slowest first.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.base.string_utils import (
    clean_string_att,
    validate_list_of_strings,
    validate_single_string_arg,
)
from sidpy.hdf.objects import is_dataset, last_name, require

from .dimension import Dimension, DimType, validate_dimensions
from .flaws import label_problems
from .matrices import INDICES_DTYPE, VALUES_DTYPE, combined
from .sides import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import h5py
    import numpy.typing as npt

__all__ = [
    "validate_anc_dset_attrs",
    "validate_anc_h5_dsets",
    "validate_dims_against_main",
    "validate_main_dset",
    "write_ind_val_dsets",
    "write_reduced_anc_dsets",
]


def validate_main_dset(h5_main: Any, must_be_h5: bool) -> None:  # noqa: FBT001 - released signature
    """Refuse data that are not 2-D, or not in HDF5 where they must be.

    Raises
    ------
    TypeError
        When it is no h5py.Dataset, or, with `must_be_h5` false, no NumPy or dask array.
    ValueError
        When it does not have two axes.
    """
    if must_be_h5:
        require("dataset", h5_main, "h5_main")
    else:
        from dask.array import Array

        if not isinstance(h5_main, (np.ndarray, Array)):
            msg = f"raw data should be a NumPy or dask array, not {type(h5_main).__name__}"
            raise TypeError(msg)
    if h5_main.ndim != 2:
        msg = f"Main data has to be 2 dimensional, found shape {h5_main.shape}"
        raise ValueError(msg)


def validate_anc_h5_dsets(
    h5_inds: h5py.Dataset,
    h5_vals: h5py.Dataset,
    main_shape: h5py.Dataset | Sequence[int],
    is_spectroscopic: bool = True,  # noqa: FBT001, FBT002 - released signature
) -> None:
    """Refuse a pair of ancillary datasets that does not explain one side of a dataset.

    Raises
    ------
    TypeError
        When the pair are no datasets, or `main_shape` neither a dataset nor a shape.
    ValueError
        When the shapes do not match.
    """
    require("dataset", h5_inds, "h5_inds")
    require("dataset", h5_vals, "h5_vals")
    shape = main_shape.shape if is_dataset(main_shape) else main_shape
    if not isinstance(shape, (list, tuple)):
        msg = f"main_shape should be a h5py.Dataset, tuple or list, not {type(shape).__name__}"
        raise TypeError(msg)
    axis = int(is_spectroscopic)
    if h5_inds.shape != h5_vals.shape:
        msg = f"indices of shape {h5_inds.shape} and values of shape {h5_vals.shape} differ"
        raise ValueError(msg)
    if h5_inds.ndim != 2 or h5_inds.shape[axis] != shape[axis]:
        msg = f"indices of shape {h5_inds.shape} do not explain axis {axis} of {tuple(shape)}"
        raise ValueError(msg)


def validate_dims_against_main(
    main_shape: Sequence[int],
    dims: Dimension | Sequence[Dimension],
    is_spectroscopic: bool = True,  # noqa: FBT001, FBT002 - released signature
) -> None:
    """Refuse dimensions whose combinations are not as many as the rows or columns.

    Raises
    ------
    TypeError
        When the shape is no sequence, or a member of `dims` no Dimension.
    ValueError
        When the shape is not that of a main dataset, or the numbers differ.
    """
    if not isinstance(main_shape, (list, tuple, np.ndarray)):
        msg = f"main_shape should be array-like, not {type(main_shape).__name__}"
        raise TypeError(msg)
    if len(main_shape) != 2 or min(main_shape) < 0:
        msg = f"a main dataset has two axes of positive lengths, not {tuple(main_shape)}"
        raise ValueError(msg)
    kind = "Spectroscopic" if is_spectroscopic else "Position"
    members = validate_dimensions(dims, dim_type=kind)
    length = main_shape[int(is_spectroscopic)]
    if combinations(members) != length:
        sizes = ", ".join(f"{dim.name}: {dim.size}" for dim in members)
        msg = (
            f"{kind} dimensions ({sizes}) make {combinations(members)} combinations, but axis "
            f"{int(is_spectroscopic)} of the main data of shape {tuple(main_shape)} has {length}"
        )
        raise ValueError(msg)


def combinations(dims: Sequence[Dimension]) -> int:
    """Return the number of rows that dimensions stand for.

    Incomplete dimensions are given with one value for each row.

    Raises
    ------
    NotImplementedError
        For dependent dimensions, and for incomplete ones among complete ones.
    ValueError
        When incomplete dimensions are of different lengths.
    """
    modes = {dim.mode for dim in dims}
    if modes <= {DimType.DEFAULT}:
        return math.prod(dim.size for dim in dims)
    if modes != {DimType.INCOMPLETE}:
        names = ", ".join(f"{dim.name}: {dim.mode.name}" for dim in dims)
        msg = (
            "dimensions of one side can be written when all are complete or all incomplete, "
            f"not dependent or mixed ({names})"
        )
        raise NotImplementedError(msg)
    lengths = {dim.size for dim in dims}
    if len(lengths) != 1:
        msg = f"incomplete dimensions need one value for each row, found lengths {sorted(lengths)}"
        raise ValueError(msg)
    return lengths.pop()


def validate_anc_dset_attrs(
    h5_inds: h5py.Dataset,
    h5_vals: h5py.Dataset,
    is_spec: bool = True,  # noqa: FBT001, FBT002 - released signature
) -> None:
    """Refuse a pair of ancillary datasets whose shapes, labels or units disagree.

    Raises
    ------
    TypeError
        When either is no dataset.
    ValueError
        With every disagreement found.
    """
    require("dataset", h5_inds, "h5_inds")
    require("dataset", h5_vals, "h5_vals")
    if h5_inds.shape != h5_vals.shape:
        msg = f"indices of shape {h5_inds.shape} and values of shape {h5_vals.shape} differ"
        raise ValueError(msg)
    found = label_problems(h5_inds, h5_vals, h5_inds.shape[int(not is_spec)])
    if found:
        raise ValueError("; ".join(found))


def write_ind_val_dsets(
    h5_parent_group: h5py.Group,
    dimensions: Dimension | Sequence[Dimension],
    is_spectral: bool = True,  # noqa: FBT001, FBT002
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002
    base_name: str | None = None,
    slow_to_fast: bool = False,  # noqa: FBT001, FBT002
    values_dtype: npt.DTypeLike = VALUES_DTYPE,
) -> tuple[h5py.Dataset, h5py.Dataset]:
    """Write the indices and values of the dimensions of one side.

    Parameters
    ----------
    h5_parent_group : h5py.Group or h5py.File
        Where to write.
    dimensions : Dimension or sequence of Dimension
        Fastest varying first.
    is_spectral : bool
        Whether they are spectroscopic dimensions or positions.
    verbose : bool
        Without effect.
    base_name : str, optional
        Beginning of the names, ``Spectroscopic_`` or ``Position_`` when not given.
    slow_to_fast : bool
        The dimensions are given slowest first instead.
    values_dtype : dtype-like
        Type of the values on disk.

    Returns
    -------
    h5_inds, h5_vals : h5py.Dataset
        Slowest dimension first, with the attributes labels, units and type.

    Raises
    ------
    TypeError
        When the group is none, or a dimension none.
    ValueError
        When the file is closed, or incomplete dimensions differ in length.
    KeyError
        When a name is taken; nothing is written then.
    NotImplementedError
        For dependent and mixed dimensions.
    """
    require("group", h5_parent_group, "h5_parent_group")
    if not h5_parent_group:
        msg = "the file of h5_parent_group is closed"
        raise ValueError(msg)
    kind = "Spectroscopic" if is_spectral else "Position"
    members = list(validate_dimensions(dimensions, dim_type=kind))
    if not members:
        msg = f"{kind} dimensions should be one or more"
        raise ValueError(msg)
    prefix = ancillary_prefix(kind if base_name is None else base_name)
    slow_first = members if slow_to_fast else members[::-1]
    names = prefix + "Indices", prefix + "Values"
    refuse_taken(h5_parent_group, names)
    combinations(slow_first)  # refuses what cannot be written
    matrices = _matrices(slow_first, values_dtype, is_spectral=is_spectral)
    attrs = {
        "labels": clean_string_att([dim.name for dim in slow_first]),
        "units": clean_string_att([dim.units for dim in slow_first]),
        "type": np.array([dim.mode.value for dim in slow_first], dtype=np.int64),
    }
    return write_pair(h5_parent_group, names, matrices, attrs)


def _matrices(
    slow_first: Sequence[Dimension], values_dtype: npt.DTypeLike, *, is_spectral: bool
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return indices and values as they are written, slowest dimension first."""
    values = [dim.values.astype(values_dtype) for dim in slow_first]
    steps = [np.arange(dim.size, dtype=INDICES_DTYPE) for dim in slow_first]
    if slow_first[0].mode is DimType.INCOMPLETE:
        axis = 0 if is_spectral else 1
        return np.stack(steps, axis), np.stack(values, axis)
    return combined(steps, is_spectral=is_spectral), combined(values, is_spectral=is_spectral)


def ancillary_prefix(base_name: str) -> str:
    """Return the beginning of the names of a pair, ending with ``_``."""
    name = validate_single_string_arg(base_name, "base_name")
    return name if name.endswith("_") else name + "_"


def refuse_taken(h5_group: Any, names: Sequence[str]) -> None:
    """Refuse names that a group already has.

    Raises
    ------
    KeyError
        Naming those that are taken.
    """
    taken = [name for name in names if name in h5_group]
    if taken:
        msg = f"{h5_group.name} already has {', '.join(taken)}"
        raise KeyError(msg)


@contextmanager
def undone_on_error(h5_group: Any) -> Iterator[list[str]]:
    """Remove the members of a group whose names were collected, should anything go wrong."""
    created: list[str] = []
    try:
        yield created
    except BaseException:
        for name in created:
            if name in h5_group:
                del h5_group[name]
        raise


def write_pair(
    h5_group: Any, names: Sequence[str], matrices: Sequence[Any], attrs: dict[str, Any]
) -> tuple[h5py.Dataset, h5py.Dataset]:
    """Write indices and values with equal attributes, both or none."""
    pair = []
    with undone_on_error(h5_group) as created:
        for name, matrix in zip(names, matrices, strict=True):
            created.append(name)
            dataset = h5_group.create_dataset(name, data=np.ascontiguousarray(matrix))
            dataset.attrs.update(attrs)
            pair.append(dataset)
    return pair[0], pair[1]


def write_reduced_anc_dsets(
    h5_parent_group: h5py.Group,
    h5_inds: h5py.Dataset,
    h5_vals: h5py.Dataset,
    dim_name: str | Sequence[str],
    basename: str | None = None,
    is_spec: bool | None = None,  # noqa: FBT001
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002
) -> tuple[h5py.Dataset, h5py.Dataset]:
    """Write what is left of a pair of ancillary datasets after reducing dimensions.

    Parameters
    ----------
    h5_parent_group : h5py.Group or h5py.File
        Where to write.
    h5_inds, h5_vals : h5py.Dataset
        The pair before the reduction.
    dim_name : str or sequence of str
        Dimensions that are gone.
    basename : str, optional
        Beginning of the names; that of `h5_inds` when not given.
    is_spec : bool, optional
        Whether the pair is spectroscopic; needed when the shape leaves it open.
    verbose : bool
        Without effect.

    Returns
    -------
    h5_inds, h5_vals : h5py.Dataset
        Of one single step when no dimension is left.

    Raises
    ------
    TypeError
        When an argument is of the wrong type.
    KeyError
        When there is no dimension of a name.
    ValueError
        When the shape leaves the orientation open.
    """
    require("group", h5_parent_group, "h5_parent_group")
    require("dataset", h5_inds, "h5_inds")
    require("dataset", h5_vals, "h5_vals")
    dropped = validate_list_of_strings(dim_name, "dim_name")
    labels, units = texts_of(h5_inds, "labels"), texts_of(h5_inds, "units")
    for name in dropped:
        if name not in labels:
            msg = f"Dimension {name} does not exist in {h5_inds.name}; it has {list(labels)}"
            raise KeyError(msg)
    spectral = _is_spectral(h5_inds, len(labels)) if is_spec is None else is_spec
    indices, values = h5_inds[()], h5_vals[()]
    if not spectral:
        indices, values = indices.T, values.T
    kept = [i for i, name in enumerate(labels) if name not in dropped]
    first = np.ones(indices.shape[1], dtype=bool)
    for i in set(range(len(labels))) - set(kept):
        first &= indices[i] == indices[i].min()
    if kept:
        reduced = [matrix[kept][:, first] for matrix in (indices, values)]
        names = [labels[i] for i in kept], [units[i] for i in kept]
    else:
        reduced = [np.zeros((1, 1), dtype=matrix.dtype) for matrix in (indices, values)]
        names = ["Single_Step"], ["a. u."]
    if not spectral:
        reduced = [matrix.T for matrix in reduced]
    base = last_name(h5_inds).removesuffix("Indices") if basename is None else basename
    prefix = ancillary_prefix(base or ("Spectroscopic" if spectral else "Position"))
    targets = prefix + "Indices", prefix + "Values"
    refuse_taken(h5_parent_group, targets)
    attrs = {"labels": clean_string_att(names[0]), "units": clean_string_att(names[1])}
    return write_pair(h5_parent_group, targets, reduced, attrs)


def _is_spectral(h5_inds: Any, count: int) -> bool:
    rows, columns = h5_inds.shape
    if rows == columns:
        msg = f"{h5_inds.name} of shape {h5_inds.shape} is square: say is_spec=True or False"
        raise ValueError(msg)
    return rows == count
