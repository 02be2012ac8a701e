"""Signals without the frequencies and the noise that nobody asked for (general mode)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.sid.operations import operation

from .filters import FrequencyFilter, as_filter
from .noise import floor_of_spectra
from .signals import Signals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

__all__ = ["filter_block", "filter_signals", "fitting_filter"]

#: Largest departure of the rate of a filter from that of the data, as a share.
_SAME_RATE = 1e-3


@operation(name="pycroscopy.signal.filter_signals")
def filter_signals(
    data: Any,
    filters: Any = None,
    *,
    noise_tolerance: float | None = None,
    axis: int | str | None = None,
) -> sidpy.Dataset:
    """Let frequencies pass, and bins above the noise.

    Parameters
    ----------
    data : Dataset or array, real or complex
        Signals, of any length.
    filters : FrequencyFilter or sequence of them, optional
        What has to be passed; all of them.
    noise_tolerance : float, optional
        Bins that noise alone reaches in more than this share of cases become zero. The noise
        is that of each signal before it is filtered, as `noise_floor` finds it.
    axis : int or str, optional
        Of the signals; that of time or energy by default.

    Returns
    -------
    Dataset
        Labelled as the data, titled ``<title> filtered``, real for real data.

    Raises
    ------
    ValueError
        When there is nothing to do, the samples are not evenly spaced, or a filter is for
        other signals.

    Notes
    -----
    Stays lazy, chunk by chunk. A signal with a value that is not finite becomes NaN: all its
    values have a share in each frequency.

    References
    ----------
    .. [1] Somnath, Belianinov, Kalinin, Jesse, Nat. Commun. 7, 13290 (2016),
           doi:10.1038/ncomms13290

    Examples
    --------
    >>> from pycroscopy.signal import LowPassFilter
    >>> time = np.arange(100) / 100
    >>> wave = np.cos(2 * np.pi * 3 * time)
    >>> clean = filter_signals(wave + np.cos(2 * np.pi * 40 * time), LowPassFilter(100, 1.0, 0.2))
    >>> np.allclose(clean, wave)
    True
    """
    if filters is None and noise_tolerance is None:
        msg = "neither filters nor noise_tolerance was given: there is nothing to do"
        raise ValueError(msg)
    if noise_tolerance is not None and not 0 < noise_tolerance < 1:
        msg = f"noise_tolerance is {noise_tolerance!r}; expected a share between 0 and 1"
        raise ValueError(msg)
    signals = Signals.of(data, axis)
    mask = None if filters is None else fitting_filter(filters, signals).value
    values = signals.apply(filter_block, mask, noise_tolerance)
    return signals.labelled(values, title="{} filtered")


def fitting_filter(filters: Any, signals: Signals) -> FrequencyFilter:
    """Return filters as one, if they are for these signals.

    Parameters
    ----------
    filters : FrequencyFilter or sequence of them
        Any of `as_filter`.
    signals : Signals
        What is to be filtered.
    """
    found = as_filter(filters)
    rate = 1 / signals.step()
    if found.signal_length != signals.length:
        msg = f"the filter is for {found.signal_length} samples, a signal has {signals.length}"
        raise ValueError(msg)
    if abs(found.samp_rate - rate) > _SAME_RATE * rate:
        msg = (
            f"the filter is for {found.samp_rate:g} samples in a unit of the axis, the data have "
            f"{rate:g} in 1 {signals.units} along {signals.dimension.name!r}"
        )
        raise ValueError(msg)
    return found


def filter_block(
    block: NDArray[Any], mask: NDArray[np.float64] | None, tolerance: float | None
) -> NDArray[Any]:
    """Filter signals in memory.

    Parameters
    ----------
    block : ndarray of shape (..., samples)
        The signals.
    mask : ndarray of shape (samples,), optional
        What passes, on the shifted axis.
    tolerance : float, optional
        Of the noise.
    """
    length, is_complex = block.shape[-1], block.dtype.kind == "c"
    spectra = np.fft.fft(block) if is_complex else np.fft.rfft(block)
    floor = None if tolerance is None else floor_of_spectra(spectra, tolerance)[..., None]
    if mask is not None:
        spectra = spectra * np.fft.ifftshift(mask)[: spectra.shape[-1]]
    if floor is not None:
        spectra = np.where(np.abs(spectra) < floor, 0.0, spectra)
    with np.errstate(invalid="ignore"):  # signals that are not finite become NaN below
        found = np.fft.ifft(spectra) if is_complex else np.fft.irfft(spectra, length)
    finite = np.isfinite(block).all(axis=-1, keepdims=True)
    result: NDArray[Any] = np.where(finite, found, np.nan)
    return result
