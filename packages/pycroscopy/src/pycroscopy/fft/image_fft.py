"""Fourier transforms of images by the names of release 0.63; prefer `pycroscopy.image`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pycroscopy.image.diffractograms import (
    adaptive_fourier_filter,
    find_spots,
    rotational_symmetry_diffractogram,
)
from pycroscopy.image.fourier import fourier_transform, power_spectrum

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    import sidpy

__all__ = [
    "adaptive_fourier_filter", "diffractogram_spots", "fourier_transform", "power_spectrum",
    "rotational_symmetry_diffractogram",
]  # fmt: skip


def diffractogram_spots(dset: sidpy.Dataset, spot_threshold: float) -> NDArray[np.float64]:
    """Find the spots of a diffractogram.

    Parameters
    ----------
    dset : Dataset, IMAGE
        An image, or its `power_spectrum`.
    spot_threshold : float
        How far a spot must stand out, as a share of the range of the log magnitude.

    Returns
    -------
    ndarray of shape (spots, 3)
        u and v in reciprocal units, and the angle of (u, v) in radian.

    See Also
    --------
    pycroscopy.image.diffractogram_spots : With the middle of the diffractogram.
    """
    return find_spots(dset, spot_threshold)
