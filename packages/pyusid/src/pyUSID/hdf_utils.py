"""Kept address: the same module as `pyUSID.io.hdf_utils`."""

from __future__ import annotations

import sys

from pyUSID.io import hdf_utils

sys.modules[__name__] = hdf_utils
