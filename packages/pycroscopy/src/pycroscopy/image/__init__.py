"""Images: where the atoms are, and how well that is known.

`locate_atoms` and `refine_atoms` give `AtomPositions`; `find_atoms` and `atom_refine` are
the names of the released packages for the same.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
