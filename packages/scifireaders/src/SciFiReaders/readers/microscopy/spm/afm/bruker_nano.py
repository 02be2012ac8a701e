"""The Nanoscope reader at the address of the released package."""

from SciFiReaders.readers.probe.bruker_nanoscope import BrukerAFMReader

__all__ = ["BrukerAFMReader"]
