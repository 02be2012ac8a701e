"""The home of microscopy data: arrays that know their axes, units, metadata and history.

``sidpy.read("scan.dm4")`` gives a dictionary of `Dataset`; every operation keeps the
labels true; ``dataset.save("scan.h5")`` keeps them for ever.

Importing this package loads neither dask, h5py, scipy nor matplotlib: each name below
is imported when it is first used.
"""

import lazy_loader

from .__version__ import version as __version__

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]
