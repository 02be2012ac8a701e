"""Regions of one dataset repeated on another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .attributes import decode
from .named_regions import region_named
from .objects import require
from .regions import blocks_of, create_region_reference, points_in

if TYPE_CHECKING:
    import h5py

    from .regions import Corners

__all__ = ["copy_all_region_refs", "copy_reg_ref_reduced_dim", "simple_region_ref_copy"]


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
    ref = region_named(h5_source, key, "h5_source", "key")
    require("dataset", h5_target, "h5_target")
    blocks = blocks_of(h5_source, ref)
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
    points = points_in(blocks_of(h5_source, region_named(h5_source, key, "h5_source", "key")))
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
