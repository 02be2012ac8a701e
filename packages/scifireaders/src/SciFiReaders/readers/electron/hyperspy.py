"""Signals that HyperSpy saved: ``.hspy`` in HDF5, ``.zspy`` in zarr.

============================================= ==========================================
address                                       meaning
============================================= ==========================================
root attribute `file_format`                  "HyperSpy", from version 1.2
``Experiments/<title>/data``                  the array, [navigation ..., signal ...]
``Experiments/<title>/axis-<n>``              attributes `name`, `units`, `size`,
                                              `scale`, `offset`, `navigate`; or the
                                              values themselves in ``axis``
``Experiments/<title>/metadata``              tree of groups and attributes; before
                                              version 1.2 ``mapped_parameters``
``Experiments/<title>/original_metadata``     what the vendor said; before version 1.2
                                              ``original_parameters``
============================================= ==========================================

Colours are stored as records of R, G, B (and A).  An axis given by an expression is not
evaluated: it is counted.

Source: HyperSpy user guide, "Supported formats, HSpy"; decoded from files of the versions
1.0 to 3.1.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.hdf5 import Viewed, attributes, member, opened, tree
from SciFiReaders.labelled import Axis, color_axis, dataset, lazy
from SciFiReaders.values import at, number
from sidpy.errors import CorruptFile, UnrecognisedFile

from .gatan_axes import axis_kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    import h5py

    from sidpy import Dataset

__all__ = ["read_hspy", "signal"]

FORMAT: Final = "hyperspy.hspy"
_MOST_AXES: Final = 32
#: What HyperSpy writes for nothing.
_NOTHING: Final = ("_None_", "<undefined>", "t.undefined", "None")

#: Quantity and type of a dimension by what its unit measures.
_KINDS: Final = {
    "energy": ("energy", "SPECTRAL"),
    "reciprocal": ("reciprocal distance", "RECIPROCAL"),
    "angle": ("angle", "RECIPROCAL"),
    "length": ("distance", "SPATIAL"),
    "time": ("time", "TEMPORAL"),
}
#: Key, place below ``TEM`` or ``SEM`` in the metadata, factor to the unit of the key.
_NUMBERS: Final = (
    ("acceleration_voltage", "beam_energy", 1e3),
    ("current", "beam_current", 1e-9),
    ("camera_length", "camera_length", 1e-3),
    ("convergence_angle", "convergence_angle", 1.0),
    ("magnification", "magnification", 1.0),
    ("pixel_time", "Detector/EELS/dwell_time", 1.0),
    ("collection_angle", "Detector/EELS/collection_angle", 1.0),
    ("collection_angle", "EELS/collection_angle", 1.0),
    ("exposure_time", "Detector/EELS/exposure", 1.0),
    ("live_time", "Detector/EDS/live_time", 1.0),
    ("real_time", "Detector/EDS/real_time", 1.0),
)


def read_hspy(path: str | PathLike[str]) -> list[Dataset]:
    """Read the signals of a ``.hspy`` file.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One per signal, axes as HyperSpy displays them: navigation first.  Lazy.

    Raises
    ------
    UnrecognisedFile
        When there is no ``Experiments``.
    CorruptFile
        When it holds no array, or axes that do not fit it.
    """
    import h5py

    with opened(path, FORMAT) as file:
        group = member(file, "Experiments", h5py.Group)
        if group is None:
            msg = "not a file of HyperSpy: it holds no Experiments"
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        found = [member(group, name, h5py.Group) for name in group]
        signals = [_stored(path, item) for item in found if item is not None]
    if not signals:
        msg = "Experiments holds no signal"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return signals


def _stored(path: str | PathLike[str], group: h5py.Group) -> Dataset:
    import h5py

    from sidpy import H5Array

    pixels = member(group, "data", h5py.Dataset)
    if pixels is None or pixels.shape is None or pixels.dtype.kind not in "biufcV":
        msg = f"{group.name} holds no array of numbers"
        raise CorruptFile(msg, path=path, format=FORMAT)
    axes = []
    for i in range(min(pixels.ndim, _MOST_AXES)):
        axis = member(group, f"axis-{i}", h5py.Group)
        notes = attributes(axis) if axis is not None else {}
        values = member(axis, "axis", h5py.Dataset) if axis is not None else None
        axes.append({**notes, "axis": values[()] if values is not None else None})

    def part(*names: str) -> dict[str, Any]:
        below = (member(group, name, h5py.Group) for name in names)
        return next((tree(item) for item in below if item is not None), {})

    title = group.name.rpartition("/Experiments/")[2] or group.name
    return signal(path, H5Array.of(pixels), axes, title, part)


def signal(
    path: str | PathLike[str],
    source: Any,
    notes: list[dict[str, Any]],
    title: str,
    part: Callable[..., dict[str, Any]],
) -> Dataset:
    """Label the array of a signal.

    Parameters
    ----------
    path : path-like
        The file, for its name.
    source : array-like
        The array, left in the file.
    notes : list of dict
        Of each axis what is known: name, units, scale, offset, navigate, axis.
    title : str
        Name of the signal's group.
    part : callable
        Returns the first of the trees that it is given the names of.
    """
    metadata = part("metadata", "mapped_parameters")
    original = part("original_metadata", "original_parameters")
    shape, colours = source.shape, len(source.dtype.names or ())
    if colours:
        kinds = {source.dtype[name] for name in source.dtype.names}
        if not source.dtype.names[0].startswith("R") or len(kinds) != 1:
            msg = f"records of {source.dtype} are no colours"
            raise CorruptFile(msg, path=path, format=FORMAT)
        source = Viewed(source, kinds.pop())
    signals = _signal_axes(notes, metadata)
    spectrum = _is_spectrum(metadata)
    axes = [
        _axis(i, note, shape[i], is_signal=i in signals, is_spectrum=spectrum)
        for i, note in enumerate(notes)
    ]
    kind = _data_type(len(shape), len(signals), axes)
    if colours:
        axes.append(color_axis(colours))
    quantity = str(at(metadata, "Signal/quantity") or "")
    match = re.fullmatch(r"\s*(.*?)\s*\(([^()]*)\)\s*", quantity)
    name = at(metadata, "General/title") or at(metadata, "title") or title
    found = dataset(
        lazy(source),
        tuple(_unique(axes)),
        title=name if name not in ("", "__unnamed__") else Path(path).stem,
        data_type=kind,
        units=match[2] if match else "",
        quantity=match[1] if match else quantity or "intensity",
        source="SciFiReaders.hyperspy",
        metadata={"experiment": _experiment(metadata)},
        original_metadata={"metadata": metadata, "original_metadata": original},
    )
    word = at(metadata, "Signal/signal_type") or at(metadata, "signal_type")
    found.modality = word if isinstance(word, str) and word else "generic"
    return found


def _signal_axes(notes: list[dict[str, Any]], metadata: dict[str, Any]) -> set[int]:
    """Return which axes are those of the signal; old files say it in one word."""
    count = len(notes)
    if any("navigate" in note for note in notes):
        return {i for i, note in enumerate(notes) if not note.get("navigate")}
    word = at(metadata, "Signal/record_by") or at(metadata, "record_by")
    return set(range(max(count - {"image": 2, "spectrum": 1}.get(str(word), 0), 0), count))


def _axis(
    place: int, note: dict[str, Any], size: int, *, is_signal: bool, is_spectrum: bool
) -> Axis:
    values = note.get("axis")
    if (
        not isinstance(values, np.ndarray)
        or values.shape != (size,)
        or values.dtype.kind not in "iuf"
    ):
        scale, offset = number(note.get("scale")), number(note.get("offset"))
        values = (offset or 0.0) + np.arange(size) * (scale if scale is not None else 1.0)
    units = note.get("units")
    units = units if isinstance(units, str) and units not in _NOTHING else ""
    kind = axis_kind(units)
    quantity, what = _KINDS.get(kind, ("generic", "UNKNOWN"))
    if what == "UNKNOWN" and is_signal and is_spectrum:
        what = "SPECTRAL"
    name = note.get("name")
    name = (
        "_".join(re.findall(r"\w+", name))
        if isinstance(name, str) and name not in _NOTHING
        else ""
    )
    return Axis(name if name.isidentifier() else f"axis_{place}", values, units, quantity, what)


def _is_spectrum(metadata: dict[str, Any]) -> bool:
    word = at(metadata, "Signal/record_by") or at(metadata, "record_by")
    kind = str(at(metadata, "Signal/signal_type") or at(metadata, "signal_type") or "")
    return word == "spectrum" or kind.startswith(("EELS", "EDS"))


def _data_type(count: int, signals: int, axes: list[Axis]) -> str:
    spectral = any(axis.kind == "SPECTRAL" for axis in axes)
    if count == 1:
        return "SPECTRUM" if spectral else "LINE_PLOT"
    if spectral and count <= 4:
        return "SPECTRAL_IMAGE"
    if signals == 2 and count == 4:
        return "IMAGE_4D"
    return {2: "IMAGE", 3: "IMAGE_STACK"}.get(count, "UNKNOWN")


def _unique(axes: list[Axis]) -> list[Axis]:
    names: list[str] = []
    found = []
    for axis in axes:
        name = axis.name if axis.name not in names else f"{axis.name}_{len(names)}"
        names.append(name)
        found.append(Axis(name, axis.values, axis.units, axis.quantity, axis.kind))
    return found


def _experiment(metadata: dict[str, Any]) -> dict[str, Any]:
    roots = [at(metadata, f"Acquisition_instrument/{word}") for word in ("TEM", "SEM")]
    roots += [metadata.get("TEM"), metadata.get("SEM")]
    instrument = next((root for root in roots if isinstance(root, dict)), {})
    found: dict[str, Any] = {}
    for key, place, factor in _NUMBERS:
        value = number(at(instrument, place))
        if value is not None:
            found.setdefault(key, value * factor)
    found["microscope"] = instrument.get("microscope")
    found["operating_mode"] = instrument.get("acquisition_mode")
    found["sample"] = at(metadata, "Sample/description")
    words = [at(metadata, "General/date"), at(metadata, "General/time")]
    found["start_date_time"] = "T".join(w for w in words if isinstance(w, str) and w)
    return {key: value for key, value in found.items() if value not in (None, "")}
