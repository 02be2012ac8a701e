"""What was done at the microscope, from the tags of a Gatan image.

``metadata["experiment"]`` gets a key only where the file has the value:

====================== ==================================================== ============
key                    tag below ``ImageTags``                              unit
====================== ==================================================== ============
single_exposure_time   EELS or camera ``Exposure (s)``                      s
number_of_frames       ``EELS/Acquisition/Number of frames``
exposure_time          product of the two above                             s
convergence_angle      ``EELS/.../Convergence semi-angle (mrad)``           mrad
collection_angle       ``EELS/.../Collection semi-angle (mrad)``            mrad
acceleration_voltage   ``Microscope Info/Voltage``                          V
microscope             ``Session Info/Microscope`` or ``Microscope Info/Name``
instrument             ``EELS Spectrometer/Instrument name``
detector               camera, scan signal or ``Session Info/Detector``
probe_mode             ``Microscope Info/Illumination Mode``
stage                  ``Microscope Info/Stage Position``                   as stored
current                ``Microscope Info/Probe Current (nA)``, else emission A
pixel_time             ``SI/Acquisition/Pixel time (s)``, ``DigiScan``      s
sample, sample_id      ``Session Info``
start_date_time        ``DataBar``: operating system time, else the words
====================== ==================================================== ============

A zero current or voltage and empty or "Unknown" words are what the program writes when
it does not know; they are left out.  `Acquisition Time (OS)` counts 100 ns since 1601,
UTC: in files from two continents it differs from the local words by their time zone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from SciFiReaders.values import at

__all__ = ["experiment_of"]

_CAMERA: Final = "Acquisition/Parameters/High Level/Exposure (s)"
_CONDITIONS: Final = "EELS/Experimental Conditions/"

#: Key, factor to its unit, places in order of trust.
_NUMBERS: Final = (
    (
        "single_exposure_time",
        1.0,
        ("EELS/Acquisition/Exposure (s)", _CAMERA, "DataBar/Exposure Time (s)"),
    ),
    ("number_of_frames", 1, ("EELS/Acquisition/Number of frames",)),
    (
        "convergence_angle",
        1.0,
        (_CONDITIONS + "Convergence semi-angle (mrad)", "EELS/Convergence semi-angle (mrad)"),
    ),
    (
        "collection_angle",
        1.0,
        (_CONDITIONS + "Collection semi-angle (mrad)", "EELS/Collection semi-angle (mrad)"),
    ),
    ("acceleration_voltage", 1.0, ("Microscope Info/Voltage",)),
    ("current", 1e-9, ("Microscope Info/Probe Current (nA)",)),
    ("current", 1e-6, ("Microscope Info/Emission Current (µA)",)),
    ("pixel_time", 1.0, ("SI/Acquisition/Pixel time (s)",)),
    ("pixel_time", 1e-6, ("DigiScan/Sample Time",)),
)

_WORDS: Final = (
    ("microscope", ("Session Info/Microscope", "Microscope Info/Name")),
    ("instrument", ("EELS Spectrometer/Instrument name",)),
    (
        "detector",
        (
            "DataBar/Signal Name",
            "Acquisition/Device/Name",
            "Session Info/Detector",
            "DataBar/Device Name",
        ),
    ),
    ("probe_mode", ("Microscope Info/Illumination Mode",)),
    ("sample", ("Session Info/Specimen",)),
    ("sample_id", ("Session Info/Specimen ID",)),
)

_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)


def experiment_of(tags: dict[str, Any]) -> dict[str, Any]:
    """Collect the conditions of an acquisition from ``ImageTags``.

    Parameters
    ----------
    tags : dict
        ``ImageList/<n>/ImageTags``.

    Returns
    -------
    dict
        See the table of the module.
    """
    found: dict[str, Any] = {}
    for key, factor, paths in _NUMBERS:
        number = next((n for n in (at(tags, path) for path in paths) if _is_known(n)), None)
        if number is not None:
            found.setdefault(key, number * factor)
    for key, paths in _WORDS:
        word = next((w for w in (at(tags, path) for path in paths) if _is_word(w)), None)
        if word is not None:
            found[key] = word.strip()
    stage = at(tags, "Microscope Info/Stage Position")
    if isinstance(stage, dict):
        found["stage"] = {k: v for k, v in stage.items() if isinstance(v, int | float | str)}
    if "single_exposure_time" in found:
        found["exposure_time"] = found["single_exposure_time"] * found.get("number_of_frames", 1)
    found["start_date_time"] = _start(tags)
    return {key: value for key, value in found.items() if value not in (None, {})}


def _is_known(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and value.strip().lower() not in ("", "unknown")


def _start(tags: dict[str, Any]) -> str | None:
    """Return when it was acquired, in ISO 8601 where the file is unambiguous."""
    ticks = at(tags, "DataBar/Acquisition Time (OS)")
    if _is_known(ticks) and ticks < 2.6e18:
        return (_EPOCH + timedelta(microseconds=ticks / 10)).isoformat(timespec="milliseconds")
    for day, time in (
        ("DataBar/Acquisition Date", "DataBar/Acquisition Time"),
        ("SI/Acquisition/Date", "SI/Acquisition/Start time"),
    ):
        words = [at(tags, day), at(tags, time)]
        if all(isinstance(word, str) and word for word in words):
            return " ".join(words)
    stamp = tags.get("Timestamp")
    return stamp if isinstance(stamp, str) and stamp else None
