"""What a computation may use: memory that is free, for this process and its container."""

from __future__ import annotations

from sidpy import _memory
from sidpy.config import config

__all__ = ["get_available_memory"]


def get_available_memory() -> int:
    """Return the bytes this process may take now.

    Returns
    -------
    int
        The smaller of what the machine has left and what the control group (version 1 or
        2) of a container or batch job allows; a quarter of the machine where nothing tells.

    Examples
    --------
    >>> get_available_memory() > 0
    True
    """
    found = _memory.available()
    return config.memory_budget if found is None else found
