"""Diffraction patterns, one for each position of a scan: 4D-STEM.

>>> from pycroscopy.diffraction import annulus, center_of_mass, disk, virtual_images

`virtual_images` counts what any number of detectors see, `center_of_mass` finds where the
weight of each pattern is, and from it the phase; both in one pass over data of any size.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
