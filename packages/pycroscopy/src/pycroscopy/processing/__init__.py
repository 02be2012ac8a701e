"""What classic pycroscopy (until 0.60) had under this name; prefer `pycroscopy.signal`.

Groups of like responses are `pycroscopy.learn.cluster`.
"""

from sidpy.base.addresses import also_at

from . import cluster as cluster
from . import decomposition as decomposition
from . import fft as fft
from . import gmode_utils as gmode_utils
from . import proc_utils as proc_utils
from . import svd_utils as svd_utils

__getattr__ = also_at(__name__, {"SignalFilter": "pycroscopy.processing.signal_filter"})
