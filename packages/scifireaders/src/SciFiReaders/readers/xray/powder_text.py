"""Powder patterns in plain text: of ILL and PSI, and columns (``.xy``, ``.xye``).

ILL and PSI (LHPM, RIET7): a few lines of words, a line that begins with start, step and
end of 2theta, as many intensities as that makes, and as many standard errors again; what
follows is words.

Columns: places and intensities, and standard errors in a third; words stand in lines that
begin with ``'`` (Bruker and TOPAS), ``!`` or ``XYDATA`` and ``INTER`` (FullProf), ``#`` or
in ``/* */`` (GSAS).  Only these words say whether the places are angles.

Source: manuals of LHPM, FullProf (INSTR=1, 5, 10), TOPAS and GSAS-II; the first two
decoded from files of D1A and of DMC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.values import number, typed
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, UnrecognisedFile

from .plain_text import numbers_in, read_text
from .scans import ANGSTROM, Scan, drive_axis, labelled, steps

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_columns", "read_pattern", "sniff_columns", "sniff_pattern"]

FORMAT: Final = "xrd.text"
COLUMNS: Final = "xrd.xy"
#: Lines of words before the numbers.
_MOST_WORDS: Final = 12
_NUMBER: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE: Final = re.compile(rf"\s*({_NUMBER})[\s,]+({_NUMBER})[\s,]+({_NUMBER})\s*(.*)")
_ROW: Final = re.compile(rf"\s*{_NUMBER}(?:[\s,;]+{_NUMBER})*[\s,;]*")
_PAIR: Final = re.compile(r'(\w+):\s*"([^"]*)"')
_LAMBDA: Final = re.compile(rf"lambda\s*=?\s*({_NUMBER})|^\s*({_NUMBER})\s*A\b", re.IGNORECASE)
_ANGLES: Final = re.compile(r"2[\s-]*th|two[\s-]*theta|2θ|tth", re.IGNORECASE)


# --- patterns of ILL and PSI ------------------------------------------------------------


@dataclass(frozen=True)
class Pattern:
    """Start, step and number of points, and where the numbers begin."""

    start: float
    step: float
    count: int
    line: int


def _pattern(lines: list[str]) -> Pattern | None:
    """Find the line of start, step and end, behind which there are lines of numbers."""
    for place, line in enumerate(lines[:_MOST_WORDS]):
        match = _RANGE.match(line)
        if match is None or place + 1 >= len(lines) or not _ROW.fullmatch(lines[place + 1]):
            continue
        start, step, end = map(float, match.groups()[:3])
        count = (end - start) / step if step > 0 else 0.0
        fits = 2 <= count < 1e7 and abs(count - round(count)) < 0.02 and abs(end) <= 360
        if fits and len(lines[place + 1].split()) > 4:
            return Pattern(start, step, round(count) + 1, place)
    return None


def sniff_pattern(probe: Any) -> tuple[float, str]:
    """Say whether a line of start, step and end stands before lines of numbers."""
    if b"\0" in probe.head:
        return 0.0, "not text"
    found = _pattern(probe.head[:8192].decode("latin-1").splitlines())
    return (0.9, "start, step and end before numbers") if found else (0.0, "no such line")


def read_pattern(path: str | PathLike[str]) -> list[Dataset]:
    """Read a pattern of ILL or PSI.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        Intensities, [two_theta], and their standard errors, where there are any; in
        memory, for it is text.

    Raises
    ------
    UnrecognisedFile
        When no line has start, step and end before lines of numbers.
    CorruptFile
        When there are no numbers at all.

    Warns
    -----
    SidpyWarning
        When there are fewer intensities than points: the others are NaN.
    """
    lines = read_text(path, FORMAT).splitlines()
    pattern = _pattern(lines)
    if pattern is None:
        msg = "no line of start, step and end of 2theta stands before lines of numbers"
        raise UnrecognisedFile(msg, path=path, format=FORMAT)
    rows = takewhile(_ROW.fullmatch, (line for line in lines[pattern.line + 1 :] if line.strip()))
    table = numbers_in(" ".join(rows))
    if table is None or not table.size:
        msg = "it holds no intensities"
        raise CorruptFile(msg, path=path, format=FORMAT)
    if table.size < pattern.count:
        warn(f"{path}: {table.size} of {pattern.count} points are there; the others are NaN")
        table = np.append(table, np.full(min(pattern.count, 1 << 22) - table.size, np.nan))
    count = min(pattern.count, table.size)
    words = {"header": lines[: pattern.line + 1], "start": pattern.start, "step": pattern.step}
    axis = drive_axis("2Theta", steps(pattern.start, pattern.step, count), "deg")
    title = lines[0].strip() or Path(path).stem
    known = {"wavelength": _wavelength(lines[: pattern.line])}
    scans = [Scan(table[:count], (axis,), title, "", "Intensity", known, words)]
    if table.size >= 2 * count:
        errors = table[count : 2 * count]
        scans.append(Scan(errors, (axis,), f"{title} error", "", "Standard error", known, words))
    return labelled(scans, "powder_text")


def _wavelength(lines: list[str]) -> float | None:
    for match in map(_LAMBDA.search, lines):
        if match:
            return float(match[1] or match[2]) * ANGSTROM
    return None


# --- columns ----------------------------------------------------------------------------


@dataclass
class Columns:
    """Words and numbers of a table."""

    words: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    """Lines that are neither."""


def _split(lines: list[str]) -> Columns:
    found, comment = Columns(), False
    for line in map(str.strip, lines):
        if comment or line.startswith("/*"):
            found.words.append(line)
            comment = "*/" not in line
        elif not line:
            continue
        elif line[0] in "'!#" or line.upper().startswith(("XYDATA", "INTER", "TEMP")):
            found.words.append(line)
        else:
            (found.rows if _ROW.fullmatch(line) else found.other).append(line)
    return found


def _evidence(columns: Columns) -> str:
    """Say what makes a table a pattern; blank when nothing does."""
    words = "\n".join(columns.words)
    if _ANGLES.search(words) or "Anode:" in words:
        return "a heading that names 2theta"
    if columns.words[:1] and columns.words[0].upper().startswith("XYDATA"):
        return "XYDATA"
    return ""


def sniff_columns(probe: Any) -> tuple[float, str]:
    """Say whether two or three columns of numbers ascend, and whether words name angles."""
    if b"\0" in probe.head or b"SpecsLab" in probe.head[:4096]:
        return 0.0, "not columns of text"
    text = probe.head.decode("utf-8", "replace")
    lines = text.splitlines()[: None if probe.size == len(probe.head) else -1]
    columns = _split(lines)
    table = _table(columns)
    if table is None or len(table) < 3:
        return 0.0, "no two or three ascending columns of numbers alone"
    told = _evidence(columns)
    if told:
        return 1.0, told
    return 0.3, f"{table.shape[1]} columns of numbers, the first ascending"


def _table(columns: Columns) -> np.ndarray | None:
    if columns.other or not columns.rows:
        return None
    width = len(re.split(r"[\s,;]+", columns.rows[0].strip(" ,;")))
    numbers = numbers_in("\n".join(columns.rows))
    if numbers is None or width not in (2, 3) or numbers.size % width:
        return None
    table = numbers.reshape(-1, width)
    return table if (np.diff(table[:, 0]) > 0).all() else None


def read_columns(path: str | PathLike[str]) -> list[Dataset]:
    """Read columns of places, intensities and standard errors.

    Parameters
    ----------
    path : path-like
        The ``.xy`` or ``.xye`` file.

    Returns
    -------
    list of Dataset
        Intensities, and the errors if there is a third column; in memory, for it is text.
        The places are angles only where words say so.

    Raises
    ------
    UnrecognisedFile
        When it holds something else than two or three columns, the first ascending.
    """
    columns = _split(read_text(path, COLUMNS).splitlines())
    table = _table(columns)
    if table is None:
        msg = "it should hold two or three columns of numbers, the first of them ascending"
        raise UnrecognisedFile(msg, path=path, format=COLUMNS)
    words: dict[str, Any] = {"header": columns.words}
    text = "\n".join(columns.words)
    words |= {key: typed(value) for key, value in _PAIR.findall(text)}
    angles = bool(_evidence(columns))
    drive = "2Theta" if angles else "position"
    axis = drive_axis(drive, table[:, 0], "deg" if angles else "")
    sample = str(words.get("Id") or words.get("Sample") or "")
    title = sample or Path(path).stem
    known = {
        "wavelength": _wavelength(columns.words),
        "anode": words.get("Anode"),
        "sample": sample,
        "exposure_time": number(words.get("TimePerStep")),
    }
    scans = [Scan(table[:, 1], (axis,), title, "", "Intensity", known, words)]
    if table.shape[1] == 3:
        scans.append(
            Scan(table[:, 2], (axis,), f"{title} error", "", "Standard error", known, words)
        )
    return labelled(scans, "powder_text")
