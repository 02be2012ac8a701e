"""The header of WinSpec files: what stands in its 4100 bytes besides the shape.

========== ========== ==============================================================
bytes      type       meaning
========== ========== ==============================================================
`FIELDS`              single fields
200        5 x 80     comments
1510, 1512            number of regions of interest; for each six u16: first and last
                      column, binning, first and last row, binning (from 1)
3000, 3489 489 bytes  calibrations of x and y: +16 u8 unit, +18 40 chars text, +98 u8
                      valid, +101 u8 order, +102 u8 count, +103 f64 pixels[10],
                      +183 f64 values[10], +263 f64 polynomial[6], +311 f64 laser, nm
========== ========== ==============================================================

The value at channel i is sum c[k] * i**k with i from 1.  Regions of one width follow each
other as rows of a frame; of different widths, as blocks.

Source: WinSpec 2.6 manual, appendix "Data structure".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.text import decode, until_nul
from SciFiReaders.values import number

from .spectra import index_axis, spectral_axis, unit_of

if TYPE_CHECKING:
    from SciFiReaders.binary import Cursor
    from SciFiReaders.labelled import Axis

__all__ = ["CALIBRATION", "FIELDS", "Region", "parse_header"]

#: Name of a field: offset and `struct` layout, or a number of characters.
FIELDS: Final[dict[str, tuple[int, str | int]]] = {
    "controller version": (0, "h"), "amplifier": (4, "H"), "sensor columns": (6, "H"),
    "mode": (8, "h"), "exposure (s)": (10, "f"), "sensor rows": (18, "H"), "date": (20, 10),
    "detector temperature": (36, "f"), "detector type": (40, "h"), "delay (s)": (46, "f"),
    "shutter control": (50, "h"), "spectrograph centre (nm)": (72, "f"), "glued": (76, "h"),
    "glue start (nm)": (78, "f"), "glue end (nm)": (82, "f"), "glue overlap (nm)": (86, "f"),
    "glue resolution (nm)": (90, "f"), "pulser type": (94, "h"),
    "pulser accumulations": (112, "H"), "pulse width": (118, "f"), "pulse delay": (122, "f"),
    "intensifier gain": (148, "h"), "background subtracted": (150, "h"),
    "local time": (172, 7), "UTC time": (179, 7), "exposure unit": (186, "h"),
    "ADC offset": (188, "H"), "ADC rate": (190, "H"), "ADC type": (192, "H"),
    "ADC resolution": (194, "H"), "ADC bit adjust": (196, "H"), "gain": (198, "H"),
    "geometric": (600, "H"), "x label": (602, 16), "cleans": (618, "H"),
    "grooves per mm": (650, "f"), "source compensation": (654, "h"),
    "accumulated scans": (664, "i"), "averaged exposures": (668, "i"),
    "readout time (ms)": (672, "f"), "trigger mode": (676, "h"), "software": (688, 16),
    "controller": (704, "h"), "flat field applied": (706, "h"), "data label": (726, 16),
    "pulse file": (1178, 120), "absorbance file": (1298, 120),
    "experiment repeats": (1418, "I"), "accumulations": (1422, "I"),
    "clock (µs)": (1428, "f"), "blemishes removed": (1436, "h"),
    "cosmic rays removed": (1438, "h"), "cosmic ray type": (1440, "h"),
    "cosmic ray threshold": (1442, "f"), "maximum": (1450, "f"), "minimum": (1454, "f"),
    "y label": (1458, 16), "shutter type": (1474, "h"), "readout mode": (1480, "H"),
    "flat field file": (1632, 120), "background file": (1752, 120),
    "blemish file": (1872, 120), "version": (1992, "f"), "text": (3978, 40),
    "spectrograph type": (4043, "B"), "spectrograph model": (4044, "B"),
    "analog gain": (4092, "h"), "avalanche gain used": (4094, "h"),
    "avalanche gain": (4096, "h"),
}  # fmt: skip
CALIBRATION: Final = {"x": 3000, "y": 3489}
_MOST_REGIONS: Final = 10
_IN_BRACKETS: Final = re.compile(r"[\[(]([^\])]+)[\])]\s*$")
#: Key, field, factor to the unit of the key.
_NUMBERS: Final = (
    ("exposure_time", "exposure (s)", 1.0),
    ("detector_temperature", "detector temperature", 1.0),
    ("accumulations", "accumulations", 1.0),
    ("grating_grooves", "grooves per mm", 1e3),
    ("centre_wavelength", "spectrograph centre (nm)", 1e-9),
    ("gain", "gain", 1.0),
)
#: Key, flag, fields that say more about it.
_FLAGS: Final = (
    ("background_subtracted", "background subtracted"),
    ("flat_field_applied", "flat field applied"),
    ("cosmic_rays_removed", "cosmic rays removed"),
    ("glued", "glued"),
)


@dataclass(frozen=True)
class Region:
    """A region of interest: its place in a frame, its place on the sensor, its axis."""

    offset: int
    columns: int
    rows: int
    axis: Axis = field(repr=False)
    first: tuple[int, int] = (0, 0)
    """First column and row on the sensor, from 0."""
    binning: tuple[int, int] = (1, 1)

    def on_sensor(self) -> dict[str, int]:
        """Return the place on the sensor in words."""
        names = ("first_column", "first_row", "column_binning", "row_binning")
        return dict(zip(names, (*self.first, *self.binning), strict=True))


def parse_header(
    cursor: Cursor, columns: int, rows: int, size: int
) -> tuple[dict[str, Any], tuple[Region, ...], dict[str, Any]]:
    """Return the fields of the header, the regions of a frame, and what was set.

    Parameters
    ----------
    cursor : Cursor
        Over a file of at least 4100 bytes.
    columns, rows : int
        Shape of a frame.
    size : int
        Bytes of a pixel.
    """
    fields = {name: _field(cursor, *where) for name, where in FIELDS.items()}
    cursor.position = 200
    fields["comments"] = [until_nul(decode(cursor.take(80))).rstrip() for _ in range(5)]
    calibrations = {name: _calibration(cursor, place) for name, place in CALIBRATION.items()}
    fields["calibration"] = calibrations
    windows = _windows(cursor)
    fields["regions"] = [list(window) for window in windows]
    regions = _regions(windows, columns, rows, size, calibrations["x"])
    return fields, regions, _experiment(fields)


def _field(cursor: Cursor, offset: int, layout: str | int) -> Any:
    cursor.position = offset
    if isinstance(layout, int):
        return until_nul(decode(cursor.take(layout))).strip()
    return cursor.unpack(layout)[0]


def _calibration(cursor: Cursor, place: int) -> dict[str, Any]:
    cursor.position = place
    names = ("offset", "factor", "unit", "reserved", "text")
    found = dict(zip(names, cursor.unpack("ddBB40s"), strict=True))
    found["text"] = until_nul(decode(found["text"])).strip()
    del found["reserved"]
    cursor.position = place + 98
    more = ("valid", "input unit", "polynomial unit", "order", "count")
    found |= dict(zip(more, cursor.unpack("5B"), strict=True))
    found["pixels"] = list(cursor.unpack("10d"))
    found["values"] = list(cursor.unpack("10d"))
    found["polynomial"] = list(cursor.unpack("6d"))
    found["laser (nm)"] = cursor.f8()
    return found


def _windows(cursor: Cursor) -> list[tuple[int, ...]]:
    cursor.position = 1510
    count = min(max(cursor.i2(), 0), _MOST_REGIONS)
    return [cursor.unpack("6H") for _ in range(count)]


def _regions(
    windows: list[tuple[int, ...]], columns: int, rows: int, size: int, x: dict[str, Any]
) -> tuple[Region, ...]:
    """Return the blocks of a frame; one, unless the regions are of different widths."""
    shapes = [
        ((x1 - x0) // max(dx, 1) + 1, (y1 - y0) // max(dy, 1) + 1)
        for x0, x1, dx, y0, y1, dy in windows
    ]
    blocks = [w * h for w, h in shapes]
    mixed = any(w != columns for w, _ in shapes)
    if len(windows) > 1 and mixed and min(blocks) > 0 and sum(blocks) == columns * rows:
        starts = np.cumsum([0, *blocks[:-1]]) * size
        return tuple(
            Region(int(start), *shape, _axis(x, shape[0]), *_place(window))
            for start, shape, window in zip(starts, shapes, windows, strict=True)
        )
    place = _place(windows[0]) if len(windows) == 1 else ((0, 0), (1, 1))
    return (Region(0, columns, rows, _axis(x, columns), *place),) if columns and rows else ()


def _place(window: tuple[int, ...]) -> tuple[tuple[int, int], tuple[int, int]]:
    x0, _, dx, y0, _, dy = window
    return (max(x0 - 1, 0), max(y0 - 1, 0)), (max(dx, 1), max(dy, 1))


def _axis(calibration: dict[str, Any], columns: int) -> Axis:
    """Return the calibrated axis, or a count of pixels."""
    order = calibration["order"]
    numbers = [number(c) for c in calibration["polynomial"][: order + 1]]
    steady = [c for c in numbers if c is not None]
    if calibration["valid"] != 1 or not 0 < order < 6 or len(steady) < len(numbers):
        return index_axis("channel", columns, "SPECTRAL")
    values = np.polynomial.Polynomial(steady)(np.arange(1.0, columns + 1))
    inner = _IN_BRACKETS.search(calibration["text"])
    label = _IN_BRACKETS.sub("", calibration["text"]).strip()
    units = unit_of(inner[1]) if inner else ""
    return spectral_axis(values, units, label or ("" if units else "Channel"))


def _experiment(fields: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, name, factor in _NUMBERS:
        value = number(fields[name])
        if value:
            found[key] = value * factor
    found |= {key: True for key, name in _FLAGS if fields[name]}
    laser = number(fields["calibration"]["x"]["laser (nm)"])
    found["laser_wavelength"] = laser * 1e-9 if laser and laser > 0 else None
    for key in ("background file", "flat field file", "software"):
        found[key.replace(" ", "_")] = fields[key]
    found["start_date_time"] = _start(fields["date"], fields["local time"])
    found["comment"] = "\n".join(line for line in fields["comments"] if line)
    return {key: value for key, value in found.items() if value not in (None, "")}


def _start(date: str, time: str) -> str:
    """Return ``21Dec2006`` and ``144116`` as ISO 8601, as far as they are readable."""
    for text, pattern in ((f"{date} {time[:6]}", "%d%b%Y %H%M%S"), (date, "%d%b%Y")):
        try:
            return datetime.strptime(text, pattern).isoformat()
        except ValueError:
            continue
    return date
