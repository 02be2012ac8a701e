"""What the settings of Horiba LabSpec are called, in XML and in text alike."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from SciFiReaders.values import number

__all__ = ["experiment_of", "quantity_of"]

_DATE: Final = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})(?: (\d{2}):(\d{2})(?::(\d{2}))?)?")
#: Key, name of a setting, factor to the unit of the key.
_SETTINGS: Final = (
    ("exposure_time", "Acq. time (s)", 1.0),
    ("accumulations", "Accumulations", 1.0),
    ("laser_wavelength", "Laser (nm)", 1e-9),
    ("detector_temperature", "Detector temperature (°C)", 1.0),
    ("magnification", "Objective", 1.0),
    ("grating_grooves", "Grating", 1e3),
    ("centre_wavelength", "Spectro (nm)", 1e-9),
)
_WORDS: Final = (
    ("instrument", "Instrument"),
    ("detector", "Detector"),
    ("filter", "ND Filter"),
    ("sample", "Sample"),
    ("comment", "Remark"),
)


def quantity_of(kind: str, units: str) -> str:
    """Return what the spectral axis of a type and units measures; blank where units tell."""
    if kind not in ("Spectr", ""):
        return kind
    return "Raman shift" if units == "1/cm" else ""


def experiment_of(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings under the names and in the units that all formats share."""
    found: dict[str, Any] = {}
    for key, name, factor in _SETTINGS:
        value = number(settings.get(f"{name} (number)", settings.get(name)))
        if value is not None:
            found[key] = value * factor
    found |= {key: settings.get(name) for key, name in _WORDS}
    stage = {axis.lower(): number(settings.get(f"{axis} (µm)")) for axis in "XYZ"}
    found["stage"] = {key: value * 1e-6 for key, value in stage.items() if value is not None}
    found["start_date_time"] = _date(str(settings.get("Acquired") or settings.get("Date") or ""))
    return {key: value for key, value in found.items() if value not in (None, "", {})}


def _date(text: str) -> str:
    """Return ``27.06.2022 16:36:48`` as ISO 8601, other texts as they are.

    Examples
    --------
    >>> _date("27.06.2022 16:36:48")
    '2022-06-27T16:36:48'
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return text
    day, month, year, *time = (int(part or 0) for part in match.groups())
    try:
        return datetime(year, month, day, *time).isoformat()
    except ValueError:
        return text
