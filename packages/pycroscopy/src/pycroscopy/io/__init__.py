"""Trees of HDF5 objects described first and written at once, as classic pycroscopy did.

Prefer `pyUSID.hdf_utils.write_main_dataset` or `sidpy.write`.
"""

from .virtual import HDFwriter, VirtualDataset, VirtualGroup

__all__ = ["HDFwriter", "VirtualDataset", "VirtualGroup"]
