"""Files that no reader of another format may claim.

They are made here, small, by what any computer has: pictures, archives, tables, HDF5
without any layout, noise.  Empty and missing files are refused by the host itself.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import struct
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["foreign_files"]


def foreign_files(folder: Path, extension: str = ".data") -> list[Path]:
    """Write one file of each kind into a folder.

    Parameters
    ----------
    folder : Path
        Where; it must exist.
    extension : str
        What the names end with, so that a reader can be tempted by its own extension.

    Returns
    -------
    list of Path
        The files; each stem says what is inside.
    """
    paths = []
    for kind, make in _KINDS.items():
        path = Path(folder) / f"{kind}{extension}"
        path.write_bytes(make())
        paths.append(path)
    hdf5 = Path(folder) / f"hdf5-without-layout{extension}"
    _write_hdf5(hdf5)
    return [*paths, hdf5]


def _noise() -> bytes:
    return random.Random(7).randbytes(70_000)


def _text() -> bytes:
    return ("The quick brown fox jumps over the lazy dog.\n" * 40).encode()


def _table() -> bytes:
    rows = [f"{i},{i * i},{i / 7:.6f}" for i in range(200)]
    return "\n".join(["index,square,seventh", *rows]).encode()


def _png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 4, 4, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(4) for _ in range(4)))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )


def _tiff() -> bytes:
    tags = [(256, 4, 1, 4), (257, 4, 1, 4), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
            (273, 4, 1, 128), (278, 4, 1, 4), (279, 4, 1, 16)]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    return (b"II*\0" + struct.pack("<I", 8) + directory).ljust(128, b"\0") + bytes(range(16))


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("readme.txt", "nothing of interest")
    return buffer.getvalue()


def _npy() -> bytes:
    import numpy as np

    buffer = io.BytesIO()
    np.save(buffer, np.arange(12.0))
    return buffer.getvalue()


def _write_hdf5(path: Path) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        file["something/else"] = [1, 2, 3]


_KINDS: dict[str, Callable[[], bytes]] = {
    "one-byte": lambda: b"\0",
    "zeros": lambda: bytes(5000),
    "noise": _noise,
    "text": _text,
    "table": _table,
    "json": lambda: json.dumps({"rows": 3, "columns": 4, "data": [1] * 12}).encode(),
    "xml": lambda: b'<?xml version="1.0"?>\n<scan><rows>3</rows></scan>\n',
    "png": _png,
    "jpeg": lambda: b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01" + bytes(600) + b"\xff\xd9",
    "tiff": _tiff,
    "zip": _zip,
    "gzip": lambda: gzip.compress(b"compressed " * 100, mtime=0),
    "npy": _npy,
    "pdf": lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(300) + b"%%EOF\n",
    "program": lambda: b"\x7fELF\x02\x01\x01" + bytes(500),
}
