"""Datasets to HDF5 and back in the N-dimensional spectroscopy and imaging model."""

from .__version__ import version as __version__

__all__ = ["__version__"]
