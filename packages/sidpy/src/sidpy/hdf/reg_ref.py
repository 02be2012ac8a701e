"""The released address of region references; prefer the modules they are imported from."""

from sidpy.base.string_utils import clean_string_att

from .named_regions import (
    attempt_reg_ref_build,
    clean_reg_ref,
    get_region,
    write_region_references,
)
from .region_copies import copy_all_region_refs, copy_reg_ref_reduced_dim, simple_region_ref_copy
from .regions import create_region_reference, get_indices_for_region_ref

__all__ = [
    "attempt_reg_ref_build",
    "clean_reg_ref",
    "clean_string_att",
    "copy_all_region_refs",
    "copy_reg_ref_reduced_dim",
    "create_region_reference",
    "get_indices_for_region_ref",
    "get_region",
    "simple_region_ref_copy",
    "write_region_references",
]
