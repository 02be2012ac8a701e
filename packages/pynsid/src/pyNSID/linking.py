"""Axes tied to a dataset as HDF5 dimension scales."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sidpy.hdf.objects import is_dataset, require

from .validate import axis_problems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import h5py

__all__ = ["link_as_main", "validate_h5_dimension", "validate_main_and_dims"]

logger = logging.getLogger(__name__)


def link_as_main(h5_main: h5py.Dataset, dim_dict: Mapping[int, h5py.Dataset]) -> h5py.Dataset:
    """Make a dataset know its axes: attach them as HDF5 dimension scales and label them.

    Parameters
    ----------
    h5_main : h5py.Dataset
        The numbers.
    dim_dict : dict of int to h5py.Dataset
        The values of each axis, with the attributes ``name``, ``units``, ``quantity`` and
        ``dimension_type``.

    Returns
    -------
    h5py.Dataset
        `h5_main`.

    Raises
    ------
    TypeError
        For a wrong type of either argument, and for an axis that does not fit; the message
        gives every reason.  Nothing is changed then.
    ValueError
        When there is not one entry per axis.
    KeyError
        When the keys are not 0, 1, 2, ...
    """
    from collections.abc import Mapping

    if not is_dataset(h5_main):
        msg = "h5_main should be a h5py.Dataset object"
        raise TypeError(msg)
    if not isinstance(dim_dict, Mapping):
        msg = "dim_dict must be a dictionary (keys: index of the axis, values: h5py.Datasets)"
        raise TypeError(msg)
    if not all(is_dataset(item) for item in dim_dict.values()):
        msg = "Items in dictionary must all  be h5py.Datasets !"
        raise TypeError(msg)
    if len(dim_dict) != len(h5_main.shape):
        msg = (
            f"Incorrect number of dimensions: {len(dim_dict)} provided to support main data, "
            f"of shape: {h5_main.shape}"
        )
        raise ValueError(msg)
    ordered = [dim_dict[axis] for axis in range(len(h5_main.shape))]
    for axis, (scale, length) in enumerate(zip(ordered, h5_main.shape, strict=True)):
        reasons = axis_problems(scale, length)
        if reasons:
            msg = f"Dimension {axis} has the following error_message:\n" + "\n".join(reasons)
            raise TypeError(msg)
    for axis, scale in enumerate(ordered):
        _attach(h5_main, axis, scale)
    return h5_main


def _attach(h5_main: Any, axis: int, scale: Any) -> None:
    name = scale.name.rpartition("/")[2]
    if not scale.is_scale:
        scale.make_scale(name)
    h5_main.dims[axis].label = name
    if not any(attached == scale for attached in h5_main.dims[axis].values()):
        h5_main.dims[axis].attach_scale(scale)


def validate_h5_dimension(h5_dim: object, dim_length: int) -> str:
    """Return what is wrong with the values of an axis, blank when nothing is."""
    return "\n".join(axis_problems(h5_dim, dim_length))


def validate_main_and_dims(
    main_shape: Sequence[int],
    dim_dict: Mapping[int, Any],
    h5_parent_group: h5py.Group,
) -> bool:
    """Return whether the axes fit a main dataset.

    Parameters
    ----------
    main_shape : sequence of int
        Shape of the main dataset.
    dim_dict : dict of int to h5py.Dataset or sidpy.Dimension
        The axes.
    h5_parent_group : h5py.Group
        Where they are going to lie.

    Raises
    ------
    TypeError
        For a wrong type of any argument.

    Notes
    -----
    The reasons are logged.
    """
    from sidpy.sid.dimension import Dimension

    require("group", h5_parent_group, "h5_parent_group")
    if len(dim_dict) != len(tuple(main_shape)):
        logger.info("%d axes for a shape of %s", len(dim_dict), tuple(main_shape))
        return False
    fits = True
    for axis, (key, length) in enumerate(zip(dim_dict, main_shape, strict=True)):
        item = dim_dict[key] if hasattr(dim_dict, "keys") else key
        if isinstance(item, Dimension):
            reasons = [] if len(item) == length else [f"it has the wrong length {len(item)}"]
        elif is_dataset(item):
            reasons = axis_problems(item, length)
            if item.file != h5_parent_group.file:
                reasons.append(f"it lies in another file, {item.file.filename!r}")
        else:
            msg = (
                "values of dim_dict should be h5py.Dataset or Dimension objects, "
                f"found {type(item).__name__} for axis {axis}"
            )
            raise TypeError(msg)
        for reason in reasons:
            logger.info("axis %d: %s", axis, reason)
        fits = fits and not reasons
    return fits
