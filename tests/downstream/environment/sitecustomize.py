"""What BGlib and FFTA take from Python and NumPy and what newer releases of these no longer have."""
import collections
import collections.abc
import numpy as np
collections.Iterable = collections.abc.Iterable
np.complex = complex
if not hasattr(np, "product"): np.product = np.prod
