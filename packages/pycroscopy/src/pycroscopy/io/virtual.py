"""Groups and datasets that exist in memory until an `HDFwriter` writes them.

>>> group = VirtualGroup("Measurement_", parent="/", attrs={"instrument": "AFM"})
>>> group.add_children([VirtualDataset("Raw", [[1.0, 2.0]], attrs={"units": "nm"})])
>>> writer = HDFwriter("tree.h5")
>>> writer.write(group)
[<HDF5 group "/Measurement_000" (1 members)>, <HDF5 dataset "Raw": shape (1, 2), type "<f8">]
>>> writer.close()
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.base.optional import needed
from sidpy.hdf.attrs import write_simple_attrs
from sidpy.hdf.named_regions import write_region_references
from sidpy.hdf.objects import is_group
from sidpy.hdf.prov_utils import assign_group_index

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

__all__ = ["HDFwriter", "VirtualDataset", "VirtualGroup"]


class _Virtual:
    """What groups and datasets have in common."""

    def __init__(self, name: str, parent: str, attrs: Mapping[str, Any] | None) -> None:
        if not isinstance(name, str) or "/" in name.strip("/"):
            msg = f"a name is one step of a path, found {name!r}"
            raise ValueError(msg)
        self.name = name.strip("/")
        self.parent = parent
        self.attrs: dict[str, Any] = dict(attrs or {})

    def _regions(self) -> Mapping[str, Any]:
        """Return the regions that the attribute ``labels`` names, if it does."""
        found = self.attrs.get("labels")
        return found if isinstance(found, Mapping) else {}

    def _attributes(self) -> dict[str, Any]:
        labels = self._regions()
        return {k: v for k, v in self.attrs.items() if k != "labels" or not labels}


class VirtualDataset(_Virtual):
    """A dataset that is not written yet.

    Parameters
    ----------
    name : str
        Of the dataset.
    data : array-like or None
        Values; None for an empty dataset of `maxshape`.
    maxshape : tuple of int or None, optional
        How far it may grow, None for any length; not at all by default.
    dtype : numpy.dtype, optional
        That of the values by default.
    compression : str, optional
        As h5py takes it.
    chunking : tuple of int, optional
        Chunks.
    parent : str
        Path of the group, for a dataset that is written by itself.
    resizable : bool
        Whether it may grow along all axes.
    attrs : mapping, optional
        Attributes. ``labels`` may be a mapping of names to slices: regions.

    Raises
    ------
    ValueError
        For a name with several steps, and neither values nor a shape.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the classic signature
        self,
        name: str,
        data: Any,
        maxshape: tuple[int | None, ...] | None = None,
        dtype: Any = None,
        compression: str | None = None,
        chunking: tuple[int, ...] | None = None,
        parent: str = "/",
        resizable: bool = False,  # noqa: FBT001, FBT002 - the classic signature
        attrs: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(name, parent, attrs)
        if data is None and (maxshape is None or None in maxshape):
            msg = f"dataset {name!r} has neither values nor a shape: give data or maxshape"
            raise ValueError(msg)
        self.data = data if data is None or hasattr(data, "dtype") else np.asarray(data)
        self.maxshape = (None,) * np.ndim(self.data) if resizable else maxshape
        self.dtype, self.compression, self.chunking = dtype, compression, chunking

    def _create(self, parent: Any) -> list[Any]:
        options = {
            "maxshape": self.maxshape, "dtype": self.dtype, "compression": self.compression,
            "chunks": self.chunking,
        }  # fmt: skip
        options = {name: value for name, value in options.items() if value is not None}
        if self.data is None:
            options["shape"] = self.maxshape
        created = parent.create_dataset(self.name, data=self.data, **options)
        write_simple_attrs(created, self._attributes())
        if self._regions():
            write_region_references(created, self._regions())
        return [created]


class VirtualGroup(_Virtual):
    """A group that is not written yet.

    Parameters
    ----------
    name : str
        Of the group; one that ends with ``_`` gets the next number of its series. An empty
        one is the root.
    parent : str
        Path of the group that it will be in.
    children : iterable of VirtualGroup and VirtualDataset, optional
        What is in it.
    attrs : mapping, optional
        Attributes.
    """

    def __init__(
        self,
        name: str,
        parent: str = "/",
        children: Iterable[_Virtual] | None = None,
        attrs: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(name, parent, attrs)
        self.children: list[_Virtual] = []
        self.add_children(children or [])

    def add_children(self, children: Iterable[_Virtual]) -> None:
        """Put groups and datasets into this one.

        Parameters
        ----------
        children : iterable of VirtualGroup and VirtualDataset
            What is added.

        Raises
        ------
        TypeError
            For anything else; nothing is added then.
        """
        added = list(children)
        odd = [one for one in added if not isinstance(one, _Virtual)]
        if odd:
            msg = f"children are virtual groups and datasets, found {odd[0]!r}"
            raise TypeError(msg)
        self.children += added

    def _create(self, parent: Any) -> list[Any]:
        name = assign_group_index(parent, self.name) if self.name.endswith("_") else self.name
        group = parent.require_group(name) if name else parent
        write_simple_attrs(group, self._attributes())
        made = [group] if name else []
        for child in self.children:
            made += child._create(group)  # type: ignore[attr-defined]  # both kinds have it
        return made


class HDFwriter:
    """Writes virtual trees into a file.

    Parameters
    ----------
    file_handle : path or h5py.File
        Opened for appending; an open file is used as it is.
    force_new : bool
        Replace a file that exists.

    Raises
    ------
    TypeError
        When it is neither.
    """

    def __init__(self, file_handle: Any, force_new: bool = False) -> None:  # noqa: FBT001, FBT002 - the classic signature
        if is_group(file_handle):
            self.file = file_handle.file
            return
        if not isinstance(file_handle, str | os.PathLike):
            msg = f"expected a path or an open HDF5 file, found {type(file_handle).__name__}"
            raise TypeError(msg)
        h5py = needed("h5py", "HDFwriter", "h5py")
        self.file = h5py.File(Path(file_handle), "w" if force_new else "a")

    @property
    def path(self) -> str:
        """Path of the file."""
        return str(self.file.filename)

    def write(self, data: _Virtual, print_log: bool = False) -> list[Any]:  # noqa: ARG002, FBT001, FBT002 - the classic signature; nothing is printed
        """Write a tree; completely, or not at all.

        Parameters
        ----------
        data : VirtualGroup or VirtualDataset
            What is written, into the group of the path `parent`, which is created.
        print_log : bool
            Accepted.

        Returns
        -------
        list of h5py.Group and h5py.Dataset
            What was created, parents before what is in them.

        Raises
        ------
        TypeError
            When it is nothing virtual.
        ValueError
            When a dataset of the name is there already.
        """
        if not isinstance(data, _Virtual):
            msg = f"expected a VirtualGroup or a VirtualDataset, found {type(data).__name__}"
            raise TypeError(msg)
        before: set[str] = set()
        self.file.visit(before.add)
        try:
            parent = self.file.require_group(data.parent)
            made: list[Any] = data._create(parent)  # type: ignore[attr-defined]  # both kinds have it
        except BaseException:
            _undo(self.file, before)
            raise
        self.file.flush()
        return made

    def flush(self) -> None:
        """Write what HDF5 still holds."""
        self.file.flush()

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _undo(file: Any, before: set[str]) -> None:
    """Remove what was not there."""
    now: list[str] = []
    file.visit(now.append)
    for name in now:
        if name not in before and name in file:
            del file[name]
