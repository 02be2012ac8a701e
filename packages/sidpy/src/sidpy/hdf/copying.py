"""Copies of datasets and attributes, within a file and into another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.base.string_utils import validate_single_string_arg

from .flushing import flush
from .links import follow
from .objects import is_dataset, last_name, require

if TYPE_CHECKING:
    from collections.abc import Iterator

    import h5py

__all__ = ["copy_attributes", "copy_dataset", "copy_linked_objects"]

#: Attributes by which HDF5 ties a dataset to its dimension scales; a copy has none of them.
_SCALE_LINKS = ("DIMENSION_LIST", "REFERENCE_LIST")


def copy_attributes(
    source: h5py.Group | h5py.Dataset,
    dest: h5py.Group | h5py.Dataset,
    skip_refs: bool = True,  # noqa: FBT001, FBT002 - as in the released package
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002 - accepted by the released package
) -> h5py.Group | h5py.Dataset:
    """Copy the attributes of one object onto another.

    Parameters
    ----------
    source, dest : h5py.File, h5py.Group or h5py.Dataset
        From where to where.
    skip_refs : bool
        Leave references out.  Those to objects are always left out when `dest` lies in
        another file, where they would point at nothing; a region of a dataset becomes the same
        region of a dataset of that shape.
    verbose : bool
        Without effect.

    Returns
    -------
    h5py.File, h5py.Group or h5py.Dataset
        `dest`.

    Raises
    ------
    TypeError
        When one of the two is no HDF5 object.
    """
    import h5py

    require("object", source, "source")
    require("object", dest, "dest")
    same_file = source.file == dest.file
    for name, value in source.attrs.items():
        if name in _SCALE_LINKS:
            continue
        if not isinstance(value, h5py.Reference):
            dest.attrs[name] = value
        elif skip_refs:
            continue
        elif isinstance(value, h5py.RegionReference):
            _copy_region(source, dest, name, value)
        elif same_file:
            dest.attrs[name] = value
    return dest


def _copy_region(source: Any, dest: Any, name: str, value: Any) -> None:
    """Let a region of one dataset become the same region of another of that shape."""
    from .regions import same_region

    if is_dataset(source) and is_dataset(dest) and source.shape == dest.shape:
        dest.attrs[name] = same_region(source, dest, value)


def copy_dataset(
    h5_orig_dset: h5py.Dataset,
    h5_dest_grp: h5py.Group,
    alias: str | None = None,
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002 - accepted by the released package
) -> h5py.Dataset:
    """Copy a dataset with its plain attributes into a group, also of another file.

    Parameters
    ----------
    h5_orig_dset : h5py.Dataset
        What to copy.
    h5_dest_grp : h5py.Group
        Where to.
    alias : str, optional
        Name of the copy; that of the original when not given.
    verbose : bool
        Without effect.

    Returns
    -------
    h5py.Dataset
        The copy, or the dataset that already is there when its content is the same.

    Raises
    ------
    TypeError
        For a wrong type of any argument, or when a group has the name of the copy.
    ValueError
        When a dataset of that name has other content.
    """
    require("dataset", h5_orig_dset, "h5_orig_dset")
    require("group", h5_dest_grp, "h5_dest_grp")
    name = last_name(h5_orig_dset) if alias is None else validate_single_string_arg(alias, "alias")
    if name in h5_dest_grp:
        return _existing(h5_orig_dset, h5_dest_grp, name)
    flush(h5_dest_grp.file)
    # HDF5 copies chunk by chunk, without unpacking and without holding the whole in memory
    h5_orig_dset.file.copy(h5_orig_dset, h5_dest_grp, name=name, without_attrs=True)
    h5_new = h5_dest_grp[name]
    copy_attributes(h5_orig_dset, h5_new, skip_refs=True)
    return h5_new


def _existing(original: Any, group: Any, name: str) -> Any:
    existing = group[name]
    if not is_dataset(existing):
        msg = f"{group.name!r} already has a member {name!r}, which is no dataset"
        raise TypeError(msg)
    if existing == original or _same_content(original, existing):
        return existing
    msg = f"the dataset {existing.name!r} that is already there has different contents"
    raise ValueError(msg)


def _same_content(one: Any, other: Any) -> bool:
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    return all(_equal(one[part], other[part]) for part in blocks(one))


def _equal(one: Any, other: Any) -> bool:
    floating = np.asarray(one).dtype.kind in "fc"
    return bool(np.array_equal(one, other, equal_nan=floating))


def blocks(dataset: Any, size: int = 2**24) -> Iterator[tuple[slice, ...]]:
    """Go through a dataset in pieces of whole rows of at most about `size` bytes."""
    if not dataset.shape:
        yield ()
        return
    row = max(dataset.nbytes // max(dataset.shape[0], 1), 1)
    step = max(size // row, 1)
    for start in range(0, dataset.shape[0], step):
        yield (slice(start, start + step),)


def copy_linked_objects(
    h5_source: h5py.Group | h5py.Dataset,
    h5_dest: h5py.Group | h5py.Dataset,
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002 - accepted by the released package
) -> None:
    """Copy the datasets that `h5_source` points at beside `h5_dest`, and link them there.

    Each copy is named like the attribute that points at it; when both lie in one file the
    link is repeated and nothing is copied.

    Raises
    ------
    TypeError
        When one of the two is no HDF5 object.
    NotImplementedError
        When a reference leads to a group of another file; nothing is copied then.
    """
    require("object", h5_source, "h5_src")
    require("object", h5_dest, "h5_other")
    linked = {name: follow(h5_source, value) for name, value in h5_source.attrs.items()}
    linked = {name: item for name, item in linked.items() if item is not None}
    for name, item in linked.items():
        if item.file != h5_dest.file and not is_dataset(item):
            msg = f"{name!r} points at the group {item.name!r}: only datasets are copied"
            raise NotImplementedError(msg)
    parent = h5_dest.parent if is_dataset(h5_dest) else h5_dest
    for name, item in linked.items():
        target = item if item.file == h5_dest.file else copy_dataset(item, parent, alias=name)
        h5_dest.attrs[name] = target.ref
