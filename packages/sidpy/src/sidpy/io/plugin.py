"""The formats that sidpy itself reads and writes, through the door that guests use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sidpy.plugins import ReaderSpec, WriterSpec, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["sidpy_readers", "sidpy_writers"]

_EXTENSIONS = (".nxs", ".nx", ".nexus", ".nx5")


@hookimpl
def sidpy_readers() -> Iterable[ReaderSpec]:
    """Describe the reader of NeXus."""
    return (
        ReaderSpec(
            name="nexus",
            format="nexus",
            summary="NeXus: every NXdata of an HDF5 file",
            support="real files",
            extensions=(*_EXTENSIONS, ".h5", ".hdf5", ".hdf"),
            hdf5=("*@NX_class=NXentry",),
            reader="sidpy.io.nexus.reading:read_nexus",
            # whoever knows a format of their own that happens to be NeXus knows it better
            priority=-10,
        ),
    )


@hookimpl
def sidpy_writers() -> Iterable[WriterSpec]:
    """Describe the writer of NeXus."""
    return (
        WriterSpec(
            name="nexus",
            format="nexus",
            summary="NeXus: one NXentry with an NXdata for each dataset",
            extensions=_EXTENSIONS,
            writer="sidpy.io.nexus.writing:write_nexus",
            capabilities=("metadata", "variance", "lazy", "provenance"),
        ),
    )
