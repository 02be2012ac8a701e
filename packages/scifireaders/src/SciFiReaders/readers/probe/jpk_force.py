"""Force curves of JPK and maps of them as Datasets.

``.jpk-force`` and ``.jpk-qi-series`` hold one curve, ``.jpk-force-map`` and
``.jpk-qi-data`` one per point of a grid.

============================================ ==============================================
member of the zip                            meaning
============================================ ==============================================
``header.properties``                        kind, settings, grid of a map
``shared-data/header.properties``            what headers refer to (version 1 and later)
``[index/<n>/]header.properties``            position of curve n of a map
``[index/<n>/]segments/<k>/segment-header    style (extend, retract, pause, ...), duration,
.properties``                                points, channels and their scaling
``[index/<n>/]segments/<k>/channels/*.dat``  numbers, see `jpk_channels`
============================================ ==============================================

Curve n of a grid of ``ilength`` columns lies in its row ``n // ilength``, counted from the
bottom; where ``back-and-forth`` is true, every second row runs from right to left.  Where a
curve of such a row says its own position, that is believed instead.

Source: JPK Instruments, "JPK DP file format specification" (force scans, force scan maps,
quantitative imaging).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import Axis, dataset, lazy, pixel_centres
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, ReaderError, UnrecognisedFile

from .jpk_channels import LONGEST_HEADER, CurveArray, Scaling, scaling_of
from .jpk_grid import HEADER, Grid, grid_of, is_selection
from .jpk_properties import Properties, parse_properties, resolved
from .zip_members import Archive, Member, unpacked_size

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["Segment", "read_jpk_force", "sniff"]

FORMAT: Final = "jpk.force"

# --- layout ---------------------------------------------------------------------------

SHARED: Final = "shared-data/header.properties"
SEGMENT_HEADER: Final = "segment-header.properties"

_FOLDER: Final = re.compile(r"(?:index/(\d{1,9})/)?segments/(\d{1,6})/")
_SHARED_KEY: Final = re.compile(r"([\w-]+\.\d+)\.(.+)")
_CHANNEL_KEY: Final = re.compile(r"channel\.(.+?)\.(?:lcd-info|data|encoder|conversion-set)\b.*")

#: By the number of axes besides time.
_DATA_TYPES: Final = ("SPECTRUM", "LINE_PLOT_FAMILY", "SPECTRAL_IMAGE")

# --- parse ----------------------------------------------------------------------------


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether a zip holds headers and segments, or indexed curves, of JPK."""
    ends = probe.head + probe.tail
    if not ends.startswith(b"PK\x03\x04"):
        return 0.0, "not a zip"
    found = HEADER.encode() in ends and (b"segments/" in ends or b"index/" in ends)
    return (1.0, "headers and segments") if found else (0.0, "not the members of a force scan")


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment, the same of every curve of a map."""

    number: int
    header: Properties
    """Of the first curve that has it."""
    curves: dict[int, dict[str, Member]]
    """By number of the curve, the members by what follows ``segments/<k>/``."""

    @property
    def style(self) -> str:
        """What the tip did: extend, retract, pause, modulation, ..."""
        return self.header.ending("settings.style") or self.header.ending(".style") or ""

    def channel(self, name: str) -> Properties:
        """Return what the header says about a channel, under short keys."""
        prefix = f"channel.{name}."
        return Properties(
            {key[len(prefix) :]: v for key, v in self.header.items() if key.startswith(prefix)}
        )

    @property
    def channels(self) -> list[str]:
        """Names of the channels."""
        listed = self.header.get("channels.list", "").split()
        named = [m[1] for key in self.header if (m := _CHANNEL_KEY.fullmatch(key))]
        return list(dict.fromkeys([*listed, *named]))


@dataclass(frozen=True, slots=True)
class _Measurement:
    archive: Archive
    header: Properties
    shared: dict[str, dict[str, str]]
    segments: tuple[Segment, ...]
    is_map: bool


def _parse(path: str | PathLike[str]) -> _Measurement:
    archive = Archive.of(path, FORMAT)
    if HEADER not in archive.members:
        msg = f"not a force scan of JPK: the zip has no {HEADER}"
        raise UnrecognisedFile(msg, path=path, format=FORMAT)
    header = parse_properties(archive.read(HEADER, LONGEST_HEADER))
    if "jpk-data-file" not in header and not any("force-scan" in key for key in header):
        msg = f"not a force scan of JPK: {HEADER} says nothing of one"
        raise UnrecognisedFile(msg, path=path, format=FORMAT)
    shared: dict[str, dict[str, str]] = {}
    if SHARED in archive.members:
        for key, value in parse_properties(archive.read(SHARED, LONGEST_HEADER)).items():
            if match := _SHARED_KEY.fullmatch(key):
                shared.setdefault(match[1], {})[match[2]] = value
    segments, is_map = _segments(archive, shared)
    if not segments:
        msg = "the file holds no segment of any curve"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return _Measurement(archive, header, shared, segments, is_map)


def _segments(
    archive: Archive, shared: dict[str, dict[str, str]]
) -> tuple[tuple[Segment, ...], bool]:
    found: dict[int, dict[int, dict[str, Member]]] = {}
    # the folder of the last member: those of a segment follow each other
    folder, here, is_map = "", {}, False
    match = _FOLDER.match
    for name, member in archive.members.items():
        if not folder or not name.startswith(folder):
            parts = match(name)
            if parts is None:
                continue
            folder, (curve, number) = parts[0], parts.groups()
            is_map = is_map or curve is not None
            here = found.setdefault(int(number), {}).setdefault(int(curve or 0), {})
        here[name[len(folder) :]] = member
    segments = []
    for number, curves in sorted(found.items()):
        whole = {n: members for n, members in sorted(curves.items()) if SEGMENT_HEADER in members}
        if whole:
            first = next(iter(whole))
            prefix = f"index/{first}/" if is_map else ""
            raw = archive.read(f"{prefix}segments/{number}/{SEGMENT_HEADER}", LONGEST_HEADER)
            header = resolved(parse_properties(raw), shared)
            segments.append(Segment(number, header, whole))
    return tuple(segments), is_map


# --- label ----------------------------------------------------------------------------


def read_jpk_force(path: str | PathLike[str], *, slot: str | None = None) -> list[Dataset]:
    """Read force curves of JPK.

    Parameters
    ----------
    path : path-like
        A ``.jpk-force``, ``.jpk-force-map``, ``.jpk-qi-data`` or ``.jpk-qi-series`` file.
    slot : str, optional
        Calibration to convert to where a channel has it, for instance ``"volts"`` or
        ``"distance"``; otherwise the default of each channel.

    Returns
    -------
    list of Dataset
        One per segment and channel: [time] for a curve, [y, x, time] for a map with row 0
        at the top, NaN where no curve was taken and behind the end of shorter ones; a few
        curves taken out of a map are [curve, time].  Lazy: curves are unpacked when computed.

    Raises
    ------
    UnrecognisedFile
        When it is no zip of force curves.
    CorruptFile
        When it is damaged.
    """
    measurement = _parse(path)
    numbers = sorted({n for segment in measurement.segments for n in segment.curves})
    header, archive = measurement.header, measurement.archive
    grid = grid_of(header, archive, numbers) if len(numbers) > 1 else None
    if grid and is_selection(numbers, grid):
        grid = None
    shape = (grid.rows, grid.columns) if grid else (len(numbers),) if len(numbers) > 1 else ()
    order = {number: place for place, number in enumerate(numbers)}
    plan = _Plan(measurement, grid, shape, order, slot, _metadata(measurement, grid))
    channels = ((segment, name) for segment in measurement.segments for name in segment.channels)
    found = [result for pair in channels if (result := _label(plan, *pair)) is not None]
    if not found:
        msg = "no channel of any segment holds numbers"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return found


@dataclass(frozen=True, slots=True)
class _Plan:
    """What all datasets of a file have in common."""

    measurement: _Measurement
    grid: Grid | None
    shape: tuple[int, ...]
    order: dict[int, int]
    """Place of every curve by its number, where there is no grid."""
    slot: str | None
    metadata: dict[str, Any]

    def place(self, number: int) -> int | None:
        """Return where a curve goes, in C order."""
        return self.grid.place(number) if self.grid else self.order[number]

    def axes(self) -> tuple[Axis, ...]:
        """Return the axes but the one along the curves."""
        if self.grid:
            return self.grid.axes()
        return tuple(Axis("curve", np.array([*self.order]), "", "Curve") for _ in self.shape)


def _label(plan: _Plan, segment: Segment, name: str) -> Dataset | None:
    """Return one channel of one segment; None for one without numbers of its own."""
    measurement, channel = plan.measurement, segment.channel(name)
    file_name = channel.get("data.file.name")
    curves = {
        place: (files[file_name], files[SEGMENT_HEADER])
        for number, files in segment.curves.items()
        if file_name in files and (place := plan.place(number)) is not None
    }
    if not curves:
        return None
    scaling = _scaling(measurement, name, channel, plan.slot)
    itemsize = np.dtype(scaling.dtype).itemsize
    points = max(unpacked_size(numbers) for numbers, _ in curves.values()) // itemsize
    if not points:
        return None
    source = CurveArray(
        measurement.archive.path,
        name,
        curves,
        grid=plan.shape,
        points=points,
        shared=measurement.shared,
        slot=plan.slot,
    )
    style = f" ({segment.style})" if segment.style else ""
    return dataset(
        _by_rows(source) if plan.grid else lazy(source),
        (*plan.axes(), _time_axis(segment, points)),
        title=f"{name}, segment {segment.number}{style}",
        data_type=_DATA_TYPES[len(plan.shape)],
        units=scaling.units,
        quantity=scaling.slot or name,
        source="SciFiReaders.read_jpk_force",
        metadata={**plan.metadata, "segment": _segment_metadata(segment)},
        original_metadata=_original(measurement.header, segment, name),
    )


def _by_rows(source: CurveArray) -> Any:
    """Return a dask array with a chunk per row: a curve costs its row, not the whole map."""
    import dask.array as da

    return da.from_array(source, chunks=(1, -1, -1), asarray=True, fancy=False)


def _scaling(
    measurement: _Measurement, name: str, channel: Properties, slot: str | None
) -> Scaling:
    path = measurement.archive.path
    try:
        scaling = scaling_of(channel, slot)
    except ReaderError as error:
        msg = f"channel {name!r}: {error}"
        raise type(error)(msg, path=path, format=FORMAT) from error
    if not scaling.is_complete and slot is None:
        warn(
            f"{path}: channel {name!r} has no numbers for its default slot; it is left in the base"
        )
    return scaling


def _time_axis(segment: Segment, points: int) -> Axis:
    """Return the times of a segment: as its own channel says, else its duration shared out."""
    own = segment.channel("time")
    start, step = own.number("data.start"), own.number("data.step")
    duration = segment.header.number("force-segment-header.duration")
    count = segment.header.number("force-segment-header.num-points") or points
    if start is not None and step:
        return Axis.swept("time", start + step * np.arange(points), "s")
    if duration and duration > 0 and count > 0:
        return Axis.swept("time", pixel_centres(points, duration * points / count), "s")
    return Axis.swept("index", np.arange(points), "")


def _metadata(measurement: _Measurement, grid: Grid | None) -> dict[str, Any]:
    """Return the conditions of the measurement, in SI units and degrees."""
    header = measurement.header
    experiment = {
        "instrument": header.ending(".description.instrument"),
        "operator": header.ending(".description.user-name"),
        "sample": header.ending(".description.name"),
        "comment": header.ending(".description.comment"),
        "start_date_time": header.ending("-map.start-time")
        or measurement.segments[0].header.get("force-segment-header.time-stamp"),
        "software": header.ending(".description.source-software"),
        "setpoint": header.number_ending("relative-setpoint"),
        **_calibration(measurement.segments),
    }
    scan: dict[str, Any] = {}
    if grid:
        scan = {
            "pixels": [grid.columns, grid.rows],
            "range": list(grid.extent),
            "offset": list(grid.centre),
            "angle": math.degrees(grid.angle),
        }
    else:
        position = _position(measurement)
        scan = {"position": position} if None not in position else {}
    return {
        "experiment": {key: value for key, value in experiment.items() if value not in (None, "")},
        "scan": scan,
    }


def _position(measurement: _Measurement) -> list[float | None]:
    """Return where a single curve was taken."""
    header = measurement.header
    name = f"index/{next(iter(measurement.segments[0].curves))}/{HEADER}"
    if name in measurement.archive.members:
        header = parse_properties(measurement.archive.read(name, LONGEST_HEADER))
    return [header.number_ending(f"header.position.{axis}") for axis in "xy"]


def _calibration(segments: tuple[Segment, ...]) -> dict[str, float | None]:
    """Return spring constant (N/m) and sensitivity (m/V) of the deflection."""
    channel = segments[0].channel("vDeflection")
    slots = {"spring_constant": "force", "deflection_sensitivity": "distance"}
    return {
        key: channel.number(f"conversion-set.conversion.{slot}.scaling.multiplier")
        for key, slot in slots.items()
    }


def _segment_metadata(segment: Segment) -> dict[str, Any]:
    header = segment.header
    found = {
        "number": segment.number,
        "style": segment.style,
        "name": header.get("force-segment-header.name.name"),
        "duration": header.number("force-segment-header.duration"),
        "setpoint": header.number_ending("segment-settings.setpoint"),
        "start_date_time": header.get("force-segment-header.time-stamp"),
    }
    return {key: value for key, value in found.items() if value not in (None, "")}


def _original(header: Properties, segment: Segment, name: str) -> dict[str, Any]:
    """Return the vendor's values: of the file, the segment and this channel."""
    own = f"channel.{name}."
    kept = {
        key: value
        for key, value in segment.header.items()
        if key.startswith(own) or not key.startswith("channel.")
    }
    return Properties({**header, **kept}).typed()
