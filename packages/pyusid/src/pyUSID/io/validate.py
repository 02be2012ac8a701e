"""What is wrong with a file, or an object in it, as one of the USID model."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sidpy.hdf.damage import Problem, named, problems_inside
from sidpy.hdf.objects import is_group
from sidpy.hdf.recovery import open_to_read
from sidpy.hdf.walking import following

from .flaws import is_main, main_problems, require_main
from .survey import group_problems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    import h5py

__all__ = ["is_main", "problems", "require_main", "validate"]


def validate(path: str | PathLike[str], *, external: bool | None = None) -> list[Problem]:
    """Return everything that is wrong with a file as one of the USID model.

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
    return problems_inside(path, "usid", _opened(path, external=external), problems)


@contextmanager
def _opened(path: str | PathLike[str], *, external: bool | None) -> Iterator[h5py.File]:
    with following(external), named(path, "usid"), open_to_read(path) as file:
        yield file


def problems(h5_object: object) -> list[Problem]:
    """Return every reason why an object is no main dataset; none when it is one.

    Parameters
    ----------
    h5_object : object
        Anything; nothing is raised.  Of a file or group: what is wrong with every dataset
        below it that claims to be a main one by one of `LINKS`, what cannot be looked into,
        and that there is no main dataset.

    Returns
    -------
    list of Problem
        Each a text that knows the HDF5 address of the object.
    """
    if is_group(h5_object) and h5_object:
        return group_problems(h5_object)
    return main_problems(h5_object)
