"""Kept address of region references (files from before 2020); see `sidpy.hdf.reg_ref`."""

# ruff: noqa: F403 - every name here is a re-export
from __future__ import annotations

from sidpy.hdf.reg_ref import *
from sidpy.hdf.reg_ref import copy_all_region_refs as copy_region_refs

from .main import check_if_main

__all__ = ["check_if_main", "copy_region_refs"]
