"""Pictures of every kind, and arrays of NumPy."""

from __future__ import annotations

import struct
import zlib

import numpy as np

GRAY = (np.arange(5 * 7) * 7 % 256).astype("u1").reshape(5, 7)
RGB = (np.arange(5 * 7 * 3) * 5 % 256).astype("u1").reshape(5, 7, 3)


def write_png(path, data, *, bits=None, palette=None, per_metre=None, turned=False):
    """Write a PNG of gray, [y, x], or colors, [y, x, color], from its specification."""
    bits = bits or 8 * data.dtype.itemsize
    samples = data.shape[2] if data.ndim == 3 else 1
    kind = 3 if palette is not None else {1: 0, 2: 4, 3: 2, 4: 6}[samples]
    rows = data.reshape(len(data), -1)
    if bits < 8:
        single = (rows[..., None] >> np.arange(bits)[::-1]) & 1
        packed = np.packbits(single.reshape(len(rows), -1), axis=1)
    else:
        packed = np.ascontiguousarray(rows, f">u{bits // 8}").view("u1").reshape(len(rows), -1)
    raw = b"".join(b"\0" + row.tobytes() for row in packed)
    head = struct.pack(">IIBBBBB", data.shape[1], data.shape[0], bits, kind, 0, 0, 0)
    chunks = [(b"IHDR", head)]
    if per_metre:
        chunks.append((b"pHYs", struct.pack(">IIB", *per_metre, 1)))
    if palette is not None:
        chunks.append((b"PLTE", np.asarray(palette, "u1").tobytes()))
    if turned:
        exif = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 274, 3, 1, 8, 0, 0)
        chunks.append((b"eXIf", exif))
    chunks += [(b"IDAT", zlib.compress(raw)), (b"IEND", b"")]
    packed = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    ]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(packed))
    return path


def write_with_pillow(path, data, **options):
    """Write a picture, or with several of them an animation."""
    from PIL import Image

    frames = [Image.fromarray(frame) for frame in (data if isinstance(data, list) else [data])]
    frames[0].save(path, save_all=len(frames) > 1, append_images=frames[1:], **options)
    return path


def write_npy(path, data):
    """Write an array as NumPy does."""
    np.save(path, data)
    return path


def _pictures(folder):
    return [
        write_png(folder / "gray.png", GRAY.astype("u2") * 256),
        write_with_pillow(folder / "colors.jpg", RGB),
        write_with_pillow(folder / "film.gif", [RGB, RGB[::-1]]),
        write_with_pillow(folder / "gray.bmp", GRAY),
        write_with_pillow(folder / "colors.webp", RGB, lossless=True),
    ]


def _arrays(folder):
    cube = np.arange(2 * 3 * 4, dtype=">f8").reshape(2, 3, 4)
    fields = np.zeros(5, [("bias", "<f8"), ("counts", "<i4", (3,)), ("name", "U4")])
    return [
        write_npy(folder / "cube.npy", cube),
        write_npy(folder / "fortran.npy", np.asfortranarray(cube.astype("i2"))),
        write_npy(folder / "fields.npy", fields),
    ]


MADE = {"SciFiReaders.image": _pictures, "SciFiReaders.npy": _arrays}
GENUINE = {"SciFiReaders.image": ("png", "jpeg"), "SciFiReaders.npy": ("npy",)}
