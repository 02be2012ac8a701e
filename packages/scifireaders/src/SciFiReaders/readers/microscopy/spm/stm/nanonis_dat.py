"""The reader of Nanonis curves at the address of the released package."""

from SciFiReaders.readers.probe.nanonis_dat import NanonisDatReader

__all__ = ["NanonisDatReader"]
