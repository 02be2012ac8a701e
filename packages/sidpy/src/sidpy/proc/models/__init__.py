"""Models of spectra and images, with derivatives, units, bounds and a guess from data."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
