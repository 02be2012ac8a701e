"""The reader of SPIP exports at the address of the released package."""

from SciFiReaders.readers.probe.spip_asc import AscReader

__all__ = ["AscReader"]
