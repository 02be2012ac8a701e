"""NeXus: datasets as NXdata in HDF5, which every NeXus viewer opens.

``sidpy.read("scan.nxs")`` and ``dataset.save("scan.nxs")`` do it for whole files;
`nexus_to_sidpy` and `sidpy_to_nexus_hdf5` for one dataset anywhere in one.
"""

import lazy_loader

from sidpy.sid.dataset import Dataset as Dataset
from sidpy.sid.dimension import Dimension as Dimension

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
