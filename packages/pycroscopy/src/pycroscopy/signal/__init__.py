"""Signals: filters, noise, lock-in, tones, baselines, peaks and correlation along one axis.

Every function takes datasets of any shape, works along the axis of time or energy and stays
lazy.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
