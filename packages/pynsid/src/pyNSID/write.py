"""A Dataset into HDF5: one main dataset with its axes and everything known about it.

The group is filled before it gets a name, so that a write that fails, or is interrupted,
leaves nothing behind: what has no name in an HDF5 file is not there.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy._warnings import warn
from sidpy.hdf.arrays import storable, stored_dtype
from sidpy.hdf.attrs import book_keeping, put_texts, write_tree
from sidpy.hdf.objects import is_group, require, unnamed_group
from sidpy.hdf.records import write_record
from sidpy.hdf.sharding import Placed, Sharding, fill_all, place
from sidpy.hdf.transactions import require_healthy
from sidpy.hdf.words import plain_text, word
from sidpy.sid.dataset import Dataset
from sidpy.sid.structures import describe, is_atoms

from .__version__ import version
from .committed import Growth, create_state
from .fields import (
    AXIS_TEXTS,
    HIDDEN,
    LAYOUT_VERSION,
    TEXTS,
    TREES,
    VARIANCE,
    plain_history,
)
from .layout import axis_names, main_name, tree_names
from .nexus import NexusAxis, mark_data, mark_path
from .structures import structures_to_h5

if TYPE_CHECKING:
    import h5py
    import numpy.typing as npt

    from sidpy.sid.dimension import Dimension
    from sidpy.sid.labels import Labels

__all__ = ["write_nsid_dataset", "write_pynsid_book_keeping_attrs"]

logger = logging.getLogger(__name__)


def write_nsid_dataset(
    dataset: Dataset,
    h5_group: h5py.Group,
    main_data_name: str = "",
    verbose: bool = False,  # noqa: FBT001, FBT002 - the released package's signature
    **kwargs: Any,
) -> h5py.Dataset:
    """Write a dataset into a group of an open HDF5 file, exactly and so that others read it.

    Parameters
    ----------
    dataset : sidpy.Dataset
        What to write; lazy values are computed and written block by block.
    h5_group : h5py.Group or h5py.File
        Where to; a group is created in it.
    main_data_name : str
        Name of that group and of the numbers in it; by default the last part of the title.
    verbose : bool
        Log at the level INFO.
    **kwargs
        Options of `h5py.Group.create_dataset`, with these additions.  ``compression`` may
        also be ``"standard"`` or, with hdf5plugin, ``"zstd"``, ``"blosc"``, ``"blosc2"``,
        ``"lz4"``, ``"bitshuffle"`` or ``"bzip2"``, ``compression_opts`` being a level or a
        dictionary; ``chunks`` may be a dictionary of lengths by dimension;
        ``checksum=True`` gives each chunk a checksum.  A ``dtype`` is ignored.
        ``shards=True``, or a size such as ``"256 MB"``, lets the numbers lie in files beside
        this one, see `sidpy.write`.

    Returns
    -------
    h5py.Dataset
        The numbers, which also become ``dataset.h5_dataset``.

    Raises
    ------
    TypeError
        When `dataset` is no Dataset, `h5_group` no group, or the name no str.
    ValueError
        When the file cannot be written or is closed, the name is taken or impossible, or HDF5
        has no form for the values.  Nothing is written then.

    Warns
    -----
    UserWarning
        When a ``-`` in the name was replaced, and naming what can be kept as its text only.

    Notes
    -----
    Chunks that serve images and spectra alike are chosen when they are needed and not given.
    """
    if not isinstance(dataset, Dataset):
        msg = f"data to write should be sidpy Dataset, found {type(dataset).__name__}"
        raise TypeError(msg)
    require_writable(h5_group)
    sharding = Sharding.asked_for(h5_group, kwargs.pop("shards", False))
    h5_main = put_main(h5_group, main_data_name, dataset, kwargs, sharding)
    dataset.h5_dataset = h5_main
    logger.log(logging.INFO if verbose else logging.DEBUG, "wrote %r", h5_main.name)
    return h5_main


def put_main(
    h5_group: h5py.Group,
    main_data_name: str,
    dataset: Dataset,
    options: dict[str, Any],
    places: Sharding | Growth | None,
) -> h5py.Dataset:
    """Write a dataset as `write_nsid_dataset` does, into shards or with an axis that grows."""
    name = main_name(main_data_name, dataset.title)
    if name in h5_group:
        msg = f"{h5_group.name!r} already has a member {name!r}; give another main_data_name"
        raise ValueError(msg)
    _require_storable(dataset.dtype)
    group, file = unnamed_group(h5_group), h5_group.file
    try:
        _fill(group, dataset, name, options, places)
        file.flush()  # so that whoever finds the name finds all that it names
        h5_group[name] = group
    except BaseException:
        if isinstance(places, Sharding):
            places.discard()
        raise
    group = h5_group[name]  # which knows its name
    mark_path(group)
    file.flush()  # whatever happens to this process later, this is in the file
    require_healthy(h5_group)
    return group[name]


def require_writable(h5_group: Any) -> None:
    """Refuse what is no group of an open file that can be written."""
    if not is_group(h5_group):
        found = type(h5_group).__name__
        msg = f"h5_group should be a h5py.File or h5py.Group object, found {found}"
        raise TypeError(msg)
    if not h5_group:
        msg = "the file is closed: open it again to write into it"
        raise ValueError(msg)
    if h5_group.file.mode == "r":
        msg = f"{h5_group.file.filename!r} was opened read-only: open it with mode 'r+'"
        raise ValueError(msg)


def _require_storable(dtype: np.dtype[Any]) -> None:
    form = stored_dtype(dtype)
    if dtype.hasobject or not storable(form):
        msg = (
            f"HDF5 has no form for values of type {dtype}; convert them first, "
            "for instance with dataset.astype(float)"
        )
        raise ValueError(msg)


def _fill(
    group: Any,
    dataset: Dataset,
    name: str,
    options: dict[str, Any],
    places: Sharding | Growth | None,
) -> None:
    from sidpy.sid import plain

    labels = dataset.labels_record
    growth = places if isinstance(places, Growth) else None
    on_disk = axis_names((dimension.name for dimension in labels.dimensions), name)
    notes = book_keeping() | {"pyNSID_version": version}
    put_texts(group, notes)
    main = _placed(group, name, plain(dataset), labels, options, places)
    h5_main = main[0].dataset
    put_texts(h5_main, notes | _texts_of(labels) | {"title": plain_text(labels.title)})
    scales = _write_axes(group, h5_main, labels.dimensions, on_disk, growth)
    axes = zip(on_disk, labels.dimensions, strict=True)
    mark_data(
        group,
        name,
        NexusAxis(labels.title, labels.quantity, labels.units),
        [NexusAxis(key, dimension.quantity, dimension.units) for key, dimension in axes],
        {name: h5_main, **scales},
    )
    refused = _write_trees(group, labels, {name, *on_disk})
    structures = {k: atoms for k, atoms in labels.structures.items() if is_atoms(atoms)}
    structures_to_h5(group, structures)
    hidden = _write_hidden(group, labels, refused, dataset.dtype)
    variance = _placed(hidden, VARIANCE, labels.variance, labels, options, places)
    if growth is not None:
        create_state(hidden, growth.axis)
    fill_all([*main, *variance])


def _placed(
    group: Any,
    name: str,
    values: Any,
    labels: Labels,
    options: dict[str, Any],
    places: Sharding | Growth | None,
) -> list[Placed]:
    """Return the dataset that values will go into, none when there are no values."""
    if values is None:
        return []
    kinds = [dimension.dimension_type for dimension in labels.dimensions]
    names = [dimension.name for dimension in labels.dimensions]
    if isinstance(places, Growth):
        return [places.place(group, name, values, options, (kinds, names))]
    return [place(group, name, values, options, (kinds, names), places)]


def _texts_of(labels: Labels) -> dict[str, str]:
    return {row.attribute: plain_text(word(getattr(labels, row.label))) for row in TEXTS}


def _write_axes(
    group: Any,
    h5_main: Any,
    dimensions: tuple[Dimension, ...],
    names: list[str],
    growth: Growth | None,
) -> dict[str, Any]:
    """Write the values of each axis, and tie them to the numbers as HDF5 dimension scales."""
    from h5py import h5ds

    scales = {}
    for axis, (dimension, name) in enumerate(zip(dimensions, names, strict=True)):
        more = growth.of_axis() if growth is not None and growth.axis == axis else {}
        values = np.asarray(dimension, dtype=np.float64)
        scale = (
            group.create_dataset(name, data=values, **more) if more else _put(group, name, values)
        )
        scales[name] = scale
        texts = {row.attribute: word(getattr(dimension, row.label)) for row in AXIS_TEXTS}
        put_texts(scale, {key: plain_text(text) for key, text in texts.items()})
        key = name.encode()
        h5ds.set_scale(scale.id, key)
        h5ds.attach_scale(h5_main.id, scale.id, axis)
        h5ds.set_label(h5_main.id, axis, key)
    return scales


def _put(group: Any, name: str, values: npt.NDArray[np.float64]) -> Any:
    """Create a dataset as h5py does by default, in a third of the time."""
    import h5py
    from h5py import h5d, h5s

    kind, plist = _creation()
    space = h5s.create_simple(values.shape)
    created = h5d.create(group.id, name.encode(), kind, space, plist)
    created.write(h5s.ALL, h5s.ALL, np.ascontiguousarray(values))
    return h5py.Dataset(created)


@cache
def _creation() -> tuple[Any, Any]:
    from h5py import h5p, h5t

    plist = h5p.create(h5p.DATASET_CREATE)
    plist.set_obj_track_times(False)
    return h5t.py_create(np.dtype(np.float64), logical=True), plist


def _write_trees(group: Any, labels: Labels, taken: set[str]) -> dict[str, list[str]]:
    """Write dictionaries as groups; return what of each attributes cannot hold."""
    extras = {key: value for key, value in labels.extras.items() if isinstance(value, dict)}
    trees = {name: extras[name] for name in tree_names(extras, taken)}
    trees |= {name: getattr(labels, name) for name in TREES if name != "provenance"}
    trees["provenance"] = plain_history(labels.provenance)
    refused: dict[str, list[str]] = {}
    for name, tree in trees.items():
        if tree:
            missing = write_tree(group.create_group(name), tree)
            refused |= {name: missing} if missing else {}
    return refused


def _write_hidden(
    group: Any, labels: Labels, refused: dict[str, list[str]], dtype: np.dtype[Any]
) -> Any:
    """Write what attributes cannot hold, see `fields`, into a group that is returned."""
    hidden = group.create_group(HIDDEN)
    lossy = write_record(hidden, record_of(labels, refused, dtype), describe)
    if lossy:
        warn(f"these values of {labels.title!r} can be kept as their text only: {lossy}")
    return hidden


def record_of(
    labels: Labels, refused: dict[str, list[str]], dtype: np.dtype[Any]
) -> dict[str, Any]:
    """Return what the exact record of a dataset holds."""
    texts = {row.label: word(getattr(labels, row.label)) for row in TEXTS}
    axes = [
        {row.label: word(getattr(dimension, row.label)) for row in AXIS_TEXTS}
        for dimension in labels.dimensions
    ]
    return {
        "layout": LAYOUT_VERSION,
        "dtype": dtype,
        "texts": {key: text for key, text in texts.items() if plain_text(text) != text},
        "axes": [{k: t for k, t in one.items() if plain_text(t) != t} for one in axes],
        "metadata": dict(labels.metadata),
        "original_metadata": dict(labels.original_metadata),
        "point_cloud": labels.point_cloud,
        "extras": dict(labels.extras),
        "structures": dict(labels.structures),
        "provenance": {
            "rows": labels.provenance.rows(),
            "stored": dict(labels.provenance.stored),
        },
        "refused": refused,
    }


def write_pynsid_book_keeping_attrs(h5_object: h5py.Group | h5py.Dataset) -> None:
    """Note when, where and with which versions an object was written, in five attributes.

    Raises
    ------
    TypeError
        When `h5_object` is no HDF5 object.
    """
    require("object", h5_object, "h5_obj")
    put_texts(h5_object, book_keeping() | {"pyNSID_version": version})
