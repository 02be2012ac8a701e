"""Analytic signals: envelope, phase and frequency as they change with time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.sid.operations import operation

from .filtering import fitting_filter
from .signals import Signals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

__all__ = ["analytic_signal", "instantaneous_frequency"]


@operation(name="pycroscopy.signal.analytic_signal")
def analytic_signal(
    data: Any, filters: Any = None, *, axis: int | str | None = None
) -> sidpy.Dataset:
    """Return signals of positive frequencies only: magnitude is envelope, angle is phase.

    Parameters
    ----------
    data : Dataset or array, real
        Signals. One with a value that is not finite becomes NaN.
    filters : FrequencyFilter or sequence of them, optional
        Around the frequency that is followed, `BandPassFilter` for instance.
    axis : int or str, optional
        Of the signals; that of time or energy by default.

    Returns
    -------
    Dataset
        Complex, labelled as the data; the real part is the filtered signal.

    Notes
    -----
    The Hilbert transform of scipy. Stays lazy.
    """
    signals = Signals.of(data, axis, least=2)
    signals.require_real("analytic_signal")
    mask = None if filters is None else fitting_filter(filters, signals).value
    dtype = np.result_type(signals.dataset.dtype, np.complex64)
    values = signals.apply(_analytic, mask, dtype=dtype)
    return signals.labelled(values, title="{} analytic")


@operation(name="pycroscopy.signal.instantaneous_frequency")
def instantaneous_frequency(
    data: Any,
    filters: Any = None,
    *,
    smoothing: float | None = None,
    axis: int | str | None = None,
) -> sidpy.Dataset:
    """Follow the frequency of signals that consist of one wave.

    Parameters
    ----------
    data : Dataset or array, real
        Evenly sampled. A signal with a value that is not finite becomes NaN.
    filters : FrequencyFilter or sequence of them, optional
        Around the frequency that is followed.
    smoothing : float, optional
        Full width of the window over which the frequency is averaged, in units of the axis.
    axis : int or str, optional
        Of the signals; that of time or energy by default.

    Returns
    -------
    Dataset
        In inverse units of the axis, hertz for seconds; NaN where there is no signal.

    Raises
    ------
    ValueError
        When the samples are not evenly spaced.

    Notes
    -----
    The angle by which the analytic signal turns from sample to sample, averaged with its power
    as the weight before the angle is taken: nothing is unwrapped, and moments without
    signal do not count. Within a few periods of the ends the values are less exact. Stays
    lazy.

    References
    ----------
    .. [1] Kay, IEEE Trans. Acoust. Speech Signal Process. 37, 1987 (1989),
           doi:10.1109/29.45547
    """
    signals = Signals.of(data, axis, least=3)
    signals.require_real("instantaneous_frequency")
    mask = None if filters is None else fitting_filter(filters, signals).value
    step = signals.step()
    width = 0 if smoothing is None else round(smoothing / step)
    if width < 0 or width > signals.length:
        longest = f"{signals.length * step:g} {signals.units}"
        msg = f"smoothing is {smoothing!r}; expected 0 to {longest}"
        raise ValueError(msg)
    values = signals.apply(_frequency, mask, step, width)
    return signals.labelled(
        values,
        title="{} frequency",
        units=signals.frequency_units,
        quantity="frequency",
    )


def _analytic(block: NDArray[Any], mask: NDArray[Any] | None) -> NDArray[Any]:
    from scipy import signal

    finite = np.isfinite(block).all(axis=-1, keepdims=True)
    block = np.where(finite, block, 0.0)
    if mask is not None:
        half = np.fft.ifftshift(mask)[: block.shape[-1] // 2 + 1]
        block = np.fft.irfft(np.fft.rfft(block) * half, block.shape[-1])
    result: NDArray[Any] = np.where(finite, signal.hilbert(block), np.nan)
    return result


def _frequency(
    block: NDArray[Any], mask: NDArray[Any] | None, step: float, width: int
) -> NDArray[Any]:
    from scipy import ndimage

    wave = _analytic(block, mask)
    turn = wave[..., 1:] * wave[..., :-1].conj()  # between the samples
    both = np.concatenate([turn[..., :1], turn[..., :-1] + turn[..., 1:], turn[..., -1:]], axis=-1)
    if width > 1:
        window = np.hanning(width + 2)[1:-1]
        both = ndimage.convolve1d(both, window / window.sum(), axis=-1, mode="nearest")
    result: NDArray[Any] = np.where(both == 0, np.nan, np.angle(both)) / (2 * np.pi * step)
    return result
