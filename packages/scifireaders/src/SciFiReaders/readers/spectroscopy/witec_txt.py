"""Text that WITec Project exports (``.txt``): one spectrum or a table of a map.

========================= ==========================================================
line                      meaning
========================= ==========================================================
``//Exported ASCII-File``
``[Header]``              then ``name = value``: GraphName, SizeX, SizeY, SizeGraph,
                          PositionX/Y/Z with PositionUnit, ScanWidth, ScanHeight,
                          ScanOriginX/Y with ScanUnit, XAxisUnit, DataUnit
``[Data]``                then names and units of the columns, then numbers: the
                          spectral axis, and a column for each spectrum
========================= ==========================================================

A table of SizeX * SizeY spectra is a map whose columns run along x first; its width and
height, where they are told, are those of the scan, from edge to edge.

Source: an export of WITec Project from the pynxtools-raman collection; WITec Project
Plus manual, "ASCII export".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy, pixel_centres
from SciFiReaders.text import decode
from SciFiReaders.values import number, typed
from sidpy.errors import CorruptFile, UnrecognisedFile

from .spectra import ascending, index_axis, spectra_type, spectral_axis, unit_of

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["MAGIC", "read_witec"]

FORMAT: Final = "witec.txt"
MAGIC: Final = b"//Exported ASCII-File"
_SOURCE: Final = "SciFiReaders.witec_txt"
_LONGEST: Final = 1 << 28


def read_witec(path: str | PathLike[str]) -> list[Dataset]:
    """Read a text export of WITec Project.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One: [channel], [spectrum, channel] or [y, x, channel].  In memory, for it is text.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        When it is no such file, or its table is damaged.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size > _LONGEST:
            msg = f"a table of {cursor.size} bytes cannot be"
            raise cursor.corrupt(msg)
        raw = cursor.take(cursor.size)
    text = decode(raw)
    if not text.startswith(MAGIC.decode()):
        msg = "not an export of WITec Project: it does not begin with //Exported ASCII-File"
        raise UnrecognisedFile(msg, path=path, format=FORMAT)
    head, found, body = text.partition("[Data]")
    if not found:
        msg = "it has no [Data]; the file is cut short"
        raise CorruptFile(msg, path=path, format=FORMAT)
    header = _header(head)
    names, units, table = _table(path, [line for line in body.splitlines() if line.strip()])
    return [_labelled(header, names, units, table)]


def _header(text: str) -> dict[str, Any]:
    pairs = (line.partition("=") for line in text.splitlines())
    return {key.strip(): typed(value.strip()) for key, sign, value in pairs if sign}


def _table(path: str | PathLike[str], lines: list[str]) -> tuple[list[str], list[str], np.ndarray]:
    """Return names and units of the columns, and the numbers."""
    first = next((i for i, line in enumerate(lines) if _numbers(line) is not None), len(lines))
    rows = [_numbers(line) for line in lines[first:]]
    widths = {len(row) if row is not None else 0 for row in rows}
    if len(widths) != 1 or min(widths, default=0) < 2:
        msg = f"its table has rows of {sorted(widths)} numbers; one is damaged or cut short"
        raise CorruptFile(msg, path=path, format=FORMAT)
    words = [_split(line) for line in lines[:first]]
    names = words[0] if words else []
    units = words[1] if len(words) > 1 else []
    return names, units, np.array(rows, dtype=float)


def _split(line: str) -> list[str]:
    """Return the words of a line, separated by tabs, semicolons or commas."""
    sign = next((sign for sign in "\t;" if sign in line), ",")
    return [word.strip() for word in line.split(sign)]


def _numbers(line: str) -> list[float] | None:
    words = _split(line)
    if any(sign in line for sign in "\t;"):
        words = [re.sub(r"^([-+]?\d+),(\d+)", r"\1.\2", word) for word in words]
    values = [number(word) for word in words if word]
    known = [value for value in values if value is not None]
    return known if known and len(known) == len(values) else None


def _labelled(
    header: dict[str, Any], names: list[str], units: list[str], table: np.ndarray
) -> Dataset:

    spectra = table[:, 1:].T
    axes = _positions(header, len(spectra))
    label = str(header.get("XAxisUnit") or (units[0] if units else ""))
    x_units = unit_of(label)
    shift = "Raman shift" if label.lower().startswith("rel") or x_units == "1/cm" else ""
    spectral = spectral_axis(table[:, 0], x_units, shift)
    array = spectra.reshape(*(axis.values.size for axis in axes), -1)
    spectral, array = ascending(spectral, array)
    axes = (*axes, spectral)
    title = str(header.get("GraphName") or (names[1] if len(names) > 1 else "spectrum"))
    found = dataset(
        lazy(array),
        axes,
        title=title,
        data_type=spectra_type(axes),
        units=unit_of(str(header.get("DataUnit") or (units[1] if len(units) > 1 else ""))),
        quantity="intensity",
        source=_SOURCE,
        metadata={"experiment": _experiment(header)},
        original_metadata={"header": header, "columns": names},
    )
    if shift:
        found.modality = "Raman"
    return found


def _positions(header: dict[str, Any], count: int) -> tuple[Axis, ...]:
    if count == 1:
        return ()
    sizes = [number(header.get(f"Size{name}")) for name in "XY"]
    if None in sizes or sizes[0] * sizes[1] != count:  # type: ignore[operator]
        return (index_axis("spectrum", count),)
    units = unit_of(str(header.get("ScanUnit", "")))
    axes = []
    for name, size, side in (("y", sizes[1], "ScanHeight"), ("x", sizes[0], "ScanWidth")):
        pixels, length = int(size or 1), number(header.get(side))
        start = number(header.get(f"ScanOrigin{name.upper()}")) or 0.0
        if length:
            axes.append(Axis.scanned(name, pixel_centres(pixels, length, start), units))
        else:
            axes.append(Axis.scanned(name, np.arange(pixels), ""))
    return tuple(axis for axis in axes if axis.values.size > 1)


def _experiment(header: dict[str, Any]) -> dict[str, Any]:
    units = unit_of(str(header.get("PositionUnit", "")))
    factor = {"µm": 1e-6, "nm": 1e-9, "mm": 1e-3, "m": 1.0}.get(units)
    places = {name.lower(): number(header.get(f"Position{name}")) for name in "XYZ"}
    known = {key: value for key, value in places.items() if value is not None}
    if factor is None or not known:
        return {}
    return {"stage": {key: value * factor for key, value in known.items()}}
