"""Waves are found as well as theory allows, and the errors say so."""

from __future__ import annotations

import numpy as np
import pytest
from signals_made import STEP, noise, scan

from pycroscopy.signal import (
    BandPassFilter,
    analytic_signal,
    find_tone,
    instantaneous_frequency,
    lock_in,
)


def test_a_lock_in_is_exact_off_the_bins_with_an_offset_and_missing_samples():
    t = STEP * np.arange(501)
    values = 5 + 2 * np.cos(2 * np.pi * 7123.4 * t + 0.7)
    values[[3, 50, 51]] = np.nan

    found = lock_in(scan(np.broadcast_to(values, (2, 3, 501))), 7123.4)

    np.testing.assert_allclose(found.amplitude, 2, rtol=1e-10)
    np.testing.assert_allclose(found.phase, 0.7, rtol=1e-10)
    np.testing.assert_allclose(found.offset, 5, rtol=1e-10)
    assert (found.amplitude.shape, found.amplitude.units, found.phase.units) == (
        (2, 3),
        "nm",
        "rad",
    )
    assert found.amplitude.x.units == "nm"
    assert found.phase.history[-1].function == "pycroscopy.signal.lock_in"


def test_the_errors_of_a_lock_in_are_those_of_theory():
    t, level = np.arange(1001), 0.3
    values = 2 * np.cos(2 * np.pi * 0.0312 * t + 0.4) + level * noise((2000, 1001))

    found = lock_in(values, 0.0312)

    bound = level * np.sqrt(2 / 1001)
    amplitude, phase = np.asarray(found.amplitude), np.asarray(found.phase)
    assert amplitude.std() == pytest.approx(bound, rel=0.06)
    assert phase.std() == pytest.approx(bound / 2, rel=0.06)
    assert amplitude.mean() == pytest.approx(2, abs=4 * bound / np.sqrt(2000))
    np.testing.assert_allclose(found.amplitude_error, bound, rtol=0.1)
    covered = np.mean(np.abs(phase - 0.4) < np.asarray(found.phase_error))
    assert 0.64 < covered < 0.72


def test_windows_follow_an_amplitude_that_changes():
    t = STEP * np.arange(1050)
    values = np.repeat(np.arange(1.0, 11.0), 100) * np.cos(2 * np.pi * 1e4 * t[:1000] - 1)
    data = scan(np.broadcast_to(np.append(values, np.zeros(50)), (2, 1050)))

    found = lock_in(data, 1e4, window=100 * STEP)

    np.testing.assert_allclose(found.amplitude, np.broadcast_to(np.arange(1, 11), (2, 10)))
    np.testing.assert_allclose(found.phase, -1, rtol=1e-9)
    np.testing.assert_allclose(found.amplitude.t.values, STEP * (np.arange(10) * 100 + 49.5))


def test_lock_in_of_constants_and_of_nothing():
    values = np.stack([np.full(50, 3.0), np.full(50, np.nan)])

    found = lock_in(values, 0.1)

    assert np.asarray(found.amplitude)[0] == pytest.approx(0, abs=1e-12)
    assert np.isnan(np.asarray(found.amplitude)[1])
    with pytest.raises(ValueError, match="half the sampling rate"):
        lock_in(values, 0.5)
    with pytest.raises(TypeError, match=r"real signals.*complex128"):
        lock_in(1j * values, 0.1)
    with pytest.raises(ValueError, match="window is"):
        lock_in(values, 0.1, window=60)
    with pytest.raises(ValueError, match="4 samples or more"):
        lock_in(np.zeros(3), 0.1)


@pytest.mark.parametrize("ratio", [1, 3, 10])
def test_the_frequency_of_a_tone_is_at_the_bound(ratio):
    n = 4096
    wave = np.cos(2 * np.pi * 0.123456 * np.arange(n) + 0.4)

    found = find_tone(wave + noise((80, n)) / ratio)

    bound = np.sqrt(24 / (n * (n**2 - 1))) / (2 * np.pi * ratio)
    missed = np.asarray(found.frequency) - 0.123456
    assert np.sqrt(np.mean(missed**2)) < 1.2 * bound
    np.testing.assert_allclose(found.frequency_error, bound, rtol=0.15)
    assert 0.5 < np.mean(np.abs(missed) < np.asarray(found.frequency_error)) < 0.85
    late = np.abs(np.angle(np.exp(1j * (np.asarray(found.phase) - 0.4))))
    assert 0.5 < np.mean(late < np.asarray(found.phase_error)) < 0.85


@pytest.mark.parametrize("length", [50, 501])
@pytest.mark.parametrize("frequency", [0.031, 0.2718, 0.4713])
def test_a_tone_without_noise_is_exact(length, frequency):
    values = 3 + 1e-9 * np.cos(2 * np.pi * frequency * np.arange(length) - 2)
    values[5] = np.nan

    found = find_tone(values)

    assert float(found.frequency) == pytest.approx(frequency, abs=3e-8)
    assert float(found.amplitude) == pytest.approx(1e-9, rel=1e-4)
    assert float(found.phase) == pytest.approx(-2, abs=1e-4)


def test_a_tone_on_an_axis_in_seconds_is_in_hertz_and_in_its_band():
    t = STEP * np.arange(2001)
    values = np.cos(2 * np.pi * 1e4 * t) + 0.1 * np.cos(2 * np.pi * 3.3e4 * t)

    found = find_tone(scan(np.broadcast_to(values, (2, 2, 2001))), band=(3e4, 4e4))

    np.testing.assert_allclose(found.frequency, 3.3e4, rtol=1e-4)
    assert (found.frequency.units, found.amplitude.units) == ("Hz", "nm")
    with pytest.raises(ValueError, match="no frequency"):
        find_tone(values, band=(0.6, 0.7))


def test_signals_without_a_tone_have_no_frequency():
    values = np.stack([np.full(100, 2.0), np.full(100, np.nan), np.cos(np.arange(100))])

    found = np.asarray(find_tone(values).frequency)

    assert np.isnan(found).tolist() == [True, True, False]
    with pytest.raises(TypeError, match="real signals"):
        find_tone(values.astype(complex))


def test_an_analytic_signal_is_that_of_scipy():
    from scipy import signal

    values = noise((3, 65))

    np.testing.assert_allclose(analytic_signal(values), signal.hilbert(values))
    assert np.isnan(analytic_signal(np.r_[values[0], np.nan])).all()


def test_the_frequency_of_a_chirp_is_followed():
    from scipy import signal

    t = STEP * np.arange(5000)
    values = signal.chirp(t, 1e4, t[-1], 2e4) + 0.02 * noise((2, 2, 5000))
    data = scan(values)
    band = BandPassFilter.along(data, f_center=1.5e4, f_width=1.6e4)

    found = np.asarray(instantaneous_frequency(data, band, smoothing=50 * STEP))

    truth = 1e4 + 1e4 * t / t[-1]
    assert np.abs(found - truth)[..., 300:-300].max() < 150
    assert instantaneous_frequency(data).units == "Hz"


def test_no_signal_has_no_instantaneous_frequency():
    assert np.isnan(instantaneous_frequency(np.zeros(20))).all()
    with pytest.raises(ValueError, match="smoothing is"):
        instantaneous_frequency(np.zeros(20), smoothing=50)
    uneven = scan(noise(30))
    uneven.t = uneven.t.with_values(np.arange(30.0) ** 2)
    with pytest.raises(ValueError, match="not evenly spaced"):
        instantaneous_frequency(uneven)
