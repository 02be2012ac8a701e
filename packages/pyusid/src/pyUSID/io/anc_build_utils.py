"""Kept address of the ancillary matrices; new code imports from `pyUSID.io.matrices`."""

from __future__ import annotations

from .dimension import Dimension as Dimension
from .dimension import DimType as DimType
from .dimension import validate_dimensions as validate_dimensions
from .matrices import *  # noqa: F403 - the same names at the released address
from .matrices import __all__ as __all__
