"""PHI photoelectron spectra and depth profiles (``.spe``, ``.pro``): SOFH to EOFH.

========== ==========================================================================
place      meaning
========== ==========================================================================
header     lines ``Key: value`` from ``SOFH`` to ``EOFH``, of `FileType` SPECTRUM or
           DEPTHPRO; per region ``SpectralRegDef: number active name atomic points step
           start end ...`` with step, start and end in eV of binding energy
@0         u32 group, u32 regions, u32 bytes of the record of a region, u32 bytes
           before the table of places and sizes in it
record     from 16: u32 ..., u32 points @36 - 16, units in
           4 characters @72 - 16, type of the numbers in 4 characters
           @88 - 16, u32 bytes of its numbers @92 - 16, u32 where they begin @96 - 16
numbers    of each region, f4 or f8, one spectrum after the other
========== ==========================================================================

Places are counted from the first byte behind the line ``EOFH``.

Source: decoded from a file of SmartSoft-VersaProbe 3.3, against its own header.
Not yet understood: the other words of a record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.strided import StridedArray
from SciFiReaders.text import decode
from SciFiReaders.values import number, typed
from sidpy._warnings import warn
from sidpy.errors import UnrecognisedFile, UnsupportedFile

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_phi"]

FORMAT: Final = "phi.spe"
_END: Final = b"EOFH"
_LONGEST_HEADER: Final = 1 << 24
_RECORD: Final = 96
_TYPES: Final = {"f4": "<f4", "f8": "<f8"}
_MOST_REGIONS: Final = 4096


@dataclass(frozen=True)
class Region:
    """One region of energies, as the header plans it."""

    name: str
    points: int
    step: float
    start: float


def read_phi(path: str | PathLike[str]) -> list[Dataset]:
    """Read the regions of a file.

    Parameters
    ----------
    path : path-like
        The ``.spe`` or ``.pro`` file.

    Returns
    -------
    list of Dataset
        One per region, [binding_energy], or [cycle, binding_energy] of a profile; lazy.

    Raises
    ------
    UnrecognisedFile
        When it does not begin with SOFH.
    CorruptFile, UnsupportedFile
        When it is damaged, or of a kind that was never seen, such as a map.

    Warns
    -----
    SidpyWarning
        When the last spectra of a profile are missing.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        words = _header(cursor)
        kind = str(words.get("FileType", "")).upper()
        if kind not in ("SPECTRUM", "DEPTHPRO"):
            msg = f"a file of the type {kind!r}; known are SPECTRUM and DEPTHPRO"
            raise UnsupportedFile(msg, path=path, format=FORMAT)
        regions = _regions(words)
        if not regions:
            msg_0 = "its header defines no region of energies"
            raise cursor.corrupt(msg_0)
        origin = cursor.position
        _, count, length, _ = cursor.unpack("4I")
        if not 0 < count <= min(len(regions), _MOST_REGIONS) or length < _RECORD:
            msg_0 = f"{count} records of {length} bytes for {len(regions)} regions cannot be"
            raise cursor.corrupt(msg_0, offset=origin)
        found = []
        for i in range(count):
            record = 16 + i * length
            array = _numbers(cursor, origin, record, regions[i])
            cursor.position = origin + record + 56
            units = decode(cursor.take(4)).strip("\0 ")
            found.append(_label(path, words, regions[i], array, units))
    return found


# --- parse ------------------------------------------------------------------------------


def _header(cursor: Cursor) -> dict[str, Any]:
    """Read the words, and leave the cursor behind their last line."""
    if cursor.size < 8 or cursor.take(4) != b"SOFH":
        msg = "not a file of PHI: it does not begin with SOFH"
        raise UnrecognisedFile(msg, path=cursor.path, format=FORMAT, offset=0)
    cursor.position = 0
    raw = cursor.take(min(cursor.size, _LONGEST_HEADER), "header")
    end = raw.find(_END)
    line = raw.find(b"\n", end)
    if end < 0 or line < 0:
        msg = "the header has no end, EOFH"
        raise cursor.corrupt(msg, offset=0)
    cursor.position = line + 1
    words: dict[str, Any] = {}
    for text in decode(raw[:end]).splitlines():
        key, colon, value = text.partition(":")
        if not colon:
            continue
        key, value = key.strip(), value.strip()
        old = words.get(key)
        if old is None:
            words[key] = typed(value)
        elif isinstance(old, list):
            old.append(value)
        else:
            words[key] = [str(old), value]
    return words


def _regions(words: dict[str, Any]) -> list[Region]:
    """Return the regions that were measured; the full definition has inactive ones, too."""
    lines = words.get("SpectralRegDef") or words.get("SpectralRegDefFull") or []
    found = []
    for line in [lines] if isinstance(lines, str) else lines:
        parts = str(line).split()
        values = [number(part) for part in parts[4:7]]
        if len(values) == 3 and None not in values:
            points, step, start = values
            found.append(Region(parts[2], int(points or 0), step or 0.0, start or 0.0))
    return found


def _numbers(cursor: Cursor, origin: int, record: int, region: Region) -> StridedArray:
    cursor.position = origin + record + 20
    points = cursor.u4()
    cursor.position = origin + record + 72
    kind = cursor.take(4).rstrip(b"\0 ").decode("latin-1")
    size, place = cursor.unpack("II")
    if kind not in _TYPES:
        msg = f"numbers of the type {kind!r}; known are {sorted(_TYPES)}"
        raise UnsupportedFile(msg, path=cursor.path, format=FORMAT, offset=origin + record + 72)
    dtype = np.dtype(_TYPES[kind])
    if not 0 < points == region.points or size % (points * dtype.itemsize):
        msg = (
            f"region {region.name!r} has {region.points} points in the header and {points} "
            f"with {size} bytes in its record"
        )
        raise cursor.corrupt(msg, offset=origin + record)
    row = points * dtype.itemsize
    spectra = size // row
    there = min(spectra, max(cursor.size - origin - place, 0) // row)
    if not there:
        msg = f"the {spectra} spectra of region {region.name!r} lie behind the end of the file"
        raise cursor.corrupt(msg, offset=origin + place)
    if there < spectra:
        warn(f"{cursor.path}: {there} of {spectra} spectra of {region.name!r} are there")
    path = cursor.path or ""
    shape, strides = ((points,), (dtype.itemsize,)) if spectra == 1 else (
        (there, points), (row, dtype.itemsize)
    )  # fmt: skip
    return StridedArray(path, dtype, shape, origin + place, strides)


# --- label ------------------------------------------------------------------------------


def _label(
    path: str | PathLike[str],
    words: dict[str, Any],
    region: Region,
    array: StridedArray,
    units: str,
) -> Dataset:
    energies = region.start + region.step * np.arange(region.points)
    axes: tuple[Axis, ...] = (
        Axis("binding_energy", energies, "eV", "Binding Energy", "SPECTRAL"),
    )
    if array.ndim == 2:
        cycles = np.arange(array.shape[0])
        axes = (Axis("cycle", cycles, "", "sputter cycle", "TEMPORAL"), *axes)
    found = dataset(
        lazy(array),
        axes,
        title=f"{Path(path).stem} {region.name}",
        data_type="SPECTRUM" if array.ndim == 1 else "SPECTRAL_IMAGE",
        units={"c/s": "counts/s", "c": "counts"}.get(units, units),
        quantity="Intensity",
        source="SciFiReaders.phi_spe",
        metadata={"experiment": _experiment(words)},
        original_metadata=words,
    )
    found.modality = str(words.get("Technique") or "XPS")
    return found


def _first(words: dict[str, Any], key: str) -> float | None:
    """Return the first number of a word: ``119.75 W``, ``Al 1486.6 mono``."""
    match = re.search(r"-?\d+\.?\d*(?:[eE][+-]?\d+)?", str(words.get(key, "")))
    return number(match[0]) if match else None


def _experiment(words: dict[str, Any]) -> dict[str, Any]:
    diameter = _first(words, "XrayBeamDiameter")
    found: dict[str, Any] = {
        "excitation_energy": _first(words, "XraySource"),
        "source_power": _first(words, "XrayPower"),
        "probe_diameter": diameter and diameter * 1e-6,
        "work_function": _first(words, "AnalyserWorkFcn"),
        "take_off_angle": _first(words, "SourceAnalyserAngle"),
        "source": words.get("XraySource"),
        "probe_mode": words.get("AnalyserMode"),
        "instrument": words.get("InstrumentModel"),
        "operator": words.get("Operator"),
        "sample": words.get("FileDesc"),
        "start_date_time": words.get("AcqFileDate") or words.get("FileDate"),
    }
    return {key: value for key, value in found.items() if value not in (None, "")}
