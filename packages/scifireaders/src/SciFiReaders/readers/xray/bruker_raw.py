"""Siemens and Bruker diffractograms in binary (``.raw``): versions 1, 2 and 3.

All little-endian.  Version 4 is in `bruker_raw4`.

=========== =========================================================================
``RAW ``    version 1: ranges of a header of 156 bytes (152 from the second one on,
            which lacks the word) and f32 intensities; u32 points @4, f32 s per step
            @8, f32 step @12, u32 mode @16, f32 2theta @24, theta @28, chi @32, phi
            @36, 32 characters of the sample @40, f32 wavelengths @72, @76, u32
            whether another range follows @152
``RAW2``    version 2: u16 ranges @4, 20 characters of date and time @168, 2 of the
            anode @188, f32 wavelengths @190, @194, ratio @198; ranges from 256: u16
            length of the header @0, u16 points @2, f32 s per step @8, step @12,
            start @16, u16 temperature in K @46; f32 intensities
``RAW1.01`` version 3: u32 ranges @12, date @16 and time @26, user @36, site @108,
            sample @326, comment @386, f32 radius in mm @564, anode @608, f64
            wavelengths (mean, 1, 2, beta) @616, ratio @648; ranges from 712: u32
            length of the header @0, u32 points @4, f64 places of the drives from @8
            (theta, 2theta, chi, phi, x, y, z), f64 step @176, f32 s per step @192,
            u32 drive @196, f32 temperature @204, u32 kV @224, mA @228, f64
            wavelength @240, u32 what is recorded besides @248, u32 bytes of a
            record @252, u32 bytes before the records @256; records of an f32
            intensity first, an f64 2theta after it when bit 0 of @248 is set
=========== =========================================================================

Source: descriptions of the DIFFRAC-AT and DIFFRACplus formats in the documentation of
public readers; version 3 decoded from files beside their UXD export.
Not yet understood: other recorded values of version 3; they are passed over.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.strided import StridedArray
from SciFiReaders.text import decode, until_nul
from SciFiReaders.values import number
from sidpy._warnings import warn
from sidpy.errors import UnrecognisedFile, UnsupportedFile

from .bruker_raw4 import parse_version_4
from .scans import ANGSTROM, Scan, drive_axis, labelled, steps

if TYPE_CHECKING:
    from os import PathLike

    import numpy as np

    from sidpy import Dataset

__all__ = ["read_raw"]

FORMAT: Final = "bruker.raw"
_FILE_1, _RANGE_1 = 4, 152
_FILE_2, _RANGE_2 = 256, 48
_FILE_3, _RANGE_3 = 712, 304
_MOST_RANGES: Final = 1 << 16
#: Drive of a scan of version 3 by code; its place is one of `PLACES`.
DRIVES: Final = {
    0: "2Theta",
    1: "2Theta",
    2: "2Theta",
    3: "Theta",
    4: "Chi",
    5: "Phi",
    6: "X",
    7: "Y",
    8: "Z",
    12: "2Theta",
    13: "2Theta",
    129: "2Theta",
    130: "2Theta",
}
#: Drives whose places are in the header of a range of version 3, in this order.
PLACES: Final = ("Theta", "2Theta", "Chi", "Phi", "X", "Y", "Z")


def read_raw(path: str | PathLike[str]) -> list[Dataset]:
    """Read the ranges of a file of any version.

    Parameters
    ----------
    path : path-like
        The ``.raw`` file.

    Returns
    -------
    list of Dataset
        One per range, [two_theta] or along the drive that moved; lazy.

    Raises
    ------
    UnrecognisedFile
        When it begins like none of the versions.
    CorruptFile, UnsupportedFile
        When it is damaged, or of a version that no source describes.

    Warns
    -----
    SidpyWarning
        When the last range is cut short; its complete points are returned.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        magic = cursor.take(min(cursor.size, 8))
        version = next((word for word in _VERSIONS if magic.startswith(word)), None)
        if version is None:
            if magic.startswith(b"RAW"):
                msg = f"version {magic[3:7]!r} of the format; known are 1, 2, 3 (1.01) and 4.00"
                raise UnsupportedFile(msg, path=path, format=FORMAT, offset=3)
            msg = "not a diffractogram of Bruker: it does not begin with RAW"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        scans = _VERSIONS[version](cursor)
    if not scans:
        msg_0 = "it holds no range"
        raise cursor.corrupt(msg_0, offset=0)
    return labelled(scans, "bruker_raw")


def _text(cursor: Cursor, place: int, count: int) -> str:
    cursor.position = place
    return until_nul(decode(cursor.take(count, "text"))).strip()


def _floats(cursor: Cursor, layout: str, place: int) -> tuple[float, ...]:
    cursor.position = place
    return cursor.unpack(layout)


def _records(cursor: Cursor, place: int, count: int, size: int = 4) -> tuple[StridedArray, int]:
    """Return the intensities of a range, as many as the file holds, and where they end."""
    there = min(count, max(cursor.size - place, 0) // size)
    if count < 1 or there < 1:
        msg = f"a range of {count} points, of which the file holds {there}, cannot be"
        raise cursor.corrupt(msg, offset=place)
    if there < count:
        warn(f"{cursor.path}: the last range is cut short, {there} of {count} points are there")
    array = StridedArray(cursor.path or "", "<f4", (there,), place, (size,))
    return array, place + count * size


def _line(cursor: Cursor, start: float, step: float, count: int, place: int) -> np.ndarray:
    if number(start) is None or number(step) is None:
        msg = f"a scan from {start} in steps of {step} cannot be"
        raise cursor.corrupt(msg, offset=place)
    return steps(start, step, count)


def _title(cursor: Cursor, sample: str, place: int, count: int) -> str:
    title = sample or Path(cursor.path or "").stem
    return title if count == 1 else f"{title} {place + 1}"


# --- version 1 ------------------------------------------------------------------------


def _version_1(cursor: Cursor) -> list[Scan]:
    scans: list[Scan] = []
    place, more = _FILE_1, 1
    while more and len(scans) < _MOST_RANGES and place < cursor.size:
        cursor.position = place
        count, time, step, mode, _, start, theta, chi, phi = cursor.unpack("IffII4f")
        sample = _text(cursor, place + 36, 32)
        first, second = _floats(cursor, "ff", place + 68)
        more = int(_floats(cursor, "I", place + 148)[0])
        values, end = _records(cursor, place + _RANGE_1, count)
        words = {
            "STEPTIME": time,
            "STEPSIZE": step,
            "STEPMODE": mode,
            "2THETA": start,
            "THETA": theta,
            "KHI": chi,
            "PHI": phi,
            "SAMPLE": sample,
            "WL1": first,
            "WL2": second,
        }
        places = _line(cursor, start, step, values.shape[0], place + 8)
        scans.append(
            Scan(
                values,
                (drive_axis("2Theta", places, "deg"),),
                _title(cursor, sample, len(scans), 2 if more or scans else 1),
                "counts",
                experiment={
                    "wavelength": first * ANGSTROM,
                    "exposure_time": time,
                    "sample": sample,
                },
                original=words,
            )
        )
        place = end
    return scans


# --- version 2 ------------------------------------------------------------------------


def _version_2(cursor: Cursor) -> list[Scan]:
    (ranges,) = _floats(cursor, "H", 4)
    wavelengths = _floats(cursor, "fff", 190)
    words: dict[str, Any] = {
        "DATE": _text(cursor, 168, 20),
        "ANODE": _text(cursor, 188, 2),
        "WL1": wavelengths[0],
        "WL2": wavelengths[1],
        "WLRATIO": wavelengths[2],
    }
    scans = []
    place = _FILE_2
    for i in range(int(ranges)):
        cursor.position = place
        length, count, _, time, step, start = cursor.unpack("HHIfff")
        if length < _RANGE_2:
            msg = f"the header of a range has {length} bytes; {_RANGE_2} are the fewest"
            raise cursor.corrupt(msg, offset=place)
        (temperature,) = _floats(cursor, "H", place + 46)
        values, end = _records(cursor, place + length, count)
        places = _line(cursor, start, step, values.shape[0], place + 12)
        scans.append(
            Scan(
                values,
                (drive_axis("2Theta", places, "deg"),),
                _title(cursor, "", i, int(ranges)),
                "counts",
                experiment={
                    "wavelength": wavelengths[0] * ANGSTROM,
                    "anode": words["ANODE"],
                    "exposure_time": time,
                    "start_date_time": words["DATE"],
                    "temperature": float(temperature) or None,
                },
                original={
                    **words,
                    "range": {
                        "STEPTIME": time,
                        "STEPSIZE": step,
                        "START": start,
                        "TEMPERATURE": temperature,
                    },
                },
            )
        )
        place = end
    return scans


# --- version 3 ------------------------------------------------------------------------


def _version_3(cursor: Cursor) -> list[Scan]:
    (ranges,) = _floats(cursor, "I", 12)
    cursor.position = _FILE_3
    cursor.fits(int(ranges), _RANGE_3, "ranges")
    words = _file_words(cursor)
    scans = []
    place = _FILE_3
    for i in range(int(ranges)):
        scan, place = _range_3(cursor, place, words, _title(cursor, words["SAMPLE"], i, ranges))
        scans.append(scan)
        if place > cursor.size:
            break
    return scans


def _file_words(cursor: Cursor) -> dict[str, Any]:
    names = ("WL_AVERAGE", "WL1", "WL2", "WL3", "WLRATIO")
    words: dict[str, Any] = {
        "DATE": _text(cursor, 16, 10),
        "TIME": _text(cursor, 26, 10),
        "USER": _text(cursor, 36, 72),
        "SITE": _text(cursor, 108, 218),
        "SAMPLE": _text(cursor, 326, 60),
        "COMMENT": _text(cursor, 386, 160),
        "GONIOMETER_RADIUS": _floats(cursor, "f", 564)[0],
        "ANODE": _text(cursor, 608, 4),
    }
    return words | dict(zip(names, _floats(cursor, "5d", 616), strict=True))


def _range_3(cursor: Cursor, place: int, words: dict[str, Any], title: str) -> tuple[Scan, int]:
    cursor.position = place
    length, count = cursor.unpack("II")
    if length < _RANGE_3:
        msg = f"the header of a range has {length} bytes; {_RANGE_3} are the fewest"
        raise cursor.corrupt(msg, offset=place)
    drives = dict(zip(PLACES, cursor.unpack("7d"), strict=True))
    (step,) = _floats(cursor, "d", place + 176)
    time, code = _floats(cursor, "fI", place + 192)
    (temperature,) = _floats(cursor, "f", place + 204)
    voltage, current = _floats(cursor, "II", place + 224)
    wavelength, recorded, size, before = _floats(cursor, "dIII", place + 240)
    size = max(int(size), 4)
    values, end = _records(cursor, place + length + int(before), int(count), size)
    drive = DRIVES.get(int(code), "")
    start = drives.get(drive, 0.0)
    if int(recorded) & 1 and size >= 12 and drive == "2Theta":
        source = StridedArray(
            cursor.path or "", "<f8", values.shape, end - count * size + 4, (size,)
        )
        places = source[...]
    else:
        places = _line(cursor, start, step, values.shape[0], place + 8)
    units = "mm" if drive in ("X", "Y", "Z") else "deg"
    axis = drive_axis(drive or "position", places, units if drive else "")
    known = {
        "wavelength": (wavelength or words["WL1"]) * ANGSTROM,
        "tube_voltage": voltage * 1e3 or None,
        "tube_current": current * 1e-3 or None,
        "anode": words["ANODE"],
        "exposure_time": time,
        "sample": words["SAMPLE"],
        "start_date_time": f"{words['DATE']} {words['TIME']}".strip(),
        "drives": {name: drives[name] for name in drives if name != drive},
        "temperature": None,
    }
    part = {
        **{name.upper(): value for name, value in drives.items()},
        "STEPSIZE": step,
        "STEPTIME": time,
        "DRIVE": code,
        "TEMPERATURE": temperature,
        "KV": voltage,
        "MA": current,
        "RANGE_WL": wavelength,
    }
    return Scan(
        values, (axis,), title, "counts", experiment=known, original={**words, "range": part}
    ), end


_VERSIONS: Final = {
    b"RAW1.01": _version_3,
    b"RAW4.00": parse_version_4,
    b"RAW2": _version_2,
    b"RAW ": _version_1,
}
