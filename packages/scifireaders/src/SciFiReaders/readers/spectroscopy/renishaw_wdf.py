"""Spectra, series and maps of Renishaw WiRE (``.wdf``); the bytes are in `renishaw_blocks`.

A file holds spectra in the order in which they were taken, with the X axis descending.
Here both are ascending, and

* a single spectrum is [channel];
* a series is [what was varied, channel], along its primary origin where that varies;
* a map is [y, x, channel], or [z, x, channel] and the like for slices, [z, y, x, channel]
  for volumes; a line is [distance, channel];
* points that make no grid are a point cloud, [point, channel].

Rows of a map follow each other as in the area that WiRE scanned; its y axis points
downwards.  Where the origins tell the place of each spectrum, they decide which pixel it
is, whatever the order of the scan: by rows, by columns, to and fro, or StreamLine.  A
point of a map that was not collected is NaN; a series ends with its last spectrum.

What WiRE derived from each spectrum, and the white light image, follow as datasets of
their own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.readers.generic.image import image_inside
from SciFiReaders.values import at, number
from sidpy._warnings import warn
from sidpy.errors import (
    CorruptFile,
    MissingDependency,
    ReaderError,
    SidpyWarning,
    UnsupportedFile,
)

from .renishaw_blocks import FORMAT, Area, Wdf, parse_wdf
from .spectra import ascending, index_axis, place_points, spectra_type, spectral_axis

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_wdf"]

_SOURCE: Final = "SciFiReaders.renishaw_wdf"
_SERIES, _MAP = 2, 3
#: Flags of a map area.
_RANDOM, _BY_COLUMNS, _TO_AND_FRO, _LINE = 1, 2, 4, 128
_OWN_AXES, _TRACKS = 1, 8
#: A spectrum belongs to the pixel that it is nearer to than this part of a step.
_NEAR: Final = 0.3
#: More spectra than any scan takes.
_MOST_SPECTRA: Final = 1 << 24


@dataclass(frozen=True)
class Layout:
    """Which spectrum lies where."""

    axes: tuple[Axis, ...]
    order: np.ndarray | None = None
    """Number of the spectrum of each pixel, -1 for none; None as they were taken."""
    points: np.ndarray | None = None
    """Places that make no grid, as (x, y)."""


def read_wdf(path: str | PathLike[str]) -> list[Dataset]:
    """Read a Renishaw file.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        The spectra, what was derived from each of them, and the white light image.  Lazy.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        When it is no such file, or damaged.
    UnsupportedFile
        When each spectrum has several tracks, which no source describes.

    Warns
    -----
    SidpyWarning
        When the measurement stopped early, the file is cut short, or pillow is missing,
        which the white light image needs.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        wdf = parse_wdf(cursor)
    _check(path, wdf)
    if wdf.header["flags"] & _OWN_AXES:
        found = _own_axes(path, wdf)
    else:
        layout = _layout(wdf)
        found = [_spectra(path, wdf, layout), *_derived(path, wdf, layout)]
    return found + _white_light(path, wdf)


def _check(path: str | PathLike[str], wdf: Wdf) -> None:
    head = wdf.header
    points, kept = head["points"], head["collected"]
    if head["flags"] & _TRACKS and head["tracks"] > 1:
        msg = f"spectra of {head['tracks']} tracks, which no source describes"
        raise UnsupportedFile(msg, path=path, format=FORMAT)
    if kept * points * 4 > wdf.data.size or not kept or head["capacity"] > _MOST_SPECTRA:
        msg = (
            f"{kept} of {head['capacity']} spectra of {points} points should be in "
            f"{wdf.data.size} bytes"
        )
        raise CorruptFile(msg, path=path, format=FORMAT, offset=wdf.data.start)
    channels = points * (head["capacity"] if head["flags"] & _OWN_AXES else 1)
    rows = wdf.y.values.size if wdf.y is not None else 1
    if wdf.x.values.size * (1 if wdf.x.values.size == channels else rows) != channels:
        msg = f"an axis of {wdf.x.values.size} values for spectra of {points} points"
        raise CorruptFile(msg, path=path, format=FORMAT)
    if kept < head["capacity"]:
        msg = f"{path}: the measurement stopped after {kept} of {head['capacity']} spectra"
        warn(msg, SidpyWarning)


def _layout(wdf: Wdf) -> Layout:
    """Return how the spectra are arranged."""
    head = wdf.header
    if head["capacity"] == 1:
        return Layout(())
    if wdf.area is not None and head["measurement type"] not in (1, _SERIES):
        found = _grid(wdf, wdf.area)
        if found is not None:
            return found
    if head["measurement type"] == _MAP:
        places = _places(wdf)
        if places is not None:
            index = index_axis("point", len(places), "POINT_CLOUD")
            return Layout((index,), points=places)
    return Layout((_series_axis(wdf),))


def _places(wdf: Wdf) -> np.ndarray | None:
    """Return the places of the spectra as (x, y) or (x, y, z)."""
    origins = [wdf.origin(kind) for kind in "xyz"]
    kept = [one.values for one in origins if one is not None]
    return np.column_stack(kept) if len(kept) >= 2 else None


def _grid(wdf: Wdf, area: Area) -> Layout | None:
    """Return the layout of a map whose area has a pixel for each spectrum, else None."""
    count = tuple(max(n, 1) for n in area.count)
    if math.prod(count) != wdf.header["capacity"] or area.flags & _RANDOM:
        return None
    if area.flags & _LINE:
        return Layout((_line_axis(wdf, area),), _missing(wdf))
    order = _order_by_places(wdf, area, count)
    if order is None:
        order = _order_by_flags(area.flags, count)
        order = np.where(order < wdf.header["collected"], order, -1)
    places = {kind: wdf.origin(kind) for kind in "xyz"}
    axes = []
    for i in (2, 1, 0):
        if count[i] > 1:
            origin = places["xyz"[i]]
            units = origin.units if origin is not None else "µm"
            values = area.start[i] + np.arange(count[i]) * float(area.step[i])
            axes.append(Axis.scanned("xyz"[i], values, units))
    in_order = bool((order == np.arange(order.size)).all())
    return Layout(tuple(axes), None if in_order else order)


def _missing(wdf: Wdf) -> np.ndarray | None:
    """Return the order of spectra as they were taken, None where all were."""
    numbers = np.arange(wdf.header["capacity"])
    kept = wdf.header["collected"]
    return None if kept == numbers.size else np.where(numbers < kept, numbers, -1)


def _line_axis(wdf: Wdf, area: Area) -> Axis:
    """Return the distances along a line from its first point."""
    capacity = wdf.header["capacity"]
    places = _places(wdf)
    step = math.dist(area.step, (0, 0, 0))
    values = np.arange(capacity) * step
    if places is not None and len(places) == capacity and not step:
        values = np.linalg.norm(places - places[0], axis=1)
    return Axis("distance", values, "µm", "Length", "SPATIAL")


def _order_by_places(wdf: Wdf, area: Area, count: tuple[int, ...]) -> np.ndarray | None:
    """Return the spectrum of each pixel by where it was taken, None where that is unknown."""
    pixels = np.zeros(wdf.header["collected"], dtype="i8")
    for i in (2, 1, 0):
        if count[i] == 1:
            continue
        origin = wdf.origin("xyz"[i])
        if origin is None or not area.step[i]:
            return None
        exact = (origin.values - area.start[i]) / area.step[i]
        if not np.isfinite(exact).all() or np.abs(exact).max() > count[i]:
            return None
        nearest = np.rint(exact).astype("i8")
        if np.abs(exact - nearest).max() > _NEAR or nearest.min() < 0 or nearest.max() >= count[i]:
            return None
        pixels = pixels * count[i] + nearest
    order = np.full(math.prod(count), -1)
    order[pixels] = np.arange(pixels.size)
    return order if (order >= 0).sum() == pixels.size else None


def _order_by_flags(flags: int, count: tuple[int, ...]) -> np.ndarray:
    """Return the spectrum of each pixel [z, y, x] by the order of the scan."""
    fast, slow = (1, 0) if flags & _BY_COLUMNS else (0, 1)
    numbers = np.arange(math.prod(count)).reshape(count[2], count[slow], count[fast])
    if flags & _TO_AND_FRO:
        numbers[:, 1::2] = numbers[:, 1::2, ::-1]
    return (numbers.swapaxes(1, 2) if flags & _BY_COLUMNS else numbers).ravel()


def _series_axis(wdf: Wdf) -> Axis:
    """Return the axis of a series: what was varied in it, else a count."""
    kept = wdf.header["collected"]
    varied = [one for one in wdf.origins if one.primary and np.isfinite(one.values).all()]
    for origin in varied:
        if origin.values.size == 1 or np.ptp(origin.values) > 0:
            name = "_".join((origin.kind if origin.kind != "arbitrary" else origin.name).split())
            known = {"x": "SPATIAL", "y": "SPATIAL", "z": "SPATIAL", "time": "TEMPORAL"}
            kind = known.get(origin.kind, "UNKNOWN")
            quantity = "Length" if kind == "SPATIAL" else name.replace("_", " ").capitalize()
            name = name.lower() if name.isidentifier() else "series"
            return Axis(name, origin.values, origin.units, quantity, kind)
    return index_axis("spectrum", kept)


def _spectral(wdf: Wdf, values: np.ndarray) -> Axis:
    units = wdf.x.units
    # lists of kind "spectral" in 1/cm are shifts from the laser
    shift = units == "1/cm" and wdf.x.kind == "spectral"
    return spectral_axis(values.astype(float), units, "Raman shift" if shift else "")


def _spectra(path: str | PathLike[str], wdf: Wdf, layout: Layout) -> Dataset:
    from sidpy import FileArray

    head, rows = wdf.header, wdf.y
    sizes = tuple(axis.values.size for axis in layout.axes)
    if rows is not None and rows.values.size * wdf.x.values.size == head["points"] != (
        wdf.x.values.size
    ):
        return _images(path, wdf, layout)
    if layout.order is None:
        array = lazy(FileArray(path, "<f4", (*sizes, head["points"]), wdf.data.start))
    else:
        stored = FileArray(path, "<f4", (head["collected"], head["points"]), wdf.data.start)
        array = _arranged(lazy(stored), layout.order).reshape(*sizes, head["points"])
    axis, array = ascending(_spectral(wdf, wdf.x.values), array)
    return _labelled(wdf, layout, array, (*layout.axes, axis), spectra_type((*layout.axes, axis)))


def _images(path: str | PathLike[str], wdf: Wdf, layout: Layout) -> Dataset:
    """Return images that were taken through a filter, [..., y, x]."""
    from sidpy import FileArray

    columns = wdf.x
    rows = wdf.y or columns
    sizes = tuple(axis.values.size for axis in layout.axes)
    shape = (*sizes, rows.values.size, columns.values.size)
    axes = tuple(
        Axis.scanned(name, one.values.astype(float), one.units if one.units != "px" else "")
        for name, one in (("v", rows), ("u", columns))
    )
    array = lazy(FileArray(path, "<f4", shape, wdf.data.start))
    kind = "IMAGE_STACK" if len(sizes) == 1 else "IMAGE" if not sizes else "IMAGE_4D"
    return _labelled(wdf, Layout(layout.axes), array, (*layout.axes, *axes), kind)


def _arranged(spectra: Any, order: np.ndarray) -> Any:
    """Return rows in another order, NaN where there is none."""
    import dask.array as da

    taken = spectra[np.maximum(order, 0)]
    if (order >= 0).all():
        return taken
    mask = da.from_array(order < 0, chunks=taken.chunks[0])
    mask = mask.reshape(-1, *[1] * (taken.ndim - 1))
    return da.where(mask, np.float32(np.nan), taken)


def _labelled(
    wdf: Wdf, layout: Layout, array: Any, axes: tuple[Axis, ...], data_type: str
) -> Dataset:
    head = wdf.header
    found = dataset(
        array,
        axes,
        title=head["title"] or "spectra",
        data_type=data_type,
        units=head["units"],
        quantity="intensity",
        source=_SOURCE,
        metadata={"experiment": _experiment(wdf), **_series(wdf)},
        original_metadata=wdf.original,
    )
    found.modality = "Raman" if axes[-1].quantity == "Raman shift" else "generic"
    if layout.points is not None:
        x = wdf.origin("x")
        place_points(found, layout.points, x.units if x is not None else "")
    return found


def _experiment(wdf: Wdf) -> dict[str, Any]:
    """Return what was set, under the names that all formats share."""
    head, scan = wdf.header, at(wdf.original, "WXDM/NamedItems/Scan") or {}
    laser, exposure = number(head["laser"]), number(scan.get("Exposure Time"))
    microscope = at(wdf.original, "WXIS/Microscope") or {}
    found = {
        # the header has the wavenumber of the laser, 1/cm
        "laser_wavelength": 0.01 / laser if laser and laser > 0 else None,
        "exposure_time": exposure * 1e-3 if exposure else None,
        "accumulations": head["accumulations"],
        "objective": microscope.get("Objective name"),
        "magnification": number(microscope.get("Objective magnification")),
        "laser_power_fraction": _fraction(at(wdf.original, "WXIS/ND Transmission %")),
        "grating": at(scan, "scan Area Key/Grating Name"),
        "start_date_time": head["start"],
        "end_date_time": head["end"],
        "user": head["user"],
        "software": f"{head['program']} {head['version']}".strip(),
        "comment": wdf.original.get("comment"),
    }
    return {key: value for key, value in found.items() if value not in (None, "")}


def _fraction(percent: Any) -> float | None:
    value = number(percent)
    return None if value is None else value / 100


def _series(wdf: Wdf) -> dict[str, Any]:
    """Return what was known of each spectrum, as it was taken: names, units, values."""
    if wdf.header["capacity"] == 1:
        return {}
    rows = {
        (one.name or one.kind): {"units": one.units, "values": one.values}
        for one in wdf.origins
        if one.kind not in ("checksum", "flags")
    }
    return {"origins": rows} if rows else {}


def _derived(path: str | PathLike[str], wdf: Wdf, layout: Layout) -> list[Dataset]:
    """Return what WiRE derived from each spectrum, arranged as they are."""
    from sidpy import FileArray

    found = []
    kept, sizes = wdf.header["collected"], tuple(axis.values.size for axis in layout.axes)
    for label, place, count in wdf.derived:
        if count < kept or not layout.axes:
            continue
        array = lazy(FileArray(path, "<f4", (kept,), place))
        if layout.order is not None:
            array = _arranged(array, layout.order)
        spatial = all(axis.kind == "SPATIAL" for axis in layout.axes)
        kind = "IMAGE" if len(sizes) == 2 and spatial else "LINE_PLOT"
        kind = "POINT_CLOUD" if layout.points is not None else kind
        one = _labelled(wdf, layout, array.reshape(sizes), layout.axes, kind)
        one.title, one.quantity, one.units = label, label, "generic"
        found.append(one)
    return found


def _own_axes(path: str | PathLike[str], wdf: Wdf) -> list[Dataset]:
    """Return one dataset for each spectrum of a file in which each has its own X list."""
    from sidpy import FileArray

    head = wdf.header
    lists = wdf.x.values.reshape(head["capacity"], head["points"])
    found = []
    for i in range(head["collected"]):
        place = wdf.data.start + 4 * i * head["points"]
        array = lazy(FileArray(path, "<f4", (head["points"],), place))
        axis, array = ascending(_spectral(wdf, lists[i]), array)
        one = _labelled(wdf, Layout(()), array, (axis,), "SPECTRUM")
        one.title = f"{head['title'] or 'spectrum'} {i}"
        found.append(one)
    return found


def _white_light(path: str | PathLike[str], wdf: Wdf) -> list[Dataset]:
    block = wdf.white_light
    if block is None:
        return []
    try:
        found = image_inside(path, (block.start, block.size), "white light image")
    except (MissingDependency, ReaderError) as error:
        warn(f"{path}: the white light image is left out: {error}", SidpyWarning)
        return []
    found.source = _SOURCE
    return [found]
