"""Groups of results: how they are numbered, what they say of their origin, how to find them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy._warnings import warn
from sidpy.base.string_utils import validate_single_string_arg

from .attributes import decode
from .attrs import get_attr, write_book_keeping_attrs, write_simple_attrs
from .links import follow, link_h5_obj_as_alias
from .objects import is_dataset, is_group, last_name, require

if TYPE_CHECKING:
    from collections.abc import Mapping

    import h5py

__all__ = [
    "assign_group_index",
    "check_for_matching_attrs",
    "check_for_old",
    "create_indexed_group",
    "create_results_group",
    "find_results_groups",
    "get_attr",
    "get_source_dataset",
    "validate_single_string_arg",
    "write_book_keeping_attrs",
    "write_simple_attrs",
]


#: Parameters that are arrays may have been computed in another way.
_RELATIVE_TOLERANCE: Final = 1e-5


def assign_group_index(
    h5_parent_group: h5py.Group,
    base_name: str,
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002 - accepted by the released package
) -> str:
    """Return the next free name of a numbered series of groups.

    Parameters
    ----------
    h5_parent_group : h5py.File or h5py.Group
        Where the series lies.
    base_name : str
        Beginning of the names; ``_`` is appended if it does not end with it.
    verbose : bool
        Without effect.

    Returns
    -------
    str
        ``<base>_000`` for the first, else one more than the largest number in use.

    Raises
    ------
    TypeError
        For a wrong type of either argument.
    ValueError
        For a blank name.
    """
    import h5py

    require("group", h5_parent_group, "h5_parent_group")
    base = validate_single_string_arg(base_name, "base_name")
    base += "" if base.endswith("_") else "_"
    numbered = re.compile(re.escape(base) + r"(\d+)")
    taken = [
        int(match[1])
        for name in h5_parent_group
        if (match := numbered.fullmatch(name))
        and h5_parent_group.get(name, getclass=True) is h5py.Group
    ]
    index = max(taken, default=-1) + 1
    while f"{base}{index:03d}" in h5_parent_group:  # a dataset or a broken link has the name
        index += 1
    return f"{base}{index:03d}"


def create_indexed_group(h5_parent_group: h5py.Group, base_name: str) -> h5py.Group:
    """Create the next group of a numbered series, with the four book-keeping attributes.

    Raises
    ------
    TypeError
        For a wrong type of either argument.
    ValueError
        For a blank name.

    See Also
    --------
    assign_group_index : how the name is found.
    """
    name = assign_group_index(h5_parent_group, base_name)
    created = h5_parent_group.create_group(name)
    write_book_keeping_attrs(created)
    return created


def create_results_group(
    h5_main: h5py.Dataset, tool_name: str, h5_parent_group: h5py.Group | None = None
) -> h5py.Group:
    """Create the group ``<dataset>-<tool>_NNN`` for what a tool made of a dataset.

    Parameters
    ----------
    h5_main : h5py.Dataset
        The source.
    tool_name : str
        Name of the tool; a ``-`` in it becomes ``_``.
    h5_parent_group : h5py.Group, optional
        Where to create it; beside the source when not given.

    Returns
    -------
    h5py.Group
        With the attributes ``tool``, ``num_source_dsets``, ``source_000`` (a reference, when
        the source lies in the same file) and the four book-keeping attributes.

    Raises
    ------
    TypeError
        For a wrong type of any argument.
    ValueError
        For a blank name.

    Warns
    -----
    UserWarning
        When the name had to be changed.
    """
    require("dataset", h5_main, "h5_main")
    tool = validate_single_string_arg(tool_name, "tool_name")
    if h5_parent_group is not None:
        require("group", h5_parent_group, "h5_parent_group")
    if "-" in tool:
        warn(
            f'tool_name should not contain "-": {tool!r} was written as {tool.replace("-", "_")!r}'
        )
        tool = tool.replace("-", "_")
    parent = h5_main.parent if h5_parent_group is None else h5_parent_group
    created = create_indexed_group(parent, f"{last_name(h5_main)}-{tool}_")
    write_simple_attrs(created, {"tool": tool, "num_source_dsets": 1})
    if parent.file == h5_main.file:
        link_h5_obj_as_alias(created, h5_main, "source_000")
    return created


def find_results_groups(
    h5_main: h5py.Dataset, tool_name: str, h5_parent_group: h5py.Group | None = None
) -> list[Any]:
    """Return the groups that hold what a tool made of a dataset.

    Parameters
    ----------
    h5_main : h5py.Dataset
        The source.
    tool_name : str
        The tool, or part of its name.
    h5_parent_group : h5py.Group, optional
        Where to search; beside the source when not given.

    Returns
    -------
    list of h5py.Group
        Groups named ``<dataset>-<tool>_NNN``, as far as they point at no other source.

    Raises
    ------
    TypeError
        For a wrong type of any argument.
    """
    require("dataset", h5_main, "h5_main")
    tool = validate_single_string_arg(tool_name, "tool_name")
    if h5_parent_group is not None:
        require("group", h5_parent_group, "h5_parent_group")
    parent = h5_main.parent if h5_parent_group is None else h5_parent_group
    prefix = last_name(h5_main) + "-"
    return [
        item
        for name, item in parent.items()
        if is_group(item)
        and name.startswith(prefix)
        and tool in name[len(prefix) :]
        and _may_come_from(item, h5_main)
    ]


def _may_come_from(group: Any, h5_main: Any) -> bool:
    source = follow(group, group.attrs.get("source_000"))
    return source is None or source == h5_main


def check_for_old(
    h5_base: h5py.Dataset,
    tool_name: str,
    new_parms: Mapping[str, Any] | None = None,
    target_dset: str | None = None,
    h5_parent_goup: h5py.Group | None = None,
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002 - accepted by the released package
    *,
    h5_parent_group: h5py.Group | None = None,
) -> list[Any]:
    """Return the results that a tool already made of a dataset with the same parameters.

    Parameters
    ----------
    h5_base : h5py.Dataset
        The source.
    tool_name : str
        The tool.
    new_parms : dict, optional
        Parameters that must agree, see `check_for_matching_attrs`.
    target_dset : str, optional
        Compare the attributes of this member of the results instead of those of the group.
    h5_parent_goup, h5_parent_group : h5py.Group, optional
        Where to search; beside the source when not given.  The first is how the released
        package spells it.
    verbose : bool
        Without effect.

    Returns
    -------
    list of h5py.Group
        Groups of results; those without a member `target_dset` are left out where that is given.

    Raises
    ------
    TypeError
        For a wrong type of any argument.
    """
    parameters = {} if new_parms is None else new_parms
    _require_dictionary(parameters)
    if target_dset is not None and not isinstance(target_dset, str):
        msg = f"target_dset should be a string, found {target_dset!r}"
        raise TypeError(msg)
    parent = h5_parent_goup if h5_parent_group is None else h5_parent_group
    require("dataset", h5_base, "h5_base")
    groups = find_results_groups(h5_base, tool_name, h5_parent_group=parent)
    if target_dset is None:
        return [group for group in groups if check_for_matching_attrs(group, parameters)]
    return [
        group
        for group in groups
        if target_dset in group and check_for_matching_attrs(group[target_dset], parameters)
    ]


def check_for_matching_attrs(
    h5_obj: h5py.Group | h5py.Dataset,
    new_parms: Mapping[str, Any] | None = None,
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002 - accepted by the released package
) -> bool:
    """Return whether an object carries all given attributes with the given values.

    Parameters
    ----------
    h5_obj : h5py.File, h5py.Group or h5py.Dataset
        The object.
    new_parms : dict, optional
        What must be there.  ``None`` as a value matches everything, attributes that are not
        named do not matter.
    verbose : bool
        Without effect.

    Raises
    ------
    TypeError
        When `h5_obj` is no HDF5 object or `new_parms` no dictionary.

    Notes
    -----
    A number matches the same number only, arrays of numbers may differ by 1e-5 of each
    value.  Shapes are not compared, and a scalar matches an array of nothing but that scalar.
    """
    require("object", h5_obj, "h5_obj")
    parameters = {} if new_parms is None else new_parms
    _require_dictionary(parameters)
    return all(
        name in h5_obj.attrs and _agree(decode(h5_obj.attrs[name]), value)
        for name, value in parameters.items()
        if value is not None
    )


def _require_dictionary(value: object) -> None:
    from collections.abc import Mapping

    if not isinstance(value, Mapping):
        msg = f"new_parms should be a dictionary, found {type(value).__name__}"
        raise TypeError(msg)


def _agree(stored: Any, wanted: Any) -> bool:
    old, new = np.asarray(stored), np.asarray(wanted)
    if old.ndim and old.size != new.size:
        return False
    if not old.ndim and new.ndim and _is_text(old):
        return False
    if _is_text(old) or _is_text(new):
        return _is_text(old) and _is_text(new) and list(map(str, old.flat)) == _texts(new)
    tolerance = _RELATIVE_TOLERANCE if new.ndim else 0.0
    try:
        return bool(np.all(np.isclose(old.ravel(), new.ravel(), rtol=tolerance, atol=0.0)))
    except TypeError:  # no numbers: references, structured values
        return bool(np.array_equal(old, new))


def _texts(values: Any) -> list[str]:
    return [str(decode(item)) for item in values.flat]


def _is_text(values: Any) -> bool:
    return values.dtype.kind in "US" or (
        values.dtype.kind == "O" and all(isinstance(item, str | bytes) for item in values.flat)
    )


def get_source_dataset(h5_group: h5py.Group) -> h5py.Dataset:
    """Return the dataset that the results in a group were made of.

    Parameters
    ----------
    h5_group : h5py.Group
        A group named ``<dataset>-<tool>_NNN``.

    Returns
    -------
    h5py.Dataset
        What its reference ``source_000`` leads to, else the dataset of that name beside it.

    Raises
    ------
    TypeError
        When `h5_group` is no group.
    ValueError
        When the name does not hold exactly one ``-``, or what is found is no dataset.
    KeyError
        When the dataset is not there.
    """
    require("group", h5_group, "h5_group")
    parts = last_name(h5_group).split("-")
    if len(parts) != 2:
        msg = (
            f"the name of a group of results should read SourceDataset-ProcessName_000, "
            f"with one '-', found {last_name(h5_group)!r}"
        )
        raise ValueError(msg)
    linked = follow(h5_group, h5_group.attrs.get("source_000"))
    source = linked if is_dataset(linked) else h5_group.parent[parts[0]]
    if not is_dataset(source):
        msg = f"the source {source.name!r} of {h5_group.name!r} is no dataset"
        raise ValueError(msg)
    return source
