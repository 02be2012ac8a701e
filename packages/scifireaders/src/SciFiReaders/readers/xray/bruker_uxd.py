"""Siemens and Bruker diffractograms in text (``.uxd``), DIFFRAC-AT exchange format.

===================== ===============================================================
line                  meaning
===================== ===============================================================
``; text``            a comment
``_KEY=value``        a word; text in single quotes
``_COUNTS``, ``_CPS`` numbers follow: intensities at `START` + i * `STEPSIZE`
``_2THETACOUNTS``     numbers follow: places and intensities in turn; also
                      ``_2THETACPS``, ``_THETACOUNTS``, ``_2THETACOUNTSTIME`` (and
                      the time of each point), ...
===================== ===============================================================

Words before the first ``; (Data for Range number 1)`` are of the file, those after it of
the range; a word that a range lacks holds from the file.  The drive is in `DRIVE`.

Source: "DIFFRACplus XCH manual", chapter UXD; decoded beside the binary of the same scan.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
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

    from SciFiReaders.labelled import Axis
    from sidpy import Dataset

__all__ = ["read_uxd", "sniff"]

FORMAT: Final = "bruker.uxd"
_KEY: Final = re.compile(r"_(\w+)\s*=\s*(.*)")
_DATA: Final = re.compile(r"_([A-Z0-9]*?)(COUNTS|CPS)(TIME|SEC)?\s*$", re.IGNORECASE)
_HEAD: Final = re.compile(rb"^_(FILEVERSION|SAMPLE|STEPSIZE|DRIVE)\s*=", re.MULTILINE)


@dataclass
class Range:
    """Words and numbers of one range."""

    words: dict[str, Any]
    table: str = ""
    """Last word before the numbers, ``2THETACOUNTS``."""
    lines: list[str] = field(default_factory=list)


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether words of the exchange format stand at the beginning of lines."""
    found = _HEAD.search(probe.head)
    return (1.0, "words such as _STEPSIZE=") if found else (0.0, "no _KEY=value of UXD")


def read_uxd(path: str | PathLike[str]) -> list[Dataset]:
    """Read the ranges of a file.

    Parameters
    ----------
    path : path-like
        The ``.uxd`` file.

    Returns
    -------
    list of Dataset
        One per range, [two_theta] or along the drive that moved; in memory, for it is text.

    Raises
    ------
    UnrecognisedFile
        When it has none of the words of the format.
    CorruptFile
        When there are no numbers, or something else among them.

    Warns
    -----
    SidpyWarning
        When a range has fewer numbers than it says.
    """
    text = read_text(path, FORMAT)
    if not _HEAD.search(text[:65536].encode()):
        msg = "not a file of this format: no line begins with _STEPSIZE= or the like"
        raise UnrecognisedFile(msg, path=path, format=FORMAT)
    ranges = [part for part in _ranges(text.splitlines()) if part.lines]
    if not ranges:
        msg = "it holds no numbers; is it cut short?"
        raise CorruptFile(msg, path=path, format=FORMAT)
    scans = [_scan(path, part, i, len(ranges)) for i, part in enumerate(ranges)]
    return labelled(scans, "bruker_uxd")


def _ranges(lines: list[str]) -> list[Range]:
    """Split the lines into ranges; words of the file hold in each of them."""
    common: dict[str, Any] = {}
    found: list[Range] = []
    inside = False  # the numbers of the last range
    for line in map(str.strip, lines):
        if not line or line.startswith(";"):
            continue
        key, table = _KEY.fullmatch(line), _DATA.fullmatch(line)
        if key is not None or table is not None:
            if inside or not found:
                found.append(Range(dict(common)))
                inside = False
            if key is not None:
                value = typed(key[2].strip().strip("'"))
                found[-1].words[key[1].upper()] = value
                if len(found) == 1 and key[1].upper() not in _OF_RANGE:
                    common[key[1].upper()] = value
            else:
                found[-1].table = line[1:].strip().upper()
        elif found and found[-1].table:
            inside = True
            found[-1].lines.append(line)
    return found


#: Words that every range has anew.
_OF_RANGE: Final = frozenset(
    {
        "DRIVE", "STEPTIME", "STEPSIZE", "STEPMODE", "STEPCOUNT", "START", "THETA", "2THETA",
        "KHI", "PHI", "X", "Y", "Z",
    }
)  # fmt: skip


def _scan(path: str | PathLike[str], part: Range, place: int, count: int) -> Scan:
    words = part.words
    found = numbers(" ".join(part.lines), "intensities", path=path, format=FORMAT)
    match = _DATA.fullmatch("_" + part.table)
    columns = 1 if match is None else 1 + bool(match[1]) + bool(match[3])
    if not found.size or found.size % columns:
        msg = f"{found.size} numbers make no table of {columns} columns; is it cut short?"
        raise CorruptFile(msg, path=path, format=FORMAT)
    table = found.reshape(-1, columns)
    announced = number(words.get("STEPCOUNT"))
    if announced and len(table) < announced:
        warn(f"{path}: range {place + 1} has {len(table)} of {announced:.0f} points")
    sample = str(words.get("SAMPLE") or "")
    title = sample or Path(path).stem
    return Scan(
        table[:, 1 if columns > 1 and match is not None and match[1] else 0],
        (_axis(path, words, table, match[1] if match else ""),),
        title if count == 1 else f"{title} {place + 1}",
        "counts/s" if "CPS" in part.table else "counts",
        experiment=_experiment(words, sample),
        original=words,
    )


def _axis(path: str | PathLike[str], words: dict[str, Any], table: np.ndarray, told: str) -> Axis:
    drive = str(words.get("DRIVE") or "")
    if told:
        # the first column is what its heading says, whatever drove the scan
        return drive_axis(told, table[:, 0], "deg")
    start, step = (number(words.get(key)) for key in ("START", "STEPSIZE"))
    start = number(words.get("2THETA")) if start is None else start
    if start is None or step is None:
        msg = "a range has no _START and _STEPSIZE, and no column of places"
        raise CorruptFile(msg, path=path, format=FORMAT)
    units = "mm" if drive.upper() in ("X", "Y", "Z") else "deg"
    return drive_axis(drive or "2Theta", steps(start, step, len(table)), units)


def _experiment(words: dict[str, Any], sample: str) -> dict[str, Any]:
    wavelength = number(words.get("WL1"))
    voltage, current = number(words.get("KV")), number(words.get("MA"))
    places = {key: number(words.get(key)) for key in ("THETA", "2THETA", "KHI", "PHI", "X", "Y")}
    return {
        "wavelength": wavelength and wavelength * ANGSTROM,
        "tube_voltage": voltage and voltage * 1e3,
        "tube_current": current and current * 1e-3,
        "anode": words.get("ANODE"),
        "exposure_time": number(words.get("STEPTIME")),
        "sample": sample,
        "start_date_time": words.get("DATEMEASURED"),
        "scan_axis": words.get("DRIVE"),
        "drives": {key: value for key, value in places.items() if value is not None},
    }
