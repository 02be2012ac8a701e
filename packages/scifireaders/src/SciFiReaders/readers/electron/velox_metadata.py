"""What was done at the microscope, from the JSON beside the data of a Velox file.

====================== ================================================ ==============
key                    place in the JSON                                unit
====================== ================================================ ==============
acceleration_voltage   ``Optics/AccelerationVoltage``                   V
convergence_angle      ``Optics/BeamConvergence``, rad                  mrad
collection_angle,      ``CollectionAngleRange/{begin, end}`` of the     mrad
collection_angle_end   detector, rad
camera_length          ``Optics/CameraLength``                          m
current                ``Optics/LastMeasuredScreenCurrent``             A
defocus                ``Optics/Defocus``                               m
pixel_time             ``Scan/DwellTime``                               s
frame_time             ``Scan/FrameTime``                               s
exposure_time          ``ExposureTime`` of the camera                   s
stage                  ``Stage``: x, y, z; alpha, beta                  m; rad
microscope             ``Instrument/InstrumentClass`` and ``...Model``
instrument             ``Instrument/InstrumentId``
detector               ``BinaryResult/Detector``
probe_mode             ``Optics/IlluminationMode``
operating_mode         ``Optics/OperatingMode``: 1 TEM, 2 STEM
start_date_time        ``Acquisition/AcquisitionStartDatetime``, seconds since 1970, UTC
====================== ================================================ ==============

A zero voltage, current, length or time is what the program writes when it does not know.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from SciFiReaders.values import at, number

__all__ = ["detector_of", "eds_of", "experiment_of"]

#: Key, factor to its unit, place.
_NUMBERS: Final = (
    ("acceleration_voltage", 1.0, "Optics/AccelerationVoltage"),
    ("convergence_angle", 1e3, "Optics/BeamConvergence"),
    ("camera_length", 1.0, "Optics/CameraLength"),
    ("current", 1.0, "Optics/LastMeasuredScreenCurrent"),
    ("defocus", 1.0, "Optics/Defocus"),
    ("magnification", 1.0, "Optics/NominalMagnification"),
    ("pixel_time", 1.0, "Scan/DwellTime"),
    ("frame_time", 1.0, "Scan/FrameTime"),
)
_MODES: Final = {"1": "TEM", "2": "STEM"}
_STAGE: Final = {
    "x": "Position/x",
    "y": "Position/y",
    "z": "Position/z",
    "alpha": "AlphaTilt",
    "beta": "BetaTilt",
}
#: Key and place of the numbers of an X-ray detector; SI units, energies in eV.
_EDS: Final = {
    "azimuth_angle": "AzimuthAngle",
    "elevation_angle": "ElevationAngle",
    "solid_angle": "CollectionAngle",
    "live_time": "LiveTime",
    "real_time": "RealTime",
    "dispersion": "Dispersion",
    "offset": "OffsetEnergy",
    "start_energy": "BeginEnergy",
}


def detector_of(tree: dict[str, Any]) -> dict[str, Any]:
    """Return the entry of ``Detectors`` that made the data; the first of a group."""
    name = str(at(tree, "BinaryResult/Detector") or "")
    detectors = at(tree, "Detectors")
    known = list(detectors.values()) if isinstance(detectors, dict) else []
    index = at(tree, "BinaryResult/DetectorIndex")
    chosen = at(tree, f"Detectors/Detector-{index}")
    if isinstance(chosen, dict) and chosen.get("DetectorName") == name:
        return chosen
    for detector in known:
        # a sum of detectors is named like all of them without their number
        if name and str(at(detector, "DetectorName") or "").startswith(name):
            return detector
    return {}


def experiment_of(tree: dict[str, Any]) -> dict[str, Any]:
    """Collect the conditions of an acquisition; see the table of the module."""
    detector = detector_of(tree)
    found: dict[str, Any] = {
        key: value * factor
        for key, factor, place in _NUMBERS
        if (value := number(at(tree, place)))
    }
    exposure = number(detector.get("ExposureTime"))
    if exposure:
        found["single_exposure_time"] = found["exposure_time"] = exposure
    angles = [number(at(detector, f"CollectionAngleRange/{end}")) for end in ("begin", "end")]
    if angles[0] is not None and angles[1]:
        found["collection_angle"] = angles[0] * 1e3
        found["collection_angle_end"] = angles[1] * 1e3
    found |= _words(tree)
    stage = {key: number(at(tree, f"Stage/{place}")) for key, place in _STAGE.items()}
    found["stage"] = {key: value for key, value in stage.items() if value is not None}
    seconds = number(at(tree, "Acquisition/AcquisitionStartDatetime/DateTime"))
    if seconds and 0 < seconds < 1e11:
        found["start_date_time"] = datetime.fromtimestamp(seconds, UTC).isoformat()
    return {key: value for key, value in found.items() if value not in ("", None, {})}


def _words(tree: dict[str, Any]) -> dict[str, str]:
    model = [at(tree, f"Instrument/Instrument{word}") for word in ("Class", "Model")]
    names = dict.fromkeys(word for word in model if isinstance(word, str) and word)
    mode = at(tree, "Optics/IlluminationMode")
    words = {
        "microscope": " ".join(names),
        "instrument": at(tree, "Instrument/InstrumentId"),
        "detector": at(tree, "BinaryResult/Detector"),
        "probe_mode": "" if mode == "None" else mode,
        "operating_mode": _MODES.get(str(at(tree, "Optics/OperatingMode"))),
        "sample": at(tree, "Sample/SampleId"),
    }
    return {key: word for key, word in words.items() if isinstance(word, str) and word}


def eds_of(tree: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of the X-ray detector, in SI units and eV."""
    detector = detector_of(tree)
    found = {key: number(detector.get(place)) for key, place in _EDS.items()}
    known: dict[str, Any] = {key: value for key, value in found.items() if value is not None}
    return {"detector": {"name": str(detector.get("DetectorName", "")), **known}}
