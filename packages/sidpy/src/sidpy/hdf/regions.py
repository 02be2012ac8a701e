"""Region references: pointers to a part of a dataset, and where that part lies.

A region is one or more blocks.  A block is given by its two corners, the first and the last
index along each axis, both inside the block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from .objects import require, require_text

if TYPE_CHECKING:
    from collections.abc import Callable

    import h5py

    Corners = npt.NDArray[np.uint64]

__all__ = [
    "blocks_of",
    "create_region_reference",
    "get_indices_for_region_ref",
    "points_in",
    "same_region",
]


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
    require_text(return_method, "return_method")
    if return_method not in _FORMS:
        msg = f"return_method should be one of {list(_FORMS)}, found {return_method!r}"
        raise ValueError(msg)
    return _FORMS[return_method](blocks_of(h5_main, ref))


def blocks_of(h5_main: Any, ref: Any) -> Corners:
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


def points_in(blocks: Corners) -> Corners:
    """Return every index of blocks, of shape (points, axes), in C order of each block."""
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
    "points": points_in,
}


def same_region(h5_source: h5py.Dataset, h5_target: h5py.Dataset, ref: Any) -> Any:
    """Return the region of a second dataset that lies where one of the first does."""
    return create_region_reference(h5_target, blocks_of(h5_source, ref))
