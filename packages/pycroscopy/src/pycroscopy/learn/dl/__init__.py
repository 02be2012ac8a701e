"""Neural networks for images and spectra: blocks, autoencoders and a trainer.

Needs torch: ``pip install 'pycroscopy[torch]'``.  Everything can be imported without it; what
is built then raises `sidpy.errors.MissingDependency`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
