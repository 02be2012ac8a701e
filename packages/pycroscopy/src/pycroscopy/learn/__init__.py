"""Learning from data: decompositions into components.

>>> from pycroscopy.learn import decompose

`decompose` gives principal components of data of any size, with the rank that the noise
allows; `MatrixFactor` is the address of the released packages for the same.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
