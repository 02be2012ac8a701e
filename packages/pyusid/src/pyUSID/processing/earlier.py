"""What was computed before: complete results, and those that were interrupted.

Nothing is written.  What says how far a group of results has come is a dataset with a number
for each position, or, in files of before 2018, an attribute with the number of rows.
"""

from __future__ import annotations

import enum
import logging
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.hdf.objects import is_dataset

if TYPE_CHECKING:
    import h5py
    from numpy.typing import NDArray

__all__ = ["LAST", "Position", "is_status", "sorted_groups", "states"]

logger = logging.getLogger(__name__)

#: Attribute of a group of results: all positions before this one are done.
LAST: Final = "last_pixel"
#: How the names of datasets that say what is done begin.
_STATUS: Final = "completed_"


class Position(enum.IntEnum):
    """What was done at a position."""

    OPEN = 0
    DONE = 1
    FAILED = 2


def is_status(item: object, count: int) -> bool:
    """Whether an object has a number for each of some positions that says what was done."""
    return is_dataset(item) and item.shape == (count,) and item.dtype == np.uint8


def states(group: h5py.Group, name: str, count: int) -> NDArray[np.uint8] | None:
    """Return what was done at each position, None when the group does not say so.

    Parameters
    ----------
    group : h5py.Group
        Results.
    name : str
        Of the dataset that says it.
    count : int
        Number of positions.
    """
    found = group.get(name)
    if found is not None:
        if is_status(found, count):
            return np.asarray(found[()])
        logger.warning("%s/%s is no status of %d positions: ignored", group.name, name, count)
        return None
    # the number of rows belongs to the stage of a computation that has a status
    if LAST not in group.attrs or any(
        other.startswith(_STATUS) and is_status(group[other], count) for other in group
    ):
        return None
    return (np.arange(count) < int(group.attrs[LAST])).astype(np.uint8)


def sorted_groups(
    groups: list[Any], name: str, count: int
) -> tuple[list[h5py.Group], list[h5py.Group]]:
    """Return the groups of results that are complete, and those that were interrupted."""
    complete, partial = [], []
    for group in groups:
        found = states(group, name, count)
        if found is None:
            logger.debug("%s does not say how far it is: computed again", group.name)
        elif np.all(found != Position.OPEN):
            complete.append(group)
        else:
            partial.append(group)
    return complete, partial
