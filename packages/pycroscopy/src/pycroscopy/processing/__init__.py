"""What classic pycroscopy (until 0.60) had under this name; prefer `pycroscopy.signal`.

Groups of like responses are `pycroscopy.learn.cluster`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
