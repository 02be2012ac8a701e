"""Kept address: the same module as `pyUSID.io.io_utils`."""

from __future__ import annotations

import sys

from pyUSID.io import io_utils

sys.modules[__name__] = io_utils
