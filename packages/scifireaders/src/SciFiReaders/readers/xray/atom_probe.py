"""Atom probe tomography: ``.pos``, ``.epos`` and CAMECA's ``.apt``.

========= ===========================================================================
``.pos``  no header; per ion, big-endian: f32 x, y, z in nm, f32 mass to charge in Da
``.epos`` the same, then f32 time of flight in ns, standing and pulse voltage in kV,
          x and y on the detector in mm, u32 pulses since the last ion, u32 ions in
          the pulse
``.apt``  little-endian: ``APT``, 0, u32 length of the header, u32 version, 256 UTF-16
          characters of the file name, u64 time, i64 ions; then sections
section   ``SEC``, 0, u32 length of its header, u32 version, 32 UTF-16 characters of its
          type, u32 version, u32 relationship, u32 record type, u32 type of the numbers
          (1 signed, 2 unsigned, 3 real), u32 bits of one, u32 bytes of a record, 16
          UTF-16 characters of units, i64 records, i64 bytes; then the numbers
========= ===========================================================================

Source: B. Gault et al., "Atom Probe Microscopy", appendix, doi:10.1007/978-1-4614-3436-8;
D. J. Haley, "APT file format" and CAMECA, "APT file format".
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.strided import StridedArray
from SciFiReaders.text import decode_utf16, until_nul
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, UnrecognisedFile, UnsupportedFile

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_apt", "read_epos", "read_pos", "sniff_epos", "sniff_pos"]

FORMAT: Final = "atomprobe.pos"
EPOS: Final = "atomprobe.epos"
APT: Final = "atomprobe.apt"
#: Columns behind place and mass in ``.epos``: title, units, type.
_MORE: Final = (
    ("time of flight", "ns", ">f4"),
    ("standing voltage", "kV", ">f4"),
    ("pulse voltage", "kV", ">f4"),
    ("detector x", "mm", ">f4"),
    ("detector y", "mm", ">f4"),
    ("pulses since last ion", "", ">u4"),
    ("ions in pulse", "", ">u4"),
)
_POS, _EPOS = 16, 44
_FILE, _SECTION = 540, 148
_MOST_IONS: Final = 1 << 31
#: Places and masses beyond these are no ions: nm, Da.
_FARTHEST, _HEAVIEST = 1e5, 1e4
_LETTERS: Final = {1: "i", 2: "u", 3: "f"}


def _looks(head: bytes, size: int, width: int) -> bool:
    """Whether the first records hold places and masses that an ion can have."""
    count = min(len(head) // width, 256)
    if size % width or not count:
        return False
    table = np.frombuffer(head[: count * width], ">f4").reshape(count, -1)[:, :4].astype("f8")
    if not np.isfinite(table).all() or (np.abs(table[:, :3]) > _FARTHEST).any():
        return False
    masses = table[:, 3]
    plausible = (masses >= 0).all() and (masses < _HEAVIEST).all() and (masses > 0.1).any()
    # noise and zeros have none of this order of magnitude
    return bool(plausible and (np.abs(table[:, :3]).max(axis=0) > 1e-6).any())


def sniff_pos(probe: Any) -> tuple[float, str]:
    """Say whether the file is records of 16 bytes that ions can have."""
    found = _looks(probe.head, probe.size, _POS)
    return (0.7, "places and masses of ions") if found else (0.0, "no records of ions")


def sniff_epos(probe: Any) -> tuple[float, str]:
    """Say whether the file is records of 44 bytes that ions can have."""
    found = _looks(probe.head, probe.size, _EPOS)
    return (0.7, "places and masses of ions") if found else (0.0, "no records of ions")


def read_pos(path: str | PathLike[str]) -> list[Dataset]:
    """Read a ``.pos`` file.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        Mass to charge of each ion, [ion], and its place, [ion, component]; lazy.

    Raises
    ------
    UnrecognisedFile
        When its records cannot be ions.
    """
    count = _count(path, _POS, FORMAT)
    return _places(path, count, _POS)


def read_epos(path: str | PathLike[str]) -> list[Dataset]:
    """Read an ``.epos`` file.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        As `read_pos`, then time of flight, voltages and places on the detector, [ion];
        lazy.

    Raises
    ------
    UnrecognisedFile
        When its records cannot be ions.
    """
    count = _count(path, _EPOS, EPOS)
    found = _places(path, count, _EPOS)
    for i, (title, units, dtype) in enumerate(_MORE):
        source = StridedArray(path, dtype, (count,), _POS + 4 * i, (_EPOS,))
        found.append(_label(path, source, title, units))
    return found


def _count(path: str | PathLike[str], width: int, format: str) -> int:  # noqa: A002 - the word the field uses
    with open_cursor(path, format=format) as cursor:
        head = cursor.take(min(cursor.size, 1 << 14))
        if not _looks(head, cursor.size, width) or cursor.size // width > _MOST_IONS:
            msg = f"records of {width} bytes with places in nm and masses in Da were expected"
            raise UnrecognisedFile(msg, path=path, format=format)
        return cursor.size // width


def _places(path: str | PathLike[str], count: int, width: int) -> list[Dataset]:
    masses = StridedArray(path, ">f4", (count,), 12, (width,))
    places = StridedArray(path, ">f4", (count, 3), 0, (width, 4))
    return [
        _label(path, masses, "mass to charge", "Da"),
        _label(path, places, "position", "nm"),
    ]


def _label(
    path: str | PathLike[str],
    source: StridedArray,
    title: str,
    units: str,
    words: dict[str, Any] | None = None,
) -> Dataset:
    axes: tuple[Axis, ...] = (Axis("ion", np.arange(source.shape[0]), "", "ion", "POINT_CLOUD"),)
    if source.ndim == 2:
        axes = (*axes, Axis("component", np.arange(source.shape[1]), "", "component", "CHANNEL"))
    found = dataset(
        lazy(source),
        axes,
        title=title,
        data_type="POINT_CLOUD",
        units=units,
        quantity=title,
        source="SciFiReaders.atom_probe",
        original_metadata={"file": Path(path).name, **(words or {})},
    )
    found.modality = "APT"
    return found


# --- apt --------------------------------------------------------------------------------


def read_apt(path: str | PathLike[str]) -> list[Dataset]:
    """Read an ``.apt`` file.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One per section with a number, or several, for each ion: [ion] or
        [ion, component]; lazy.

    Raises
    ------
    UnrecognisedFile
        When it does not begin with APT.
    CorruptFile
        When a section cannot be.
    UnsupportedFile
        When no section has numbers of a known type.

    Warns
    -----
    SidpyWarning
        When the last section is cut short or of an unknown type: it is left out.
    """
    with open_cursor(path, format=APT) as cursor:
        magic = cursor.take(4) if cursor.size >= _FILE else b""
        if magic != b"APT\0":
            msg = "not an APT file: it does not begin with APT"
            raise UnrecognisedFile(msg, path=path, format=APT, offset=0)
        length, version = cursor.unpack("II")
        cursor.position = 532
        ions = cursor.i8()
        cursor.position = length
        found: list[Dataset] = []
        while cursor.left >= _SECTION:
            place = cursor.position
            if cursor.take(4) != b"SEC\0":
                msg = "a section should begin with SEC"
                raise cursor.corrupt(msg, offset=place)
            cursor.position = place
            section, end = _section(path, cursor.take(_SECTION), place, cursor.size)
            if section is not None:
                found.append(section)
            cursor.position = min(end, cursor.size)
    if not found:
        msg = f"none of its sections has numbers of a known type for its {ions} ions"
        raise UnsupportedFile(msg, path=path, format=APT)
    for one in found:
        one.original_metadata = {"version": version, "ions": ions, **one.original_metadata}
    return found


def _section(
    path: str | PathLike[str], raw: bytes, place: int, size: int
) -> tuple[Dataset | None, int]:
    """Return what a section holds, and where it ends."""
    length, version = struct.unpack_from("<II", raw, 4)
    name = until_nul(decode_utf16(raw[12:76]))
    _, _, _, kind, bits, width = struct.unpack_from("<6I", raw, 76)
    units = until_nul(decode_utf16(raw[100:132]))
    records, count = struct.unpack_from("<qq", raw, 132)
    if length < _SECTION or records < 0 or count < 0:
        msg = f"section {name!r} of {records} records in {count} bytes cannot be"
        raise CorruptFile(msg, path=path, format=APT, offset=place)
    begin, end = place + length, place + length + count
    if kind not in _LETTERS or bits not in (8, 16, 32, 64) or (kind == 3 and bits < 32):
        warn(f"{path}: section {name!r} has numbers of type {kind} with {bits} bits; left out")
        return None, end
    dtype = np.dtype(f"<{_LETTERS[kind]}{bits // 8}")
    columns = width // dtype.itemsize
    if not columns or width % dtype.itemsize or records * width > count or not records:
        warn(f"{path}: section {name!r} is no table of {records} records; left out")
        return None, end
    if end > size:
        warn(f"{path}: section {name!r} is cut short; left out")
        return None, end
    shape = (records,) if columns == 1 else (records, columns)
    strides = (width,) if columns == 1 else (width, dtype.itemsize)
    source = StridedArray(path, dtype, shape, begin, strides)
    return _label(path, source, name, units, {"section version": version}), end
