"""Nanosurf files (``.nid``, ``.ezd``) as Datasets.

========== ============ ================================================================
bytes      type         meaning
========== ============ ================================================================
0          text         ``[Section]`` and ``Key=value`` lines, UTF-8 or the page of the
                        country
..         ``#!``       end of the text
..         integers     channel after channel, in the order in which ``[DataSet]`` names
                        them: line after line, the lowest line of an image first
========== ============ ================================================================

``[DataSet]``: ``GroupCount``, per group ``Gr0-Name`` and ``Gr0-Ch1=DataSet-0:1``, the name of
the section of a channel.  There: ``Points``, ``Lines``, ``Frame``, for each of ``Dim0`` (x),
``Dim1`` (y) and ``Dim2`` (the value) ``Name``, ``Unit``, ``Range`` and ``Min``, ``SaveBits``
(8, 16, 32), ``SaveSign``, ``SaveOrder`` (``Intel`` is little-endian).

A value is (count / 2^bits + 1/2) * range + min, without the half for unsigned counts.  The
points of a curve run from the least to the largest value of ``Dim0``; pixels of an image fill
the range.

Source: Nanosurf AG, NSFopen (MIT), description of the files; the formula as in the manual
"Nanosurf NID file format".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import Axis, dataset
from SciFiReaders.strided import StridedArray
from SciFiReaders.text import decode
from SciFiReaders.values import moment, number, typed
from sidpy.errors import UnrecognisedFile, UnsupportedFile

from .calibrated import amount, calibrated, frame, in_units, known

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["Channel", "Nid", "parse_nid", "read_nid"]

FORMAT: Final = "nanosurf.nid"

# --- layout ---------------------------------------------------------------------------

MAGIC: Final = b"[DataSet]"
MARK: Final = b"#!"
LONGEST_HEADER: Final = 1 << 22
ORDERS: Final = {"intel": "<", "motorola": ">"}
SIGNS: Final = {"signed": "i", "unsigned": "u"}
_CHANNEL: Final = re.compile(r"Gr(\d+)-Ch(\d+)")
MOMENTS: Final = ("%d-%m-%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S")
#: Normalised name, the key in ``[DataSet-Info]`` and the units it is given in.
_CONDITIONS: Final = (
    ("bias", "Tip voltage", "V"),
    ("frequency", "Vibration freq.", "Hz"),
    ("amplitude", "Vibration ampl.", "V"),
    ("spring_constant", "Spring Constant:", "N/m"),
)

# --- parse ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Channel:
    """Where the counts of a channel are, and what they stand for."""

    group: str
    facts: dict[str, str]
    offset: int
    shape: tuple[int, int]
    """Lines and points."""
    dtype: np.dtype
    factor: float
    shift: float

    @property
    def name(self) -> str:
        """What was measured."""
        return self.facts.get("Dim2Name", "").strip()

    @property
    def run(self) -> str:
        """Way or part of the measurement: ``Scan forward``, ``Spec forward``."""
        return self.facts.get("Frame", "") or self.group

    @property
    def is_image(self) -> bool:
        """Whether its lines lie below each other on the sample."""
        run = self.run.lower()
        if "spec" in run or "sweep" in run:
            return False
        return "scan" in run or (self.shape[0] > 1 and bool(self.dim(1)[1]))

    def dim(self, index: int) -> tuple[float, float, str]:
        """Return the least value of a dimension, its range and units."""
        least = number(self.facts.get(f"Dim{index}Min")) or 0.0
        extent = number(self.facts.get(f"Dim{index}Range")) or 0.0
        return least, extent, self.facts.get(f"Dim{index}Unit", "").strip()


@dataclass(frozen=True, slots=True)
class Nid:
    """What a file holds, its numbers left in the file."""

    path: str | PathLike[str]
    sections: dict[str, dict[str, str]]
    channels: tuple[Channel, ...]


def parse_nid(path: str | PathLike[str]) -> Nid:
    """Read everything of a file but its numbers.

    Raises
    ------
    UnrecognisedFile
        When the file does not begin as one of Nanosurf does.
    UnsupportedFile
        For numbers that are not binary or of a width that is not known.
    CorruptFile
        When the text has no end or names numbers that are not there.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        sections = parse_sections(_text(cursor))
        found = sections.get("DataSet", {})
        keys = [match for key in found if (match := _CHANNEL.fullmatch(key))]
        channels = []
        for match in sorted(keys, key=lambda match: (int(match[1]), int(match[2]))):
            facts = sections.get(found[match[0]])
            if facts is None:
                msg = f"{match[0]} names the section {found[match[0]]!r}, which is not there"
                raise cursor.corrupt(msg, offset=0)
            channels.append(_channel(cursor, found.get(f"Gr{match[1]}-Name", ""), facts))
        if not channels:
            msg = "no channel is named in [DataSet]"
            raise cursor.corrupt(msg, offset=0)
    return Nid(path, sections, tuple(channels))


def _text(cursor: Cursor) -> str:
    if cursor.size < len(MAGIC) or cursor.take(len(MAGIC)) != MAGIC:
        msg = f"not a Nanosurf file: it does not begin with {MAGIC.decode()}"
        raise UnrecognisedFile(msg, path=cursor.path, format=FORMAT, offset=0)
    cursor.position = 0
    raw = cursor.take(min(cursor.size, LONGEST_HEADER))
    end = raw.find(MARK)
    if end < 0:
        msg = f"the text has no end ({MARK.decode()})"
        raise cursor.corrupt(msg)
    cursor.position = end + len(MARK)
    return decode(raw[:end])


def parse_sections(text: str) -> dict[str, dict[str, str]]:
    r"""Return the values of a text by section and key.

    Examples
    --------
    >>> parse_sections("[DataSet]\r\nVersion=2\r\n[A-B]\r\nGamma=x=y")
    {'DataSet': {'Version': '2'}, 'A-B': {'Gamma': 'x=y'}}
    """
    sections: dict[str, dict[str, str]] = {}
    values: dict[str, str] = {}
    for line in text.splitlines():
        bare = line.strip()
        if bare.startswith("[") and bare.endswith("]"):
            values = sections.setdefault(bare[1:-1], {})
            continue
        key, found, rest = line.partition("=")
        if found:
            values[key.strip()] = rest.strip()
    return sections


def _channel(cursor: Cursor, group: str, facts: dict[str, str]) -> Channel:
    sizes = [typed(facts.get(key, "")) for key in ("Lines", "Points")]
    if not all(isinstance(n, int) and n > 0 for n in sizes):
        msg = f"Lines and Points of a channel should be positive numbers, found {sizes}"
        raise cursor.corrupt(msg, offset=0)
    order = ORDERS.get(facts.get("SaveOrder", "Intel").lower())
    sign = SIGNS.get(facts.get("SaveSign", "Signed").lower())
    bits = facts.get("SaveBits", "16")
    is_binary = facts.get("SaveMode", "Binary").lower() == "binary"
    if order is None or sign is None or bits not in {"8", "16", "32"} or not is_binary:
        mode = {key: value for key, value in facts.items() if key.startswith("Save")}
        msg = f"numbers stored as {mode} are not supported"
        raise UnsupportedFile(msg, path=cursor.path, format=FORMAT)
    dtype = np.dtype(f"{order}{sign}{int(bits) // 8}")
    lines, points = sizes
    offset = cursor.position
    what = f"{facts.get('Dim2Name', 'channel')!r}, {lines} lines of {points} points,"
    cursor.skip(lines * points * dtype.itemsize, what)
    least, extent = number(facts.get("Dim2Min")) or 0.0, number(facts.get("Dim2Range"))
    if not extent:
        return Channel(group, facts, offset, (lines, points), dtype, 1.0, 0.0)
    shift = least + (extent / 2 if sign == "i" else 0.0)
    factor = extent / 2 ** int(bits)
    return Channel(group, facts, offset, (lines, points), dtype, factor, shift)


# --- label ----------------------------------------------------------------------------


def read_nid(path: str | PathLike[str]) -> list[Dataset]:
    """Read a file: an image [y, x], a curve, or curves [curve, x] per channel and way.

    Raises
    ------
    UnrecognisedFile, UnsupportedFile, CorruptFile
        See `parse_nid`.
    """
    return label(parse_nid(path))


def label(file: Nid) -> list[Dataset]:
    """Return the datasets of a file."""
    metadata = _metadata(file.sections)
    return [_dataset(file, channel, metadata) for channel in file.channels]


def _dataset(file: Nid, channel: Channel, metadata: dict[str, Any]) -> Dataset:
    lines, points = channel.shape
    width = channel.dtype.itemsize
    kind, shape, strides = "SPECTRUM", (points,), (width,)
    offset, axes = channel.offset, (_sweep(channel),)
    if channel.is_image:
        # the lowest line is stored first
        kind, shape, strides = "IMAGE", (lines, points), (-points * width, width)
        offset += (lines - 1) * points * width
        axes = _frame(channel)
    elif lines > 1:
        kind, shape, strides = "LINE_PLOT_FAMILY", (lines, points), (points * width, width)
        axes = (Axis("curve", np.arange(lines), "", "curve", "UNKNOWN"), *axes)
    source = StridedArray(file.path, channel.dtype, shape, offset, strides)
    scan = {**metadata["scan"], "direction": _way(channel.run)}
    units = channel.facts.get("Dim2Unit", "").strip()
    return dataset(
        calibrated(source, channel.factor, channel.shift),
        axes,
        title=f"{channel.name} ({channel.run})",
        data_type=kind,
        units=units,
        quantity=channel.name,
        source="SciFiReaders.NanoSurfNIDReader",
        metadata={**metadata, "scan": known(scan)},
        original_metadata={
            **{key: typed(value) for key, value in channel.facts.items()},
            **{
                name: {key: typed(value) for key, value in values.items()}
                for name, values in file.sections.items()
                if not name.startswith("DataSet-") or name == "DataSet-Info"
            },
        },
    )


def _way(run: str) -> str:
    return next((way for way in ("forward", "backward") if way in run.lower()), "")


def _frame(channel: Channel) -> tuple[Axis, Axis]:
    x0, width, units = channel.dim(0)
    y0, height, own = channel.dim(1)
    size = (height if own == units and height else None, width or None)
    return frame(channel.shape, size, units, centre=(y0 + height / 2, x0 + width / 2))


def _sweep(channel: Channel) -> Axis:
    least, extent, units = channel.dim(0)
    points = channel.shape[1]
    if not extent:
        return Axis("point", np.arange(points), "", "point", "SPECTRAL")
    name = channel.facts.get("Dim0Name", "").strip(" *") or "x"
    return Axis.swept(name, np.linspace(least, least + extent, points), units, name)


def _metadata(sections: dict[str, dict[str, str]]) -> dict[str, Any]:
    info = sections.get("DataSet-Info", {})
    experiment: dict[str, Any] = {
        "instrument": info.get("Head type"),
        "mode": info.get("Op. mode"),
        "tip": info.get("Cantilever type"),
        "environment": info.get("Measurement environment"),
        "start_date_time": moment(f"{info.get('Date', '')} {info.get('Time', '')}", *MOMENTS),
    }
    experiment |= {name: in_units(info.get(key, ""), units) for name, key, units in _CONDITIONS}
    setpoint, units = amount(info.get("Setpoint", ""))
    experiment |= {"setpoint": setpoint, "setpoint_units": units}
    scan = {
        "slow_direction": info.get("Scan direction", "").lower(),
        "line_time": in_units(info.get("Time/Line", ""), "s"),
        "angle": amount(info.get("Rotation", ""))[0],
    }
    return {"experiment": known(experiment), "scan": scan}
