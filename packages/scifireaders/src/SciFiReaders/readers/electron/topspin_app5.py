"""Sessions of NanoMEGAS TopSpin (``.app5``, HDF5): images and scans of patterns.

================================= ======================================================
place                             meaning
================================= ======================================================
``<guid>/``                       one acquisition
``<guid>/Metadata``               XML: Title, StartDateTime, ``ProcedureData/Item`` with
                                  Name and Value; a Value with Id names a result
``<guid>/<id>``                   a dataset: an image [y, x]
``<guid>/<id>/<n>/Data``          a group: the n-th pattern of a series
``<guid>/<id>/<n>/Metadata``      XML: its Calibration, `RequestedBeamPosition`
``Calibration/X``, ``/Y``         `Offset` of index 0, `Scale` per pixel, in m (Position)
                                  or rad (Angle)
================================= ======================================================

Source: decoded from a file of the RosettaSciIO collection.
Not yet understood: series whose points lie on no grid are returned one after another.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.hdf5 import member, opened, plain
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.markup import parse_xml, tree_of
from SciFiReaders.values import at, number, typed
from sidpy.errors import CorruptFile

if TYPE_CHECKING:
    from os import PathLike

    import h5py

    from sidpy import Dataset

__all__ = ["Patterns", "read_app5"]

FORMAT: Final = "nanomegas.app5"
_MOST: Final = 1 << 24
#: Key, name of the item, factor to the unit of the key.
_NUMBERS: Final = (
    ("single_exposure_time", "FrameTime", 1.0),
    ("camera_length", "DiffractionCameraLength", 1.0),
    ("precession_cycles", "NumberPrecessionCycles", 1.0),
)


# --- parse ----------------------------------------------------------------------------


class Patterns:
    """Patterns that lie in a dataset each, read when they are indexed.

    Parameters
    ----------
    path : path-like
        The HDF5 file.
    group : str
        Address of the group that holds ``0/Data``, ``1/Data``, ...
    shape : tuple of int
        Of the scan or series, then rows and columns of a pattern.
    dtype : dtype
        Type of the numbers.
    """

    __slots__ = ("dtype", "group", "path", "shape")

    def __init__(
        self, path: str | PathLike[str], group: str, shape: tuple[int, ...], dtype: np.dtype
    ) -> None:
        self.path, self.group = str(Path(path).resolve()), group
        self.shape, self.dtype = shape, dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    def __dask_tokenize__(self) -> tuple[object, ...]:
        status = Path(self.path).stat()
        return (self.path, status.st_mtime_ns, status.st_size, self.group, self.shape)

    def __getitem__(self, index: Any) -> np.ndarray:
        wanted = index if isinstance(index, tuple) else (index,)
        outer = self.ndim - 2
        scan = self.shape[:outer]
        chosen = np.arange(math.prod(scan)).reshape(scan)[wanted[:outer]]
        found = np.empty((chosen.size, *self.shape[outer:]), self.dtype)
        with opened(self.path, FORMAT) as file:
            for place, number_of in enumerate(chosen.reshape(-1)):
                name = f"{self.group}/{number_of}/Data"
                data = member(file, name)
                if getattr(data, "shape", None) != self.shape[outer:]:
                    msg = f"{name} should be a pattern of the shape {self.shape[outer:]}"
                    raise CorruptFile(msg, path=self.path, format=FORMAT)
                data.read_direct(found[place])
        whole = found.reshape(*np.shape(chosen), *self.shape[outer:])
        return whole[(*(slice(None),) * np.ndim(chosen), *wanted[outer:])]


def _xml(item: Any, path: str | PathLike[str]) -> dict[str, Any]:
    """Return a dataset of XML as a tree; {} for none."""
    if item is None or getattr(item, "shape", None) != ():
        return {}
    text = plain(item[()])
    # an XML declaration names the encoding of the text that it once was
    body = text.partition("?>")[2] if text.lstrip().startswith("<?xml") else text
    tree = tree_of(parse_xml(body.strip(), path=path, format=FORMAT)) if body.strip() else {}
    return tree if isinstance(tree, dict) else {}


def _plain(value: Any) -> Any:
    """Return a value without the names of its serializers, numbers as numbers."""
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if not isinstance(value, dict):
        return typed(value) if isinstance(value, str) else value
    rest = {key: part for key, part in value.items() if key not in ("Serializer", "Version")}
    if "text" in rest and len(rest) == 1:
        return typed(rest["text"])
    if set(rest) == {"Item"}:
        items = rest["Item"] if isinstance(rest["Item"], list) else [rest["Item"]]
        pairs = [_plain(item) for item in items if isinstance(item, dict)]
        return {str(pair.get("Name")): pair.get("Value") for pair in pairs if "Name" in pair}
    return {key: _plain(part) for key, part in rest.items()}


# --- label ----------------------------------------------------------------------------


def read_app5(path: str | PathLike[str]) -> list[Dataset]:
    """Read the results of all acquisitions of a session.

    Parameters
    ----------
    path : path-like
        The ``.app5`` file.

    Returns
    -------
    list of Dataset
        Images [y, x], scans of patterns [y, x, v, u], series [frame, v, u]; lazy.

    Raises
    ------
    UnrecognisedFile
        When it is no HDF5 file.
    CorruptFile
        When it is damaged, or holds no result.
    """
    import h5py

    found: list[Dataset] = []
    with opened(path, FORMAT) as file:
        for name in file:
            group = member(file, name, h5py.Group)
            if group is not None and "Metadata" in group:
                found += _acquisition(group, path)
    if not found:
        msg = "it holds no acquisition with a result"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return found


def _acquisition(group: h5py.Group, path: str | PathLike[str]) -> list[Dataset]:
    import h5py

    notes = _plain(_xml(member(group, "Metadata"), path))
    data = notes.get("ProcedureData")
    data = data if isinstance(data, dict) else {}
    found = []
    for label, value in data.items():
        name = value.get("Id") if isinstance(value, dict) else None
        item = member(group, name) if isinstance(name, str) and name else None
        title = f"{notes.get('Title') or Path(path).stem}, {label}"
        if isinstance(item, h5py.Group):
            found += _patterns(item, path, title, notes)
        elif item is not None and item.ndim == 2 and item.dtype.kind in "iuf" and item.size:
            axes = _directions(value.get("Calibration"), item.shape, "yx")
            found.append(_labelled(_source(path, item), axes, title, notes))
    return found


def _source(path: str | PathLike[str], item: h5py.Dataset) -> Any:
    from sidpy import H5Array

    return H5Array(path, item.name)


def _directions(calibration: Any, shape: tuple[int, ...], names: str) -> list[Axis]:
    """Return the axes of an image or a pattern, rows first."""
    axes = []
    for name, letter, size in zip(names, "YX", shape, strict=True):
        scale = number(at(calibration, f"{letter}/Scale"))
        kind = at(calibration, f"{letter}/Type/Text")
        start = number(at(calibration, f"{letter}/Offset")) or 0.0
        if not scale:
            axes.append(Axis(name, np.arange(size), "", "generic", "SPATIAL"))
        elif kind == "Angle":
            values = start + np.arange(size) * scale
            axes.append(Axis(name, values, "rad", "angle", "RECIPROCAL"))
        else:
            values = (start + np.arange(size) * scale) * 1e9
            axes.append(Axis(name, values, "nm", "distance", "SPATIAL"))
    return axes


def _patterns(
    group: h5py.Group, path: str | PathLike[str], title: str, notes: dict[str, Any]
) -> list[Dataset]:
    count = sum(1 for name in group if name.isdecimal())
    first = member(group, "0/Data")
    if not 0 < count <= _MOST or getattr(first, "ndim", 0) != 2 or first.dtype.kind not in "iuf":
        return []
    tree = _plain(_xml(member(group, "0/Metadata"), path))
    scan, axes = _scan(group, path, count)
    source = Patterns(path, group.name, (*scan, *first.shape), first.dtype)
    axes += _directions(tree.get("Calibration"), first.shape, "vu")
    return [_labelled(source, axes, title, notes)]


def _scan(
    group: h5py.Group, path: str | PathLike[str], count: int
) -> tuple[tuple[int, ...], list[Axis]]:
    """Return the shape of a scan, x fast, from the first, second and last of its points."""
    places = []
    for i in (0, 1, count - 1) if count > 1 else ():
        tree = _plain(_xml(member(group, f"{i}/Metadata"), path))
        point = at(tree, "Metadata/RequestedBeamPosition")
        places.append([number(at(point, letter)) for letter in "XY"])
    known = all(value is not None for place in places for value in place)
    if count == 1:
        return (), []
    if known:
        (x, y), (following, _), (last_x, last_y) = places
        step = following - x
        columns = round((last_x - x) / step) + 1 if step else 1
        if columns > 0 and not count % columns:
            rows = count // columns
            rise = (last_y - y) / (rows - 1) if rows > 1 else 0.0
            along = [
                Axis("y", (y + np.arange(rows) * rise) * 1e9, "nm", "distance", "SPATIAL"),
                Axis("x", (x + np.arange(columns) * step) * 1e9, "nm", "distance", "SPATIAL"),
            ]
            if (rise or rows == 1) and columns > 1:
                return (rows, columns), along
    return (count,), [Axis("frame", np.arange(count), "", "frame", "TEMPORAL")]


def _labelled(source: Any, axes: list[Axis], title: str, notes: dict[str, Any]) -> Dataset:
    kinds = {2: "IMAGE", 3: "IMAGE_STACK", 4: "IMAGE_4D"}
    return dataset(
        lazy(source),
        tuple(axes),
        title=title,
        data_type=kinds[source.ndim],
        quantity="intensity",
        source="SciFiReaders.topspin_app5",
        metadata={"experiment": _experiment(notes)},
        original_metadata=notes,
    )


def _experiment(notes: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, name, factor in _NUMBERS:
        value = number(at(notes, f"ProcedureData/{name}"))
        if value is not None:
            found[key] = value * factor
    found["detector"] = at(notes, "ProcedureData/Camera")
    found["microscope"] = notes.get("SystemName")
    found["sample"] = notes.get("Specimen")
    found["start_date_time"] = notes.get("StartDateTime")
    return {key: value for key, value in found.items() if value not in (None, "", {})}
