"""Princeton Instruments (``.spe``): the files of WinSpec (2.x) and LightField (3.x).

Both begin with a header of 4100 bytes, little-endian:

========== ========== ==============================================================
bytes      type       meaning
========== ========== ==============================================================
42, 656    u16        columns and rows of a frame
108        i16        type of a pixel, see `TYPES`
678        u64        3.x: where the XML begins that describes everything
1446       i32        frames
1992       f32        version
2996       u32        0x01234567
4100                  the frames
========== ========== ==============================================================

What else the header of 2.x has is in `princeton_header`; the XML of 3.x is read in
`princeton_xml`.  Frames are returned as stored: [frame, y, channel], where y counts the
rows of a region; axes of one frame or one row are left out.

Sources: Teledyne Princeton Instruments, "SPE 3.0 File Format Specification" (4411-0140) and
the appendix "WinSpec data file structure" of the WinSpec 2.6 manual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.readers.released import ReleasedReader
from SciFiReaders.strided import StridedArray
from sidpy._warnings import warn
from sidpy.errors import SidpyWarning, UnrecognisedFile, UnsupportedFile

from .princeton_header import parse_header
from .princeton_xml import parse_footer
from .spectra import ascending, index_axis, spectra_type

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

    from .princeton_header import Region

__all__ = ["RamanSpeReader", "read_spe"]

FORMAT: Final = "princeton.spe"
HEADER_SIZE: Final = 4100
MAGIC: Final = 0x01234567
#: Type of a pixel by its code.
TYPES: Final = {0: "<f4", 1: "<i4", 2: "<i2", 3: "<u2", 5: "<f8", 6: "u1", 8: "<u4"}
_SOURCE: Final = "SciFiReaders.princeton_spe"


@dataclass(frozen=True)
class Frames:
    """Where the frames lie and what was known of them."""

    dtype: str
    count: int
    stride: int
    regions: tuple[Region, ...]
    experiment: dict[str, Any]
    per_frame: dict[str, Any]
    original: dict[str, Any]


def read_spe(path: str | PathLike[str]) -> list[Dataset]:
    """Read a file of WinSpec or LightField.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One for each region of interest, [frame, y, channel].  Lazy.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        When it is no such file, or damaged.
    UnsupportedFile
        When no source describes its pixels.

    Warns
    -----
    SidpyWarning
        When frames are missing at the end, or the XML of LightField.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        frames = _frames(cursor)
    return [_region(path, frames, i) for i in range(len(frames.regions))]


def _frames(cursor: Cursor) -> Frames:
    if cursor.size < HEADER_SIZE or _at(cursor, 2996, "I") != MAGIC:
        msg = "not a file of WinSpec or LightField: 0x01234567 is not at byte 2996"
        raise UnrecognisedFile(msg, path=cursor.path, format=FORMAT, offset=2996)
    code, version = _at(cursor, 108, "h"), _at(cursor, 1992, "f")
    columns, rows, count = (_at(cursor, *field) for field in ((42, "H"), (656, "H"), (1446, "i")))
    if code not in TYPES:
        msg = f"pixels of type {code}, which no source describes"
        raise UnsupportedFile(msg, path=cursor.path, format=FORMAT, offset=108)
    size = np.dtype(TYPES[code]).itemsize
    header, regions, experiment = parse_header(cursor, columns, rows, size)
    found = Frames(TYPES[code], count, columns * rows * size, regions, experiment, {}, header)
    if version >= 3:
        found = _described(cursor, found)
    return _complete(cursor, found)


def _at(cursor: Cursor, offset: int, layout: str) -> Any:
    cursor.position = offset
    return cursor.unpack(layout)[0]


def _described(cursor: Cursor, found: Frames) -> Frames:
    """Return what the XML of 3.x says about the frames, else what the header does."""
    place = _at(cursor, 678, "Q")
    if not HEADER_SIZE <= place < cursor.size:
        msg = (
            f"{cursor.path}: the XML that should begin at byte {place} is missing; the file is "
            "cut short, its frames are read without calibration"
        )
        warn(msg, SidpyWarning)
        return found
    footer = parse_footer(cursor, place, HEADER_SIZE)
    return Frames(
        footer.dtype, footer.count, footer.stride, footer.regions, footer.experiment,
        footer.per_frame, footer.original,
    )  # fmt: skip


def _complete(cursor: Cursor, found: Frames) -> Frames:
    """Return the frames that are there, with a warning where some are not."""
    if found.stride <= 0 or not found.regions:
        msg = "frames without pixels"
        raise cursor.corrupt(msg, offset=42)
    present = (cursor.size - HEADER_SIZE) // found.stride
    count = found.count if found.count > 0 else present
    if present < 1:
        msg = f"not one frame of {found.stride} bytes is there; the file is cut short"
        raise cursor.corrupt(msg, offset=HEADER_SIZE)
    if present < count:
        msg = f"{cursor.path}: {present} of {count} frames are there; the file is cut short"
        warn(msg, SidpyWarning)
    per_frame = {key: values[:present] for key, values in found.per_frame.items()}
    return Frames(
        found.dtype, min(count, present), found.stride, found.regions, found.experiment,
        per_frame, found.original,
    )  # fmt: skip


def _region(path: str | PathLike[str], frames: Frames, i: int) -> Dataset:
    region = frames.regions[i]
    size = np.dtype(frames.dtype).itemsize
    shape = (frames.count, region.rows, region.columns)
    strides = (frames.stride, region.columns * size, size)
    source = StridedArray(path, frames.dtype, shape, HEADER_SIZE + region.offset, strides)
    axes = [index_axis("frame", frames.count, "TEMPORAL")] if frames.count > 1 else []
    if region.rows > 1:
        axes.append(Axis("y", np.arange(region.rows), "", "row", "SPATIAL"))
    array = lazy(source).reshape(*(axis.values.size for axis in axes), region.columns)
    axis, array = ascending(region.axis, array)
    axes.append(axis)
    return dataset(
        array,
        tuple(axes),
        title=f"region {i + 1}" if len(frames.regions) > 1 else "spectrum",
        data_type=spectra_type(tuple(axes)),
        units="counts",
        quantity="intensity",
        source=_SOURCE,
        metadata={
            "experiment": {**frames.experiment, "region": region.on_sensor()},
            **({"frames": frames.per_frame} if frames.per_frame else {}),
        },
        original_metadata=frames.original,
    )


class RamanSpeReader(ReleasedReader):
    """Read a ``.spe`` file of Princeton Instruments, its first region of interest.

    Parameters
    ----------
    file_path : str or path-like
        The file.
    args, kwargs
        Taken and left, as in the released package.
    """

    function = "SciFiReaders.readers.spectroscopy.princeton_spe:read_spe"
    spec = _SOURCE
    container = "one"

    def __init__(self, file_path: str | PathLike[str], *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 - the released package's signature
        super().__init__(file_path)
