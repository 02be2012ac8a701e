"""Bruker Esprit in XML: spectra (``.spx``) and results with images (``.rto``).

=========================================== ==============================================
element                                     meaning
=========================================== ==============================================
``ClassInstance Type="TRTSpectrum"``        a spectrum, called `Name`
``.../Channels``                            counts, separated by commas
``.../ClassInstance/CalibAbs, CalibLin``    keV: the energy of channel i is
                                            CalibAbs + i * CalibLin
``.../RealTime, LifeTime, ShapingTime``     ms, ms, ns
``.../PrimaryEnergy``                       keV
``ClassInstance Type="TRTImageData"``       images of one size: `Width`, `Height`,
                                            `XCalibration`, `YCalibration` (µm per pixel)
``.../Plane0``, ``Plane1``, ...             `Description`, `Data` in base64: u8 or u16,
                                            little-endian, rows from the top
=========================================== ==============================================

Source: decoded from files of Esprit 1.9 and of a M6 Jetstream (spectra); the images from
descriptions and the same elements inside ``.bcf`` files.
Not yet understood: images of other item sizes; they are refused.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.markup import parse_xml, tree_of
from SciFiReaders.readers.released import ReleasedReader
from SciFiReaders.values import number
from sidpy.errors import CorruptFile, UnrecognisedFile, UnsupportedFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike
    from xml.etree.ElementTree import Element

    from sidpy import Dataset

__all__ = [
    "BrukerReader",
    "conditions",
    "energies",
    "images",
    "instances",
    "read_bruker",
    "sniff",
    "spectrum",
]

FORMAT: Final = "bruker.spx"
_LONGEST: Final = 1 << 30
_MOST_CHANNELS: Final = 1 << 20
#: Key, element, factor to the unit of the key.
_NUMBERS: Final = (
    ("acceleration_voltage", "PrimaryEnergy", 1e3),
    ("live_time", "LifeTime", 1e-3),
    ("real_time", "RealTime", 1e-3),
    ("elevation_angle", "ElevationAngle", 1.0),
    ("azimuth_angle", "AzimutAngle", 1.0),
    ("dead_time", "DeadTime", 1.0),
    ("working_distance", "WorkingDistance", 1e-3),
    ("magnification", "Magnification", 1.0),
)


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether XML has the names of Bruker's classes near its beginning."""
    found = b"<TRT" in probe.head[:4096] or b'Type="TRT' in probe.head[:8192]
    return (1.0, "XML of TRT classes") if found else (0.0, "no TRT classes")


def read_bruker(path: str | PathLike[str]) -> list[Dataset]:
    """Read the images and spectra of a file.

    Parameters
    ----------
    path : path-like
        The ``.spx`` or ``.rto`` file.

    Returns
    -------
    list of Dataset
        Each plane of each image, [y, x], then the spectra, [energy]; in memory, for all
        of it is text.

    Raises
    ------
    UnrecognisedFile
        When it is no XML of TRT classes.
    CorruptFile, UnsupportedFile
        When it is damaged, holds nothing, or images of an unknown type.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if b"TRT" not in cursor.take(min(cursor.size, 8192)):
            msg = "not a file of Bruker Esprit: it holds no TRT classes"
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        if cursor.size > _LONGEST:
            msg = f"XML of {cursor.size} bytes is too long to be read"
            raise cursor.corrupt(msg, offset=0)
        cursor.position = 0
        root = parse_xml(cursor.take(cursor.size), path=path, format=FORMAT)
    found = []
    for image in instances(root, "TRTImageData"):
        found += images(path, image)
    spectra = list(instances(root, "TRTSpectrum"))
    found += [spectrum(path, item, i, len(spectra)) for i, item in enumerate(spectra)]
    if not found:
        msg = "it holds no spectrum and no image"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return found


def instances(root: Element, kind: str) -> list[Element]:
    """Return the objects of a class; a spectrum without channels is a heading."""
    need = {"TRTSpectrum": "Channels", "TRTImageData": "Plane0"}[kind]
    found = [item for item in root.iter("ClassInstance") if item.get("Type") == kind]
    return [item for item in found if item.find(need) is not None]


# --- spectra --------------------------------------------------------------------------


def spectrum(path: str | PathLike[str], item: Element, place: int, count: int) -> Dataset:
    """Return the spectrum of an element, the `place`-th of `count`."""
    words = (item.findtext("Channels") or "").replace("\n", ",").split(",")
    try:
        numbers = [int(float(word)) for word in words if word.strip()][:_MOST_CHANNELS]
        values = np.array(numbers, dtype="i8")
    except (ValueError, OverflowError) as error:
        msg = f"the channels of a spectrum should be numbers: {error}"
        raise CorruptFile(msg, path=path, format=FORMAT) from error
    if not values.size:
        msg = "a spectrum has no channels"
        raise CorruptFile(msg, path=path, format=FORMAT)
    name = item.get("Name") or ""
    title = name or Path(path).stem
    found = dataset(
        lazy(values),
        (energies(item, values.size),),
        title=title if count == 1 else f"{title}_spectrum_{place}",
        data_type="SPECTRUM",
        units="counts",
        quantity="intensity",
        source="SciFiReaders.BrukerReader",
        metadata={"experiment": conditions(item), "EDS": _eds(item)},
        original_metadata=_kept(item),
    )
    found.modality = "EDS"
    return found


def energies(item: Element, channels: int) -> Axis:
    """Return the energies of the channels of a spectrum; channels where nothing is said."""
    step, start = _first(item, "CalibLin"), _first(item, "CalibAbs")
    values = np.arange(channels) * (step * 1e3 if step else 1.0)
    if step and start:
        values = values + start * 1e3
    units, quantity = ("eV", "energy") if step else ("", "channel")
    return Axis("energy_scale", values, units, quantity, "SPECTRAL")


def _first(item: Element, name: str) -> float | None:
    return number(next((e.text or "" for e in item.iter(name)), None))


def conditions(item: Element) -> dict[str, Any]:
    """Return the conditions of a measurement under the names that all readers use."""
    found: dict[str, Any] = {}
    for key, name, factor in _NUMBERS:
        value = _first(item, name)
        if value is not None:
            found[key] = value * factor
    detector = next(
        (e for e in item.iter("ClassInstance") if e.get("Type") == "TRTDetectorHeader"), None
    )
    found["detector"] = detector.findtext("Type") if detector is not None else None
    words = [item.findtext("Date"), item.findtext("Time")]
    for element in item.iter("ClassInstance"):
        if element.get("Type") == "TRTSpectrumHeader":
            words = [element.findtext("Date"), element.findtext("Time")]
    found["start_date_time"] = " ".join(word.strip() for word in words if word)
    return {key: value for key, value in found.items() if value not in (None, "")}


def _eds(item: Element) -> dict[str, Any]:
    """Return the results of the quantification by element, where there are any."""
    results = {}
    for result in item.iter("Result"):
        atom = result.findtext("Atom")
        known = {child.tag: number(child.text) for child in result if child.tag != "Atom"}
        numbers = {key: value for key, value in known.items() if value is not None}
        if atom and numbers:
            results[atom] = numbers
    return {"results": results, "annotations": {}} if results else {}


def _kept(item: Element) -> dict[str, Any]:
    """Return the tree without the numbers."""
    tree = tree_of(item)
    if isinstance(tree, dict):
        tree.pop("Channels", None)
        return {key: value for key, value in tree.items() if not key.startswith("Plane")}
    return {}


# --- images ---------------------------------------------------------------------------


def images(
    path: str | PathLike[str],
    item: Element,
    *,
    steps: tuple[float | None, float | None] = (None, None),
    experiment: Mapping[str, Any] | None = None,
) -> list[Dataset]:
    """Return the planes of an image that were acquired.

    Parameters
    ----------
    path : path-like
        The file, for errors and names.
    item : Element
        A TRTImageData.
    steps : (float, float), µm, optional
        Distance of pixels along y and x where the image itself does not say.
    experiment : mapping, optional
        Conditions beside those in the element.
    """
    columns, rows = (int(number(item.findtext(name)) or 0) for name in ("Width", "Height"))
    if columns <= 0 or rows <= 0:
        msg = f"an image of {columns} x {rows} pixels cannot be"
        raise CorruptFile(msg, path=path, format=FORMAT)
    found = []
    planes = [e for e in item if e.tag.startswith("Plane") and e.tag[5:].isdecimal()]
    for plane in planes:
        text = plane.findtext("Data") or ""
        if text.strip() and (plane.findtext("Valid") or "1").strip() != "0":
            pixels = _pixels(path, text, rows, columns)
            found.append(_plane(path, item, plane, pixels, steps))
    for plane_found in found:
        plane_found.metadata["experiment"].update(experiment or {})
    return found


def _pixels(path: str | PathLike[str], text: str, rows: int, columns: int) -> np.ndarray:
    try:
        raw = base64.b64decode(text)
    except (binascii.Error, ValueError) as error:
        msg = f"the pixels of an image should be base64: {error}"
        raise CorruptFile(msg, path=path, format=FORMAT) from error
    size = len(raw) // (rows * columns)
    if size not in (1, 2, 4) or len(raw) != size * rows * columns:
        msg = f"{len(raw)} bytes for an image of {rows} x {columns} pixels"
        raise UnsupportedFile(msg, path=path, format=FORMAT)
    return np.frombuffer(raw, f"<u{size}").reshape(rows, columns)


def _plane(
    path: str | PathLike[str],
    item: Element,
    plane: Element,
    pixels: np.ndarray,
    steps: tuple[float | None, float | None],
) -> Dataset:

    axes = []
    for name, letter, size, other in zip("yx", "YX", pixels.shape, steps, strict=True):
        step = number(item.findtext(f"{letter}Calibration")) or other
        known = bool(step and step > 0)
        values = np.arange(size) * (step if known and step else 1.0)
        axes.append(
            Axis(
                name, values, "um" if known else "", "distance" if known else "generic", "SPATIAL"
            )
        )
    label = (plane.findtext("Description") or item.get("Name") or "").strip()
    return dataset(
        lazy(pixels),
        tuple(axes),
        title=label or f"{Path(path).stem}_image",
        data_type="IMAGE",
        units="counts",
        quantity="intensity",
        source="SciFiReaders.BrukerReader",
        metadata={"experiment": conditions(item)},
        original_metadata=_kept(item),
    )


class BrukerReader(ReleasedReader):
    """Read a ``.rto`` (or ``.spx``) file of Bruker Esprit.

    Parameters
    ----------
    file_path : str or path-like
        The file.
    verbose : bool
        Log what is found at level INFO.
    """

    function = "SciFiReaders.readers.electron.bruker_xml:read_bruker"
    spec = "SciFiReaders.bruker_xml"

    def get_datasets(self) -> list[Dataset]:
        """Return the datasets as a list."""
        return self._call()
