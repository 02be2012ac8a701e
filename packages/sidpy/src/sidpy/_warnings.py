"""The one way to warn: at the user's line, not at ours."""

from __future__ import annotations

import sys
import warnings

from sidpy.errors import SidpyWarning

__all__ = ["warn"]

#: Packages whose frames are never "the user's line".
_OURS = ("sidpy", "pyNSID", "pyUSID", "SciFiReaders", "pycroscopy", "pluggy", "dask")


def warn(message: str, category: type[Warning] = SidpyWarning) -> None:
    """Warn at the innermost line outside this family of packages.

    Parameters
    ----------
    message : str
        What happened and what to do.
    category : type of Warning
        One of the warnings of `sidpy.errors`, or a builtin that old callers filter.
    """
    warnings.warn(message, category, stacklevel=_frames_of_ours())  # noqa: TID251 - the one place


def _frames_of_ours() -> int:
    depth, frame = 1, sys._getframe(1)
    while frame.f_back is not None:
        name = frame.f_globals.get("__name__", "")
        if name.partition(".")[0] not in _OURS:
            break
        frame, depth = frame.f_back, depth + 1
    return depth
