"""Fourier transforms of images by the names of the released packages.

`power_spectral_density` and `radial_spectrum` measure what `power_spectrum` shows.
"""

from __future__ import annotations

from .diffractograms import (
    adaptive_fourier_filter,
    diffractogram_spots,
    rotational_symmetry_diffractogram,
)
from .fourier import fourier_transform, power_spectrum

__all__ = [
    "adaptive_fourier_filter", "diffractogram_spots", "fourier_transform", "power_spectrum",
    "rotational_symmetry_diffractogram",
]  # fmt: skip
