"""Curves at points of NT-MDT (frames of kind 190): a folder whose ``index.xml`` explains it.

=========================== ============================================================
element of ``index.xml``    meaning
=========================== ============================================================
``Name``                    a quantity: name, unit, bias and scale (for whole numbers)
``Axis``                    a sweep: ``name`` (index of a quantity), count, start, stop, or
                            the index of stored values in ``data``
``Meas``                    one sweep of one quantity: ``name``, ``data``, ``axis0``,
                            ``inverse0`` (from stop to start), ``pass``
``Data``                    member, offset in it, count, type
``Point``                   member with the u32 indices of its sweeps, those there before
                            those back; x, y, z and their unit
=========================== ============================================================

Worked out from files of Nova 3.4; the other members repeat the conditions.
"""

from __future__ import annotations

from dataclasses import dataclass
from os import fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.markup import parse_xml
from SciFiReaders.values import number, typed
from sidpy.errors import CorruptFile

from .mdt_frames import FORMAT, Folder, xml_tree

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike
    from xml.etree.ElementTree import Element

__all__ = ["Curve", "Point", "Runs", "parse_points"]

_INDEX: Final = "index.xml"
_CONDITIONS: Final = "__xmlparams.xml"
_LONGEST: Final = 1 << 28
_NUMBERS: Final = {
    "float64": "<f8", "float32": "<f4", "int8": "i1", "uint8": "u1", "int16": "<i2",
    "uint16": "<u2", "int32": "<i4", "uint32": "<u4", "int64": "<i8", "uint64": "<u8",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of numbers that lie apart in a file and belong behind each other.

    Values are bias + scale * number.
    """

    path: str
    stored: str
    """Type of the numbers in the file."""
    runs: tuple[tuple[tuple[int, int], ...], ...]
    """Offset and count of the runs of each row; rows are equally long."""
    bias: float = 0.0
    scale: float = 1.0

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and their length."""
        return len(self.runs), sum(count for _, count in self.runs[0]) if self.runs else 0

    @property
    def ndim(self) -> int:
        """Number of axes: two."""
        return 2

    @property
    def dtype(self) -> np.dtype:
        """Type of the values."""
        return np.dtype("f8")

    def __dask_tokenize__(self) -> tuple[object, ...]:
        status = Path(self.path).stat()
        written = (status.st_mtime_ns, status.st_size)
        return (self.path, *written, self.stored, self.runs, self.bias, self.scale)

    def __getitem__(self, index: Any) -> np.ndarray:
        rows, *rest = index if isinstance(index, tuple) else (index,)
        wanted = np.arange(len(self.runs))[rows]
        values = np.empty((wanted.size, self.shape[1]))
        kind = np.dtype(self.stored)
        with Path(self.path).open("rb") as file:
            for target, row in zip(values, wanted.ravel().tolist(), strict=True):
                place = 0
                for offset, count in self.runs[row]:
                    file.seek(offset)
                    raw = file.read(count * kind.itemsize)
                    if len(raw) != count * kind.itemsize:
                        msg = f"the file ends within {count} numbers of a sweep"
                        raise CorruptFile(msg, path=self.path, format=FORMAT, offset=offset)
                    target[place : place + count] = np.frombuffer(raw, kind)
                    place += count
        values = self.bias + self.scale * values
        return values.reshape(*wanted.shape, -1)[(..., *rest)]


@dataclass(frozen=True, slots=True)
class Curve:
    """All sweeps of one quantity at one point, in the order of time."""

    name: str
    units: str
    dtype: str
    bias: float
    scale: float
    runs: tuple[tuple[int, int], ...]
    swept: str
    swept_units: str
    axis: np.ndarray
    """What was swept, for every number: there and back and there again."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where curves were taken, and they."""

    place: tuple[float, float]
    units: str
    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True)
class _Index:
    names: list[dict[str, Any]]
    axes: list[dict[str, Any]]
    sweeps: list[dict[str, Any]]
    data: list[dict[str, Any]]
    points: list[dict[str, Any]]
    members: dict[str, tuple[int, int]]
    path: str

    def run(self, number: int) -> tuple[str, tuple[int, int]]:
        """Return type, place and count of stored numbers."""
        entry = _item(self.data, number, "Data")
        place, size = self.member(str(entry.get("name")))
        kind = _NUMBERS.get(str(entry.get("type")))
        count, offset = _whole(entry, "count"), _whole(entry, "offset", 0)
        if kind is None or not 0 <= offset <= offset + count * np.dtype(kind).itemsize <= size:
            msg = (
                f"{count} numbers of the type {entry.get('type')!r} are not in a member of {size}"
            )
            raise CorruptFile(msg, path=self.path, format=FORMAT, offset=place)
        return kind, (place + offset, count)

    def member(self, name: str) -> tuple[int, int]:
        """Return place and size of a member."""
        if name not in self.members:
            msg = f"the frame has no member {name!r}"
            raise CorruptFile(msg, path=self.path, format=FORMAT)
        return self.members[name]


def parse_points(
    path: str | PathLike[str], folder: Folder
) -> tuple[list[Point], str, dict[str, Any]]:
    """Return the points of a frame, its identifier and the conditions.

    Raises
    ------
    CorruptFile
        When the index is missing or contradicts the members.
    """
    members = {name: (place, size) for name, place, size in folder.members}
    if _INDEX not in members:
        msg = f"curves without their {_INDEX}"
        raise CorruptFile(msg, path=path, format=FORMAT)
    with open_cursor(path, format=FORMAT) as cursor:

        def content(name: str) -> bytes:
            cursor.position, size = members.get(name, (0, 0))
            if size > _LONGEST:
                msg = f"{name} of {size} bytes cannot be"
                raise cursor.corrupt(msg)
            return cursor.take(size, name)

        root = parse_xml(content(_INDEX), path=path, format=FORMAT)
        info = root.find("Info")
        info = root if info is None else info
        index = _Index(
            *(_listed(info, tag) for tag in ("Name", "Axis", "Meas", "Data", "Point")),
            members,
            fspath(path),
        )
        points = [
            _point(index, entry, content(str(entry.get("name"))), content)
            for entry in index.points
        ]
        return points, str(info.get("UUID", "")).strip("{}"), xml_tree(content(_CONDITIONS))


def _listed(info: Element, tag: str) -> list[dict[str, Any]]:
    return [{key: typed(text) for key, text in item.attrib.items()} for item in info.iter(tag)]


def _item(items: Sequence[dict[str, Any]], number: int, what: str) -> dict[str, Any]:
    if not 0 <= number < len(items):
        msg = f"{what} {number} is named, but there are {len(items)}"
        raise CorruptFile(msg, format=FORMAT)
    return items[number]


def _whole(entry: dict[str, Any], key: str, default: int | None = None) -> int:
    value = entry.get(key, default)
    if not isinstance(value, int):
        msg = f"{key} of {entry.get('name')!r} should be a whole number, found {value!r}"
        raise CorruptFile(msg, format=FORMAT)
    return value


def _point(index: _Index, entry: dict[str, Any], raw: bytes, content: Any) -> Point:
    start = _whole(entry, "offset", 0)
    listed = np.frombuffer(raw[start : len(raw) - (len(raw) - start) % 4], "<u4").tolist()
    sweeps = [_item(index.sweeps, number, "Meas") for number in listed]
    curves = []
    for name in dict.fromkeys(_whole(sweep, "name") for sweep in sweeps):
        own = [(i, sweep) for i, sweep in enumerate(sweeps) if sweep.get("name") == name]
        own.sort(key=lambda pair: (_whole(pair[1], "pass", 0), pair[0]))
        curves.append(_curve(index, name, [sweep for _, sweep in own], content))
    x, y = (number(entry.get(axis)) for axis in "xy")
    place = (np.nan if x is None else x, np.nan if y is None else y)
    return Point(place, str(entry.get("unit", "")), tuple(curves))


def _curve(index: _Index, name: int, sweeps: list[dict[str, Any]], content: Any) -> Curve:
    quantity = _item(index.names, name, "Name")
    kinds, runs = zip(*(index.run(_whole(sweep, "data")) for sweep in sweeps), strict=True)
    if len(set(kinds)) > 1:
        msg = f"the sweeps of {quantity.get('name')!r} have numbers of several types"
        raise CorruptFile(msg, path=index.path, format=FORMAT)
    first = _item(index.axes, _whole(sweeps[0], "axis0"), "Axis")
    swept = _item(index.names, _whole(first, "name"), "Name")
    axis = [
        _sweep(index, sweep, count, content)
        for sweep, (_, count) in zip(sweeps, runs, strict=True)
    ]
    # floating point numbers are values already
    is_whole = np.dtype(kinds[0]).kind in "iu"
    return Curve(
        str(quantity.get("name", "")),
        str(quantity.get("unit", "")),
        kinds[0],
        (number(quantity.get("bias")) or 0.0) if is_whole else 0.0,
        (number(quantity.get("scale")) or 1.0) if is_whole else 1.0,
        runs,
        str(swept.get("name", "")),
        str(swept.get("unit", "")),
        np.concatenate(axis),
    )


def _sweep(index: _Index, sweep: dict[str, Any], count: int, content: Any) -> np.ndarray:
    """Return what was swept, in the order of time."""
    axis = _item(index.axes, _whole(sweep, "axis0"), "Axis")
    stored = _whole(axis, "data", -1)
    if stored >= 0:
        kind, (place, length) = index.run(stored)
        name = str(_item(index.data, stored, "Data").get("name"))
        begin = place - index.member(name)[0]
        values = np.frombuffer(content(name), kind, length, begin).astype("f8")
        if length != count:
            msg = f"{length} values of an axis for {count} numbers"
            raise CorruptFile(msg, path=index.path, format=FORMAT, offset=place)
    else:
        start, stop = (number(axis.get(word)) for word in ("start", "stop"))
        if start is None or stop is None:
            return np.full(count, np.nan)
        values = np.linspace(start, stop, count)
    return values[::-1] if _whole(sweep, "inverse0", 0) else values
