"""Links between objects of one file: references kept in attributes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sidpy.base.string_utils import validate_list_of_strings, validate_single_string_arg

from .objects import is_dataset, is_object, last_name, require

if TYPE_CHECKING:
    import h5py

__all__ = [
    "get_auxiliary_datasets",
    "get_h5_obj_refs",
    "link_h5_obj_as_alias",
    "link_h5_objects_as_attrs",
    "validate_h5_objs_in_same_h5_file",
]


def link_h5_obj_as_alias(
    h5_main: h5py.Group | h5py.Dataset,
    h5_ancillary: h5py.Group | h5py.Dataset,
    alias_name: str,
) -> None:
    """Make `h5_main` point at `h5_ancillary` through an attribute of the given name.

    Raises
    ------
    TypeError
        For a wrong type of any argument.
    ValueError
        When the name is blank or the objects lie in different files.
    """
    require("object", h5_main, "h5_main")
    require("object", h5_ancillary, "h5_ancillary")
    name = validate_single_string_arg(alias_name, "alias_name")
    validate_h5_objs_in_same_h5_file(h5_main, h5_ancillary)
    h5_main.attrs[name] = h5_ancillary.ref


def link_h5_objects_as_attrs(
    src: h5py.Group | h5py.Dataset,
    h5_objects: h5py.Group | h5py.Dataset | Iterable[h5py.Group | h5py.Dataset],
) -> None:
    """Make `src` point at each object through an attribute named like that object.

    Parameters
    ----------
    src : h5py.File, h5py.Group or h5py.Dataset
        The object that receives the attributes.
    h5_objects : HDF5 object or iterable of them
        What to point at, in the same file.

    Raises
    ------
    TypeError
        For something that is no HDF5 object; nothing is written then.
    ValueError
        When an object lies in another file; nothing is written then.
    """
    require("object", src, "src")
    objects = [h5_objects] if is_object(h5_objects) else list(h5_objects)
    for h5_object in objects:
        require("object", h5_object, "h5_objects")
    validate_h5_objs_in_same_h5_file(src, objects)
    for h5_object in objects:
        src.attrs[last_name(h5_object)] = h5_object.ref


def validate_h5_objs_in_same_h5_file(
    h5_src: h5py.Group | h5py.Dataset,
    h5_other: h5py.Group | h5py.Dataset | Iterable[h5py.Group | h5py.Dataset],
) -> None:
    """Refuse objects that do not lie in the file of `h5_src`.

    Raises
    ------
    TypeError
        For something that is no HDF5 object.
    ValueError
        When one lies in another file; the message names both.
    """
    require("object", h5_src, "h5_src")
    others: Iterable[Any] = h5_other if isinstance(h5_other, list | tuple) else [h5_other]
    for other in others:
        require("object", other, "h5_other")
        if other.file != h5_src.file:
            msg = (
                f"Cannot link h5 objects across files: {h5_src.name!r} is in "
                f"{h5_src.file.filename!r}, {other.name!r} in {other.file.filename!r}"
            )
            raise ValueError(msg)


def get_auxiliary_datasets(
    h5_object: h5py.Group | h5py.Dataset,
    aux_dset_name: str | list[str] | tuple[str, ...] | None = None,
) -> list[Any]:
    """Return the datasets that an object points at.

    Parameters
    ----------
    h5_object : h5py.File, h5py.Group or h5py.Dataset
        The object whose attributes are followed.
    aux_dset_name : str or list of str, optional
        Names of the attributes; all when not given.

    Returns
    -------
    list of h5py.Dataset
        References to groups and attributes of other kinds are passed over.

    Raises
    ------
    TypeError
        For a wrong type of any argument.
    KeyError
        When an attribute is not there.
    """
    require("object", h5_object, "h5_object")
    names = (
        list(h5_object.attrs)
        if aux_dset_name is None
        else validate_list_of_strings(aux_dset_name, "aux_dset_name")
    )
    for name in names:
        if name not in h5_object.attrs:
            msg = f"{name} is not an attribute of {h5_object.name}"
            raise KeyError(msg)
    found = (follow(h5_object, h5_object.attrs[name]) for name in names)
    return [item for item in found if is_dataset(item)]


def follow(h5_object: Any, value: Any) -> Any:
    """Return the object that an attribute's value points at; ``None`` for any other value."""
    import h5py

    if not isinstance(value, h5py.Reference) or isinstance(value, h5py.RegionReference):
        return None
    try:
        return h5_object.file[value]
    except (ValueError, KeyError):  # a null reference, or its target was deleted
        return None


def get_h5_obj_refs(
    obj_names: str | list[str] | tuple[str, ...],
    h5_refs: h5py.Group | h5py.Dataset | Iterable[Any],
) -> list[Any]:
    """Return the objects whose last name is one of those given, in the order of the names.

    Parameters
    ----------
    obj_names : str or list of str
        Names to look for.
    h5_refs : HDF5 object or iterable
        Where to look; what is no HDF5 object is passed over.

    Raises
    ------
    TypeError
        When a name is no str, or `h5_refs` can not be gone through.
    """
    names = validate_list_of_strings(obj_names, "obj_names")
    if not is_object(h5_refs) and not isinstance(h5_refs, Iterable):
        msg = f"h5_refs should be HDF5 objects, found {type(h5_refs).__name__}"
        raise TypeError(msg)
    objects = [h5_refs] if is_object(h5_refs) else [ref for ref in h5_refs if is_object(ref)]
    return [ref for name in names for ref in objects if last_name(ref) == name]
