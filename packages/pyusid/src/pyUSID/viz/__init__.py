"""Kept address of plotting functions, which are in `sidpy.viz`."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
