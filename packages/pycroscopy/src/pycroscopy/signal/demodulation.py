"""Amplitude and phase at a known frequency, as a lock-in amplifier finds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.sid.operations import operation

from .signals import Signals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["LockIn", "lock_in", "wave_block"]

#: Samples in a window: three unknowns and one to tell the noise.
_LEAST = 4


@dataclass(frozen=True, slots=True, eq=False)
class LockIn:
    """A wave of known frequency in each signal."""

    amplitude: sidpy.Dataset
    """Peak amplitude, in the units of the data."""
    phase: sidpy.Dataset
    """Phase of ``amplitude * cos(2 pi f t + phase)``, t as the axis says, rad."""
    amplitude_error: sidpy.Dataset
    """Standard error."""
    phase_error: sidpy.Dataset
    """Standard error, rad; at most that of a phase of which nothing is known."""
    offset: sidpy.Dataset
    """Mean of the signal beside the wave."""
    noise: sidpy.Dataset
    """Standard deviation of what is left."""

    def plot(self, figure: Any = None) -> Any:
        """Draw amplitude and phase.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.maps import draw_maps

        return draw_maps({"amplitude": self.amplitude, "phase": self.phase}, figure)


@operation(name="pycroscopy.signal.lock_in")
def lock_in(
    data: Any,
    frequency: float,
    *,
    window: float | None = None,
    axis: int | str | None = None,
) -> LockIn:
    """Find amplitude and phase of a wave of known frequency.

    Parameters
    ----------
    data : Dataset or array, real
        Signals; values that are not finite count as missing. The samples need not be evenly
        spaced unless there are windows.
    frequency : float
        In inverse units of the axis, hertz for seconds; that of a harmonic for a harmonic.
    window : float, optional
        Length of the pieces in which the signal is demodulated, in units of the axis. By
        default the signal is one piece. What is left at the end is left out.
    axis : int or str, optional
        Of the signals; that of time or energy by default.

    Returns
    -------
    LockIn
        Without the axis of the signals, or with one that has the middles of the windows.

    Raises
    ------
    ValueError
        For a frequency that is not above zero and below half the sampling rate, or a window
        of less than four samples or more than there are.
    TypeError
        For complex signals.

    Notes
    -----
    Least squares for wave and offset: exact for any length, without leakage, and at the
    Cramer-Rao bound for white noise [1]_. The errors come from what is left. Stays lazy.

    References
    ----------
    .. [1] Rife, Boorstyn, IEEE Trans. Inf. Theory 20, 591 (1974),
           doi:10.1109/TIT.1974.1055282

    Examples
    --------
    >>> time = np.arange(1000.0)
    >>> found = lock_in(3 + 2 * np.cos(2 * np.pi * 0.01234 * time - 0.5), 0.01234)
    >>> round(float(found.amplitude), 9), round(float(found.phase), 9)
    (2.0, -0.5)
    """
    signals = Signals.of(data, axis, least=_LEAST)
    signals.require_real("lock_in")
    places = np.asarray(signals.dimension.values, np.float64)
    shortest = float(np.abs(np.diff(places)).min())
    if not 0 < frequency < 0.5 / shortest:
        msg = (
            f"frequency is {frequency!r}; expected above 0 and below half the sampling rate, "
            f"{0.5 / shortest:g} {signals.frequency_units}"
        )
        raise ValueError(msg)
    if window is None:
        times, along = places[None, :], None
        found = signals.parts(_demodulated, times, frequency, count=6)
    else:
        times, along = _windows(signals, places, window)
        packed = signals.apply(
            _demodulated, times, frequency, length=6 * len(times), dtype=np.float64
        )
        n = len(times)
        found = [packed[_part(packed.ndim, signals.axis, k * n, n)] for k in range(6)]
    units = (signals.dataset.units, "rad", signals.dataset.units, "rad")
    labels = [
        *zip(("amplitude", "phase", "amplitude error", "phase error"), units, strict=True),
        ("offset", signals.dataset.units),
        ("noise", signals.dataset.units),
    ]
    return LockIn(
        *(
            signals.labelled(values, along, title=f"{{}} {name}", units=unit, quantity=name)
            for values, (name, unit) in zip(found, labels, strict=True)
        )
    )


def _part(ndim: int, axis: int, start: int, length: int) -> tuple[slice, ...]:
    whole = [slice(None)] * ndim
    whole[axis] = slice(start, start + length)
    return tuple(whole)


def _windows(signals: Signals, places: Floats, window: float) -> tuple[Floats, Any]:
    samples = round(window / signals.step())
    if not _LEAST <= samples <= signals.length:
        msg = (
            f"window is {window!r}, {samples} samples; expected {_LEAST} to {signals.length} "
            f"of {signals.step():g} {signals.units}"
        )
        raise ValueError(msg)
    times = places[: signals.length // samples * samples].reshape(-1, samples)
    return times, signals.dimension.with_values(times.mean(axis=1))


def _demodulated(block: Floats, times: Floats, frequency: float) -> Floats:
    """Return six numbers for each window, all of the first kind first."""
    cut = block[..., : times.size].reshape(*block.shape[:-1], *times.shape)
    found = wave_block(cut, times, np.asarray(frequency))
    return np.moveaxis(found, -1, -2).reshape(*block.shape[:-1], -1)


def wave_block(values: Floats, times: Floats, frequency: Any) -> Floats:
    """Fit a wave of known frequency and an offset to signals in memory.

    Parameters
    ----------
    values : ndarray of shape (..., samples)
        Not finite where missing.
    times : ndarray that fits the values
        When the samples are.
    frequency : ndarray of shape (...)
        Of each signal.

    Returns
    -------
    ndarray of shape (..., 6)
        Amplitude, phase, their errors, offset, noise; NaN where too few samples are finite.
    """
    valid = np.isfinite(values)
    turns = 2 * np.pi * np.asarray(frequency)[..., None] * times
    design = np.stack([np.cos(turns), np.sin(turns), np.ones_like(turns)], axis=-1)
    design = design * valid[..., None]
    turned = design.swapaxes(-1, -2)
    normal = turned @ design
    count = np.count_nonzero(valid, axis=-1)
    # a wave too slow to be told from the offset, or too few samples: nothing is known
    known = (count >= _LEAST) & (np.linalg.cond(normal) < 1e12)
    normal = np.where(known[..., None, None], normal, np.eye(3))
    inverse = np.linalg.inv(normal)
    level = np.where(valid, values, 0.0).sum(axis=-1) / np.maximum(count, 1)
    centred = np.where(valid, values - level[..., None], 0.0)
    wave = inverse @ (turned @ centred[..., None])
    rest = centred - (design @ wave)[..., 0]
    cosine, sine, offset = np.moveaxis(wave[..., 0], -1, 0)
    variance = np.square(rest).sum(axis=-1) / np.maximum(count - 3, 1)
    amplitude, phase = np.hypot(cosine, sine), np.arctan2(-sine, cosine)
    # derivatives of amplitude and phase by cosine and sine parts
    c, s = np.cos(phase), -np.sin(phase)
    first, mixed, second = inverse[..., 0, 0], inverse[..., 0, 1], inverse[..., 1, 1]
    amplitude_error = np.sqrt(variance * (c * c * first + 2 * c * s * mixed + s * s * second))
    across = np.sqrt(variance * (s * s * first - 2 * c * s * mixed + c * c * second))
    unknown = np.pi / np.sqrt(3)  # deviation of a phase that may be anything
    ratio = np.divide(across, amplitude, out=np.full_like(across, np.inf), where=amplitude > 0)
    parts = [amplitude, phase, amplitude_error, np.minimum(ratio, unknown), offset + level,
             np.sqrt(variance)]  # fmt: skip
    found: Floats = np.where(known[..., None], np.stack(parts, axis=-1), np.nan)
    return found
