"""Series of FEI's TIA: ``.ser`` with the numbers, ``.emi`` with the conditions.

`tia_series` says how a ``.ser`` is laid out.

``.emi``: binary around ``<ObjectInfo> ... </ObjectInfo>`` in XML; its series are the
files ``<stem>_1.ser``, ``<stem>_2.ser``, ...

Source: C. Boothroyd, "TIA file format"; FEI, "TIA series data file format".
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import Axis, dataset
from SciFiReaders.markup import parse_xml, tree_of
from SciFiReaders.text import decode
from SciFiReaders.values import at, number
from sidpy.errors import CorruptFile, UnrecognisedFile

from .tia_series import FORMAT, IMAGES, SPECTRA, Direction, Series, parse_ser, pixels_of

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["EMI_MAGIC", "read_emi", "read_ser"]

EMI_MAGIC: Final = bytes.fromhex("4a4b0002 00000000 044d")
#: Longest ``.emi`` that is searched for XML, in bytes.
_LONGEST: Final = 1 << 28
_INFO: Final = re.compile(rb"<ObjectInfo>.*?</ObjectInfo>", re.DOTALL)


# --- parse ----------------------------------------------------------------------------


def series_beside(path: str | PathLike[str]) -> list[Path]:
    """Return the ``.ser`` files of an ``.emi``, in the order of their numbers."""
    place = Path(path)
    pattern = re.compile(re.escape(place.stem) + r"_(\d{1,6})\.ser", re.IGNORECASE)
    found = [(pattern.fullmatch(other.name), other) for other in place.parent.iterdir()]
    return [other for match, other in sorted((int(m[1]), o) for m, o in found if m)]


def conditions_of(path: Path) -> list[dict[str, Any]]:
    """Return the objects of an ``.emi`` as trees; those that cannot be read are left out."""
    if not path.is_file() or path.stat().st_size > _LONGEST:
        return []
    found = []
    for match in _INFO.finditer(path.read_bytes()):
        try:
            tree = tree_of(parse_xml(decode(match.group()), path=path, format=FORMAT))
        except CorruptFile:
            continue
        if isinstance(tree, dict) and "ExperimentalDescription" in tree:
            found.append({**tree, "ExperimentalDescription": _described(tree)})
    return found


def _described(tree: dict[str, Any]) -> dict[str, str]:
    rows = at(tree, "ExperimentalDescription/Root/Data")
    known = {}
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and isinstance(row.get("Label"), str):
            words = [str(row.get(part) or "").strip() for part in ("Value", "Unit")]
            known[row["Label"]] = " ".join(word for word in words if word)
    return known


# --- label ----------------------------------------------------------------------------


def read_ser(path: str | PathLike[str]) -> list[Dataset]:
    """Read a series, rows first.

    Parameters
    ----------
    path : path-like
        The ``.ser`` file; conditions come from the ``.emi`` beside it, if there is one.

    Returns
    -------
    list of Dataset
        One: [y, x], [frame, y, x], [energy], [y, x, energy], ...; lazy.

    Raises
    ------
    UnrecognisedFile, CorruptFile, UnsupportedFile
        See `parse_ser`.
    """
    place = Path(path)
    stem = place.stem.rpartition("_")[0]
    return [_label(parse_ser(path), conditions_of(place.with_name(f"{stem}.emi")))]


def read_emi(path: str | PathLike[str]) -> list[Dataset]:
    """Read the series that an ``.emi`` file describes.

    Parameters
    ----------
    path : path-like
        The ``.emi`` file; its ``.ser`` files lie beside it.

    Returns
    -------
    list of Dataset
        One per series.

    Raises
    ------
    UnrecognisedFile
        When it does not begin as such a file does.
    CorruptFile
        When there is no series beside it.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size < len(EMI_MAGIC) or cursor.take(len(EMI_MAGIC)) != EMI_MAGIC:
            msg = "not a TIA file: it does not begin as .emi files do"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
    series = series_beside(path)
    if not series:
        msg = f"the numbers should be in {Path(path).stem}_1.ser beside it, which is not there"
        raise CorruptFile(msg, path=path, format=FORMAT)
    conditions = conditions_of(Path(path))
    return [_label(parse_ser(place), conditions) for place in series]


def _label(series: Series, conditions: list[dict[str, Any]]) -> Dataset:
    shape, axes = _navigation(series)
    signal = _signal(series)
    array = pixels_of(series, shape)
    kinds = {1: "SPECTRUM", 2: "SPECTRAL_IMAGE", 3: "SPECTRAL_IMAGE"}
    if series.kind == IMAGES:
        kinds = {2: "IMAGE", 3: "IMAGE_STACK", 4: "IMAGE_4D"}
    planned = {"elements planned": series.planned, "elements there": len(series.places)}
    return dataset(
        array,
        (*axes, *signal),
        title=Path(series.path).stem,
        data_type=kinds.get(array.ndim, "UNKNOWN"),
        units="counts" if series.dtype.kind in "iu" else "",
        quantity="intensity",
        source="SciFiReaders.fei_tia",
        metadata={"experiment": _experiment(conditions)},
        original_metadata={"Series": planned, **({"emi": conditions} if conditions else {})},
    )


def _navigation(series: Series) -> tuple[tuple[int, ...], list[Axis]]:
    """Return the sizes of the series, slowest first, and their axes; (), [] for one element."""
    count = len(series.places)
    sizes = [way.size for way in series.dimensions if way.size > 1]
    if count == 1:
        return (), []
    if not sizes or math.prod(sizes) != count:
        # stopped early, or never said: one after another
        first = series.dimensions[0] if len(series.dimensions) == 1 else None
        way = Direction(count, first.offset, first.delta, first.element) if first else None
        values = np.arange(count) if way is None else way.values
        return (count,), [Axis("frame", values, "", "frame", "TEMPORAL")]
    axes = []
    names = iter("xyz")
    for way in (way for way in series.dimensions if way.size > 1):
        if way.units.startswith("meter"):
            name = next(names, "d")
            axes.append(Axis(name, way.values * 1e9, "nm", "distance", "SPATIAL"))
        else:
            name = "frame" if not axes else f"frame_{len(axes)}"
            units = "s" if way.units.startswith("second") else way.units
            axes.append(Axis(name, way.values, units, "frame", "TEMPORAL"))
    return tuple(sizes[::-1]), axes[::-1]


def _signal(series: Series) -> list[Axis]:
    if series.kind == SPECTRA:
        (way,) = series.directions
        return [Axis("energy", way.values, "eV", "energy", "SPECTRAL")]
    x, y = series.directions
    # metres for images; patterns have steps of many 1/m
    far = abs(x.delta) > 1
    factor, units = (1e-9, "1/nm") if far else (1e9, "nm")
    quantity, kind = ("reciprocal distance", "RECIPROCAL") if far else ("distance", "SPATIAL")
    names = ("v", "u") if len(series.places) > 1 and far else ("y", "x")
    values = (y.values[::-1] * factor, x.values * factor)  # the top row is the last stored
    return [
        Axis(name, numbers, units, quantity, kind)
        for name, numbers in zip(names, values, strict=True)
    ]


#: Key, label, factor from the unit that the program writes.
_NUMBERS: Final = (
    ("acceleration_voltage", "High tension", 1e3),
    ("magnification", "Magnification", 1.0),
    ("camera_length", "Camera length", 1.0),
    ("emission_current", "Emission", 1e-6),
    ("spot_size", "Spot size", 1.0),
    ("defocus", "Defocus", 1e-6),
)


def _experiment(conditions: list[dict[str, Any]]) -> dict[str, Any]:
    if not conditions:
        return {}
    first = conditions[0]
    words = first["ExperimentalDescription"]
    found: dict[str, Any] = {}
    for key, label, factor in _NUMBERS:
        value = number(words.get(label, "").partition(" ")[0])
        if value:
            found[key] = value * factor
    stage = {}
    for axis, factor in (("X", 1e-6), ("Y", 1e-6), ("Z", 1e-6), ("A", 1.0), ("B", 1.0)):
        value = number(words.get(f"Stage {axis}", "").partition(" ")[0])
        if value is not None:
            stage[axis.lower()] = value * factor
    found["stage"] = stage
    found["microscope"] = words.get("Microscope", "").removeprefix("Microscope ")
    found["probe_mode"] = words.get("Mode", "")
    found["start_date_time"] = first.get("AcquireDate")
    return {key: value for key, value in found.items() if value not in (None, "", {})}
