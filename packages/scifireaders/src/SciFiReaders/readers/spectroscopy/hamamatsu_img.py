"""Streak images of Hamamatsu HPD-TA and HiPic (``.img``).

========== ========== ==============================================================
bytes      type       meaning
========== ========== ==============================================================
0          2 chars    ``IM``
2          u16        length of the comment, C
4, 6       u16        columns, rows
8, 10      u16        offset of the area, x and y
12         u16        type of a pixel, see `TYPES`
64         C chars    ``[Section],Key=Value,Key="Value",...``
64 + C                the pixels, rows from the top
========== ========== ==============================================================

Section Scaling has ScalingXType (1 linear: value = i * ScalingXScale, 2 a table),
ScalingXUnit and ScalingXScalingFile, which for a table in the file itself is ``*offset`` or
``#offset``, a comma, and the number of f32 there; the same for Y.  A scale without units is
no calibration.  JEOL's images have the same ending and begin with another number.

Source: Hamamatsu HPD-TA manual, "ITEX image file format"; checked on a file of HPD-TA 9.5.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.text import decode
from SciFiReaders.values import at, number, typed
from sidpy.errors import UnrecognisedFile, UnsupportedFile

from .spectra import ascending, index_axis, spectra_type, spectral_axis, unit_of

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["HEADER_SIZE", "TYPES", "read_img"]

FORMAT: Final = "hamamatsu.img"
HEADER_SIZE: Final = 64
TYPES: Final = {0: "u1", 2: "<u2", 3: "<u4"}
_SOURCE: Final = "SciFiReaders.hamamatsu_img"
_SECTION: Final = re.compile(r"\[([^\]\n]+)\]((?:,[^=,\[\]\n]+=(?:\"[^\"]*\"|[^,\[\"]*))*)")
_PAIR: Final = re.compile(r",([^=,]+)=(?:\"([^\"]*)\"|([^,\"]*))")
_TABLE: Final = re.compile(r"[*#](\d+),(\d+)")
_SECONDS: Final = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9, "ps": 1e-12}


def read_img(path: str | PathLike[str]) -> list[Dataset]:
    """Read a streak image.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One, [y, x]: time down where the streak was on, the spectrum across.  Lazy.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        When it is no such file, or cut short.
    UnsupportedFile
        When no source describes its pixels.
    """
    from sidpy import FileArray

    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size < HEADER_SIZE or cursor.take(2) != b"IM":
            msg = "not an image of HPD-TA or HiPic: it does not begin with IM"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        length, columns, rows, left, top, code = cursor.unpack("6H")
        if code not in TYPES:
            msg = f"pixels of type {code}, which no source describes"
            raise UnsupportedFile(msg, path=path, format=FORMAT, offset=12)
        if not columns or not rows:
            msg = f"an image of {rows} x {columns} pixels cannot be"
            raise cursor.corrupt(msg, offset=4)
        cursor.position = HEADER_SIZE
        sections = _sections(decode(cursor.take(length, "comment")))
        across = _scaled(cursor, sections, "X", columns)
        down = _scaled(cursor, sections, "Y", rows)
    array = lazy(FileArray(path, TYPES[code], (rows, columns), HEADER_SIZE + length))
    across, array = ascending(across, array)
    axes = (down, across)
    return [
        dataset(
            array,
            axes,
            title="streak image",
            data_type="IMAGE" if across.kind == "SPATIAL" else spectra_type(axes),
            units=unit_of(str(at(sections, "Acquisition/ZAxisUnit") or "counts")),
            quantity=str(at(sections, "Acquisition/ZAxisLabel") or "intensity").lower(),
            source=_SOURCE,
            metadata={"experiment": _experiment(sections)},
            original_metadata={"area": [left, top, columns, rows], **sections},
        )
    ]


def _sections(text: str) -> dict[str, Any]:
    """Return the comment as sections of typed values.

    Examples
    --------
    >>> _sections('[A],n=1,t="x, y"[B],u=')
    {'A': {'n': 1, 't': 'x, y'}, 'B': {'u': ''}}
    """
    found: dict[str, Any] = {}
    for name, body in _SECTION.findall(text):
        pairs = _PAIR.findall(body)
        found[name] = {key.strip(): typed((quoted or bare).strip()) for key, quoted, bare in pairs}
    return found


def _scaled(cursor: Cursor, sections: dict[str, Any], name: str, count: int) -> Axis:
    """Return one axis: a table of the file, a scale, or a count of pixels."""
    scaling = sections.get("Scaling", {})
    units = unit_of(str(scaling.get(f"Scaling{name}Unit", "")))
    values = None
    if scaling.get(f"Scaling{name}Type") == 2:
        values = _table(cursor, str(scaling.get(f"Scaling{name}ScalingFile", "")), count)
    elif units and units != "px":
        scale = number(scaling.get(f"Scaling{name}Scale"))
        values = np.arange(count) * scale if scale else None
    if values is None:
        return index_axis(name.lower(), count, "SPATIAL")
    if units in _SECONDS:
        return Axis("time", values, units, "Time", "TEMPORAL")
    return spectral_axis(values, units)


def _table(cursor: Cursor, text: str, count: int) -> np.ndarray | None:
    match = _TABLE.fullmatch(text.strip())
    if match is None:
        return None
    cursor.position = int(match[1])
    if int(match[2]) != count:
        msg = f"a scale of {match[2]} values for {count} pixels"
        raise cursor.corrupt(msg)
    return cursor.array("<f4", count, "scale").astype(float)


def _experiment(sections: dict[str, Any]) -> dict[str, Any]:
    words = str(at(sections, "Acquisition/ExposureTime") or "").split()
    exposure = number(words[0]) if words else None
    factor = _SECONDS.get(unit_of(words[1])) if len(words) > 1 else None
    date, time = (str(at(sections, f"Application/{key}") or "") for key in ("Date", "Time"))
    found = {
        "exposure_time": exposure * factor if exposure is not None and factor else None,
        "number_of_exposures": at(sections, "Acquisition/NrExposure"),
        "detector": at(sections, "Camera/CameraName"),
        "streak_camera": at(sections, "Streak camera/DeviceName"),
        "time_range": at(sections, "Streak camera/Time Range"),
        "centre_wavelength": _nanometres(at(sections, "Spectrograph/Wavelength")),
        "start_date_time": f"{date} {time}".strip(),
        "comment": at(sections, "Comment/UserComment"),
    }
    return {key: value for key, value in found.items() if value not in (None, "")}


def _nanometres(value: Any) -> float | None:
    length = number(value)
    return length * 1e-9 if length else None
