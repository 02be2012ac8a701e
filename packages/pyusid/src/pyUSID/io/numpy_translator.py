"""Kept address: the same module as `pyUSID.io.array_translator`."""

from __future__ import annotations

import sys

from . import array_translator

sys.modules[__name__] = array_translator
