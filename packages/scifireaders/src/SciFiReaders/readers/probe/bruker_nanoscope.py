r"""Bruker (Veeco, Digital Instruments) Nanoscope files as Datasets.

============= ============ ============================================================
bytes         type         meaning
============= ============ ============================================================
0             text         the header, see `nanoscope_header`
Data offset   i16 or i32   little-endian counts of one channel: images row by row, the
                           bottom row first; force curves approach, then retract; force
                           volumes curve after curve, pixels as in images
============= ============ ============================================================

Used per channel: ``Data offset``, ``Data length``, ``Samps/line``, ``Number of lines``,
``Scan size``, ``Aspect ratio``, ``Image Data``, ``Z scale``, ``Line direction``.

A count of an image is hard value / 2^bits, one of a curve is the hard scale in brackets,
each times the soft scale.  From version 9.2 counts have 4 bytes whatever ``Bytes/pixel``
says: the length of the data decides.  A hard scale that spans its hard value with 2^16
steps is one of 2-byte counts.  Both halves of a curve begin where they touch.

Source: see `nanoscope_header`; 4-byte counts: github.com/pycroscopy/pycroscopy/issues/204.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import Axis, dataset
from SciFiReaders.readers.released import ReleasedReader
from SciFiReaders.strided import StridedArray
from SciFiReaders.values import moment, number, typed
from sidpy._warnings import warn
from sidpy.base.units import conversion_factor
from sidpy.errors import SidpyWarning, UnrecognisedFile, UnsupportedFile

from .calibrated import calibrated, frame, known
from .nanoscope_header import Section, length, parse_sections, soft_scaled, value

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["BrukerAFMReader", "Channel", "Nanoscope", "parse_nanoscope", "read_nanoscope"]

FORMAT: Final = "bruker.nanoscope"

# --- layout ---------------------------------------------------------------------------

BEGINNINGS: Final = (b"\\*File list", b"\\*Force file list", b"\\*EC File list")
HEADER_END: Final = b"\\*File list end"
LONGEST_HEADER: Final = 1 << 21
#: Version whose counts have 4 bytes whatever the header says.
WIDE_SINCE: Final = 0x09200000
IMAGE: Final = "ciao image list"
CURVES: Final = "ciao force image list"
#: Parts of a curve, in their order.
HALVES: Final = ("Approach", "Retract")
#: Words for the height that was measured while a curve was taken.
SENSORS: Final = ("Height Sensor", "Z Sensor")
MOMENTS: Final = ("%I:%M:%S %p %a %b %d %Y",)

# --- parse ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Channel:
    """Where the counts of a channel are, and what they stand for."""

    facts: Section
    name: str
    offset: int
    shape: tuple[int, ...]
    """Rows, columns; or rows, columns, points; or points."""
    points: tuple[int, ...]
    """Length of each half of a curve; none for images."""
    dtype: np.dtype
    factor: float
    units: str


@dataclass(frozen=True, slots=True)
class Nanoscope:
    """What a file holds, its numbers left in the file."""

    path: str | PathLike[str]
    sections: list[Section]
    channels: tuple[Channel, ...]

    def first(self, key: str, *names: str) -> str:
        """Return a parameter of the first section that has it; of those named, if any."""
        return next(
            (s.text(key) for s in self.sections if s.text(key) and (not names or s.name in names)),
            "",
        )


def parse_nanoscope(path: str | PathLike[str]) -> Nanoscope:
    """Read everything of a file but its numbers.

    Raises
    ------
    UnrecognisedFile
        When the file does not begin as one of Nanoscope does.
    UnsupportedFile
        For files of version 4.2 and older, whose channels are not described alike.
    CorruptFile
        When the header has no end or names numbers that are not in the file.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        sections = parse_sections(_header(cursor))
        found = [s for s in sections if s.name in {IMAGE, CURVES}]
        if not found:
            version = next((s.text("version") for s in sections if s.text("version")), "unknown")
            msg = f"version {version} without channels of the kind 'Ciao' is not supported"
            raise UnsupportedFile(msg, path=path, format=FORMAT)
        channels = []
        for section in found:
            make = _image if section.name == IMAGE else _curves
            channels.append(make(cursor, sections, section))
    return Nanoscope(path, sections, tuple(channels))


def _header(cursor: Cursor) -> bytes:
    head = cursor.take(min(cursor.size, 32))
    if not head.startswith(BEGINNINGS):
        msg = "not a Nanoscope file: it does not begin with a file list"
        raise UnrecognisedFile(msg, path=cursor.path, format=FORMAT, offset=0)
    cursor.position = 0
    raw = cursor.take(min(cursor.size, LONGEST_HEADER))
    end = raw.find(HEADER_END)
    if end < 0:
        msg = f"the header has no end ({HEADER_END.decode()})"
        raise cursor.corrupt(msg)
    return raw[:end]


def _block(cursor: Cursor, section: Section) -> tuple[int, int]:
    """Return where the counts of a channel are, in bytes."""
    found = [typed(section.text(key)) for key in ("data offset", "data length")]
    for key, count in zip(("Data offset", "Data length"), found, strict=True):
        if not isinstance(count, int) or count <= 0:
            msg = f"{key} of a channel should be a positive number, found {count!r}"
            raise cursor.corrupt(msg, offset=0)
    offset, size = found
    cursor.position = offset
    cursor.skip(size, f"channel {section.choice('image data')!r}")
    return offset, size


def _wide(cursor: Cursor, size: int, numbers: int) -> np.dtype:
    """Return the type of counts that fill a block."""
    for width in (2, 4):
        if numbers and size == width * numbers:
            return np.dtype(f"<i{width}")
    msg = f"{numbers} numbers should take 2 or 4 bytes each, but {size} bytes are announced"
    raise cursor.corrupt(msg)


def _image(cursor: Cursor, sections: list[Section], section: Section) -> Channel:
    offset, size = _block(cursor, section)
    columns, rows = section.integers("samps/line")[:1], section.integers("number of lines")[:1]
    if not columns or not rows:
        msg = "Samps/line and Number of lines of an image should be positive numbers"
        raise cursor.corrupt(msg, offset=0)
    shape = (rows[0], columns[0])
    if size not in {2 * math.prod(shape), 4 * math.prod(shape)}:
        shape = _complete(cursor, sections, shape, size)
    dtype = _wide(cursor, size, math.prod(shape))
    factor, units = _factor(sections, section, dtype, per_step=False)
    name = section.choice("image data")
    return Channel(section, name, offset, shape, (), dtype, factor, units)


def _complete(
    cursor: Cursor, sections: list[Section], shape: tuple[int, int], size: int
) -> tuple[int, int]:
    """Return the shape of an image that was stopped: the lines that are there."""
    rows, columns = shape
    for width in _widths(sections):
        lines, rest = divmod(size, columns * width)
        if not rest and 0 < lines < rows:
            message = f"{str(cursor.path)!r}: {lines} of the {rows} lines of an image are there"
            warn(message, SidpyWarning)
            return lines, columns
    return shape


def _curves(cursor: Cursor, sections: list[Section], section: Section) -> Channel:
    offset, size = _block(cursor, section)
    points = section.integers("samps/line")
    lists = [s for s in sections if s.name == "ciao force list"]
    points = points or next((p for s in lists if (p := s.integers("samps/line"))), [])
    points = points[:2] * 2 if len(points) == 1 else points[:2]
    total = sum(points)
    if not total:
        msg = "Samps/line of a force curve should be positive numbers"
        raise cursor.corrupt(msg, offset=0)
    grid = _grid(sections, lists, size, total)
    dtype = _wide(cursor, size, math.prod(grid) * total)
    factor, units = _factor(sections, section, dtype, per_step=True)
    name = section.choice("image data")
    return Channel(section, name, offset, (*grid, total), tuple(points), dtype, factor, units)


def _grid(sections: list[Section], lists: list[Section], size: int, total: int) -> tuple[int, ...]:
    """Return rows and columns of a force volume; nothing for a curve."""
    if size in {2 * total, 4 * total}:
        return ()
    for image in (s for s in sections if s.name == IMAGE):
        columns, rows = image.integers("samps/line")[:1], image.integers("number of lines")[:1]
        pixels = columns[0] * rows[0] if columns and rows else 0
        if size in {2 * total * pixels, 4 * total * pixels}:
            return rows[0], columns[0]
    line = next((n[0] for s in lists if (n := s.integers("force/line"))), 0)
    for width in _widths(sections):
        if line and size % (width * total * line) == 0:
            return size // (width * total * line), line
    return ()


def _widths(sections: list[Section]) -> tuple[int, ...]:
    """Return the bytes a count may have, the likelier first."""
    version = next((s.text("version") for s in sections if s.text("version")), "")
    try:
        is_new = int(version, 16) >= WIDE_SINCE
    except ValueError:
        is_new = False
    own = [n[0] for s in sections if s.name == CURVES and (n := s.integers("bytes/pixel"))]
    return (4, 2) if is_new or own[:1] == [4] else (2, 4)


def _factor(
    sections: list[Section], section: Section, dtype: np.dtype, *, per_step: bool
) -> tuple[float, str]:
    """Return what one count stands for, and its units; 1 and none where it is not said."""
    scale = value(section.text("z scale"))
    if scale is None:
        return 1.0, ""
    steps = 256.0**dtype.itemsize
    hard, step, units = scale.hard, scale.step, scale.units
    if (per_step or hard is None) and step is not None:
        if dtype.itemsize == 4 and step * 65536 >= abs(hard or 0) * 0.999:
            step /= 65536
        one, units = step, scale.step_units
    elif hard is not None:
        one = hard / steps
    else:
        return 1.0, ""
    factor, units = soft_scaled(sections, scale, units)
    return one * factor, units


# --- label ----------------------------------------------------------------------------


def read_nanoscope(path: str | PathLike[str]) -> list[Dataset]:
    """Read a file: an image [y, x] per channel, both halves of force curves one by one.

    Force volumes and captures of peak force are [y, x, ramp].  A curve lies along the
    height that was measured with it, or along the ramp.  Values have the units of the soft
    scales; the spring constant is in ``metadata["experiment"]``.

    Raises
    ------
    UnrecognisedFile, UnsupportedFile, CorruptFile
        See `parse_nanoscope`.
    """
    return _labelled(parse_nanoscope(path), every=True)


def read_signal(path: str | PathLike[str]) -> list[Dataset]:
    """Read what the class of earlier releases returned: of force curves the first channel."""
    return _labelled(parse_nanoscope(path), every=False)


class BrukerAFMReader(ReleasedReader):
    """Bruker Nanoscope files.

    Parameters
    ----------
    file_path : str or path-like
        The file.
    """

    function = "SciFiReaders.readers.probe.bruker_nanoscope:read_signal"
    container = "list"
    spec = "SciFiReaders.bruker_nanoscope"

    def read(self, verbose: bool = False, parm_encoding: str = "utf-8") -> list[Dataset]:  # noqa: ARG002, FBT001, FBT002 - the released package's signature
        """Read the file.

        Parameters
        ----------
        verbose : bool
            Log what is found at level INFO.
        parm_encoding : str
            Not needed: the header decides.

        Returns
        -------
        list of Dataset
            Every image, or the approach and the retract of the first channel.
        """
        self._verbose = self._verbose or verbose
        return super().read()


def _labelled(file: Nanoscope, *, every: bool) -> list[Dataset]:
    curves = [c for c in file.channels if c.points and c.name not in SENSORS]
    found: list[Dataset] = []
    for channel in file.channels:
        if not channel.points:
            found.append(_image_dataset(file, channel))
        elif every or channel is (curves or file.channels)[0]:
            found += _halves(file, channel)
    return found


def _image_dataset(file: Nanoscope, channel: Channel) -> Dataset:
    rows, columns = channel.shape
    width = channel.dtype.itemsize
    # the bottom row is stored first
    source = StridedArray(
        file.path,
        channel.dtype,
        channel.shape,
        channel.offset + (rows - 1) * columns * width,
        (-columns * width, width),
    )
    direction = channel.facts.text("line direction")
    return dataset(
        calibrated(source, channel.factor),
        _axes(file, channel),
        title=f"{channel.name} ({direction})" if direction else channel.name,
        data_type="IMAGE",
        **_labels(file, channel, direction),
    )


def _halves(file: Nanoscope, channel: Channel) -> list[Dataset]:
    found, begin, width = [], 0, channel.dtype.itemsize
    axes = _axes(file, channel) if len(channel.shape) == 3 else ()
    for name, points in zip(HALVES, channel.points, strict=True):
        ramp = _along(file, channel, begin, points)
        if points:
            found.append(
                dataset(
                    calibrated(_counts(file, channel, begin, points), channel.factor),
                    (*axes, ramp),
                    title=f"{channel.name} ({name})",
                    data_type="SPECTRAL_IMAGE" if axes else "SPECTRUM",
                    **_labels(file, channel, name),
                )
            )
        begin += points * width
    return found


def _counts(file: Nanoscope, channel: Channel, begin: int, points: int) -> StridedArray:
    """Return the counts of one half, images of curves with the top row first."""
    width = channel.dtype.itemsize
    curve = channel.shape[-1] * width
    if len(channel.shape) == 1:
        return StridedArray(file.path, channel.dtype, (points,), channel.offset + begin, (width,))
    rows, columns, _ = channel.shape
    line = columns * curve
    place = channel.offset + (rows - 1) * line + begin
    return StridedArray(
        file.path, channel.dtype, (rows, columns, points), place, (-line, curve, width)
    )


def _along(file: Nanoscope, channel: Channel, begin: int, points: int) -> Axis:
    """Return the height measured with a curve, else the ramp, else the number of the point."""
    sensor = next((c for c in file.channels if c.points and c.name in SENSORS), None)
    if (
        sensor is not None
        and sensor is not channel
        and len(channel.shape) == 1
        and sensor.shape == channel.shape
        and sensor.points == channel.points
        and points
    ):
        place = begin // channel.dtype.itemsize * sensor.dtype.itemsize
        heights = _counts(file, sensor, place, points)[...] * sensor.factor
        return Axis("z", heights, sensor.units, sensor.name, "SPECTRAL")
    for section in (channel.facts, *file.sections):
        key = next((key for key in section.lowered if key.startswith("ramp size")), "")
        ramp = value(section.text(key))
        if ramp is not None and ramp.hard:
            factor, units = soft_scaled(file.sections, ramp, ramp.units)
            step = ramp.hard * factor / points if points else 0.0
            return Axis("z", np.arange(points) * step, units, "Ramp", "SPECTRAL")
    return Axis("point", np.arange(points), "", "point", "SPECTRAL")


def _axes(file: Nanoscope, channel: Channel) -> tuple[Axis, Axis]:
    """Return the axes of a scan, its middle where the scanner was."""
    size, units = _size(file, channel)
    centre = []
    for key in ("y offset", "x offset"):
        numbers, own = length(file.first(key, "ciao scan list"))
        factor = conversion_factor(own, units) if numbers and own and units else None
        centre.append(numbers[0] * factor if factor else 0.0)
    return frame(channel.shape, size, units, centre=(centre[0], centre[1]))


def _size(file: Nanoscope, channel: Channel) -> tuple[tuple[float | None, float | None], str]:
    """Return height and width of a scan: both as given, or one and the aspect ratio."""
    # the image list of a force volume knows the scan, its curves may not
    own = channel.facts.text("scan size") or file.first("scan size", IMAGE)
    numbers, units = length(own or file.first("scan size", "ciao scan list"))
    if not numbers or not units or numbers[0] <= 0:
        return (None, None), ""
    lines = channel.facts.integers("number of lines")[:1] or [channel.shape[0]]
    share = channel.shape[0] / max(lines[0], 1)
    if len(numbers) > 1:
        return (numbers[1] * share, numbers[0]), units
    aspect = channel.facts.text("aspect ratio") or file.first("aspect ratio", "ciao scan list")
    wide, _, high = aspect.partition(":")
    ratio = (number(high) or 1.0) / (number(wide) or 1.0)
    return (numbers[0] * abs(ratio) * share, numbers[0]), units


def _labels(file: Nanoscope, channel: Channel, direction: str) -> dict[str, Any]:
    others = {
        section.name: section.typed()
        for section in reversed(file.sections)
        if section.name not in {IMAGE, CURVES}
    }
    return {
        "units": channel.units,
        "quantity": channel.name,
        "source": "SciFiReaders.BrukerAFMReader",
        "metadata": _metadata(file, channel, direction),
        "original_metadata": {**channel.facts.typed(), **others},
    }


def _metadata(file: Nanoscope, channel: Channel, direction: str) -> dict[str, Any]:
    experiment = {
        "start_date_time": moment(file.first("date"), *MOMENTS),
        "instrument": file.first("description", "equipment list") or "Nanoscope",
        "mode": file.first("operating mode") or file.first("microscope list"),
        "tip": file.first("tip serial number") or file.first("tip"),
        "spring_constant": number(channel.facts.text("spring constant"))
        or number(file.first("spring constant")),
        "version": file.first("version"),
        "comment": file.first("note"),
    }
    numbers, _ = length(file.first("scan rate"))
    angle, _ = length(file.first("rotate ang.") or file.first("rotate ang"))
    scan = {
        "direction": direction.lower(),
        "line_rate": numbers[0] if numbers else None,
        "angle": angle[0] if angle else None,
        "frame_direction": channel.facts.text("frame direction").lower(),
    }
    return {"experiment": known(experiment), "scan": known(scan)}
