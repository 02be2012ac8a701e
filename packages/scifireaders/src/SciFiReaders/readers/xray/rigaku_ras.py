"""Rigaku diffractograms in text: SmartLab (``.ras``) and the export ``.asc``.

``.ras``

======================== ============================================================
line                     meaning
======================== ============================================================
``*RAS_HEADER_START``    words of a scan follow: ``*KEY "value"``
``*MEAS_SCAN_AXIS_X``    the drive; `_UNIT_X`, `_UNIT_Y` its units and the intensities'
``*MEAS_COND_AXIS_NAME`` name of a drive, with ``-0``, ``-1``, ...; its place is in
                         ``*MEAS_COND_AXIS_POSITION``, its units in ``_UNIT``
``*RAS_INT_START``       lines of place, intensity, attenuation, to ``*RAS_INT_END``
======================== ============================================================

The intensity is the one counted; where an attenuator was used its factor is a dataset of
its own.

``.asc``: ``*KEY = value``; per group ``*START``, ``*STOP``, ``*STEP``, ``*COUNT``, then
the intensities separated by commas, to ``*END`` or the next word.

Source: SmartLab Guidance, "RAS format"; PDXL manual, "ASC file".
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from SciFiReaders.values import number, typed
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, UnrecognisedFile

from .plain_text import numbers, read_text
from .scans import ANGSTROM, Scan, drive_axis, labelled, steps

if TYPE_CHECKING:
    from os import PathLike

    import numpy as np

    from sidpy import Dataset

__all__ = ["read_asc", "read_ras", "scans_of_table", "table_of"]

FORMAT: Final = "rigaku.ras"
ASC: Final = "rigaku.asc"
_KEY: Final = re.compile(r'\*([A-Z0-9_-]+)\s+"?(.*?)"?\s*$', re.IGNORECASE)
_WORD: Final = re.compile(r"\*(\w+)\s*=\s*(.*)")


def read_ras(path: str | PathLike[str]) -> list[Dataset]:
    """Read the scans of a ``.ras`` file.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One per scan, [two_theta] or along the drive that moved, and one of the
        attenuation where it is not 1 throughout; in memory, for it is text.

    Raises
    ------
    UnrecognisedFile
        When no scan begins in it.
    CorruptFile
        When there is something else among the numbers, or none at all.

    Warns
    -----
    SidpyWarning
        When the last scan has no end: its complete lines are returned.
    """
    text = read_text(path, FORMAT)
    if not text.lstrip().startswith("*RAS_"):
        msg = "not a file of this format: it does not begin with *RAS_DATA_START"
        raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
    parts = text.split("*RAS_HEADER_START")[1:]
    found = [_ras_scan(path, part) for part in parts if "*RAS_INT_START" in part]
    found = [(words, table) for words, table in found if len(table)]
    if not found:
        msg = "it holds no scan; is it cut short?"
        raise CorruptFile(msg, path=path, format=FORMAT)
    scans: list[Scan] = []
    for i, (words, table) in enumerate(found):
        scans += scans_of_table(path, words, table, f" {i + 1}" if len(found) > 1 else "")
    return labelled(scans, "rigaku_ras")


def _ras_scan(path: str | PathLike[str], part: str) -> tuple[dict[str, Any], np.ndarray]:
    head, _, rest = part.partition("*RAS_INT_START")
    body, end, _ = rest.partition("*RAS_INT_END")
    words = {
        match[1].upper(): typed(match[2])
        for match in map(_KEY.match, map(str.strip, head.splitlines()))
        if match
    }
    if not end:
        warn(f"{path}: the last scan has no end; its complete lines are read")
        body = body.rpartition("\n")[0]
    return words, table_of(body, path, FORMAT)


def table_of(text: str, path: str | PathLike[str], format: str) -> np.ndarray:  # noqa: A002 - the word the field uses
    """Return the lines of a scan as [point, column]: place, intensity and maybe attenuation.

    Raises
    ------
    CorruptFile
        When there is something else among them, or the last line is cut short.
    """
    table = numbers(text, "lines of a scan", path=path, format=format)
    first = next((line for line in text.splitlines() if line.strip()), "")
    columns = len(first.split()) or 1
    if columns not in (2, 3) or table.size % columns:
        msg = f"{table.size} numbers in lines of {columns} make no scan of 3 columns"
        raise CorruptFile(msg, path=path, format=format)
    return table.reshape(-1, columns)


def scans_of_table(
    path: str | PathLike[str], words: dict[str, Any], table: np.ndarray, which: str
) -> list[Scan]:
    """Return a scan, and one of its attenuation where that is not 1 throughout."""
    drive = str(words.get("MEAS_SCAN_AXIS_X") or "position")
    axis = drive_axis(drive, table[:, 0], str(words.get("MEAS_SCAN_UNIT_X") or ""))
    sample = str(words.get("FILE_SAMPLE") or "")
    title = (sample or Path(path).stem) + which
    units = str(words.get("MEAS_SCAN_UNIT_Y") or "")
    known = _ras_experiment(words, sample)
    scans = [Scan(table[:, 1], (axis,), title, units, "Intensity", known, words)]
    if table.shape[1] > 2 and (table[:, 2] != 1).any():
        scans.append(
            Scan(table[:, 2], (axis,), f"{title} attenuation", "", "Attenuation", known, words)
        )
    return scans


def _ras_experiment(words: dict[str, Any], sample: str) -> dict[str, Any]:
    wavelength = number(words.get("HW_XG_WAVE_LENGTH_ALPHA1"))
    voltage, current = (number(words.get(f"MEAS_COND_XG_{w}")) for w in ("VOLTAGE", "CURRENT"))
    places = {}
    for i in range(64):
        name = words.get(f"MEAS_COND_AXIS_NAME-{i}")
        place = number(words.get(f"MEAS_COND_AXIS_POSITION-{i}"))
        if name and place is not None:
            places[str(name)] = place
    return {
        "wavelength": wavelength and wavelength * ANGSTROM,
        "tube_voltage": voltage and voltage * 1e3,
        "tube_current": current and current * 1e-3,
        "anode": words.get("HW_XG_TARGET_NAME"),
        "detector": words.get("HW_COUNTER_SELECT_NAME"),
        "sample": sample,
        "start_date_time": words.get("MEAS_SCAN_START_TIME"),
        "scan_axis": words.get("MEAS_SCAN_AXIS_X"),
        "drives": places,
    }


# --- asc ------------------------------------------------------------------------------


def read_asc(path: str | PathLike[str]) -> list[Dataset]:
    """Read the groups of an ``.asc`` export.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One per group; in memory, for it is text.

    Raises
    ------
    UnrecognisedFile
        When it does not begin with ``*TYPE =``.
    CorruptFile
        When a group has no start and step, or something else among its numbers.
    """
    text = read_text(path, ASC)
    if not re.match(r"\s*\*TYPE\s*=", text):
        msg = "not a file of this format: it does not begin with *TYPE ="
        raise UnrecognisedFile(msg, path=path, format=ASC, offset=0)
    common: dict[str, Any] = {}
    groups: list[tuple[dict[str, Any], list[str]]] = []
    words, lines = common, []
    for line in map(str.strip, text.splitlines()):
        match = _WORD.match(line)
        if line.upper().startswith("*BEGIN"):
            words, lines = dict(common), []
            groups.append((words, lines))
        elif match:
            words[match[1].upper()] = typed(match[2].strip())
        elif line and not line.startswith("*"):
            lines.append(line)
    groups = [group for group in groups if group[1]]
    if not groups:
        msg = "it holds no numbers; is it cut short?"
        raise CorruptFile(msg, path=path, format=ASC)
    scans = [_asc_label(path, *group, i, len(groups)) for i, group in enumerate(groups)]
    return labelled(scans, "rigaku_asc")


def _asc_label(
    path: str | PathLike[str], words: dict[str, Any], lines: list[str], place: int, count: int
) -> Scan:
    values = numbers(",".join(lines), "intensities", path=path, format=ASC)
    start, step = number(words.get("START")), number(words.get("STEP"))
    if start is None or step is None:
        msg = f"group {place} has no *START and *STEP"
        raise CorruptFile(msg, path=path, format=ASC)
    announced = number(words.get("COUNT"))
    if announced and values.size < announced:
        warn(f"{path}: group {place} has {values.size} of {announced:.0f} points")
    sample = str(words.get("SAMPLE") or "")
    wavelength = number(words.get("WAVE_LENGTH1"))
    voltage, current = number(words.get("KV")), number(words.get("MA"))
    drive = str(words.get("SCAN_AXIS") or "position")
    title = sample or Path(path).stem
    return Scan(
        values,
        (drive_axis(drive, steps(start, step, values.size), str(words.get("XUNIT") or "")),),
        title if count == 1 else f"{title} {place + 1}",
        str(words.get("YUNIT") or ""),
        experiment={
            "wavelength": wavelength and wavelength * ANGSTROM,
            "tube_voltage": voltage and voltage * 1e3,
            "tube_current": current and current * 1e-3,
            "anode": words.get("TARGET"),
            "sample": sample,
            "start_date_time": words.get("DATE"),
            "scan_axis": words.get("SCAN_AXIS"),
        },
        original=words,
    )
