from . import io as io
from .io import anc_build_utils as anc_build_utils
from .io import hdf_utils as hdf_utils
from .io import write_utils as write_utils
from .io.dimension import Dimension as Dimension
from .io.dimension import DimType as DimType
from .io.usi_data import USIDataset as USIDataset
