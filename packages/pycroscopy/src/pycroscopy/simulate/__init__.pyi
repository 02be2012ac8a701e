from .diffraction import DiffractionScan as DiffractionScan
from .diffraction import diffraction_scan as diffraction_scan
from .energy_loss import CoreLosses as CoreLosses
from .energy_loss import LowLosses as LowLosses
from .energy_loss import core_losses as core_losses
from .energy_loss import low_losses as low_losses
