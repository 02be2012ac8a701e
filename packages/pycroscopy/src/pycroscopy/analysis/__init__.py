"""What classic pycroscopy (until 0.60) had under this name; prefer `pycroscopy.fit`."""

from sidpy.base.addresses import also_at

from . import utils as utils

__getattr__ = also_at(__name__, {"BESHOfitter": "pycroscopy.analysis.be_sho_fitter"})
