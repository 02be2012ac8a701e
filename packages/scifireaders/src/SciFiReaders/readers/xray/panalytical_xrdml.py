"""PANalytical XRDML (``.xrdml``), any version of its namespace.

====================================== =================================================
element                                meaning
====================================== =================================================
``xrdMeasurement``                     a measurement; `measurementType`, `status`
``usedWavelength``                     `kAlpha1`, `kAlpha2`, `kBeta` in Angstrom
``incidentBeamPath/xRayTube``          `tension` kV, `current` mA, `anodeMaterial`
``scan``                               `scanAxis`: the drive, or how drives are coupled
``.../dataPoints/positions``           of one drive: `startPosition` and `endPosition`,
                                       `listPositions`, or `commonPosition`
``.../commonCountingTime``             s; or `countingTimes`, one per point
``.../intensities``                    already multiplied by the attenuation
``.../counts``                         from 2.0, as counted: `beamAttenuationFactors` or
                                       `commonBeamAttenuationFactor` bring them back
====================================== =================================================

Scans of one measurement with as many points each, over the same range, and another drive
that moves from scan to scan make one map, [drive, points].

Source: "XRD Measurement Document schema" 1.0 to 2.1, www.xrdml.com.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import Axis
from SciFiReaders.markup import parse_xml, tree_of
from SciFiReaders.values import at, number
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, UnrecognisedFile

from .plain_text import numbers, read_text
from .scans import ANGSTROM, Scan, drive_axis, labelled

if TYPE_CHECKING:
    from os import PathLike
    from xml.etree.ElementTree import Element

    from sidpy import Dataset

__all__ = ["read_xrdml", "sniff"]

FORMAT: Final = "panalytical.xrdml"
#: Drives that a scan is named by, best first, when `scanAxis` names a coupling.
_LEADING: Final = ("2Theta", "Omega", "Phi", "Chi", "Psi", "X", "Y", "Z")
#: Parts of a scan that are numbers, not words about it.
_BULKY: Final = ("intensities", "counts", "beamAttenuationFactors", "countingTimes")
#: Positions of drives that count as the same.
_SAME: Final = 1e-9


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether XML measures as the schema of PANalytical does."""
    found = b"<xrdMeasurements" in probe.head or b":xrdMeasurements" in probe.head[:4096]
    return (1.0, "XML of xrdMeasurements") if found else (0.0, "no xrdMeasurements")


# --- parse ----------------------------------------------------------------------------


def _plain(root: Element) -> Element:
    """Take the namespaces, which change with every version, off all names."""
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]
    return root


class Points:
    """The points of one scan: positions of each drive, and intensities."""

    def __init__(self, scan: Element, path: str | PathLike[str]) -> None:
        found = scan.find("dataPoints")
        if found is None:
            msg = "a scan has no dataPoints"
            raise CorruptFile(msg, path=path, format=FORMAT)
        self.path, self.element, self.drive = path, found, scan.get("scanAxis") or ""
        self.values, self.units = self._intensities()
        self.moving: dict[str, tuple[np.ndarray, str]] = {}
        self.fixed: dict[str, tuple[float, str]] = {}
        for positions in found.findall("positions"):
            self._place(positions)

    def _list(self, name: str) -> np.ndarray | None:
        text = self.element.findtext(name)
        return None if text is None else numbers(text, name, path=self.path, format=FORMAT)

    def _intensities(self) -> tuple[np.ndarray, str]:
        for name in ("intensities", "counts"):
            values = self._list(name)
            if values is None or not values.size:
                continue
            element = self.element.find(name)
            units = "" if element is None else element.get("unit") or ""
            return (values if name == "intensities" else self._attenuated(values)), units
        msg = "a scan has neither intensities nor counts"
        raise CorruptFile(msg, path=self.path, format=FORMAT)

    def _attenuated(self, counts: np.ndarray) -> np.ndarray:
        factors = self._list("beamAttenuationFactors")
        if factors is None:
            return counts * (number(self.element.findtext("commonBeamAttenuationFactor")) or 1.0)
        if factors.size != counts.size:
            msg = f"{factors.size} beamAttenuationFactors belong to {counts.size} counts"
            raise CorruptFile(msg, path=self.path, format=FORMAT)
        return counts * factors

    def _place(self, positions: Element) -> None:
        drive, units = positions.get("axis") or "", positions.get("unit") or ""
        texts = {child.tag: child.text or "" for child in positions}
        common = number(texts.get("commonPosition"))
        start, end = (number(texts.get(name)) for name in ("startPosition", "endPosition"))
        if common is not None:
            self.fixed[drive] = (common, units)
        elif start is not None and end is not None:
            self.moving[drive] = (np.linspace(start, end, self.values.size), units)
        elif "listPositions" in texts:
            text = texts["listPositions"]
            places = numbers(text, "listPositions", path=self.path, format=FORMAT)
            if places.size == self.values.size:
                self.moving[drive] = (places, units)

    @property
    def leading(self) -> str:
        """Name of the drive along which the points lie; blank when none moves."""
        order = (self.drive, *_LEADING, *self.moving)
        return next((drive for drive in order if drive in self.moving), "")

    def axis(self) -> Axis:
        """Return the axis along which the points lie."""
        drive = self.leading
        if not drive:
            return Axis("point", np.arange(self.values.size), "", "point", "SPECTRAL")
        places, units = self.moving[drive]
        return drive_axis(drive, places, units)

    @property
    def time(self) -> float | None:
        """Counting time of a point in seconds, when all have the same."""
        return number(self.element.findtext("commonCountingTime"))


# --- label ----------------------------------------------------------------------------


def read_xrdml(path: str | PathLike[str]) -> list[Dataset]:
    """Read the scans of all measurements.

    Parameters
    ----------
    path : path-like
        The ``.xrdml`` file.

    Returns
    -------
    list of Dataset
        One per scan, [two_theta]; scans that make a map become one, [omega, two_theta].
        In memory, for it is text.

    Raises
    ------
    UnrecognisedFile
        When it is no XML of ``xrdMeasurements``.
    CorruptFile
        When it is damaged, or holds no scan.

    Warns
    -----
    SidpyWarning
        For a scan without points, as an aborted measurement leaves it.
    """
    text = read_text(path, FORMAT)
    if "xrdMeasurements" not in text[:65536]:
        msg = "not a file of this format: it holds no xrdMeasurements"
        raise UnrecognisedFile(msg, path=path, format=FORMAT)
    root = _plain(parse_xml(_without_declaration(text), path=path, format=FORMAT))
    found: list[Scan] = []
    for measurement in root.iter("xrdMeasurement"):
        found += _measurement(path, root, measurement)
    if not found:
        msg = "it holds no scan with points"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return labelled(found, "panalytical_xrdml")


def _without_declaration(text: str) -> str:
    """Return the XML without its first line, whose encoding is no longer true."""
    text = text.lstrip("\ufeff \r\n\t")
    return text.partition("?>")[2] if text.startswith("<?xml") else text


def _measurement(path: str | PathLike[str], root: Element, item: Element) -> list[Scan]:
    scans = [scan for scan in item.findall("scan") if _has_points(scan)]
    if len(scans) < len(item.findall("scan")):
        lost = len(item.findall("scan")) - len(scans)
        warn(f"{path}: {lost} of {lost + len(scans)} scans have no points and are left out")
    points = [Points(scan, path) for scan in scans]
    conditions = _conditions(root, item)
    original = _original(root, item)
    second = _second_drive(points)
    title = conditions.get("sample") or Path(path).stem
    if second is not None:
        axes = (second, points[0].axis())
        values = np.stack([part.values for part in points])
        known = {**conditions, **_of_scan(scans[0], points[0])}
        return [Scan(values, axes, title, points[0].units, "Intensity", known, original)]
    return [
        Scan(
            part.values,
            (part.axis(),),
            title if len(points) == 1 else f"{title} {i + 1}",
            part.units,
            "Intensity",
            {**conditions, **_of_scan(scan, part)},
            {**original, "scan": _words(scan)},
        )
        for i, (scan, part) in enumerate(zip(scans, points, strict=True))
    ]


def _has_points(scan: Element) -> bool:
    lists = (scan.findtext(f"dataPoints/{name}") for name in ("intensities", "counts"))
    return any(text and text.strip() for text in lists)


def _second_drive(points: list[Points]) -> Axis | None:
    """Return the axis from scan to scan, when they lie on one grid and one drive moves."""
    if len(points) < 2 or len({(part.values.size, part.leading) for part in points}) > 1:
        return None
    first = points[0].axis().values
    if any(np.abs(part.axis().values - first).max() > _SAME for part in points):
        return None
    moved = []
    for drive, (start, units) in points[0].fixed.items():
        places = np.array([part.fixed.get(drive, (start, ""))[0] for part in points])
        if np.ptp(places) > _SAME:
            moved.append(drive_axis(drive, places, units))
    return moved[0] if moved else None


def _words(element: Element) -> Any:
    """Return what is said of a scan, without its lists of numbers."""
    tree = tree_of(element)
    points = tree.get("dataPoints") if isinstance(tree, dict) else None
    if isinstance(points, dict):
        tree["dataPoints"] = {key: points[key] for key in points if key not in _BULKY}
    return tree


def _original(root: Element, item: Element) -> dict[str, Any]:
    measurement = {child.tag: tree_of(child) for child in item if child.tag != "scan"}
    others = {child.tag: tree_of(child) for child in root if child.tag != "xrdMeasurement"}
    return {**others, "xrdMeasurement": {**item.attrib, **measurement}}


def _conditions(root: Element, item: Element) -> dict[str, Any]:
    tree = {child.tag: tree_of(child) for child in item if child.tag != "scan"}
    wavelength = _measured(item, "usedWavelength/kAlpha1")
    voltage = _measured(item, "incidentBeamPath/xRayTube/tension")
    current = _measured(item, "incidentBeamPath/xRayTube/current")
    return {
        "wavelength": wavelength and wavelength * ANGSTROM,
        "tube_voltage": voltage and voltage * 1e3,
        "tube_current": current and current * 1e-3,
        "anode": at(tree, "incidentBeamPath/xRayTube/anodeMaterial"),
        "detector": at(tree, "diffractedBeamPath/detector/name"),
        "sample": root.findtext("sample/name") or root.findtext("sample/id"),
    }


def _measured(item: Element, place: str) -> float | None:
    return number(item.findtext(place))


def _of_scan(scan: Element, points: Points) -> dict[str, Any]:
    drives = {drive: place for drive, (place, _) in points.fixed.items()}
    return {
        "exposure_time": points.time,
        "start_date_time": scan.findtext("header/startTimeStamp"),
        "scan_axis": points.drive,
        "drives": drives,
    }
