"""Readers for the file formats of microscopes and spectrometers.

``sidpy.read(path)`` finds the right one by itself and gives rows first; the classes here
are for those who name a format, and keep what the released package returned.

Importing this package imports no reader.
"""

# pyTEMlib writes `xml.etree` after `import xml` alone, which works once somebody imported it
from xml.etree import ElementTree as ET  # noqa: F401 - for that effect

import lazy_loader

from .__version__ import version as __version__

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]
