"""Filters pass what they say, of signals of any length, and noise stays below its floor."""

from __future__ import annotations

import numpy as np
import pytest
from signals_made import STEP, noise, scan

from pycroscopy.processing import fft as classic
from pycroscopy.signal import (
    BandPassFilter,
    CompositeFilter,
    FrequencyFilter,
    HarmonicPassFilter,
    LowPassFilter,
    NoiseBandFilter,
    filter_signals,
    noise_floor,
)
from pycroscopy.signal.filters import (
    are_compatible_filters,
    as_filter,
    build_composite_freq_filter,
)

RATE = 1 / STEP

FILTERS = [
    FrequencyFilter(501, RATE),
    LowPassFilter(501, RATE, 1e4),
    LowPassFilter(501, RATE, 1e4, 0),
    BandPassFilter(501, RATE, 1e4, 3e3),
    BandPassFilter(501, RATE, 1e4, 3e3, fir=True, fir_taps=199),
    HarmonicPassFilter(501, RATE, 7e3, 1e3, 4),
    NoiseBandFilter(501, RATE, [5e3, 2e4], [1e3, 4e3]),
    CompositeFilter(501, RATE, [LowPassFilter(501, RATE, 1e4), FrequencyFilter(501, RATE)]),
]


@pytest.mark.parametrize("one", FILTERS, ids=lambda one: type(one).__name__)
def test_a_filter_is_a_symmetric_share_and_can_be_made_again(one):
    value = one.value

    np.testing.assert_array_equal(value, value[::-1])
    assert value.min() >= 0
    assert value.max() <= 1
    assert value.max() > 0.99
    np.testing.assert_array_equal(as_filter(one.get_parms()).value, value)
    assert as_filter(one.recorded_form()) == one
    with pytest.raises(ValueError, match="read-only"):
        value[0] = 2


def test_the_edge_of_a_low_pass_is_an_error_function():
    from scipy.special import erfc

    one = LowPassFilter(2000, 2000.0, 300, roll_off=0.1)
    f = np.arange(-1000, 1000)

    np.testing.assert_allclose(one.value, 0.5 * erfc(4 * (np.abs(f) - 300) / 100), atol=1e-15)
    assert one.value[f == 300] == 0.5


def test_a_band_pass_of_taps_is_that_of_scipy():
    from scipy import signal

    one = BandPassFilter(1000, 1000.0, 200, 100, fir=True, fir_taps=301)
    _, response = signal.freqz(
        signal.firwin(301, [150, 250], pass_zero=False, fs=1000), worN=np.arange(500), fs=1000
    )

    np.testing.assert_allclose(one.value[500:], np.minimum(np.abs(response), 1), atol=2e-3)


def test_harmonics_and_noise_bands_are_where_they_are_said_to_be():
    comb, hole = (
        HarmonicPassFilter(100, 100.0, 10, 2, 3),
        NoiseBandFilter(100, 100.0, [0, 20], [2]),
    )
    f = np.arange(50)

    assert f[comb.value[50:] == 1].tolist() == [9, 10, 11, 19, 20, 21, 29, 30, 31]
    assert f[hole.value[50:] == 0].tolist() == [0, 1, 19, 20, 21]


@pytest.mark.parametrize("length", [500, 501])
def test_one_of_two_waves_passes_unchanged(length):
    t = STEP * np.arange(length)
    bins = 1 / (length * STEP)
    slow, fast = np.cos(2 * np.pi * 20 * bins * t - 1), np.sin(2 * np.pi * 150 * bins * t)
    data = scan(np.broadcast_to(slow + fast, (2, 3, length)))

    found = filter_signals(data, LowPassFilter.along(data, f_cutoff=80 * bins))

    np.testing.assert_allclose(found, np.broadcast_to(slow, (2, 3, length)), atol=1e-12)
    assert (found.units, found.title, found.t.units) == ("nm", "deflection filtered", "s")
    assert found.history[-1].function == "pycroscopy.signal.filter_signals"
    assert found.history[-1].parameters["filters"]["type"] == "LowPassFilter"


def test_complex_signals_stay_complex_and_other_axes_can_be_filtered():
    values = noise((64, 3)) + 1j * noise((64, 3), 1)
    one = LowPassFilter(64, 1.0, 0.2)

    found = np.asarray(filter_signals(values, one, axis=0))

    spectra = np.fft.fftshift(np.fft.fft(values, axis=0), axes=0) * one.value[:, None]
    np.testing.assert_allclose(
        found, np.fft.ifft(np.fft.ifftshift(spectra, axes=0), axis=0), atol=1e-12
    )


def test_filters_are_lazy_and_keep_single_precision():
    data = scan(noise((4, 5, 64)).astype(np.float32))

    found = filter_signals(data.rechunk((1, 5, 16)), LowPassFilter.along(data, f_cutoff=1e4))

    assert found.dtype == np.float32
    assert found.chunks == ((1, 1, 1, 1), (5,), (64,))


def test_a_signal_with_nan_is_nan_and_the_others_are_not():
    values = noise((2, 3, 65))
    values[0, 1, 7] = np.nan
    one = LowPassFilter(65, RATE, 1e4)

    found = np.asarray(filter_signals(scan(values), one, noise_tolerance=1e-3))

    assert np.isnan(found).all(axis=-1).tolist() == [[False, True, False], [False, False, False]]
    assert np.isnan(np.asarray(noise_floor(scan(values)))).sum() == 1


def test_a_constant_stays_a_constant():
    found = filter_signals(np.full((2, 31), 7.0), noise_tolerance=1e-6)

    np.testing.assert_allclose(found, 7.0)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e9])
def test_a_wave_comes_out_of_noise_in_any_units(scale):
    t = np.arange(4001)
    wave = np.cos(2 * np.pi * 400 / 4001 * t)

    found = np.asarray(filter_signals(scale * (wave + noise(4001)), noise_tolerance=1e-6))

    left = np.std(found / scale - wave)
    assert left < 0.05  # of 1: noise of one bin, sqrt(2 / 4001), is left
    np.testing.assert_allclose(
        found / scale, np.asarray(filter_signals(wave + noise(4001), noise_tolerance=1e-6)),
        atol=1e-9,
    )  # fmt: skip


@pytest.mark.parametrize("tolerance", [0.1, 1e-2, 1e-3])
def test_noise_is_above_its_floor_as_often_as_was_asked_for(tolerance):
    values = noise((400, 2001)) * np.logspace(-9, 9, 400)[:, None]

    floor = np.asarray(noise_floor(values, tolerance=tolerance))

    rate = (np.abs(np.fft.rfft(values)) > floor[:, None]).mean()
    assert rate == pytest.approx(tolerance, rel=4 / np.sqrt(400 * 1000 * tolerance) + 0.02)


def test_strong_bins_do_not_lift_the_floor():
    values = noise((50, 2001))
    wave = 100 * np.cos(2 * np.pi * np.arange(2001) * 100 / 2001)

    with_wave, without = noise_floor(values + wave), noise_floor(values)

    np.testing.assert_allclose(with_wave, without, rtol=5e-3)


def test_filters_of_other_signals_are_refused():
    data = scan(noise((2, 2, 50)))

    with pytest.raises(ValueError, match="49 samples, a signal has 50"):
        filter_signals(data, LowPassFilter(49, RATE, 1e4))
    with pytest.raises(ValueError, match="samples in a unit of the axis"):
        filter_signals(data, LowPassFilter(50, 2 * RATE, 1e4))
    with pytest.raises(ValueError, match="nothing to do"):
        filter_signals(data)
    with pytest.raises(ValueError, match="no values"):
        filter_signals(np.zeros((0, 5)), noise_tolerance=0.1)
    with pytest.raises(ValueError, match="does not fit"):
        as_filter([FrequencyFilter(3, 1.0), FrequencyFilter(4, 1.0)])
    with pytest.raises(TypeError, match="expected a FrequencyFilter"):
        filter_signals(data, 3)
    with pytest.raises(ValueError, match="half the rate"):
        LowPassFilter(50, 100.0, 60)


def test_classic_filters_have_their_names_and_arguments():
    low = classic.LowPassFilter(100, 100.0, 10, roll_off=0.05)
    band = classic.NoiseBandFilter(100, 100.0, [20], [2], show_plots=False)
    comb = classic.HarmonicPassFilter(100, 100.0, 10, 2, 3, False)

    assert low.is_compatible(band)
    assert are_compatible_filters([low, band, comb])
    assert not are_compatible_filters([low, classic.FrequencyFilter(99, 100.0)])
    np.testing.assert_array_equal(build_composite_freq_filter([low, band]), low.value * band.value)
    assert as_filter(band.get_parms()).value.tolist() == band.value.tolist()
    spectra = np.fft.fft(noise((3, 400)))
    assert classic.get_noise_floor(spectra, 1e-3).shape == (3,)
    assert (
        classic.get_noise_floor(spectra[0], 1e-3)[0] == classic.get_noise_floor(spectra, 1e-3)[0]
    )
    with pytest.raises(ValueError, match="share"):
        classic.get_noise_floor(spectra, 0)
