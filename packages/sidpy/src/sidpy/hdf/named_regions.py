"""Named regions: attributes of a dataset that point at parts of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy._warnings import warn

from .attrs import write_simple_attrs
from .objects import require, require_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import h5py
    import numpy.typing as npt

__all__ = [
    "attempt_reg_ref_build",
    "clean_reg_ref",
    "get_region",
    "region_named",
    "write_region_references",
]


def write_region_references(
    h5_dset: h5py.Dataset,
    reg_ref_dict: Mapping[str, tuple[slice, ...]],
    add_labels_attr: bool = True,  # noqa: FBT001, FBT002 - as in the released package
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002 - accepted by the released package
) -> None:
    """Write one attribute per region, and their names as the attribute ``labels``.

    Parameters
    ----------
    h5_dset : h5py.Dataset
        The dataset.
    reg_ref_dict : dict of str to tuple of slices
        One slice per axis for each region.
    add_labels_attr : bool
        Write ``labels``, in the order of the dictionary.
    verbose : bool
        Without effect.

    Raises
    ------
    TypeError
        For a wrong type of any argument; nothing is written then.
    ValueError
        When a region has a wrong number of slices; nothing is written then.
    """
    from collections.abc import Mapping

    require("dataset", h5_dset, "h5_dset")
    if not isinstance(reg_ref_dict, Mapping):
        msg = f"reg_ref_dict should be a dictionary, found {type(reg_ref_dict).__name__}"
        raise TypeError(msg)
    for name in reg_ref_dict:
        require_text(name, "a name of a region")
    regions = {name: clean_reg_ref(h5_dset, ref) for name, ref in reg_ref_dict.items()}
    for name, region in regions.items():
        h5_dset.attrs[name] = h5_dset.regionref[region]
    if add_labels_attr and regions:
        write_simple_attrs(h5_dset, {"labels": list(regions)})


def clean_reg_ref(
    h5_dset: h5py.Dataset,
    reg_ref_tuple: tuple[slice, ...] | slice,
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002 - accepted by the released package
) -> tuple[slice, ...]:
    """Return the slices of a region, cut to the shape of the dataset.

    Raises
    ------
    TypeError
        When it is no tuple of slices.
    ValueError
        When there is not one slice per axis.
    """
    require("dataset", h5_dset, "h5_dset")
    region = (reg_ref_tuple,) if isinstance(reg_ref_tuple, slice) else reg_ref_tuple
    if not isinstance(region, tuple) or not all(isinstance(part, slice) for part in region):
        msg = f"a region should be a tuple of slices, found {reg_ref_tuple!r}"
        raise TypeError(msg)
    if len(region) != len(h5_dset.shape):
        msg = (
            "Region reference tuple did not have the same dimensions as the h5 dataset: "
            f"{len(region)} slices for a shape of {h5_dset.shape}"
        )
        raise ValueError(msg)
    return tuple(
        slice(part.start, part.stop if part.stop is None else min(part.stop, length), part.step)
        for part, length in zip(region, h5_dset.shape, strict=True)
    )


def attempt_reg_ref_build(
    h5_dset: h5py.Dataset,
    dim_names: Sequence[str],
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002 - accepted by the released package
) -> dict[str, tuple[slice, slice]]:
    """Return one region per row, or else per column, when the number of names fits.

    Parameters
    ----------
    h5_dset : h5py.Dataset of shape (rows, columns)
        The dataset.
    dim_names : list or tuple of str
        Names of the regions.
    verbose : bool
        Without effect.

    Returns
    -------
    dict
        Empty when neither fits.

    Raises
    ------
    TypeError
        For a wrong type of either argument.

    Warns
    -----
    UserWarning
        When regions were made up.
    """
    require("dataset", h5_dset, "h5_dset")
    if not isinstance(dim_names, list | tuple):
        msg = f"dim_names should be a list or tuple, found {type(dim_names).__name__}"
        raise TypeError(msg)
    for name in dim_names:
        require_text(name, "each of dim_names")
    if len(h5_dset.shape) != 2 or len(dim_names) not in h5_dset.shape:
        return {}
    warn(
        f"the regions of {h5_dset.name!r} were made up from their number: one per "
        f"{'row' if len(dim_names) == h5_dset.shape[0] else 'column'}; give them as slices"
    )
    whole = slice(None)
    if len(dim_names) == h5_dset.shape[0]:
        return {name: (slice(i, i + 1), whole) for i, name in enumerate(dim_names)}
    return {name: (whole, slice(i, i + 1)) for i, name in enumerate(dim_names)}


def get_region(h5_dset: h5py.Dataset, reg_ref_name: str) -> npt.NDArray[Any]:
    """Return the values of a region, without axes of length 1.

    Raises
    ------
    TypeError
        When `h5_dset` is no dataset, the name no str, or the attribute no region.
    KeyError
        When there is no such region.
    """
    ref = region_named(h5_dset, reg_ref_name, "h5_dset", "reg_ref_name")
    return np.squeeze(np.asarray(h5_dset[ref]))


def region_named(h5_dset: Any, name: Any, argument: str, name_argument: str) -> Any:
    """Return the region that an attribute of a dataset points at.

    Parameters
    ----------
    h5_dset : h5py.Dataset
        The dataset.
    name : str
        Name of the attribute.
    argument, name_argument : str
        How the caller's parameters are called.

    Raises
    ------
    TypeError
        When `h5_dset` is no dataset, the name no str, or the attribute no region.
    KeyError
        When there is no such attribute.
    """
    import h5py

    require("dataset", h5_dset, argument)
    require_text(name, name_argument)
    if name not in h5_dset.attrs:
        msg = f"{h5_dset.name!r} has no region {name!r}"
        raise KeyError(msg)
    ref = h5_dset.attrs[name]
    if not isinstance(ref, h5py.RegionReference):
        msg = f"the attribute {name!r} of {h5_dset.name!r} is no region"
        raise TypeError(msg)
    return ref
