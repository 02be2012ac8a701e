"""Instrument-agnostic analysis of microscopy and spectroscopy data."""

from .__version__ import version as __version__

__all__ = ["__version__"]
