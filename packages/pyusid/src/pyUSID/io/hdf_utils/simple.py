"""Kept address; new code imports from ancillary, main, results, tree and copies in `pyUSID.io`."""

# ruff: noqa: F401, F403 - every name here is a re-export
from __future__ import annotations

from pyUSID.io.ancillary import *
from pyUSID.io.copies import create_empty_dataset
from pyUSID.io.dimension import Dimension, DimType
from pyUSID.io.main import *
from pyUSID.io.matrices import build_ind_val_matrices
from pyUSID.io.results import *
from pyUSID.io.tree import find_dataset
from pyUSID.io.writing import write_book_keeping_attrs
