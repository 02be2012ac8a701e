"""Kept address of what `sidpy.proc.comp_utils` has; the functions are the same objects."""

from __future__ import annotations

from sidpy.proc.comp_utils import (
    get_available_memory,
    get_MPI,
    group_ranks_by_socket,
    parallel_compute,
    recommend_cpu_cores,
)

__all__ = [
    "get_MPI", "get_available_memory", "group_ranks_by_socket", "parallel_compute",
    "recommend_cpu_cores",
]  # fmt: skip
