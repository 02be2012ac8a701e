"""What instruments write into the note of an Igor wave.

============== ===================== ================================================
program        lines                 recognised by
============== ===================== ================================================
Asylum         ``key: value``        two of `ASYLUM_KEYS`
Scienta SES    ``key=value`` below   section ``[SES]``
               ``[section]``
Omicron Matrix prose                 ``Channel name and data unit: name [unit]``
============== ===================== ================================================

Asylum keeps all channels of a scan in one wave, whose one unit can be true of one channel
only.  Channels whose unit a user chooses have it in the note (``UserIn0Unit``,
``LateralUnit``, ``UserCalcUnit``); all others are held in the SI unit of their kind, so the
kind in the channel's name gives the unit (`CHANNEL_UNITS`).  Another name has none.

Source: the notes themselves; Asylum Research, "MFP-3D SPM software", data channels and
their base units.
"""

from __future__ import annotations

import re
from typing import Any, Final

from SciFiReaders.values import typed

__all__ = [
    "channel_units",
    "is_asylum",
    "metadata_of",
    "parse_note",
    "split_units",
    "vendor_facts",
]

#: Beginnings of Asylum's channel names, longer ones first, and the unit of the channel.
CHANNEL_UNITS: Final = (
    ("DeflV", "V"), ("AmpV", "V"), ("UserIn", "V"), ("Height", "m"), ("ZSensor", "m"),
    ("ZSnsr", "m"), ("Raw", "m"),
    ("Deflection", "m"), ("Defl", "m"), ("Amplitude", "m"), ("Amp", "m"), ("Lateral", "V"),
    ("Lat", "V"), ("Phase", "deg"), ("Phas", "deg"), ("Frequency", "Hz"), ("Freq", "Hz"),
    ("Current", "A"), ("Cur", "A"), ("Potential", "V"), ("Pot", "V"), ("Force", "N"),
    ("Indentation", "m"),
)  # fmt: skip

#: Keys that only Asylum's notes have; two of them settle it.
ASYLUM_KEYS: Final = frozenset({"InvOLS", "SpringConstant", "ImagingMode", "XPTLock", "XLVDTSens"})

#: Normalised metadata: our key, Asylum's.
ASYLUM_SCAN: Final = {"rate": "ScanRate", "angle": "ScanAngle", "speed": "ScanSpeed"}
ASYLUM_EXPERIMENT: Final = {
    "mode": "ImagingMode",
    "spring_constant": "SpringConstant",
    "inverse_optical_lever_sensitivity": "InvOLS",
    "drive_frequency": "DriveFrequency",
    "drive_amplitude": "DriveAmplitude",
    "bias": "TipVoltage",
}
ASYLUM_PAIRS: Final = {
    "range": ("FastScanSize", "SlowScanSize"),
    "offset": ("XOffset", "YOffset"),
}

#: Normalised metadata: our key, that of Scienta SES.
SES_EXPERIMENT: Final = {
    "excitation_energy": "Excitation Energy",
    "pass_energy": "Pass Energy",
    "lens_mode": "Lens Mode",
    "sample": "Sample",
    "instrument": "Instrument",
}

#: Longest word before a colon that still is a key; Matrix writes prose with times in it.
LONGEST_KEY: Final = 60

_BRACKETED = re.compile(r"^(?P<name>.*?)\s*[\[(](?P<units>[^\[\]()]*)[\])]$")
_SECTION = re.compile(r"^\[(?P<name>[^\[\]]+)\]$")
_DIRECTION = re.compile(r"(Re)?[Tt]race$")
_MATRIX_SIZE = re.compile(
    r"Width = (?P<width>\S+) \[(?P<units>[^\]]+)\], Height = (?P<height>\S+) \["
)


def parse_note(text: str) -> dict[str, Any]:
    r"""Return the lines of a note as typed values; sections in brackets are nested.

    Lines are ``key: value`` or ``key=value``; what is neither is collected under
    ``"note"``.  A key that comes twice keeps all its values, numbered.

    Examples
    --------
    >>> parse_note("ScanRate: 2.5\rImagingMode:PFM Mode\r[SES]\rVersion=3")
    {'ScanRate': 2.5, 'ImagingMode': 'PFM Mode', 'SES': {'Version': 3}}
    """
    result: dict[str, Any] = {}
    target = result
    loose: list[str] = []
    for line in re.split(r"\r\n|\r|\n", text):
        stripped = line.strip()
        if section := _SECTION.match(stripped):
            target = {}
            result[_free(result, section["name"])] = target
            continue
        key, value = _pair(stripped)
        if key:
            target[_free(target, key)] = typed(value)
        elif stripped:
            loose.append(stripped)
    if loose:
        result[_free(result, "note")] = loose
    return result


def _pair(line: str) -> tuple[str, str]:
    places = [place for place in (line.find(":"), line.find("=")) if 0 < place <= LONGEST_KEY]
    if not places:
        return "", line
    return line[: min(places)].strip(), line[min(places) + 1 :].strip()


def _free(target: dict[str, Any], key: str) -> str:
    number, word = 2, key
    while word in target:
        word, number = f"{key} ({number})", number + 1
    return word


def split_units(text: str) -> tuple[str, str]:
    """Return quantity and units; plain units have no quantity.

    Examples
    --------
    >>> split_units("Binding Energy [eV]"), split_units("nm")
    (('Binding Energy', 'eV'), ('', 'nm'))
    """
    match = _BRACKETED.match(text.strip())
    if match and match["name"]:
        return match["name"], match["units"].strip()
    return "", text.strip()


def is_asylum(note: dict[str, Any]) -> bool:
    """Say whether Asylum's software wrote the note."""
    return len(ASYLUM_KEYS & note.keys()) >= 2


def channel_units(wave_units: str, note: dict[str, Any], channel: str) -> tuple[str, str]:
    """Return quantity and units of a channel of a wave with labels.

    Parameters
    ----------
    wave_units : str
        Units of the wave as a whole; true of every channel but in Asylum's files.
    note : dict
        As parsed.
    channel : str
        Name of the channel.
    """
    if not is_asylum(note):
        return split_units(wave_units)
    chosen = note.get(f"{_DIRECTION.sub('', channel)}Unit")
    if isinstance(chosen, str):
        return "", chosen.replace("°", "deg")
    if "Volts" in channel:
        return "", "V"
    for beginning, units in CHANNEL_UNITS:
        if channel.startswith(beginning):
            return "", units
    return "", ""


def vendor_facts(note: dict[str, Any]) -> dict[str, Any]:
    """Return what a Matrix note says in prose, under the keys of the released reader."""
    channel = note.get("Channel name and data unit")
    if not isinstance(channel, str):
        return {}
    name, units = split_units(channel)
    facts: dict[str, Any] = {"channel_name": name or channel, "channel_units": units}
    if match := _MATRIX_SIZE.match(f"Width = {note.get('Width', '')}"):
        facts["image_width"] = typed(match["width"])
        facts["image_height"] = typed(match["height"])
        facts["image_units"] = match["units"]
    return facts


def metadata_of(note: dict[str, Any]) -> dict[str, Any]:
    """Return the values every such instrument has, in the units of the note (SI, eV, deg)."""
    if is_asylum(note):
        return _asylum_metadata(note)
    ses = note.get("SES")
    if isinstance(ses, dict):
        return {"experiment": {**_picked(ses, SES_EXPERIMENT), **_date_time(ses)}}
    return {}


def _asylum_metadata(note: dict[str, Any]) -> dict[str, Any]:
    scan = _picked(note, ASYLUM_SCAN)
    for key, (fast, slow) in ASYLUM_PAIRS.items():
        if fast in note and slow in note:
            scan[key] = [note[fast], note[slow]]
    experiment = _picked(note, ASYLUM_EXPERIMENT)
    return {
        "experiment": {**experiment, **_date_time(note), "instrument": "Asylum Research"},
        "scan": scan,
    }


def _picked(note: dict[str, Any], keys: dict[str, str]) -> dict[str, Any]:
    return {key: note[own] for key, own in keys.items() if own in note}


def _date_time(note: dict[str, Any]) -> dict[str, str]:
    words = [str(note[key]) for key in ("Date", "Time") if key in note]
    return {"start_date_time": " ".join(words)} if words else {}
