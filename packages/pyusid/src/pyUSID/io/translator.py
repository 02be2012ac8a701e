"""Kept address; new code derives from `sidpy.Reader`, which returns Datasets."""

from __future__ import annotations

from sidpy.sid.translator import Translator

__all__ = ["Translator"]
