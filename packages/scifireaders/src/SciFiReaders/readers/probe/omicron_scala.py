"""Omicron SCALA: a parameter file (``.par``) and the images beside it.

===================== =================================================================
where                 meaning
===================== =================================================================
``.par``              ``Key : value; comment`` lines; a line that begins with ``;`` is a
                      comment; a unit stands in brackets in the comment
Topographic Channel   begins ten lines, one field each: kind (``Z``, ``I``, ...),
                      direction, least and greatest count, least and greatest value,
                      resolution, unit, file name, name shown
Spectroscopy Channel  begins eighteen lines of a channel of curves
``.tf0``, ``.tb0``,   i16 big-endian [row][column], the lowest row first; value = least
..                    value + (count - least count) * (values / counts)
===================== =================================================================

Keys used: ``Image Size in X`` and ``Y``, ``Field X Size in nm`` and ``Y``, ``Scan Angle``,
``X Offset``, ``Y Offset``, ``Gap Voltage``, ``Feedback Set``, ``Date``, ``Comment``.

Source: spym (MIT), github.com/rescipy-project/spym, its class for files of SCALA; the files
of the `OmicronSPM` and `SCALA` programs are one family.
Not yet understood, and left out with a warning: how the points of spectroscopy channels lie
in their files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import dataset
from SciFiReaders.strided import StridedArray
from SciFiReaders.text import decode
from SciFiReaders.values import moment, number, typed
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile

from .calibrated import calibrated, frame, in_units, known, padded

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["Channel", "Parameters", "parse_par", "read_scala", "sniff"]

FORMAT: Final = "omicron.scala"

# --- layout ---------------------------------------------------------------------------

NUMBER: Final = np.dtype(">i2")
TOPOGRAPHIC: Final = "topographicchannel"
SPECTROSCOPY: Final = "spectroscopychannel"
#: Lines of a channel behind its first.
FIELDS: Final = {TOPOGRAPHIC: 9, SPECTROSCOPY: 17}
LONGEST: Final = 1 << 20
_COMMENTED: Final = re.compile(r"\[([^\[\]]+)\]")
MOMENTS: Final = ("%d.%m.%y %H:%M", "%d.%m.%Y %H:%M", "%d.%m.%y %H:%M:%S")

# --- parse ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Channel:
    """An image and what its counts stand for."""

    kind: str
    direction: str
    least: int
    factor: float
    offset: float
    """Value of the least count."""
    units: str
    file: str
    name: str


@dataclass(frozen=True, slots=True)
class Parameters:
    """A parameter file."""

    path: Path
    values: dict[str, Any]
    """By their key without spaces, in lower case; with the unit of the comment, if any."""
    channels: tuple[Channel, ...]
    curves: int
    """Channels of spectroscopy."""
    shape: tuple[int, int]


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether a text has the size of an image and a channel, as parameter files have."""
    words = decode(probe.head[: 1 << 15]).lower().replace(" ", "")
    if "imagesizeinx:" in words and f"{TOPOGRAPHIC}:" in words:
        return 1.0, "it has the size of an image and a topographic channel"
    return 0.0, "no size of an image, or no topographic channel"


def parse_par(path: str | PathLike[str]) -> Parameters:
    """Read a parameter file.

    Raises
    ------
    UnrecognisedFile
        When it has no line of the size of an image, or none of a channel.
    CorruptFile
        When the number of pixels or a channel cannot be.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        text = decode(cursor.take(min(cursor.size, LONGEST)))
    rows = [_row(line) for line in text.splitlines()]
    rows = [row for row in rows if row != ("", "")]
    values: dict[str, Any] = {}
    found: dict[str, list[list[str]]] = {TOPOGRAPHIC: [], SPECTROSCOPY: []}
    place = 0
    while place < len(rows):
        key, value = rows[place]
        place += 1
        if key in FIELDS:
            found[key].append([value, *(_whole(row) for row in rows[place : place + FIELDS[key]])])
            place += FIELDS[key]
        elif key:
            values.setdefault(key, typed(value))
    if "imagesizeinx" not in values or not any(found.values()):
        msg = "not a parameter file of SCALA: it has no size of an image, or no channel"
        raise UnrecognisedFile(msg, path=path, format=FORMAT)
    sizes = [values.get(f"imagesizein{way}") for way in "yx"]
    if not all(isinstance(n, int) and 0 < n < 1 << 16 for n in sizes):
        msg = f"Image Size in Y and X should be positive numbers, found {sizes}"
        raise CorruptFile(msg, path=path, format=FORMAT)
    channels = tuple(_channel(fields, path) for fields in found[TOPOGRAPHIC])
    shape = (int(sizes[0]), int(sizes[1]))  # type: ignore[arg-type]  # checked
    return Parameters(Path(path), values, channels, len(found[SPECTROSCOPY]), shape)


def _row(line: str) -> tuple[str, str]:
    """Return key and value of a line, a value alone without key; the comment gives a unit."""
    bare, _, comment = line.partition(";")
    key, colon, value = bare.partition(":")
    if not colon:
        return "", bare.strip()
    unit = _COMMENTED.search(comment)
    words = value.strip()
    if unit and number(words) is not None:
        words = f"{words} {unit[1].strip()}"
    return "".join(key.lower().split()), words


def _whole(row: tuple[str, str]) -> str:
    """Return a field of a channel, which may have a colon in it."""
    key, value = row
    return f"{key}:{value}" if key else value


def _channel(fields: list[str], path: str | PathLike[str]) -> Channel:
    numbers = [number(field) for field in fields[2:6]]
    if len(fields) != 1 + FIELDS[TOPOGRAPHIC] or None in numbers:
        msg = f"a channel should have a range of counts and of values, found {fields}"
        raise CorruptFile(msg, path=path, format=FORMAT)
    least, greatest, low, high = (float(n) for n in numbers)  # type: ignore[arg-type]  # checked
    if greatest <= least:
        msg = f"counts from {least:g} to {greatest:g} cannot be"
        raise CorruptFile(msg, path=path, format=FORMAT)
    factor = (high - low) / (greatest - least)
    kind, direction, units, file, name = (fields[i] for i in (0, 1, 7, 8, 9))
    return Channel(kind, direction, int(least), factor, low, units, file, name)


# --- label ----------------------------------------------------------------------------


def read_scala(path: str | PathLike[str]) -> list[Dataset]:
    """Read the images that a parameter file names.

    Parameters
    ----------
    path : path-like
        The ``.par`` file; the files it names lie beside it.

    Returns
    -------
    list of Dataset
        One per channel and direction, [y, x]; lazy.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        See `parse_par`; also when none of its files is there.

    Warns
    -----
    SidpyWarning
        When a file is missing, a scan stopped early, or there are channels of curves.
    """
    file = parse_par(path)
    if file.curves:
        msg = f"{path}: {file.curves} channels of spectroscopy are left out; see the docstring"
        warn(msg, SidpyWarning)
    found, missing = [], []
    for channel in file.channels:
        place = file.path.parent / (PureWindowsPath(channel.file).name or "unnamed")
        if place.is_file():
            found.append(_image(file, channel, place))
        else:
            missing.append(place.name)
    if not found:
        msg = f"none of the files with numbers is beside it: {', '.join(missing) or 'none named'}"
        raise CorruptFile(msg, path=path, format=FORMAT)
    if missing:
        warn(f"{path}: not beside it: {', '.join(missing)}", SidpyWarning)
    return found


def _image(file: Parameters, channel: Channel, place: Path) -> Dataset:
    rows, columns = file.shape
    width = columns * NUMBER.itemsize
    there = min(place.stat().st_size // width, rows)
    if not there:
        msg = f"not one row of {columns} numbers is there"
        raise CorruptFile(msg, path=place, format=FORMAT)
    if there < rows:
        warn(f"{place}: {there} of {rows} rows were scanned; the others are NaN", SidpyWarning)
    # the lowest row is stored first
    steps = (-width, NUMBER.itemsize)
    counts = StridedArray(place, NUMBER, (there, columns), (there - 1) * width, steps)
    offset = channel.offset - channel.least * channel.factor
    array = padded(calibrated(counts, channel.factor, offset), rows, up=True)
    values = file.values
    size = (_length(values.get("fieldysizeinnm")), _length(values.get("fieldxsizeinnm")))
    kinds = {"Z": "Topography", "I": "Current"}
    name = kinds.get(channel.kind.upper(), channel.kind) or "image"
    return dataset(
        array,
        frame(file.shape, size, "nm"),
        title=f"{name} {channel.direction}".strip(),
        data_type="IMAGE",
        units=channel.units,
        quantity=name,
        source="SciFiReaders.omicron_scala",
        metadata={"experiment": _experiment(values), "scan": _scan(values, channel)},
        original_metadata={**values, "channel": channel.name, "file": channel.file},
    )


def _length(value: Any) -> float | None:
    """Return a length whose key says that it is in nm."""
    return number(str(value).partition(" ")[0]) if value is not None else None


def _experiment(values: dict[str, Any]) -> dict[str, Any]:
    return known(
        {
            "bias": in_units(str(values.get("gapvoltage", "")), "V"),
            "current": in_units(str(values.get("feedbackset", "")), "A"),
            "start_date_time": moment(str(values.get("date", "")), *MOMENTS),
            "sample": str(values.get("name", "")),
            "comment": str(values.get("comment", "")),
            "operator": str(values.get("user", "")),
            "instrument": "Omicron SCALA",
        }
    )


def _scan(values: dict[str, Any], channel: Channel) -> dict[str, Any]:
    offsets = {way: _length(values.get(f"{way}offset")) for way in "xy"}
    return known(
        {
            "angle": _length(values.get("scanangle")),
            "offset": known(offsets),
            "direction": channel.direction.lower(),
        }
    )
