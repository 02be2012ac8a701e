"""What this distribution reads: descriptions only, no reader is imported.

A format is added in the module of its family in `SciFiReaders.formats`, nowhere else.
"""

from __future__ import annotations

from sidpy.plugins import ReaderSpec, hookimpl

from .formats import electron, generic, probe, spectroscopy, xray

__all__ = ["sidpy_readers"]


@hookimpl
def sidpy_readers() -> tuple[ReaderSpec, ...]:
    """Describe the readers of this distribution."""
    rooms = (electron, probe, spectroscopy, xray, generic)
    return tuple(spec for room in rooms for spec in room.READERS)
