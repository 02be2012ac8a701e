"""Is this a main dataset of the NSID model, and if not, why: every reason, not the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sidpy.errors import NotNSID
from sidpy.hdf.damage import Problem, problems_inside
from sidpy.hdf.objects import is_dataset, is_group

from .looking import Look, axis_problems, look_at
from .opening import opened

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["axis_problems", "is_main", "main_problems", "problems", "require_main", "validate"]


def validate(path: str | PathLike[str], *, external: bool | None = None) -> list[Problem]:
    """Return everything that is wrong with a file as one of the NSID model.

    Parameters
    ----------
    path : path-like
        The file; it is opened read-only.
    external : bool, optional
        Whether numbers may lie in files outside its folder; by default as configured.

    Returns
    -------
    list of Problem
        Each a text that knows the HDF5 address of the object; empty for a sound file.

    Raises
    ------
    MissingFile
        When there is no such file.
    """
    return problems_inside(path, "nsid", opened(path, external=external), problems)


def problems(h5_object: object) -> list[Problem]:
    """Return everything that is wrong with a main dataset, or with those below a group.

    Parameters
    ----------
    h5_object : h5py.Dataset, h5py.Group or h5py.File
        A main dataset has the texts of `fields.TEXTS` as attributes and, for each axis, an
        attached HDF5 dimension scale, labelled with the name of a dataset beside it that has
        the right length and says what it is.

    Returns
    -------
    list of Problem
        Each a text that knows the HDF5 address of the object; empty for what is sound.  Of
        a group: of every dataset that claims to be a main one, links that lead nowhere or
        out of the folder, objects that cannot be read, and that there is no main dataset.
    """
    if is_group(h5_object) and h5_object:
        from .survey import group_problems

        return group_problems(h5_object)
    return main_problems(h5_object)


def main_problems(h5_main: object) -> list[Problem]:
    """Return every reason why an object is no main dataset; none when it is one."""
    if not is_dataset(h5_main):
        return [Problem("", f"it is a {type(h5_main).__name__} and no dataset")]
    if not h5_main:
        return [Problem("", "its file is closed")]
    return look_at(h5_main).problems


def is_main(h5_main: object) -> bool:
    """Return whether an object is a main dataset of the NSID model."""
    return not main_problems(h5_main)


def require_main(h5_main: object) -> Look:
    """Return what a look at a main dataset shows.

    Raises
    ------
    NotNSID
        When it is none, with every reason; it is a TypeError too.
    """
    look = look_at(h5_main) if is_dataset(h5_main) and h5_main else None
    reasons = main_problems(h5_main) if look is None else look.problems
    if look is None or reasons:
        name = getattr(h5_main, "name", None)
        msg = f"{h5_main if name is None else name!r} is no main dataset of the NSID model"
        raise NotNSID(msg, reasons)
    return look
