"""Put back, for the applications alone, what Python and NumPy no longer have.

This folder is on the path of the session ``downstream`` and nowhere else. Every process of the
session imports this module, the workers of the applications' own pools included.
"""

import collections
import collections.abc

import numpy as np

#: name -> (what it was, who takes it); none of it is about our packages.
DEPARTED = {
    (collections, "Iterable"): collections.abc.Iterable,  # until Python 3.9; BGlib's SignalFilter
    (np, "product"): np.prod,  # until NumPy 1; the released pyUSID, when numbers are compared
}

for (module, name), meaning in DEPARTED.items():
    if not hasattr(module, name):
        setattr(module, name, meaning)
