"""Surfaces, profiles, spectra and maps of Digital Surf's Mountains (``.sur``, ``.pro``).

`surf_objects` says how a file is laid out.  Objects of a series lie along t; three planes
are a picture in colours.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from SciFiReaders.labelled import Axis, color_axis, dataset
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, SidpyWarning, UnsupportedFile

from .surf_objects import FORMAT, MAP, TYPES, Direction, Surf, objects_of

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_surf"]

_SPECTRUM: Final = 20
#: Series, whose objects lie along t; pictures, of which three objects make one.
_SERIES: Final = frozenset({4, 5, 15})
_COLOURED: Final = frozenset({12, 13, 16, 18})


def read_surf(path: str | PathLike[str]) -> list[Dataset]:
    """Read every object of a file.

    Parameters
    ----------
    path : path-like
        The ``.sur`` or ``.pro`` file.

    Returns
    -------
    list of Dataset
        [x], [y, x], [y, x, energy]; series with their axis first, colours last.  Lazy;
        packed numbers are unpacked when they are computed.

    Raises
    ------
    UnrecognisedFile
        When it does not begin as such a file does.
    UnsupportedFile
        For a type of object that is not described.
    CorruptFile
        When it is damaged or cut short.

    Warns
    -----
    SidpyWarning
        When objects of a series are missing, or do not fit each other.
    """
    objects = objects_of(path)
    if objects[0].kind not in TYPES:
        msg = f"objects of type {objects[0].kind}; known are {sorted(TYPES)}"
        raise UnsupportedFile(msg, path=path, format=FORMAT, offset=18)
    first = objects[0]
    if first.kind in _SERIES and first.count > 1:
        return _series(path, objects)
    if first.kind in _COLOURED:
        return _coloured(path, objects)
    return [_one(path, part, i, len(objects)) for i, part in enumerate(objects)]


def _one(path: str | PathLike[str], part: Surf, place: int, count: int) -> Dataset:
    title = part.header["name"].strip("* ") or Path(path).stem
    if count > 1:
        title = f"{title} {place + 1}"
    array, axes = part.array, _axes(part)
    kinds = {1: "LINE_PLOT", 2: "IMAGE", 3: "SPECTRAL_IMAGE"}
    kind = kinds[array.ndim]
    if part.kind == _SPECTRUM:
        kind = "SPECTRUM" if array.ndim == 1 else "SPECTRAL_IMAGE"
    return _labelled(path, part, array, axes, title, kind)


def _labelled(
    path: str | PathLike[str],
    part: Surf,
    array: Any,
    axes: list[Axis],
    title: str,
    kind: str,
) -> Dataset:
    z = part.directions[2]
    experiment = {
        "start_date_time": part.header["date"],
        "operator": part.header["operator"],
        "measurement_time": part.header["duration"] or None,
    }
    return dataset(
        array,
        tuple(axes),
        title=title or Path(path).stem,
        data_type=kind,
        units=z.units,
        quantity=z.name,
        source="SciFiReaders.digitalsurf",
        metadata={"experiment": {k: v for k, v in experiment.items() if v not in (None, "")}},
        original_metadata=part.header,
    )


def _axes(part: Surf) -> list[Axis]:
    x, y, _, t = part.directions
    if part.kind == _SPECTRUM:
        along = _spectral(x, part.shape[-1])
        rows = [] if len(part.shape) == 1 else [_counted("spectrum", y, part.shape[0])]
        return [*rows, along]
    axes = [_spatial("x", x, part.shape[1 if len(part.shape) > 1 else 0])]
    if len(part.shape) > 1:
        axes.insert(0, _spatial("y", y, part.shape[0]))
    if part.kind == MAP:
        axes.append(_spectral(t, part.shape[2]))
    return axes


def _spatial(name: str, way: Direction, size: int) -> Axis:
    units = way.units if way.step else ""
    return Axis.scanned(name, way.values(size), units)


def _spectral(way: Direction, size: int) -> Axis:
    return Axis.swept("channel", way.values(size), way.units, way.name)


def _counted(name: str, way: Direction, size: int) -> Axis:
    units = way.units if way.step else ""
    return Axis(name, way.values(size), units, way.name or name, "TEMPORAL")


def _series(path: str | PathLike[str], objects: list[Surf]) -> list[Dataset]:
    import dask.array as da

    first = objects[0]
    parts = [part for part in objects if part.shape == first.shape]
    if len(parts) != first.count:
        msg = (
            f"{path}: {len(parts)} of {first.count} objects of a series of the shape "
            f"{first.shape} are there, and are returned"
        )
        warn(msg, SidpyWarning)
    array = da.stack([part.array for part in parts])
    axes = [_counted("frame", first.directions[3], len(parts)), *_axes(first)]
    title = first.header["name"].strip("* ")
    kind = "IMAGE_STACK" if array.ndim == 3 else "SPECTRAL_IMAGE"
    return [_labelled(path, first, array, axes, title, kind)]


def _coloured(path: str | PathLike[str], objects: list[Surf]) -> list[Dataset]:
    """Return pictures in colours, three planes each, and the surfaces among them."""
    import dask.array as da

    title = objects[0].header["name"].strip("* ") or Path(path).stem
    heights = [] if objects[0].kind in (12, 18) else [objects[0]]
    planes = objects[len(heights) :]
    if len(planes) % 3:  # an image of intensity beside the colours
        extra = len(planes) % 3
        heights, planes = heights + planes[:extra], planes[extra:]
    found = [_one(path, part, i, len(heights)) for i, part in enumerate(heights)]
    for i in range(0, len(planes), 3):
        three = planes[i : i + 3]
        if len({part.shape for part in three}) > 1 or len(three[0].shape) != 2:
            msg = f"the planes of a picture have the shapes {[part.shape for part in three]}"
            raise CorruptFile(msg, path=path, format=FORMAT)
        array = da.stack([part.array for part in three], axis=-1)
        colours = da.rint(array).clip(0, 255).astype("u1")
        axes = [*_axes(three[0]), color_axis()]
        name = title if len(planes) == 3 else f"{title} {i // 3 + 1}"
        found.append(_labelled(path, three[0], colours, axes, name, "IMAGE"))
    return found
