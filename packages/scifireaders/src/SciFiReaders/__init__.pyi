from . import readers as readers
from .readers.electron.gatan_dm import DM3Reader as DM3Reader
from .readers.electron.gatan_dm import DMReader as DMReader
from .readers.probe.gwyddion_gwy import GwyddionReader as GwyddionReader
from .readers.probe.igor_ibw import IgorIBWReader as IgorIBWReader
from .readers.probe.igor_ibw import IgorMatrixReader as IgorMatrixReader
from .readers.probe.nanonis_sxm import NanonisSXMReader as NanonisSXMReader
