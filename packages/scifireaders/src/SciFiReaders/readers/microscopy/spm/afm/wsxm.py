"""WSxM readers at the address of the released package."""

from SciFiReaders.readers.probe.wsxm import WSxM1DReader, WSxM2DReader, WSxM3DReader

__all__ = ["WSxM1DReader", "WSxM2DReader", "WSxM3DReader"]
