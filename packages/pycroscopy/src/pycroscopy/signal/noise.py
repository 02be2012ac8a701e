"""The noise of spectra, and the threshold it does not reach.

The magnitudes of white noise in a spectrum have a Rayleigh distribution, so their squares are
exponential: noise alone is above ``sqrt(-2 s**2 ln(p))`` in a share p of the bins, s being the
deviation of the real part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.sid.operations import operation

from .signals import Signals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["floor_of_spectra", "noise_floor"]

#: Rounds of leaving out what is above the threshold, at most.
_ROUNDS = 50

#: Relative change of the power at which the rounds end.
_SETTLED = 1e-9


def floor_of_spectra(spectra: NDArray[Any], tolerance: float) -> Floats:
    """Return the threshold of each spectrum.

    Parameters
    ----------
    spectra : ndarray of shape (..., bins), complex or magnitudes
        Bins that are not finite are left out.
    tolerance : float
        Share of the bins of noise alone that are above the threshold.

    Returns
    -------
    ndarray of shape (...)
        In the units of the spectra; NaN where no bin is finite.

    Raises
    ------
    ValueError
        When `tolerance` is no share.

    Notes
    -----
    Starts with the median. The mean power of the bins below the threshold is corrected for
    what the threshold cuts off; the rounds end on a relative change, so units do not matter.
    """
    if not 0 < tolerance < 1:
        msg = f"tolerance is {tolerance!r}; expected a share of bins between 0 and 1"
        raise ValueError(msg)
    power = np.square(np.abs(np.asarray(spectra)).astype(np.float64))
    valid = np.isfinite(power)
    some = valid.any(axis=-1)
    masked = np.where(valid, power, np.nan)
    masked[~some] = 0.0
    limit = -np.log(tolerance)
    # mean of an exponential distribution of mean 1 below the limit
    below = 1 - limit * tolerance / (1 - tolerance)
    mean = np.nanmedian(masked, axis=-1) / np.log(2)
    for _ in range(_ROUNDS):
        kept = valid & (power <= mean[..., None] * limit)
        count = np.count_nonzero(kept, axis=-1)
        total = np.where(kept, power, 0.0).sum(axis=-1)
        new = np.divide(total, count * below, out=np.zeros_like(mean), where=count > 0)
        settled = np.abs(new - mean) <= _SETTLED * mean
        mean = new
        if settled.all():
            break
    return np.where(some, np.sqrt(mean * limit), np.nan)


@operation(name="pycroscopy.signal.noise_floor")
def noise_floor(
    data: Any, *, tolerance: float = 1e-6, axis: int | str | None = None
) -> sidpy.Dataset:
    """Find the magnitude in the spectrum of each signal that its noise does not reach.

    Parameters
    ----------
    data : Dataset or array
        Signals, not spectra.
    tolerance : float
        Share of the bins of noise alone that are above it.
    axis : int or str, optional
        Of the signals; that of time or energy by default.

    Returns
    -------
    Dataset
        Without the axis of the signals; magnitudes of `numpy.fft.fft`, in the units of the
        data. NaN for signals that are not finite.

    Notes
    -----
    Stays lazy. White noise is assumed, and signals in fewer than half of the bins.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=(50, 1001))
    >>> floor = noise_floor(noise, tolerance=0.1)
    >>> above = np.abs(np.fft.fft(noise)) > np.asarray(floor)[:, None]
    >>> round(float(above.mean()), 2)
    0.1
    """
    if not 0 < tolerance < 1:
        msg = f"tolerance is {tolerance!r}; expected a share of bins between 0 and 1"
        raise ValueError(msg)
    signals = Signals.of(data, axis, least=4)
    (floor,) = signals.parts(_floor_of_signals, tolerance, count=1)
    return signals.labelled(floor, title="{} noise floor")


def _floor_of_signals(block: NDArray[Any], tolerance: float) -> Floats:
    transform = np.fft.fft if block.dtype.kind == "c" else np.fft.rfft
    found = floor_of_spectra(transform(block), tolerance)
    return np.where(np.isfinite(block).all(axis=-1), found, np.nan)[..., None]
