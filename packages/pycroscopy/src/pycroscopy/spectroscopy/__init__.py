"""Spectra of electrons, atoms and photons: what each kind of them says about the specimen.

>>> from pycroscopy.spectroscopy import fit_background, fourier_log, zero_loss

Energy losses of electrons: the zero loss and the thickness, backgrounds and elemental maps,
single scattering, and the dielectric function; lazily, with errors of counting.

>>> from pycroscopy.spectroscopy import Line, PeakModel, fit_peaks, guess_peaks

Peaks of Raman, X-ray diffraction and photoemission: lines on a background, fitted at every
position at the bound that the noise sets, and what follows from them.

Currents of tunneling: conductance, lock-in channels, gaps and features at zero bias.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
