"""Text that Horiba LabSpec exports (``.txt``): spectra, series, maps.

=========================== ========================================================
line                        meaning
=========================== ========================================================
``#Name=<tab>value``        a setting
``#AxisType[n]=``           axes: 0 ``Intens``, 1 ``Spectr``, then the faster and the
                            slower direction of a scan: ``X``, ``Y``, or stage ``XA``,
                            ``YA``, or one of ``Points``, ``Time``, ``Z``
``#AxisUnit[n]=``           their units
numbers                     two axes: channel and value; more: the spectral axis, then
                            for each spectrum its places, the slowest axis first, and
                            its values
=========================== ========================================================

A map that was not finished is NaN where nothing was measured; places that make no grid are
a point cloud.

Source: the description of LabSpec's three kinds of text in the public repository of the
Unified Raman HDF5 Standard; the names of settings as in `horiba_xml`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.text import decode
from SciFiReaders.values import typed
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile

from .horiba_settings import experiment_of, quantity_of
from .spectra import (
    ascending,
    index_axis,
    numbers_of,
    place_points,
    spectra_type,
    spectral_axis,
    unit_of,
)

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_horiba_text", "sniff"]

FORMAT: Final = "horiba.txt"
_SOURCE: Final = "SciFiReaders.horiba_txt"
_MARK: Final = b"#AxisType[0]="
_LONGEST: Final = 1 << 28


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether a text begins with settings and names its axes as LabSpec does."""
    if probe.head[:1] == b"#" and _MARK in probe.head:
        return 1.0, "settings and axes of LabSpec"
    return 0.0, "no #AxisType[0]"


def read_horiba_text(path: str | PathLike[str]) -> list[Dataset]:
    """Read a text export of LabSpec.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One: [channel], [what was varied, channel], [y, x, channel] or [point, channel].
        In memory, for it is text.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        When it is no such file, or its table is damaged.

    Warns
    -----
    SidpyWarning
        When a map was not finished.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size > _LONGEST:
            msg = f"a text of {cursor.size} bytes cannot be"
            raise cursor.corrupt(msg)
        text = decode(cursor.take(cursor.size))
    lines = [line for line in text.splitlines() if line.strip()]
    header = _header([line for line in lines if line.startswith("#")])
    if "AxisType[0]" not in header:
        msg = "not an export of LabSpec: it has no #AxisType[0]"
        raise UnrecognisedFile(msg, path=path, format=FORMAT)
    rows = [numbers_of(line, path, FORMAT) for line in lines if not line.startswith("#")]
    outer = sum(f"AxisType[{n}]" in header for n in range(2, 6))
    channels, places, values = _table(path, rows, outer)
    return [_labelled(path, header, channels, places, values)]


def _header(lines: list[str]) -> dict[str, Any]:
    pairs = (line[1:].partition("=") for line in lines)
    return {name.strip(): typed(value.strip()) for name, sign, value in pairs if sign}


def _table(
    path: str | PathLike[str], rows: list[np.ndarray], outer: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the spectral axis, the places of the spectra, and the spectra."""
    sizes = {row.size for row in (rows[1:] if outer else rows)}
    if len(sizes) != 1 or (not outer and sizes != {2}):
        msg = f"its table has rows of {sorted(sizes)} numbers; one is damaged or cut short"
        raise CorruptFile(msg, path=path, format=FORMAT)
    if not outer:
        table = np.array(rows)
        return table[:, 0], np.empty((1, 0)), table[:, 1][None]
    table = np.array(rows[1:])
    if table.shape[1] != outer + rows[0].size or not rows[0].size:
        msg = f"rows of {table.shape[1]} numbers for {outer} places and {rows[0].size} channels"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return rows[0], table[:, :outer], table[:, outer:]


def _labelled(
    path: str | PathLike[str],
    header: dict[str, Any],
    channels: np.ndarray,
    places: np.ndarray,
    values: np.ndarray,
) -> Dataset:

    units = [unit_of(str(header.get(f"AxisUnit[{n}]", ""))) for n in range(4)]
    quantity = quantity_of(str(header.get("AxisType[1]", "")), units[1])
    axes, array = _arranged(path, header, places, values, units)
    spectral, array = ascending(spectral_axis(channels, units[1], quantity), array)
    axes = (*axes, spectral)
    found = dataset(
        lazy(array),
        axes,
        title=str(header.get("Title") or "spectrum"),
        data_type=spectra_type(axes),
        units=units[0],
        quantity="intensity",
        source=_SOURCE,
        metadata={"experiment": experiment_of(header)},
        original_metadata=header,
    )
    if axes[0].kind == "POINT_CLOUD":
        # the slowest axis comes first: y, as a rule
        by_x = str(header.get("AxisType[3]", "")).upper().startswith("X")
        place_points(found, places if by_x else places[:, ::-1], units[2])
    if quantity == "Raman shift":
        found.modality = "Raman"
    return found


def _arranged(
    path: str | PathLike[str],
    header: dict[str, Any],
    places: np.ndarray,
    values: np.ndarray,
    units: list[str],
) -> tuple[tuple[Axis, ...], np.ndarray]:
    """Return the spectra where they were taken, and the axes of the places."""
    kinds = [str(header.get(f"AxisType[{n}]", "")) for n in (3, 2)][-places.shape[1] :]
    if places.shape[1] == 0:
        return (), values[0]
    if places.shape[1] == 1:
        return (_varied(kinds[0], places[:, 0], units[2]),), values
    marks = [np.unique(column) for column in places.T]
    count = int(np.prod([mark.size for mark in marks]))
    where = tuple(np.searchsorted(m, c) for m, c in zip(marks, places.T, strict=True))
    flat = np.ravel_multi_index(where, [mark.size for mark in marks])
    lines = -(-len(values) // max(marks[-1].size, 1))
    if places.shape[1] != 2 or lines != marks[0].size or np.unique(flat).size != flat.size:
        return (index_axis("point", len(values), "POINT_CLOUD"),), values
    if count > len(values):
        warn(f"{path}: {len(values)} of {count} spectra are there", SidpyWarning)
    array = np.full((count, values.shape[1]), np.nan)
    array[flat] = values
    axes = tuple(
        _varied(kind, mark, unit)
        for kind, mark, unit in zip(kinds, marks, (units[3], units[2]), strict=True)
    )
    array = array.reshape(*(mark.size for mark in marks), -1)
    if [axis.name for axis in axes] == ["x", "y"]:
        axes, array = axes[::-1], array.swapaxes(0, 1)
    kept = tuple(axis for axis in axes if axis.values.size > 1)
    return kept, array.reshape(*(axis.values.size for axis in kept), -1)


def _varied(kind: str, values: np.ndarray, units: str) -> Axis:
    """Return the axis of what was varied; the stage's XA is x."""
    name = kind.lower()
    if name in ("x", "y", "z", "xa", "ya", "za"):
        return Axis.scanned(name[0], values, units)
    if name == "time":
        return Axis("time", values, units, "Time", "TEMPORAL")
    return Axis(name if name.isidentifier() else "series", values, units, kind or "series")
