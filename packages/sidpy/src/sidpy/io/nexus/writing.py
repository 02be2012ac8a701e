"""Datasets into NeXus: an NXentry with an NXdata for each.

An entry is filled before it gets a name, and a new file is moved to its place when it is
complete: a write that fails leaves everything as it was.
"""

from __future__ import annotations

import logging
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy._warnings import warn
from sidpy.base.naming import free_name
from sidpy.errors import LabelTypeError, LabelValueError
from sidpy.hdf.arrays import storable, stored_dtype
from sidpy.hdf.attrs import put_texts
from sidpy.hdf.objects import is_group, unnamed_group
from sidpy.hdf.records import write_record
from sidpy.hdf.storage import creation_options, stream
from sidpy.hdf.transactions import require_healthy, transaction
from sidpy.hdf.words import plain_text, word
from sidpy.sid.structures import describe

from .layout import (
    AXIS_TEXTS,
    COLLECTION,
    DICTIONARIES,
    ERRORS,
    RECORD,
    RECORD_LAYOUT,
    TEXTS,
    axis_names,
    fingerprint,
    legal_name,
    long_name,
    readable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import h5py

    from sidpy.sid.dataset import Dataset
    from sidpy.sid.dimension import Dimension
    from sidpy.sid.labels import Labels

__all__ = ["sidpy_to_nexus_hdf5", "write_nexus"]

logger = logging.getLogger(__name__)


def sidpy_to_nexus_hdf5(
    dataset: Dataset,
    h5_path: str | os.PathLike[str] | h5py.File,
    entry_name: str = "entry",
    nxdata_name: str = "data",
    signal_name: str = "data",
    mode: str = "w",
    compression: Any = None,
) -> str | h5py.Dataset:
    """Write a dataset as the default plot of a NeXus file.

    Parameters
    ----------
    dataset : Dataset
        What to write; lazy values are computed and written block by block.
    h5_path : path-like or h5py.File
        The file, by its path or open.
    entry_name, nxdata_name, signal_name : str
        Names of the NXentry, the NXdata in it and the numbers in that; an entry of that
        name is replaced.
    mode : {"w", "a", "r+", "x", "w-"}
        For a path, as for `h5py.File`: ``"w"`` replaces a file, ``"a"`` adds to it.
    compression : str or int, optional
        As for `h5py.Group.create_dataset`, or ``"zstd"``, ``"blosc"``, ``"lz4"``, ... with
        hdf5plugin.

    Returns
    -------
    str or h5py.Dataset
        For a path, the address of the numbers in the file; for an open file, the numbers.

    Raises
    ------
    TypeError
        When `dataset` is no Dataset, `h5_path` neither path nor file, or a name no str.
    ValueError
        For a name or a mode that cannot be, a file that is open read-only or closed, and
        values that HDF5 has no form for.
    ExistingFile, MissingFile
        When the mode asks for a new file and there is one, or the other way round.

    Warns
    -----
    UserWarning
        Naming the metadata that can be kept as their text only.

    See Also
    --------
    nexus_to_sidpy : the way back.
    sidpy.write : writes several datasets, each as an entry.

    Notes
    -----
    Nothing is changed when writing fails.
    """
    _require_writable(dataset)
    names = (
        legal_name(entry_name, "entry_name"),
        legal_name(nxdata_name, "nxdata_name"),
        legal_name(signal_name, "signal_name"),
    )
    if names[1] in (COLLECTION, "title"):
        msg = f"nxdata_name cannot be {names[1]!r}: the entry has another member of that name"
        raise LabelValueError(msg)
    options = {} if compression is None else {"compression": compression}
    if is_group(h5_path):
        _require_open(h5_path)
        return write_entry(h5_path.file, dataset, names, options)
    if not isinstance(h5_path, str | os.PathLike):
        msg = f"h5_path should be a path or an open h5py.File, found {type(h5_path).__name__}"
        raise LabelTypeError(msg)
    with transaction(h5_path, mode) as file:
        return str(write_entry(file, dataset, names, options, str(h5_path)).name)


def write_nexus(
    datasets: Mapping[str, Dataset], path: str | os.PathLike[str], **options: Any
) -> None:
    """Write datasets into a new NeXus file, each as an entry; the first is the default.

    Parameters
    ----------
    datasets : dict of str to Dataset
        What to write, by the name of the entry.
    path : path-like
        A file that does not exist yet.
    **options
        For `h5py.Group.create_dataset`: ``chunks``, and ``compression`` as for
        `sidpy_to_nexus_hdf5`.
    """
    for dataset in datasets.values():
        _require_writable(dataset)
    with transaction(path, "w-", track_order=True) as file:
        taken: list[str] = []
        for key, dataset in datasets.items():
            # keys that differ by a "/" only become the same
            name = free_name(legal_name(key, "the key of a dataset"), taken)
            write_entry(file, dataset, (name, "data", "data"), options, Path(path).name)
            taken.append(name)
        put_texts(file, {"default": taken[0]})


def _require_writable(dataset: Any) -> None:
    from sidpy.sid.dataset import Dataset

    if not isinstance(dataset, Dataset):
        msg = (
            f"dataset must be a sidpy.Dataset, found {type(dataset).__name__}; "
            "sidpy.Dataset.from_array makes one of any array"
        )
        raise LabelTypeError(msg)
    for values in (dataset, dataset.variance):
        dtype = np.dtype(float) if values is None else values.dtype
        if dtype.hasobject or not storable(stored_dtype(dtype)):
            msg = (
                f"HDF5 has no form for values of type {dtype}; convert them first, "
                "for instance with dataset.astype(float)"
            )
            raise LabelValueError(msg)


def _require_open(file: Any) -> None:
    if not file:
        msg = "the file is closed: open it again to write into it"
        raise LabelValueError(msg)
    if file.name != "/":
        msg = f"h5_path should be an open h5py.File, found its group {file.name!r}"
        raise LabelTypeError(msg)
    if file.file.mode == "r":
        msg = f"{file.file.filename!r} was opened read-only: open it with mode 'r+'"
        raise LabelValueError(msg)


# ---------------------------------------------------------------- one entry


def write_entry(
    file: Any,
    dataset: Dataset,
    names: tuple[str, str, str],
    options: dict[str, Any],
    file_name: str = "",
) -> Any:
    """Write a dataset as an entry of an open file, and return its numbers."""
    entry_name, nxdata_name, signal_name = names
    entry = _fill(unnamed_group(file), dataset, nxdata_name, signal_name, options)
    if entry_name in file:
        del file[entry_name]
    file[entry_name] = entry
    put_texts(file, _root_texts(file, file_name) | {"default": entry_name})
    file.flush()  # whatever happens to this process later, this is in the file
    require_healthy(file)
    return file[entry_name][nxdata_name][signal_name]


def _fill(
    entry: Any, dataset: Dataset, nxdata_name: str, signal_name: str, options: dict[str, Any]
) -> Any:
    labels = dataset.labels_record
    put_texts(entry, {"NX_class": "NXentry", "default": nxdata_name})
    entry.create_dataset("title", data=plain_text(labels.title))
    nxdata = entry.create_group(nxdata_name)
    put_texts(nxdata, {"NX_class": "NXdata", "signal": signal_name})
    axes = axis_names((dimension.name for dimension in labels.dimensions), signal_name)
    _write_axes(nxdata, labels.dimensions, axes)
    collection = entry.create_group(COLLECTION)
    _write_collection(collection, labels, axes, dataset.dtype)
    _write_values(nxdata, signal_name, dataset, options)
    return entry


def _write_axes(nxdata: Any, dimensions: tuple[Dimension, ...], names: list[str]) -> None:
    import h5py

    for axis, (dimension, name) in enumerate(zip(dimensions, names, strict=True)):
        values = nxdata.create_dataset(name, data=np.asarray(dimension, dtype=np.float64))
        texts = {key: plain_text(word(getattr(dimension, key))) for key in AXIS_TEXTS}
        label = long_name(dimension.quantity, dimension.units)
        put_texts(values, texts | {"long_name": label})
        nxdata.attrs[f"{name}_indices"] = axis
    if names:
        nxdata.attrs["axes"] = np.array(names, dtype=h5py.string_dtype())


def _write_values(nxdata: Any, name: str, dataset: Dataset, options: dict[str, Any]) -> None:
    from sidpy.sid import plain

    labels = dataset.labels_record
    texts = {key: plain_text(word(getattr(labels, key))) for key in TEXTS}
    texts["long_name"] = long_name(labels.quantity, labels.units)
    put_texts(_stored(nxdata, name, plain(dataset), labels, options), texts)
    if labels.variance is not None:
        _stored(nxdata, name + ERRORS, _as_float64(labels.variance), labels, options)


def _stored(nxdata: Any, name: str, values: Any, labels: Labels, given: dict[str, Any]) -> Any:
    dtype = stored_dtype(values.dtype)
    kinds = [dimension.dimension_type for dimension in labels.dimensions]
    options = creation_options(given, values.shape, dtype, kinds)
    stored = nxdata.create_dataset(name, shape=values.shape, dtype=dtype, **options)
    stream(values, stored)
    return stored


def _as_float64(variance: Any) -> Any:
    fits = np.can_cast(variance.dtype, np.float64, "safe")
    return variance.astype(np.float64) if fits else variance


def _write_collection(
    collection: Any, labels: Labels, axes: list[str], dtype: np.dtype[Any]
) -> None:
    put_texts(collection, {"NX_class": "NXcollection"})
    shown = {name: readable(dictionary(labels, name)) for name in DICTIONARIES}
    for name, text in shown.items():
        collection.create_dataset(name, data=text)
    record = _record_of(labels, axes, dtype)
    record["shown"] = {name: fingerprint(text) for name, text in shown.items()}
    lossy = write_record(collection, record, describe, name=RECORD)
    if lossy:
        warn(f"these values of {labels.title!r} can be kept as their text only: {lossy}")


def dictionary(labels: Labels, name: str) -> dict[str, Any]:
    """Return one of `DICTIONARIES` of a record of labels."""
    value = getattr(labels, name)
    return value.as_dict() if name == "provenance" else dict(value)


def _record_of(labels: Labels, axes: list[str], dtype: np.dtype[Any]) -> dict[str, Any]:
    texts = {key: word(getattr(labels, key)) for key in TEXTS}
    return {
        "layout": RECORD_LAYOUT,
        "dtype": dtype,
        "variance": None if labels.variance is None else labels.variance.dtype,
        "texts": {key: text for key, text in texts.items() if plain_text(text) != text},
        "axes": [
            {"file": name, **{key: word(getattr(dimension, key)) for key in ("name", *AXIS_TEXTS)}}
            for name, dimension in zip(axes, labels.dimensions, strict=True)
        ],
        "metadata": dict(labels.metadata),
        "original_metadata": dict(labels.original_metadata),
        "provenance": {
            "rows": labels.provenance.rows(),
            "stored": dict(labels.provenance.stored),
        },
        "structures": dict(labels.structures),
        "point_cloud": labels.point_cloud,
        "extras": dict(labels.extras),
    }


def _root_texts(file: Any, file_name: str) -> dict[str, str]:
    import h5py

    return {
        "NX_class": "NXroot",
        "creator": "sidpy",
        "file_name": file_name or str(file.filename),
        "file_time": datetime.now().astimezone().isoformat(),
        "HDF5_Version": h5py.version.hdf5_version,
        "h5py_version": h5py.version.version,
    }
