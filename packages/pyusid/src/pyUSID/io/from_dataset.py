"""From `sidpy.Dataset` to main datasets.

Spatial dimensions (and the points of a cloud) become positions, all others spectroscopic
steps.  What the model has no place for is kept in attributes that its readers pass over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import sidpy
from sidpy.base.dict_utils import flatten_dict
from sidpy.base.string_utils import clean_string_att
from sidpy.hdf.attrs import write_simple_attrs
from sidpy.sid import plain

from .dimension import Dimension, DimType
from .matrices import VALUES_DTYPE
from .writing import write_main_dataset

if TYPE_CHECKING:
    from collections.abc import Sequence

    import h5py

    from .usi_data import USIDataset

__all__ = ["write_sidpy_dataset"]

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
    positions = [i for i in range(si_dset.ndim) if _type(si_dset, i) in _POSITIONS]
    steps = [i for i in range(si_dset.ndim) if i not in positions]
    order = positions + steps
    pos_dims, spec_dims = _dimensions(si_dset, positions), _dimensions(si_dset, steps)
    shape = [
        int(np.prod([si_dset.shape[i] for i in axes], dtype=int)) for axes in (positions, steps)
    ]
    attrs = _attributes(si_dset, order, empty_sides=not positions or not steps)
    name = _name(si_dset.title)
    h5_main = write_main_dataset(
        h5_parent_group, _flat(si_dset, order, shape), name, si_dset.quantity, si_dset.units,
        _or_nothing(pos_dims), _or_nothing(spec_dims), main_dset_attrs=attrs, slow_to_fast=True,
        values_dtype=_enough(pos_dims + spec_dims), **kwargs,
    )  # fmt: skip
    _keep_labels(h5_main, si_dset, positions, steps)
    if si_dset.variance is not None:
        _write_variance(h5_main, si_dset, order, shape, name, kwargs)
    return h5_main


def _type(dataset: sidpy.Dataset, axis: int) -> sidpy.DimensionType:
    return dataset._axes[axis].dimension_type


def _name(title: str) -> str:
    """Return a title as a name of HDF5; the title itself is kept in an attribute."""
    return title.replace("/", "_").replace("-", "_").strip() or "Raw_Data"


def _dimensions(dataset: sidpy.Dataset, axes: Sequence[int]) -> list[Dimension]:
    """Return the dimensions of one side, slowest first."""
    cloud = dataset.point_cloud or {}
    if len(axes) == 1 and "coordinates" in cloud and _type(dataset, axes[0]) is _POSITIONS[1]:
        return _points(cloud)
    return [
        Dimension.from_sidpy(axis, "" if axis.units == "generic" else axis.units)
        for axis in (dataset._axes[i] for i in axes)
    ]


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
    exact = all(np.array_equal(dim.values, dim.values.astype(VALUES_DTYPE)) for dim in dims)
    return VALUES_DTYPE if exact else np.float64


def _flat(data: Any, order: Sequence[int], shape: Sequence[int]) -> Any:
    """Return the plain array in 2-D form."""
    return plain(data).transpose(order).reshape(shape)


def _attributes(
    dataset: sidpy.Dataset, order: Sequence[int], *, empty_sides: bool
) -> dict[str, Any]:
    attrs: dict[str, Any] = {
        "title": dataset.title,
        "modality": dataset.modality,
        "source": dataset.source,
        "data_type": dataset.data_type.name,
    }
    if list(order) != sorted(order) and not empty_sides:
        attrs["axis_order"] = np.argsort(order)
    nested = {"metadata": dataset.metadata, "original_metadata": dataset.original_metadata}
    return attrs | flatten_dict(nested)


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
            "quantities": clean_string_att([dataset._axes[i].quantity for i in axes]),
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
        f"variance of {dataset.quantity}", f"({dataset.units})^2", None, None,
        h5_pos_inds=h5_main.h5_pos_inds, h5_pos_vals=h5_main.h5_pos_vals,
        h5_spec_inds=h5_main.h5_spec_inds, h5_spec_vals=h5_main.h5_spec_vals, **options,
    )  # fmt: skip
    if "axis_order" in h5_main.attrs:
        written.attrs["axis_order"] = h5_main.attrs["axis_order"]
    h5_main.attrs["variance"] = written.ref
