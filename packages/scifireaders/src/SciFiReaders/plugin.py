"""What this distribution reads: descriptions only, no reader is imported.

A format is added in the module of its family in `SciFiReaders.formats`, nowhere else.
"""

from __future__ import annotations

from dataclasses import replace

from sidpy.plugins import ReaderSpec, hookimpl

from .formats import bioio, electron, generic, probe, rosettasciio, spectroscopy, tested, xray

__all__ = ["sidpy_readers"]


@hookimpl
def sidpy_readers() -> tuple[ReaderSpec, ...]:
    """Describe the readers of this distribution."""
    rooms = (electron, probe, spectroscopy, xray, generic)
    own = tuple(_supported(spec) for room in rooms for spec in room.READERS)
    known = [spec.format for spec in own]
    return own + rosettasciio.readers(known) + bioio.readers(known)


def _supported(spec: ReaderSpec) -> ReaderSpec:
    """Return a description that says what its reader was tested on."""
    is_real = spec.format.replace(".", "-") in tested.REAL
    words = "real files" if is_real else "synthetic files"
    return spec if spec.support else replace(spec, support=words)
