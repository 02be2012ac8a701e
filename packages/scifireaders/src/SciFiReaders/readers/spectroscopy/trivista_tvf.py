"""TriVista of S&I (``.tvf``): spectra, series, line scans and maps in XML.

============================ =======================================================
element                      meaning
============================ =======================================================
``XmlMain/Documents/Document`` one measurement: Label, DataLabel, RecordTime, and
                             InfoSerialized, an XML of groups of names and values
``xDim/Calibration``         Unit, LaserWave (nm), ValueArray: ``n|value|value|...``
``Data/Frame``               xDim, yDim, TimeStamp (100 ns); numbers between ``;``
``[X-Axis]``, ``[Y-Axis]``   groups of the info: From, To, Step, Points of a scan
============================ =======================================================

Frames of a scan follow each other along x first.  The file does not say in which units
the stage counts, so that places have none.

Source: files of TriVista from the RosettaSciIO collection.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.markup import parse_xml, tree_of
from SciFiReaders.values import number, typed, typed_tree
from sidpy.errors import CorruptFile, UnrecognisedFile

from .spectra import ascending, index_axis, numbers_of, spectra_type, spectral_axis, unit_of

if TYPE_CHECKING:
    from os import PathLike
    from xml.etree.ElementTree import Element

    from sidpy import Dataset

__all__ = ["read_tvf", "sniff"]

FORMAT: Final = "trivista.tvf"
_SOURCE: Final = "SciFiReaders.trivista_tvf"
_ROOT: Final = re.compile(rb"<XmlMain[\s>]")
_LONGEST: Final = 1 << 28
_MOST_INFO: Final = 1 << 22
#: Key, group and name of the info, factor to the unit of the key.
_SETTINGS: Final = (
    ("exposure_time", "Detector", "Exposure_Time_(ms)", 1e-3),
    ("accumulations", "Detector", "No_of_Accumulations", 1.0),
    ("detector_temperature", "Detector", "Detector_Temperature", 1.0),
    ("centre_wavelength", "Calibration", "Center_Wavelength", 1e-9),
    ("laser_wavelength", "Calibration", "Laser_Wavelength", 1e-9),
)


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether a file has the root element of TriVista and its documents."""
    head = probe.head
    if not _ROOT.search(head[:4096]):
        return 0.0, "no XmlMain"
    sure = b"TriVista" in head[:256] or b"<Spectrometers" in head or b"<Document" in head
    return (1.0, "it is XML of TriVista") if sure else (0.3, "its root is XmlMain")


def read_tvf(path: str | PathLike[str]) -> list[Dataset]:
    """Read a file of TriVista.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One for each document: [channel], [what was scanned, channel], [y, x, channel].
        In memory, for it is text.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        When it is no such file, or its frames do not fit its axes.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if not _ROOT.search(cursor.take(min(cursor.size, 4096))):
            msg = "not a file of TriVista: its root is not XmlMain"
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        if cursor.size > _LONGEST:
            msg = f"an XML of {cursor.size} bytes cannot be"
            raise cursor.corrupt(msg)
        cursor.position = 0
        root = parse_xml(cursor.take(cursor.size), path=path, format=FORMAT)
    documents = [one for one in root.iter("Document") if one.find("Data/Frame") is not None]
    if not documents:
        msg = "it holds no frames"
        raise CorruptFile(msg, path=path, format=FORMAT)
    hardware = root.find("Hardware")
    kept = typed_tree(tree_of(hardware)) if hardware is not None else {}
    return [_document(path, one, kept) for one in documents]


def _document(path: str | PathLike[str], document: Element, hardware: Any) -> Dataset:

    info = _info(path, document.get("InfoSerialized", ""))
    frames = document.findall("Data/Frame")
    rows = [numbers_of(frame.text or "", path, FORMAT) for frame in frames]
    calibration = document.find("xDim/Calibration")
    channels = _channels(path, calibration)
    sizes = {row.size for row in rows}
    lines, rest = divmod(rows[0].size, max(channels.values.size, 1))
    if len(sizes) != 1 or rest or not lines:
        msg = f"frames of {sorted(sizes)} numbers for {channels.values.size} channels"
        raise CorruptFile(msg, path=path, format=FORMAT)
    axes = _scanned(info, frames)
    if lines > 1:
        axes.append(Axis("row", np.arange(lines), "", "row", "SPATIAL"))
    shape = [axis.values.size for axis in axes]
    channels, array = ascending(channels, np.array(rows).reshape(*shape, -1))
    axes.append(channels)
    label = document.get("DataLabel", "")
    return dataset(
        lazy(array),
        tuple(axes),
        title=document.get("Label") or "spectrum",
        data_type=spectra_type(tuple(axes)),
        units=unit_of(label),
        quantity="intensity",
        source=_SOURCE,
        metadata={"experiment": _experiment(info, document, calibration)},
        original_metadata={"document": _attributes(document), "info": info, "hardware": hardware},
    )


def _attributes(document: Element) -> dict[str, Any]:
    return {key: typed(value) for key, value in document.attrib.items() if key != "InfoSerialized"}


def _channels(path: str | PathLike[str], calibration: Element | None) -> Axis:
    words = calibration.get("ValueArray", "") if calibration is not None else ""
    values = numbers_of(words.partition("|")[2].replace("|", " "), path, FORMAT)
    if not values.size or calibration is None:
        msg = "it has no spectral axis"
        raise CorruptFile(msg, path=path, format=FORMAT)
    units = unit_of(calibration.get("Unit", ""))
    laser = number(calibration.get("LaserWave", ""))
    shift = "Raman shift" if units == "1/cm" and laser else ""
    return spectral_axis(values, units, calibration.get("Label") or shift)


def _info(path: str | PathLike[str], text: str) -> dict[str, Any]:
    """Return the groups of names and values of the info, several of a name in a list."""
    if not text or len(text) > _MOST_INFO:
        return {}
    # it declares UTF-16, which it no longer is
    bare = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    return _group(parse_xml(bare, path=path, format=FORMAT))


def _group(element: Element, depth: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = {
        (item.findtext("Name") or ""): typed((item.findtext("Value") or "").strip())
        for item in element.findall("Items/Item")
    }
    for group in element.findall("Groups/Group") if depth < 16 else ():
        name, value = group.findtext("Name") or "", _group(group, depth + 1)
        if name in found:
            known = found[name]
            found[name] = [*known, value] if isinstance(known, list) else [known, value]
        else:
            found[name] = value
    return found


def _scanned(info: dict[str, Any], frames: list[Element]) -> list[Axis]:
    """Return the axes of the frames: what was scanned, else their times, else a count."""
    count = len(frames)
    if count == 1:
        return []
    axes = [axis for name in "yx" if (axis := _stage(info, name)) is not None]
    if axes and np.prod([axis.values.size for axis in axes]) == count:
        return axes
    ticks = np.array([number(frame.get("TimeStamp", "")) or 0.0 for frame in frames])
    if ticks[0] > 0 and (np.diff(ticks) > 0).all():
        # as float the ticks are good to some microseconds
        return [Axis("time", (ticks - ticks[0]) * 1e-7, "s", "Time", "TEMPORAL")]
    return [index_axis("frame", count, "TEMPORAL")]


def _stage(info: dict[str, Any], name: str) -> Axis | None:
    group = info.get(f"{name.upper()}-Axis")
    if not isinstance(group, dict):
        return None
    start, end, points = (number(group.get(key)) for key in ("From", "To", "Points"))
    if start is None or end is None or not points or not 1 < points < 1 << 24:
        return None
    return Axis.scanned(name, np.linspace(start, end, int(points)), "")


def _experiment(
    info: dict[str, Any], document: Element, calibration: Element | None
) -> dict[str, Any]:
    found: dict[str, Any] = {"start_date_time": document.get("RecordTime")}
    for key, group, name, factor in _SETTINGS:
        part = info.get(group)
        value = number(part.get(name)) if isinstance(part, dict) else None
        if value is not None and (value or key != "laser_wavelength"):
            found[key] = value * factor
    laser = number(calibration.get("LaserWave", "")) if calibration is not None else None
    if laser:
        found["laser_wavelength"] = laser * 1e-9
    return {key: value for key, value in found.items() if value not in (None, "")}
