from . import interface_utils as interface_utils
from .browsing import FileWidget as FileWidget
from .choosing import ChooseDataset as ChooseDataset
from .read import read as read
from .write import write as write
