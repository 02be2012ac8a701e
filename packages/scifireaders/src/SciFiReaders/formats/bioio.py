"""Formats of light microscopes that readers of BioIO know, where somebody installed one.

BioIO has a distribution per format; each is offered here when it and BioIO are installed,
is imported when one of its files is read, and gives way to any reader with evidence.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from sidpy.plugins import ReaderSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FORMATS", "readers"]

#: Distribution, format here, what it is, extensions.
FORMATS: Final = (
    ("bioio-lif", "leica.lif", "Leica LAS X", (".lif",)),
    ("bioio-nd2", "nikon.nd2", "Nikon NIS-Elements", (".nd2",)),
    ("bioio-dv", "deltavision", "DeltaVision", (".dv",)),
)


def readers(known: Iterable[str]) -> tuple[ReaderSpec, ...]:
    """Describe the readers of BioIO that are installed.

    Parameters
    ----------
    known : iterable of str
        Formats that are read without it.
    """
    ours = set(known)
    if find_spec("bioio") is None:
        return ()
    return tuple(
        ReaderSpec(
            name=distribution.replace("-", "."),
            format=format_id,
            summary=f"{summary} (through BioIO)",
            extensions=extensions,
            priority=-100,
            requires=distribution,
            reader="SciFiReaders.readers.generic.bioimages:read_bioimage",
            support="adapter",
        )
        for distribution, format_id, summary, extensions in FORMATS
        if format_id not in ours and find_spec(distribution.replace("-", "_")) is not None
    )
