"""Bruker DIFFRAC.SUITE measurements (``.brml``), a zip of XML.

=========================================== ==========================================
member or element                           meaning
=========================================== ==========================================
``Experiment0/DataContainer.xml``           the contents: `RawDataReferenceList/string`
                                            names a member per scan, `MeasurementInfo`
                                            has user, sample and comment
``Experiment0/RawData0.xml``                one scan: `TimeStampStarted`, ...
``.../DataRoutes/DataRoute``                `RouteFlag` Measured: a table of numbers
``.../ScanInformation``                     `VisibleName`, `TimePerStep`, `ScanAxes`
``.../Datum``                               a row, separated by commas
``.../DataViews/RawDataView``               columns from `Start`, `Length` of them: of
                                            type Fixed `LogicName` tells them, Varying
                                            its `FieldDefinitions` name the drives,
                                            Recorded is what was counted
``.../FixedInformation/Instrument``         wavelengths in Å, tube, voltage, current
=========================================== ==========================================

Intensities are as stored: already multiplied by the factor of the absorber.  A detector
that records several numbers at once gives [points, channels].  Scans of equal length and
drive make one map.

Source: descriptions of the members in the documentation of public readers.
Not yet understood: coordinates of the channels of a detector; they are counted.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.archives import member, names_of, opened_zip
from SciFiReaders.labelled import Axis
from SciFiReaders.markup import parse_xml, tree_of
from SciFiReaders.values import number
from sidpy.errors import CorruptFile, UnrecognisedFile

from .plain_text import numbers
from .scans import ANGSTROM, Scan, drive_axis, labelled

if TYPE_CHECKING:
    from os import PathLike
    from xml.etree.ElementTree import Element

    from sidpy import Dataset

__all__ = ["read_brml", "sniff"]

FORMAT: Final = "bruker.brml"
_CONTENTS: Final = re.compile(r"(^|/)DataContainer\.xml$")
_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
#: Longest member that is read, in bytes.
_LONGEST: Final = 1 << 28


@dataclass
class Columns:
    """Where the numbers of a row are."""

    drives: list[tuple[str, int]] = field(default_factory=list)
    counted: tuple[int, int] | None = None
    """First column and number of columns."""
    units: str = ""


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether a zip holds the contents of a measurement."""
    if not probe.head.startswith(b"PK"):
        return 0.0, "no zip"
    with zipfile.ZipFile(probe.path) as archive:
        names = archive.namelist()[:10000]
    found = any(_CONTENTS.search(name) for name in names)
    return (1.0, "a zip with DataContainer.xml") if found else (0.0, "no DataContainer.xml in it")


def read_brml(path: str | PathLike[str]) -> list[Dataset]:
    """Read the scans of a measurement.

    Parameters
    ----------
    path : path-like
        The ``.brml`` file.

    Returns
    -------
    list of Dataset
        One per scan, [two_theta], or [points, channels] of a detector; or one map of all
        of them.  In memory, for it is compressed text.

    Raises
    ------
    UnrecognisedFile
        When it is no zip with ``DataContainer.xml``.
    CorruptFile
        When it is damaged, or holds no scan.
    """
    found: list[Scan] = []
    with opened_zip(path, FORMAT) as archive:
        names = names_of(archive, path, FORMAT)
        contents = [name for name in names if _CONTENTS.search(name)]
        if not contents:
            msg = f"not a measurement of DIFFRAC.SUITE: the zip holds {sorted(names)[:5]}"
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        for container in contents:
            about = _plain(parse_xml(_read(archive, container, path), path=path, format=FORMAT))
            for reference in about.iterfind("RawDataReferenceList/string"):
                name = (reference.text or "").strip().replace("\\", "/")
                root = _plain(parse_xml(_read(archive, name, path), path=path, format=FORMAT))
                found += _scans(path, about, root)
    if not found:
        msg = "it holds no measured points"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return labelled(_joined(found), "bruker_brml")


def _read(archive: zipfile.ZipFile, name: str, path: str | PathLike[str]) -> bytes:
    return member(archive, name, _LONGEST, path=path, format=FORMAT)


def _plain(root: Element) -> Element:
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]
    return root


def _scans(path: str | PathLike[str], about: Element, root: Element) -> list[Scan]:
    routes = root.findall(".//DataRoutes/DataRoute")
    measured = [route for route in routes if route.get("RouteFlag") == "Measured"]
    scans = []
    for route in measured or routes:
        rows = [row.text or "" for row in route.iter("Datum")]
        columns = _columns(route)
        if rows and columns.counted is not None:
            scans.append(_scan(path, about, root, route, (rows, columns)))
    return scans


def _columns(route: Element) -> Columns:
    found = Columns()
    for view in route.iter("RawDataView"):
        start, length = number(view.get("Start")), number(view.get("Length"))
        kind = (view.get(_TYPE) or "").rpartition(":")[2]
        if start is None or length is None or start < 0 or length < 1:
            continue
        if kind.startswith("Varying"):
            fields = view.iter("FieldDefinitions")
            names = [
                (part.get("AxisId") or part.get("FieldName") or "").strip() for part in fields
            ]
            found.drives += [(name, int(start) + i) for i, name in enumerate(names)]
        elif kind.startswith("Recorded") and found.counted is None:
            found.counted = (int(start), int(length))
            unit = next(view.iter("Unit"), None)
            found.units = "" if unit is None else (unit.get("Base") or "").lower()
    return found


def _table(path: str | PathLike[str], rows: list[str], columns: Columns) -> np.ndarray:
    table = numbers(",".join(rows), "rows of a scan", path=path, format=FORMAT)
    width = rows[0].count(",") + 1
    first, count = columns.counted or (0, 1)
    needed = max(first + count, 1 + max((place for _, place in columns.drives), default=0))
    if table.size != width * len(rows) or width < needed:
        msg = (
            f"{len(rows)} rows of {width} numbers were expected, each of them at least "
            f"{needed}, but there are {table.size} numbers"
        )
        raise CorruptFile(msg, path=path, format=FORMAT)
    return table.reshape(len(rows), width)


def _scan(
    path: str | PathLike[str],
    about: Element,
    root: Element,
    route: Element,
    told: tuple[list[str], Columns],
) -> Scan:
    rows, columns = told
    table = _table(path, rows, columns)
    first, count = columns.counted or (0, 1)
    axes = (_axis(route, columns, table),)
    values = table[:, first]
    if count > 1:
        values = table[:, first : first + count]
        axes = (*axes, Axis("channel", np.arange(count), "", "channel", "SPECTRAL"))
    known = _experiment(about, root, route)
    words = tree_of(route)
    original = {key: words[key] for key in words if key not in ("Datum", "DataViews")}
    info = about.find("MeasurementInfo")
    sample = known.get("sample") or Path(path).stem
    return Scan(
        np.ascontiguousarray(values),
        axes,
        str(sample),
        columns.units,
        experiment=known,
        original={"DataRoute": original, "MeasurementInfo": {} if info is None else info.attrib},
    )


def _axis(route: Element, columns: Columns, table: np.ndarray) -> Axis:
    """Return the drive that the scan names first and that really moved."""
    info = {axis.get("AxisId") or "": axis for axis in route.iter("ScanAxisInfo")}
    places = dict(columns.drives)
    order = [name for name in info if name in places] + [name for name in places if name]
    order.sort(key=lambda name: name.lower() != "twotheta")  # stable: the others as named
    for name in order:
        if len(table) < 2 or np.ptp(table[:, places[name]]) > 0:
            return drive_axis(name, table[:, places[name]], _units(info.get(name)))
    return Axis("point", np.arange(len(table)), "", "point", "SPECTRAL")


def _units(axis: Element | None) -> str:
    """Return the units of a drive; angles are degrees, whatever sign is written for them."""
    unit = None if axis is None else axis.find("Unit")
    if unit is None:
        return ""
    base, prefix = unit.get("Base") or "", unit.get("PrefixSymbol") or unit.get("Prefix") or ""
    if base.lower() in ("degree", "deg", "°"):
        return "deg"
    return {"Milli": "m", "m": "m"}.get(prefix, "") + ("m" if base == "Meter" else base)


def _joined(scans: list[Scan]) -> list[Scan]:
    """Return one map of scans of equal length and drive, else each with a number."""
    first = scans[0]
    alike = all(
        scan.values.shape == first.values.shape
        and scan.axes[0].name == first.axes[0].name
        and np.allclose(scan.axes[0].values, first.axes[0].values, atol=1e-6)
        for scan in scans
    )
    if len(scans) > 1 and alike and first.values.ndim == 1:
        values = np.stack([scan.values for scan in scans])
        slow = Axis("scan", np.arange(len(scans)), "", "scan", "TEMPORAL")
        axes = (slow, *first.axes)
        known, words = first.experiment, first.original
        return [Scan(values, axes, first.title, first.units, "Intensity", known, words)]
    if len(scans) == 1:
        return scans
    return [
        Scan(
            scan.values,
            scan.axes,
            f"{scan.title} {i + 1}",
            scan.units,
            experiment=scan.experiment,
            original=scan.original,
        )
        for i, scan in enumerate(scans)
    ]


def _experiment(about: Element, root: Element, route: Element) -> dict[str, Any]:
    info = about.find("MeasurementInfo")
    wavelength = _value(root, "WaveLengthAlpha1")
    voltage, current = _value(root, "Voltage"), _value(root, "Current")
    tube = root.find(".//FixedInformation/Instrument//TubeMaterial")
    return {
        "wavelength": wavelength and wavelength * ANGSTROM,
        "tube_voltage": voltage and voltage * 1e3,
        "tube_current": current and current * 1e-3,
        "anode": None if tube is None else tube.text or tube.get("Value"),
        "exposure_time": number(route.findtext("ScanInformation/TimePerStep")),
        "scan_axis": route.findtext("ScanInformation/VisibleName")
        or getattr(route.find("ScanInformation"), "attrib", {}).get("VisibleName"),
        "sample": None if info is None else info.get("SampleName"),
        "start_date_time": root.findtext("TimeStampStarted"),
    }


def _value(root: Element, name: str) -> float | None:
    element = root.find(f".//FixedInformation/Instrument//{name}")
    return None if element is None else number(element.get("Value") or element.text)
