"""Spectra in the EMSA/MAS format (``.msa``, ``.ems``), ISO 22029.

============== =====================================================================
line           meaning
============== =====================================================================
``#KEY : text`` a keyword of up to 12 characters, some with a unit: ``#BEAMKV -kV``
``##KEY : ..`` a keyword of a vendor
``#SPECTRUM``  numbers follow, separated by commas, blanks or tabs
``#ENDOFDATA`` the end
============== =====================================================================

`DATATYPE` Y: `NPOINTS` values, channel i at `OFFSET` + i * `XPERCHAN`; XY: pairs, the
first of each pair rounded to what the writer printed, so that the calibration decides
where the two agree within the rounding.  `NCOLUMNS` only says how lines are broken.  A
keyword that comes twice has its last text.

Source: ISO 22029:2022; R. F. Egerton et al., "EMSA/MAS standard file format for spectral
data exchange" (1991).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.text import decode
from SciFiReaders.values import number
from sidpy.errors import CorruptFile, UnrecognisedFile

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_msa", "sniff"]

FORMAT: Final = "emsa.msa"
#: Longest file that is believed to be a spectrum, in bytes.
_LONGEST: Final = 1 << 28
_LINE: Final = re.compile(r"#{1,2}\s*([^:]*?)\s*:\s?(.*)")
_FORMAT: Final = re.compile(rb"#\s*FORMAT\s*:\s*EMSA", re.IGNORECASE)

#: Key, keyword, factor to the unit of the key.
_NUMBERS: Final = (
    ("acceleration_voltage", "BEAMKV", 1e3),
    ("emission_current", "EMISSION", 1e-6),
    ("current", "PROBECUR", 1e-9),
    ("probe_diameter", "BEAMDIAM", 1e-9),
    ("magnification", "MAGCAM", 1.0),
    ("convergence_angle", "CONVANGLE", 1.0),
    ("collection_angle", "COLLANGLE", 1.0),
    ("pixel_time", "DWELLTIME", 1e-3),
    ("exposure_time", "INTEGTIME", 1e-3),
    ("live_time", "LIVETIME", 1.0),
    ("real_time", "REALTIME", 1.0),
    ("thickness", "THICKNESS", 1e-9),
    ("elevation_angle", "ELEVANGLE", 1.0),
    ("azimuth_angle", "AZIMANGLE", 1.0),
    ("solid_angle", "SOLIDANGL", 1.0),
)
#: What `SIGNALTYPE` means: modality, quantity of the axis.
_SIGNALS: Final = {
    "EDS": ("EDS", "energy"),
    "WDS": ("WDS", "energy"),
    "ELS": ("EELS", "energy-loss"),
    "AES": ("AES", "energy"),
    "PES": ("XPS", "energy"),
    "XRF": ("XRF", "energy"),
    "CLS": ("CL", "energy"),
    "GAM": ("gamma", "energy"),
}


@dataclass(frozen=True)
class Spectrum:
    """The keywords and numbers of a file."""

    keywords: dict[str, str]
    values: np.ndarray
    places: np.ndarray
    """Where each value belongs on the axis."""


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether a file has the keyword that every spectrum begins with."""
    found = _FORMAT.search(probe.head[:4096])
    return (1.0, "it says that its format is EMSA") if found else (0.0, "no #FORMAT of EMSA")


def parse_msa(path: str | PathLike[str]) -> Spectrum:
    """Read the keywords and the numbers.

    Raises
    ------
    UnrecognisedFile
        When there is no ``#FORMAT`` of EMSA near the beginning.
    CorruptFile
        When there are no numbers, or something else among them.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if not _FORMAT.search(cursor.take(min(cursor.size, 4096))):
            msg = "not an EMSA file: it has no line #FORMAT : EMSA ..."
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        if cursor.size > _LONGEST:
            msg_0 = f"a spectrum of {cursor.size} bytes cannot be"
            raise cursor.corrupt(msg_0)
        cursor.position = 0
        lines = decode(cursor.take(cursor.size)).splitlines()
    keywords: dict[str, str] = {}
    begin = len(lines)
    for place, line in enumerate(lines):
        match = _LINE.match(line.strip())
        if match is None:
            continue
        key = _keyword(match[1])
        if key == "SPECTRUM":
            begin = place + 1
            break
        keywords[key] = match[2].strip()
    return _spectrum(path, keywords, lines[begin:])


def _keyword(text: str) -> str:
    """Return a keyword without the unit that may stand behind it."""
    return re.split(r"\s*-\s*\w+$|\s", text.strip(), maxsplit=1)[0].upper()


def _spectrum(path: str | PathLike[str], keywords: dict[str, str], lines: list[str]) -> Spectrum:
    words: list[str] = []
    for line in lines:
        if line.lstrip().startswith("#"):
            break
        words += re.split(r"[,;\s]+", line.strip())
    try:
        numbers = np.array([float(word) for word in words if word])
    except ValueError as error:
        msg = f"there is something else among the numbers: {error}"
        raise CorruptFile(msg, path=path, format=FORMAT) from error
    pairs = keywords.get("DATATYPE", "Y").upper().startswith("XY")
    if not numbers.size or (pairs and numbers.size % 2):
        msg = f"{numbers.size} numbers make no spectrum; the file is cut short"
        raise CorruptFile(msg, path=path, format=FORMAT)
    if not pairs:
        return Spectrum(keywords, numbers, _channels(keywords, numbers.size))
    return _of_pairs(keywords, numbers[::2], numbers[1::2])


def _channels(keywords: dict[str, str], count: int) -> np.ndarray:
    start = number(keywords.get("OFFSET", "").rstrip(".")) or 0.0
    step = number(keywords.get("XPERCHAN", "").rstrip(".")) or 1.0
    return start + step * np.arange(count)


def _of_pairs(keywords: dict[str, str], places: np.ndarray, values: np.ndarray) -> Spectrum:
    """Take the calibration where the printed places are its values, rounded."""
    exact = _channels(keywords, places.size)
    step = abs(number(keywords.get("XPERCHAN", "").rstrip(".")) or 0.0)
    printed = np.abs(places - exact).max() <= step
    return Spectrum(keywords, values, exact if printed else places)


def read_msa(path: str | PathLike[str]) -> list[Dataset]:
    """Read a spectrum.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One, [energy]; in memory, for it is text.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        See `parse_msa`.
    """
    spectrum = parse_msa(path)
    keys = spectrum.keywords
    modality, quantity = _SIGNALS.get(keys.get("SIGNALTYPE", "").upper(), ("generic", "generic"))
    found = dataset(
        lazy(spectrum.values),
        (_axis(spectrum, quantity),),
        title=keys.get("TITLE") or Path(path).stem,
        data_type="SPECTRUM",
        units=keys.get("YUNITS", ""),
        quantity=keys.get("YLABEL") or "intensity",
        source="SciFiReaders.emsa_msa",
        metadata={"experiment": _experiment(keys)},
        original_metadata=keys,
    )
    found.modality = modality
    return [found]


def _axis(spectrum: Spectrum, quantity: str) -> Axis:
    keys = spectrum.keywords
    text = keys.get("XUNITS", "")
    inner = re.search(r"\(([^)]*)\)\s*$", text)  # "Energy Loss (eV)"
    units = (inner[1] if inner else text).strip()
    label = keys.get("XLABEL", "") or quantity
    name = "energy_loss" if quantity == "energy-loss" else "energy"
    if quantity == "generic" and units.lower() not in ("ev", "kev", "mev"):
        name = "_".join(re.findall(r"\w+", label.lower())) or "channel"
        name = name if name.isidentifier() else "channel"
    return Axis(name, spectrum.places, units, label, "SPECTRAL")


def _experiment(keys: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, word, factor in _NUMBERS:
        value = number(keys.get(word, "").rstrip("."))
        if value is not None:
            found[key] = value * factor
    stage = {axis.lower(): number(keys.get(f"{axis}POSITION", "").rstrip(".")) for axis in "XYZ"}
    tilts = {"alpha": "XTILTSTGE", "beta": "YTILTSTGE"}
    stage |= {key: number(keys.get(word, "").rstrip(".")) for key, word in tilts.items()}
    found["stage"] = {key: value for key, value in stage.items() if value is not None}
    found["detector"] = keys.get("EDSDET") or keys.get("ELSDET")
    found["sample"] = keys.get("SPECIMEN")
    found["operating_mode"] = keys.get("OPERMODE")
    found["start_date_time"] = _start(keys)
    return {key: value for key, value in found.items() if value not in (None, "", {})}


def _start(keys: dict[str, str]) -> str:
    text = f"{keys.get('DATE', '')} {keys.get('TIME', '')}".strip()
    for pattern in ("%d-%b-%Y %H:%M", "%d-%b-%Y %H:%M:%S"):
        try:
            return datetime.strptime(text.title(), pattern).isoformat()
        except ValueError:
            continue
    return text
