"""From `sidpy.Dataset` to main datasets.

Spatial dimensions (and the points of a cloud) become positions, all others spectroscopic
steps.  What the model has no place for is kept in attributes that its readers pass over, and
exactly in the record of `exact`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np

import sidpy
from sidpy.base.dict_utils import flatten_dict
from sidpy.base.naming import free_name
from sidpy.base.string_utils import clean_string_att
from sidpy.hdf.arrays import lowered_lazily, stored_dtype
from sidpy.hdf.attrs import put, write_simple_attrs
from sidpy.hdf.storage import creation_options
from sidpy.sid import plain

from .dimension import Dimension, DimType
from .exact import HIDDEN, keep_record, require_storable
from .matrices import VALUES_DTYPE
from .writing import write_main_dataset

if TYPE_CHECKING:
    from collections.abc import Sequence

    import h5py

    from .usi_data import USIDataset

__all__ = ["write_sidpy_dataset"]

logger = logging.getLogger(__name__)

#: Characters that names of HDF5 and of the model cannot have.
_NOT_IN_NAMES = str.maketrans({"/": "_", "-": "_", "\0": "_"})

_POSITIONS = (sidpy.DimensionType.SPATIAL, sidpy.DimensionType.POINT_CLOUD)


def write_sidpy_dataset(
    si_dset: sidpy.Dataset,
    h5_parent_group: h5py.Group,
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002 - released signature
    **kwargs: Any,
) -> USIDataset:
    """Write a dataset in the USID model.

    Parameters
    ----------
    si_dset : sidpy.Dataset
        What to write; lazy data are written block by block.
    h5_parent_group : h5py.Group or h5py.File
        Where to write.
    verbose : bool
        Without effect.
    **kwargs
        For `h5py.Group.create_dataset`.

    Returns
    -------
    USIDataset
        Named like the title, with metadata in attributes ``metadata-*`` and
        ``original_metadata-*``.

    Raises
    ------
    TypeError
        When it is no `sidpy.Dataset`.
    KeyError
        When a name is taken.
    """
    if not isinstance(si_dset, sidpy.Dataset):
        msg = f"si_dset should be a sidpy.Dataset, not {type(si_dset).__name__}"
        raise TypeError(msg)
    require_storable(si_dset.dtype)
    positions = [i for i in range(si_dset.ndim) if _type(si_dset, i) in _POSITIONS]
    steps = [i for i in range(si_dset.ndim) if i not in positions]
    if not si_dset.size:
        return _write_empty(si_dset, h5_parent_group, positions)
    order = positions + steps
    sides = [_or_nothing(_dimensions(si_dset, axes)) for axes in (positions, steps)]
    shape = [
        int(np.prod([si_dset.shape[i] for i in axes], dtype=int)) for axes in (positions, steps)
    ]
    options = _options(kwargs, si_dset, (positions, steps), shape)
    name = _name(si_dset.title)
    h5_main = write_main_dataset(
        h5_parent_group, _flat(si_dset, order, shape), name, _word(si_dset.quantity),
        _word(si_dset.units), *sides, slow_to_fast=True,
        values_dtype=_enough(sides[0] + sides[1]), **options,
    )  # fmt: skip
    _write_attributes(h5_main, si_dset, order, empty_sides=not positions or not steps)
    _keep_labels(h5_main, si_dset, positions, steps)
    if si_dset.variance is not None:
        _write_variance(h5_main, si_dset, order, shape, name, options)
    keep_record(h5_main, si_dset, positions)
    return h5_main


def _write_empty(dataset: sidpy.Dataset, h5_group: Any, positions: Sequence[int]) -> USIDataset:
    """Write a dataset without values, of which the model has none: one blank, and the record."""
    blank = np.zeros((1, 1), stored_dtype(dataset.dtype))
    nothing = _or_nothing([])
    h5_main = write_main_dataset(
        h5_group, blank, _name(dataset.title), _word(dataset.quantity), _word(dataset.units),
        nothing, nothing,
    )  # fmt: skip
    _write_attributes(h5_main, dataset, [], empty_sides=True)
    keep_record(h5_main, dataset, positions)
    return h5_main


def _options(
    given: dict[str, Any],
    dataset: sidpy.Dataset,
    sides: tuple[Sequence[int], Sequence[int]],
    shape: Sequence[int],
) -> dict[str, Any]:
    """Return options for the matrix; chunks are those of the dataset, or of the matrix."""
    options = dict(given)
    chunks = options.get("chunks")
    if isinstance(chunks, tuple | list) and len(chunks) == dataset.ndim != len(shape):
        lengths = [int(np.prod([chunks[i] for i in axes], dtype=int)) for axes in sides]
        options["chunks"] = tuple(map(min, lengths, shape))
    dtype = stored_dtype(dataset.dtype)
    return creation_options(options, tuple(shape), dtype, ()) if options else {}


def _word(text: str) -> str:
    """Return a text that the model takes: one that is not blank; the record has the other."""
    return text if text.strip() and "\0" not in text else "generic"


def _type(dataset: sidpy.Dataset, axis: int) -> sidpy.DimensionType:
    return dataset._axes[axis].dimension_type


def _name(title: str) -> str:
    """Return a title as a name of HDF5; the title itself is kept in an attribute."""
    name = title.translate(_NOT_IN_NAMES).strip()
    return name if name.strip(".") and not name.startswith(HIDDEN) else "Raw_Data"


def _dimensions(dataset: sidpy.Dataset, axes: Sequence[int]) -> list[Dimension]:
    """Return the dimensions of one side, slowest first."""
    cloud = dataset.point_cloud or {}
    if len(axes) == 1 and "coordinates" in cloud and _type(dataset, axes[0]) is _POSITIONS[1]:
        return _points(cloud)
    names: list[str] = []
    result = []
    for axis in (dataset._axes[i] for i in axes):
        # names of one side differ; the record has them as they are
        name = free_name(_word(axis.name), names)
        names.append(name)
        units = "" if axis.units == "generic" else axis.units.replace("\0", "")
        result.append(Dimension.from_sidpy(axis.renamed(name), units))
    return result


def _points(cloud: dict[str, Any]) -> list[Dimension]:
    coordinates = np.asarray(cloud["coordinates"], dtype=float)
    count = coordinates.shape[1]
    labels = cloud.get("labels") or ["X", "Y", "Z"][:count]
    units = cloud.get("units") or [""] * count
    return [
        Dimension(str(labels[i]), str(units[i]), coordinates[:, i], mode=DimType.INCOMPLETE)
        for i in range(count)
    ]


def _or_nothing(dims: list[Dimension]) -> list[Dimension]:
    return dims or [Dimension("arb", "a. u.", 1)]


def _enough(dims: list[Dimension]) -> Any:
    """Return the type of values on disk: single precision where it loses nothing."""
    with np.errstate(over="ignore"):
        exact = all(
            np.array_equal(dim.values, dim.values.astype(VALUES_DTYPE), equal_nan=True)
            for dim in dims
        )
    return VALUES_DTYPE if exact else np.float64


def _flat(data: Any, order: Sequence[int], shape: Sequence[int]) -> Any:
    """Return the plain array in 2-D form."""
    return lowered_lazily(plain(data)).transpose(order).reshape(shape)


def _write_attributes(
    h5_main: USIDataset, dataset: sidpy.Dataset, order: Sequence[int], *, empty_sides: bool
) -> None:
    """Write labels and metadata as attributes, as far as attributes can hold them."""
    attrs: dict[str, Any] = {
        "title": dataset.title,
        "modality": dataset.modality,
        "source": dataset.source,
        "data_type": dataset.data_type.name,
    }
    if list(order) != sorted(order) and not empty_sides:
        attrs["axis_order"] = np.argsort(order)
    nested = {"metadata": dataset.metadata, "original_metadata": dataset.original_metadata}
    for name, value in (attrs | flatten_dict(nested)).items():
        if not put(h5_main, str(name), value):
            logger.debug("%r of %r is in the record only", name, dataset.title)


def _keep_labels(
    h5_main: USIDataset, dataset: sidpy.Dataset, positions: Sequence[int], steps: Sequence[int]
) -> None:
    """Write quantity and kind of each dimension beside its label."""
    pairs = (
        (positions, h5_main.h5_pos_inds, h5_main.h5_pos_vals),
        (steps, h5_main.h5_spec_inds, h5_main.h5_spec_vals),
    )
    for axes, *h5_pair in pairs:
        if not axes or h5_pair[0].attrs["labels"].size != len(axes):
            continue
        extra = {
            "quantities": clean_string_att([_word(dataset._axes[i].quantity) for i in axes]),
            "kinds": clean_string_att([_type(dataset, i).name for i in axes]),
        }
        for h5_object in h5_pair:
            write_simple_attrs(h5_object, extra)


def _write_variance(
    h5_main: USIDataset,
    dataset: sidpy.Dataset,
    order: Sequence[int],
    shape: Sequence[int],
    name: str,
    options: dict[str, Any],
) -> None:
    """Write the variance as a main dataset of its own that shares the ancillary datasets."""
    written = write_main_dataset(
        h5_main.parent, _flat(dataset.variance, order, shape), f"{name}_variance",
        f"variance of {_word(dataset.quantity)}", f"({_word(dataset.units)})^2", None, None,
        h5_pos_inds=h5_main.h5_pos_inds, h5_pos_vals=h5_main.h5_pos_vals,
        h5_spec_inds=h5_main.h5_spec_inds, h5_spec_vals=h5_main.h5_spec_vals, **options,
    )  # fmt: skip
    if "axis_order" in h5_main.attrs:
        written.attrs["axis_order"] = h5_main.attrs["axis_order"]
    h5_main.attrs["variance"] = written.ref
