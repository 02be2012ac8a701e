"""TOFWERK time-of-flight mass spectra (``.h5``) of TofDAQ, also of FIB-TOF.

=============================== =======================================================
address                         meaning
=============================== =======================================================
``FullSpectra/MassAxis``        m/z of each sample, Th
``FullSpectra/SumSpectrum``     the sum of all spectra, in mV or counts as it says
``FullSpectra/TofData``         [writes, buffers, segments, samples]
``PeakData/PeakData``           [writes, buffers, segments, peaks]: integrals
``PeakData/PeakTable``          a record per peak: `label`, `mass`, limits of integration
``TimingData/BufTimes``         s, [writes, buffers]
``FIBImages/Image0000/Data``    pictures of the FIB, one per slice
=============================== =======================================================

Of a FIB-TOF writes are slices, buffers lines and segments pixels: [slice, y, x, m/z].
Else writes and buffers follow each other in time.  Axes of length one are left out.

Source: TOFWERK, "TofDAQ API and file format".  Not yet understood: lists of single events
(``EventList``), which are left in the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.hdf5 import attributes, member, opened, plain, tree
from SciFiReaders.labelled import Axis, dataset, lazy
from sidpy.errors import CorruptFile, UnrecognisedFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    import h5py

    from sidpy import Dataset

__all__ = ["read_tofwerk"]

FORMAT: Final = "tofwerk"
_ARRAYS: Final = frozenset({"/FullSpectra", "/PeakData", "/FIBImages", "/TimingData", "/TPS2"})


def read_tofwerk(path: str | PathLike[str]) -> list[Dataset]:
    """Read the spectra, peak integrals and pictures of a file.

    Parameters
    ----------
    path : path-like
        The ``.h5`` file.

    Returns
    -------
    list of Dataset
        The sum spectrum [m/z], all spectra, the integrals of the peaks at their masses,
        and the pictures; lazy.

    Raises
    ------
    UnrecognisedFile
        When it is no HDF5 file with FullSpectra and their MassAxis.
    CorruptFile
        When it is damaged, or holds no numbers.
    """
    import h5py

    with opened(path, FORMAT) as file:
        masses = member(file, "FullSpectra/MassAxis", h5py.Dataset)
        if masses is None:
            msg = "not a file of TofDAQ: it has no FullSpectra/MassAxis"
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        if masses.ndim != 1 or masses.dtype.kind not in "iuf" or not masses.size:
            msg = f"the MassAxis has the shape {masses.shape} and the type {masses.dtype}"
            raise CorruptFile(msg, path=path, format=FORMAT)
        about = tree(file, without=_ARRAYS)
        found = [*_spectra(file, masses), *_peaks(file), *_pictures(file)]
    if not found:
        msg = "it has a MassAxis, but no spectra"
        raise CorruptFile(msg, path=path, format=FORMAT)
    for part in found:
        part.original_metadata = {**about, **part.original_metadata}
        part.metadata = {"experiment": _experiment(about)}
    return found


def _experiment(about: dict[str, Any]) -> dict[str, Any]:
    words = {
        "start_date_time": "HDF5 File Creation Time",
        "instrument": "Configuration File",
        "ion_mode": "IonMode",
    }
    found = {key: about[word] for key, word in words.items() if about.get(word)}
    return {k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in found.items()}


def _spectra(file: h5py.File, masses: h5py.Dataset) -> Iterator[Dataset]:
    import h5py

    values = masses[()].astype("f8")
    axis = Axis("mass_to_charge", values, "Th", "m/z", "SPECTRAL")
    group = file["FullSpectra"]
    total = member(group, "SumSpectrum", h5py.Dataset)
    notes = attributes(group)
    if total is not None and total.shape == masses.shape:
        yield _label(total, (axis,), "sum spectrum", notes)
    full = member(group, "TofData", h5py.Dataset)
    if full is not None and full.ndim == 4 and full.shape[-1] == masses.size and full.size:
        yield _label(full, (*_outer(file, full.shape[:3]), axis), "spectra", notes)


def _peaks(file: h5py.File) -> Iterator[Dataset]:
    import h5py

    stored = member(file, "PeakData/PeakData", h5py.Dataset)
    table = member(file, "PeakData/PeakTable", h5py.Dataset)
    if stored is None or stored.ndim != 4 or not stored.size:
        return
    names = table.dtype.names if table is not None else None
    peaks = np.arange(stored.shape[-1])
    axis = Axis("peak", peaks, "", "peak", "SPECTRAL")
    notes: dict[str, Any] = {}
    if names and "mass" in names and table.shape == peaks.shape:
        rows = table[()]
        axis = Axis("mass_to_charge", rows["mass"].astype("f8"), "Th", "m/z", "SPECTRAL")
        notes = {name: plain(np.asarray(rows[name])) for name in names}
    yield _label(stored, (*_outer(file, stored.shape[:3]), axis), "peaks", {"PeakTable": notes})


def _outer(file: h5py.File, shape: tuple[int, ...]) -> tuple[Axis, ...]:
    """Return the axes of writes, buffers and segments."""
    import h5py

    if member(file, "FIBParams", h5py.Group) or member(file, "FIBImages", h5py.Group):
        names = (("slice", "TEMPORAL"), ("y", "SPATIAL"), ("x", "SPATIAL"))
    else:
        names = (("write", "TEMPORAL"), ("buffer", "TEMPORAL"), ("segment", "UNKNOWN"))
    axes = [
        Axis(name, np.arange(size), "", name, kind)
        for (name, kind), size in zip(names, shape, strict=True)
    ]
    times = member(file, "TimingData/BufTimes", h5py.Dataset)
    if names[0][0] == "write" and times is not None and times.shape == shape[:2]:
        for place in (0, 1):
            if shape[1 - place] == 1:
                values = times[()].ravel().astype("f8")
                axes[place] = Axis("time", values, "s", "Time", "TEMPORAL")
    return tuple(axes)


def _pictures(file: h5py.File) -> Iterator[Dataset]:
    import h5py

    group = member(file, "FIBImages", h5py.Group)
    for name in group or ():
        stored = member(group, f"{name}/Data", h5py.Dataset)
        if stored is not None and stored.ndim == 2 and stored.size and stored.dtype.kind in "iuf":
            axes = tuple(
                Axis(word, np.arange(size), "", word, "SPATIAL")
                for word, size in zip("yx", stored.shape, strict=True)
            )
            yield _label(stored, axes, name, attributes(group[name]))


def _label(
    stored: h5py.Dataset, axes: tuple[Axis, ...], title: str, notes: dict[str, Any]
) -> Dataset:
    from sidpy import H5Array

    array = lazy(H5Array.of(stored))
    kept = [i for i, axis in enumerate(axes) if len(axis.values) > 1 or i == len(axes) - 1]
    index = tuple(slice(None) if i in kept else 0 for i in range(len(axes)))
    inner = tuple(axes[i] for i in kept)
    kind = {1: "SPECTRUM", 2: "SPECTRAL_IMAGE", 3: "SPECTRAL_IMAGE"}.get(len(inner), "UNKNOWN")
    if inner[-1].kind == "SPATIAL":
        kind = "IMAGE"
    own = attributes(stored)
    units = next((str(own[key]) for key in ("Unit", "Units", "units") if own.get(key)), "")
    found = dataset(
        array[index],
        inner,
        title=title,
        data_type=kind,
        units=units,
        quantity="Intensity",
        source="SciFiReaders.tofwerk_h5",
        original_metadata={"group": notes, "attributes": own},
    )
    found.modality = "FIB" if kind == "IMAGE" else "TOF-MS"
    return found
