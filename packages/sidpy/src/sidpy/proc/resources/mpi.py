"""Processes of an MPI job, where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.errors import MissingDependency

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["get_MPI", "group_ranks_by_socket"]


def get_MPI() -> Any:  # noqa: N802 - as in the released package
    """Return the module ``mpi4py.MPI`` in a job of several processes, else None."""
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError):  # installed, but no MPI library to be found
        return None
    return MPI if MPI.COMM_WORLD.Get_size() > 1 else None


def group_ranks_by_socket(verbose: bool = False) -> NDArray[np.int64]:  # noqa: ARG001, FBT001, FBT002 - as in the released package
    """Return, for each rank, the lowest rank that runs on the same node.

    Parameters
    ----------
    verbose : bool
        Accepted and ignored.

    Returns
    -------
    ndarray of shape (ranks,)
        Equal numbers share memory.

    Raises
    ------
    MissingDependency
        Without mpi4py.

    Notes
    -----
    All ranks have to call it: it communicates once.
    """
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:
        msg = "groups of ranks need MPI: pip install mpi4py, in an environment with an MPI library"
        raise MissingDependency(msg) from error
    names = MPI.COMM_WORLD.allgather(MPI.Get_processor_name())
    return np.array([names.index(name) for name in names])
