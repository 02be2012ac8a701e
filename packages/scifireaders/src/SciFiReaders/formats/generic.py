"""Formats of many instruments: pictures, arrays, light microscopes."""

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
    ReaderSpec(
        name="SciFiReaders.image",
        format="image",
        summary="Pictures: PNG, JPEG, GIF, BMP, WebP",
        extensions=(".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp"),
        signatures=(
            Signature(b"\x89PNG\r\n\x1a\n"),
            Signature(b"\xff\xd8\xff"),
            Signature(b"GIF87a"),
            Signature(b"GIF89a"),
            # sizes apart: the reserved zeros, and a header of at most 255 bytes
            Signature(
                b"BM" + bytes(16),
                mask=b"\xff\xff" + bytes(4) + b"\xff" * 4 + bytes(5) + b"\xff" * 3,
            ),
            Signature(b"RIFF" + bytes(4) + b"WEBP", mask=b"\xff" * 4 + bytes(4) + b"\xff" * 4),
        ),
        priority=-1,
        requires="pillow",
        reader=f"{_ROOM}.image:read_image",
    ),
    ReaderSpec(
        name="SciFiReaders.npy",
        format="npy",
        summary="Arrays of NumPy",
        extensions=(".npy",),
        signatures=(Signature(b"\x93NUMPY"),),
        reader=f"{_ROOM}.npy:read_npy",
    ),
    ReaderSpec(
        name="SciFiReaders.zeiss_czi",
        format="zeiss.czi",
        summary="Zeiss CZI: scenes, channels, mosaics, times and heights of light microscopes",
        extensions=(".czi",),
        signatures=(Signature(b"ZISRAWFILE"),),
        reader=f"{_ROOM}.czi:read_czi",
    ),
)
