"""Correlation, where release 0.63 announced it: signals, templates, spectra with images."""

from sidpy.base.addresses import also_at

_HOMES = {
    "correlate": "pycroscopy.signal.correlation",
    "correlate_template": "pycroscopy.corr.templates",
    "correlation_coefficient": "pycroscopy.signal.correlation",
    "sharpen": "pycroscopy.corr.sharpening",
}

__all__ = ["correlate", "correlate_template", "correlation_coefficient", "sharpen"]

__getattr__ = also_at(__name__, _HOMES)
