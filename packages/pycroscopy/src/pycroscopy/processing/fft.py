"""Frequency filters by their classic names; prefer `pycroscopy.signal`.

Filters draw nothing when they are made: `plot` does.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy.signal import filters as ours
from pycroscopy.signal.filters import (
    BandPassFilter,
    FrequencyFilter,
    LowPassFilter,
    are_compatible_filters,
    build_composite_freq_filter,
)
from pycroscopy.signal.noise import floor_of_spectra

from .image_filters import (
    build_radius_matrix,
    down_sample,
    fft_to_real,
    get_2d_gauss_lpf,
    get_fft_stack,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "BandPassFilter", "FrequencyFilter", "HarmonicPassFilter", "LowPassFilter",
    "NoiseBandFilter", "are_compatible_filters", "build_composite_freq_filter",
    "build_radius_matrix", "down_sample", "fft_to_real", "get_2d_gauss_lpf", "get_fft_stack",
    "get_noise_floor",
]  # fmt: skip


@dataclass(frozen=True)
class NoiseBandFilter(ours.NoiseBandFilter):
    """Everything passes but some bands."""

    show_plots: InitVar[bool] = False
    """Draw the filter at once."""

    def __post_init__(self, show_plots: bool) -> None:  # type: ignore[override]
        super().__post_init__()
        if show_plots:
            self.plot()


@dataclass(frozen=True)
class HarmonicPassFilter(ours.HarmonicPassFilter):
    """A frequency and its multiples pass."""

    do_plots: InitVar[bool] = False
    """Draw the filter at once."""

    def __post_init__(self, do_plots: bool) -> None:  # type: ignore[override]
        super().__post_init__()
        if do_plots:
            self.plot()


def get_noise_floor(fft_data: Any, tolerance: float) -> NDArray[np.float64]:
    """Return the threshold of each spectrum that its noise does not reach.

    Parameters
    ----------
    fft_data : array of shape (bins,) or (rows, bins)
        Spectra.
    tolerance : float
        Share of the bins of noise alone that are above it.

    Returns
    -------
    ndarray of shape (rows,)
        One for one spectrum, too.
    """
    return floor_of_spectra(np.atleast_2d(np.asarray(fft_data)), tolerance)
