"""The frequency of a tone, as well as its samples can tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.sid.operations import operation

from .demodulation import wave_block
from .signals import Signals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["Tone", "find_tone"]

#: Steps of Gauss and Newton; from half a bin away three or four do.
_STEPS = 12

#: Change of the frequency at which they end, as a share of a bin.
_SETTLED = 1e-6

#: Samples: four unknowns and one to tell the noise.
_LEAST = 5


@dataclass(frozen=True, slots=True, eq=False)
class Tone:
    """The strongest wave in each signal."""

    frequency: sidpy.Dataset
    """In inverse units of the axis, hertz for seconds."""
    frequency_error: sidpy.Dataset
    """Standard error."""
    amplitude: sidpy.Dataset
    """Peak amplitude, in the units of the data."""
    amplitude_error: sidpy.Dataset
    """Standard error."""
    phase: sidpy.Dataset
    """At zero of the axis, rad; its error there is larger than in the middle."""
    phase_error: sidpy.Dataset
    """Standard error, rad."""


@operation(name="pycroscopy.signal.find_tone")
def find_tone(
    data: Any,
    *,
    band: tuple[float, float] | None = None,
    axis: int | str | None = None,
) -> Tone:
    """Find the frequency of a single tone by least squares.

    Parameters
    ----------
    data : Dataset or array, real
        Signals of five samples or more; values that are not finite count as missing.
    band : tuple of two float, optional
        Where to look for the tone, in inverse units of the axis; everywhere by default.
    axis : int or str, optional
        Of the signals; that of time or energy by default.

    Returns
    -------
    Tone
        Maps without the axis of the signals. NaN for signals that are constant or have too
        few finite values.

    Raises
    ------
    ValueError
        When the samples are not evenly spaced, or no frequency is in the band.
    TypeError
        For complex signals.

    Notes
    -----
    The largest bin of a spectrum of twice the length, then Gauss and Newton for frequency,
    wave and offset: at the Cramer-Rao bound above the threshold of about one in amplitude
    over noise for a few thousand samples [1]_. Stays lazy.

    References
    ----------
    .. [1] Rife, Boorstyn, IEEE Trans. Inf. Theory 20, 591 (1974),
           doi:10.1109/TIT.1974.1055282

    Examples
    --------
    >>> found = find_tone(5 + np.sin(2 * np.pi * 0.1234567 * np.arange(501)))
    >>> round(float(found.frequency), 9)
    0.1234567
    """
    signals = Signals.of(data, axis, least=_LEAST)
    signals.require_real("find_tone")
    step = signals.step()
    low, high = (0.0, 0.5) if band is None else (band[0] * step, band[1] * step)
    bins = np.fft.rfftfreq(2 * signals.length)
    allowed = (bins >= max(low, 0.5 / signals.length)) & (bins <= min(high, 0.5))
    if not allowed.any():
        msg = f"no frequency of {signals.length} samples of {step:g} is in the band {band!r}"
        raise ValueError(msg)
    places = np.asarray(signals.dimension.values, np.float64)
    direction = -1.0 if places[-1] < places[0] else 1.0
    start = float(places[0]) / (direction * step)
    found = signals.parts(_tones, allowed, (step, start, direction), count=6)
    units, rate = signals.dataset.units, signals.frequency_units
    names = (
        "frequency",
        "frequency error",
        "amplitude",
        "amplitude error",
        "phase",
        "phase error",
    )
    return Tone(
        *(
            signals.labelled(values, title=f"{{}} {name}", units=unit, quantity=name.split()[0])
            for values, name, unit in zip(
                found, names, (rate, rate, units, units, "rad", "rad"), strict=True
            )
        )
    )


def _tones(block: Floats, allowed: NDArray[np.bool_], scale: tuple[float, float, float]) -> Floats:
    """Six numbers of each signal; frequencies in cycles per sample on the way."""
    step, start, direction = scale
    n = block.shape[-1]
    valid = np.isfinite(block)
    count = np.count_nonzero(valid, axis=-1)
    mean = np.where(valid, block, 0.0).sum(axis=-1) / np.maximum(count, 1)
    centred = np.where(valid, block - mean[..., None], np.nan)
    size = np.where(valid, np.abs(block), 0.0).max(axis=-1)
    spread = np.where(valid, np.abs(centred), 0.0).max(axis=-1)
    live = (count >= _LEAST) & (spread > 1e-14 * size)
    spectra = np.abs(np.fft.rfft(np.where(valid, centred, 0.0), 2 * n))
    bins = np.fft.rfftfreq(2 * n)
    frequency = bins[np.where(allowed, spectra, -1.0).argmax(axis=-1)]
    times = np.arange(n) - (n - 1) / 2  # centred: the phase is then independent
    frequency, error = _refined(centred, times, frequency)
    wave = wave_block(centred, times, frequency)
    amplitude, phase, amplitude_error, phase_error = np.moveaxis(wave[..., :4], -1, 0)
    # the phase at zero of the axis, with what the error of the frequency adds
    back = start + (n - 1) / 2
    phase = np.angle(np.exp(1j * (direction * (phase - 2 * np.pi * frequency * back))))
    with np.errstate(over="ignore"):  # infinite: the error of noise without a tone
        phase_error = np.hypot(phase_error, 2 * np.pi * back * error)
        error = np.divide(error, step)
    found = [frequency / step, error, amplitude, amplitude_error, phase, phase_error]
    result: Floats = np.where(live[..., None], np.stack(found, axis=-1), np.nan)
    return result


def _refined(values: Floats, times: Floats, frequency: Floats) -> tuple[Floats, Floats]:
    """Improve frequencies, in cycles per sample, and find their standard errors."""
    n = values.shape[-1]
    valid = np.isfinite(values)
    filled = np.where(valid, values, 0.0)
    freedom = np.maximum(np.count_nonzero(valid, axis=-1) - 4, 1)
    wave = np.nan_to_num(wave_block(values, times, frequency))
    error = np.full(frequency.shape, np.nan)
    for _ in range(_STEPS):
        amplitude, phase, offset = wave[..., 0, None], wave[..., 1, None], wave[..., 4, None]
        turns = 2 * np.pi * frequency[..., None] * times + phase
        c, s = np.cos(turns), np.sin(turns)
        slope = -s * times / n  # by 2 pi n times the amplitude times the frequency
        design = np.stack([c, s, np.ones_like(c), slope], axis=-1)
        design = np.nan_to_num(design * valid[..., None])
        rest = np.nan_to_num(np.where(valid, filled - offset - amplitude * c, 0.0))
        turned = design.swapaxes(-1, -2)
        inverse = np.linalg.pinv(turned @ design, hermitian=True)
        change = (inverse @ (turned @ rest[..., None]))[..., 3, 0]
        per_bin = 2 * np.pi * n * np.maximum(wave[..., 0], np.finfo(float).tiny)
        change = np.clip(change / per_bin, -0.25 / n, 0.25 / n)
        frequency = np.clip(frequency + change, 0.25 / n, 0.5)
        wave = np.nan_to_num(wave_block(values, times, frequency))
        spread = np.square(rest).sum(axis=-1) / freedom
        error = np.sqrt(spread * inverse[..., 3, 3]) / per_bin
        if np.abs(change).max(initial=0) * n < _SETTLED:
            break
    return frequency, error
