"""What is in a file: its tree as text, and datasets by name."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TextIO

from sidpy.base.string_utils import validate_single_string_arg

from .objects import is_dataset, is_group, last_name, require

if TYPE_CHECKING:
    from collections.abc import Callable

    import h5py

__all__ = ["find_dataset", "print_tree", "tree_lines"]


def print_tree(
    parent: h5py.Group,
    rel_paths: bool = False,  # noqa: FBT001, FBT002 - as in the released package
    file: TextIO | None = None,
) -> None:
    """Print the names of everything below a group.

    Parameters
    ----------
    parent : h5py.File or h5py.Group
        Where to begin.
    rel_paths : bool
        Print addresses relative to `parent` instead of a tree.
    file : text stream, optional
        Where to print; the standard output when not given.

    Raises
    ------
    TypeError
        When `parent` is no group.
    """
    lines = tree_lines(parent, rel_paths=rel_paths)
    (sys.stdout if file is None else file).write("\n".join(lines) + "\n")


def tree_lines(
    parent: h5py.Group,
    *,
    rel_paths: bool = False,
    keep: Callable[[Any], bool] | None = None,
) -> list[str]:
    """Return the lines of `print_tree`.

    Parameters
    ----------
    parent : h5py.File or h5py.Group
        Where to begin.
    rel_paths : bool
        Give addresses relative to `parent` instead of a tree.
    keep : function of an HDF5 object, optional
        Which objects to show; all when not given.
    """
    require("group", parent, "parent")
    lines = [str(parent.name)]

    def visit(name: str, item: Any) -> None:
        if keep is not None and not keep(item):
            return
        if rel_paths:
            lines.append(name)
            return
        depth, last = name.count("/"), name.rpartition("/")[2]
        lines.append(f"{'  ' * depth}├ {last}")
        if is_group(item):
            lines.append(f"{'  ' * (depth + 1)}{'-' * len(last)}")

    parent.visititems(visit)
    return lines


def find_dataset(h5_group: h5py.Group, dset_name: str) -> list[Any]:
    """Return every dataset below a group whose last name contains `dset_name`.

    Parameters
    ----------
    h5_group : h5py.File or h5py.Group
        Where to search, at any depth.
    dset_name : str
        Part of the name; upper and lower case differ, blanks around it do not count.

    Returns
    -------
    list of h5py.Dataset
        In alphabetical order of their addresses.

    Raises
    ------
    TypeError
        When `h5_group` is no group or the name no str.
    ValueError
        When the name is blank.
    """
    require("group", h5_group, "h5_group")
    part = validate_single_string_arg(dset_name, "dset_name")
    found: list[Any] = []

    def visit(_name: str, item: Any) -> None:
        if is_dataset(item) and part in last_name(item):
            found.append(item)

    h5_group.visititems(visit)
    return found
