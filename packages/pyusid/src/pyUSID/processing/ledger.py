"""What is done, kept in the file in an order that survives a kill at any moment.

HDF5 changes a file in place, and a program that is killed while it moves its own tables may
leave a file that nobody can open.  So the results get their place in the file before the
first of them is computed, everything is flushed, and from then on HDF5 may only write numbers
into places that are known already: whatever it remembers of its tables is kept in memory until
a checkpoint.  A checkpoint flushes the results first and then says which positions are done.
"""

from __future__ import annotations

import logging
import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy._warnings import warn
from sidpy.hdf.flushing import flush_at_once
from sidpy.hdf.objects import is_dataset

from .earlier import LAST, Position, is_status, states

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import h5py
    from numpy.typing import NDArray

    from .failures import Failure

__all__ = ["Ledger", "held_together", "runs"]

logger = logging.getLogger(__name__)

#: Longest common multiple of the chunks of results that batches are cut at.
_LONGEST = 65536
#: Failures that are written down with what was raised, and how much of it.
_MOST, _LENGTH = 100, 200


class Ledger:
    """Says which positions are done, in the file and before it is there.

    Parameters
    ----------
    group : h5py.Group
        The results.
    name : str
        Of the dataset that says it; made when it is missing.
    count : int
        Number of positions.

    Raises
    ------
    ValueError
        When something else has that name.
    """

    def __init__(self, group: h5py.Group, name: str, count: int) -> None:
        self.group = group
        self.status = self._status(name, count)
        self.states: NDArray[np.uint8] = np.asarray(self.status[()])
        self.failed: dict[int, Failure] = {}
        self._changed = np.zeros(count, np.bool_)
        #: Whether results get their places as they are written, so that tables change.
        self.grows = any(item.chunks is not None for item in _datasets(group))

    def _status(self, name: str, count: int) -> Any:
        known = states(self.group, name, count)
        found = self.group.get(name)
        if found is None:
            first = np.zeros(count, np.uint8) if known is None else known
            created = self.group.create_dataset(name, data=first)
            if LAST not in self.group.attrs:
                self.group.attrs[LAST] = 0
            return created
        if not is_status(found, count):
            kind = (
                f"{found.dtype} of shape {found.shape}" if hasattr(found, "shape") else "a group"
            )
            msg = f"{found.name} should be uint8 of shape ({count},), found {kind}: rename it"
            raise ValueError(msg)
        return found

    def todo(self) -> NDArray[np.intp]:
        """Return the positions that are not done, in order; those that failed too."""
        return np.flatnonzero(self.states != Position.DONE)

    def finished(self, rows: NDArray[np.intp], failed: Mapping[int, Failure]) -> None:
        """Note positions whose results are written, and those of them that failed."""
        self.states[rows] = Position.DONE
        for row in np.intersect1d(rows, list(self.failed)) if self.failed else ():
            self.failed.pop(int(row))
        for row, failure in failed.items():
            self.states[row] = Position.FAILED
            logger.warning("position %d failed: %s", row, failure)
        self.failed.update(failed)
        self._changed[rows] = True

    def checkpoint(self, *others: h5py.File) -> None:
        """Flush the results, then let the file say that they are there."""
        changed = np.flatnonzero(self._changed)
        if not changed.size:
            return
        own = self.group.file
        for file in others:
            if file != own:
                file.flush()
        if self.grows:
            flush_at_once(own)
        else:
            own.flush()
        for part in runs(changed):
            self.status[part] = self.states[part]
        self._tell_last()
        own.flush()
        self._changed[:] = False

    def _tell_last(self) -> None:
        """Tell programs of before 2018 how many rows are done from the first on."""
        todo = np.flatnonzero(self.states == Position.OPEN)
        last = int(todo[0]) if todo.size else len(self.states)
        if self.group.attrs.get(LAST) != last:
            _set(self.group, last)

    def close(self) -> None:
        """Write down what failed, and warn of it."""
        failed = np.flatnonzero(self.states == Position.FAILED)
        if not failed.size:
            if "failures" in self.status.attrs:
                del self.status.attrs["failures"]
            return
        texts = [
            f"{row}: {self.failed[row]}"[:_LENGTH] for row in failed[:_MOST] if row in self.failed
        ]
        if texts:
            self.status.attrs["failures"] = texts
        first = ", ".join(map(str, failed[:10])) + (", ..." if len(failed) > 10 else "")
        why = f" ({texts[0]})" if texts else ""
        warn(
            f"{len(failed)} of {len(self.states)} positions failed: {first}{why}; they are "
            f"marked with {int(Position.FAILED)} in {self.status.name}, their results say "
            "nothing; compute() tries them again"
        )


def _set(group: h5py.Group, last: int) -> None:
    """Change the number in its place, where it has one."""
    if LAST in group.attrs and group.attrs.get_id(LAST).shape == ():
        group.attrs.modify(LAST, last)
    else:
        group.attrs[LAST] = last


def runs(rows: NDArray[np.intp]) -> list[slice]:
    """Return increasing positions as stretches without gaps.

    Examples
    --------
    >>> runs(np.array([0, 1, 2, 5, 7, 8]))
    [slice(0, 3, None), slice(5, 6, None), slice(7, 9, None)]
    """
    cuts = np.flatnonzero(np.diff(rows) != 1) + 1
    return [slice(int(part[0]), int(part[-1]) + 1) for part in np.split(rows, cuts) if part.size]


def _datasets(group: h5py.Group) -> list[Any]:
    found: list[Any] = []
    group.visititems(lambda _name, item: found.append(item) if is_dataset(item) else None)
    return found


def allotted(group: h5py.Group, count: int) -> int:
    """Give the results of a group their place in the file; return where batches may end.

    Contiguous datasets get all their bytes. Chunks are stored once and stay where they are
    when they are written whole, so batches end at multiples of the number returned.
    """
    align = 1
    for item in _datasets(group):
        if not item.shape or item.shape[0] != count or item.is_virtual or item.external:
            continue
        if item.chunks is not None:
            common = math.lcm(align, item.chunks[0])
            align = common if common <= _LONGEST else align
        elif item.size and item.id.get_offset() is None:
            place = (0,) * item.ndim
            item[place] = item[place]
    return align


@contextmanager
def held_together(*files: h5py.File) -> Iterator[None]:
    """Let HDF5 write its tables when it is told to flush, and at no other time."""
    kept = []
    try:
        for file in {file.id: file for file in files}.values():
            if file.mode == "r" or file.driver == "mpio":
                continue
            file.flush()
            before, config = (file.id.get_mdc_config() for _ in range(2))
            config.evictions_enabled = False
            config.incr_mode = config.flash_incr_mode = config.decr_mode = 0
            file.id.set_mdc_config(config)
            kept.append((file, before))
        yield
    finally:
        for file, before in kept:
            if file:
                file.flush()
                file.id.set_mdc_config(before)
