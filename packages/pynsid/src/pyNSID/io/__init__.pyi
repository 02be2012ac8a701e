from . import hdf_io as hdf_io
from . import hdf_utils as hdf_utils
from .hdf_io import create_empty_dataset as create_empty_dataset
from .hdf_io import write_nsid_dataset as write_nsid_dataset
from .hdf_io import write_results as write_results
from .hdf_utils import make_nexus_compatible as make_nexus_compatible
