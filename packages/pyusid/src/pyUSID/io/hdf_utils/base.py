"""Kept address; new code imports from `pyUSID.io.tree` and `pyUSID.io.writing`."""

from __future__ import annotations

from pyUSID.__version__ import version as py_usid_version
from pyUSID.io.tree import get_h5_obj_refs, print_tree
from pyUSID.io.writing import write_book_keeping_attrs

__all__ = ["get_h5_obj_refs", "print_tree", "py_usid_version", "write_book_keeping_attrs"]
