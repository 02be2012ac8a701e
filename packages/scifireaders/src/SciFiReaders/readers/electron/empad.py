"""Scans and series of EMPAD detectors: XML beside raw numbers.

The XML names the raw file (``raw_file filename``) and the scan (``scan_parameters
mode="acquire"``: ``scan_resolution_x``, ``scan_resolution_y``), or for a series its
``series_count``.  Older versions have ``pix_x`` and ``pix_y``.  The raw file holds frames
of 130 x 128 f32, little-endian; the last two rows are no pixels.

Source: M. W. Tate et al., "High dynamic range pixel array detector for STEM",
doi:10.1017/S1431927615015664; the XML of versions 0.51 and 1.2.2.
Not yet understood: how the step of a scan follows from ``full_scan_field_of_view`` and
``scan_size``; it stays unknown, the field of view is in the metadata.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.markup import parse_xml, tree_of
from SciFiReaders.values import at, number
from sidpy.errors import CorruptFile, UnrecognisedFile

from .pixelated import Frames, label_frames

if TYPE_CHECKING:
    from os import PathLike
    from xml.etree.ElementTree import Element

    from sidpy import Dataset

__all__ = ["read_empad", "sniff"]

FORMAT: Final = "empad"
SIDE: Final = 128
ROWS: Final = 130
_LONGEST: Final = 1 << 24
_MOST: Final = 1 << 24


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether the XML speaks of the detector's server and of a raw file."""
    found = b"<raw_file" in probe.head and b"camserver" in probe.head
    return (1.0, "XML with raw_file and camserver") if found else (0.0, "no XML of an EMPAD")


def read_empad(path: str | PathLike[str]) -> list[Dataset]:
    """Read what an EMPAD took.

    Parameters
    ----------
    path : path-like
        The XML; the raw file lies beside it.

    Returns
    -------
    list of Dataset
        One: [y, x, v, u] or [frame, v, u].  Lazy, mapped.

    Raises
    ------
    UnrecognisedFile
        When the XML names no raw file.
    CorruptFile
        When the raw file is not there, or shorter than a frame.

    Warns
    -----
    SidpyWarning
        When the scan stopped early.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size > _LONGEST:
            msg = f"XML of {cursor.size} bytes is no description"
            raise cursor.corrupt(msg, offset=0)
        root = parse_xml(cursor.take(cursor.size), path=path, format=FORMAT)
    entry = root.find("raw_file")
    name = entry.get("filename", "") if entry is not None else ""
    if not name:
        msg = "not a description of an EMPAD: it names no raw_file"
        raise UnrecognisedFile(msg, path=path, format=FORMAT)
    # the name of a file, wherever it once lay
    raw = Path(path).with_name(name.replace("\\", "/").rpartition("/")[2] or "raw")
    if not raw.is_file():
        msg = f"the numbers should be in {raw.name} beside it, which is not there"
        raise CorruptFile(msg, path=path, format=FORMAT)
    frames = _frames(root, path, raw)
    return [label_frames(frames, title=Path(path).stem, source="SciFiReaders.empad", units="")]


def _frames(root: Element, path: str | PathLike[str], raw: Path) -> Frames:
    stride = ROWS * SIDE * 4
    count = raw.stat().st_size // stride
    if not count:
        msg = f"{raw.name} has no frame of {stride} bytes; it is cut short"
        raise CorruptFile(msg, path=path, format=FORMAT)
    tree = tree_of(root)
    scan = _scan(root)
    return Frames(
        path=raw,
        dtype=np.dtype("<f4"),
        count=min(count, _MOST),
        rows=SIDE,
        columns=SIDE,
        offset=0,
        stride=stride,
        row_stride=SIDE * 4,
        scan=scan,
        experiment=_experiment(tree),
        original=tree if isinstance(tree, dict) else {},
    )


def _scan(root: Element) -> tuple[int, int] | None:
    """Return lines of the scan and frames to a line."""
    for scan in root.findall("scan_parameters"):
        if scan.get("mode", "acquire") != "acquire":
            continue
        sizes = [number(scan.findtext(f"scan_resolution_{axis}", "")) for axis in "yx"]
        if sizes[0] and sizes[1] and min(sizes[0], sizes[1]) >= 1:
            return int(sizes[0]), int(sizes[1])
    sizes = [number(root.findtext(f".//pix_{axis}", "")) for axis in "yx"]
    if sizes[0] and sizes[1] and min(sizes[0], sizes[1]) >= 1:
        return int(sizes[0]), int(sizes[1])
    return None


def _view(measured: Any) -> dict[str, float]:
    """Return the field of view of the microscope at its full scan, m."""
    sizes = {axis: number(at(measured, f"full_scan_field_of_view/{axis}")) for axis in "xy"}
    return {axis: size for axis, size in sizes.items() if size}


def _experiment(tree: Any) -> dict[str, Any]:
    measured = at(tree, "iom_measurements")
    found: dict[str, Any] = {
        "detector": "EMPAD",
        "acceleration_voltage": number(at(measured, "high_voltage")),
        "camera_length": number(at(measured, "nominal_camera_length")),
        "exposure_time": number(at(tree, "exposure_time")),
        "field_of_view": _view(measured),
        "spot_size": number(at(measured, "spot_size_index")),
        "start_date_time": at(tree, "timestamp/isoformat"),
    }
    if found["exposure_time"]:
        found["exposure_time"] *= 1e-3  # of the camera's server: ms
    return {key: value for key, value in found.items() if value not in (None, "", {})}
