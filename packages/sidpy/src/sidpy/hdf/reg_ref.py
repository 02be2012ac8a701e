"""Region references: attributes that point at a part of a dataset.

A region is one or more blocks.  A block is given by its two corners, the first and the last
index along each axis, both inside the block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from sidpy._warnings import warn
from sidpy.base.string_utils import clean_string_att

from .attrs import decode, write_simple_attrs
from .objects import require

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import h5py

    Corners = npt.NDArray[np.uint64]

__all__ = [
    "attempt_reg_ref_build",
    "clean_reg_ref",
    "clean_string_att",
    "copy_all_region_refs",
    "copy_reg_ref_reduced_dim",
    "create_region_reference",
    "get_indices_for_region_ref",
    "get_region",
    "simple_region_ref_copy",
    "write_region_references",
]


def write_region_references(
    h5_dset: h5py.Dataset,
    reg_ref_dict: Mapping[str, tuple[slice, ...]],
    add_labels_attr: bool = True,  # noqa: FBT001, FBT002 - as in the released package
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002 - accepted by the released package
) -> None:
    """Write one attribute per region, and their names as the attribute ``labels``.

    Parameters
    ----------
    h5_dset : h5py.Dataset
        The dataset.
    reg_ref_dict : dict of str to tuple of slices
        One slice per axis for each region.
    add_labels_attr : bool
        Write ``labels``, in the order of the dictionary.
    verbose : bool
        Without effect.

    Raises
    ------
    TypeError
        For a wrong type of any argument; nothing is written then.
    ValueError
        When a region has a wrong number of slices; nothing is written then.
    """
    from collections.abc import Mapping

    require("dataset", h5_dset, "h5_dset")
    if not isinstance(reg_ref_dict, Mapping):
        msg = f"reg_ref_dict should be a dictionary, found {type(reg_ref_dict).__name__}"
        raise TypeError(msg)
    for name in reg_ref_dict:
        _require_name(name, "a name of a region")
    regions = {name: clean_reg_ref(h5_dset, ref) for name, ref in reg_ref_dict.items()}
    for name, region in regions.items():
        h5_dset.attrs[name] = h5_dset.regionref[region]
    if add_labels_attr and regions:
        write_simple_attrs(h5_dset, {"labels": list(regions)})


def _require_name(value: object, argument: str) -> None:
    if not isinstance(value, str):
        msg = f"{argument} should be a string, found {value!r}"
        raise TypeError(msg)


def clean_reg_ref(
    h5_dset: h5py.Dataset,
    reg_ref_tuple: tuple[slice, ...] | slice,
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002 - accepted by the released package
) -> tuple[slice, ...]:
    """Return the slices of a region, cut to the shape of the dataset.

    Raises
    ------
    TypeError
        When it is no tuple of slices.
    ValueError
        When there is not one slice per axis.
    """
    require("dataset", h5_dset, "h5_dset")
    region = (reg_ref_tuple,) if isinstance(reg_ref_tuple, slice) else reg_ref_tuple
    if not isinstance(region, tuple) or not all(isinstance(part, slice) for part in region):
        msg = f"a region should be a tuple of slices, found {reg_ref_tuple!r}"
        raise TypeError(msg)
    if len(region) != len(h5_dset.shape):
        msg = (
            "Region reference tuple did not have the same dimensions as the h5 dataset: "
            f"{len(region)} slices for a shape of {h5_dset.shape}"
        )
        raise ValueError(msg)
    return tuple(
        slice(part.start, part.stop if part.stop is None else min(part.stop, length), part.step)
        for part, length in zip(region, h5_dset.shape, strict=True)
    )


def attempt_reg_ref_build(
    h5_dset: h5py.Dataset,
    dim_names: Sequence[str],
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002 - accepted by the released package
) -> dict[str, tuple[slice, slice]]:
    """Return one region per row, or else per column, when the number of names fits.

    Parameters
    ----------
    h5_dset : h5py.Dataset of shape (rows, columns)
        The dataset.
    dim_names : list or tuple of str
        Names of the regions.
    verbose : bool
        Without effect.

    Returns
    -------
    dict
        Empty when neither fits.

    Raises
    ------
    TypeError
        For a wrong type of either argument.

    Warns
    -----
    UserWarning
        When regions were made up.
    """
    require("dataset", h5_dset, "h5_dset")
    if not isinstance(dim_names, list | tuple):
        msg = f"dim_names should be a list or tuple, found {type(dim_names).__name__}"
        raise TypeError(msg)
    for name in dim_names:
        _require_name(name, "each of dim_names")
    if len(h5_dset.shape) != 2 or len(dim_names) not in h5_dset.shape:
        return {}
    warn(
        f"the regions of {h5_dset.name!r} were made up from their number: one per "
        f"{'row' if len(dim_names) == h5_dset.shape[0] else 'column'}; give them as slices"
    )
    whole = slice(None)
    if len(dim_names) == h5_dset.shape[0]:
        return {name: (slice(i, i + 1), whole) for i, name in enumerate(dim_names)}
    return {name: (whole, slice(i, i + 1)) for i, name in enumerate(dim_names)}


def get_region(h5_dset: h5py.Dataset, reg_ref_name: str) -> npt.NDArray[Any]:
    """Return the values of a region, without axes of length 1.

    Raises
    ------
    TypeError
        When `h5_dset` is no dataset, the name no str, or the attribute no region.
    KeyError
        When there is no such region.
    """
    ref = _region(h5_dset, reg_ref_name, "h5_dset", "reg_ref_name")
    return np.squeeze(np.asarray(h5_dset[ref]))


def _region(h5_dset: Any, name: Any, argument: str, name_argument: str) -> Any:
    import h5py

    require("dataset", h5_dset, argument)
    _require_name(name, name_argument)
    if name not in h5_dset.attrs:
        msg = f"{h5_dset.name!r} has no region {name!r}"
        raise KeyError(msg)
    ref = h5_dset.attrs[name]
    if not isinstance(ref, h5py.RegionReference):
        msg = f"the attribute {name!r} of {h5_dset.name!r} is no region"
        raise TypeError(msg)
    return ref


def get_indices_for_region_ref(
    h5_main: h5py.Dataset, ref: h5py.RegionReference, return_method: str = "slices"
) -> npt.NDArray[Any]:
    """Return where a region lies.

    Parameters
    ----------
    h5_main : h5py.Dataset
        The dataset that the region belongs to.
    ref : h5py.RegionReference
        The region.
    return_method : {"slices", "corners", "points"}
        The form of the answer.

    Returns
    -------
    ndarray
        ``slices``: of shape (blocks, axes), so that ``h5_main[tuple(result[0])]`` is the
        first block.  ``corners``: of shape (2 blocks, axes), first and last index in turn.
        ``points``: of shape (points, axes), every index in C order of each block.

    Raises
    ------
    TypeError
        For a wrong type of any argument.
    ValueError
        For another `return_method`.
    """
    import h5py

    require("dataset", h5_main, "h5_main")
    if not isinstance(ref, h5py.RegionReference):
        msg = f"ref should be a h5py.RegionReference object, found {type(ref).__name__}"
        raise TypeError(msg)
    _require_name(return_method, "return_method")
    if return_method not in _FORMS:
        msg = f"return_method should be one of {list(_FORMS)}, found {return_method!r}"
        raise ValueError(msg)
    return _FORMS[return_method](_blocks(h5_main, ref))


def _blocks(h5_main: Any, ref: Any) -> Corners:
    """Return the corners of every block of a region, of shape (blocks, 2, axes)."""
    from h5py import h5r, h5s

    space = h5r.get_region(ref, h5_main.id)
    axes = space.get_simple_extent_ndims()
    kind = space.get_select_type()
    if kind == h5s.SEL_NONE:
        return np.zeros((0, 2, axes), dtype=np.uint64)
    if kind == h5s.SEL_ALL:
        return np.array([space.get_select_bounds()], dtype=np.uint64)
    if kind == h5s.SEL_POINTS:
        points = np.asarray(space.get_select_elem_pointlist(), dtype=np.uint64)
        return np.repeat(points[:, np.newaxis], 2, axis=1)
    return np.asarray(space.get_select_hyper_blocklist(), dtype=np.uint64).reshape(-1, 2, axes)


def _as_slices(blocks: Corners) -> npt.NDArray[Any]:
    result = np.empty((blocks.shape[0], blocks.shape[2]), dtype=object)
    for i, (first, last) in enumerate(blocks.tolist()):
        result[i] = [slice(a, b + 1) for a, b in zip(first, last, strict=True)]
    return result


def _as_points(blocks: Corners) -> Corners:
    pieces = [
        np.stack(
            np.meshgrid(
                *(np.arange(a, b + 1) for a, b in zip(*block, strict=True)), indexing="ij"
            ),
            axis=-1,
        ).reshape(-1, blocks.shape[2])
        for block in blocks.tolist()
    ]
    empty = np.zeros((0, blocks.shape[2]))
    return np.concatenate([empty, *pieces]).astype(np.uint64)


def _as_corners(blocks: Corners) -> Corners:
    return blocks.reshape(-1, blocks.shape[2])


_FORMS: Final[dict[str, Callable[[Any], npt.NDArray[Any]]]] = {
    "slices": _as_slices,
    "corners": _as_corners,
    "points": _as_points,
}


def create_region_reference(h5_main: h5py.Dataset, ref_inds: Any) -> h5py.RegionReference:
    """Return a region made of blocks.

    Parameters
    ----------
    h5_main : h5py.Dataset
        The dataset.
    ref_inds : array_like of shape (blocks, 2, axes) or (2 blocks, axes)
        First and last index of each block, both inside it.

    Raises
    ------
    TypeError
        When `h5_main` is no dataset or `ref_inds` no such array of integers.
    ValueError
        When a block does not lie in the dataset.
    """
    from h5py import h5r, h5s

    require("dataset", h5_main, "h5_main")
    corners = np.asarray(ref_inds)
    axes = len(h5_main.shape)
    if corners.dtype.kind not in "iu" or corners.ndim not in (2, 3) or corners.shape[-1] != axes:
        msg = (
            f"ref_inds should hold pairs of corners with {axes} integers each, found {ref_inds!r}"
        )
        raise TypeError(msg)
    blocks = corners.astype(np.int64).reshape(-1, 2, axes)
    if (
        np.any(blocks[:, 0] > blocks[:, 1])
        or np.any(blocks < 0)
        or np.any(blocks >= h5_main.shape)
    ):
        msg = f"a block of {blocks.tolist()} does not lie in a dataset of shape {h5_main.shape}"
        raise ValueError(msg)
    space = h5_main.id.get_space()
    space.select_none()
    for first, last in blocks:
        size = tuple(int(n) for n in last - first + 1)
        start = tuple(int(n) for n in first)
        space.select_hyperslab(start, (1,) * axes, block=size, op=h5s.SELECT_OR)
    return h5r.create(h5_main.id, b".", h5r.DATASET_REGION, space)


def same_region(h5_source: h5py.Dataset, h5_target: h5py.Dataset, ref: Any) -> Any:
    """Return the region of a second dataset that lies where one of the first does."""
    return create_region_reference(h5_target, _blocks(h5_source, ref))


def simple_region_ref_copy(h5_source: h5py.Dataset, h5_target: h5py.Dataset, key: str) -> Corners:
    """Repeat one region of a dataset on another, at the same indices.

    Returns
    -------
    ndarray of shape (blocks, 2, axes)
        The corners.

    Raises
    ------
    TypeError
        For a wrong type of any argument.
    KeyError
        When there is no such region.
    ValueError
        When it does not lie in the target.
    """
    ref = _region(h5_source, key, "h5_source", "key")
    require("dataset", h5_target, "h5_target")
    blocks = _blocks(h5_source, ref)
    h5_target.attrs[key] = create_region_reference(h5_target, blocks)
    return blocks


def copy_all_region_refs(h5_source: h5py.Dataset, h5_target: h5py.Dataset) -> None:
    """Repeat every region of a dataset on another, at the same indices.

    Raises
    ------
    TypeError
        When one of the two is no dataset.
    ValueError
        When a region does not lie in the target.
    """
    import h5py

    require("dataset", h5_source, "h5_source")
    require("dataset", h5_target, "h5_target")
    for name, value in h5_source.attrs.items():
        if isinstance(value, h5py.RegionReference):
            simple_region_ref_copy(h5_source, h5_target, name)


def copy_reg_ref_reduced_dim(
    h5_source: h5py.Dataset,
    h5_target: h5py.Dataset,
    h5_source_inds: h5py.Dataset,
    h5_target_inds: h5py.Dataset,
    key: str,
) -> Corners:
    """Repeat a region on a dataset from which dimensions were taken away.

    Parameters
    ----------
    h5_source, h5_target : h5py.Dataset of shape (positions, features)
        From where to where.
    h5_source_inds, h5_target_inds : h5py.Dataset
        Indices along the reduced axis with the names of the dimensions as ``labels``: of
        shape (positions, dimensions), or (dimensions, features).
    key : str
        Name of the region.

    Returns
    -------
    ndarray of shape (blocks, 2, 2)
        The corners of the region in the target, which also is written there.

    Raises
    ------
    TypeError
        For a wrong type of any argument.
    KeyError
        When there is no such region.

    Notes
    -----
    A position of the target belongs to the region when one position of the source with the
    same indices, in the dimensions that are left, does.
    """
    for argument, value in {
        "h5_target": h5_target,
        "h5_source_inds": h5_source_inds,
        "h5_target_inds": h5_target_inds,
    }.items():
        require("dataset", value, argument)
    points = _as_points(_blocks(h5_source, _region(h5_source, key, "h5_source", "key")))
    axis = 0 if h5_source_inds.shape[0] == h5_source.shape[0] else 1
    source, target = _kept_indices(h5_source_inds, h5_target_inds, axis)
    chosen = {tuple(row) for row in source[np.unique(points[:, axis])].tolist()}
    kept = [i for i, row in enumerate(target.tolist()) if tuple(row) in chosen]
    others = np.unique(points[:, 1 - axis])
    others = others[others < h5_target.shape[1 - axis]]
    blocks = [
        [(a, c), (b, d)] if axis == 0 else [(c, a), (d, b)]
        for a, b in _runs(kept)
        for c, d in _runs(others.tolist())
    ]
    corners = np.array(blocks, dtype=np.uint64).reshape(-1, 2, 2)
    h5_target.attrs[key] = create_region_reference(h5_target, corners)
    return corners


def _kept_indices(source: Any, target: Any, axis: int) -> tuple[Any, Any]:
    """Return the indices in the dimensions of the target, of shape (entries, dimensions)."""
    names = [str(name) for name in np.atleast_1d(decode(source.attrs["labels"]))]
    left = [str(name) for name in np.atleast_1d(decode(target.attrs["labels"]))]
    first, second = (source[()], target[()]) if axis == 0 else (source[()].T, target[()].T)
    shared = [name for name in left if name in names]
    return (
        first[:, [names.index(name) for name in shared]],
        second[:, [left.index(name) for name in shared]],
    )


def _runs(indices: list[int]) -> list[tuple[int, int]]:
    """Return first and last of every run of consecutive integers, in increasing order."""
    runs: list[tuple[int, int]] = []
    for i in indices:
        if runs and i == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], i)
        else:
            runs.append((i, i))
    return runs
