"""Fourier transforms of images where release 0.63 had them; prefer `pycroscopy.image`.

`diffractogram_spots` returns the spots alone here, and the middle as well there.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
