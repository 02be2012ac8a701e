"""The PiFM reader at the address of the released package; prefer `sidpy.read`."""

from SciFiReaders.readers.probe.anfatec_pifm import PiFMReader

__all__ = ["PiFMReader"]
