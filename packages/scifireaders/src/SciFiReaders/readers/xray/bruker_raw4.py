"""Bruker diffractograms of version 4 (``.raw`` that begin with RAW4.00).

=========== =========================================================================
file        date as MM/DD/YYYY @12, time @24; segments of u32 type and u32 length
            from 61 to the first range
type 10     a word about the measurement: 24 characters of its name @12, value @36
type 30     the tube: f64 wavelengths (mean, 1, 2, beta) @72, ratio @104, anode @116
type 0, 160 a range: its kind of scan in 24 characters @32, f64 start @72, step @80,
            u32 points @88, f32 s per step @92, f32 kV @100, mA @104, f64 wavelength
            @112, u32 bytes of a record @136, u32 bytes of the segments that follow
            the 160 of this header @140; then records, an f32 intensity first
type 50     a drive of a range: u32 whether it moves @8, 24 characters of its name
            @12, f64 place @56
=========== =========================================================================

Source: descriptions of the DIFFRAC.SUITE format in the documentation of public readers.
Not yet understood: a second number in records of 8 bytes; it is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from SciFiReaders.strided import StridedArray
from SciFiReaders.text import decode, until_nul
from SciFiReaders.values import number
from sidpy._warnings import warn
from sidpy.errors import UnsupportedFile

from .scans import ANGSTROM, Scan, drive_axis, steps

if TYPE_CHECKING:
    from SciFiReaders.binary import Cursor

__all__ = ["parse_version_4"]

FORMAT: Final = "bruker.raw"
_SEGMENTS: Final = 61
_RANGE: Final = 160
_RANGES: Final = (0, 160)
_MOST_RANGES: Final = 1 << 16


@dataclass(frozen=True)
class Header:
    """What is known of a range before its numbers."""

    kind: str
    start: float
    step: float
    count: int
    time: float
    voltage: float
    current: float
    wavelength: float
    size: int
    drives: dict[str, tuple[bool, float]]
    records: int
    """Where the records begin."""

    @property
    def drive(self) -> str:
        """Name of the drive that moved: flagged, and at the start, else the kind of scan."""
        moving = [name for name, (flag, _) in self.drives.items() if flag]
        at_start = [name for name in moving if abs(self.drives[name][1] - self.start) < 1e-6]
        return at_start[0] if at_start else self.kind


def parse_version_4(cursor: Cursor) -> list[Scan]:
    """Read the words about a file and its ranges.

    Parameters
    ----------
    cursor : Cursor
        Of a file that begins with RAW4.00.

    Returns
    -------
    list of Scan
        Their numbers left in the file.

    Raises
    ------
    CorruptFile, UnsupportedFile
        When it is damaged, or has records of an unknown size.
    """
    words = _words(cursor)
    scans: list[Scan] = []
    while cursor.left >= _RANGE and len(scans) < _MOST_RANGES:
        place = cursor.position
        kind = cursor.u4()
        if kind not in _RANGES:
            cursor.position = place
            if not _skip(cursor, place):
                break
            continue
        header = _range(cursor, place)
        there = min(header.count, max(cursor.size - header.records, 0) // header.size)
        if there < 1:
            msg = f"a range of {header.count} points, of which {there} are there, cannot be"
            raise cursor.corrupt(msg, offset=place)
        if there < header.count:
            warn(f"{cursor.path}: cut short, {there} of {header.count} points are there")
        scans.append(_scan(cursor, header, there, words))
        cursor.position = min(header.records + header.count * header.size, cursor.size)
    if len(scans) > 1:
        names = ((scan, f"{scan.title} {i + 1}") for i, scan in enumerate(scans))
        return [_renamed(scan, name) for scan, name in names]
    return scans


def _renamed(scan: Scan, title: str) -> Scan:
    from dataclasses import replace

    return replace(scan, title=title)


def _string(cursor: Cursor, place: int, count: int) -> str:
    cursor.position = place
    return until_nul(decode(cursor.take(count, "text"))).strip()


def _skip(cursor: Cursor, place: int) -> bool:
    """Go to the next segment; tell whether there is one."""
    cursor.position = place + 4
    length = max(cursor.u4(), 8)
    cursor.position = min(place + length, cursor.size)
    return cursor.left >= 8


def _words(cursor: Cursor) -> dict[str, Any]:
    words: dict[str, Any] = {"DATE": _string(cursor, 12, 12), "TIME": _string(cursor, 24, 10)}
    cursor.position = _SEGMENTS
    while cursor.left >= 8:
        place = cursor.position
        kind, length = cursor.unpack("II")
        if kind in _RANGES:
            cursor.position = place
            break
        if kind == 10 and length > 36:
            words[_string(cursor, place + 12, 24)] = _string(cursor, place + 36, length - 36)
        elif kind == 30 and length >= 120:
            cursor.position = place + 72
            names = ("WL_AVERAGE", "WL1", "WL2", "WL3", "WLRATIO")
            words |= dict(zip(names, cursor.unpack("5d"), strict=True))
            words["ANODE"] = _string(cursor, place + 116, 4)
        if not _skip(cursor, place):
            break
    return words


def _range(cursor: Cursor, place: int) -> Header:
    kind = _string(cursor, place + 32, 24)
    cursor.position = place + 72
    start, step, count, time = cursor.unpack("ddIf")
    cursor.position = place + 100
    voltage, current, wavelength = cursor.unpack("ff4xd")
    cursor.position = place + 136
    size, length = cursor.unpack("II")
    if number(start) is None or number(step) is None:
        msg = f"a scan from {start} in steps of {step} cannot be"
        raise cursor.corrupt(msg, offset=place + 72)
    if size < 4 or size % 4 or size > 64:
        msg = f"records of {size} bytes; known are those of 4 and 8"
        raise UnsupportedFile(msg, path=cursor.path, format=FORMAT, offset=place + 136)
    records = place + _RANGE + length
    drives = _drives(cursor, place + _RANGE, min(records, cursor.size))
    return Header(
        kind, start, step, count, time, voltage, current, wavelength, size, drives, records
    )


def _drives(cursor: Cursor, place: int, end: int) -> dict[str, tuple[bool, float]]:
    drives = {}
    while place + 8 <= end:
        cursor.position = place
        kind, length = cursor.unpack("II")
        if kind == 50 and length >= 64 and place + length <= end:
            name = _string(cursor, place + 12, 24)
            cursor.position = place + 8
            moves = bool(cursor.u4())
            cursor.position = place + 56
            drives[name] = (moves, cursor.f8())
        place += max(length, 8)
    return drives


def _scan(cursor: Cursor, header: Header, there: int, words: dict[str, Any]) -> Scan:
    path = cursor.path or ""
    values = StridedArray(path, "<f4", (there,), header.records, (header.size,))
    axis = drive_axis(header.drive, steps(header.start, header.step, there), "")
    units = "mm" if axis.kind == "SPATIAL" else "s" if axis.name == "time" else "deg"
    axis = drive_axis(header.drive, axis.values, units)
    sample = words.get("SAMPLEID") or words.get("SAMPLE") or ""
    wavelength = header.wavelength or words.get("WL1") or 0.0
    known = {
        "wavelength": wavelength * ANGSTROM or None,
        "tube_voltage": header.voltage * 1e3 or None,
        "tube_current": header.current * 1e-3 or None,
        "anode": words.get("ANODE"),
        "exposure_time": header.time,
        "sample": sample,
        "start_date_time": f"{words['DATE']} {words['TIME']}".strip(),
        "drives": {name: place for name, (_, place) in header.drives.items()},
    }
    part = {
        "SCANTYPE": header.kind,
        "START": header.start,
        "STEPSIZE": header.step,
        "STEPTIME": header.time,
        "KV": header.voltage,
        "MA": header.current,
        "RANGE_WL": header.wavelength,
    }
    title = sample or Path(path).stem
    return Scan(
        values, (axis,), title, "counts", experiment=known, original={**words, "range": part}
    )
