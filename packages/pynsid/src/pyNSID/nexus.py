"""NeXus: what makes a main dataset an NXdata, and the way to it from the root of the file.

Viewers that know nothing of us (h5web, silx view, JupyterLab) show an NXdata as a picture
with a title, axes and units.  The group of a main dataset is one, by attributes that the
released packages pass over and one small dataset::

    /              @NX_class=NXroot @default=Measurement_000
    Measurement_000/       @NX_class=NXentry @default=Channel_000
      Channel_000/         @NX_class=NXsubentry @default=IV_map
        IV_map/            @NX_class=NXdata @signal=IV_map @axes=[x, y] @x_indices=0 ...
          title            the title, a text
          IV_map           @long_name="Current (nA)" @units ...
          x                @long_name="Length (nm)" @units ...
        Log_Fit_000/       @NX_class=NXprocess @default=amplitude

A ``default`` is set where there is none and leads to what was written first; what another
program has set stays.  Text and structured values are no numbers, and their group no NXdata.

Source: the definitions of NXdata, NXroot, NXentry and NXprocess,
https://manual.nexusformat.org/classes/base_classes/.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sidpy.hdf.attributes import decode
from sidpy.hdf.attrs import put_text_array, put_texts
from sidpy.hdf.objects import is_dataset, last_name
from sidpy.hdf.scales import axis_labels
from sidpy.hdf.words import plain_text

from .validate import require_main

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import h5py

__all__ = ["NexusAxis", "make_nexus_compatible", "mark_data", "mark_path"]

#: Version of the NeXus definitions whose rules for NXdata are followed.
_NEXUS_VERSION: Final = "4.3.0"

#: The dataset with the title in an NXdata.
_TITLE: Final = "title"

#: Attributes of which a label is made.
_WORDS: Final = ("quantity", "units")

#: Words that say nothing.
_SILENT: Final = ("", "generic")


def make_nexus_compatible(h5_dataset: h5py.Dataset) -> None:
    """Let NeXus viewers open a file at a main dataset.

    Writes the root attributes of NeXus, makes the group of the dataset an NXdata and those
    above it an NXentry and its parts, each with a ``default`` that leads to it, and adds the
    title as a dataset.

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
    axes = []
    for name in axis_labels(h5_dataset):
        quantity, units = (str(decode(group[name].attrs[key])) for key in _WORDS)
        axes.append(NexusAxis(name, quantity, units))
    title, quantity, units = (
        str(decode(h5_dataset.attrs[key])) for key in ("main_data_name", *_WORDS)
    )
    mark_data(group, last_name(h5_dataset), NexusAxis(title, quantity, units), axes, group)
    mark_path(group, again=True)
    put_texts(h5_dataset.file, _root_texts(h5_dataset))


class NexusAxis(NamedTuple):
    """What is said of an axis, or of the numbers themselves."""

    name: str
    """Of an axis the name of its dataset, of the numbers their title."""
    quantity: str
    units: str

    @property
    def label(self) -> str:
        """The text beside an axis of a picture; what is generic says nothing."""
        known = [word for word in (self.quantity, self.units) if word not in _SILENT]
        if not known:
            return plain_text(self.name)
        quantity = self.quantity if self.quantity not in _SILENT else self.name
        units = f" ({self.units})" if self.units not in _SILENT else ""
        return plain_text(f"{quantity}{units}")


def mark_data(
    group: h5py.Group,
    signal: str,
    numbers: NexusAxis,
    axes: Sequence[NexusAxis],
    members: Mapping[str, h5py.Dataset],
) -> None:
    """Make the group of a main dataset an NXdata, when its values are numbers.

    Parameters
    ----------
    group : h5py.Group
        The group.
    signal : str
        Name of the numbers in it.
    numbers : NexusAxis
        What they are.
    axes : sequence of NexusAxis
        What the axes are, whose datasets are in the group.
    members : dict of str to h5py.Dataset
        The numbers and the axes, by their names in the group.
    """
    if members[signal].dtype.kind not in "biufc":
        return
    put_texts(group, {"NX_class": "NXdata", "signal": signal})
    put_texts(members[signal], {"long_name": numbers.label})
    if axes:
        put_text_array(group, "axes", [axis.name for axis in axes])
    for number, axis in enumerate(axes):
        group.attrs[f"{axis.name}_indices"] = number
        put_texts(members[axis.name], {"long_name": axis.label})
    if _TITLE not in group:
        group.create_dataset(_TITLE, data=plain_text(numbers.name))
    elif any(axis.name == _TITLE for axis in axes):  # where some viewers look then
        put_texts(group, {_TITLE: plain_text(numbers.name)})


def mark_path(group: h5py.Group, *, again: bool = False) -> None:
    """Let the groups above an NXdata lead to it.

    Parameters
    ----------
    group : h5py.Group
        The NXdata.
    again : bool
        Whether a ``default`` that leads elsewhere is changed.
    """
    child = group
    while child.name and child.name != "/":
        parent = child.parent
        leads = _leads_somewhere(parent)
        if leads and "NX_class" in parent.attrs and not again:
            return  # and so do those above
        if "NX_class" not in parent.attrs:
            put_texts(parent, {"NX_class": _class_of(parent)})
        if decode(parent.attrs["NX_class"]) != "NXdata" and (again or not leads):
            put_texts(parent, {"default": last_name(child)})
        child = parent


def _leads_somewhere(group: Any) -> bool:
    """Whether the ``default`` of a group is there."""
    default = decode(group.attrs["default"]) if "default" in group.attrs else None
    return isinstance(default, str) and group.get(default, getlink=True) is not None


def _class_of(group: Any) -> str:
    if group.name == "/":
        return "NXroot"
    depth = group.name.count("/")
    if depth == 1:
        return "NXentry"
    if last_name(group).startswith("Log_"):
        return "NXprocess"
    return "NXsubentry" if depth == 2 else "NXcollection"


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
