"""Readers for the file formats of microscopes and spectrometers."""

from .__version__ import version as __version__

__all__ = ["__version__"]
