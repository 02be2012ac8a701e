from . import errors as errors
from . import sid as sid
from .sid.dimension import Dimension as Dimension
from .sid.kinds import DataType as DataType
from .sid.kinds import DimensionType as DimensionType
from .sid.reader import Reader as Reader
from .sid.sources import FileArray as FileArray
from .sid.sources import H5Array as H5Array
