"""Dimension scales: which datasets say what the axes of another are.

HDF5's own functions for it (H5DS) take the attributes that hold the answer for what they
should be, and follow pointers that a damaged file never had.  Here they are read as
attributes, of the right type or not at all.

Source: HDF5 Dimension Scale Specification, https://support.hdfgroup.org/documentation/hdf5/
latest/_h5_d_s__u_g.html: ``DIMENSION_LABELS`` is one text per axis, ``DIMENSION_LIST`` one
sequence of object references per axis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.base.heap_guard import require_sound

from .attributes import texts_of_axes

if TYPE_CHECKING:
    import h5py

__all__ = ["attached_scales", "axis_labels", "last_scale", "same_object"]


def axis_labels(dataset: h5py.Dataset) -> list[str]:
    """Return the label of each axis, "" for one that has none.

    Raises
    ------
    ValueError
        When the attribute with the labels is damaged; whatever h5py raises on damage.
    """
    from h5py import h5t

    attribute = _attribute(dataset, "DIMENSION_LABELS")
    if attribute is None:
        return [""] * len(dataset.shape)
    if not isinstance(attribute.get_type(), h5t.TypeStringID):
        msg = f"the labels of the axes of {dataset.name!r} are no texts"
        raise ValueError(msg)  # noqa: TRY004 - a damaged file, no wrong argument
    return texts_of_axes(dataset.id, attribute, len(dataset.shape))


def attached_scales(dataset: h5py.Dataset) -> list[list[Any]]:
    """Return the scales that are attached to each axis, as references in their order.

    Raises
    ------
    ValueError
        When the attribute with the references is damaged; whatever h5py raises on damage.
    """
    from h5py import h5t

    attribute = _attribute(dataset, "DIMENSION_LIST")
    if attribute is None:
        return [[] for _ in dataset.shape]
    kind = attribute.get_type()
    if not (
        isinstance(kind, h5t.TypeVlenID)
        and isinstance(kind.get_super(), h5t.TypeReferenceID)
        and kind.get_super().equal(h5t.STD_REF_OBJ)
    ):
        msg = f"what is attached to the axes of {dataset.name!r} are no references"
        raise ValueError(msg)
    require_sound(dataset.id)
    found = np.zeros(len(dataset.shape), attribute.dtype)
    attribute.read(found)
    return [list(references) for references in found]


def last_scale(dataset: Any, references: list[Any]) -> Any:
    """Return the scale that was attached to an axis last.

    Raises
    ------
    ValueError
        When the reference leads to no dataset.
    """
    import h5py
    from h5py import h5d, h5r

    last = references[-1] if references else None
    found = h5r.dereference(last, dataset.id) if last else None
    if not isinstance(found, h5d.DatasetID):
        msg = f"a scale of {dataset.name!r} is no dataset"
        raise ValueError(msg)  # noqa: TRY004 - a damaged file, no wrong argument
    return h5py.Dataset(found)


def same_object(one: Any, other: Any) -> bool:
    """Whether two datasets of one file are the same, however they are called."""
    from h5py import h5o

    return bool(h5o.get_info(one.id).addr == h5o.get_info(other.id).addr)


def _attribute(dataset: Any, name: str) -> Any:
    """Return an attribute with one entry per axis, None when there is none."""
    from h5py import h5a

    if not h5a.exists(dataset.id, name.encode()):
        return None
    attribute = h5a.open(dataset.id, name.encode())
    if attribute.shape != (len(dataset.shape),):
        msg = f"{name} of {dataset.name!r} has the shape {attribute.shape}"
        raise ValueError(msg)
    return attribute
