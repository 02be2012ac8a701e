"""Cathodoluminescence of Delmic's Odemis (``.h5``).

=============================== ========================================================
place                           meaning
=============================== ========================================================
``Acquisition<n>``              one acquisition
``.../ImageData/Image``         the numbers, axes as in `DIMENSION_LABELS`: C T Z Y X, or
                                C A Z Y X; those that mean nothing have one element
``.../ImageData/DimensionScale  m or s (`UNIT`): a step, or a value per element; C is a
C``, ``T``, ``A``, ...          wavelength
``.../ImageData/XOffset``, ...  m: where the middle of the scan lies; y points up
``.../PhysicalData/...``        `Title`, `IntegrationTime` (s), `ExtraSettings` (JSON)
``.../SVIData/Company``         ``Delmic``
=============================== ========================================================

Axes come as [y, x, z, angle, time, wavelength], those of one element left out.

Source: Odemis documentation, "HDF5 file format", after SVI's HDF5 convention; decoded from
files of the RosettaSciIO collection.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.hdf5 import Turned, member, opened, plain
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.values import number
from sidpy.errors import CorruptFile, UnrecognisedFile

if TYPE_CHECKING:
    from os import PathLike

    import h5py

    from sidpy import Dataset

__all__ = ["read_delmic"]

FORMAT: Final = "delmic.h5"
_ORDER: Final = "YXZATC"
_LABELS: Final = "CTZYX"
_MOST: Final = 1000


def read_delmic(path: str | PathLike[str]) -> list[Dataset]:
    """Read all acquisitions.

    Parameters
    ----------
    path : path-like
        The ``.h5`` file.

    Returns
    -------
    list of Dataset
        Images [y, x], spectra [wavelength], maps [y, x, wavelength], streaks
        [time, wavelength], ...; lazy.  Acquisitions of a single number are left out.

    Raises
    ------
    UnrecognisedFile
        When it is no HDF5 file, or holds no acquisition.
    CorruptFile
        When it is damaged.
    """
    import h5py

    found = []
    with opened(path, FORMAT) as file:
        names = [name for name in file if name.startswith("Acquisition")][:_MOST]
        names.sort(key=lambda name: (len(name), name))
        for name in names:
            image = member(file, f"{name}/ImageData/Image", h5py.Dataset)
            if image is not None and image.dtype.kind in "iuf":
                found += _acquisition(file[name], image, path)
    if not names:
        msg = "not a file of Odemis: there is no group Acquisition0"
        raise UnrecognisedFile(msg, path=path, format=FORMAT)
    if not found:
        msg = "no acquisition holds more than a single number"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return found


def _acquisition(
    group: h5py.Group, image: h5py.Dataset, path: str | PathLike[str]
) -> list[Dataset]:
    from sidpy import H5Array

    labels = [
        str(plain(word)) for word in image.attrs.get("DIMENSION_LABELS", _LABELS[-image.ndim :])
    ]
    if len(labels) != image.ndim or len(set(labels)) < len(labels) or set(labels) - set(_ORDER):
        msg = f"{image.name} has {image.ndim} axes with the labels {labels}"
        raise CorruptFile(msg, path=path, format=FORMAT)
    turned = sorted(range(image.ndim), key=lambda i: _ORDER.index(labels[i]))
    kept = [i for i in turned if image.shape[i] > 1]
    if not kept or not image.size:
        return []
    source = lazy(Turned(H5Array.of(image), tuple(turned)))
    array = source[tuple(slice(None) if i in kept else 0 for i in turned)]
    axes = tuple(_axis(group["ImageData"], labels[i], image.shape[i]) for i in kept)
    notes = _notes(group)
    title = str(notes.get("Title") or notes.get("ChannelDescription") or Path(path).stem)
    return [
        dataset(
            array,
            axes,
            title=title,
            data_type=_data_type("".join(labels[i] for i in kept)),
            units="counts",
            quantity="intensity",
            source="SciFiReaders.delmic",
            metadata={"experiment": _experiment(notes)},
            original_metadata=notes,
        )
    ]


def _axis(data: h5py.Group, label: str, size: int) -> Axis:
    scale = member(data, f"DimensionScale{label}")
    stored = (
        None if scale is None or scale.shape is None else np.asarray(scale[()], "f8").reshape(-1)
    )
    listed = stored is not None and stored.size == size and np.isfinite(stored).all()
    step = float(stored[0]) if stored is not None and stored.size == 1 else 0.0
    if label in "XYZ":
        middle = member(data, f"{label}Offset")
        start = (
            (number(float(middle[()])) or 0.0) if middle is not None and not middle.shape else 0.0
        )
        if not step or not np.isfinite(step):
            return Axis(label.lower(), np.arange(size), "", "generic", "SPATIAL")
        values = start + (np.arange(size) - (size - 1) / 2) * step
        # rows run from the top, y points up
        values = 2 * start - values if label == "Y" else values
        return Axis(label.lower(), values, "m", "distance", "SPATIAL")
    values = stored if listed and stored is not None else np.arange(size) * (step or 1.0)
    known = listed or step
    if label == "C":
        if known:
            return Axis("wavelength", values * 1e9, "nm", "Wavelength", "SPECTRAL")
        return Axis("channel", values, "", "channel", "SPECTRAL")
    if label == "T":
        return Axis("time", values, "s" if known else "", "Time", "TEMPORAL")
    return Axis("angle", values, "rad" if known else "", "Angle", "RECIPROCAL")


def _data_type(labels: str) -> str:
    spatial = [label for label in labels if label in "XYZ"]
    if len(spatial) < len(labels):
        return "SPECTRUM" if len(labels) == 1 else "SPECTRAL_IMAGE"
    return {1: "LINE_PLOT", 2: "IMAGE"}.get(len(labels), "IMAGE_STACK")


def _notes(group: h5py.Group) -> dict[str, Any]:
    import h5py

    found: dict[str, Any] = {}
    data = member(group, "PhysicalData", h5py.Group)
    for name in data if data is not None else ():
        item = member(data, name, h5py.Dataset)
        if item is None or item.shape is None or item.size > 100:
            continue
        value = plain(item[()])
        found[name] = value[0] if isinstance(value, list) and len(value) == 1 else value
    settings = found.get("ExtraSettings")
    if isinstance(settings, str):
        try:
            found["ExtraSettings"] = json.loads(settings)
        except (ValueError, RecursionError):
            found["ExtraSettings"] = settings
    return found


def _experiment(notes: dict[str, Any]) -> dict[str, Any]:
    settings = notes.get("ExtraSettings")
    microscope = settings.get("Microscope") if isinstance(settings, dict) else None
    names = [
        pair[0]
        for key in ("Manufacturer", "Name")
        if isinstance(microscope, dict) and isinstance(pair := microscope.get(key), list) and pair
    ]
    found = {
        "exposure_time": number(notes.get("IntegrationTime")),
        "magnification": number(notes.get("Magnification")),
        "detector": notes.get("HardwareName"),
        "microscope": " ".join(map(str, names)),
    }
    return {key: value for key, value in found.items() if value not in (None, "")}
