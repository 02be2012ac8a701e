"""Instrument-agnostic analysis of microscopy and spectroscopy data.

``pycroscopy.image`` finds atoms and refines where they are; ``pycroscopy.learn``
decomposes spectra and stacks.  Every analysis takes a Dataset of any size and gives
back Datasets with their axes, uncertainties and history, and a ``plot()``.

Importing this package loads neither dask, scipy, scikit-image nor matplotlib: each name
is imported when it is first used.
"""

import lazy_loader

from .__version__ import version as __version__

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]
