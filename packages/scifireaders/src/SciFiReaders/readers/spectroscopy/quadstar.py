"""Mass spectra by cycle of Balzers and Pfeiffer Quadstar (``.sac``, ``.sbc``).

========== ========== ==============================================================
bytes      type       meaning
========== ========== ==============================================================
100        u32        cycles
104        u16        traces (``.sac``; none in ``.sbc``)
106        u32        bytes of a cycle (``.sac``)
194, 198   u32, u16   start, s since 1970 and 0.1 ms
14         80 chars   author
========== ========== ==============================================================

Scans (``.sac``): for each trace from 200 u8 type, u32 place of its description, u32 place
of its numbers in the first cycle.  Type 0x11 is a spectrum: its description has 13 chars
title @2, 14 unit @15, 13 and 14 for the axis @29 and @42, f32 first mass @122, u16 width
@126, u8 values per mass @128; its numbers are u32 count, i16 range, f32 values.  Type 0x0f
points to the time of the cycle, u32 s and u16 0.1 ms since the start.

Bar spectra (``.sbc``): u16 first mass @201, u16 width @203; from 217 + 7 masses each cycle
has u32 s, u16 0.1 ms, u16 masses, 5 bytes, then f32 mass and f32 value of each.

Sources: yadg's documentation of ``.sac``; ``.sbc`` as found in files of the RosettaSciIO
collection, whose masses and times agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.strided import StridedArray
from SciFiReaders.text import decode, until_nul
from sidpy._warnings import warn
from sidpy.errors import SidpyWarning, UnrecognisedFile

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_quadstar", "sniff"]

FORMAT: Final = "quadstar"
_SOURCE: Final = "SciFiReaders.quadstar"
TRACES: Final = 200
SPECTRUM, TIMES = 0x11, 0x0F
BARS: Final = 217
_MOST_TRACES: Final = 64
_CYCLE_HEADER: Final = 13


@dataclass(frozen=True)
class Scan:
    """Spectra at regular distances in the file."""

    title: str
    units: str
    masses: Axis
    place: int
    stride: int
    step: int
    """Distance of neighbouring values."""


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether the tables of a file fit each other and its length."""
    cursor = Cursor(probe.head, format=FORMAT)
    try:
        bars = _is_bars(cursor, probe.size)
        scans = not bars and _is_scan(cursor, probe.size)
    except Exception:  # noqa: BLE001 - whatever stands there, it is no such file
        return 0.0, "its tables do not fit"
    return (0.9, "tables of Quadstar") if bars or scans else (0.0, "its tables do not fit")


def _at(cursor: Cursor, offset: int, layout: str) -> Any:
    cursor.position = offset
    found = cursor.unpack(layout)
    return found[0] if len(found) == 1 else found


def _is_bars(cursor: Cursor, size: int) -> bool:
    cycles, traces, _ = _at(cursor, 100, "IHI")
    masses = _at(cursor, 203, "H") + 1
    first = BARS + 7 * masses
    fits = cycles and not traces and first + _CYCLE_HEADER + 8 * masses <= size
    return bool(fits) and _at(cursor, first + 6, "H") == masses


def _is_scan(cursor: Cursor, size: int) -> bool:
    cycles, traces, stride = _at(cursor, 100, "IHI")
    if not cycles or not 0 < traces <= _MOST_TRACES or not 0 < stride <= size:
        return False
    kinds = [_at(cursor, TRACES + 9 * i, "BII") for i in range(traces)]
    # the numbers of a trace follow its description
    return any(kind == SPECTRUM and info < data < size for kind, info, data in kinds)


def read_quadstar(path: str | PathLike[str]) -> list[Dataset]:
    """Read the spectra of a scan or of bars.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One for each detector, [time, mass].  Lazy; times are those of the cycles.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        When it is no such file, or damaged.

    Warns
    -----
    SidpyWarning
        When cycles are missing at the end.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size < BARS or (
            not (bars := _is_bars(cursor, cursor.size)) and not (_is_scan(cursor, cursor.size))
        ):
            msg = "not a file of Quadstar: its tables do not fit its length"
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        scans, times = _bars(cursor) if bars else _traces(cursor)
        count, present = _at(cursor, 100, "I"), _present(cursor.size, scans)
        if present < 1:
            msg = "not one cycle is there; the file is cut short"
            raise cursor.corrupt(msg)
        if present < count:
            warn(f"{path}: {present} of {count} cycles are there", SidpyWarning)
        kept = min(present, count)
        seconds = _seconds(cursor, times, kept, scans[0].stride)
        original = _original(cursor)
    return [_labelled(path, scan, seconds, original) for scan in scans]


def _present(size: int, scans: list[Scan]) -> int:
    """Return how many cycles are complete."""
    ends = [scan.place + (scan.masses.values.size - 1) * scan.step + 4 for scan in scans]
    return min((size - end) // scan.stride + 1 for scan, end in zip(scans, ends, strict=True))


def _bars(cursor: Cursor) -> tuple[list[Scan], int]:
    first, width = _at(cursor, 201, "HH")
    masses = first + np.arange(width + 1.0)
    place = BARS + 7 * masses.size
    axis = Axis("mass", masses, "m/z", "Mass-to-charge ratio", "SPECTRAL")
    stride = _CYCLE_HEADER + 8 * masses.size
    return [Scan("bars", "", axis, place + _CYCLE_HEADER + 4, stride, 8)], place


def _traces(cursor: Cursor) -> tuple[list[Scan], int]:
    traces, stride = _at(cursor, 104, "HI")
    rows = [_at(cursor, TRACES + 9 * i, "BII") for i in range(traces)]
    scans = [_scan(cursor, info, data, stride) for kind, info, data in rows if kind == SPECTRUM]
    times = next((data for kind, _, data in rows if kind == TIMES), min(row[2] for row in rows))
    return scans, times


def _scan(cursor: Cursor, info: int, data: int, stride: int) -> Scan:
    texts = _at(cursor, info + 2, "13s14s13s14s")
    title, units, label, x_units = (until_nul(decode(text)).strip() for text in texts)
    first, width, per_mass = _at(cursor, info + 122, "fHB")
    count = _at(cursor, data, "I")
    if not per_mass or count != width * per_mass or not 0 < 4 * count <= stride:
        msg = f"{count} values for {width} masses of {per_mass}"
        raise cursor.corrupt(msg, offset=data)
    masses = first + np.arange(count) / per_mass
    axis = Axis("mass", masses, x_units, label or "Mass", "SPECTRAL")
    return Scan(title, units, axis, data + 6, stride, 4)


def _seconds(cursor: Cursor, place: int, count: int, stride: int) -> np.ndarray:
    """Return the times of the cycles since the start."""
    pairs = [_at(cursor, place + i * stride, "IH") for i in range(count)]
    return np.array([seconds + ticks * 1e-4 for seconds, ticks in pairs])


def _original(cursor: Cursor) -> dict[str, Any]:
    start, ticks = _at(cursor, 194, "IH")
    return {
        "author": until_nul(decode(_at(cursor, 14, "80s"))).strip(),
        "start": datetime.fromtimestamp(start, UTC).isoformat(),
        "start (0.1 ms)": ticks,
        "cycles": _at(cursor, 100, "I"),
    }


def _labelled(
    path: str | PathLike[str], scan: Scan, seconds: np.ndarray, original: dict[str, Any]
) -> Dataset:
    shape, strides = (seconds.size, scan.masses.values.size), (scan.stride, scan.step)
    source = StridedArray(path, "<f4", shape, scan.place, strides)
    times = Axis("time", seconds, "s", "Time", "TEMPORAL")
    found = dataset(
        lazy(source),
        (times, scan.masses),
        title=scan.title,
        data_type="LINE_PLOT_FAMILY",
        units=scan.units,
        quantity=scan.title if scan.units else "intensity",
        source=_SOURCE,
        metadata={
            "experiment": {"start_date_time": original["start"], "user": original["author"]}
        },
        original_metadata=original,
    )
    found.modality = "mass spectrometry"
    return found
