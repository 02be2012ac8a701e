"""The reader of Nanonis grids at the address of the released package."""

from SciFiReaders.readers.probe.nanonis_3ds import Nanonis3dsReader

__all__ = ["Nanonis3dsReader"]
