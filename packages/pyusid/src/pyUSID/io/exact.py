"""What the USID model has no place for, kept beside a main dataset.

The model knows a matrix, its two sides, a quantity and a unit.  Beside the main datasets of
a group lies a group ``_usid``, which no reader of the model takes for data: in it, under the
name of each main dataset, an exact record (`sidpy.hdf.records`) of every label, type for type.

When the file is read, each group of labels comes from the record as long as what the model
says of it is what was written: a program that changes a unit, an axis or metadata in the
places of the model is right about these.
"""

from __future__ import annotations

import logging
import math
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import numpy as np

import sidpy
from sidpy._warnings import warn
from sidpy.errors import LabelValueError
from sidpy.hdf.arrays import is_form_of, restored_lazily, storable, stored_dtype
from sidpy.hdf.attributes import decode
from sidpy.hdf.links import follow
from sidpy.hdf.objects import is_group
from sidpy.hdf.records import read_record, write_record
from sidpy.hdf.words import from_word, word
from sidpy.sid.agreement import counting
from sidpy.sid.labels import Labels
from sidpy.sid.provenance import Provenance
from sidpy.sid.structures import describe, revive

from .blocks import lazy_n_dim
from .flaws import LINKS
from .grid import Grid, Layout
from .sides import texts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "EVERYTHING",
    "HIDDEN",
    "changed_labels",
    "exact_dataset",
    "keep_record",
    "record_of_file",
    "require_storable",
]

logger = logging.getLogger(__name__)

#: The group beside main datasets that holds their records.
HIDDEN: Final = "_usid"

#: Version of the record.
LAYOUT_VERSION: Final = 1

#: Labels that are texts, with the attribute of the main dataset.
_TEXTS: Final = ("title", "quantity", "units", "data_type", "modality", "source")
_AXIS_TEXTS: Final = ("name", "quantity", "units", "dimension_type")
#: Stands for all labels.
EVERYTHING: Final = ("everything",)

_TREES: Final = ("metadata", "original_metadata", "point_cloud", "extras", "structures")


def require_storable(dtype: np.dtype[Any]) -> None:
    """Refuse values that HDF5 has no form for.

    Raises
    ------
    LabelValueError
        Which is a ValueError.
    """
    if dtype.hasobject or not storable(stored_dtype(dtype)):
        msg = (
            f"HDF5 has no form for values of type {dtype}; convert them first, "
            "for instance with dataset.astype(float)"
        )
        raise LabelValueError(msg)


def keep_record(h5_main: Any, dataset: sidpy.Dataset, positions: Sequence[int]) -> None:
    """Write the record of a main dataset that has just been written.

    Parameters
    ----------
    h5_main : h5py.Dataset
        In a file that is open for writing.
    dataset : sidpy.Dataset
        What was written there.
    positions : sequence of int
        Axes that are the rows of the matrix; the others are its columns.

    Warns
    -----
    UserWarning
        Naming values that can be kept as their text only.
    """
    labels = dataset.labels_record
    variance = labels.variance
    record = {
        "layout": LAYOUT_VERSION,
        "shape": dataset.shape,
        "positions": tuple(int(axis) for axis in positions),
        "dtype": dataset.dtype,
        "variance": None if variance is None else variance.dtype,
        "shown": _shown(h5_main),
        "texts": {name: word(getattr(labels, name)) for name in _TEXTS},
        "axes": [
            {
                **{name: word(getattr(dimension, name)) for name in _AXIS_TEXTS},
                "values": np.asarray(dimension.values),
            }
            for dimension in labels.dimensions
        ],
        **{name: _plain(getattr(labels, name)) for name in _TREES},
        "provenance": {
            "rows": dataset.provenance_record.rows(),
            "stored": dict(dataset.provenance_record.stored),
        },
    }
    group = h5_main.parent.require_group(HIDDEN).create_group(h5_main.name.rpartition("/")[2])
    lossy = write_record(group, record, describe)
    if lossy:
        warn(f"these values of {labels.title!r} can be kept as their text only: {lossy}")


def _plain(value: Any) -> Any:
    return value if value is None else dict(value)


def _shown(h5_main: Any) -> dict[str, Any]:
    """Return what the model says now: texts, and a fingerprint of axes and of metadata."""
    texts = {name: texts_of(h5_main, name) for name in _TEXTS}
    axes = sha256()
    for link in LINKS:
        h5_side = h5_main.file[h5_main.attrs[link]]
        axes.update(np.ascontiguousarray(h5_side[()]).tobytes())
        for name in ("labels", "units", "quantities", "kinds"):
            axes.update(repr(list(texts_of(h5_side, name))).encode("utf-8", "surrogatepass"))
    metadata = sha256()
    for name in sorted(h5_main.attrs):
        if name.partition("-")[0] in ("metadata", "original_metadata"):
            value = decode(h5_main.attrs[name])
            text = f"{name} {type(value).__name__} {np.asarray(value).tolist()!r}"
            metadata.update(text.encode("utf-8", "surrogatepass"))
    return {
        "texts": {name: list(found) for name, found in texts.items()},
        "axes": axes.hexdigest(),
        "metadata": metadata.hexdigest(),
    }


def record_of_file(h5_main: Any) -> dict[str, Any] | None:
    """Return the record of a main dataset when it is there and is about this matrix."""
    hidden = h5_main.parent.get(HIDDEN)
    group = hidden.get(h5_main.name.rpartition("/")[2]) if is_group(hidden) else None
    if not is_group(group):
        return None
    try:
        record = read_record(group, {"ase.Atoms": revive})
    except (ValueError, KeyError, TypeError) as error:
        logger.warning("the exact record of %r is passed over: %s", h5_main.name, error)
        return None
    known = isinstance(record, dict) and record.get("layout", LAYOUT_VERSION + 1) <= LAYOUT_VERSION
    return record if known and _fits(h5_main, record) else None


def _fits(h5_main: Any, record: dict[str, Any]) -> bool:
    """Whether the matrix still is the one that was written."""
    positions, steps = _sides(record)
    shape = record["shape"]
    expected = [math.prod(shape[axis] for axis in axes) for axes in (positions, steps)]
    expected = [1, 1] if 0 in expected else expected
    return list(h5_main.shape) == expected and is_form_of(h5_main.dtype, record["dtype"])


def _sides(record: dict[str, Any]) -> tuple[list[int], list[int]]:
    positions = [int(axis) for axis in record["positions"]]
    return positions, [axis for axis in range(len(record["shape"])) if axis not in positions]


def changed_labels(h5_main: Any, record: dict[str, Any]) -> Sequence[str]:
    """Return the labels that another program has changed in the places of the model.

    Returns
    -------
    sequence of str
        `EVERYTHING` when it has changed the axes.
    """
    before, now = record["shown"], _shown(h5_main)
    if now["axes"] != before["axes"]:
        return EVERYTHING
    changed = [name for name in _TEXTS if now["texts"][name] != before["texts"][name]]
    if now["metadata"] != before["metadata"]:
        changed += ["metadata", "original_metadata"]
    return changed


def exact_dataset(h5_main: Any, record: dict[str, Any], source: Any) -> sidpy.Dataset:
    """Return a dataset as it was written, lazily.

    Parameters
    ----------
    h5_main : h5py.Dataset
        A main dataset.
    record : dict
        From `record_of_file`.
    source : h5py.Dataset or H5Array
        Where its numbers are read.
    """
    labels = _labels(record)
    variance = follow(h5_main, h5_main.attrs.get("variance"))
    if variance is not None and record["variance"] is not None:
        on_disk = isinstance(source, sidpy.H5Array)
        place = sidpy.H5Array(h5_main.file.filename, variance.name) if on_disk else variance
        labels = replace(labels, variance=_array(place, record, record["variance"]))
    return sidpy.Dataset.from_labels(_array(source, record, record["dtype"]), labels)


def _labels(record: dict[str, Any]) -> Labels:
    axes = []
    for one in record["axes"]:
        words = {name: from_word(name, one[name]) for name in _AXIS_TEXTS}
        blank = counting(1, words.pop("name"))
        for name, value in words.items():
            setattr(blank, name, value)
        axes.append(blank.with_values(one["values"]))
    history = record["provenance"]
    return Labels(
        dimensions=tuple(axes),
        provenance=Provenance.from_rows(history["rows"], history["stored"]),
        **{name: from_word(name, record["texts"][name]) for name in _TEXTS},
        **{name: record[name] for name in _TREES},
    )


def _array(source: Any, record: dict[str, Any], dtype: np.dtype[Any]) -> Any:
    """Return the N-D form of a matrix, lazily and in the order of the axes."""
    import dask.array as da

    shape = record["shape"]
    if 0 in shape:
        return da.zeros(shape, dtype=dtype)
    sides = _sides(record)
    grids = [
        Grid(tuple(shape[axis] for axis in axes), tuple(range(len(axes)))) if axes else None
        for axes in sides
    ]
    layout = Layout(*(grid or Grid.running(1) for grid in grids), is_sorted=True)
    array = lazy_n_dim(source, layout)
    array = array[tuple(0 if not axes else slice(None) for axes in sides for _ in axes or [0])]
    order = np.argsort([*sides[0], *sides[1]])
    return restored_lazily(array, dtype).transpose([int(axis) for axis in order])
