from .band_excitation import BandExcitationScan as BandExcitationScan
from .band_excitation import LoopScan as LoopScan
from .band_excitation import band_excitation_scan as band_excitation_scan
from .band_excitation import loop_scan as loop_scan
from .diffraction import DiffractionScan as DiffractionScan
from .diffraction import diffraction_scan as diffraction_scan
