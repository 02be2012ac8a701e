"""What is in a file: its main datasets, those that claim to be one, and what is wrong.

HDF5 visits a thousand datasets quickly, but gives up at the first object that it cannot
read, and does not say where.  Then every group is looked into on its own.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sidpy.hdf.damage import DAMAGE, Problem
from sidpy.hdf.objects import is_dataset, is_group
from sidpy.hdf.walking import identity

from .flaws import LINKS, main_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    import h5py

__all__ = ["group_problems", "survey"]

logger = logging.getLogger(__name__)


def survey(top: h5py.Group | h5py.Dataset) -> tuple[list[Any], list[Problem]]:
    """Return the main datasets at and below an object, and what is wrong with others.

    Parameters
    ----------
    top : h5py.File, h5py.Group or h5py.Dataset
        Where to search; links are not followed.

    Returns
    -------
    mains : list of h5py.Dataset
        In alphabetical order of their addresses.
    problems : list of Problem
        Of datasets with one of `LINKS` that are no main ones, and of what cannot be
        looked into.
    """
    claiming: list[Any] = []
    found: list[Problem] = []
    if is_dataset(top):
        claiming.append(top)
    else:
        try:
            top.visititems(lambda _name, item: claiming.append(item) if _claims(item) else None)
        except DAMAGE as error:
            logger.info("%r is looked into group by group: %s", top.name, error)
            claiming = [item for item in _carefully(top, found) if _claims(item)]
    mains = []
    for item in claiming:
        reasons = main_problems(item)
        found += [_of(item, reason) for reason in reasons]
        if not reasons:
            mains.append(item)
    return mains, found


def group_problems(group: h5py.Group) -> list[Problem]:
    """Return everything that is wrong below a group; see `validate.problems`."""
    mains, found = survey(group)
    if not mains:
        reason = "it holds no main dataset of the USID model that can be read"
        found.append(Problem(str(group.name), reason))
    return found


def _of(h5_main: Any, reason: Problem) -> Problem:
    """Return what is wrong with an ancillary dataset, naming what it should explain."""
    name = str(h5_main.name)
    return (
        reason if reason.address == name else Problem(reason.address, f"{reason.text} (of {name})")
    )


def _claims(item: Any) -> bool:
    """Whether a dataset has an attribute by which it wants to be a main one."""
    from h5py import h5a

    if not is_dataset(item):
        return False
    try:
        return any(h5a.exists(item.id, name.encode()) for name in LINKS)
    except DAMAGE:
        return False


def _carefully(group: Any, problems: list[Problem]) -> Iterator[Any]:
    """Give the datasets below a group; note what cannot be opened."""
    import h5py

    known = {identity(group)}
    waiting = [(group, str(group.name).rstrip("/"))]
    while waiting:
        parent, address = waiting.pop()
        try:
            names = list(parent)
        except DAMAGE as error:
            problems.append(Problem(address or "/", f"its members cannot be listed: {error}"))
            continue
        below = []
        for name in names:
            at = f"{address}/{name}"
            try:
                hard = isinstance(parent.get(name, getlink=True), h5py.HardLink)
                item = parent[name] if hard else None
                new = is_group(item) and identity(item) not in known
            except DAMAGE as error:
                problems.append(Problem(at, f"it cannot be opened: {error}"))
                continue
            if is_dataset(item):
                yield item
            elif new:
                known.add(identity(item))
                below.append((item, at))
        waiting += reversed(below)
