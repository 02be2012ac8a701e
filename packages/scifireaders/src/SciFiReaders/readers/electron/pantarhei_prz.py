"""Panta Rhei of CEOS (``.prz``): a NumPy archive of an array and its description.

========================== =============================================================
member of the archive      meaning
========================== =============================================================
``data.npy``               the array, axes slow to fast
``meta_data_json.npy``     text: JSON, a list with a dict of the conditions
``data_model_json.npy``    text: how the program shows it
``meta_data.npy``, ...     the same as Python objects, which are not read
========================== =============================================================

``device.calib`` (or ``inherited.calib``) lists, fastest axis first, `value`, `unit`,
`offset` in pixels and `pixel_factor` or None: the value of index i is (i + offset) * value *
pixel_factor.

Source: decoded from a file of Panta Rhei; NumPy, "The .npy format".
Not yet understood: the order of the list in files of unequal calibrations rests on other
readers; how one-dimensional axes of a stack are marked.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.archives import opened_zip
from SciFiReaders.labelled import LENGTHS, Axis, dataset, lazy
from SciFiReaders.values import number
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile

from .zipped import npy_in_zip

if TYPE_CHECKING:
    from os import PathLike
    from zipfile import ZipFile

    from sidpy import Dataset

__all__ = ["read_prz", "sniff"]

FORMAT: Final = "pantarhei.prz"
_LONGEST: Final = 1 << 24
#: Key, name in the description, factor to the unit of the key.
_NUMBERS: Final = (
    ("acceleration_voltage", "electron_gun.voltage", 1.0),
    ("pixel_time", "scan_generator.dwell_time", 1.0),
    ("camera_length", "projector.camera_length", 1.0),
    ("magnification", "scan_driver.magnification", 1.0),
    ("single_exposure_time", "camera.exposure", 1.0),
    ("current", "electron_gun.current", 1.0),
)


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether a zip holds ``data.npy`` and a description of Panta Rhei."""
    ends = probe.head + probe.tail
    found = b"data.npy" in ends and b"meta_data" in ends and b"file_format_version" in ends
    return (1.0, "data.npy and meta_data") if found else (0.0, "not the members of a .prz")


def read_prz(path: str | PathLike[str]) -> list[Dataset]:
    """Read a file of Panta Rhei.

    Parameters
    ----------
    path : path-like
        The ``.prz`` file.

    Returns
    -------
    list of Dataset
        One, axes as stored.  Lazy; nothing in it is unpickled.

    Raises
    ------
    UnrecognisedFile
        When it is no archive of these members.
    CorruptFile, UnsupportedFile
        When it is damaged, or holds objects.

    Warns
    -----
    SidpyWarning
        When its description is there as Python objects only.
    """
    with opened_zip(path, FORMAT) as archive:
        names = set(archive.namelist())
        if "data.npy" not in names or not {"meta_data.npy", "meta_data_json.npy"} & names:
            msg = f"not a file of Panta Rhei: the zip holds {sorted(names)[:5]}"
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        notes = _description(archive, names, path)
        model = _json(archive, "data_model_json.npy", path) if names else None
        stored = archive.getinfo("data.npy")
    source = npy_in_zip(path, stored, FORMAT)
    if min(source.shape, default=0) < 1:
        msg = f"an array of the shape {source.shape} holds nothing"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return [_label(path, source, notes, model)]


def _description(archive: ZipFile, names: set[str], path: str | PathLike[str]) -> dict[str, Any]:
    found = _json(archive, "meta_data_json.npy", path)
    if found is None and "meta_data_json.npy" not in names:
        msg = f"{path}: its description is stored as Python objects only, which are not read"
        warn(msg, SidpyWarning)
    first = found[0] if isinstance(found, list) and found else found
    return first if isinstance(first, dict) else {}


def _json(archive: ZipFile, name: str, path: str | PathLike[str]) -> Any:
    """Return what a text in an array says in JSON, or None."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        return None
    if info.file_size > _LONGEST:
        msg = f"{name} of {info.file_size} bytes cannot be"
        raise CorruptFile(msg, path=path, format=FORMAT)
    try:
        with archive.open(info) as member:
            text = np.lib.format.read_array(member, allow_pickle=False)
        return json.loads(str(text))
    except (ValueError, LookupError, RecursionError, SyntaxError, MemoryError) as error:
        msg = f"{name} should be an array of text in JSON: {error}"
        raise CorruptFile(msg, path=path, format=FORMAT) from error


def _label(path: str | PathLike[str], source: Any, notes: dict[str, Any], model: Any) -> Dataset:
    rules = notes.get("device.calib") or notes.get("inherited.calib") or []
    rules = rules if isinstance(rules, list) else []
    found = [rule if isinstance(rule, dict) else {} for rule in rules]
    found += [{}] * (source.ndim - len(found))
    # energies run fastest; x and y are counted without them
    first = 1 if found and found[0].get("unit") == "eV" else 0
    axes = [
        _axis(found[place], source.shape[source.ndim - 1 - place], place - first, source.ndim)
        for place in range(source.ndim)
    ][::-1]
    title = str(notes.get("repo_id") or "").partition(".")[0] or Path(path).stem
    return dataset(
        lazy(source),
        tuple(axes),
        title=title,
        data_type=_data_type(axes),
        units="counts" if source.dtype.kind in "iu" else "",
        quantity="intensity",
        source="SciFiReaders.pantarhei_prz",
        metadata={"experiment": _experiment(notes)},
        original_metadata={"meta_data": notes, "data_model": model},
    )


def _axis(rule: dict[str, Any], size: int, place: int, ndim: int) -> Axis:
    value, factor = number(rule.get("value")), number(rule.get("pixel_factor"))
    offset, units = number(rule.get("offset")) or 0.0, str(rule.get("unit") or "")
    if value is None or not value:
        name = "xy"[place] if place < 2 else "frame" if place == 2 else f"frame_{place}"
        kind = "SPATIAL" if place < 2 else "TEMPORAL"
        return Axis(name, np.arange(size), "", "frame" if place > 1 else "generic", kind)
    values = (np.arange(size) + offset) * value * (factor or 1.0)
    if units == "eV":
        return Axis("energy", values, units, "energy", "SPECTRAL")
    if units in ("1/m", "rad"):
        reciprocal = place < 2
        name = ("uv" if ndim > 3 or not reciprocal else "xy")[place] if reciprocal else "angle"
        quantity = "reciprocal distance" if units == "1/m" else "angle"
        return Axis(name, values, units, quantity, "RECIPROCAL")
    if units in LENGTHS:
        spatial = place if ndim < 4 else place % 2
        return Axis("xyz"[min(spatial, 2)], values, units, "distance", "SPATIAL")
    if units == "s":
        return Axis("time", values, units, "time", "TEMPORAL")
    return Axis(f"axis_{place}", values, units, str(rule.get("name") or ""), "UNKNOWN")


def _data_type(axes: list[Axis]) -> str:
    kinds = [axis.kind for axis in axes]
    if "SPECTRAL" in kinds:
        return "SPECTRUM" if len(axes) == 1 else "SPECTRAL_IMAGE"
    return {1: "LINE_PLOT", 2: "IMAGE", 3: "IMAGE_STACK", 4: "IMAGE_4D"}.get(len(axes), "UNKNOWN")


def _experiment(notes: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, name, factor in _NUMBERS:
        value = number(notes.get(name))
        if value is not None:
            found[key] = value * factor
    found["detector"] = notes.get("scan_generator.detector") or notes.get("camera.name")
    found["start_date_time"] = notes.get("acquisition.time")
    return {key: value for key, value in found.items() if value not in (None, "")}
