"""An MPI job without a parallel HDF5: rank 0 has the file, the others compute its blocks.

Every process of ``mpiexec -n 4 python script.py`` runs the whole script. Rank 0 opens the file
for writing, the others to read (`opened` does it for all of them). In `Process.compute` the
others wait for blocks of positions, until rank 0 is done.
"""

from __future__ import annotations

import io
import logging
import time
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sidpy.errors import SidpyError
from sidpy.proc.resources.mpi import get_MPI

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from os import PathLike

    import h5py

__all__ = ["Ranks", "communicator", "fresh", "opened"]

logger = logging.getLogger(__name__)

#: Blocks for each rank: a fast one takes over from a slow one.
_SHARE: Final = 4
_WORK, _END = 1, 2
#: Seconds to wait for others to begin, and between two looks.
_PATIENCE: Final = 300.0
_PAUSE: Final = 0.001


def communicator() -> Any:
    """Return the communicator of all processes of an MPI job, None outside of one."""
    mpi = get_MPI()
    return None if mpi is None else mpi.COMM_WORLD


@contextmanager
def opened(path: str | PathLike[str], mode: str = "r+") -> Iterator[h5py.File]:
    """Open an HDF5 file in every process of an MPI job; rank 0 alone may change it.

    Parameters
    ----------
    path : path-like
        The file.
    mode : str
        As for `h5py.File`, for rank 0; the others open it to read.

    Yields
    ------
    h5py.File
        Outside of MPI, and in rank 0, as if `h5py.File` had been called.

    Notes
    -----
    All processes leave the block together, unless it ends with an error.
    """
    import h5py

    comm = communicator()
    if comm is None or comm.Get_rank() == 0:
        try:
            file = h5py.File(path, mode)
        except Exception as error:
            if comm is not None:
                comm.bcast(repr(error))
            raise
        file.flush()
        if comm is not None:
            comm.bcast(None)
    else:
        failure = comm.bcast(None)
        if failure is not None:
            msg = f"rank 0 could not open {str(path)!r}: {failure}"
            raise SidpyError(msg)
        file = h5py.File(path, "r", locking=False)
    with file:
        yield file
    if comm is not None:
        comm.barrier()


def fresh(path: str, address: str) -> h5py.Group:
    """Return a group as it is in a file now, whatever this process remembers of the file."""
    import h5py

    return h5py.File(io.BufferedReader(Path(path).open("rb", buffering=0)), "r")[address]


class Ranks:
    """The processes of an MPI job besides this one.

    Parameters
    ----------
    comm : mpi4py.MPI.Comm
        All of them.
    """

    def __init__(self, comm: Any) -> None:
        self.comm = comm

    @property
    def size(self) -> int:
        """How many compute."""
        return int(self.comm.Get_size()) - 1

    # --- rank 0 ---------------------------------------------------------------------

    def gather(self, patience: float = _PATIENCE) -> None:
        """Wait until all others serve.

        Raises
        ------
        SidpyError
            When some do not come: they failed before, or compute something else.
        """
        missing = set(range(1, self.size + 1))
        deadline = time.monotonic() + patience
        while missing:
            for rank in sorted(missing):
                if self.comm.iprobe(source=rank):
                    self.comm.recv(source=rank)
                    missing.remove(rank)
            if missing and time.monotonic() > deadline:
                msg = (
                    f"ranks {sorted(missing)} did not come to compute() within {patience:.0f} s; "
                    "every rank has to call it"
                )
                raise SidpyError(msg)
            time.sleep(_PAUSE)

    def map(self, call: Callable[[Any], Any], data: Any) -> list[Any]:
        """Send blocks of rows to the others; return what they make of them, in order.

        Raises
        ------
        SidpyError
            When another rank fails for another reason than one position.
        """
        import cloudpickle

        mpi = get_MPI()
        rows = -(-len(data) // (_SHARE * self.size))
        parts = [data[first : first + rows] for first in range(0, len(data), rows)]
        function = cloudpickle.dumps(call)
        found: list[Any] = [None] * len(parts)
        waiting, busy = list(enumerate(parts))[::-1], 0
        for rank in range(1, self.size + 1):
            busy += self._send(waiting, function, rank)
        while busy:
            status = mpi.Status()
            number, result, failure = self.comm.recv(source=mpi.ANY_SOURCE, status=status)
            busy -= 1
            if failure is not None:
                self._drain(busy)
                msg = f"rank {status.Get_source()} failed: {failure}"
                raise SidpyError(msg)
            found[number] = result
            busy += self._send(waiting, function, status.Get_source())
        return found

    def _send(self, waiting: list[Any], function: bytes, rank: int) -> int:
        if not waiting:
            return 0
        number, part = waiting.pop()
        self.comm.send((_WORK, number, function, part), dest=rank)
        return 1

    def _drain(self, busy: int) -> None:
        for _ in range(busy):
            self.comm.recv()

    def dismiss(self, told: Any) -> None:
        """Tell the others that nothing is left to do, and how it ended."""
        for rank in range(1, self.size + 1):
            self.comm.send((_END, told), dest=rank)

    # --- the others -----------------------------------------------------------------

    def serve(self) -> Any:
        """Compute blocks until rank 0 says that nothing is left; return what it tells."""
        import pickle

        self.comm.send("here", dest=0)
        while True:
            kind, *message = self.comm.recv(source=0)
            if kind == _END:
                return message[0]
            number, function, part = message
            try:
                result, failure = pickle.loads(function)(part), None
            except Exception:  # noqa: BLE001 - rank 0 raises it
                result, failure = None, traceback.format_exc()
            self.comm.send((number, result, failure), dest=0)
