"""Names in the file: which are possible, and which they become."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sidpy._warnings import warn
from sidpy.hdf.words import plain_text

from .fields import HIDDEN, TREES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

__all__ = ["axis_names", "legal_name", "main_name", "tree_names"]

#: Name of a main dataset whose title is blank.
_NAMELESS = "nDim_Data"

#: Names of other members of the group of a main dataset.
_RESERVED = frozenset({*TREES, HIDDEN})


def main_name(main_data_name: str, title: str) -> str:
    """Return what a main dataset and its group are called.

    Parameters
    ----------
    main_data_name : str
        What the caller asked for.
    title : str
        The title of the dataset; its last part counts when nothing was asked for.

    Raises
    ------
    TypeError
        When `main_data_name` is no str.
    ValueError
        When it cannot be the name of a group.

    Warns
    -----
    UserWarning
        When a ``-`` had to be replaced: it is reserved for the names of results.
    """
    if not isinstance(main_data_name, str):
        msg = f"main_data_name should be a string, found {main_data_name!r}"
        raise TypeError(msg)
    name = main_data_name.strip()
    if name and (legal_name(name) != name or is_reserved(name)):
        msg = (
            f"main_data_name cannot be {name!r}: it should have no '/' or NUL and be none of "
            f"{sorted(_RESERVED)}"
        )
        raise ValueError(msg)
    name = name or legal_name(title.strip().rpartition("/")[2]) or _NAMELESS
    if is_reserved(name):
        name += "_1"
    if "-" in name:
        replaced = name.replace("-", "_")
        warn(f'a name in a file should not contain "-": {name!r} was written as {replaced!r}')
        name = replaced
    return name


def legal_name(text: str) -> str:
    """Return a text as the name of an HDF5 object, as far as possible the same."""
    name = plain_text(text).strip().replace("/", "_")
    return name.replace(".", "_") if name in (".", "..") else name


def is_reserved(name: str) -> bool:
    """Whether something else of this name may stand beside the numbers."""
    return name in _RESERVED or name.startswith("Structure_")


def axis_names(names: Iterable[str], main: str) -> list[str]:
    """Return how the datasets of the axes are called.

    That is their own name, unless it is no possible name, that of the main dataset or of
    another axis, or reserved: then a number is appended.  The attribute ``name`` keeps the
    name of the dimension in any case.
    """
    taken = {main}
    result = []
    for name in names:
        wanted = legal_name(name) or "none"
        free, number = wanted, 0
        while free in taken or is_reserved(free):
            number += 1
            free = f"{wanted}_{number}" if not is_reserved(wanted) else f"axis_{wanted}_{number}"
        taken.add(free)
        result.append(free)
    return result


def tree_names(extras: Iterable[str], taken: Collection[str]) -> list[str]:
    """Return which dictionaries of the user can be groups under their own name."""
    return [name for name in extras if may_be_tree(name) and name not in taken]


def may_be_tree(name: str) -> bool:
    """Whether a group of this name is a dictionary that a user attached to a dataset."""
    return not name.startswith(("_", "Log_")) and not is_reserved(name) and _is_free(name)


def _is_free(name: str) -> bool:
    return legal_name(name) == name and not is_member(name)


def is_member(name: str) -> bool:
    """Whether a Dataset has an attribute of its own of this name."""
    from sidpy.sid.dataset import Dataset

    return hasattr(Dataset, name)
