"""MRC files made up: every mode, both byte orders, extended headers of FEI.

The layout is that of `SciFiReaders.readers.electron.mrc_header`.
"""

from __future__ import annotations

from pathlib import Path
from struct import pack_into
from typing import TYPE_CHECKING, Any

import numpy as np

from SciFiReaders.readers.electron.mrc_header import FEI, HEADER_SIZE, MODES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

__all__ = ["fei_entry", "mrc_header", "write_mrc"]

_SIZES = {"FEI1": 768, "FEI2": 888}


def fei_entry(values: Mapping[str, Any], *, kind: str = "FEI2", order: str = "<") -> bytes:
    """Return an entry of an extended header from values by their names in `FEI`."""
    entry = bytearray(_SIZES[kind])
    pack_into(order + "ii", entry, 0, len(entry), 2)
    for name, value in values.items():
        offset, code = FEI[name]
        raw = value.encode() if isinstance(value, str) else value
        pack_into(order + code, entry, offset, raw)
    return bytes(entry)


def mrc_header(  # noqa: PLR0913 - the fields of a header, by keyword only
    shape: tuple[int, int, int],
    mode: int,
    *,
    order: str = "<",
    cell: tuple[float, float, float] = (0.0, 0.0, 0.0),
    group: int = 0,
    extended: tuple[str, int] = ("", 0),
    imod_flags: int | None = None,
    stamp: bytes | None = None,
) -> bytes:
    """Return the header of (sections, rows, columns); `cell` in Angstrom along x, y, z."""
    header = bytearray(HEADER_SIZE)
    sizes = shape[::-1]
    pack_into(order + "4i", header, 0, *sizes, mode)
    pack_into(order + "3i3f", header, 28, *sizes, *cell)
    pack_into(order + "3i", header, 64, 1, 2, 3)
    pack_into(order + "2i", header, 88, group, extended[1])
    header[104 : 104 + len(extended[0])] = extended[0].encode()
    if imod_flags is not None:
        pack_into(order + "2i", header, 152, 1146047817, imod_flags)
    header[208:212] = b"MAP "
    header[212:214] = (b"\x44\x44" if order == "<" else b"\x11\x11") if stamp is None else stamp
    label = b"made up"
    pack_into(order + "i", header, 220, 1)
    header[224 : 224 + len(label)] = label
    return bytes(header)


def write_mrc(
    path: str | PathLike[str],
    data: np.ndarray | None = None,
    *,
    mode: int | None = None,
    shape: tuple[int, int, int] | None = None,
    order: str = "<",
    fei: Mapping[str, Any] | None = None,
    **header: Any,
) -> Path:
    """Write a file.

    Parameters
    ----------
    path : path-like
        The file to write.
    data : ndarray of shape (rows, columns) or (sections, rows, columns), optional
        Pixels; with mode 16 a last axis of three colours, with mode 101 numbers below 16.
    mode : int, optional
        By the type of the data when it is not given.
    shape : tuple of int, optional
        Instead of data: a sparse file of zeros of this size, however large.
    order : {"<", ">"}
        Byte order.
    fei : mapping, optional
        Values of an extended header.
    **header
        See `mrc_header`.
    """
    if mode is None:
        kinds = {np.dtype(kind): code for code, kind in MODES.items() if code not in (16, 101)}
        mode = 2 if data is None else kinds[data.dtype.newbyteorder("=")]
    if data is not None:
        colours = mode == 16
        shape = data.shape if data.ndim == 3 + colours else (1, *data.shape)
        shape = shape[:3]
    entry = fei_entry(fei, order=order) if fei else b""
    extended = ("FEI2", len(entry)) if fei else ("", 0)
    target = Path(path)
    with target.open("wb") as file:
        file.write(mrc_header(shape, mode, order=order, extended=extended, **header) + entry)
        if data is None:
            size = int(np.prod(shape)) * np.dtype(MODES[mode]).itemsize
            file.truncate(file.tell() + size)
        else:
            file.write(_pixels(data, mode, order))
    return target


def _pixels(data: np.ndarray, mode: int, order: str) -> bytes:
    if mode != 101:
        kind = data.dtype if mode == 0 else np.dtype(MODES[mode])
        return np.ascontiguousarray(data).astype(kind.newbyteorder(order)).tobytes()
    padded = np.concatenate([data, np.zeros((*data.shape[:-1], data.shape[-1] % 2), "u1")], -1)
    return (padded[..., ::2] | padded[..., 1::2] << 4).astype("u1").tobytes()
