"""Groups as dictionaries, and whether a file can be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sidpy.base.string_utils import validate_single_string_arg

from .attributes import attributes
from .attrs import write_simple_attrs
from .objects import is_dataset, is_group, last_name, require
from .walking import members

if TYPE_CHECKING:
    from collections.abc import Mapping

    import h5py

__all__ = ["h5_group_to_dict", "is_editable_h5", "read_tree", "write_dict_to_h5_group"]


def write_dict_to_h5_group(
    h5_group: h5py.Group, metadata: Mapping[Any, Any], group_name: str
) -> h5py.Group | None:
    """Write a dictionary as a new subgroup.

    Parameters
    ----------
    h5_group : h5py.Group
        The parent.
    metadata : dict
        Values become attributes, dictionaries subgroups.
    group_name : str
        Name of the new group; a blank inside it becomes ``_``.

    Returns
    -------
    h5py.Group or None
        The new group; ``None`` for an empty dictionary, which is not written.

    Raises
    ------
    TypeError
        For a wrong type of any argument.
    ValueError
        When the name is blank or taken.
    """
    from collections.abc import Mapping

    require("group", h5_group, "h5_group")
    if not isinstance(metadata, Mapping):
        msg = f"metadata should be a dictionary, found {type(metadata).__name__}"
        raise TypeError(msg)
    name = validate_single_string_arg(group_name, "group_name").replace(" ", "_")
    if not metadata:
        return None
    if name in h5_group:
        msg = f"{h5_group.name!r} already has a member {name!r}"
        raise ValueError(msg)
    created = h5_group.create_group(name)
    write_simple_attrs(created, metadata)
    return created


def h5_group_to_dict(
    group_iter: h5py.Group, group_dict: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the attributes of a group and of its subgroups as a nested dictionary.

    Parameters
    ----------
    group_iter : h5py.Group
        The group to read.
    group_dict : dict, optional
        A dictionary to add to; a new one when not given.

    Returns
    -------
    dict
        ``{name of the group: {attribute: value, ..., subgroup: {...}}}``, text as str.

    Raises
    ------
    TypeError
        When `group_iter` is no group, or a dataset stands among its members.
    """
    require("group", group_iter, "group_iter")
    result = {} if group_dict is None else group_dict
    if not isinstance(result, dict):
        msg = f"group_dict should be a dictionary, found {type(result).__name__}"
        raise TypeError(msg)
    result[last_name(group_iter)] = read_tree(group_iter)
    return result


def read_tree(group: h5py.Group, *, skip_datasets: bool = False) -> dict[str, Any]:
    """Return the attributes and subgroups of a group as a nested dictionary.

    Parameters
    ----------
    group : h5py.Group
        The group to read.
    skip_datasets : bool
        Pass over datasets among the members instead of refusing them.

    Raises
    ------
    TypeError
        When a member is a dataset and `skip_datasets` is not set.

    Notes
    -----
    Works level by level without recursion: files of the released packages nest the
    provenance one level per operation.
    """
    root: dict[str, Any] = {}
    pending = [(group, root)]
    seen = set()  # a hard link may lead back up the tree
    while pending:
        source, into = pending.pop()
        into.update(attributes(source))
        if source in seen:
            continue
        seen.add(source)
        for name, member in members(source):
            if is_group(member):
                into[name] = {}
                pending.append((member, into[name]))
            elif is_dataset(member) and not skip_datasets:
                msg = f"{member.name!r} is a dataset; a dictionary is made of groups only"
                raise TypeError(msg)
    return root


def is_editable_h5(h5_obj: h5py.Group | h5py.Dataset) -> bool:
    """Return whether an object lies in an open file that can be written.

    Raises
    ------
    TypeError
        When `h5_obj` is no HDF5 object.
    """
    require("object", h5_obj, "h5_obj")
    return bool(h5_obj) and h5_obj.file.mode == "r+"
