"""How much of a growing dataset is complete: what the writer promises and readers believe.

While an acquisition grows, the numbers, the variance and the values of the axis are
extended one after the other, so that their lengths differ for moments.  What counts is a
fourth dataset, ``_nsid/committed``, four integers that are written last: the length up to
which everything is in the file, whether the acquisition is over, which axis grows, and a
check of the three, by which a reader knows that it did not read half of two states.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from sidpy.errors import CorruptFile
from sidpy.hdf.arrays import stored_dtype
from sidpy.hdf.objects import is_dataset, is_group, parent_of
from sidpy.hdf.sharding import Placed
from sidpy.hdf.storage import creation_options
from sidpy.hdf.walking import member

from .fields import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "COMMITTED",
    "Growth",
    "State",
    "create_state",
    "growing_axis",
    "replaced",
    "state_of",
    "write_state",
]

#: The dataset in the hidden group of a main dataset.
COMMITTED: Final = "committed"

#: Values in a chunk of an axis that grows.
_AXIS_CHUNK: Final = 512

#: How often a reader looks again before it believes that the state is damaged.
_ATTEMPTS: Final = 100


class State(NamedTuple):
    """How far an acquisition has come."""

    length: int
    """Length of the growing axis up to which everything is complete."""
    finished: bool
    """Whether the writer said that nothing more will come."""
    axis: int
    """Which axis grows."""

    def row(self) -> list[int]:
        """Return the integers that are stored."""
        values = [self.length, int(self.finished), self.axis]
        return [*values, ~(values[0] * 64 + values[1] * 32 + values[2])]

    def shape(self, stored: tuple[int, ...]) -> tuple[int, ...]:
        """Return the complete part of a stored shape."""
        return replaced(stored, self.axis, self.length)


class Growth(NamedTuple):
    """An axis that is going to grow."""

    axis: int
    longest: int | None
    """The length it may reach, None for any."""
    step: int
    """Its length in a chunk of the file."""

    def of_axis(self) -> dict[str, Any]:
        """Return the options of h5py for the values of the axis."""
        chunk = _AXIS_CHUNK if self.longest is None else min(_AXIS_CHUNK, self.longest)
        return {"maxshape": (self.longest,), "chunks": (chunk,)}

    def place(
        self, group: Any, name: str, array: Any, asked: Mapping[str, Any], axes: Any
    ) -> Placed:
        """Create a dataset that can grow, as `sidpy.hdf.sharding.place` does one that cannot."""
        form = stored_dtype(array.dtype)
        longest = replaced(array.shape, self.axis, self.longest)
        piece = replaced(array.shape, self.axis, self.step)
        options = creation_options({**asked, "maxshape": longest}, piece, form, *axes)
        return Placed(group.create_dataset(name, shape=array.shape, dtype=form, **options), array)


def replaced(shape: tuple[Any, ...], axis: int, length: Any) -> tuple[Any, ...]:
    """Return a shape with another length of one axis."""
    return (*shape[:axis], length, *shape[axis + 1 :])


def create_state(hidden: Any, axis: int) -> Any:
    """Create the state of an acquisition that has just begun."""
    begun = State(0, finished=False, axis=axis)
    return hidden.create_dataset(COMMITTED, data=np.array(begun.row(), np.int64))


def write_state(dataset: Any, state: State) -> None:
    """Write a state, in one piece, and hand it to the operating system."""
    dataset[...] = state.row()
    dataset.flush()


def growing_axis(h5_main: Any) -> int | None:
    """Return which axis of a main dataset grows or grew, None when none did."""
    if h5_main.chunks is None:
        return None  # without a look into the hidden group
    state = state_of(parent_of(h5_main))
    return None if state is None else state.axis


def state_of(group: Any) -> State | None:
    """Return the state of the main dataset in a group, None when it never grew.

    Raises
    ------
    CorruptFile
        When what is stored is no state.
    """
    hidden = member(group, HIDDEN)
    stored = member(hidden, COMMITTED) if is_group(hidden) else None
    if not is_dataset(stored):
        return None
    for _ in range(_ATTEMPTS):
        row = stored[...]
        if row.shape == (4,) and row.dtype.kind == "i":
            state = State(int(row[0]), bool(row[1]), int(row[2]))
            if state.row() == row.tolist() and state.length >= 0:
                return state
        stored.refresh()
    msg = f"{stored.name!r} does not say how much of a growing dataset is complete"
    raise CorruptFile(msg, path=stored.file.filename, format="nsid")
