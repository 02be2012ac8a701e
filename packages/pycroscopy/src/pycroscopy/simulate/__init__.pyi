from .diffraction import DiffractionScan as DiffractionScan
from .diffraction import diffraction_scan as diffraction_scan
