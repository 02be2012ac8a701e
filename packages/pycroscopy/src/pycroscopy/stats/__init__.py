"""Statistics of what was found: atoms and their neighbours, points, maps, clusters.

`pair_correlation`, `ripley_k` and `local_order` look at points; `morans_i` and `variogram`
at maps; `bootstrap` says how far a number can be trusted; `ClusterTree` and the classes of
local crystallography keep the names of the released packages.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
