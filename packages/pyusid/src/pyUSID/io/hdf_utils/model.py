"""Kept address; new code imports from reshape, writing and from_dataset in `pyUSID.io`."""

# ruff: noqa: F401, F403 - every name here is a re-export
from __future__ import annotations

from pyUSID.io.ancillary import *
from pyUSID.io.cartesian import map_grid_to_cartesian
from pyUSID.io.dimension import Dimension, validate_dimensions
from pyUSID.io.from_dataset import write_sidpy_dataset
from pyUSID.io.inspection import *
from pyUSID.io.main import check_if_main, link_as_main
from pyUSID.io.matrices import make_indices_matrix
from pyUSID.io.reshape import *
from pyUSID.io.writing import *
