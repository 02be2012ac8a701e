"""The universal spectroscopy and imaging data model in HDF5."""

from .__version__ import version as __version__

__all__ = ["__version__"]
