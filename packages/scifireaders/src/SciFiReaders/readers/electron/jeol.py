"""Files of JEOL's Analysis Station: images, element maps, X-ray events, and their index.

============== =========================================================================
file           layout, little-endian
============== =========================================================================
``.img .map``  u32 0x34, ``JED-2200:LibJxImageForm``; u32 at 0x24 and 0x2C: where two
               trees of tags lie, 12 bytes on; ``Image/Size`` (columns, rows), ``Title``,
               in the second ``Bits``, u8 or u16 per pixel; ``Instrument/ScanSize`` (mm),
               ``Mag``: their ratio is the width of the image
``.pts``       u32 0x130, ``PTTDFILE``; u32 at 0x14: where a tree of tags lies, 12 bytes
               on; at 0x1C and 0x20: where the list of events begins and ends; ``Pixels``
               as text ``64x64``;
               ``CoefA, CoefB`` (keV) and ``DigZ``: the energy of channel c is
               CoefB + (c - DigZ) * CoefA; ``EDXRF``: the whole spectrum, from channel 0
``.ASW``       a tree of tags at 12; ``Filename`` of everything under ``ViewData``, in
               Shift-JIS, relative to the index
============== =========================================================================

Frames that were not finished are left out of a map, unless there is no other.

Source: decoded from files of the RosettaSciIO collection; see `jeol_tags`, `jeol_events`.
Not yet understood: single spectra (``.eds``) and ``.apb``, of which no description is public.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.strided import StridedArray
from SciFiReaders.values import at, number
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile

from .jeol_events import FORMAT, FULL, EventList
from .jeol_tags import Blob, read_tags

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from sidpy import Dataset

__all__ = ["ASW_MAGIC", "IMAGE_MAGIC", "PTS_MAGIC", "read_asw", "read_image", "read_pts"]

IMAGE_MAGIC: Final = b"JED-2200:LibJxImageForm"
PTS_MAGIC: Final = b"PTTDFILE"
#: At byte 0x22 of an index.
ASW_MAGIC: Final = b"Analysis Station"
_READERS: Final = {".img": "image", ".map": "image", ".pts": "events"}
_MOST: Final = 1 << 15
_NUMBERS: Final = (
    ("acceleration_voltage", ("AccV", "AccKV", "Volt"), 1e3),
    ("magnification", ("Mag",), 1.0),
    ("working_distance", ("WorkD", "WD"), 1e-3),
    ("live_time", ("LiveTime",), 1.0),
    ("real_time", ("RealTime",), 1.0),
    ("pixel_time", ("DwellTime(msec)",), 1e-3),
    ("elevation_angle", ("ElevAng",), 1.0),
    ("azimuth_angle", ("DirAng",), 1.0),
)


# --- images ---------------------------------------------------------------------------


def read_image(path: str | PathLike[str]) -> list[Dataset]:
    """Read an image or a map of an element.

    Parameters
    ----------
    path : path-like
        The ``.img`` or ``.map`` file.

    Returns
    -------
    list of Dataset
        One, [y, x]; lazy, mapped.

    Raises
    ------
    UnrecognisedFile
        When it does not name itself.
    CorruptFile
        When it is damaged or cut short.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        _expect(cursor, IMAGE_MAGIC, 4)
        cursor.position = 0x24
        first, _, second = cursor.unpack("III")
        tags: dict[str, Any] = {}
        for place in (first, second):
            cursor.position = place + 12
            tags.update(read_tags(cursor))
    image = tags.get("Image")
    size, bits = at(image, "Size"), at(image, "Bits")
    if not isinstance(size, list) or len(size) != 2 or not 0 < min(size) <= max(size) <= _MOST:
        msg = f"an image of the size {size} cannot be"
        raise CorruptFile(msg, path=path, format=FORMAT)
    columns, rows = size
    nbytes = bits.size if isinstance(bits, Blob) else 0
    kind = {1: "u1", 2: "<u2", 4: "<u4"}.get(nbytes // (rows * columns))
    if kind is None or nbytes % (rows * columns):
        msg = f"the {rows} x {columns} pixels of the image should be in Bits, which is {bits!r}"
        raise CorruptFile(msg, path=path, format=FORMAT)
    width = np.dtype(kind).itemsize
    pixels = StridedArray(path, kind, (rows, columns), bits.offset, (columns * width, width))
    step = _field(tags.get("Instrument")) / columns
    title = str(at(tags, "Image/Title") or "") or Path(path).stem
    return [
        dataset(
            lazy(pixels),
            (_along("y", rows, step), _along("x", columns, step)),
            title=title,
            data_type="IMAGE",
            quantity="intensity",
            source="SciFiReaders.jeol",
            metadata={"experiment": _experiment(tags)},
            original_metadata=_kept(tags),
        )
    ]


def _expect(cursor: Cursor, magic: bytes, place: int) -> None:
    cursor.position = place
    if cursor.left < len(magic) or cursor.take(len(magic)) != magic:
        msg = f"not a file of the Analysis Station: {magic.decode()} should stand at {place}"
        raise UnrecognisedFile(msg, path=cursor.path, format=FORMAT, offset=place)


def _field(tags: Any) -> float:
    """Return the width of a scan, um; 0 where nothing is said."""
    size, magnification = (number(at(tags, name)) for name in ("ScanSize", "Mag"))
    return size / magnification * 1e3 if size and magnification and size > 0 else 0.0


def _along(name: str, size: int, step: float) -> Axis:
    if step <= 0:
        return Axis(name, np.arange(size), "", "generic", "SPATIAL")
    return Axis(name, np.arange(size) * step, "um", "distance", "SPATIAL")


# --- events ---------------------------------------------------------------------------


def read_pts(path: str | PathLike[str]) -> list[Dataset]:
    """Read a list of events.

    Parameters
    ----------
    path : path-like
        The ``.pts`` file.

    Returns
    -------
    list of Dataset
        The map [y, x, energy], counted when it is computed, and the whole spectrum [energy]
        that the program kept.

    Raises
    ------
    UnrecognisedFile
        When it does not name itself.
    CorruptFile
        When it is damaged or cut short.

    Warns
    -----
    SidpyWarning
        When the last frame was not finished.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        _expect(cursor, PTS_MAGIC, 4)
        cursor.position = 0x14
        tree, _, begin, end = cursor.unpack("4I")
        cursor.position = tree + 12
        tags = read_tags(cursor)
        if not 0 < begin <= end <= cursor.size:
            msg = f"events from {begin} to {end} lie outside; it is cut short"
            raise cursor.corrupt(msg, offset=0x1C)
        data = _measured(tags)
        kept = at(data, "Data/EDXRF")
        spectrum = np.asarray(kept, "i4") if isinstance(kept, list) else None
        if isinstance(kept, Blob):
            cursor.position = kept.offset
            spectrum = cursor.array("<i4", kept.size // 4, "spectrum")
    shape = _shape(data, path)
    channels = int(number(_found(tags, "NumCH")) or FULL)
    if not 0 < channels <= FULL:
        msg = f"a detector of {channels} channels cannot be"
        raise CorruptFile(msg, path=path, format=FORMAT)
    frames = _frames(data, shape[0], path)
    source = EventList(str(path), (begin, end), (*shape, channels), frames)
    parameters = at(tags, "PTTD Param/Params") or {}
    field = _field(
        {
            "ScanSize": at(parameters, "PARAMPAGE0/SEM/ScanSize")
            or _found(parameters, "ScanSize"),
            "Mag": at(data, "MeasCond/Mag"),
        }
    )
    step = field / shape[1]
    axes = (_along("y", shape[0], step), _along("x", shape[1], step))
    found = [
        _spectral(path, lazy(source), (*axes, _energies(data, parameters, channels)), tags, "")
    ]
    if spectrum is not None and spectrum.size:
        axis = _energies(data, None, spectrum.size)
        found.append(_spectral(path, lazy(spectrum), (axis,), tags, " sum"))
    return found


def _measured(tags: dict[str, Any]) -> dict[str, Any]:
    """Return the part about the measurement, EDS before others."""
    for name in ("EDS Data", "PTTD Data"):
        found = at(tags, f"{name}/AnalyzableMap MeasData")
        if isinstance(found, dict):
            return found
    return {}


def _shape(data: dict[str, Any], path: str | PathLike[str]) -> tuple[int, int]:
    text = str(at(data, "Meas Cond/Pixels") or "")
    sizes = [int(number(word) or 0) for word in text.split("x")]
    if len(sizes) != 2 or not 0 < min(sizes) <= max(sizes) <= FULL:
        msg = f"the size of the map should be like '64x64', not {text!r}"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return sizes[1], sizes[0]


def _frames(data: dict[str, Any], rows: int, path: str | PathLike[str]) -> int:
    """Return how many frames are added: those that were finished, or the only one."""
    sweeps = int(number(at(data, "Doc/Sweep")) or 0)
    line = int(number(at(data, "Doc/ScanLine")) or 0)
    if not sweeps or not 0 < line < rows:
        return sweeps or 1 << 30
    left = "is left out" if sweeps > 1 else "is returned, for there is no other"
    msg = f"{path}: the last frame was stopped after {line} of {rows} lines and {left}"
    warn(msg, SidpyWarning)
    return max(sweeps - 1, 1)


def _energies(data: dict[str, Any], parameters: Any, channels: int) -> Axis:
    step, start = (number(at(data, f"Doc/{name}")) for name in ("CoefA", "CoefB"))
    template = at(data, "Meas Cond/Tpl")
    zero = number(_found(parameters, "Tpl", str(template), "DigZ")) if parameters else 0.0
    if not step:
        return Axis("channel", np.arange(channels), "", "channel", "SPECTRAL")
    values = ((start or 0.0) + (np.arange(channels) - (zero or 0.0)) * step) * 1e3
    return Axis("energy", values, "eV", "energy", "SPECTRAL")


def _spectral(
    path: str | PathLike[str], array: Any, axes: tuple[Axis, ...], tags: dict[str, Any], word: str
) -> Dataset:
    found = dataset(
        array,
        axes,
        title=f"{Path(path).stem}{word}",
        data_type="SPECTRAL_IMAGE" if len(axes) > 1 else "SPECTRUM",
        units="counts",
        quantity="intensity",
        source="SciFiReaders.jeol",
        metadata={"experiment": _experiment(tags)},
        original_metadata=_kept(tags),
    )
    found.modality = "EDS"
    return found


# --- index ----------------------------------------------------------------------------


def read_asw(path: str | PathLike[str]) -> list[Dataset]:
    """Read everything that an index names.

    Parameters
    ----------
    path : path-like
        The ``.ASW`` file; the others lie below its folder.

    Returns
    -------
    list of Dataset
        In the order of the index.

    Raises
    ------
    UnrecognisedFile
        When it does not name itself.
    CorruptFile
        When none of the files is there, or a name leads out of the folder.

    Warns
    -----
    SidpyWarning
        When some of the files are not there.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        _expect(cursor, ASW_MAGIC, 0x22)
        cursor.position = 12
        tags = read_tags(cursor)
    names = [name for name in _names(tags) if PureWindowsPath(name).suffix.lower() in _READERS]
    places = [_below(Path(path), name) for name in names]
    missing = [name for name, place in zip(names, places, strict=True) if place is None]
    if len(missing) == len(names):
        msg = f"none of the {len(names)} files that it names is there: {', '.join(missing[:3])}"
        raise CorruptFile(msg, path=path, format=FORMAT)
    if missing:
        msg = f"{path}: {len(missing)} files are not there: {', '.join(missing[:3])}"
        warn(msg, SidpyWarning)
    found = []
    for place in places:
        if place is not None:
            read = read_pts if place.suffix.lower() == ".pts" else read_image
            found += read(place)
    return found


def _names(tags: Any) -> Iterator[str]:
    if not isinstance(tags, dict):
        return
    for key, value in tags.items():
        if key == "Filename" and isinstance(value, str) and value:
            yield value
        else:
            yield from _names(value)


def _below(index: Path, name: str) -> Path | None:
    """Return a file below the folder of the index, whatever the case of its letters."""
    parts = PureWindowsPath(name)
    if parts.is_absolute() or parts.drive or parts.root or ".." in parts.parts:
        msg = f"it names {name!r}, which is not below its folder"
        raise CorruptFile(msg, path=index, format=FORMAT)
    place = index.parent
    for part in parts.parts:
        if not place.is_dir():
            return None
        exact = place / part
        alike = [other for other in place.iterdir() if other.name.casefold() == part.casefold()]
        place = exact if exact.exists() else next(iter(alike), exact)
    # nor does a link lead out of it
    inside = place.resolve().is_relative_to(index.parent.resolve())
    return place if place.is_file() and inside else None


# --- label ----------------------------------------------------------------------------


def _found(tags: Any, *names: str) -> Any:
    """Return the first value of a tag, wherever it is, below tags of the names before it."""
    name, *rest = names
    if not isinstance(tags, dict):
        return None
    if name in tags:
        return _found(tags[name], *rest) if rest else tags[name]
    values = (_found(value, *names) for value in tags.values())
    return next((value for value in values if value is not None), None)


def _experiment(tags: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, names, factor in _NUMBERS:
        values = (number(_found(tags, name)) for name in names)
        value = next((value for value in values if value is not None), None)
        if value is not None:
            found[key] = value * factor
    found["microscope"] = at(tags, "Instrument/Name") or _found(tags, "PARAMPAGE0", "")
    created = number(at(tags, "Image/Created"))
    if created and 0 < created < 1e6:
        # days since the last of 1899
        moment = datetime(1899, 12, 30) + timedelta(days=created)
        found["start_date_time"] = moment.isoformat(timespec="seconds")
    return {key: value for key, value in found.items() if value not in (None, "")}


def _kept(tags: Any) -> Any:
    """Return tags without what was left in the file."""
    if not isinstance(tags, dict):
        return tags
    return {key: _kept(value) for key, value in tags.items() if not isinstance(value, Blob)}
