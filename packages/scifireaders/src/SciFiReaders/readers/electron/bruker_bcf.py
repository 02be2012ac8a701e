"""Hypermaps of Bruker Esprit (``.bcf``): images, a spectrum per pixel, and their sum.

=========================================== ==============================================
in the container                            meaning
=========================================== ==============================================
``EDSDatabase/HeaderData``                  XML of TRT classes, see `bruker_xml`
``EDSDatabase/SpectrumData<n>``             the pixels of the n-th map, see `bruker_pixels`
``TRTSEMData``                              `HV` (kV), `DX`, `DY` (µm per pixel), `Mag`, `WD`
``SpectrumData<n>/TRTSpectrum`` in the XML  the sum of the n-th map: channels, energies
=========================================== ==============================================

Images and the sum are in the XML and read at once; the maps are decoded when they are
computed.  Images that were not acquired (`Valid` 0) are left out.

Source: decoded from files of Esprit 1.9 and 2.1.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.markup import parse_xml, tree_of
from SciFiReaders.values import number
from sidpy.errors import CorruptFile, UnrecognisedFile

from .bruker_pixels import SpectrumMap
from .bruker_sfs import FORMAT, files_of
from .bruker_xml import conditions, energies, images, instances, spectrum

if TYPE_CHECKING:
    from os import PathLike
    from xml.etree.ElementTree import Element

    from sidpy import Dataset

    from .bruker_sfs import Stored

__all__ = ["read_bcf"]

_LONGEST: Final = 1 << 28
_MOST: Final = 1 << 16
#: Key, element of TRTSEMData, factor to the unit of the key.
_MICROSCOPE: Final = (
    ("acceleration_voltage", "HV", 1e3),
    ("working_distance", "WD", 1e-3),
    ("magnification", "Mag", 1.0),
)


def read_bcf(path: str | PathLike[str]) -> list[Dataset]:
    """Read a hypermap.

    Parameters
    ----------
    path : path-like
        The ``.bcf`` file.

    Returns
    -------
    list of Dataset
        The images [y, x]; for each detector its map [y, x, energy], lazy, and the
        spectrum [energy] that the program kept as its sum.

    Raises
    ------
    UnrecognisedFile
        When it is no container, or one without a map.
    CorruptFile
        When it is damaged or cut short.
    """
    files = files_of(path)
    header = files.get("HeaderData")
    if header is None:
        msg = f"not a hypermap: the container holds {sorted(files)} and no HeaderData"
        raise UnrecognisedFile(msg, path=path, format=FORMAT)
    if header.size > _LONGEST:
        msg = f"XML of {header.size} bytes is too long to be read"
        raise CorruptFile(msg, path=path, format=FORMAT)
    root = parse_xml(header.read(0, header.size), path=path, format=FORMAT)
    steps = _steps(root)
    microscope = _microscope(root)
    found = []
    for item in instances(root, "TRTImageData"):
        found += images(path, item, steps=steps, experiment=microscope)
    for name in sorted(files):
        if name.startswith("SpectrumData") and name[12:].isdecimal():
            found += _map(path, root, files[name], name, steps)
    if not found:
        msg = "it holds no image and no map"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return found


def _described(root: Element, kind: str) -> Element | None:
    return next((e for e in root.iter("ClassInstance") if e.get("Type") == kind), None)


def _steps(root: Element) -> tuple[float | None, float | None]:
    """Return the distance of pixels along y and x, µm."""
    item = _described(root, "TRTSEMData")
    found = [None if item is None else number(item.findtext(name)) for name in ("DY", "DX")]
    sound = [step if step and step > 0 else None for step in found]
    return sound[0], sound[1]


def _microscope(root: Element) -> dict[str, Any]:
    item = _described(root, "TRTSEMData")
    found: dict[str, Any] = {}
    for key, name, factor in _MICROSCOPE if item is not None else ():
        value = number(item.findtext(name)) if item is not None else None
        if value is not None and value > 0:
            found[key] = value * factor
    return found


def _map(
    path: str | PathLike[str],
    root: Element,
    stored: Stored,
    name: str,
    steps: tuple[float | None, float | None],
) -> list[Dataset]:
    rows, columns = (int(n) for n in np.frombuffer(stored.read(0, 8).ljust(8, b"\0"), "<u4"))
    if not 0 < rows <= _MOST or not 0 < columns <= _MOST or rows * 4 > stored.size:
        msg = f"{name} of {rows} x {columns} pixels in {stored.size} bytes cannot be"
        raise CorruptFile(msg, path=path, format=FORMAT)
    part = next(iter(root.iter(name)), root)
    sums = instances(part, "TRTSpectrum")
    if not sums:
        msg = f"{name} has no summed spectrum, which says how many channels there are"
        raise CorruptFile(msg, path=path, format=FORMAT)
    total = spectrum(path, sums[0], 0, 1)
    axes = [
        _along(label, size, step)
        for label, size, step in zip("yx", (rows, columns), steps, strict=True)
    ]
    channels = total.shape[0]
    number_of_map = name.removeprefix("SpectrumData")
    database = _described(root, "TRTSpectrumDatabase")
    title = (database.get("Name") if database is not None else "") or Path(path).stem
    found = dataset(
        lazy(SpectrumMap(stored, (rows, columns, channels))),
        (*axes, energies(sums[0], channels)),
        title=title if number_of_map == "0" else f"{title} {number_of_map}",
        data_type="SPECTRAL_IMAGE",
        units="counts",
        quantity="intensity",
        source="SciFiReaders.bruker_bcf",
        metadata={
            "experiment": {**_microscope(root), **conditions(sums[0])},
            "EDS": {"elements": _elements(root)},
        },
        original_metadata=_kept(root),
    )
    found.modality = "EDS"
    total.title = f"{found.title} sum"
    return [found, total]


def _along(name: str, size: int, step: float | None) -> Axis:
    if step is None:
        return Axis(name, np.arange(size), "", "generic", "SPATIAL")
    return Axis(name, np.arange(size) * step, "um", "distance", "SPATIAL")


def _elements(root: Element) -> list[str]:
    """Return the lines that the user chose, ``Ti-KA``."""
    items = [e for e in root.iter("ClassInstance") if e.get("Type") == "TRTSpectrumRegion"]
    return [word for item in items if (word := (item.findtext("Description") or "").strip())]


def _kept(root: Element) -> dict[str, Any]:
    """Return what the program wrote about microscope, detector and map; no pixels."""
    wanted = ("TRTSEMData", "TRTSEMStageData", "TRTDSPConfiguration")
    found = {}
    for kind in wanted:
        item = _described(root, kind)
        tree = tree_of(item) if item is not None else None
        if isinstance(tree, dict):
            tree.pop("Type", None)
            found[kind] = tree
    return found
