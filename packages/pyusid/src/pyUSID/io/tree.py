"""What is in a file: its tree as text, and datasets by name."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TextIO

from sidpy.hdf import links
from sidpy.hdf import tree as sidpy_tree
from sidpy.hdf.objects import is_dataset, is_group
from sidpy.hdf.tree import tree_lines

from .flaws import is_main
from .usi_data import USIDataset

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import h5py

__all__ = ["find_dataset", "get_h5_obj_refs", "print_tree"]


def print_tree(
    parent: h5py.Group,
    rel_paths: bool = False,  # noqa: FBT001, FBT002 - released signature
    main_dsets_only: bool = False,  # noqa: FBT001, FBT002
    file: TextIO | None = None,
) -> None:
    """Print the names of everything below a group.

    Parameters
    ----------
    parent : h5py.File or h5py.Group
        Where to begin.
    rel_paths : bool
        Print addresses relative to `parent` instead of a tree.
    main_dsets_only : bool
        Leave out datasets that are no main datasets.
    file : text stream, optional
        Where to print; the standard output when not given.

    Raises
    ------
    TypeError
        When `parent` is no group.
    """
    keep = _is_group_or_main if main_dsets_only else None
    lines = tree_lines(parent, rel_paths=rel_paths, keep=keep)
    (sys.stdout if file is None else file).write("\n".join(lines) + "\n")


def _is_group_or_main(item: Any) -> bool:
    return is_group(item) or is_main(item)


def find_dataset(h5_group: h5py.Group, dset_name: str) -> list[Any]:
    """Return the datasets below a group whose last name contains `dset_name`.

    Main datasets come as `USIDataset`.

    Raises
    ------
    TypeError
        For a wrong type of either argument.
    """
    return [as_main(item) for item in sidpy_tree.find_dataset(h5_group, dset_name)]


def get_h5_obj_refs(obj_names: str | Sequence[str], h5_refs: Any | Iterable[Any]) -> list[Any]:
    """Return the objects whose last name is one of those given.

    Main datasets come as `USIDataset`.

    Raises
    ------
    TypeError
        When a name is no str, or `h5_refs` is neither an object nor several.
    """
    names = list(obj_names) if isinstance(obj_names, (list, tuple)) else obj_names
    return [as_main(item) for item in links.get_h5_obj_refs(names, h5_refs)]


def as_main(item: Any) -> Any:
    """Return a main dataset as `USIDataset`, anything else as it is."""
    return USIDataset(item) if is_dataset(item) and is_main(item) else item
