from . import io as io
from .acquisition import growing as growing
from .following import follow as follow
from .io import hdf_io as hdf_io
from .io import hdf_utils as hdf_utils
from .nexus import make_nexus_compatible as make_nexus_compatible
from .reader import NSIDReader as NSIDReader
