"""Small plotting functions for arrays: maps, curves, stacks, colour maps, ticks.

For a `sidpy.Dataset` prefer its ``plot()``, which knows the axes; these functions take
plain arrays and matplotlib axes, and keep the addresses of the released package.
Matplotlib is imported when the first of them is used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
