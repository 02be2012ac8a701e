"""Kept address of the ancillary matrices; new code imports from `pyUSID.io.matrices`."""

# ruff: noqa: F401, F403 - every name here is a re-export
from __future__ import annotations

from .dimension import Dimension, DimType, validate_dimensions
from .matrices import *
from .matrices import __all__
