"""Kept address of dialogs and of small functions for text and numbers, which are sidpy's."""

# ruff: noqa: F401, F403 - every name here is a re-export
from __future__ import annotations

from sidpy.base.num_utils import *
from sidpy.base.string_utils import *
from sidpy.io.interface_utils import check_ssh
from sidpy.io.interface_utils import openfile_dialog as file_dialog
