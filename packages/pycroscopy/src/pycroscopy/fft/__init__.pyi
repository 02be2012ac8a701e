from . import image_fft as image_fft
from .image_fft import diffractogram_spots as diffractogram_spots
from .image_fft import power_spectrum as power_spectrum
