"""Groups of results: named after source and tool, found again exactly.

``<dataset>-<tool>_NNN`` is the name of what a tool made of a dataset.  The ``-`` keeps the
two apart, so neither may contain one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pyUSID.__version__ import version
from sidpy.base.string_utils import validate_single_string_arg
from sidpy.hdf import prov_utils
from sidpy.hdf.attrs import put_texts
from sidpy.hdf.links import follow
from sidpy.hdf.objects import is_group, last_name, require
from sidpy.hdf.prov_utils import assign_group_index, check_for_matching_attrs

from .usi_data import USIDataset

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
    "get_source_dataset",
]


def create_indexed_group(h5_parent_group: h5py.Group, base_name: str) -> h5py.Group:
    """Create the next group of a numbered series, with the five book-keeping attributes.

    Raises
    ------
    TypeError
        For a wrong type of either argument.
    ValueError
        For a blank name.
    """
    created = prov_utils.create_indexed_group(h5_parent_group, base_name)
    put_texts(created, {"pyUSID_version": version})
    return created


def create_results_group(
    h5_main: h5py.Dataset, tool_name: str, h5_parent_group: h5py.Group | None = None
) -> h5py.Group:
    """Create the group for what a tool made of a dataset.

    Parameters
    ----------
    h5_main : h5py.Dataset
        The source.
    tool_name : str
        The tool; a ``-`` in it becomes ``_``.
    h5_parent_group : h5py.Group, optional
        Where to create it, also in another file; beside the source when not given.

    Returns
    -------
    h5py.Group
        With the tool and the source: a reference in the same file, else path and address.

    Raises
    ------
    TypeError
        For a wrong type of any argument.
    ValueError
        For a blank name.
    """
    created = prov_utils.create_results_group(h5_main, tool_name, h5_parent_group)
    texts = {"pyUSID_version": version}
    if created.file != h5_main.file:
        texts |= {
            "source_file_path": str(h5_main.file.filename),
            "source_dataset_path": str(h5_main.name),
        }
    put_texts(created, texts)
    return created


def find_results_groups(
    h5_main: h5py.Dataset, tool_name: str, h5_parent_group: h5py.Group | None = None
) -> list[h5py.Group]:
    """Return the groups that hold what a tool made of a dataset, by increasing index.

    Only groups named exactly ``<dataset>-<tool>_NNN`` that name no other source count.

    Raises
    ------
    TypeError
        For a wrong type of any argument.
    """
    require("dataset", h5_main, "h5_main")
    tool = validate_single_string_arg(tool_name, "tool_name").replace("-", "_")
    parent = h5_main.parent if h5_parent_group is None else h5_parent_group
    require("group", parent, "h5_parent_group")
    named = re.compile(rf"{re.escape(last_name(h5_main))}-{re.escape(tool)}_([0-9]+)")
    matches = [(named.fullmatch(name), item) for name, item in parent.items() if is_group(item)]
    groups = [(int(match[1]), item) for match, item in matches if match]
    return [item for _, item in sorted(groups, key=_index) if _comes_from(item, h5_main)]


def _index(pair: tuple[int, Any]) -> int:
    return pair[0]


def _comes_from(group: Any, h5_main: Any) -> bool:
    source = follow(group, group.attrs.get("source_000"))
    if source is not None:
        return bool(source == h5_main)
    address = group.attrs.get("source_dataset_path")
    return address is None or address == h5_main.name


def check_for_old(
    h5_base: h5py.Dataset,
    tool_name: str,
    new_parms: Mapping[str, Any] | None = None,
    target_dset: str | None = None,
    h5_parent_goup: h5py.Group | None = None,
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002
    h5_parent_group: h5py.Group | None = None,
) -> list[h5py.Group]:
    """Return the results that a tool already made of a dataset with the same parameters.

    Parameters
    ----------
    h5_base : h5py.Dataset
        The source.
    tool_name : str
        The tool.
    new_parms : dict, optional
        Attributes that must be there and agree; None as a value matches everything.
    target_dset : str, optional
        Compare the attributes of this member of the group instead of those of the group.
    h5_parent_goup, h5_parent_group : h5py.Group, optional
        Where to search; beside the source when not given. The first is the released spelling.
    verbose : bool
        Without effect.

    Raises
    ------
    TypeError
        For a wrong type of any argument.
    """
    parameters = {} if new_parms is None else new_parms
    if not isinstance(parameters, dict):
        msg = f"new_parms should be a dict, not {type(parameters).__name__}"
        raise TypeError(msg)
    if target_dset is not None and not isinstance(target_dset, str):
        msg = f"target_dset should be a string, not {type(target_dset).__name__}"
        raise TypeError(msg)
    parent = h5_parent_goup if h5_parent_group is None else h5_parent_group
    found = []
    for group in find_results_groups(h5_base, tool_name, h5_parent_group=parent):
        described = group if target_dset is None else group.get(target_dset)
        if described is not None and check_for_matching_attrs(described, parameters):
            found.append(group)
    return found


def get_source_dataset(h5_group: h5py.Group) -> USIDataset:
    """Return the main dataset that the results in a group were made of, by its name.

    Raises
    ------
    TypeError
        When it is no group, or the source is no main dataset.
    ValueError
        When the name of the group is not ``<dataset>-<tool>_NNN``.
    KeyError
        When the source is not beside the group.
    """
    require("group", h5_group, "h5_group")
    parts = last_name(h5_group).split("-")
    if len(parts) != 2:
        msg = f"{h5_group.name} is not named <dataset>-<tool>_NNN and so names no source"
        raise ValueError(msg)
    if parts[0] not in h5_group.parent:
        msg = f"the source {parts[0]!r} of {h5_group.name} is not beside it"
        raise KeyError(msg)
    return USIDataset(h5_group.parent[parts[0]])
