"""The one home of HDF5 helpers.

`attrs` and `groups` turn Python values into attributes and groups and back, `records` keeps
any value exactly as it is, `links` and `copying` follow and repeat references, `tree` finds
and prints, `prov_utils` numbers groups of results, `arrays` and `dtype_utils` know in which
form numbers lie in a file, `storage` brings them there block by block, `regions`,
`named_regions` and `region_copies` handle parts of datasets, `transactions` changes a file
completely or not at all, `recovery` finishes what a crash interrupted.  `hdf_utils` and
`reg_ref` have the released names.

Importing this package loads neither h5py nor dask.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
