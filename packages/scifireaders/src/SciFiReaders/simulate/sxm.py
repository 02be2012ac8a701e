"""Nanonis scans made up: any number of channels, passes and scan directions.

The layout is that of `SciFiReaders.readers.probe.nanonis_sxm`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from SciFiReaders.readers.probe import nanonis_sxm as layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    import numpy.typing as npt

__all__ = ["sxm_header", "write_sxm"]

#: A channel: name, units, passes ("both", "forward" or "backward").
Channel = tuple[str, str, str]


def sxm_header(
    shape: tuple[int, int], channels: Sequence[Channel], header: Mapping[str, Any]
) -> bytes:
    """Return the header of scans of (lines, pixels), with the mark of its end."""
    keys = {
        "NANONIS_VERSION": "2",
        "SCANIT_TYPE": "FLOAT            MSBFIRST",
        "REC_DATE": " 01.02.2026",
        "REC_TIME": "03:04:05",
        "SCAN_PIXELS": f"{shape[1]:10d}{shape[0]:10d}",
        "SCAN_TIME": "1.0E+0  1.0E+0",
        "SCAN_RANGE": f"{shape[1] * 1e-9:.6E}  {shape[0] * 1e-9:.6E}",
        "SCAN_OFFSET": "0.0E+0  0.0E+0",
        "SCAN_ANGLE": "0.0E+0",
        "SCAN_DIR": "down",
        **header,
    }
    lines = [f":{key}:\n{value}\n" for key, value in keys.items() if value is not None]
    table = ["\tChannel\tName\tUnit\tDirection\tCalibration\tOffset"]
    table += [
        f"\t{i}\t{name}\t{units}\t{passes}\t1.000E+0\t0.000E+0"
        for i, (name, units, passes) in enumerate(channels)
    ]
    text = "".join(lines) + ":DATA_INFO:\n" + "\n".join(table) + "\n\n"
    return text.encode() + layout.HEADER_END + b"\n\n\n" + layout.DATA_MARK


def write_sxm(
    path: str | PathLike[str],
    images: Sequence[npt.ArrayLike] | None = None,
    *,
    channels: Sequence[Channel] = (("Z", "m", "both"),),
    shape: tuple[int, int] | None = None,
    dtype: str = ">f4",
    **header: Any,
) -> Path:
    """Write a scan.

    Parameters
    ----------
    path : path-like
        The file to write.
    images : sequence of array_like of shape (lines, pixels), optional
        Channel by channel, forward before backward, lines and pixels as they were scanned.
    channels : sequence of (name, units, passes)
        The table of the file.
    shape : tuple of int, optional
        Instead of images: a sparse file of zeros of this size, however large.
    dtype : str
        Type of the numbers; change ``SCANIT_TYPE`` with it.
    **header
        Values by their keys; None leaves a key out.
    """
    values = None if images is None else [np.asarray(image, dtype) for image in images]
    lines, pixels = shape if values is None else values[0].shape
    target = Path(path)
    with target.open("wb") as file:
        file.write(sxm_header((lines, pixels), channels, header))
        if values is None:
            passes = sum(len(layout.PASSES[which]) for _, _, which in channels)
            size = passes * lines * pixels * np.dtype(dtype).itemsize
            file.truncate(file.tell() + size)
        else:
            file.write(b"".join(value.tobytes() for value in values))
    return target
