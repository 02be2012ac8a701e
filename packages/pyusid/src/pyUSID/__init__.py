"""The universal spectroscopy and imaging data model in HDF5.

Measurements are kept as positions by spectroscopic steps, with everything that says what
rows and columns are.  Importing this package loads neither dask, h5py nor matplotlib.
"""

import lazy_loader

from .__version__ import version as __version__

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]
