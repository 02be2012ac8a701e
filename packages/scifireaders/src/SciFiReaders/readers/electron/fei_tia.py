"""Series of FEI's TIA: ``.ser`` with the numbers, ``.emi`` with the conditions.

``.ser``, little-endian:

========== ============== ============================================================
bytes      type           meaning
========== ============== ============================================================
0          u16, u16       0x4949, 0x0197
4          u16            version: 0x0210, 0x0220 (offsets are 8 bytes)
6          u32            0x4120 spectra, 0x4122 images
10         u32            tags: 0x4152 time, 0x4142 time and position
14         u32, u32       elements planned, elements there
22         u32 or u64     where the offsets of elements and then of tags are
..         u32            dimensions of the series, each i32 size, f64 offset, f64 delta,
                          i32 element of the offset, u32 + description, u32 + units
element    f64, f64, i32  offset, delta, element of the offset; twice for images, x first
           i16, i32 ..    type, see `TYPES`; size, for images columns and rows; numbers
========== ============== ============================================================

``.emi``: binary around ``<ObjectInfo> ... </ObjectInfo>`` in XML; its series are the
files ``<stem>_1.ser``, ``<stem>_2.ser``, ...

A calibrated value is offset + (index - element) * delta, lengths in metres.  Images are
stored bottom row first.  The first dimension of a series is the fastest.

Source: C. Boothroyd, "TIA file format"; FEI, "TIA series data file format".
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.markup import parse_xml, tree_of
from SciFiReaders.strided import StridedArray
from SciFiReaders.text import decode
from SciFiReaders.values import at, number
from sidpy.errors import CorruptFile, UnrecognisedFile, UnsupportedFile

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["TYPES", "Series", "parse_ser", "read_emi", "read_ser"]

FORMAT: Final = "fei.tia"
SPECTRA: Final = 0x4120
IMAGES: Final = 0x4122
MAGIC: Final = (0x4949, 0x0197)
EMI_MAGIC: Final = bytes.fromhex("4a4b0002 00000000 044d")

#: Type of a number by code.
TYPES: Final = {
    1: "u1",
    2: "u2",
    3: "u4",
    4: "i1",
    5: "i2",
    6: "i4",
    7: "f4",
    8: "f8",
    9: "c8",
    10: "c16",
}
#: Longest ``.emi`` that is searched for XML, in bytes.
_LONGEST: Final = 1 << 28
_MOST_DIMENSIONS: Final = 8
_INFO: Final = re.compile(rb"<ObjectInfo>.*?</ObjectInfo>", re.DOTALL)


# --- parse ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Direction:
    """One direction of a series or of an element."""

    size: int
    offset: float
    delta: float
    element: int
    description: str = ""
    units: str = ""

    @property
    def values(self) -> np.ndarray:
        """Calibrated values."""
        return self.offset + (np.arange(self.size) - self.element) * self.delta


@dataclass(frozen=True)
class Series:
    """What a ``.ser`` file holds, its numbers left in the file."""

    path: str | PathLike[str]
    kind: int
    dimensions: tuple[Direction, ...]
    directions: tuple[Direction, ...]
    """Of an element: energies, or x and y."""
    dtype: np.dtype
    places: np.ndarray
    """Where the numbers of each element begin."""
    planned: int


def parse_ser(path: str | PathLike[str]) -> Series:
    """Read everything of a series but its numbers.

    Raises
    ------
    UnrecognisedFile
        When it does not begin as a series does.
    CorruptFile, UnsupportedFile
        When it is damaged, empty, or of a type that no source describes.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size < 4 or cursor.unpack("HH") != MAGIC:
            msg = "not a TIA series: it does not begin with 49 49 97 01"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        version, kind, _, planned, there = cursor.unpack("HIIII")
        if kind not in (SPECTRA, IMAGES):
            msg = f"elements of type {kind:#x}; known are 0x4120 and 0x4122"
            raise UnsupportedFile(msg, path=path, format=FORMAT, offset=6)
        word = "<u8" if version >= 0x0220 else "<u4"
        table = cursor.u8() if version >= 0x0220 else cursor.u4()
        count = cursor.u4()
        if count > _MOST_DIMENSIONS:
            msg_0 = f"{count} dimensions of a series cannot be"
            raise cursor.corrupt(msg_0)
        dimensions = tuple(_dimension(cursor) for _ in range(count))
        if not there or there > planned:
            msg_0 = f"{there} of {planned} elements are there"
            raise cursor.corrupt(msg_0, offset=14)
        cursor.position = table
        offsets = cursor.array(word, there, "offsets of the elements").astype(np.int64)
        return _elements(cursor, kind, dimensions, offsets, planned)


def _dimension(cursor: Cursor) -> Direction:
    size, offset, delta, element = cursor.unpack("iddi")
    words = [decode(cursor.take(cursor.u4(), "text")) for _ in range(2)]
    return Direction(size, *_sane(cursor, offset, delta), element, *words)


def _sane(cursor: Cursor, offset: float, delta: float) -> tuple[float, float]:
    if number(offset) is None or number(delta) is None:
        msg = f"a calibration of offset {offset} and step {delta} cannot be"
        raise cursor.corrupt(msg)
    return offset, delta


def _elements(
    cursor: Cursor,
    kind: int,
    dimensions: tuple[Direction, ...],
    offsets: np.ndarray,
    planned: int,
) -> Series:
    """Read the header of the first element; the others have the same."""
    cursor.position = int(offsets[0])
    axes = 1 if kind == SPECTRA else 2
    ways = [cursor.unpack("ddi") for _ in range(axes)]
    code, *sizes = cursor.unpack("h" + "i" * axes)
    if code not in TYPES:
        msg = f"numbers of type {code}; known are 1 to 10"
        raise UnsupportedFile(msg, path=cursor.path, format=FORMAT, offset=cursor.position)
    if min(sizes) <= 0:
        msg_0 = f"an element of {sizes} numbers cannot be"
        raise cursor.corrupt(msg_0)
    directions = tuple(
        Direction(size, *_sane(cursor, offset, delta), element)
        for size, (offset, delta, element) in zip(sizes, ways, strict=True)
    )
    header = cursor.position - int(offsets[0])
    dtype = np.dtype(TYPES[code]).newbyteorder("<")
    if cursor.position + math.prod(sizes) * dtype.itemsize > cursor.size:
        msg_0 = f"an element of {sizes} numbers is more than {cursor.size} bytes; it is cut short"
        raise cursor.corrupt(msg_0)
    return Series(
        cursor.path or "", kind, dimensions, directions, dtype, offsets + header, planned
    )


def series_beside(path: str | PathLike[str]) -> list[Path]:
    """Return the ``.ser`` files of an ``.emi``, in the order of their numbers."""
    place = Path(path)
    pattern = re.compile(re.escape(place.stem) + r"_(\d{1,6})\.ser", re.IGNORECASE)
    found = [(pattern.fullmatch(other.name), other) for other in place.parent.iterdir()]
    return [other for match, other in sorted((int(m[1]), o) for m, o in found if m)]


def conditions_of(path: Path) -> list[dict[str, Any]]:
    """Return the objects of an ``.emi`` as trees; those that cannot be read are left out."""
    if not path.is_file() or path.stat().st_size > _LONGEST:
        return []
    found = []
    for match in _INFO.finditer(path.read_bytes()):
        try:
            tree = tree_of(parse_xml(decode(match.group()), path=path, format=FORMAT))
        except CorruptFile:
            continue
        if isinstance(tree, dict) and "ExperimentalDescription" in tree:
            found.append({**tree, "ExperimentalDescription": _described(tree)})
    return found


def _described(tree: dict[str, Any]) -> dict[str, str]:
    rows = at(tree, "ExperimentalDescription/Root/Data")
    known = {}
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and isinstance(row.get("Label"), str):
            words = [str(row.get(part) or "").strip() for part in ("Value", "Unit")]
            known[row["Label"]] = " ".join(word for word in words if word)
    return known


# --- label ----------------------------------------------------------------------------


def read_ser(path: str | PathLike[str]) -> list[Dataset]:
    """Read a series, rows first.

    Parameters
    ----------
    path : path-like
        The ``.ser`` file; conditions come from the ``.emi`` beside it, if there is one.

    Returns
    -------
    list of Dataset
        One: [y, x], [frame, y, x], [energy], [y, x, energy], ...; lazy.

    Raises
    ------
    UnrecognisedFile, CorruptFile, UnsupportedFile
        See `parse_ser`.
    """
    place = Path(path)
    stem = place.stem.rpartition("_")[0]
    return [_label(parse_ser(path), conditions_of(place.with_name(f"{stem}.emi")))]


def read_emi(path: str | PathLike[str]) -> list[Dataset]:
    """Read the series that an ``.emi`` file describes.

    Parameters
    ----------
    path : path-like
        The ``.emi`` file; its ``.ser`` files lie beside it.

    Returns
    -------
    list of Dataset
        One per series.

    Raises
    ------
    UnrecognisedFile
        When it does not begin as such a file does.
    CorruptFile
        When there is no series beside it.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size < len(EMI_MAGIC) or cursor.take(len(EMI_MAGIC)) != EMI_MAGIC:
            msg = "not a TIA file: it does not begin as .emi files do"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
    series = series_beside(path)
    if not series:
        msg = f"the numbers should be in {Path(path).stem}_1.ser beside it, which is not there"
        raise CorruptFile(msg, path=path, format=FORMAT)
    conditions = conditions_of(Path(path))
    return [_label(parse_ser(place), conditions) for place in series]


def _label(series: Series, conditions: list[dict[str, Any]]) -> Dataset:
    shape, axes = _navigation(series)
    signal = _signal(series)
    array = _pixels(series, shape)
    kinds = {1: "SPECTRUM", 2: "SPECTRAL_IMAGE", 3: "SPECTRAL_IMAGE"}
    if series.kind == IMAGES:
        kinds = {2: "IMAGE", 3: "IMAGE_STACK", 4: "IMAGE_4D"}
    planned = {"elements planned": series.planned, "elements there": len(series.places)}
    return dataset(
        array,
        (*axes, *signal),
        title=Path(series.path).stem,
        data_type=kinds.get(array.ndim, "UNKNOWN"),
        units="counts" if series.dtype.kind in "iu" else "",
        quantity="intensity",
        source="SciFiReaders.fei_tia",
        metadata={"experiment": _experiment(conditions)},
        original_metadata={"Series": planned, **({"emi": conditions} if conditions else {})},
    )


def _navigation(series: Series) -> tuple[tuple[int, ...], list[Axis]]:
    """Return the sizes of the series, slowest first, and their axes; (), [] for one element."""
    count = len(series.places)
    sizes = [way.size for way in series.dimensions if way.size > 1]
    if count == 1:
        return (), []
    if not sizes or math.prod(sizes) != count:
        # stopped early, or never said: one after another
        first = series.dimensions[0] if len(series.dimensions) == 1 else None
        way = Direction(count, first.offset, first.delta, first.element) if first else None
        values = np.arange(count) if way is None else way.values
        return (count,), [Axis("frame", values, "", "frame", "TEMPORAL")]
    axes = []
    names = iter("xyz")
    for way in (way for way in series.dimensions if way.size > 1):
        if way.units.startswith("meter"):
            name = next(names, "d")
            axes.append(Axis(name, way.values * 1e9, "nm", "distance", "SPATIAL"))
        else:
            name = "frame" if not axes else f"frame_{len(axes)}"
            units = "s" if way.units.startswith("second") else way.units
            axes.append(Axis(name, way.values, units, "frame", "TEMPORAL"))
    return tuple(sizes[::-1]), axes[::-1]


def _signal(series: Series) -> list[Axis]:
    if series.kind == SPECTRA:
        (way,) = series.directions
        return [Axis("energy", way.values, "eV", "energy", "SPECTRAL")]
    x, y = series.directions
    # metres for images; patterns have steps of many 1/m
    far = abs(x.delta) > 1
    factor, units = (1e-9, "1/nm") if far else (1e9, "nm")
    quantity, kind = ("reciprocal distance", "RECIPROCAL") if far else ("distance", "SPATIAL")
    names = ("v", "u") if len(series.places) > 1 and far else ("y", "x")
    values = (y.values[::-1] * factor, x.values * factor)  # the top row is the last stored
    return [
        Axis(name, numbers, units, quantity, kind)
        for name, numbers in zip(names, values, strict=True)
    ]


def _pixels(series: Series, shape: tuple[int, ...]) -> Any:
    """Return the numbers as a lazy array; elements are mostly equally far apart."""
    steps = np.unique(np.diff(series.places)) if len(series.places) > 1 else np.zeros(1, int)
    if len(steps) == 1:
        return lazy(_element(series, int(series.places[0]), shape, int(steps[0])))
    import dask.array as da

    parts = [lazy(_element(series, int(place), (), 0)) for place in series.places]
    return da.stack(parts).reshape(*shape, *parts[0].shape)


def _element(series: Series, place: int, shape: tuple[int, ...], step: int) -> StridedArray:
    size = series.dtype.itemsize
    strides = [step * math.prod(shape[i + 1 :]) for i in range(len(shape))]
    columns = series.directions[0].size
    if series.kind == SPECTRA:
        return StridedArray(series.path, series.dtype, (*shape, columns), place, (*strides, size))
    rows = series.directions[1].size
    last_row = place + (rows - 1) * columns * size
    return StridedArray(
        series.path,
        series.dtype,
        (*shape, rows, columns),
        last_row,
        (*strides, -columns * size, size),
    )


#: Key, label, factor from the unit that the program writes.
_NUMBERS: Final = (
    ("acceleration_voltage", "High tension", 1e3),
    ("magnification", "Magnification", 1.0),
    ("camera_length", "Camera length", 1.0),
    ("emission_current", "Emission", 1e-6),
    ("spot_size", "Spot size", 1.0),
    ("defocus", "Defocus", 1e-6),
)


def _experiment(conditions: list[dict[str, Any]]) -> dict[str, Any]:
    if not conditions:
        return {}
    first = conditions[0]
    words = first["ExperimentalDescription"]
    found: dict[str, Any] = {}
    for key, label, factor in _NUMBERS:
        value = number(words.get(label, "").partition(" ")[0])
        if value:
            found[key] = value * factor
    stage = {}
    for axis, factor in (("X", 1e-6), ("Y", 1e-6), ("Z", 1e-6), ("A", 1.0), ("B", 1.0)):
        value = number(words.get(f"Stage {axis}", "").partition(" ")[0])
        if value is not None:
            stage[axis.lower()] = value * factor
    found["stage"] = stage
    found["microscope"] = words.get("Microscope", "").removeprefix("Microscope ")
    found["probe_mode"] = words.get("Mode", "")
    found["start_date_time"] = first.get("AcquireDate")
    return {key: value for key, value in found.items() if value not in (None, "", {})}
