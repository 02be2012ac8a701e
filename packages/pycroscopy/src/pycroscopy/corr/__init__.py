"""Correlation, where release 0.63 announced it; prefer `pycroscopy.signal`."""

from sidpy.base.addresses import also_at

__all__ = ["correlate", "correlation_coefficient"]

__getattr__ = also_at(__name__, dict.fromkeys(__all__, "pycroscopy.signal.correlation"))
