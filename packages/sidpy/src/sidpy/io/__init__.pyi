from . import interface_utils as interface_utils
from . import nexus as nexus
from .browsing import FileWidget as FileWidget
from .choosing import ChooseDataset as ChooseDataset
from .nexus.reading import nexus_to_sidpy as nexus_to_sidpy
from .nexus.writing import sidpy_to_nexus_hdf5 as sidpy_to_nexus_hdf5
from .read import read as read
from .write import write as write
