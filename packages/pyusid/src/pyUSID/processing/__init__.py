"""Computations over all positions of a main dataset that can be stopped and resumed.

``process`` has the class to inherit from; ``earlier`` finds what was computed before,
``ledger`` keeps what is done, ``pace`` chooses how much is done at a time, ``hands`` knows
who does it, and ``failures`` what happens to a position that fails.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
