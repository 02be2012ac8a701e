"""Kept address: the same module as `pyUSID.io.anc_build_utils`."""

from __future__ import annotations

import sys

from pyUSID.io import anc_build_utils

sys.modules[__name__] = anc_build_utils
