"""The reader of Nanonis scans at the address of the released package."""

from SciFiReaders.readers.probe.nanonis_sxm import NanonisSXMReader

__all__ = ["NanonisSXMReader"]
