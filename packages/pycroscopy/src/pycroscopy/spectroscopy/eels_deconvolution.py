"""One loss for each electron: spectra without plural scattering.

The spectrum of a thick specimen is its zero loss, convolved with the exponential of what is
lost once.  A Fourier transform makes of it a product, and a logarithm gives single scattering
back [1]_; an edge is freed of the losses that follow it by a ratio.

Noise is kept down twice.  The result is as sharp as the zero loss, or as a Gaussian that is
asked for, whose transform multiplies the logarithm where the zero loss is lost in noise.  And
no wave of a distribution without negative values exceeds its sum: a logarithm is cut at the
thickness t/λ, a ratio at exp(t/λ).  Neither changes a spectrum without noise.

References
----------
.. [1] Johnson, Spence, J. Phys. D 7, 771 (1974), doi:10.1088/0022-3727/7/6/304; Egerton,
       Electron Energy-Loss Spectroscopy in the Electron Microscope, 3rd ed., section 4.3
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.sid.operations import operation

from .eels_peaks import WIDTH, elastic_rows
from .energy_spectra import Spectra

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

__all__ = ["Deconvolved", "fourier_log", "fourier_ratio"]

#: Spectra transformed at a time: their waves stay in the cache.
_TILE: Final = 32


@dataclass(frozen=True, eq=False, repr=False)
class Deconvolved:
    """Spectra of single scattering."""

    values: sidpy.Dataset
    """Of shape (scan..., energy), in the units of the data."""
    errors: sidpy.Dataset
    """Standard deviation of each channel by counting, up to a fifth too large where waves are
    lost in noise; channels nearby are correlated."""

    def __repr__(self) -> str:
        return f"single scattering of {self.values.shape[-1]} channels"

    def to_datasets(self) -> dict[str, sidpy.Dataset]:
        """Return everything as datasets by name, ready for `sidpy.write`."""
        return {"values": self.values, "errors": self.errors}

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw the spectrum averaged over the scan, and its spread over the positions.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.curves import draw_profile

        return draw_profile(self.values, figure)


@operation(name="pycroscopy.spectroscopy.fourier_log")
def fourier_log(
    data: Any,
    zero_loss: Any = None,
    *,
    window: tuple[float, float] | None = None,
    resolution: float | None = None,
    periodic: bool = False,
    gain: float = 1.0,
) -> Deconvolved:
    """Return what was lost in one scattering event, by the logarithm of the transforms.

    Parameters
    ----------
    data : Dataset or array of shape (..., energy), real
        Spectra from below the zero loss on, in eV.
    zero_loss : Dataset or array of shape (energy,) or that of the data, optional
        The spectrum without specimen, with as many counts as the elastic part; by default the
        `elastic_part` of each spectrum.
    window : (float, float), optional, eV
        Where the zero loss is looked for.
    resolution : float, optional, eV
        Full width at half maximum of the Gaussian, at zero, with which the result is
        convolved; by default it is convolved with the zero loss itself.
    periodic : bool
        Whether the spectrum goes on with its beginning, as a simulated one may; otherwise it
        fades within its own length.
    gain : float
        Values of the data that one electron makes.

    Returns
    -------
    Deconvolved
        Lazy; the sum of a spectrum is that of its zero loss times t/λ. NaN where a channel is
        missing. A `zero_loss` that is given is taken to have no noise.
    """
    spectra = Spectra.of(data, least=5).even()
    others = [] if zero_loss is None else [spectra.beside(zero_loss, "a zero loss").dataset]
    found = spectra.mapped(
        _log_rows,
        (2, len(spectra.energy)),
        others,
        energy=spectra.energy,
        inside=spectra.channels(window, least=3),
        width=_positive(resolution),
        periodic=periodic,
        gain=float(gain),
    )
    return _deconvolved(spectra, found, "single scattering")


@operation(name="pycroscopy.spectroscopy.fourier_ratio")
def fourier_ratio(
    data: Any,
    low_loss: Any,
    *,
    window: tuple[float, float] | None = None,
    resolution: float | None = None,
    errors: Any = None,
    gain: float = 1.0,
) -> Deconvolved:
    """Return an edge without the losses that followed it, by the ratio of the transforms.

    Parameters
    ----------
    data : Dataset or array of shape (..., energy), real
        Edges without background, in eV.
    low_loss : Dataset or array of shape (energy,) or (..., energy)
        Spectra from below the zero loss on, in steps of the same width.
    window : (float, float), optional, eV
        Where the zero loss is looked for.
    resolution : float, optional, eV
        Full width at half maximum of the Gaussian with which the result is convolved; by
        default it is the zero loss itself.
    errors : Dataset or array of the shape of the data, optional
        Standard deviation of the data; by default that of counting what is given, which is
        too little after a background was taken off.
    gain : float
        Values of the data that one electron makes.

    Returns
    -------
    Deconvolved
        Lazy; with the counts of those electrons that had no other loss. NaN where a channel
        of either is missing. The errors have those of the low loss not in them.
    """
    spectra = Spectra.of(data, least=5).even()
    low = spectra.beside(low_loss, "a low loss", channels=False).even()
    others = [low.dataset]
    if errors is not None:
        others.append(spectra.beside(errors, "errors").dataset)
    found = spectra.mapped(
        _ratio_rows,
        (2, len(spectra.energy)),
        others,
        energy=low.energy,
        inside=low.channels(window, least=3),
        width=_positive(resolution),
        gain=float(gain),
    )
    return _deconvolved(spectra, found, "deconvolved")


def _positive(resolution: float | None) -> float | None:
    if resolution is not None and not resolution > 0:
        msg = f"a resolution of {resolution} eV; expected more than 0"
        raise ValueError(msg)
    return resolution


def _deconvolved(spectra: Spectra, found: Any, title: str) -> Deconvolved:
    return Deconvolved(
        spectra.labelled(found[..., 0, :], title, energy=spectra.energy),
        spectra.labelled(
            found[..., 1, :],
            f"{title}, error",
            energy=spectra.energy,
            quantity="standard deviation",
        ),
    )


def _log_rows(
    rows: NDArray[Any],
    zero: NDArray[Any] | None = None,
    *,
    energy: NDArray[Any],
    inside: NDArray[Any],
    width: float | None,
    periodic: bool,
    gain: float,
) -> NDArray[np.float64]:
    """Return single scattering and its errors, of shape (rows, 2, channels)."""
    own = zero is None
    elastic = elastic_rows(rows, energy, inside) if zero is None else zero
    elastic = np.broadcast_to(elastic, rows.shape)
    result = np.full((len(rows), 2, rows.shape[1]), np.nan)
    total, without = rows.sum(axis=1), elastic.sum(axis=1)
    good = np.flatnonzero((total > 0) & (without > 0))
    length = rows.shape[1] if periodic else _longer(2 * rows.shape[1])
    for first in range(0, len(good), _TILE):
        part = good[first : first + _TILE]
        pair = rows[part], elastic[part]
        result[part] = _logarithm(*pair, length, (energy, width), gain, own=own)
    return result


def _logarithm(
    rows: NDArray[Any],
    elastic: NDArray[Any],
    length: int,
    target: tuple[NDArray[Any], float | None],
    gain: float,
    *,
    own: bool,
) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(_continued(rows, length), axis=1)
    peak = np.fft.rfft(_continued(elastic, length), axis=1)
    total, without = spectrum[:, :1].real, peak[:, :1].real
    share = np.where((total > 0) & (without > 0), total, np.nan) / np.where(
        without > 0, without, 1
    )
    limit = np.abs(np.log(share))
    tiny = np.finfo(float).tiny
    seen = np.abs(peak) > np.sqrt(tiny)
    ratio = np.divide(spectrum, peak, out=np.ones_like(spectrum), where=seen)
    power = np.log(np.maximum(np.abs(ratio), tiny)) + 1j * np.unwrap(np.angle(ratio), axis=1)
    power *= np.minimum(1.0, limit / np.maximum(np.abs(power), tiny))
    sharp = _target(peak, length, *target)
    single = np.fft.irfft(power * sharp, length, axis=1)
    # what a count of the data changes: d(target ln(J / Z)), less that of Z where it is J's own
    before = np.divide(sharp, peak, out=np.zeros_like(peak), where=seen)
    losses = before * np.exp(-power)
    counts = gain * np.maximum(rows, 0.0)
    # a wave lost in noise was cut, and so is its error
    noise = np.sqrt(counts.sum(axis=1, keepdims=True))
    most = limit * np.abs(sharp) / np.maximum(noise, tiny)
    losses *= np.minimum(1.0, most / np.maximum(np.abs(losses), tiny))
    if own:
        kept = gain * np.clip(elastic, 0.0, np.maximum(rows, 0.0))
        change = losses - before + (power if target[1] is None else 0.0)
        variance = _spread(counts - kept, losses, length) + _spread(kept, change, length)
    else:
        variance = _spread(counts, losses, length)
    cut = slice(0, rows.shape[1])
    return np.stack([single[:, cut], np.sqrt(np.maximum(variance[:, cut], 0.0))], axis=1)


def _ratio_rows(
    rows: NDArray[Any],
    low: NDArray[Any],
    errors: NDArray[Any] | None = None,
    *,
    energy: NDArray[Any],
    inside: NDArray[Any],
    width: float | None,
    gain: float,
) -> NDArray[np.float64]:
    """Return edges without plural scattering and their errors, (rows, 2, channels)."""
    length = _longer(2 * rows.shape[1] + low.shape[1])
    low_waves = np.fft.rfft(_continued(low, length), axis=1)
    peak = np.fft.rfft(_continued(elastic_rows(low, energy, inside), length), axis=1)
    tiny = np.finfo(float).tiny
    with np.errstate(divide="ignore", invalid="ignore"):
        most = np.abs(low_waves[:, :1] / peak[:, :1])
        ratio = peak / np.where(np.abs(low_waves) > tiny, low_waves, tiny)
        ratio *= np.minimum(1.0, most / np.maximum(np.abs(ratio), tiny))
        sharper = _target(peak, length, energy, width) / np.where(peak == 0, np.inf, peak)
    kernel = ratio if width is None else ratio * sharper
    kernel = np.broadcast_to(kernel, (len(rows), kernel.shape[1]))
    variance = gain * np.maximum(rows, 0.0) if errors is None else errors**2
    variance = np.broadcast_to(variance, rows.shape)
    result = np.empty((len(rows), 2, rows.shape[1]))
    cut = slice(0, rows.shape[1])
    for first in range(0, len(rows), _TILE):
        part = slice(first, first + _TILE)
        waves = np.fft.rfft(_continued(rows[part], length), axis=1)
        result[part, 0] = np.fft.irfft(waves * kernel[part], length, axis=1)[:, cut]
        spread = _spread(variance[part], kernel[part], length)[:, cut]
        result[part, 1] = np.sqrt(np.maximum(spread, 0.0))
    return result


def _longer(count: int) -> int:
    from scipy.fft import next_fast_len

    return int(next_fast_len(count, real=True))


def _continued(rows: NDArray[Any], length: int) -> NDArray[np.float64]:
    """Return rows that fade from their end to their beginning, without a step."""
    count = rows.shape[1]
    if length == count:
        return rows
    some = max(1, count // 50)
    last = rows[:, -some:].mean(axis=1, keepdims=True)
    first = rows[:, :some].mean(axis=1, keepdims=True)
    fade = 0.5 + 0.5 * np.cos(np.pi * np.arange(1, length - count + 1) / (length - count + 1))
    return np.concatenate([rows, last * fade + first * (1 - fade)], axis=1)


def _target(
    peak: NDArray[Any], length: int, energy: NDArray[Any], width: float | None
) -> NDArray[Any]:
    """Return the waves of the peak that every loss becomes: the zero loss, or a Gaussian."""
    if width is None:
        return peak
    step = (energy[-1] - energy[0]) / (len(energy) - 1)
    wave = 2 * np.pi * np.fft.rfftfreq(length)
    sigma = width / WIDTH / step
    gaussian = np.exp(-0.5 * (wave * sigma) ** 2 + 1j * wave * energy[0] / step)
    return np.asarray(peak[:, :1].real * gaussian)


def _spread(variance: NDArray[Any], waves: NDArray[Any], length: int) -> NDArray[np.float64]:
    """Return the variance after a convolution: that before it, with the kernel's square."""
    kernel = np.fft.irfft(waves, length, axis=1) ** 2
    padded = np.fft.rfft(variance, length, axis=1)
    return np.fft.irfft(padded * np.fft.rfft(kernel, axis=1), length, axis=1)
