"""What pyNSID offers to `sidpy.read` and `sidpy.write`, in words only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sidpy.plugins import ReaderSpec, WriterSpec, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["sidpy_readers", "sidpy_writers"]

_EXTENSIONS = (".h5", ".hf5", ".hdf5", ".nsid")
#: Endings of NeXus, which files of ours are too: the reader that knows all of it takes them.
_ALSO = (".nxs", ".nx", ".nx5", ".nexus")


@hookimpl
def sidpy_readers() -> Iterable[ReaderSpec]:
    """Describe the readers of the N-dimensional model."""
    return (
        ReaderSpec(
            name="nsid",
            format="nsid",
            summary="N-dimensional spectroscopy and imaging data, HDF5 (pyNSID)",
            support="real files",
            extensions=(*_EXTENSIONS, *_ALSO),
            hdf5=("Measurement_*/*/*/*@pyNSID_version",),
            reader="pyNSID.reader:read_nsid",
            validate="pyNSID.validate:validate",
        ),
        # a main dataset may lie anywhere; other formats have the same extensions
        ReaderSpec(
            name="nsid_anywhere",
            format="nsid",
            summary="main datasets of pyNSID at any place of an HDF5 file",
            support="real files",
            extensions=_EXTENSIONS,
            hdf5=("**@pyNSID_version",),
            reader="pyNSID.reader:read_nsid",
            validate="pyNSID.validate:validate",
            priority=-5,  # before NeXus, which these files are too
        ),
    )


@hookimpl
def sidpy_writers() -> Iterable[WriterSpec]:
    """Describe the writer of the N-dimensional model."""
    return (
        WriterSpec(
            name="nsid",
            format="nsid",
            summary="N-dimensional spectroscopy and imaging data, HDF5 (pyNSID)",
            extensions=_EXTENSIONS,
            writer="pyNSID.writer:write_nsid",
            capabilities=("append", "metadata", "variance", "lazy", "provenance", "shards"),
        ),
    )
