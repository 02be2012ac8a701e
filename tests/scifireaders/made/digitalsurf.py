"""Digital Surf: objects of every kind, packed or not, in both byte orders."""

from __future__ import annotations

import struct
import zlib

import numpy as np

SURFACE = np.arange(20).reshape(4, 5) * 7 - 30
MAP = np.arange(4 * 5 * 6).reshape(4, 5, 6)


def an_object(numbers, kind, *, order="<", bits=32, packed=False, count=1, planes=1, **fields):
    """Return one object; z is 0.5 nm a step, from 100 nm."""
    numbers = np.asarray(numbers)
    rows, columns = numbers.shape[:2] if numbers.ndim > 1 else (1, len(numbers))
    values = numbers.shape[2] if numbers.ndim == 3 else 0
    lowest = fields.get("lowest", int(numbers.min()))
    raw = np.ascontiguousarray(numbers, f"{order}i{bits // 8}").tobytes()
    if packed:
        parts = [raw[: len(raw) // 2], raw[len(raw) // 2 :]]
        small = [zlib.compress(part) for part in parts]
        sizes = [n for pair in zip(parts, small, strict=True) for n in map(len, pair)]
        raw = struct.pack(f"{order}5I", 2, *sizes) + b"".join(small)
    comment = fields.get("comment", b"$Laser = 532.5\n$Name = red")
    header = bytearray(b" " * 512)

    def put(place, layout, *items):
        struct.pack_into(order + layout, header, place, *items)

    put(0, "12s", b"DSCOMPRESSED" if packed else b"DIGITAL SURF")
    put(12, "4h", 0 if order == "<" else 257, count, 1, kind)
    put(20, "30s30s", fields.get("name", b"* plate *").ljust(30), b"somebody".ljust(30))
    put(80, "5h", planes, 0, 0, fields.get("holes", 0), 1)
    put(90, "fihii", 0.0, values, bits, lowest, int(numbers.max()))
    put(108, "3i3f", columns, rows, rows * columns, 0.5, 0.25, fields.get("step", 0.5))
    for i, word in enumerate((b"X", b"Y", b"Height", b"um", b"um", b"nm", b"um", b"um", b"nm")):
        put(132 + 16 * i, "16s", word.ljust(16))
    put(276, "3f", 1, 1, fields.get("ratio", 1))
    put(306, "7hfi", 5, 4, 13, 2, 1, 2020, 4, 9.5, len(raw) if packed else 0)
    put(334, "2H", len(comment), 4)
    put(466, "3f2f", 10, 20, fields.get("start", 100), 2, 400)
    put(486, "13s13s", b"Wavelength".ljust(13), b"nm".ljust(13))
    return bytes(header) + comment + b"priv" + raw


def write_surf(path, *objects):
    """Write objects behind each other."""
    path.write_bytes(b"".join(objects))
    return path


MADE = {
    "SciFiReaders.digitalsurf": lambda folder: [
        write_surf(folder / "surface.sur", an_object(SURFACE, 2)),
        write_surf(folder / "packed.sur", an_object(SURFACE, 2, packed=True, order=">", bits=16)),
        write_surf(folder / "map.sur", an_object(MAP, 21)),
        write_surf(
            folder / "colours.sur",
            *(
                an_object(SURFACE + 30 + i, kind, planes=3, packed=True)
                for i, kind in enumerate((12, 10, 10))
            ),
        ),
    ]
}
