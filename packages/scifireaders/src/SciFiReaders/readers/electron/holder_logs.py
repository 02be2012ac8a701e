"""Tables of in-situ holders: Protochips, DENS heaters, DENS Impulse.

============== =========================================================================
Protochips     ``Time, Notes, <column>, ...``; rows of numbers after rows whose note is
               ``<what> = <value>``: `Date (yyyy.mm.dd)`, `Time units`, `Current units`;
               later notes are events; no time is as short as what the header takes
DENS heater    a blank line, ``<date> Digiheater <version>``, calibration, names of the
               columns with units in brackets, rows separated by tabs
DENS Impulse   ``TimeStamp,Experiment time,<column>, ...``; the conditions are in
               ``<name>_Metadata.log`` beside it, ``key, value``
============== =========================================================================

Each column becomes a curve over the times that were recorded, which are not regular.  The
text is read at once.

Source: decoded from files of the RosettaSciIO collection; the headers name themselves.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.text import decode
from SciFiReaders.values import number, typed
from sidpy.errors import CorruptFile, UnrecognisedFile

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = [
    "read_dens",
    "read_impulse",
    "read_protochips",
    "sniff_dens",
    "sniff_impulse",
    "sniff_protochips",
]

_LONGEST: Final = 1 << 28
#: Notes that stand before the numbers.
_HEADER: Final = re.compile(
    r"(calibration file|date \(.*\)|time \(.*\)|.* units|user agreeing to terms)", re.IGNORECASE
)
_SECONDS: Final = {"milliseconds": 1e-3, "seconds": 1.0, "ms": 1e-3, "s": 1.0}
_IN_BRACKETS: Final = re.compile(r"\s*[\[(]([^\])]*)[\])]\s*$")


@dataclass
class Log:
    """A table, its times in seconds."""

    times: np.ndarray
    columns: dict[str, np.ndarray]
    units: dict[str, str]
    notes: dict[str, Any] = field(default_factory=dict)
    experiment: dict[str, Any] = field(default_factory=dict)


def sniff_protochips(probe: Any) -> tuple[float, str]:
    """Say whether a table begins with the columns Time and Notes."""
    first = probe.head.partition(b"\n")[0].lower().replace(b" ", b"")
    found = first.lstrip(b"\xef\xbb\xbf").startswith(b"time,notes,")
    return (1.0, "columns Time and Notes") if found else (0.0, "no columns Time and Notes")


def sniff_dens(probe: Any) -> tuple[float, str]:
    """Say whether the heater's program names itself in the first lines."""
    found = b"igiheater" in probe.head[:512]
    return (1.0, "written by Digiheater") if found else (0.0, "no line of Digiheater")


def sniff_impulse(probe: Any) -> tuple[float, str]:
    """Say whether a table begins with the columns of Impulse."""
    first = probe.head.partition(b"\n")[0].lstrip(b"\xef\xbb\xbf").lower()
    found = first.startswith(b"timestamp,experiment time,")
    return (1.0, "columns TimeStamp and Experiment time") if found else (0.0, "other columns")


def _text(path: str | PathLike[str], format: str) -> str:  # noqa: A002 - the word the field uses
    with open_cursor(path, format=format) as cursor:
        if cursor.size > _LONGEST:
            msg = f"a table of {cursor.size} bytes is too long to be read"
            raise cursor.corrupt(msg, offset=0)
        return decode(cursor.take(cursor.size))


def _numbers(words: list[str], what: str, path: str | PathLike[str], format: str) -> np.ndarray:  # noqa: A002 - the word the field uses
    """Return a column as numbers, NaN for blanks."""
    found = np.empty(len(words))
    for i, word in enumerate(words):
        value = typed(word.strip() or "nan")
        if isinstance(value, str):
            msg = f"row {i + 1} of {what!r} should be a number, not {word!r}"
            raise CorruptFile(msg, path=path, format=format)
        found[i] = value
    return found


# --- Protochips -----------------------------------------------------------------------


def read_protochips(path: str | PathLike[str]) -> list[Dataset]:
    """Read the table of a Protochips holder.

    Parameters
    ----------
    path : path-like
        The ``.csv`` file.

    Returns
    -------
    list of Dataset
        A curve [time] per column.

    Raises
    ------
    UnrecognisedFile
        When the columns are others.
    CorruptFile
        When the header does not say its units, or a number is none.
    """
    return _label(path, _protochips(path), "SciFiReaders.protochips")


def _protochips(path: str | PathLike[str]) -> Log:
    form = "protochips.csv"
    rows = [row for row in csv.reader(_text(path, form).splitlines()) if row]
    names = [word.strip() for word in rows[0]] if rows else []
    if [name.lower() for name in names[:2]] != ["time", "notes"] or len(names) < 3:
        msg = f"not a table of Protochips: its columns are {names[:4]}"
        raise UnrecognisedFile(msg, path=path, format=form)
    body = rows[1:]
    if short := [i for i, row in enumerate(body) if len(row) < len(names)]:
        msg = f"row {short[0] + 2} has {len(body[short[0]])} of {len(names)} columns"
        raise CorruptFile(msg, path=path, format=form)
    header: dict[str, Any] = {}
    place = 0
    for row in body:
        key, sign, value = row[1].partition("=")
        if not sign or not _HEADER.fullmatch(key.strip()):
            break
        header[key.strip()] = value.strip()
        place += 1
    unit = str(header.get("Time units", "")).lower()
    if unit not in _SECONDS:
        msg = f"the header should say 'Time units = Milliseconds', not {unit or 'nothing'!r}"
        raise CorruptFile(msg, path=path, format=form)
    body = body[place:]
    times = _numbers([row[0] for row in body], "Time", path, form) * _SECONDS[unit]
    columns = {
        name: _numbers([row[i] for row in body], name, path, form)
        for i, name in enumerate(names[2:], 2)
    }
    known = {key.rpartition(" ")[0]: value for key, value in header.items() if "units" in key}
    units = {name: known.get(name.rpartition(" ")[2], "") for name in columns}
    events = {
        f"{t:g} s": row[1].strip() for t, row in zip(times, body, strict=True) if row[1].strip()
    }
    when = [value for key, value in header.items() if key.startswith(("Date", "Time ("))]
    date = "T".join(when).replace(".", "-", 2)
    experiment = {"start_date_time": date} if when else {}
    return Log(times, columns, units, {**header, "events": events}, experiment)


# --- DENS heater ----------------------------------------------------------------------


def read_dens(path: str | PathLike[str]) -> list[Dataset]:
    """Read the log of a DENS heater.

    Parameters
    ----------
    path : path-like
        The ``.dens`` file.

    Returns
    -------
    list of Dataset
        A curve [time] per column of numbers; time in seconds of the day.

    Raises
    ------
    UnrecognisedFile
        When the heater's program does not name itself.
    CorruptFile
        When the columns are not named, or a number is none.
    """
    return _label(path, _dens(path), "SciFiReaders.dens_heater")


def _dens(path: str | PathLike[str]) -> Log:
    form = "dens.heater"
    lines = [line for line in _text(path, form).splitlines() if line.strip()]
    if not any("igiheater" in line for line in lines[:4]):
        msg = "not a log of a DENS heater: no line names Digiheater"
        raise UnrecognisedFile(msg, path=path, format=form)
    place = next((i for i, line in enumerate(lines) if line.startswith("sample")), None)
    if place is None:
        msg = "there is no line with the names of the columns, which begins with 'sample'"
        raise CorruptFile(msg, path=path, format=form)
    # the program forgets a tab between two names, and names no column for the mode
    names = [name for name in re.split(r"\t|(?<=[\]a-z]) (?=T)", lines[place]) if name.strip()]
    rows = [line.rstrip("\t").split("\t") for line in lines[place + 1 :]]
    mode = (
        next((i for i, word in enumerate(rows[0]) if number(word) is None and i > 1), None)
        if rows
        else None
    )
    if mode is not None and mode < len(names):
        names.insert(mode, "mode")
    if len(names) < 2 or not rows or any(len(row) < len(names) for row in rows):
        msg = f"rows should have a number, a time and more, found {names}; the log is cut short"
        raise CorruptFile(msg, path=path, format=form)
    columns, units = {}, {}
    for i, name in enumerate(names):
        if i < 2 or name == "mode":
            continue
        match = _IN_BRACKETS.search(name)
        label = name[: match.start()] if match else name.strip()
        columns[label] = _numbers([row[i] for row in rows], name, path, form)
        units[label] = match[1] if match else ""
    notes = {"header": lines[:place], "modes": sorted({row[-1] for row in rows if mode})}
    date = lines[0].partition("\t")[0].strip()
    times = _clock([row[1] for row in rows], path, form)
    return Log(times, columns, units, notes, {"start_date_time": date})


def _clock(words: list[str], path: str | PathLike[str], format: str) -> np.ndarray:  # noqa: A002 - the word the field uses
    """Return times of the day in seconds; past midnight they go on."""
    found = np.empty(len(words))
    for i, word in enumerate(words):
        parts = [number(part) for part in word.split(":")]
        if len(parts) != 3 or None in parts:
            msg = f"row {i + 1} should have a time like 13:54:37.68, not {word!r}"
            raise CorruptFile(msg, path=path, format=format)
        found[i] = sum(
            part * unit for part, unit in zip(parts, (3600, 60, 1), strict=True) if part
        )
    days = np.cumsum(np.diff(found, prepend=found[:1]) < -43200)
    return found + days * 86400.0


# --- DENS Impulse ---------------------------------------------------------------------


def read_impulse(path: str | PathLike[str]) -> list[Dataset]:
    """Read a table of DENS Impulse.

    Parameters
    ----------
    path : path-like
        The ``.csv`` file; conditions come from ``<name>_Metadata.log`` beside it.

    Returns
    -------
    list of Dataset
        A curve [time] per column of numbers; columns of text are kept in the metadata.

    Raises
    ------
    UnrecognisedFile
        When the columns are others.
    CorruptFile
        When a row is cut short or a time is none.
    """
    return _label(path, _impulse(Path(path)), "SciFiReaders.dens_impulse")


def _impulse(path: Path) -> Log:
    form = "dens.impulse"
    rows = [row for row in csv.reader(_text(path, form).splitlines()) if row]
    names = [word.strip() for word in rows[0]] if rows else []
    if [name.lower() for name in names[:2]] != ["timestamp", "experiment time"]:
        msg = f"not a table of Impulse: its columns are {names[:4]}"
        raise UnrecognisedFile(msg, path=path, format=form)
    body = rows[1:]
    if short := [i for i, row in enumerate(body) if len(row) < len(names)]:
        msg = f"row {short[0] + 2} has {len(body[short[0]])} of {len(names)} columns"
        raise CorruptFile(msg, path=path, format=form)
    columns, units, notes = {}, {}, _impulse_notes(path)
    for i, name in enumerate(names[2:], 2):
        words = [row[i] for row in body]
        if all(isinstance(typed(word.strip()), str) for word in words[:1]):
            notes[name] = sorted(set(words))[:100]
            continue
        match = _IN_BRACKETS.search(name)
        columns[name] = _numbers(words, name, path, form)
        units[name] = match[1] if match else ""
    times = _numbers([row[1] for row in body], names[1], path, form)
    dates = [str(notes.get(f"Experiment {part}", "")) for part in ("date", "time")]
    experiment = {"start_date_time": "T".join(filter(None, dates)), "sample": notes.get("Sample")}
    return Log(times, columns, units, notes, {k: v for k, v in experiment.items() if v})


def _impulse_notes(path: Path) -> dict[str, Any]:
    stem = path.stem.rpartition("_")[0]
    place = path.with_name(f"{stem}_Metadata.log")
    if not stem or not place.is_file() or place.stat().st_size > 1 << 20:
        return {}
    found: dict[str, Any] = {}
    for line in decode(place.read_bytes()).splitlines():
        key, sign, value = line.partition(",")
        if sign:
            found[key.strip()] = typed(value.strip().strip('"'))
        elif line.strip():
            found.setdefault("Live notes, further", []).append(line.strip())
    return found


# --- label ----------------------------------------------------------------------------


def _label(path: str | PathLike[str], log: Log, source: str) -> list[Dataset]:

    if not len(log.times) or not log.columns:
        msg = "the table has no rows of numbers"
        raise CorruptFile(msg, path=path, format=source)
    axis = Axis("time", log.times, "s", "Time", "TEMPORAL")
    return [
        dataset(
            lazy(values),
            (axis,),
            title=name,
            data_type="LINE_PLOT",
            units=log.units[name],
            quantity=name,
            source=source,
            metadata={"experiment": log.experiment},
            original_metadata=log.notes,
        )
        for name, values in log.columns.items()
    ]
