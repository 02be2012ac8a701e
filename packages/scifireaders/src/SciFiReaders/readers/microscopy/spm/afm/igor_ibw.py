"""Igor readers at the address of the released package."""

from SciFiReaders.readers.probe.igor_ibw import IgorIBWReader, IgorMatrixReader

__all__ = ["IgorIBWReader", "IgorMatrixReader"]
