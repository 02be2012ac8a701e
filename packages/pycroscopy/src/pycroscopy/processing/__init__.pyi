from . import fft as fft
