"""Datasets and the objects of other libraries: xarray, HyperSpy, pandas, napari, DLPack.

Each library is imported when an object of it is made, never before.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
