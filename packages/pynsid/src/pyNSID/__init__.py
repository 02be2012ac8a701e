"""Datasets to HDF5 and back in the N-dimensional spectroscopy and imaging model.

``pyNSID.hdf_io.write_nsid_dataset(dataset, group)`` writes; ``pyNSID.NSIDReader(path)``
reads; ``dataset.save("scan.h5")`` and ``sidpy.read("scan.h5")`` do both without this name.

Importing this package loads neither h5py nor dask.
"""

import lazy_loader

from .__version__ import version as __version__

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]
