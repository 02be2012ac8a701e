"""Another dataset in the place of one: names, attributes, scales and references follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .objects import is_dataset, is_group
from .regions import same_region

if TYPE_CHECKING:
    from collections.abc import Collection

    import h5py

__all__ = ["replace_dataset"]

#: Attributes by which HDF5 ties datasets to dimension scales; it writes them itself.
_SCALE_LINKS = ("DIMENSION_LIST", "REFERENCE_LIST", "DIMENSION_LABELS")


def replace_dataset(old: h5py.Dataset, new: h5py.Dataset, without: Collection[str] = ()) -> None:
    """Let one dataset of a file stand for another one, wherever that was named.

    Parameters
    ----------
    old : h5py.Dataset
        The dataset that goes.
    new : h5py.Dataset
        The one that comes, of the same shape, in the same file; it may have no name yet.
    without : collection of str
        Attributes of `old` that `new` does not get.

    Notes
    -----
    Hard links, dimension scales and their labels, attributes, and references to the dataset
    or to regions of it, in attributes and in datasets of references, all lead to `new`
    afterwards.  Soft links do without being touched.
    """
    file = old.file
    for name in old.attrs:
        if name not in (*without, *_SCALE_LINKS):
            _copy_attribute(old, new, name)
    _move_scales(old, new)
    _redirect_references(file, old, new)
    for group, name in _hard_links(file, old):
        del group[name]
        group[name] = new


def _copy_attribute(old: Any, new: Any, name: str) -> None:
    """Copy an attribute with the very type and shape it has in the file."""
    import h5py

    value, known = old.attrs[name], old.attrs.get_id(name)
    if isinstance(value, h5py.Empty):
        new.attrs[name] = value
    else:
        new.attrs.create(name, value, shape=known.shape, dtype=known.dtype)


def _move_scales(old: Any, new: Any) -> None:
    from h5py import h5ds

    for axis in range(old.ndim):
        for number in range(h5ds.get_num_scales(old.id, axis)):
            h5ds.attach_scale(new.id, old.dims[axis][number].id, axis)
        label = h5ds.get_label(old.id, axis)
        if label:
            h5ds.set_label(new.id, axis, label)
    for axis in range(old.ndim):
        for scale in list(old.dims[axis].values()):
            h5ds.detach_scale(old.id, scale.id, axis)


def _objects(file: Any) -> list[Any]:
    found = [file]
    file.visititems(lambda _, item: found.append(item))
    return found


def _hard_links(file: Any, target: Any) -> list[tuple[Any, str]]:
    """Return every group and name under which an object lies."""
    import h5py

    return [
        (group, name)
        for group in _objects(file)
        if is_group(group)
        for name in group
        if isinstance(group.get(name, getlink=True), h5py.HardLink) and group[name] == target
    ]


def _redirect_references(file: Any, old: Any, new: Any) -> None:
    for item in _objects(file):
        for name in item.attrs:
            if name not in _SCALE_LINKS and _holds_references(item.attrs.get_id(name)):
                _redirect_attribute(item, name, old, new)
        if is_dataset(item) and item != old and _holds_references(item):
            values = np.asarray(item[()], dtype=object)
            if _redirected(values, old, new):
                item[...] = values.reshape(item.shape)


def _holds_references(holder: Any) -> bool:
    import h5py

    try:
        return h5py.check_ref_dtype(holder.dtype) is not None
    except (TypeError, OSError):  # a type that h5py does not know
        return False


def _redirect_attribute(item: Any, name: str, old: Any, new: Any) -> None:
    known = item.attrs.get_id(name)
    values = np.empty(known.shape, dtype=object)
    values[...] = item.attrs[name]
    if _redirected(values, old, new):
        item.attrs.create(name, values, shape=known.shape, dtype=known.dtype)


def _redirected(values: np.ndarray[Any, Any], old: Any, new: Any) -> bool:
    """Let references in an array lead to `new` where they led to `old`; say if any did."""
    import h5py

    changed = False
    for place in np.ndindex(values.shape):
        value = values[place]
        if not value or _target(old.file, value) != old:
            continue
        region = isinstance(value, h5py.RegionReference)
        values[place] = same_region(old, new, value) if region else new.ref
        changed = True
    return changed


def _target(file: Any, reference: Any) -> Any:
    """Return what a reference leads to, None when that was deleted."""
    try:
        return file[reference]
    except (ValueError, KeyError):
        return None
