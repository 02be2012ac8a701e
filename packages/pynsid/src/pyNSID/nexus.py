"""NeXus: root, entry and default attributes, by which viewers find the picture to show."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sidpy.hdf.attrs import decode, put_texts
from sidpy.hdf.objects import is_dataset, last_name

from .validate import require_main

if TYPE_CHECKING:
    import h5py

__all__ = ["make_nexus_compatible"]

#: Version of the NeXus definitions whose rules for NXdata are followed.
_NEXUS_VERSION = "4.3.0"


def make_nexus_compatible(h5_dataset: h5py.Dataset) -> None:
    """Let NeXus viewers open a file at a main dataset.

    Writes the root attributes of NeXus, makes the group of the dataset an NXdata and those
    above it an NXentry with NXsubentries, each with a ``default`` that leads to it, and adds
    the title as a dataset.

    Parameters
    ----------
    h5_dataset : h5py.Dataset
        A main dataset in a file that can be written.

    Raises
    ------
    ValueError
        When it is no dataset.
    NotNSID
        When it is no main dataset; nothing is written then.
    """
    if not is_dataset(h5_dataset):
        msg = (
            "We need a h5py dataset for compatibility with NeXus file format, "
            f"found {type(h5_dataset).__name__}"
        )
        raise ValueError(msg)
    require_main(h5_dataset)
    group = h5_dataset.parent
    title = decode(h5_dataset.attrs["main_data_name"])
    mark_data(group, h5_dataset)
    if "title" not in group:
        group.create_dataset("title", data=title)
    mark_path(group)
    put_texts(h5_dataset.file, _root_texts(h5_dataset))


def mark_data(group: h5py.Group, h5_dataset: h5py.Dataset) -> None:
    """Make the group of a main dataset an NXdata."""
    import h5py
    import numpy as np

    names = [dimension.label for dimension in h5_dataset.dims]
    put_texts(group, {"NX_class": "NXdata", "signal": last_name(h5_dataset)})
    if names:
        group.attrs["axes"] = np.array(names, dtype=h5py.string_dtype())
    for axis, name in enumerate(names):
        group.attrs[f"{name}_indices"] = axis


def mark_path(group: h5py.Group) -> None:
    """Make the groups above an NXdata an NXentry and its parts, leading to it."""
    child = group
    while child.name != "/":
        parent = child.parent
        texts = {"default": last_name(child)}
        if parent.name != "/":
            texts["NX_class"] = "NXentry" if parent.parent.name == "/" else "NXsubentry"
        put_texts(parent, texts)
        child = parent


def _root_texts(h5_dataset: Any) -> dict[str, str]:
    import h5py

    from .__version__ import version

    return {
        "NX_class": "NXroot",
        "file_name": str(h5_dataset.file.filename),
        "file_time": datetime.now().astimezone().isoformat(timespec="seconds"),
        "instrument": str(decode(h5_dataset.attrs["source"])),
        "creator": f"pyNSID {version}",
        "NeXus_version": _NEXUS_VERSION,
        "HDF5_Version": h5py.version.hdf5_version,
        "h5py_version": h5py.version.version,
    }
