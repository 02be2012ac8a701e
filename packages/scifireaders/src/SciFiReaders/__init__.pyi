from . import readers as readers
from .readers.electron.gatan_dm import DM3Reader as DM3Reader
from .readers.electron.gatan_dm import DMReader as DMReader
