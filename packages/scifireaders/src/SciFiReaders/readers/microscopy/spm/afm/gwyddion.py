"""The Gwyddion reader at the address of the released package."""

from SciFiReaders.readers.probe.gwyddion_gwy import GwyddionReader

__all__ = ["GwyddionReader"]
