"""Reading and writing the universal data model.

``matrices`` and ``grid`` are arithmetic on indices; ``sides``, ``main`` and ``ancillary``
know their place in HDF5; ``reshape``, ``blocks`` and ``usi_data`` give the N-dimensional
form; ``labelled``, ``from_dataset`` and ``files`` are the bridge to sidpy.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
