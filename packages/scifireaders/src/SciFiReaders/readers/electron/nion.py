"""Data items of Nion Swift: ``.ndata`` (zip) and ``.h5``.

==================================== =====================================================
place                                meaning
==================================== =====================================================
``data.npy`` in the zip, ``data`` in  the array: [sequence, collection ..., datum ...]
the HDF5 file
``metadata.json``, attribute         JSON
`properties` of ``data``
``dimensional_calibrations``         of each axis offset, scale, units: the value of index i
                                     is offset + scale * i
``intensity_calibration``            the same for the numbers
``is_sequence``                      whether the first axis is a sequence
``collection_dimension_count``,      how many axes say where the probe was, and how many are
``datum_dimension_count``            of a single datum
``title``, ``created``, ``metadata`` labels and conditions
==================================== =====================================================

Colours are bytes along one more axis, stored as blue, green, red (and alpha).  A member of
the zip is stored as it is, so that the array is mapped.

Source: Nion Swift documentation, "Data items" and "File formats" (nionswift.readthedocs.io);
NumPy, "The .npy format".  Made from descriptions: no file was at hand.
"""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.archives import opened_zip
from SciFiReaders.hdf5 import member, opened, plain
from SciFiReaders.labelled import Axis, color_axis, dataset, lazy
from SciFiReaders.readers.released import ReleasedReader
from SciFiReaders.values import at, number
from sidpy.errors import CorruptFile, UnrecognisedFile, UnsupportedFile

from .gatan_axes import axis_kind
from .zipped import npy_in_zip

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["NionReader", "read_h5", "read_ndata", "sniff"]

FORMAT: Final = "nion"
_LONGEST: Final = 1 << 26
#: Key, place in the metadata, factor to its unit.
_NUMBERS: Final = (
    ("acceleration_voltage", "instrument/high_tension", 1.0),
    ("acceleration_voltage", "hardware_source/autostem/ImageScanned:EHT", 1.0),
    ("single_exposure_time", "hardware_source/exposure", 1.0),
    ("number_of_frames", "hardware_source/integration_count", 1.0),
    ("pixel_time", "hardware_source/pixel_time_us", 1e-6),
    ("pixel_time", "scan/scan_device_parameters/pixel_time_us", 1e-6),
    ("convergence_angle", "hardware_source/autostem/ConvergenceAngle", 1e3),
    ("current", "hardware_source/autostem/ProbeCurrent", 1.0),
    ("defocus", "instrument/defocus", 1.0),
)


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether a zip holds ``data.npy`` and ``metadata.json``."""
    ends = probe.head + probe.tail
    found = b"data.npy" in ends and b"metadata.json" in ends
    return (1.0, "data.npy and metadata.json") if found else (0.0, "not the members of an ndata")


# --- parse ----------------------------------------------------------------------------


def read_ndata(path: str | PathLike[str]) -> list[Dataset]:
    """Read a ``.ndata`` file.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One, axes as stored: rows before columns, energies last.  Lazy.

    Raises
    ------
    UnrecognisedFile
        When it is no zip of ``data.npy`` and ``metadata.json``.
    CorruptFile, UnsupportedFile
        When it is damaged, or the array is packed or of objects.
    """
    with opened_zip(path, FORMAT) as archive:
        names = set(archive.namelist())
        if not {"data.npy", "metadata.json"} <= names:
            msg = f"not a file of Nion Swift: the zip holds {sorted(names)[:5]}"
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        info = archive.getinfo("metadata.json")
        if info.file_size > _LONGEST:
            msg = f"metadata.json of {info.file_size} bytes cannot be"
            raise CorruptFile(msg, path=path, format=FORMAT)
        raw = archive.read(info)
        stored = archive.getinfo("data.npy")
    return [_label(path, npy_in_zip(path, stored, FORMAT), _properties(path, raw))]


def read_h5(path: str | PathLike[str]) -> list[Dataset]:
    """Read an HDF5 file of Nion Swift.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One; see `read_ndata`.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        When there is no ``data`` with `properties`, or it is damaged.
    """
    import h5py

    from sidpy import H5Array

    with opened(path, FORMAT) as file:
        stored = member(file, "data", h5py.Dataset)
        if stored is None or "properties" not in stored.attrs:
            msg = "not a file of Nion Swift: it holds no data with properties"
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        if stored.dtype.kind not in "biufc" or stored.shape is None:
            msg = f"an array of {stored.dtype} holds no numbers"
            raise UnsupportedFile(msg, path=path, format=FORMAT)
        raw = plain(stored.attrs["properties"])
        source = H5Array.of(stored)
    return [_label(path, source, _properties(path, str(raw).encode(errors="replace")))]


def _properties(path: str | PathLike[str], raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        msg = f"the metadata should be JSON: {error}"
        raise CorruptFile(msg, path=path, format=FORMAT) from error
    found = found if isinstance(found, dict) else {}
    parts = found.get("data_sources")
    first = parts[0] if isinstance(parts, list) and parts and isinstance(parts[0], dict) else {}
    return {**found, **first}


# --- label ----------------------------------------------------------------------------


def _label(path: str | PathLike[str], source: Any, notes: dict[str, Any]) -> Dataset:
    array, shape = lazy(source), source.shape
    if not shape or 0 in shape:
        msg = f"an array of the shape {shape} holds nothing"
        raise CorruptFile(msg, path=path, format=FORMAT)
    counts = _counts(notes, len(shape))
    colours = 0
    if sum(counts) == len(shape) - 1 and source.dtype == np.dtype("u1") and shape[-1] in (3, 4):
        colours = shape[-1]
        array = array[..., [2, 1, 0, 3][:colours]]
    elif sum(counts) != len(shape):
        counts = (0, 0, len(shape))
    axes = _axes(notes, shape, counts)
    kind = _data_type(counts, axes)
    if colours:
        axes.append(color_axis(colours))
    title = at(notes, "title") or at(notes, "description/title")
    units = at(notes, "intensity_calibration/units")
    found = dataset(
        array,
        tuple(axes),
        title=title if isinstance(title, str) and title else Path(path).stem,
        data_type=kind,
        units=units if isinstance(units, str) and units else "counts",
        quantity="intensity",
        source="NionReader",
        metadata={"experiment": _experiment(notes), **_intensity(notes)},
        original_metadata=notes,
    )
    found.modality = "STEM data"
    return found


def _counts(notes: dict[str, Any], ndim: int) -> tuple[int, int, int]:
    """Return how many axes are of a sequence, of a collection and of a datum."""
    sequence = int(bool(notes.get("is_sequence")))
    known = [number(notes.get(f"{word}_dimension_count")) for word in ("collection", "datum")]
    if known[1] is None or not 0 <= known[1] <= ndim:
        return 0, 0, ndim
    return sequence, int(known[0] or 0), int(known[1])


def _axes(
    notes: dict[str, Any], shape: tuple[int, ...], counts: tuple[int, int, int]
) -> list[Axis]:
    listed = notes.get("dimensional_calibrations")
    ways = listed if isinstance(listed, list) else []
    sequence, collection, datum = counts
    names = ["frame"] * sequence + ["z", "y", "x"][-collection or 3 :] * bool(collection)
    names += {1: ["x"], 2: ["y", "x"], 3: ["z", "y", "x"]}.get(
        datum, [f"d{i}" for i in range(datum)]
    )
    axes: list[Axis] = []
    for i, name in enumerate(names):
        way = ways[i] if i < len(ways) and isinstance(ways[i], dict) else {}
        axes.append(_axis(name, way, shape[i], axes, is_datum=i >= sequence + collection))
    return axes


def _axis(
    name: str, way: dict[str, Any], size: int, others: list[Axis], *, is_datum: bool
) -> Axis:
    units = way.get("units")
    units = units if isinstance(units, str) else ""
    scale, offset = number(way.get("scale")), number(way.get("offset"))
    values = (offset or 0.0) + np.arange(size) * (scale if scale else 1.0)
    kind = axis_kind(units)
    far = {"x": "u", "y": "v", "z": "w"}.get(name, name)
    taken = [axis.name for axis in others]
    if name == "frame" or kind == "time":
        label = (
            "frame" if name == "frame" else "time",
            "time" if kind == "time" else "frame",
            "TEMPORAL",
        )
    elif kind == "energy":
        label = ("energy_loss", "energy-loss", "SPECTRAL")
    elif kind in ("reciprocal", "angle"):
        label = (far, "angle" if kind == "angle" else "reciprocal distance", "RECIPROCAL")
    elif is_datum and name in taken:
        label = (far, "generic", "RECIPROCAL")
    else:
        label = (name, "distance" if kind == "length" else "generic", "SPATIAL")
    free = label[0] if label[0] not in taken else f"{label[0]}_{len(taken)}"
    return Axis(free, values, units, label[1], label[2])


def _data_type(counts: tuple[int, int, int], axes: list[Axis]) -> str:
    kinds = [axis.kind for axis in axes]
    if "SPECTRAL" in kinds and len(axes) <= 4:
        return "SPECTRUM" if len(axes) == 1 else "SPECTRAL_IMAGE"
    if len(axes) == 4 and counts[1:] == (2, 2):
        return "IMAGE_4D"
    if len(axes) == 3 and counts[1] == 2:
        return "SPECTRAL_IMAGE"
    return {1: "LINE_PLOT", 2: "IMAGE", 3: "IMAGE_STACK"}.get(len(axes), "UNKNOWN")


def _intensity(notes: dict[str, Any]) -> dict[str, Any]:
    """Return the calibration of the numbers, which is not applied."""
    way = notes.get("intensity_calibration")
    known = {key: number(at(way, key)) for key in ("offset", "scale")}
    trivial = known["scale"] in (None, 1.0) and not known["offset"]
    return {} if trivial else {"intensity": known}


def _experiment(notes: dict[str, Any]) -> dict[str, Any]:
    metadata = notes.get("metadata")
    found: dict[str, Any] = {}
    for key, place, factor in _NUMBERS:
        value = number(at(metadata, place))
        if value:
            found.setdefault(key, value * factor)
    if "single_exposure_time" in found:
        found["exposure_time"] = found["single_exposure_time"] * found.get("number_of_frames", 1)
    found["detector"] = at(metadata, "hardware_source/hardware_source_name")
    found["start_date_time"] = notes.get("created")
    found["microscope"] = at(metadata, "instrument/name")
    return {key: value for key, value in found.items() if value not in (None, "")}


class NionReader(ReleasedReader):
    """Read a data item of Nion Swift, ``.ndata`` or ``.h5``.

    Parameters
    ----------
    file_path : str or path-like
        The file.
    verbose : bool
        Log what is found at level INFO.
    """

    function = "SciFiReaders.readers.electron.nion:read_any"
    spec = "SciFiReaders.nion_ndata"

    def can_read(self) -> bool:
        """Say whether `sidpy.read` would choose a reader of Nion Swift for the file."""
        from sidpy import explain

        return str(explain(self._input_file_path).chosen).startswith("SciFiReaders.nion_")

    @property
    def data(self) -> np.ndarray:
        """The numbers of the file, in memory."""
        return self.get_raw()

    def get_raw(self) -> np.ndarray:
        """Read the numbers of the file."""
        return np.asarray(self._call()[0].compute())

    def get_dimensions(self) -> dict[int, Any]:
        """Return the calibrated dimension of each axis."""
        return dict(self._call()[0]._axes)

    def set_data_type(self, dataset: Dataset) -> None:
        """Say again what a dataset of this file shows."""
        dataset.data_type = self._call()[0].data_type

    def extract_crucial_metadata(self, dataset_index: int | str) -> dict[str, Any]:
        """Return the conditions of the experiment of a dataset, by number or channel."""
        return self._conditions(dataset_index)

    def get_tags(self) -> dict[str, Any]:
        """Return the metadata of the file."""
        return read_any(self._input_file_path)[0].original_metadata

    @property
    def tags(self) -> dict[str, Any]:
        """The metadata of the file."""
        return self.get_tags()


def read_any(path: str | PathLike[str]) -> list[Dataset]:
    """Read a file of either kind, by its first bytes."""
    is_file = Path(path).is_file()
    with Path(path).open("rb") if is_file else BytesIO(b"") as file:
        is_zip = file.read(2) == b"PK"
    return read_ndata(path) if is_zip else read_h5(path)
