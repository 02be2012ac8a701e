"""Oxford Instruments NanoAnalysis HDF5 (``.h5oina``), versions 1 to 8.

=========================================== ==========================================
address                                     meaning
=========================================== ==========================================
``Format Version``, ``Index``               of the file; names of the slices
``<slice>/<technique>/Header``              `X Cells`, `Y Cells`, `X Step`, `Y Step` in
                                            µm, `Beam Voltage` in kV, `Stage Position` in
                                            mm and radians, ...
``<slice>/<technique>/Data``                datasets of [points, ...], points in rows
                                            from the top left
``EDS/Data/Spectrum``                       [points, channels], channel i at
                                            `Start Channel` + i * `Channel Width` eV
``EDS/Data/Window Integral``, ...           groups of maps of one element each
``EBSD/Data``                               `Phase`, `Euler` (radians, three columns),
                                            `Band Contrast`, patterns, ...
``Electron Image/Data/SE``, ``BSE``, ``FSE`` groups of images
=========================================== ==========================================

Source: Oxford Instruments NanoAnalysis, "HDF5 File Specification" 8.0,
github.com/oinanoanalysis/h5oina.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.hdf5 import attributes, member, opened, plain, tree
from SciFiReaders.labelled import Axis, dataset, lazy, pixel_centres
from SciFiReaders.values import number
from sidpy.errors import CorruptFile, UnrecognisedFile

from .folded import Folded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    import h5py

    from sidpy import Dataset

__all__ = ["read_h5oina"]

FORMAT: Final = "oxford.h5oina"
#: Datasets that only repeat where the points are.
_PLACES: Final = frozenset({"X", "Y"})
#: Units of a dataset by its name, for writers that leave the attribute out.
_UNITS: Final = {
    "Live Time": "s",
    "Real Time": "s",
    "Euler": "rad",
    "Mean Angular Deviation": "rad",
    "Beam Position X": "um",
    "Beam Position Y": "um",
    "Spectrum": "counts",
}
#: Units of the maps in a group of the EDS data.
_GROUP_UNITS: Final = {
    "Window Integral": "counts/s",
    "Peak Area": "counts/s",
    "Composition": "wt%",
    "Composition Sigma": "wt%",
    "Apparent Concentration": "wt%",
}
_MOST_SLICES: Final = 4096


@dataclass(frozen=True)
class Technique:
    """One technique of one slice: its data and what is said of them."""

    name: str
    group: Any
    header: dict[str, Any]

    def of(self, key: str) -> float | None:
        """Return a number of the header, which is stored as an array of one."""
        return number(_one(self.header.get(key)))


def _one(value: Any) -> Any:
    """Return the only element of nested lists of one element each."""
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value


def read_h5oina(path: str | PathLike[str]) -> list[Dataset]:
    """Read the maps, line scans, spectra, patterns and images of a file.

    Parameters
    ----------
    path : path-like
        The ``.h5oina`` file.

    Returns
    -------
    list of Dataset
        Maps as [y, x], spectra and Euler angles behind them, patterns as [y, x, v, u];
        line scans as [x]; lazy.

    Raises
    ------
    UnrecognisedFile
        When it is no HDF5 file with slices of techniques.
    CorruptFile
        When it is damaged, or holds nothing.
    """
    import h5py

    with opened(path, FORMAT) as file:
        if member(file, "Format Version") is None or member(file, "Index") is None:
            msg = "not a file of Oxford Instruments: it has no Format Version and no Index"
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        about = {
            name: plain(item[()])
            for name in ("Format Version", "Software Version", "Manufacturer", "Index")
            if (item := member(file, name, h5py.Dataset)) is not None
        }
        found: list[Dataset] = []
        for technique in _techniques(file):
            found += _read(technique, about)
    if not found:
        msg = "it holds no maps, spectra or images"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return found


def _techniques(file: h5py.File) -> Iterator[Technique]:
    import h5py

    for slice_name in list(file)[:_MOST_SLICES]:
        one = member(file, slice_name, h5py.Group)
        for name in one or ():
            group = member(one, name, h5py.Group)
            if group is None:
                continue
            parts = {name: group}
            if name == "Layered Image":  # has a group per image between
                parts = {part: member(group, part, h5py.Group) for part in group}
            for title, part in parts.items():
                header = None if part is None else member(part, "Header", h5py.Group)
                if header is not None and member(part, "Data", h5py.Group) is not None:
                    yield Technique(title, part, tree(header))


def _read(technique: Technique, about: dict[str, Any]) -> Iterator[Dataset]:
    import h5py

    data = member(technique.group, "Data", h5py.Group)
    for name in data:
        item = member(data, name)
        if isinstance(item, h5py.Group):
            for part in item:
                stored = member(item, part, h5py.Dataset)
                if stored is not None and _is_map(technique, stored):
                    yield _label(technique, f"{name} {part}", stored, about, name)
        elif name not in _PLACES and isinstance(item, h5py.Dataset) and _is_map(technique, item):
            yield _label(technique, name, item, about, "")


def _cells(technique: Technique) -> tuple[int, int]:
    """Return rows and columns; a line scan has one row."""
    sizes = [technique.of(key) for key in ("Y Cells", "X Cells")]
    return tuple(int(size) if size and 0 < size < 1e9 else 1 for size in sizes)  # type: ignore[return-value]


def _is_map(technique: Technique, stored: h5py.Dataset) -> bool:
    """Whether a dataset has a number, or several, for each point."""
    if stored.shape is None or stored.dtype.kind not in "biuf" or not stored.size:
        return False
    rows, columns = _cells(technique)
    return stored.ndim <= 3 and stored.shape[0] == rows * columns


# --- label ------------------------------------------------------------------------------


def _label(
    technique: Technique, name: str, stored: h5py.Dataset, about: dict[str, Any], group: str
) -> Dataset:
    from sidpy import H5Array

    rows, columns = _cells(technique)
    source: Any = H5Array.of(stored)
    # (size, 1) is a column of numbers
    array = lazy(Folded(source, rows, columns)) if rows > 1 else lazy(source)
    if stored.ndim == 2 and stored.shape[1] == 1:
        array = array[..., 0]
    axes: tuple[Axis, ...] = (_axis(technique, "X", "x", columns),)
    if rows > 1:
        axes = (_axis(technique, "Y", "y", rows), *axes)
    elif columns == 1 and array.ndim > 1:  # a single point
        array, axes = array[0], ()
    inner = array.shape[len(axes) :]
    notes = attributes(stored)
    units = str(notes.get("Unit") or _GROUP_UNITS.get(group) or _UNITS.get(name, ""))
    found = dataset(
        array,
        (*axes, *_inner(technique, name, inner)),
        title=f"{technique.name} {name}",
        data_type=_kind(len(axes), inner),
        units=units.replace("μm", "um").replace("µm", "um"),
        quantity="intensity" if name == "Spectrum" else group or name,
        source="SciFiReaders.oxford_h5oina",
        metadata={"experiment": _experiment(technique)},
        original_metadata={**about, "Header": technique.header, "attributes": notes},
    )
    found.modality = "EDS" if technique.name.startswith("EDS") else technique.name
    return found


def _axis(technique: Technique, word: str, name: str, size: int) -> Axis:
    step = technique.of(f"{word} Step")
    if not step or step < 0:
        return Axis(name, np.arange(size), "", name, "SPATIAL")
    return Axis(name, pixel_centres(size, step * size), "um", "Length", "SPATIAL")


def _inner(technique: Technique, name: str, sizes: tuple[int, ...]) -> tuple[Axis, ...]:
    """Return the axes behind those of the map."""
    if not sizes:
        return ()
    if len(sizes) == 2:
        return tuple(
            Axis(word, np.arange(size), "", word, "RECIPROCAL")
            for word, size in zip("vu", sizes, strict=True)
        )
    if name == "Spectrum":
        width, start = technique.of("Channel Width"), technique.of("Start Channel")
        energies = (start or 0.0) + np.arange(sizes[0]) * (width or 1.0)
        units = "eV" if width else ""
        return (Axis("energy", energies, units, "energy", "SPECTRAL"),)
    word = {"Euler": "angle", "Color": "color"}.get(name, "component")
    return (Axis(word, np.arange(sizes[0]), "", word, "CHANNEL"),)


def _kind(outer: int, inner: tuple[int, ...]) -> str:
    if len(inner) == 2:
        return {2: "IMAGE_4D", 1: "IMAGE_STACK"}.get(outer, "IMAGE")
    if inner:
        return "SPECTRAL_IMAGE" if outer else "SPECTRUM"
    return "IMAGE" if outer == 2 else "LINE_PLOT"


def _experiment(technique: Technique) -> dict[str, Any]:
    header = technique.header
    factors = {
        "acceleration_voltage": ("Beam Voltage", 1e3),
        "working_distance": ("Working Distance", 1e-3),
        "magnification": ("Magnification", 1.0),
        "pixel_time": ("Dwell Time", 1e-6),
        "elevation_angle": ("Detector Elevation", 180 / np.pi),
        "azimuth_angle": ("Detector Azimuth", 180 / np.pi),
        "tilt_angle": ("Tilt Angle", 180 / np.pi),
    }
    found: dict[str, Any] = {}
    for key, (word, factor) in factors.items():
        value = technique.of(word)
        if value is not None:
            found[key] = value * factor
    places = header.get("Stage Position")
    stage = Technique("", None, places if isinstance(places, dict) else {})
    found["stage"] = {
        key: value * factor
        for key, word, factor in (
            ("x", "X", 1e-3),
            ("y", "Y", 1e-3),
            ("z", "Z", 1e-3),
            ("alpha", "Tilt", 180 / np.pi),
            ("rotation", "Rotation", 180 / np.pi),
        )
        if (value := stage.of(word)) is not None
    }
    for key, word in (("start_date_time", "Acquisition Date"), ("sample", "Specimen Label")):
        found[key] = _one(header.get(word))
    return {key: value for key, value in found.items() if value not in (None, "", {})}
