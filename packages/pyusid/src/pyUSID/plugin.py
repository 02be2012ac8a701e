"""What pyUSID can read and write, in words: the light door by which sidpy finds it."""

from __future__ import annotations

from sidpy.plugins import ReaderSpec, WriterSpec, hookimpl

_EXTENSIONS = (".h5", ".hdf5", ".hf5")


@hookimpl
def sidpy_readers() -> tuple[ReaderSpec, ...]:
    """Describe the reader of USID files."""
    return (
        ReaderSpec(
            name="usid",
            format="usid",
            summary="Universal Spectroscopy and Imaging Data in HDF5",
            support="real files",
            extensions=_EXTENSIONS,
            hdf5=("**@Position_Indices", "**@Spectroscopic_Values"),
            reader="pyUSID.io.files:read_keyed",
        ),
    )


@hookimpl
def sidpy_writers() -> tuple[WriterSpec, ...]:
    """Describe the writer of USID files."""
    return (
        WriterSpec(
            name="usid",
            format="usid",
            summary="Universal Spectroscopy and Imaging Data in HDF5",
            extensions=(".usid.h5", ".usid"),
            writer="pyUSID.io.files:write_usid",
            capabilities=("append", "lazy", "metadata", "variance", "provenance", "shards"),
        ),
    )
