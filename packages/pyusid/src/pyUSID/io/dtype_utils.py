"""Kept address; the code is in `sidpy.hdf.dtype_utils`."""

from __future__ import annotations

import sys

from sidpy.hdf import dtype_utils

sys.modules[__name__] = dtype_utils
