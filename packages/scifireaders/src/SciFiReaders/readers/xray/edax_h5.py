"""EDAX APEX projects (``.h5``, ``.edaxh5``): X-ray maps, their images and spectra.

=========================== ==========================================================
address                     meaning
=========================== ==========================================================
``/<project>``              the only group; its attribute `Company` is EDAX, LLC
``.../FOVIMAGE``            the survey image of an area, [rows, columns]
``.../<map>/SPD``           spectra, [lines, points] of arrays of channels, or
                            [lines, points, channels]; attributes `MicronPerPixelX`,
                            `MicronPerPixelY`, `evPerChannel`, `StartEnergy` in eV
``.../<map>/MAPIMAGE``      the image of a map; with the survey image's it has its
                            calibration in ``MAPIMAGEIPR`` or ``FOVIPR``, a record with
                            `MicronsPerPixelX`, `MicronsPerPixelY`
``.../ROIs/<name>.dat``     a map of the counts of one line, calibration in ``.ipr``
``.../SPC``                 a spectrum, a record with `SpectrumCounts`, `eVOffset`,
                            `evPch` in eV, `NumberOfPoints`
=========================== ==========================================================

Source: addresses and attributes as public readers of the format document them.
Not yet understood: line scans (``LSD``); phases and quantification stay in the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.hdf5 import attributes, member, opened, plain
from SciFiReaders.labelled import Axis, dataset, lazy, pixel_centres
from SciFiReaders.readers.released import ReleasedReader
from SciFiReaders.values import number
from sidpy.errors import CorruptFile, UnrecognisedFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    import h5py

    from sidpy import Dataset

__all__ = ["EDAXReader", "read_edax"]

FORMAT: Final = "edax.h5"
COMPANY: Final = "EDAX, LLC"
_MOST_GROUPS: Final = 20000
_DEPTH: Final = 12
#: Image, what its title ends with, records with its calibration.
_IMAGES: Final = (
    ("MAPIMAGE", "Image", ("MAPIMAGEIPR", "MAPIPR", "MAPIMAGECOLLECTIONPARAMS")),
    ("FOVIMAGE", "SurveyImage", ("FOVIPR", "FOVIMAGEIPR", "FOVIMAGECOLLECTIONPARAMS")),
)
#: Key, words for it, factor to the unit of the key.
_NUMBERS: Final = (
    ("acceleration_voltage", ("KVolt", "kV", "KV"), 1e3),
    ("magnification", ("Magnification", "Mag"), 1.0),
    ("working_distance", ("WorkingDistance",), 1e-3),
    ("live_time", ("LiveTime",), 1.0),
    ("pixel_time", ("DwellTime",), 1.0),
    ("elevation_angle", ("ElevationAngle", "Elevation"), 1.0),
    ("azimuth_angle", ("AzimuthAngle", "Azimuth"), 1.0),
)


class Arrays:
    """A dataset whose elements are arrays themselves, seen with their axis as the last."""

    __slots__ = ("dtype", "shape", "source")

    def __init__(self, source: Any) -> None:
        base, inner = source.dtype.subdtype
        self.source, self.dtype, self.shape = source, base, (*source.shape, *inner)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        return (*self.source.__dask_tokenize__(), "arrays")

    def __getitem__(self, index: Any) -> np.ndarray:
        index = index if isinstance(index, tuple) else (index,)
        outer = len(self.source.shape)
        block = np.asarray(self.source[index[:outer]])
        inner = index[outer:]
        return block[(..., *inner)] if inner else block


def read_edax(path: str | PathLike[str]) -> list[Dataset]:
    """Read the maps, images and spectra of a project.

    Parameters
    ----------
    path : path-like
        The ``.h5`` or ``.edaxh5`` file.

    Returns
    -------
    list of Dataset
        Maps as [y, x, energy_scale], images as [y, x], spectra as [energy_scale]; titled
        by their addresses without the project; lazy.

    Raises
    ------
    UnrecognisedFile
        When no group at the root is of EDAX, LLC.
    CorruptFile
        When it is damaged, or holds nothing that can be read.
    """
    import h5py

    with opened(path, FORMAT) as file:
        projects = [member(file, name, h5py.Group) for name in file]
        ours = [one for one in projects if one is not None and _company(one) == COMPANY]
        if not ours:
            msg = f"not a project of EDAX: no group at the root has the Company {COMPANY!r}"
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        found = [
            part
            for project in ours
            for group, words in _groups(project)
            for part in _parts(group, words)
        ]
    if not found:
        msg = "the project holds no map, image or spectrum"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return found


def _company(group: h5py.Group) -> str:
    value = plain(group.attrs["Company"]) if "Company" in group.attrs else ""
    return str(value[0] if isinstance(value, list) and value else value)


def _groups(project: h5py.Group) -> Iterator[tuple[h5py.Group, tuple[str, ...]]]:
    """Yield the groups of a project with the words of their addresses, parents last."""
    import h5py

    waiting: list[tuple[Any, tuple[str, ...]]] = [(project, ())]
    seen = 0
    while waiting and seen < _MOST_GROUPS:
        group, words = waiting.pop(0)
        seen += 1
        below = [(member(group, name, h5py.Group), name) for name in group]
        if len(words) < _DEPTH:
            new = [(item, (*words, name)) for item, name in below if item is not None]
            waiting[:0] = new
        yield group, words


def _parts(group: h5py.Group, words: tuple[str, ...]) -> Iterator[Dataset]:
    import h5py

    stem = "_".join(word.replace(" ", "") for word in words)
    spectra = member(group, "SPD", h5py.Dataset)
    record = _record(member(group, "SPC", h5py.Dataset))
    if spectra is not None:
        yield _map(spectra, f"{stem}_SpectrumImage", record)
    for name, ending, records in _IMAGES:
        image = member(group, name, h5py.Dataset)
        if _is_image(image):
            notes = _first(group, records)
            yield _image(image, f"{stem}_{ending}", notes)
    if "SpectrumCounts" in record:
        yield _spectrum(group, f"{stem}_Spectrum", record)
    if words[-1:] == ("ROIs",):
        for name in group:
            image = member(group, name, h5py.Dataset)
            if name.endswith(".dat") and _is_image(image):
                word = name.removesuffix(".dat")
                notes = _first(group, (f"{word}.ipr",))
                yield _image(image, f"{stem}_{word.replace(' ', '')}", notes)


def _is_image(stored: h5py.Dataset | None) -> bool:
    return stored is not None and stored.ndim == 2 and stored.size and stored.dtype.kind in "iuf"


def _record(stored: h5py.Dataset | None) -> dict[str, Any]:
    """Return a record, or the attributes where a dataset has them instead, as a dict."""
    if stored is None or stored.shape is None or stored.size > 16:
        return {}
    found = attributes(stored)
    if stored.dtype.names and stored.size:
        first = np.asarray(stored[()]).ravel()[0]
        found |= {name: plain(first[name]) for name in stored.dtype.names}
    return {key: value[0] if isinstance(value, list) and len(value) == 1 else value
            for key, value in found.items()}  # fmt: skip


def _first(group: h5py.Group, names: tuple[str, ...]) -> dict[str, Any]:
    import h5py

    records = (_record(member(group, name, h5py.Dataset)) for name in names)
    return next((record for record in records if record), {})


# --- label ------------------------------------------------------------------------------


def _ask(notes: dict[str, Any], *words: str) -> float | None:
    lower = {key.lower(): value for key, value in notes.items()}
    values = (number(lower.get(word.lower())) for word in words)
    return next((value for value in values if value is not None), None)


def _scanned(notes: dict[str, Any], name: str, size: int) -> Axis:
    word = name.upper()
    step = _ask(notes, f"MicronsPerPixel{word}", f"MicronPerPixel{word}")
    if not step or step < 0:
        return Axis(name, np.arange(size), "", name, "SPATIAL")
    return Axis(name, pixel_centres(size, step * size), "um", "Length", "SPATIAL")


def _energies(count: int, start: float | None, step: float | None) -> Axis:
    values = (start or 0.0) + np.arange(count) * (step or 1.0)
    units, quantity = ("eV", "energy") if step else ("", "channel")
    return Axis("energy_scale", values, units, quantity, "SPECTRAL")


def _map(stored: h5py.Dataset, title: str, record: dict[str, Any]) -> Dataset:
    from sidpy import H5Array

    source: Any = H5Array.of(stored)
    source = Arrays(source) if stored.dtype.subdtype else source
    if source.ndim != 3 or source.dtype.kind not in "iuf":
        msg = f"{stored.name} has the shape {source.shape} and the type {source.dtype}"
        raise CorruptFile(msg, path=stored.file.filename, format=FORMAT)
    notes = _record_of_attributes(stored)
    rows, columns, channels = source.shape
    step, start = _ask(notes, "evPerChannel"), _ask(notes, "StartEnergy")
    if not step and channels == record.get("NumberOfPoints"):
        step, start = _ask(record, "evPch"), _ask(record, "eVOffset")
    axes = (
        _scanned(notes, "y", rows),
        _scanned(notes, "x", columns),
        _energies(channels, start, step),
    )
    return _dataset(lazy(source), axes, title, "SPECTRAL_IMAGE", {**record, **notes})


def _record_of_attributes(stored: h5py.Dataset) -> dict[str, Any]:
    return {
        key: value[0] if isinstance(value, list) and len(value) == 1 else value
        for key, value in attributes(stored).items()
    }


def _image(stored: h5py.Dataset, title: str, notes: dict[str, Any]) -> Dataset:
    from sidpy import H5Array

    axes = tuple(
        _scanned(notes, name, size) for name, size in zip("yx", stored.shape, strict=True)
    )
    words = {**_record_of_attributes(stored), **notes}
    return _dataset(lazy(H5Array.of(stored)), axes, title, "IMAGE", words)


def _spectrum(group: h5py.Group, title: str, record: dict[str, Any]) -> Dataset:

    counts = np.atleast_1d(np.asarray(record["SpectrumCounts"]))
    count = _ask(record, "NumberOfPoints")
    if counts.dtype.kind not in "iuf" or counts.ndim != 1:
        msg = f"the counts of {group.name}/SPC should be a list of numbers"
        raise CorruptFile(msg, path=group.file.filename, format=FORMAT)
    counts = counts[: int(count)] if count and 0 < count < counts.size else counts
    axis = _energies(counts.size, _ask(record, "eVOffset"), _ask(record, "evPch"))
    words = {key: value for key, value in record.items() if key != "SpectrumCounts"}
    return _dataset(lazy(counts), (axis,), title, "SPECTRUM", words)


def _dataset(
    array: Any, axes: tuple[Axis, ...], title: str, kind: str, notes: dict[str, Any]
) -> Dataset:
    found = dataset(
        array,
        axes,
        title=title,
        data_type=kind,
        units="counts",
        quantity="intensity",
        source="SciFiReaders.EDAXReader",
        metadata={"experiment": _experiment(notes)},
        original_metadata=notes,
    )
    found.modality = "EDS" if kind.startswith("SPECTR") else "SEM"
    return found


def _experiment(notes: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, words, factor in _NUMBERS:
        value = _ask(notes, *words)
        if value is not None:
            found[key] = value * factor
    return found


# --- released class ---------------------------------------------------------------------


class EDAXReader(ReleasedReader):
    """Read an EDAX project; `read` returns a dict keyed by title.

    Parameters
    ----------
    file_path : str or path-like
        The ``.h5`` file.
    verbose : bool
        Log what is found at level INFO.
    """

    function = "SciFiReaders.readers.xray.edax_h5:read_edax"
    spec = "SciFiReaders.edax_h5"

    def read(self) -> dict[str, Dataset]:
        """Read the project.

        Returns
        -------
        dict of str to Dataset
            By title, made from the addresses in the file; lazy.

        Raises
        ------
        TypeError
            When the file is of another format.
        CorruptFile
            When it is damaged.
        """
        self.datasets = self._call()
        return {dataset.title: dataset for dataset in self.datasets}

    def get_datasets(self) -> dict[str, Dataset]:
        """Return what `read` returns."""
        return self.read()

    def get_tags(self) -> dict[str, Any]:
        """Return what the file says of each dataset, by title."""
        return {title: one.original_metadata for title, one in self.read().items()}

    @property
    def tags(self) -> dict[str, Any]:
        """What the file says of each dataset, by title."""
        return self.get_tags()

    def extract_crucial_metadata(self, key: int | str) -> dict[str, Any]:
        """Return the conditions of the experiment of a dataset, by number."""
        return self._conditions(key)
