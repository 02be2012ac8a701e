from .reading import nexus_to_sidpy as nexus_to_sidpy
from .writing import sidpy_to_nexus_hdf5 as sidpy_to_nexus_hdf5
