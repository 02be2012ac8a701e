"""What classic pycroscopy (until 0.60) had under this name; prefer `pycroscopy.signal`.

Groups of like responses are `pycroscopy.learn.cluster`.
"""

from sidpy.base.addresses import also_at

from . import cluster as cluster
from . import decomposition as decomposition
from . import fft as fft
from . import gmode_utils as gmode_utils
from . import histogram as histogram
from . import image_processing as image_processing
from . import proc_utils as proc_utils
from . import svd_utils as svd_utils
from . import tree as tree

__getattr__ = also_at(__name__, {"SignalFilter": "pycroscopy.processing.signal_filter"})
