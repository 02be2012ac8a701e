"""Block files of NanoMEGAS (``.blo``): a scan of diffraction patterns and a virtual image.

========== ========== ==============================================================
bytes      type       meaning
========== ========== ==============================================================
0          6 chars    ``IMGBLO``
6          u16        0x0102
8          u32        where the virtual image is: NY x NX, u8
12         u32        where the patterns are
16         u32        flags
20         u16        rows and columns of a pattern, DP
24, 26     u16        NX, NY: points to a line, lines
28         u16        rotation of the scan, degree / 100
30, 38     f64        steps along x, y, nm
46         u32        energy of the beam, V
50         u16        pixels of the detector per cm, times 100
52         u32        camera length, cm / 100
56         f64        time, days since 1899-12-30
pattern    u16, u32   0x55AA, its number; then DP x DP, u8
========== ========== ==============================================================

Source: public descriptions of the block file format; decoded from a file of the
RosettaSciIO collection.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.values import number
from sidpy.errors import UnrecognisedFile

from .pixelated import Frames, label_frames

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["FRAME_HEADER", "HEADER", "MAGIC", "read_blo"]

FORMAT: Final = "nanomegas.blo"
MAGIC: Final = b"IMGBLO"
#: Fields after the magic, as `struct` writes them.
HEADER: Final = "HIIIHHHHHddIHId"
FRAME_HEADER: Final = 6
_EPOCH: Final = datetime(1899, 12, 30)


def read_blo(path: str | PathLike[str]) -> list[Dataset]:
    """Read a block file.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        The patterns, [y, x, v, u], then the virtual image, [y, x].  Lazy.

    Raises
    ------
    UnrecognisedFile
        When it does not begin with IMGBLO.
    CorruptFile
        When its sizes do not fit the file.

    Warns
    -----
    SidpyWarning
        When the scan stopped early.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size < len(MAGIC) or cursor.take(len(MAGIC)) != MAGIC:
            msg = "not a block file: it does not begin with IMGBLO"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        frames, image_place = _frames(cursor, path)
    found = [label_frames(frames, title="patterns", source="SciFiReaders.nanomegas_blo")]
    image = _virtual(frames, image_place)
    return [*found, image] if image is not None else found


def _frames(cursor: Cursor, path: str | PathLike[str]) -> tuple[Frames, int]:
    names = (
        *("magic", "virtual image", "patterns", "flags", "DP", "DP rotation", "NX", "NY"),
        *("scan rotation", "SX", "SY", "beam energy", "SDP", "camera length", "time"),
    )
    known = dict(zip(names, cursor.unpack(HEADER), strict=True))
    size, columns, rows = known["DP"], known["NX"], known["NY"]
    if not size or not columns or not rows:
        msg = f"patterns of {size} pixels in a scan of {rows} x {columns} cannot be"
        raise cursor.corrupt(msg, offset=20)
    stride = FRAME_HEADER + size * size
    count = min((cursor.size - known["patterns"]) // stride, rows * columns)
    if count < 1:
        msg = f"not one pattern of {size} x {size} pixels is there; the file is cut short"
        raise cursor.corrupt(msg, offset=known["patterns"])
    steps = [number(known[key]) for key in ("SY", "SX")]
    per_cm = known["SDP"] / 100
    experiment: dict[str, Any] = {
        "acceleration_voltage": float(known["beam energy"]),
        "camera_length": known["camera length"] / 100 / 100,
        "scan_rotation": known["scan rotation"] / 100,
        "start_date_time": _date(known["time"]),
    }
    frames = Frames(
        path=path,
        dtype=np.dtype("u1"),
        count=count,
        rows=size,
        columns=size,
        offset=known["patterns"] + FRAME_HEADER,
        stride=stride,
        row_stride=size,
        scan=(rows, columns),
        steps=(steps[0], steps[1]) if steps[0] and steps[1] else None,
        pixel=(1 / per_cm, "cm") if per_cm else None,
        experiment={key: value for key, value in experiment.items() if value},
        original={key: value for key, value in known.items() if number(value) is not None},
    )
    return frames, known["virtual image"]


def _date(days: float) -> str | None:
    if not math.isfinite(days) or not 0 < days < 1e6:
        return None
    return (_EPOCH + timedelta(days=days)).isoformat(timespec="seconds")


def _virtual(frames: Frames, place: int) -> Dataset | None:
    """Return the virtual image where it lies between header and patterns."""
    from sidpy import FileArray

    rows, columns = frames.scan or (0, 0)
    if not 0 < place <= frames.offset - FRAME_HEADER - rows * columns:
        return None
    steps = frames.steps or (1.0, 1.0)
    units = "nm" if frames.steps else ""
    axes = tuple(
        Axis(name, np.arange(size) * step, units, "distance" if units else "generic", "SPATIAL")
        for name, size, step in zip("yx", (rows, columns), steps, strict=True)
    )
    return dataset(
        lazy(FileArray(frames.path, "u1", (rows, columns), place)),
        axes,
        title="virtual image",
        data_type="IMAGE",
        quantity="intensity",
        source="SciFiReaders.nanomegas_blo",
        metadata={"experiment": frames.experiment},
        original_metadata=frames.original,
    )
