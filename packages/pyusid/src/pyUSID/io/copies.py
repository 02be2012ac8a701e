"""Empty datasets in the image of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy._warnings import warn
from sidpy.base.string_utils import validate_single_string_arg
from sidpy.hdf.attrs import write_simple_attrs
from sidpy.hdf.copying import copy_attributes, copy_dataset
from sidpy.hdf.dtype_utils import validate_dtype
from sidpy.hdf.links import follow
from sidpy.hdf.objects import is_dataset, last_name, require

from .flaws import is_main
from .naming import without_dash
from .usi_data import USIDataset
from .writing import write_book_keeping_attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    import h5py
    import numpy.typing as npt

__all__ = ["create_empty_dataset"]


def create_empty_dataset(
    source_dset: h5py.Dataset,
    dtype: npt.DTypeLike,
    dset_name: str,
    h5_group: h5py.Group | None = None,
    new_attrs: Mapping[str, Any] | None = None,
    skip_refs: bool = False,  # noqa: FBT001, FBT002
) -> USIDataset | h5py.Dataset:
    """Create an empty dataset of the shape, storage and attributes of another.

    Parameters
    ----------
    source_dset : h5py.Dataset
        The model.
    dtype : dtype-like
        Type of the new dataset.
    dset_name : str
        Its name; a ``-`` in it becomes ``_``.
    h5_group : h5py.Group, optional
        Where to create it; beside the model when not given.
    new_attrs : dict, optional
        More attributes.
    skip_refs : bool
        Leave references out, so that a copy of a main dataset is none.

    Returns
    -------
    USIDataset or h5py.Dataset

    Raises
    ------
    TypeError
        For a wrong type of any argument.
    KeyError
        When a group has that name.

    Warns
    -----
    UserWarning
        When a dataset of that name is reused or replaced, and when linked datasets are
        copied into another file.
    """
    require("dataset", source_dset, "source_dset")
    validate_dtype(dtype)
    name = validate_single_string_arg(dset_name, "dset_name")
    name = without_dash(name, "dset_name")
    group = source_dset.parent if h5_group is None else h5_group
    require("group", group, "h5_group")
    if new_attrs is not None and not isinstance(new_attrs, dict):
        msg = f"new_attrs should be a dict, not {type(new_attrs).__name__}"
        raise TypeError(msg)
    created = _reused(group, name, source_dset.shape, dtype) or _created(
        group, name, source_dset, dtype
    )
    copy_attributes(source_dset, created, skip_refs=skip_refs)
    if not skip_refs and created.file != source_dset.file:
        _copy_linked(source_dset, created)
    if new_attrs:
        write_simple_attrs(created, new_attrs)
    if not is_main(created):
        return created
    write_book_keeping_attrs(created)
    return USIDataset(created)


def _reused(group: Any, name: str, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Any:
    if name not in group:
        return None
    existing = group[name]
    if not is_dataset(existing):
        msg = f"{group.name} already has a group {name!r}"
        raise KeyError(msg)
    if existing.shape == shape and existing.dtype == np.dtype(dtype):
        warn(f"a dataset {name!r} of the same shape and type already is in {group.name}: reused")
        return existing
    warn(f"a dataset {name!r} of another shape or type already is in {group.name}: replaced")
    del group[name]
    return None


def _created(group: Any, name: str, source: Any, dtype: npt.DTypeLike) -> Any:
    compression, options = source.compression, source.compression_opts
    if compression is not None and group.file.driver == "mpio":
        warn("a file opened in parallel takes no compression: it is left out")
        compression = options = None
    return group.create_dataset(
        name, shape=source.shape, dtype=dtype, chunks=source.chunks,
        compression=compression, compression_opts=options,
    )  # fmt: skip


def _copy_linked(source: Any, created: Any) -> None:
    """Copy what a dataset refers to into the file of its new image, and refer to that."""
    for name in source.attrs:
        target = follow(source, source.attrs[name])
        if not is_dataset(target):
            continue
        warn(f"{target.name} is copied into {created.file.filename!r}, where {created.name} is")
        created.attrs[name] = copy_dataset(target, created.parent, alias=last_name(target)).ref
