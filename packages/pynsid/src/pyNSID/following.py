"""Reading an acquisition that another process is writing."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from sidpy.errors import CorruptFile

from .committed import state_of
from .opening import open_hdf5
from .read import read_main
from .survey import survey
from .swmr import is_claimed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from sidpy.sid.dataset import Dataset

__all__ = ["Follower", "follow", "snapshot"]


#: How often to open a file again that grew while it was opened.
_ATTEMPTS: Final = 100


class Snapshot(NamedTuple):
    """What an acquisition was at one moment."""

    dataset: Dataset
    """Everything that was complete."""
    axis: int
    """Which axis grows."""
    finished: bool
    """Whether nothing more will come."""


def snapshot(path: str | PathLike[str]) -> Snapshot:
    """Read what is complete of an acquisition, lazily; the file is closed again.

    Raises
    ------
    CorruptFile
        When the file cannot be opened, or no acquisition was begun in it.
    """
    for _ in range(_ATTEMPTS):
        with open_hdf5(path) as file:
            looks = [(look, state_of(look.group)) for look in survey(file).looks]
            found = [(look, state) for look, state in looks if state is not None]
            if not found:
                msg = "it holds no dataset that grows, as pyNSID.growing begins them"
                raise CorruptFile(msg, path=path, format="nsid")
            look, state = found[0]
            dataset = read_main(look, path=str(Path(path).resolve()))
            if dataset.shape[state.axis] >= state.length:
                return Snapshot(dataset, state.axis, state.finished)
        # it grew while it was opened: HDF5 knows an older length of the numbers than we
    msg = f"the numbers are shorter than the {state.length} that its writer committed"
    raise CorruptFile(msg, path=path, format="nsid")


class Follower:
    """An acquisition as it grows; made by `follow`.

    Going through it gives the dataset each time it has become longer.
    """

    def __init__(self, path: str | PathLike[str], wait: float) -> None:
        self.path = Path(path)
        self.wait = wait
        self._seen = snapshot(self.path)

    @property
    def dataset(self) -> Dataset:
        """Everything that was complete at the last look, lazily."""
        return self._seen.dataset

    @property
    def is_finished(self) -> bool:
        """Whether the writer had said, at the last look, that nothing more will come."""
        return self._seen.finished

    def __len__(self) -> int:
        """Return the length of the growing axis at the last look."""
        return int(self.dataset.shape[self._seen.axis])

    def refresh(self) -> Dataset:
        """Look again, and return everything that is complete by now."""
        self._seen = snapshot(self.path)
        return self.dataset

    def __iter__(self) -> Iterator[Dataset]:
        """Give the dataset, and again each time it is longer, until nothing more will come.

        Ends also when the writer was interrupted without saying so.
        """
        shown = 0
        while True:
            # asked before the look: what a writer committed at last is then seen
            ends = not is_claimed(self.path)
            self.refresh()
            if len(self) > shown:
                shown = len(self)
                yield self.dataset
            elif ends or self.is_finished:
                return
            else:
                time.sleep(self.wait)

    def __repr__(self) -> str:
        state = "finished" if self.is_finished else "growing"
        return f"<{state} acquisition {str(self.path)!r}, {len(self)} complete>"


def follow(path: str | PathLike[str], wait: float = 0.1) -> Follower:
    """Read an acquisition while another process appends to it.

    Parameters
    ----------
    path : path-like
        The file that `growing` writes, or wrote.
    wait : float, s
        How long to wait between two looks, when going through it.

    Returns
    -------
    Follower
        ``refresh()`` gives what is complete by now; going through it waits for more.

    Raises
    ------
    CorruptFile
        When the file cannot be opened, or no acquisition was begun in it.

    Notes
    -----
    Holds no open file between two looks.  What is complete is so for every process of this
    machine; network file systems show it when they please.

    Examples
    --------
    >>> import numpy as np, pathlib, pyNSID, sidpy, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "scan.h5")
    >>> scan = pyNSID.growing(path, sidpy.Dataset.from_array(np.zeros(3)))
    >>> reader = pyNSID.follow(path)
    >>> len(reader), scan.append([1, 2, 3]), reader.refresh().shape
    (0, 1, (1, 3))
    >>> scan.close()
    >>> [data.shape for data in reader]
    [(1, 3)]
    """
    return Follower(path, wait)
