"""The XML at the end of LightField files, which describes all that lies before it.

================================ ===================================================
element                          meaning
================================ ===================================================
``DataFormat/DataBlock``         a frame: pixelFormat, count, size and stride in bytes
``DataBlock/DataBlock``          a region of it: width, height, size, stride; regions
                                 follow each other; `calibrations` are identifiers
``MetaFormat/MetaBlock``         what follows the regions of each frame: TimeStamp,
                                 FrameTrackingNumber, GateTracking, each of a type
``Calibrations/WavelengthMapping`` wavelengths of all columns of the sensor, nm; or
                                 pairs of wavelength and error
``Calibrations/SensorMapping``   x, y, width, height, xBinning, yBinning of a region
``DataHistories``                everything that was set
================================ ===================================================

Source: Teledyne Princeton Instruments, "SPE 3.0 File Format Specification" (4411-0140).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.markup import parse_xml, tree_of
from SciFiReaders.strided import StridedArray
from SciFiReaders.values import number, typed_tree
from sidpy.errors import UnsupportedFile

from .princeton_header import Region
from .spectra import index_axis, spectral_axis

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from SciFiReaders.binary import Cursor
    from SciFiReaders.labelled import Axis

__all__ = ["PIXELS", "Footer", "parse_footer"]

PIXELS: Final = {
    "MonochromeUnsigned8": "u1",
    "MonochromeUnsigned16": "<u2",
    "MonochromeUnsigned32": "<u4",
    "MonochromeFloating32": "<f4",
    "MonochromeFloating64": "<f8",
}
_TYPES: Final = {"Int64": "<i8", "Double": "<f8", "Int32": "<i4", "UInt64": "<u8"}
_LONGEST: Final = 1 << 27


@dataclass(frozen=True)
class Footer:
    """What the XML says about the frames."""

    dtype: str
    count: int
    stride: int
    regions: tuple[Region, ...]
    experiment: dict[str, Any]
    per_frame: dict[str, Any]
    original: dict[str, Any]


def parse_footer(cursor: Cursor, place: int, start: int) -> Footer:
    """Read the XML.

    Parameters
    ----------
    cursor : Cursor
        Over the file.
    place, start : int
        Where the XML begins, and the first frame.

    Raises
    ------
    CorruptFile
        When the XML is damaged, or its regions do not fit their frame.
    UnsupportedFile
        When no source describes its pixels.
    """
    cursor.position = place
    if cursor.left > _LONGEST:
        msg = f"an XML of {cursor.left} bytes cannot be"
        raise cursor.corrupt(msg)
    raw = cursor.take(cursor.left, "XML").rstrip(b"\0")
    root = parse_xml(raw, path=cursor.path, format=cursor.format)
    _without_namespaces(root)
    frame = root.find("DataFormat/DataBlock")
    if frame is None:
        msg = "the XML describes no frames"
        raise cursor.corrupt(msg, offset=place)
    pixels = frame.get("pixelFormat", "")
    if pixels not in PIXELS:
        msg = f"pixels of the format {pixels!r}, which no source describes"
        raise UnsupportedFile(msg, path=cursor.path, format=cursor.format, offset=place)
    regions, end = _regions(cursor, root, frame, np.dtype(PIXELS[pixels]).itemsize)
    stride = _whole(frame, "stride") or _whole(frame, "size") or end
    count = min(_whole(frame, "count"), (cursor.size - start) // max(stride, 1))
    if stride < end:
        msg = f"regions of {end} bytes do not fit frames of {stride} bytes"
        raise cursor.corrupt(msg, offset=place)
    per_frame = _per_frame(cursor, root, start + _whole(frame, "size"), max(count, 0), stride)
    return Footer(
        PIXELS[pixels], _whole(frame, "count"), stride, regions, _experiment(root), per_frame,
        _original(root),
    )  # fmt: skip


def _without_namespaces(root: Element) -> None:
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]


def _whole(element: Element, name: str, default: int = 0) -> int:
    value = number(element.get(name, ""))
    return default if value is None or value < 0 else int(value)


def _regions(
    cursor: Cursor, root: Element, frame: Element, size: int
) -> tuple[tuple[Region, ...], int]:
    """Return the regions of a frame and where the last one ends in it."""
    mappings = {e.get("id"): e for e in root.findall("Calibrations/SensorMapping")}
    waves = _wavelengths(root)
    regions, end = [], 0
    for block in frame.findall("DataBlock"):
        columns, rows = _whole(block, "width"), _whole(block, "height")
        if not 0 < columns * rows * size <= cursor.size:
            msg = f"a region of {columns} x {rows} pixels cannot be"
            raise cursor.corrupt(msg)
        words = block.get("calibrations", "").split(",")
        mapping = next((mappings[w] for w in words if w in mappings), None)
        first, binning = (0, 0), (1, 1)
        if mapping is not None:
            first = (_whole(mapping, "x"), _whole(mapping, "y"))
            binning = (_whole(mapping, "xBinning", 1) or 1, _whole(mapping, "yBinning", 1) or 1)
        axis = _axis(waves, columns, first[0], binning[0])
        regions.append(Region(end, columns, rows, axis, first, binning))
        end += max(_whole(block, "stride"), columns * rows * size)
    return tuple(regions), end


def _wavelengths(root: Element) -> np.ndarray | None:
    """Return the wavelengths of the columns of the sensor, nm."""
    found = root.find("Calibrations/WavelengthMapping")
    if found is None:
        return None
    plain, errors = found.findtext("Wavelength"), found.findtext("WavelengthError")
    # pairs of a wavelength and its error are separated by blanks
    words = (
        (plain or "").split(",") if plain else [p.split(",")[0] for p in (errors or "").split()]
    )
    values = [number(word) for word in words]
    known = [value for value in values if value is not None]
    return np.array(known) if known and len(known) == len(values) else None


def _axis(waves: np.ndarray | None, columns: int, first: int, binning: int) -> Axis:
    """Return the wavelengths of a region, the mean of the columns that were binned."""
    last = first + columns * binning
    if waves is not None and waves.size >= last:
        values = waves[first:last].reshape(columns, binning).mean(axis=1)
        return spectral_axis(values, "nm")
    # a spectrum glued of several steps has wavelengths of its own
    if waves is not None and waves.size == columns:
        return spectral_axis(waves, "nm")
    return index_axis("channel", columns, "SPECTRAL")


def _per_frame(
    cursor: Cursor, root: Element, start: int, count: int, stride: int
) -> dict[str, Any]:
    """Return what follows the pixels of each frame: times in s, numbers, gates in s."""
    block = root.find("MetaFormat/MetaBlock")
    found: dict[str, Any] = {}
    if block is None or not count or cursor.path is None:
        return found
    offset = start
    for item in block:
        kind = _TYPES.get(item.get("type", ""))
        if kind is None or offset + (count - 1) * stride + 8 > cursor.size:
            break
        values = StridedArray(cursor.path, kind, (count,), offset, (stride,))[...]
        offset += np.dtype(kind).itemsize
        words = (item.tag, item.get("event"), item.get("component"))
        name = " ".join(word for word in words if word)
        resolution = number(item.get("resolution", ""))
        if item.tag == "TimeStamp" and resolution:
            found[f"{name} (s)"] = values / resolution
        else:
            found[name] = values
    return found


def _experiment(root: Element) -> dict[str, Any]:
    camera = root.find(".//Devices/Cameras/Camera")
    origin = root.find("DataHistories/DataHistory/Origin")
    found: dict[str, Any] = {}
    if camera is not None:
        exposure = number(camera.findtext("ShutterTiming/ExposureTime"))
        found["exposure_time"] = exposure * 1e-3 if exposure is not None else None
        found["detector_temperature"] = number(camera.findtext("Sensor/Temperature/Reading"))
    model = root.find(".//System/Cameras/Camera")
    found["detector"] = model.get("model") if model is not None else None
    spectrometer = root.find(".//Devices/Spectrometers/Spectrometer")
    if spectrometer is not None:
        centre = number(spectrometer.findtext("Grating/CenterWavelength"))
        found["centre_wavelength"] = centre * 1e-9 if centre else None
        found["grating"] = spectrometer.findtext("Grating/Selected")
    if origin is not None:
        found["start_date_time"] = origin.get("created")
        found["user"] = origin.get("creator")
        found["software"] = f"{origin.get('software', '')} {origin.get('softwareVersion', '')}"
    found |= _corrections(root)
    return {key: value for key, value in found.items() if value not in (None, "", " ")}


def _corrections(root: Element) -> dict[str, Any]:
    """Return which corrections were made, and with which files."""
    online = root.find(".//Experiment/OnlineCorrections")
    found: dict[str, Any] = {}
    names = (("background", "BackgroundCorrection"), ("flat_field", "FlatfieldCorrection"))
    for key, name in names:
        correction = online.find(name) if online is not None else None
        if correction is None:
            continue
        if correction.findtext("Enabled") == "True":
            found["background_subtracted" if key == "background" else f"{key}_applied"] = True
        file = correction.findtext("ReferenceFile")
        if file:
            found[f"{key}_file"] = file
    return found


def _original(root: Element) -> dict[str, Any]:
    """Return the tree without the list of wavelengths, which is an axis."""
    for mapping in root.findall("Calibrations/WavelengthMapping"):
        for child in list(mapping):
            mapping.remove(child)
    tree = typed_tree(tree_of(root))
    return tree if isinstance(tree, dict) else {}
