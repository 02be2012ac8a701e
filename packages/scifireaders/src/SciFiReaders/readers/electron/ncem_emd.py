"""The open EMD format (Berkeley, NCEM) and who else writes it: Prismatic, py4DSTEM, DE.

======================== ================================================================
HDF5                     meaning
======================== ================================================================
attribute                1, or "array": the group holds an array and its dimensions
`emd_group_type`
``<group>/data``         the array; Prismatic calls it ``realslice``, ``datacube``, ...
``<group>/dim1``, ...    values along its first axis, ...; two values are the first and the
                         second of a regular axis; attributes `name`, `units`
``<group>/dim0``, ...    the same, of version 1 (py4DSTEM), where counting begins with 0
``<name>_depth<NNNN>``   slices of one array in Prismatic, `zs` + n * `ns` * `s` Angstrom deep
``microscope``, ...      attributes: what was done
======================== ================================================================

The array is returned as stored, but a dimension called x (or R_x, Q_x) comes after the one
called y: rows first.  py4DSTEM calls its rows Rx, so that nothing is turned there.

Source: emdatasets.com/format (version 0.2); py4DSTEM, "emdfile" (version 1.0); Prismatic,
"Output files" and "Parameters".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.hdf5 import attributes, member, opened, plain, tree
from SciFiReaders.labelled import Axis, dataset
from SciFiReaders.values import at, number
from sidpy.errors import CorruptFile, UnrecognisedFile

from .gatan_axes import axis_kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    import h5py

    from sidpy import Dataset

__all__ = ["read_emd"]

FORMAT: Final = "emd.ncem"
_DEPTH: Final = 16
#: Groups that are looked at; a simulation has some thousands of slices.
_MOST: Final = 100_000
_MOST_AXES: Final = 8
_DIMENSION: Final = re.compile(r"dim(\d{1,2})")
_SLICE: Final = re.compile(r"(.+)_depth(\d{1,9})")
_NAMED: Final = re.compile(r"(?:.*_)?([xy])", re.IGNORECASE)

#: What a unit measures, and what dimension that makes.
_KINDS: Final = {
    "energy": ("energy", "SPECTRAL"),
    "reciprocal": ("reciprocal distance", "RECIPROCAL"),
    "angle": ("angle", "RECIPROCAL"),
    "length": ("distance", "SPATIAL"),
    "time": ("time", "TEMPORAL"),
}


@dataclass(frozen=True)
class Group:
    """An array and its dimensions; the numbers left in the file."""

    name: str
    pixels: Any
    axes: tuple[Axis, ...]
    units: str
    attributes: dict[str, Any]


# --- parse ----------------------------------------------------------------------------


def parse_emd(path: str | PathLike[str]) -> tuple[list[Group], dict[str, Any]]:
    """Read everything but the numbers: the arrays, and what else the file says.

    Raises
    ------
    UnrecognisedFile
        When no group says that it is of this format.
    CorruptFile
        When one does that holds no array.
    """
    with opened(path, FORMAT) as file:
        found = [group for group in _groups(file) if _is_array(group)]
        if not found and "emd_group_type" not in file.attrs:
            msg = "not an EMD file: no group has the attribute emd_group_type = 1 or 'array'"
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        arrays = [array for group in found if (array := _array(group)) is not None]
        return arrays, tree(file, without=frozenset(group.name for group in found))


def _groups(file: h5py.File) -> Iterator[h5py.Group]:
    """Yield the groups of a file, each before what is in it."""
    import h5py

    waiting, seen = [(file, 0)], 0
    while waiting and seen < _MOST:
        group, depth = waiting.pop(0)
        seen += 1
        yield group
        if depth < _DEPTH:
            below = (member(group, name, h5py.Group) for name in group)
            waiting[:0] = [(item, depth + 1) for item in below if item is not None]


def _is_array(group: h5py.Group) -> bool:
    kind = plain(group.attrs["emd_group_type"]) if "emd_group_type" in group.attrs else None
    return kind in (1, "array")


def _array(group: h5py.Group) -> Group | None:
    """Return the array of a group; None when it holds text or nothing."""
    import h5py

    from sidpy import H5Array

    stored = {name: member(group, name, h5py.Dataset) for name in group}
    known = {name: item for name, item in stored.items() if item is not None}
    names = [name for name in known if not _DIMENSION.fullmatch(name)]
    name = next((name for name in ("data", *names) if name in known), None)
    if name is None or known[name].shape is None or known[name].dtype.kind not in "biufcV":
        return None
    pixels = known[name]
    if not 0 < pixels.ndim <= _MOST_AXES or 0 in pixels.shape or pixels.dtype.kind == "V":
        msg = f"{pixels.name} has the shape {pixels.shape} and the type {pixels.dtype}"
        raise CorruptFile(msg, path=group.file.filename, format=FORMAT)
    first = 0 if "dim0" in known else 1
    axes = tuple(
        _axis(known.get(f"dim{i + first}"), i + first, size) for i, size in enumerate(pixels.shape)
    )
    units = plain(pixels.attrs["units"]) if "units" in pixels.attrs else ""
    return Group(group.name, H5Array.of(pixels), axes, _units(units), attributes(group))


def _axis(stored: h5py.Dataset | None, place: int, size: int) -> Axis:
    if stored is None or stored.dtype.kind not in "biuf" or stored.shape is None:
        return Axis(f"dim{place}", np.arange(size), "", "generic", "UNKNOWN")
    notes = attributes(stored)
    values = stored[()].astype("f8").ravel() if stored.size in (2, size) else np.arange(size)
    if values.size == 2 and size != 2:
        values = values[0] + np.arange(size) * (values[1] - values[0])
    values = _regular(values, stored.dtype)
    if not np.isfinite(values).all():
        values, notes = np.arange(size), {**notes, "units": ""}
    units = _units(notes.get("units", ""))
    # A is the angstrom where a length is inverted
    quantity, kind = _KINDS.get(axis_kind(units.replace("A^-1", "1/Å")), ("generic", "UNKNOWN"))
    name = "_".join(re.findall(r"\w+", str(notes.get("name", ""))))
    name = name if name.isidentifier() else f"dim{place}"
    return Axis(name, values, units, quantity, kind)


def _regular(values: np.ndarray, stored: np.dtype) -> np.ndarray:
    """Return equal steps where the values have them but for the rounding of their type.

    Programs add the step again and again: the errors of that many sums may be there.
    """
    exact = np.linspace(values[0], values[-1], len(values))
    rounding = np.finfo(stored).eps if stored.kind == "f" else 0.0
    sums = len(values) * rounding * np.abs(values).max()
    step = abs(exact[1] - exact[0]) if len(exact) > 1 else 0.0
    return exact if np.abs(values - exact).max() <= min(sums, step / 100) else values


def _units(text: Any) -> str:
    """Return units without the brackets and underscores of the format.

    >>> _units("[n_m]"), _units("[]"), _units("A^-1")
    ('nm', '', 'A^-1')
    """
    text = str(text).strip() if isinstance(text, str) else ""
    return text[1:-1].replace("_", "") if text[:1] == "[" and text[-1:] == "]" else text


# --- label ----------------------------------------------------------------------------


def read_emd(path: str | PathLike[str]) -> list[Dataset]:
    """Read a file of the open EMD format, rows first.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One per array; slices of a simulation are one, the depth first.  Lazy.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        See `parse_emd`; also when the file holds no array.
    """
    arrays, notes = parse_emd(path)
    if not arrays:
        msg = "the file holds no array"
        raise CorruptFile(msg, path=path, format=FORMAT)
    families: dict[tuple[str, tuple[int, ...]], list[Group]] = {}
    for array in arrays:
        match = _SLICE.fullmatch(array.name)
        family = match[1] if match else array.name
        families.setdefault((family, array.pixels.shape), []).append(array)
    return [_label(path, name, parts, notes) for (name, _), parts in families.items()]


def _label(
    path: str | PathLike[str], name: str, parts: list[Group], notes: dict[str, Any]
) -> Dataset:
    import dask.array as da

    first = parts[0]
    order = _order(first.axes)
    arrays = [
        da.from_array(part.pixels, chunks="auto", asarray=True, fancy=False).transpose(order)
        for part in parts
    ]
    axes = [first.axes[i] for i in order]
    if len(parts) > 1:
        array = da.stack(arrays)
        axes = [_depths(parts, notes), *axes]
    else:
        (array,) = arrays
    title = name.rpartition("/")[2]
    return dataset(
        array,
        tuple(_unique(axes)),
        title=title if title and title != "__unnamed__" else Path(path).stem,
        data_type=_kind(axes),
        units=first.units,
        quantity="intensity",
        source="SciFiReaders.ncem_emd",
        metadata={"experiment": _experiment(notes)},
        original_metadata={**notes, "group": {"name": first.name, **first.attributes}},
    )


def _order(axes: tuple[Axis, ...]) -> list[int]:
    """Return the axes of the array with y before x in each pair that is named so."""
    order = list(range(len(axes)))
    for prefix in {axis.name[:-1] for axis in axes if _NAMED.fullmatch(axis.name)}:
        places = {
            axis.name[-1].lower(): i for i, axis in enumerate(axes) if axis.name[:-1] == prefix
        }
        x, y = places.get("x"), places.get("y")
        if x is not None and y is not None and x < y:
            order[x], order[y] = order[y], order[x]
    return order


def _depths(parts: list[Group], notes: dict[str, Any]) -> Axis:
    """Return the depths of slices, where the parameters of the simulation are there."""
    numbers = np.array([int(_SLICE.fullmatch(part.name)[2]) for part in parts])  # type: ignore[index]
    simulation = at(notes, "4DSTEM_simulation/metadata/metadata_0/original/simulation_parameters")
    known = [number(at(simulation, key)) for key in ("zs", "ns", "s")]
    start, every, thickness = known
    if start is None or not every or not thickness:
        return Axis("depth", numbers, "", "slice", "UNKNOWN")
    return Axis("depth", start + numbers * every * thickness, "Å", "distance", "SPATIAL")


def _unique(axes: list[Axis]) -> Iterator[Axis]:
    names: list[str] = []
    for axis in axes:
        name = axis.name if axis.name not in names else f"{axis.name}_{len(names)}"
        names.append(name)
        yield Axis(name, axis.values, axis.units, axis.quantity, axis.kind)


def _kind(axes: list[Axis]) -> str:
    kinds = [axis.kind for axis in axes]
    if len(axes) == 1:
        return "SPECTRUM" if kinds == ["SPECTRAL"] else "LINE_PLOT"
    if "SPECTRAL" in kinds and len(axes) <= 4:
        return "SPECTRAL_IMAGE"
    if len(axes) == 4 and kinds[2:] == ["RECIPROCAL", "RECIPROCAL"]:
        return "IMAGE_4D"
    return {2: "IMAGE", 3: "IMAGE_STACK"}.get(len(axes), "UNKNOWN")


def _experiment(notes: dict[str, Any]) -> dict[str, Any]:
    voltage = re.fullmatch(
        r"([\d.]+)\s*(k?)V?", str(at(notes, "microscope/voltage") or "").strip()
    )
    simulation = at(notes, "4DSTEM_simulation/metadata/metadata_0/original/simulation_parameters")
    energy = number(at(simulation, "E"))
    found: dict[str, Any] = {
        "microscope": at(notes, "microscope/name"),
        "sample": at(notes, "sample/material"),
        "acceleration_voltage": energy * 1e3 if energy else None,
    }
    if voltage and (volts := number(voltage[1])):
        # kilovolts, also where nobody wrote so: no microscope runs at 300 V
        found["acceleration_voltage"] = volts * (1e3 if voltage[2] or volts < 2000 else 1.0)
    return {key: value for key, value in found.items() if value not in (None, "", {})}
