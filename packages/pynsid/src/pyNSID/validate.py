"""Is this a main dataset of the NSID model, and if not, why: every reason, not the first."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sidpy.errors import NotNSID
from sidpy.hdf.attrs import decode
from sidpy.hdf.objects import is_dataset, require

from .committed import state_of
from .fields import AXIS_TEXTS, MAIN_ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import h5py

__all__ = [
    "axis_problems", "check_if_main", "get_all_main", "is_main", "link_as_main", "problems",
    "require_main", "validate_h5_dimension", "validate_main_and_dims",
]  # fmt: skip

logger = logging.getLogger(__name__)


def problems(h5_main: object) -> list[str]:
    """Return every reason why an object is no main dataset; none when it is one.

    Parameters
    ----------
    h5_main : object
        A main dataset has the texts of `fields.TEXTS` as attributes and, for each axis, an
        attached HDF5 dimension scale, labelled with the name of a dataset beside it that has
        the right length and says what it is.
    """
    if not is_dataset(h5_main):
        return [f"it is a {type(h5_main).__name__} and no dataset"]
    if not h5_main:
        return ["its file is closed"]
    found = [*_attribute_problems(h5_main)]
    growing = state_of(h5_main.parent)
    for axis, length in enumerate(h5_main.shape or ()):
        grows = growing is not None and growing.axis == axis
        reasons = _scale_problems(h5_main, axis, None if grows else length)
        found += [f"axis {axis}: {reason}" for reason in reasons]
    return found


def _attribute_problems(h5_main: Any) -> list[str]:
    found = []
    for name in MAIN_ATTRIBUTES:
        if name not in h5_main.attrs:
            found.append(f"the attribute {name!r} is missing")
        elif not isinstance(decode(h5_main.attrs[name]), str):
            found.append(f"the attribute {name!r} is no text")
    return found


def _scale_problems(h5_main: Any, axis: int, length: int | None) -> list[str]:
    dimension = h5_main.dims[axis]
    if not len(dimension):
        return ["no dimension scale is attached"]
    label = dimension.label
    scale = h5_main.parent.get(label) if label else None
    if scale is None:
        return [f"there is no dataset {label!r}, as the axis is labelled, beside it"]
    return axis_problems(scale, length)


def axis_problems(h5_dim: object, length: int | None) -> list[str]:
    """Return every reason why an object cannot be the values of an axis of some length.

    While an axis grows it has no length: its values and the numbers are extended in turns.
    """
    if not is_dataset(h5_dim):
        return ["it is no h5py.Dataset"]
    found = []
    if len(h5_dim.shape) != 1:
        found.append(f"it has {len(h5_dim.shape)} axes itself")
    elif length is not None and h5_dim.shape[0] != length:
        found.append(f"it has the wrong length {h5_dim.shape[0]}, the axis has {length}")
    missing = [row.attribute for row in AXIS_TEXTS if row.attribute not in h5_dim.attrs]
    return found + [f"its attribute {name!r} is missing" for name in missing]


def is_main(h5_main: object) -> bool:
    """Return whether an object is a main dataset of the NSID model."""
    return not problems(h5_main)


def require_main(h5_main: object) -> None:
    """Refuse what is no main dataset.

    Raises
    ------
    NotNSID
        With every reason; it is a TypeError too.
    """
    reasons = problems(h5_main)
    if reasons:
        name = getattr(h5_main, "name", None)
        msg = f"{h5_main if name is None else name!r} is no main dataset of the NSID model"
        raise NotNSID(msg, reasons)


def check_if_main(h5_main: object, verbose: bool = False) -> bool:  # noqa: FBT001, FBT002 - the released package's signature
    """Return `is_main`; with `verbose`, log the reasons at the level INFO."""
    reasons = problems(h5_main)
    for reason in reasons:
        logger.log(logging.INFO if verbose else logging.DEBUG, "no main dataset: %s", reason)
    return not reasons


def get_all_main(parent: h5py.Group, verbose: bool = False) -> list[Any]:  # noqa: FBT001, FBT002 - the released package's signature
    """Return every main dataset below a group, in alphabetical order of the addresses.

    Raises
    ------
    TypeError
        When `parent` is no group.
    """
    from sidpy.hdf.objects import is_group

    if not is_group(parent):
        msg = f"parent should be a h5py.File or h5py.Group object, found {type(parent).__name__}"
        raise TypeError(msg)
    found: list[Any] = []

    def visit(name: str, item: Any) -> None:
        # a glance before the thorough look: most datasets of a file are axes
        if is_dataset(item) and "main_data_name" in item.attrs and is_main(item):
            found.append(item)
            logger.log(logging.INFO if verbose else logging.DEBUG, "main dataset %s", name)

    parent.visititems(visit)
    return found


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
