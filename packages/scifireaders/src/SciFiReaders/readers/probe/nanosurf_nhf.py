"""Nanosurf Studio files (``.nhf``, HDF5) as Datasets.

============================= ==========================================================
where                         meaning
============================= ==========================================================
root attributes               ``nsf_file_version_major``: 1 or 2
group of a measurement        attribute ``measurement_name`` (1: ``name``)
group of a segment in it      attribute ``segment_name`` (1: ``name``): forward, ...
dataset of a channel there    attribute ``signal_name`` (1: ``name``)
its ``dataset_element_type``  type of the counts, which limits them
``signal_calibration_min``,   values at the least and the largest count, and their units,
``..._max``, ``..._unit``     ``Meter (m)``; 1: ``base_calibration_...``
fill value                    of points that were not measured (2)
group ``calibration``         maps from a signal to another; a channel's ``signal_id`` to
                              ``signal_selected``
============================= ==========================================================

An image has ``image_points_per_line`` and ``image_number_of_lines``, ``image_size_x`` and
``_y`` (m), or ``rect_axis_size`` and ``rect_axis_range``, of the measurement or the segment;
its lowest line is first.  Curves lie one behind the other; the dataset that has for
``dataset_block_size_id`` what the channel has for ``dataset_block_size_source`` tells their
lengths (1: the channel ``number_of_datapoints_acquired``).

Source: Nanosurf AG, Python package ``nanosurf`` (MIT), module ``nhf_reader``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.hdf5 import attributes, member, opened
from SciFiReaders.labelled import Axis, dataset
from SciFiReaders.values import number
from sidpy.errors import CorruptFile, UnsupportedFile

from .calibrated import frame, known

if TYPE_CHECKING:
    from os import PathLike

    import h5py
    from dask.array import Array

    from sidpy import Dataset

__all__ = ["read_nhf"]

FORMAT: Final = "nanosurf.nhf"

# --- layout ---------------------------------------------------------------------------

#: Numbers of the element types of version 1; those of version 2 are words.
ELEMENTS: Final = ("int32", "uint8", "uint16", "uint32", "uint64", "int16", "int64", "double")
_UNITS: Final = re.compile(r"\(([^)]+)\)")
_SIZES: Final = (
    ("image_number_of_lines", "image_points_per_line"),
    ("grid_number_of_rows", "grid_number_of_columns"),
)
_RANGES: Final = (("image_size_y", "image_size_x"), ("grid_height", "grid_width"))
#: Curves put below each other by their lengths; more are left to another program.
MOST_CURVES: Final = 1 << 14
MOST_PADDING: Final = 16

# --- parse ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel and everything above it."""

    stored: Any
    """The `H5Array` of its counts."""
    facts: dict[str, Any]
    above: dict[str, Any]
    """Attributes of the segment over those of the measurement."""
    segment: str
    blank: Any
    """Count of a point that was not measured."""
    lengths: np.ndarray | None
    """Points of each curve."""
    chain: tuple[tuple[float, float, str], ...]
    """Factor, offset and units of each map to the selected signal."""

    @property
    def name(self) -> str:
        """What was measured."""
        return str(self.facts.get("signal_name", self.facts.get("name", "")))


def parse_nhf(path: str | PathLike[str]) -> tuple[Channel, ...]:
    """Read everything of a file but its numbers.

    Raises
    ------
    UnrecognisedFile
        When it is no HDF5 file.
    UnsupportedFile
        For other versions than 1 and 2.
    CorruptFile
        When it holds no channel, or HDF5 cannot read it.
    """
    with opened(path, FORMAT) as file:
        major = number(attributes(file).get("nsf_file_version_major"))
        if major not in (1, 2):
            msg = f"version {major} is not supported, only 1 and 2"
            raise UnsupportedFile(msg, path=path, format=FORMAT)
        maps = _maps(file)
        found: list[Channel] = []
        for name in file:
            group = _group(file, name, "measurement_name")
            if group is not None:
                found += _channels_of(group, maps)
    if not found:
        msg = "no measurement in it has a channel"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return tuple(found)


def _group(parent: Any, name: str, label: str) -> h5py.Group | None:
    """Return a group that is labelled with a name."""
    import h5py

    group = member(parent, name, h5py.Group)
    has_name = group is not None and (label in group.attrs or "name" in group.attrs)
    return group if has_name else None


def _channels_of(measurement: h5py.Group, maps: list[dict[str, Any]]) -> list[Channel]:
    own = attributes(measurement)
    found = _channels(measurement, own, "", maps)
    for name in measurement:
        segment = _group(measurement, name, "segment_name")
        if segment is not None:
            facts = attributes(segment)
            run = str(facts.get("segment_name", facts.get("name", "")))
            found += _channels(segment, {**own, **facts}, run, maps)
    return found


def _channels(
    group: h5py.Group, above: dict[str, Any], segment: str, maps: list[dict[str, Any]]
) -> list[Channel]:
    import h5py

    from sidpy import H5Array

    every = [found for name in group if (found := member(group, name, h5py.Dataset)) is not None]
    facts = [attributes(stored) for stored in every]
    channels = []
    for stored, own in zip(every, facts, strict=True):
        named = own.get("signal_name", own.get("name"))
        if not named or "dataset_element_type" not in own or not stored.size:
            continue
        blank = stored.fillvalue if isinstance(own["dataset_element_type"], str) else None
        lengths = _lengths(every, facts, own)
        chain = _chain(maps, str(own.get("signal_id", "")), str(own.get("signal_selected", "")))
        channels.append(Channel(H5Array.of(stored), own, above, segment, blank, lengths, chain))
    return channels


def _lengths(
    every: list[h5py.Dataset], facts: list[dict[str, Any]], own: dict[str, Any]
) -> np.ndarray | None:
    """Return the points of each curve of a channel; None for images."""
    source = own.get("dataset_block_size_source")
    for stored, other in zip(every, facts, strict=True):
        counts = other.get("name") == "number_of_datapoints_acquired" and source is None
        if counts or (source is not None and other.get("dataset_block_size_id") == source):
            if own is other or not 0 < stored.size <= MOST_CURVES or stored.dtype.kind not in "iu":
                return None
            return np.asarray(stored[()]).ravel().astype("i8")
    return None


def _maps(file: h5py.File) -> list[dict[str, Any]]:
    """Return the maps between signals."""
    import h5py

    for name in file:
        group = member(file, name, h5py.Group)
        if group is not None and attributes(group).get("group_type") == "calibration":
            return [attributes(group[key]) for key in group if member(group, key) is not None]
    return []


def _chain(
    maps: list[dict[str, Any]], source: str, target: str
) -> tuple[tuple[float, float, str], ...]:
    """Return the linear maps that lead from one signal to another; none where there are not."""
    if not target or source == target:
        return ()
    ways: dict[str, tuple[tuple[float, float, str], ...]] = {source: ()}
    waiting = [source]
    while waiting:
        place = waiting.pop(0)
        for one in maps:
            step = _step(one, place)
            if step is not None and step[0] not in ways:
                ways[step[0]] = (*ways[place], step[1])
                waiting.append(step[0])
    return ways.get(target, ())


def _step(one: dict[str, Any], place: str) -> tuple[str, tuple[float, float, str]] | None:
    """Return where a map leads from a signal, and its factor, offset and units."""
    values = one.get("signal_mapping_parameters")
    if (
        one.get("signal_mapping_type") != "linear"
        or not isinstance(values, list)
        or len(values) < 2
    ):
        return None
    factor, offset = number(values[0]), number(values[1])
    way = one.get("signal_invertibility")
    if not factor or offset is None:
        return None
    sink, source = str(one.get("signal_sink_id")), str(one.get("signal_source_id"))
    if source == place and way in {"right", "two_way"}:
        forward = (factor, offset) if way == "right" else (1 / factor, -offset / factor)
        return sink, (*forward, _in_brackets(one.get("signal_sink_unit")))
    if sink == place and way in {"left", "two_way"}:
        return source, (factor, offset, _in_brackets(one.get("signal_source_unit")))
    return None


def _in_brackets(text: Any) -> str:
    """Return the units of ``Meter (m)``; the text itself without brackets."""
    match = _UNITS.search(str(text or ""))
    return match[1] if match else str(text or "")


def _limits(facts: dict[str, Any]) -> tuple[float, float]:
    """Return the least and the largest count of an element type."""
    kind = facts["dataset_element_type"]
    is_word = isinstance(kind, str)
    if not is_word:
        place = int(number(kind) or 0)
        kind = ELEMENTS[place] if 0 <= place < len(ELEMENTS) else "double"
    if kind == "double":
        return 0.0, 1.0
    limits = np.iinfo(kind if kind in ELEMENTS else "int32")
    # version 2 keeps a count for points that were not measured
    least = float(limits.min) + (is_word and limits.min < 0)
    return least, float(limits.max) - (is_word and limits.min == 0)


# --- label ----------------------------------------------------------------------------


def read_nhf(path: str | PathLike[str]) -> list[Dataset]:
    """Read a file: an image [y, x], curves [curve, point], or a curve per channel and segment.

    Raises
    ------
    UnrecognisedFile, UnsupportedFile, CorruptFile
        See `parse_nhf`.
    """
    return [_dataset(channel) for channel in parse_nhf(path)]


def _dataset(channel: Channel) -> Dataset:
    values, units = _values(channel)
    array, axes, kind = _arranged(channel, values)
    title = f"{channel.name} ({channel.segment})" if channel.segment else channel.name
    return dataset(
        array,
        axes,
        title=title,
        data_type=kind,
        units=units,
        quantity=channel.name,
        source="SciFiReaders.nanosurf_nhf",
        metadata=_metadata(channel),
        original_metadata={**channel.above, "channel": channel.facts},
    )


def _values(channel: Channel) -> tuple[Array, str]:
    """Return the values that the counts stand for, NaN where nothing was measured."""
    import dask.array as da

    facts = channel.facts
    counts = da.from_array(channel.stored, chunks="auto", asarray=True, fancy=False).ravel()
    values = counts.astype("f8")
    if channel.blank is not None and counts.dtype.kind in "iu":
        values = da.where(counts == channel.blank, np.nan, values)
    if channel.chain:
        for factor, offset, _ in channel.chain:
            values = values * factor + offset
        return values, channel.chain[-1][2]
    word = "signal_calibration" if "signal_name" in facts else "base_calibration"
    least, most = (number(facts.get(f"{word}_{end}")) for end in ("min", "max"))
    units = _in_brackets(facts.get(f"{word}_unit", facts.get("signal_unit")))
    if least is None or most is None:
        return values, units
    low, high = _limits(facts)
    return (values - low) * ((most - least) / (high - low)) + least, units


def _arranged(channel: Channel, values: Array) -> tuple[Array, tuple[Axis, ...], str]:
    """Return the values as image, as curves or as they lie."""
    shape = _size(channel.above)
    if channel.lengths is not None and _fit(channel.lengths, values.size):
        return _curves(channel.lengths, values)
    if shape is not None and shape[0] * shape[1] == values.size:
        # the lowest line is stored first
        return values.reshape(shape)[::-1], _axes(channel.above, shape), "IMAGE"
    point = Axis("point", np.arange(values.size), "", "point", "SPECTRAL")
    return values, (point,), "SPECTRUM"


def _fit(lengths: np.ndarray, size: int) -> bool:
    """Whether curves of these lengths make up a channel, and padding them costs little.

    One long curve among many short ones would fill the memory with NaN.
    """
    padded = int(lengths.max()) * len(lengths)
    return bool(lengths.min() >= 0 and lengths.sum() == size and padded <= MOST_PADDING * size)


def _curves(lengths: np.ndarray, values: Array) -> tuple[Array, tuple[Axis, ...], str]:
    """Return curves below each other, the shorter ones with NaN behind them."""
    import dask.array as da

    longest, ends = int(lengths.max()), np.cumsum(lengths)
    if (lengths == longest).all():
        array = values.reshape((len(lengths), longest))
    else:
        rows = [values[end - n : end] for n, end in zip(lengths, ends, strict=True)]
        padded = [da.pad(row, (0, longest - row.size), constant_values=np.nan) for row in rows]
        array = da.stack(padded)
    axes = (
        Axis("curve", np.arange(len(lengths)), "", "curve", "UNKNOWN"),
        Axis("point", np.arange(longest), "", "point", "SPECTRAL"),
    )
    return array, axes, "LINE_PLOT_FAMILY"


def _size(above: dict[str, Any]) -> tuple[int, int] | None:
    """Return lines and points of an image."""
    pair = above.get("rect_axis_size")
    if isinstance(pair, list) and len(pair) == 2 and all(isinstance(n, int) for n in pair):
        return (pair[0], pair[1]) if min(pair) > 0 else None
    for keys in _SIZES:
        lines, points = (number(above.get(key)) for key in keys)
        if lines and points and min(lines, points) >= 1:
            return int(lines), int(points)
    return None


def _axes(above: dict[str, Any], shape: tuple[int, int]) -> tuple[Axis, Axis]:
    size: tuple[float | None, float | None] = (None, None)
    pair = above.get("rect_axis_range")
    if isinstance(pair, list) and len(pair) == 2:
        size = (number(pair[0]), number(pair[1]))
    for keys in _RANGES:
        if all(key in above for key in keys):
            size = (number(above[keys[0]]), number(above[keys[1]]))
    centre = tuple(number(above.get(f"scanner_offset_{axis}")) or 0.0 for axis in "yx")
    return frame(shape, size, "m", centre=(centre[0], centre[1]))


def _metadata(channel: Channel) -> dict[str, Any]:
    above = channel.above
    experiment = {
        "instrument": above.get("instrument_name", "Nanosurf"),
        "mode": above.get("group_type", above.get("measurement_type")),
        "start_date_time": above.get("measurement_date_time", above.get("date_time")),
    }
    angle = number(above.get("scanner_rotation", above.get("rect_rotation")))
    scan = {"direction": channel.segment.lower(), "angle": angle}
    return {"experiment": known(experiment), "scan": known(scan)}
