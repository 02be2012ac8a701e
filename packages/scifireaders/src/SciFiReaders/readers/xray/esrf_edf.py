"""ESRF data format (``.edf``): images of beamline detectors behind headers in text.

=========== =========================================================================
header      ``{`` to ``}``, a multiple of 512 bytes or `EDF_HeaderSize`: ``key = value ;``
`ByteOrder` LowByteFirst or HighByteFirst
`DataType`  UnsignedShort, FloatValue, ...: see `TYPES`
`Dim_1`     columns; `Dim_2` rows, `Dim_3` planes
`Size`      bytes of the numbers that follow; also `EDF_BinarySize`
=========== =========================================================================

Header and numbers repeat for each frame; the first header may be for all and have none.
Frames of one type and shape make one array.  Rows are as stored: which side of the
detector the first one is depends on the beamline, whose `RasterOrientation` is kept.
Pixel sizes are `PSize_1` and `PSize_2` in metres.

Source: ESRF, "ESRF data format" (SaxsKeywords, P. Boesecke).
Not yet understood: compressed frames; they are refused.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy, pixel_centres
from SciFiReaders.strided import StridedArray
from SciFiReaders.text import decode
from SciFiReaders.values import number, typed
from sidpy._warnings import warn
from sidpy.errors import ReaderError, UnrecognisedFile, UnsupportedFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from sidpy import Dataset

__all__ = ["TYPES", "read_edf", "sniff"]

FORMAT: Final = "esrf.edf"
#: Type of the numbers by name; a long has four bytes.
TYPES: Final = {
    "signedbyte": "i1",
    "unsignedbyte": "u1",
    "signedshort": "i2",
    "unsignedshort": "u2",
    "signedinteger": "i4",
    "unsignedinteger": "u4",
    "signedlong": "i4",
    "unsignedlong": "u4",
    "signed64": "i8",
    "unsigned64": "u8",
    "signedlong64": "i8",
    "unsignedlong64": "u8",
    "float": "f4",
    "floatvalue": "f4",
    "real": "f4",
    "double": "f8",
    "doublevalue": "f8",
}
_BLOCK: Final = 512
_LONGEST: Final = 1 << 20
_MOST_FRAMES: Final = 1 << 17
_PAIR: Final = re.compile(r"([^=;{}]+?)\s*=\s*([^;]*);")


@dataclass(frozen=True)
class Frame:
    """One frame: what is said of it and where its numbers are."""

    words: dict[str, Any]
    dtype: str
    shape: tuple[int, ...]
    place: int


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether a header in braces gives a type and sizes."""
    head = probe.head.lstrip()[:8192]
    found = head.startswith(b"{") and b"Dim_1" in head and b"DataType" in head
    return (1.0, "a header with DataType and Dim_1") if found else (0.0, "no such header")


# --- parse ------------------------------------------------------------------------------


def _header(cursor: Cursor) -> dict[str, Any]:
    """Read a header, and leave the cursor where its numbers begin."""
    start = cursor.position
    raw = b""
    while b"}" not in raw:
        if not cursor.left or len(raw) > _LONGEST:
            msg = "a header has no end"
            raise cursor.corrupt(msg, offset=start)
        raw += cursor.take(min(8 * _BLOCK, cursor.left))
    end = raw.index(b"}") + 1
    end += raw[end : end + 2].startswith(b"\r\n") + 1
    pairs = _PAIR.findall(decode(raw[:end]))
    words = {key.strip(): typed(value.strip().strip('"')) for key, value in pairs}
    told = number(words.get("EDF_HeaderSize"))
    size = int(told) if told and end <= told < _LONGEST else -(-end // _BLOCK) * _BLOCK
    # writers that do not fill the block up: the numbers begin behind the brace
    cursor.position = start + (size if start + size <= cursor.size else end)
    return words


def _frames(cursor: Cursor) -> Iterator[Frame]:
    common: dict[str, Any] = {}
    for _ in range(_MOST_FRAMES):
        start = cursor.position
        if cursor.left <= 2:
            return
        if not cursor.take(min(cursor.left, 64)).lstrip().startswith(b"{"):
            if not start:
                msg = "not a file of this format: no header in braces begins it"
                raise UnrecognisedFile(msg, path=cursor.path, format=FORMAT, offset=start)
            return
        cursor.position = start
        words = {**common, **_header(cursor)}
        if "Dim_1" in words:
            yield _frame(cursor, words)
        else:
            common = words  # of all frames, without numbers


def _frame(cursor: Cursor, words: dict[str, Any]) -> Frame:
    """Return a frame, and go behind its numbers."""
    kind = TYPES.get(str(words.get("DataType", "")).lower())
    if kind is None:
        msg = f"numbers of the type {words.get('DataType')!r}; known are {sorted(TYPES)}"
        raise UnsupportedFile(msg, path=cursor.path, format=FORMAT, offset=cursor.position)
    packing = str(words.get("Compression", "none")).lower()
    if packing not in ("none", "nocompression", "uncompressed"):
        msg = f"frames compressed by {packing!r}"
        raise UnsupportedFile(msg, path=cursor.path, format=FORMAT, offset=cursor.position)
    sizes = [number(words[key]) for key in ("Dim_3", "Dim_2", "Dim_1") if key in words]
    if None in sizes or min(size or 0 for size in sizes) < 1:
        msg = f"a frame of the size {sizes} cannot be"
        raise cursor.corrupt(msg)
    shape = tuple(int(size or 0) for size in sizes)
    shape = shape[1:] if len(shape) == 3 and shape[0] == 1 else shape
    order = ">" if str(words.get("ByteOrder", "")).lower().startswith("high") else "<"
    needed = math.prod(shape) * np.dtype(kind).itemsize
    told = number(words.get("EDF_BinarySize") or words.get("Size")) or 0
    if needed > cursor.left:
        msg = f"a frame of shape {shape} takes {needed} bytes, of which {cursor.left} are there"
        raise cursor.corrupt(msg)
    place = cursor.position
    cursor.position = min(place + max(needed, int(told)), cursor.size)
    return Frame(words, order + kind, shape, place)


def read_edf(path: str | PathLike[str]) -> list[Dataset]:
    """Read the frames of a file.

    Parameters
    ----------
    path : path-like
        The ``.edf`` file.

    Returns
    -------
    list of Dataset
        One, [y, x] or [frame, y, x], where all frames are of one kind, else one each; lazy.

    Raises
    ------
    UnrecognisedFile
        When no header in braces begins it.
    CorruptFile, UnsupportedFile
        When its first frame is damaged, compressed or of an unknown type.

    Warns
    -----
    SidpyWarning
        When a later frame is damaged: those before it are returned.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        found: list[Frame] = []
        try:
            found.extend(_frames(cursor))
        except ReaderError as error:
            if not found:
                raise
            warn(f"{path}: {len(found)} frames are read; {error.message}")
    if not found:
        msg_0 = "it holds no frame"
        raise cursor.corrupt(msg_0, offset=0)
    return _label(path, found)


# --- label ------------------------------------------------------------------------------


def _label(path: str | PathLike[str], frames: list[Frame]) -> list[Dataset]:
    alike = {(frame.dtype, frame.shape) for frame in frames}
    if len(alike) > 1:
        return [_dataset(path, [frame], f" {i}") for i, frame in enumerate(frames)]
    return [_dataset(path, frames, "")]


def _dataset(path: str | PathLike[str], frames: list[Frame], which: str) -> Dataset:
    import dask.array as da

    first = frames[0]
    arrays = [_numbers(path, frame) for frame in frames]
    array, axes = lazy(arrays[0]), _axes(first)
    if len(frames) > 1:
        steps = np.diff([frame.place for frame in frames])
        if (steps == steps[0]).all():
            array = lazy(_numbers(path, first, len(frames), int(steps[0])))
        else:
            array = da.stack([lazy(part) for part in arrays])
        axes = (Axis("frame", np.arange(len(frames)), "", "frame", "TEMPORAL"), *axes)
    kinds = {1: "SPECTRUM", 2: "IMAGE", 3: "IMAGE_STACK"}
    words = first.words
    title = str(words.get("Title") or words.get("title") or Path(path).stem)
    return dataset(
        array,
        axes,
        title=f"{title}{which}",
        data_type=kinds.get(len(axes), "UNKNOWN"),
        quantity="intensity",
        source="SciFiReaders.esrf_edf",
        metadata={"experiment": _experiment(words)},
        original_metadata=words if len(frames) == 1 else {"frames": [f.words for f in frames]},
    )


def _numbers(
    path: str | PathLike[str], frame: Frame, count: int = 0, step: int = 0
) -> StridedArray:
    strides = [np.dtype(frame.dtype).itemsize]
    for size in frame.shape[:0:-1]:
        strides.insert(0, strides[0] * size)
    shape = (count, *frame.shape) if count else frame.shape
    return StridedArray(path, frame.dtype, shape, frame.place, (step, *strides)[-len(shape) :])


def _axes(frame: Frame) -> tuple[Axis, ...]:
    names = {1: ("x",), 2: ("y", "x"), 3: ("z", "y", "x")}[len(frame.shape)]
    axes = []
    for name, size in zip(names, frame.shape, strict=True):
        step = number(frame.words.get({"x": "PSize_1", "y": "PSize_2"}.get(name, "")))
        known = step is not None and step > 0
        places = pixel_centres(size, (step or 1.0) * size) if known else np.arange(size)
        quantity = "Length" if known else name
        axes.append(Axis(name, places, "m" if known else "", quantity, "SPATIAL"))
    return tuple(axes)


#: Key, words for it.
_NUMBERS: Final = (
    ("exposure_time", ("ExposureTime", "exposure_time", "count_time")),
    ("wavelength", ("WaveLength",)),
    ("camera_length", ("SampleDistance",)),
)


def _experiment(words: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, names in _NUMBERS:
        value = next((number(words[name]) for name in names if name in words), None)
        if value is not None:
            found[key] = value
    time = words.get("time_of_day") or words.get("Time") or words.get("Date")
    if time:
        found["start_date_time"] = str(time)
    return found
