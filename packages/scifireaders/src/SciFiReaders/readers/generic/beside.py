"""What microscopes write into a text beside a picture: JEOL, Hitachi, Tescan.

========= ================ ========================================================
from      name             what it is
========= ================ ========================================================
JEOL      ``.txt``         ``$CM_MAG 500``; the micron bar of ``$$SM_MICRON_BAR``
                           pixels is as long as ``$$SM_MICRON_MARKER`` says, in the
                           picture of ``$CM_FULL_SIZE`` pixels
Hitachi   ``.txt``         INI text, ``[SemImageFile]``, ``PixelSize=`` in nm
Tescan    ``name-png.hdr`` INI text, ``[MAIN] PixelSizeX, PixelSizeY`` in m
========= ================ ========================================================

Source: entries as they are described by programs that read them; no file at hand.
"""

from __future__ import annotations

import re
from os import fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from SciFiReaders.text import decode
from SciFiReaders.values import at, number, typed

from .notes import Notes, facts_of, moment_of, sections, si, stage_of, steps_of, words_of

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["notes_beside", "tescan_notes"]

_LONGEST: Final = 1 << 20


def notes_beside(path: str | PathLike[str], columns: int) -> Notes | None:
    """Return what a text beside a picture says, None where there is none that is known.

    Parameters
    ----------
    path : path-like
        The picture.
    columns : int
        Its width in pixels.
    """
    place = Path(fspath(path))
    names = [place.with_suffix(".txt"), place.with_suffix(".TXT")]
    names += [place.with_name(f"{place.stem}-{place.suffix[1:]}.hdr")]
    for name in names:
        if not name.is_file() or name.stat().st_size > _LONGEST:
            continue
        text = decode(name.read_bytes())
        if "[SemImageFile]" in text:
            return _hitachi(sections(text).get("SemImageFile", {}))
        if re.search(r"^\$CM_FORMAT|^\$\$?[CS]M_", text, re.MULTILINE):
            return _jeol(text, columns)
        if "[MAIN]" in text and "PixelSizeX" in text:
            return tescan_notes(text)
    return None


def _hitachi(tree: dict[str, Any]) -> Notes:
    size = si(tree.get("PixelSize"))
    facts = {
        "acceleration_voltage": ("AcceleratingVoltage",),
        "magnification": ("Magnification",),
    }
    words = {
        "detector": ("SignalName",),
        "microscope": ("InstructName", "InstrumentName"),
        "instrument": ("SerialNumber",),
        "sample": ("SampleName",),
    }
    experiment: dict[str, Any] = {**facts_of(tree, facts), **words_of(tree, words)}
    distance = si(tree.get("WorkingDistance"))
    if distance and str(tree["WorkingDistance"]).endswith("um"):
        experiment["working_distance"] = distance
    experiment |= moment_of({"SemImageFile": tree}, "SemImageFile")
    return Notes("Hitachi", steps_of(size, size, "nm"), experiment, tree)


def _jeol(text: str, shown: int) -> Notes:
    rows = (line.strip().lstrip("$").partition(" ") for line in text.splitlines())
    tree = {key: typed(value.strip()) for key, _, value in rows if key}
    facts: dict[str, Any] = {}
    voltage = number(tree.get("CM_ACCEL_VOLT"))
    distance = number(tree.get("SM_WD"))
    facts |= {"acceleration_voltage": voltage * 1e3} if voltage else {}
    facts |= {"working_distance": distance * 1e-3} if distance else {}
    facts |= facts_of(tree, {"magnification": ("CM_MAG",)})
    words = {"detector": ("CM_SIGNAL_NAME", "CM_SIGNAL"), "microscope": ("CM_INSTRUMENT",),
             "sample": ("CM_TITLE",)}  # fmt: skip
    moment = words_of(tree, {"date": ("CM_DATE",), "time": ("CM_TIME",)})
    facts |= {"start_date_time": " ".join(moment.values())} if moment else {}
    bar, marker = number(tree.get("SM_MICRON_BAR")), si(str(tree.get("SM_MICRON_MARKER", "")))
    whole = number(str(tree.get("CM_FULL_SIZE", "")).split(" ")[0])
    size = marker / bar * ((whole or shown) / shown) if bar and marker and shown else None
    return Notes("JEOL", steps_of(size, size, "m"), {**facts, **words_of(tree, words)}, tree)


def tescan_notes(text: str) -> Notes:
    """Return what Tescan says in INI text, which may have bytes before it."""
    tree = sections(text[max(text.find("[MAIN]"), 0) :])
    facts = {
        "acceleration_voltage": ("SEM/HV", "FIB/HV"),
        "working_distance": ("SEM/WD",),
        "magnification": ("MAIN/Magnification",),
        "current": ("SEM/PredictedBeamCurrent", "SEM/SpecimenCurrent"),
        "pixel_time": ("SEM/DwellTime",),
        "pressure": ("SEM/ChamberPressure",),
    }
    words = {
        "detector": ("SEM/Detector", "MAIN/Detector"),
        "microscope": ("MAIN/DeviceModel", "MAIN/Device"),
        "instrument": ("MAIN/SerialNumber",),
        "sample": ("MAIN/ImageName", "MAIN/Description"),
    }
    stage = {name: (f"SEM/Stage{letter}",) for name, letter in _TESCAN_STAGE}
    sizes = (si(at(tree, f"MAIN/PixelSize{letter}")) for letter in "XY")
    experiment = {**facts_of(tree, facts), **words_of(tree, words), **stage_of(tree, stage)}
    return Notes("Tescan", steps_of(*sizes, "m"), {**experiment, **moment_of(tree, "MAIN")}, tree)


_TESCAN_STAGE: Final = (("x", "X"), ("y", "Y"), ("z", "Z"), ("r", "Rotation"), ("t", "Tilt"))
