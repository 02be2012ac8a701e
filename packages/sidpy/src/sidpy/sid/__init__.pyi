from .dimension import Dimension as Dimension
from .kinds import DataType as DataType
from .kinds import DimensionType as DimensionType
from .reader import Reader as Reader
from .sources import FileArray as FileArray
from .sources import H5Array as H5Array
