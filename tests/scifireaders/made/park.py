"""TIFF of Park Systems from the layout of their header, of both versions."""

from __future__ import annotations

import struct

import numpy as np

from .tiff import page, write_tiff

IMAGE = np.arange(35).reshape(5, 7)
KINDS = {0: "<i2", 1: "<i4", 2: "<f4"}


def wide(text, count):
    return text.encode("utf-16-le").ljust(2 * count, b"\0")


def header(rows, columns, *, version=2, kind=0, image_type=0, size=(7.0, 10.0), unit="nm"):
    raw = struct.pack("<I", image_type) + wide("Topography", 32) + wide("C-AFM", 8)
    raw += struct.pack("<dIIII", 0.5, 1, 0, columns, rows)
    raw += struct.pack("<dId3I", 30.0, 1, 5.0, 1, 0, 0)
    raw += struct.pack("<6d", *size, 1.0, -2.0, 0.75, 2.5) + wide("nN", 8)
    raw += struct.pack("<5d", 0.25, -1.5, 2.0, 0.5, 3.0) + wide(unit, 8)
    raw += struct.pack("<3i3I", 0, 34, 17, 0, 0, 0)
    if version == 2:
        raw += struct.pack("<2d", 1.0, 12.0) + wide("", 8) * 3
        raw += struct.pack("<3I2d", kind, 0, 0, 1e-7, 3e5) + wide("NCHR", 16)
    return raw


def write_psia(path, array, *, version=2, order="<", magic=0x0E031301, **options):
    """Write numbers, the bottom line first; `options` are those of `header`."""
    array = np.asarray(array)
    kind = options.get("kind", 0)
    raw = header(*array.shape, version=version, **options)
    tags = [
        (50432, 4, [magic]),
        (50433, 4, [0x01000000 + version]),
        (50434, 7, array.astype(KINDS.get(kind, "<i2")).tobytes()),
        (50435, 7, raw),
        (50436, 7, "a comment".encode("utf-16-le")),
    ]
    picture = np.zeros((4, 4, 3), "u1")
    return write_tiff(path, [page(picture, tags=tags)], order=order)


def _write(folder):
    return [
        write_psia(folder / "a.tiff", IMAGE, kind=2),
        write_psia(folder / "b.tif", IMAGE, version=1, order=">"),
    ]


MADE = {"SciFiReaders.park_psia": _write}
