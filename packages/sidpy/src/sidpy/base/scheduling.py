"""Who computes: an active cluster, or dask on this machine."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["active_client"]


def active_client() -> Any:
    """Return the active distributed client, None when there is none or dask would not use it."""
    if "distributed" not in sys.modules:
        return None
    from dask.base import get_scheduler

    scheduler = get_scheduler()
    owner = getattr(scheduler, "__self__", None)
    return owner if type(owner).__module__.partition(".")[0] == "distributed" else None
