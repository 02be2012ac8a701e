"""Names of datasets and tools, which are joined by ``-`` in the names of results."""

from __future__ import annotations

from sidpy._warnings import warn

__all__ = ["without_dash"]


def without_dash(name: str, what: str) -> str:
    """Return a name without ``-``, which separates a dataset from a tool in group names.

    Warns
    -----
    UserWarning
        When it had to be changed.
    """
    if "-" not in name:
        return name
    changed = name.replace("-", "_")
    warn(f"{what} should not contain '-': {name!r} is written as {changed!r}")
    return changed
