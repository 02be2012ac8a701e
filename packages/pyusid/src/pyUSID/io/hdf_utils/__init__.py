"""Kept address of the HDF5 functions; the code is in `pyUSID.io` and `sidpy.hdf`."""

# ruff: noqa: F401, F403 - every name here is a re-export
from __future__ import annotations

from pyUSID.io.anc_build_utils import *
from sidpy.base.dict_utils import *
from sidpy.base.num_utils import contains_integers
from sidpy.base.string_utils import *
from sidpy.hdf.dtype_utils import validate_dtype
from sidpy.hdf.hdf_utils import *
from sidpy.hdf.reg_ref import *

from .base import *
from .model import *
from .simple import *
