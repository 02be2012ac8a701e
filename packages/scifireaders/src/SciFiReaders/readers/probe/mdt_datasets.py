"""Frames of NT-MDT files as Datasets.

Pictures are stored with the bottom row first.  The size of a picture of kind 106 is what its
calibration spans, and a pixel is size / pixels wide; scans of kind 0 say their step.  Sweeps
at a point follow each other as they were taken, there and back, with what was swept at each
number: nothing is interpolated.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import LENGTHS, Axis, dataset, lazy, pixel_centres
from SciFiReaders.strided import StridedArray
from SciFiReaders.values import at, number
from sidpy._warnings import warn
from sidpy.errors import ReaderError

from .mdt_curves import Curve, Point, Runs, parse_points
from .mdt_frames import Dots, Folder, Frame, Grid, Plain

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

    from .mdt_calibrations import Calibration

__all__ = ["SOURCE", "Labels", "of_frame", "point_by_point"]

SOURCE: Final = "SciFiReaders.MDTReader"


class Labels:
    """What the datasets of a file have in common."""

    def __init__(self, path: str | PathLike[str], frames: list[Frame]) -> None:
        self.path = path
        self.texts = [
            frame.content for frame in frames if isinstance(frame.content, str) and frame.content
        ]

    def dataset(self, frame: Frame, array: Any, axes: tuple[Axis, ...], **labels: Any) -> Dataset:
        """Return a dataset with the labels of its frame."""
        parameters = frame.xml.get("Parameters", {})
        uuid = labels.pop("uuid", "")
        metadata = {
            "experiment": _experiment(frame, parameters),
            "date": frame.date_time,
            "version": frame.version,
            **({"uuid": uuid} if uuid else {}),
            **labels.pop("metadata", {}),
        }
        original = {"TextComment": frame.xml.get("TextComment", ""), "Parameters": parameters}
        return dataset(
            array,
            axes,
            source=SOURCE,
            metadata=metadata,
            original_metadata=original | ({"texts": self.texts} if self.texts else {}),
            **labels,
        )


def _experiment(frame: Frame, parameters: Any) -> dict[str, Any]:
    facts = frame.content.facts if isinstance(frame.content, Plain) else {}
    found = {
        "instrument": at(parameters, "DeviceType"),
        "software": at(parameters, "Common/BuildID"),
        "technique": at(parameters, "Common/Technic"),
        "spring_constant": number(at(parameters, "Common/Probe/Stiffness")),
        "probe": at(parameters, "Common/Probe/ID"),
        "start_date_time": frame.date_time,
        "bias": facts.get("bias"),
        "setpoint": facts.get("setpoint"),
    }
    return {key: value for key, value in found.items() if value not in (None, "")}


def of_frame(labels: Labels, frame: Frame) -> list[Dataset]:
    """Return the datasets of a frame, none for one without numbers.

    Warns
    -----
    SidpyWarning
        When the frame is damaged.
    """
    content = frame.content
    try:
        if isinstance(content, Plain):
            return _plain(labels, frame, content)
        if isinstance(content, Dots):
            return _dots(labels, frame, content)
        if isinstance(content, Grid):
            return _grid(labels, frame, content)
        if isinstance(content, Folder):
            return _points(labels, *_with_conditions(labels, frame, content))
    except ReaderError as error:
        warn(f"{labels.path}: frame {frame.number} is damaged and left out: {error}")
    return []


# --- kinds 0, 1 and 201 ---------------------------------------------------------------


def _plain(labels: Labels, frame: Frame, content: Plain) -> list[Dataset]:
    rows, columns = content.y.count, content.x.count
    if not rows * columns:
        return []
    if frame.kind == 0:
        strides = (-2 * columns, 2)
        source = StridedArray(
            labels.path, "<i2", (rows, columns), content.offset + 2 * columns * (rows - 1), strides
        )
        y, x = (
            Axis.scanned(name, _centres(scale), scale.units or "px")
            for name, scale in (("y", content.y), ("x", content.x))
        )
        axes: tuple[Axis, ...] = (y.flipped(), x)
        kind = "IMAGE"
    else:
        source = StridedArray(
            labels.path, "<i2", (rows, columns), content.offset, (2 * columns, 2)
        )
        sweep = Axis.swept("x", content.x.values(np.arange(columns)), content.x.units)
        axes = (Axis("curve", np.arange(rows), "", "Curve"), sweep)
        kind = "LINE_PLOT_FAMILY"
        if rows == 1:
            return [
                labels.dataset(
                    frame, _scaled(source, content.z)[0], (sweep,), data_type="SPECTRUM",
                    **_names(frame, content.z),
                )
            ]  # fmt: skip
    array = _scaled(source, content.z)
    return [labels.dataset(frame, array, axes, data_type=kind, **_names(frame, content.z))]


def _centres(scale: Calibration) -> np.ndarray:
    """Return the pixel centres of a scan that says its step."""
    if not scale.units or not scale.scale:
        return np.arange(scale.count)
    return pixel_centres(scale.count, abs(scale.scale) * scale.count, scale.bias)


def _scaled(source: Any, scale: Calibration) -> Any:
    """Return values of stored numbers; those that are values already stay as they are."""
    array = lazy(source)
    if scale.scale == 1 and not scale.bias and array.dtype.kind == "f":
        return array
    return array.astype("f8") * scale.scale + scale.bias


def _names(frame: Frame, values: Calibration) -> dict[str, str]:
    title = frame.title or values.name or f"frame {frame.number}"
    return {
        "title": title,
        "units": values.units,
        "quantity": title.partition(":")[2].strip() or title,
    }


def _dots(labels: Labels, frame: Frame, content: Dots) -> list[Dataset]:
    """Return a dataset per dot and direction."""
    place, found = content.offset, []
    for number_, (dot, lengths) in enumerate(
        zip(content.places.tolist(), content.lengths.tolist(), strict=True)
    ):
        for direction, length in zip(("forward", "backward"), lengths, strict=True):
            if length:
                source = StridedArray(labels.path, "<i2", (length,), place, (2,))
                names = _names(frame, content.z)
                names["title"] += f", point {number_} ({direction})"
                axis = Axis.swept("x", content.x.values(np.arange(length)), content.x.units)
                metadata = {"coordinate": dot, "coordinate_units": content.units}
                found.append(
                    labels.dataset(
                        frame, _scaled(source, content.z), (axis,), data_type="SPECTRUM",
                        metadata={**metadata, "direction": direction}, **names,
                    )
                )  # fmt: skip
            place += 2 * length
    return found


# --- kind 106 -------------------------------------------------------------------------


def _grid(labels: Labels, frame: Frame, content: Grid) -> list[Dataset]:
    strides, step = [], content.cell
    for dimension in content.dimensions:
        strides.append(step)
        step *= dimension.count
    order = _order(content.dimensions)
    axes, offset, steps = [], content.offset, []
    for number_, row in enumerate(order):
        dimension = content.dimensions[row]
        is_picture = len(order) - number_ == 2 or _is_length(dimension)
        axis, upwards = _axis(dimension, row, content.dimensions)
        if upwards and is_picture:
            # the bottom row comes first
            offset += strides[row] * (dimension.count - 1)
            strides[row], axis = -strides[row], axis.flipped()
        axes.append(axis)
        steps.append(strides[row])
    shape = tuple(content.dimensions[row].count for row in order)
    found = []
    for measurand in content.measurands:
        names = _names(frame, measurand)
        if len(content.measurands) > 1:
            names["title"] += f", {measurand.name}"
        source = StridedArray(labels.path, measurand.dtype, shape, offset, steps)
        offset += np.dtype(measurand.dtype).itemsize
        found.append(
            labels.dataset(
                frame, _scaled(source, measurand), _distinct(axes), data_type=_kind(axes),
                uuid=content.uuid, **names,
            )
        )  # fmt: skip
    return found


def _is_length(dimension: Calibration) -> bool:
    return dimension.units in LENGTHS


def _order(dimensions: tuple[Calibration, ...]) -> list[int]:
    """Return the dimensions slowest first, those that are no length last."""
    slow_first = range(len(dimensions))[::-1]
    if len(dimensions) < 3:
        return list(slow_first)
    return sorted(slow_first, key=lambda row: not _is_length(dimensions[row]))


def _axis(
    dimension: Calibration, row: int, dimensions: tuple[Calibration, ...]
) -> tuple[Axis, bool]:
    """Return an axis, and whether it is y of a picture, which points upwards."""
    lengths = [i for i, other in enumerate(dimensions) if _is_length(other)]
    pair = lengths[:2] if len(lengths) > 1 else list(range(2)) if len(dimensions) == 2 else []
    if row not in pair:
        values = dimension.values(np.arange(dimension.count))
        return Axis.swept(dimension.name or f"axis{row}", values, dimension.units), False
    name = "yx"[row == pair[0]]
    span = dimension.scale * (dimension.count - 1)
    if dimension.count > 1 and math.isfinite(span) and span > 0:
        values = pixel_centres(dimension.count, span, dimension.bias)
    else:
        values = dimension.values(np.arange(dimension.count))
    return Axis.scanned(name, values, dimension.units), name == "y"


def _distinct(axes: list[Axis]) -> tuple[Axis, ...]:
    """Return axes whose names are words and differ."""
    names: list[str] = []
    for axis in axes:
        word = "_".join(axis.name.split()) if axis.name.isprintable() else "axis"
        names.append(word if word not in names else f"{word}_{len(names)}")
    return tuple(
        Axis(name, axis.values, axis.units, axis.quantity, axis.kind)
        for name, axis in zip(names, axes, strict=True)
    )


def _kind(axes: list[Axis]) -> str:
    spatial = sum(axis.name in {"x", "y"} for axis in axes)
    if len(axes) == 1:
        return "SPECTRUM"
    if len(axes) == 2:
        return "IMAGE" if spatial == 2 else "LINE_PLOT_FAMILY"
    return "SPECTRAL_IMAGE" if len(axes) == 3 and spatial == 2 else "UNKNOWN"


# --- kind 190 -------------------------------------------------------------------------


def _with_conditions(
    labels: Labels, frame: Frame, content: Folder
) -> tuple[Frame, list[Point], str]:
    """Return a frame with the XML that its folder holds, and its points."""
    points, uuid, xml = parse_points(labels.path, content)
    title = str(at(xml, "Parameters/Name") or at(xml, "Parameters/SpecShell/Mode") or "")
    whole = Frame(
        frame.number, frame.kind, frame.offset, frame.size, frame.date_time, frame.version,
        title or "Point_Cloud", xml, content,
    )  # fmt: skip
    return whole, points, uuid


def _points(labels: Labels, frame: Frame, points: list[Point], uuid: str) -> list[Dataset]:
    """Return a point cloud per quantity; a dataset per point where the sweeps differ."""
    found = []
    for group in _alike(points):
        (first, point), *_ = group
        units = point.units
        rows = tuple(curve.runs for curve, _ in group)
        places = np.array([where.place for _, where in group])
        source = Runs(str(labels.path), first.dtype, rows, first.bias, first.scale)
        axes: tuple[Axis, ...] = (_swept(first),)
        array = lazy(source)
        is_cloud = len(group) > 1
        if is_cloud:
            axes = (Axis("point", np.arange(len(group)), "", "Point number", "POINT_CLOUD"), *axes)
        result = labels.dataset(
            frame,
            array if is_cloud else array[0],
            axes,
            data_type="POINT_CLOUD" if is_cloud else "SPECTRUM",
            title=frame.title,
            units=first.units,
            quantity=first.name,
            uuid=uuid,
            metadata={} if is_cloud else {"coordinate": places[0], "coordinate_units": units},
        )
        if is_cloud:
            result.point_cloud = {
                "coordinates": places,
                "spacial_units": units or "generic",
                "quantity": "Length",
            }
        found.append(result)
    return found


def _alike(points: list[Point]) -> list[list[tuple[Curve, Point]]]:
    """Return the curves of all points in groups of one quantity and one sweep."""
    groups: dict[tuple[Any, ...], list[tuple[Curve, Point]]] = {}
    for point in points:
        for curve in point.curves:
            key = (curve.name, curve.dtype, curve.axis.tobytes())
            groups.setdefault(key, []).append((curve, point))
    return list(groups.values())


def _swept(curve: Curve) -> Axis:
    return Axis("x", curve.axis, curve.swept_units, curve.swept, "SPECTRAL")


def point_by_point(labels: Labels, frame: Frame, content: Folder) -> dict[str, Dataset]:
    """Return a dataset [x, channel] for each point of a frame of kind 190, by its number.

    Channels that were swept differently from the first are left to `of_frame`.
    """
    import dask.array as da

    whole, points, uuid = _with_conditions(labels, frame, content)
    found = {}
    for number_, point in enumerate(points):
        curves = point.curves
        if not curves:
            continue
        arrays = [
            lazy(Runs(str(labels.path), one.dtype, (one.runs,), one.bias, one.scale))[0]
            for one in curves
            if len(one.axis) == len(curves[0].axis)
        ]
        channel = Axis("channel", np.arange(len(arrays)), "", "generic", "CHANNEL")
        found[f"point_{number_}"] = labels.dataset(
            whole,
            da.stack(arrays, axis=1),
            (_swept(curves[0]), channel),
            data_type="SPECTRUM",
            title="Spectrum",
            units=curves[0].units,
            quantity=curves[0].name,
            uuid=uuid,
            metadata={
                "channels": [one.name for one in curves[: len(arrays)]],
                "units": [one.units for one in curves[: len(arrays)]],
                "coordinate": np.array(point.place),
                "coordinate_units": point.units,
            },
        )
    return found
