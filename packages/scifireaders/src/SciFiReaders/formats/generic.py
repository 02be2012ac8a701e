"""Formats of many instruments: pictures and arrays."""

from __future__ import annotations

from typing import Final

from sidpy.plugins import ReaderSpec, Signature

__all__ = ["READERS"]

_ROOM: Final = "SciFiReaders.readers.generic"

READERS: Final = (
    ReaderSpec(
        name="SciFiReaders.tiff",
        format="tiff",
        summary="TIFF of microscopes, ImageJ, OME, LSM and any other: images, stacks, channels",
        extensions=(".tif", ".tiff", ".ome.tif", ".ome.tiff", ".btf", ".tf8", ".lsm", ".stk"),
        signatures=tuple(Signature(magic) for magic in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
        # many formats are TIFF inside; whoever knows more of one goes first
        priority=-1,
        reader=f"{_ROOM}.tiff:read_tiff",
    ),
)
