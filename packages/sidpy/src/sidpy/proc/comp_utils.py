"""The released address of parallel work; prefer the modules they are imported from."""

from .parallel import parallel_compute
from .resources.cores import recommend_cpu_cores
from .resources.memory import get_available_memory
from .resources.mpi import get_MPI, group_ranks_by_socket

__all__ = [
    "get_MPI", "get_available_memory", "group_ranks_by_socket", "parallel_compute",
    "recommend_cpu_cores",
]  # fmt: skip
