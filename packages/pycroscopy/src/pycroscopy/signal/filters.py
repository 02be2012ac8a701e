"""Frequency filters: how much of each frequency passes.

A filter knows for which signals it is made, their number of samples and their sampling rate,
and what of each frequency passes: `value`, on the axis of `numpy.fft.fftshift`, symmetric
about zero, so that a real signal stays real and nothing is delayed.

>>> edge = LowPassFilter(9, 90.0, f_cutoff=25.0)
>>> edge.value.round(2).tolist()
[0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .signals import Signals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Self

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "BandPassFilter", "CompositeFilter", "FrequencyFilter", "HarmonicPassFilter",
    "LowPassFilter", "NoiseBandFilter", "are_compatible_filters", "as_filter",
    "build_composite_freq_filter",
]  # fmt: skip


@dataclass(frozen=True)
class FrequencyFilter:
    """All frequencies pass.

    Raises
    ------
    ValueError
        For no samples, or a sampling rate that is not positive.
    """

    signal_length: int
    """Samples of a signal."""
    samp_rate: float
    """Samples in a unit of the axis: hertz for seconds."""

    def __post_init__(self) -> None:
        if int(self.signal_length) != self.signal_length or self.signal_length < 1:
            msg = f"signal_length is {self.signal_length!r}; expected a positive whole number"
            raise ValueError(msg)
        if not 0 < self.samp_rate < np.inf:
            msg = f"samp_rate is {self.samp_rate!r}; expected a positive number"
            raise ValueError(msg)
        self._check()

    @classmethod
    def along(cls, data: Any, axis: int | str | None = None, **parms: Any) -> Self:
        """Make a filter for the signals of a dataset.

        Parameters
        ----------
        data : Dataset
            Evenly sampled.
        axis : int or str, optional
            Of the signals; that of time or energy by default.
        **parms
            What the filter takes beside length and rate.
        """
        signals = Signals.of(data, axis)
        return cls(signals.length, 1 / signals.step(), **parms)

    @cached_property
    def frequencies(self) -> Floats:
        """Frequencies of `value`, zero in the middle."""
        found: Floats = np.fft.fftshift(np.fft.fftfreq(self.signal_length, 1 / self.samp_rate))
        return found

    @cached_property
    def value(self) -> Floats:
        """What passes, 0 to 1, of shape (signal_length,); read only."""
        found = np.asarray(self._passes(np.abs(self.frequencies)), np.float64)
        found.flags.writeable = False
        return found

    def get_parms(self) -> dict[str, Any]:
        """Return the parameters, and the name of the class as ``type``."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {"type": type(self).__name__, **found}

    def recorded_form(self) -> dict[str, Any]:
        """Return what stands for the filter in a history; `as_filter` takes it back."""
        return self.get_parms()

    def is_compatible(self, other: FrequencyFilter) -> bool:
        """Tell whether another filter is for signals of this length and rate."""
        return isinstance(other, FrequencyFilter) and (
            self.signal_length == other.signal_length
            and bool(np.isclose(self.samp_rate, other.samp_rate, rtol=1e-6, atol=0))
        )

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw what passes.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.panels import panels

        figure, (axes,) = panels(1, figure, size=(6.4, 4.8))
        axes.plot(self.frequencies, self.value)
        axes.set(
            xlabel="frequency (units of the rate)", ylabel="passes", title=type(self).__name__
        )
        return figure

    def _check(self) -> None:
        """Raise a ValueError for parameters that make no filter."""

    def _passes(self, frequency: Floats) -> Floats:
        return np.ones_like(frequency)

    def _below_nyquist(self, name: str, frequency: float) -> None:
        nyquist = self.samp_rate / 2
        if not 0 < frequency < nyquist:
            msg = f"{name} is {frequency!r}; expected above 0 and below half the rate, {nyquist:g}"
            raise ValueError(msg)


@dataclass(frozen=True)
class LowPassFilter(FrequencyFilter):
    """Low frequencies pass, with an edge of the shape of an error function."""

    f_cutoff: float
    """Frequency of which half passes."""
    roll_off: float = 0.05
    """Width of the edge, as a share of half the sampling rate."""

    def _check(self) -> None:
        self._below_nyquist("f_cutoff", self.f_cutoff)
        if not 0 <= self.roll_off < 1:
            msg = f"roll_off is {self.roll_off!r}; expected a share from 0 up to 1"
            raise ValueError(msg)

    def _passes(self, frequency: Floats) -> Floats:
        from scipy.special import erfc

        width = self.roll_off * self.samp_rate / 2
        if not width:
            return np.where(frequency <= self.f_cutoff, 1.0, 0.0)
        return 0.5 * np.asarray(erfc(4 * (frequency - self.f_cutoff) / width))


@dataclass(frozen=True)
class BandPassFilter(FrequencyFilter):
    """A band of frequencies passes."""

    f_center: float
    """Middle of the band."""
    f_width: float
    """Full width of the band."""
    fir: bool = False
    """With the edges of a finite impulse response; as a step by default."""
    fir_taps: int = 1999
    """Length of the impulse response, samples."""

    def _check(self) -> None:
        self._below_nyquist("f_center", self.f_center)
        if self.f_width <= 0 or self.fir_taps < 3:
            msg = f"f_width is {self.f_width!r}, fir_taps {self.fir_taps!r}; too small"
            raise ValueError(msg)

    def _passes(self, frequency: Floats) -> Floats:
        if not self.fir:
            inside = np.abs(frequency - self.f_center) <= self.f_width / 2
            return np.where(inside, 1.0, 0.0)
        from scipy import signal

        low = max(self.f_center - self.f_width / 2, 0.0)
        high = min(self.f_center + self.f_width / 2, self.samp_rate / 2)
        edges = [edge for edge in (low, high) if 0 < edge < self.samp_rate / 2]
        if not edges:
            return np.ones_like(frequency)
        kind = "bandpass" if len(edges) == 2 else "lowpass" if low == 0 else "highpass"
        taps = signal.firwin(self.fir_taps | 1, edges, pass_zero=kind, fs=self.samp_rate)
        _, response = signal.freqz(taps, worN=frequency, fs=self.samp_rate)
        # a symmetric response delays by half its length: without that it is real
        turn = 2j * np.pi * frequency / self.samp_rate * (len(taps) // 2)
        return np.clip(np.abs((response * np.exp(turn)).real), 0.0, 1.0)


@dataclass(frozen=True)
class HarmonicPassFilter(FrequencyFilter):
    """A frequency and its multiples pass."""

    first_freq: float
    """The frequency."""
    band_width: float
    """Full width of each band."""
    num_harm: int
    """Bands; those beyond half the sampling rate are none."""

    def _check(self) -> None:
        self._below_nyquist("first_freq", self.first_freq)
        if self.band_width <= 0 or self.num_harm < 1:
            msg = f"band_width is {self.band_width!r}, num_harm {self.num_harm!r}; too small"
            raise ValueError(msg)

    def _passes(self, frequency: Floats) -> Floats:
        nearest = np.clip(np.rint(frequency / self.first_freq), 1, self.num_harm)
        inside = np.abs(frequency - nearest * self.first_freq) <= self.band_width / 2
        return np.where(inside, 1.0, 0.0)


@dataclass(frozen=True)
class NoiseBandFilter(FrequencyFilter):
    """Everything passes but some bands."""

    freqs: Sequence[float]
    """Middles of the bands."""
    freq_widths: Sequence[float]
    """Full width of each, or one for all."""

    def _check(self) -> None:
        freqs = tuple(float(f) for f in np.atleast_1d(self.freqs))
        widths = tuple(float(w) for w in np.atleast_1d(self.freq_widths))
        widths = widths * len(freqs) if len(widths) == 1 else widths
        if len(freqs) != len(widths) or not freqs or min(widths) <= 0 or min(freqs) < 0:
            msg = f"freqs are {freqs}, freq_widths {widths}; expected as many positive widths"
            raise ValueError(msg)
        object.__setattr__(self, "freqs", freqs)
        object.__setattr__(self, "freq_widths", widths)

    def _passes(self, frequency: Floats) -> Floats:
        found = np.ones_like(frequency)
        for middle, width in zip(self.freqs, self.freq_widths, strict=True):
            found[np.abs(frequency - middle) <= width / 2] = 0.0
        return found


@dataclass(frozen=True)
class CompositeFilter(FrequencyFilter):
    """What passes all of several filters."""

    filters: tuple[FrequencyFilter, ...]
    """Of the same length and rate."""

    def _check(self) -> None:
        object.__setattr__(self, "filters", tuple(self.filters))
        for one in self.filters:
            if not isinstance(one, FrequencyFilter) or not self.is_compatible(one):
                msg = (
                    f"{one!r} does not fit signals of {self.signal_length} samples at a rate "
                    f"of {self.samp_rate:g}"
                )
                raise ValueError(msg)

    def get_parms(self) -> dict[str, Any]:
        """Return the parameters of all filters."""
        return {**super().get_parms(), "filters": [one.get_parms() for one in self.filters]}

    def _passes(self, frequency: Floats) -> Floats:
        return np.prod([np.ones_like(frequency), *(one.value for one in self.filters)], axis=0)


_CLASSES = (
    FrequencyFilter, LowPassFilter, BandPassFilter, HarmonicPassFilter, NoiseBandFilter,
    CompositeFilter,
)  # fmt: skip


def as_filter(filters: Any) -> FrequencyFilter:
    """Return one filter for a filter, its parameters, or several of either.

    Parameters
    ----------
    filters : FrequencyFilter, dict or sequence of them
        Dictionaries are those of `FrequencyFilter.get_parms`.

    Raises
    ------
    TypeError
        For anything else.
    ValueError
        For filters of different signals.
    """
    if isinstance(filters, FrequencyFilter):
        return filters
    if isinstance(filters, dict):
        parms = dict(filters)
        found = {one.__name__: one for one in _CLASSES}.get(parms.pop("type", ""))
        if found is None:
            msg = f"the type of a filter is one of {[one.__name__ for one in _CLASSES]}"
            raise ValueError(msg)
        if "filters" in parms:
            parms["filters"] = tuple(as_filter(one) for one in parms["filters"])
        return found(**parms)
    if isinstance(filters, list | tuple) and filters:
        each = tuple(as_filter(one) for one in filters)
        if len(each) == 1:
            return each[0]
        return CompositeFilter(each[0].signal_length, each[0].samp_rate, each)
    msg = f"expected a FrequencyFilter or several, found {type(filters).__name__}"
    raise TypeError(msg)


def are_compatible_filters(filters: Iterable[FrequencyFilter] | FrequencyFilter) -> bool:
    """Tell whether all filters are for signals of the same length and rate.

    Parameters
    ----------
    filters : FrequencyFilter or iterable of them
        Anything else is not compatible.
    """
    each = [filters] if isinstance(filters, FrequencyFilter) else list(filters)
    return bool(each) and all(
        isinstance(one, FrequencyFilter) and one.is_compatible(each[0]) for one in each
    )


def build_composite_freq_filter(filters: Sequence[FrequencyFilter] | FrequencyFilter) -> Floats:
    """Return what passes all filters, on the shifted axis.

    Parameters
    ----------
    filters : FrequencyFilter or sequence of them
        Of the same length and rate.
    """
    return as_filter(filters).value
