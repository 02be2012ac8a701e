"""Measurements whose truth is known: for tests, benchmarks and lessons.

>>> from pycroscopy.simulate import diffraction_scan

Everything is lazy and drawn from a seed, block by block, so that a simulation may be larger
than memory and is the same on any scheduler.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
