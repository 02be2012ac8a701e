"""Nanosurf readers at the address of the released package; prefer `sidpy.read`."""

from SciFiReaders.readers.probe.nanosurf_released import NanoSurfNIDReader, nhf_read, nid_read

__all__ = ["NanoSurfNIDReader", "nhf_read", "nid_read"]
