"""Peaks, spikes and new samples: values and errors against theory and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from signals_made import STEP, noise, scan

from pycroscopy.signal import find_outliers, find_peaks, remove_outliers, resample

X = np.arange(301)


def peak(x, at, width=8.0):
    return np.exp(-0.5 * ((x - at) / width) ** 2)


def test_peaks_lie_between_the_samples_on_the_axis():
    values = np.broadcast_to(5 * peak(X, 60.3) + 3 * peak(X, 200.8), (2, 3, 301))

    found = find_peaks(scan(values + 1e-4 * noise(values.shape)))

    assert len(found) == 12
    np.testing.assert_allclose(
        np.asarray(found.position), STEP * np.tile([60.3, 200.8], 6), atol=0.02 * STEP
    )
    np.testing.assert_allclose(found.height, np.tile([5, 3], 6), rtol=0.02)
    np.testing.assert_allclose(found.width, STEP * 8 * np.sqrt(8 * np.log(2)), rtol=0.02)
    assert (found.position.units, found.height.units) == ("s", "nm")
    assert found.places[::2].tolist() == [list(p) for p in np.ndindex(2, 3)]
    assert found.position.history[-1].function == "pycroscopy.signal.find_peaks"


def test_the_errors_of_peaks_are_those_of_repetition():
    values = peak(X, 150.4) + 0.02 * noise((600, 301))

    found = find_peaks(values, prominence=0.5)

    missed = np.asarray(found.position) - 150.4
    assert len(found) == 600
    assert np.std(missed) == pytest.approx(np.mean(found.position_error), rel=0.15)
    assert abs(missed.mean()) < 0.05
    assert np.std(np.asarray(found.height)) == pytest.approx(np.mean(found.height_error), rel=0.15)


def test_no_peaks_are_in_constants_noise_and_nan():
    values = np.stack([np.full(301, 7.0), noise(301), np.full(301, np.nan)])

    found = find_peaks(values, prominence=8.0)

    assert len(found) == 0
    assert found.places.shape == (0, 1)
    with pytest.raises(TypeError, match="real signals"):
        find_peaks(values * 1j)
    with pytest.raises(ValueError, match="cannot be negative"):
        find_peaks(values, noise=-1)


def test_descending_axes_have_their_peaks_in_place():
    data = scan(peak(X, 60.25)[None])
    data.t = data.t.with_values(data.t.values[::-1].copy())

    found = find_peaks(data, noise=1e-6)

    assert float(found.position[0]) == pytest.approx(STEP * (300 - 60.25), abs=2e-2 * STEP)


def test_only_spikes_are_replaced():
    clean = np.sin(X / 100) + 0.01 * noise((2, 301))
    spiky = clean.copy()
    spiky[0, [0, 40, 41, 300]] += 3
    spiky[1, 100] = np.nan

    flags, found = find_outliers(spiky), np.asarray(remove_outliers(scan(spiky)))

    assert {0, 40, 41, 300} <= set(np.flatnonzero(np.asarray(flags)[0]).tolist())
    assert np.asarray(flags).sum() <= 8
    assert np.isnan(found[1, 100])
    same = ~np.asarray(flags) & np.isfinite(spiky)
    np.testing.assert_array_equal(found[same], spiky[same])
    assert np.nanmax(np.abs(found - clean)) < 0.4


def test_a_spike_on_a_constant_is_one_and_a_constant_has_none():
    values = np.full((2, 31), 0.1)
    values[0, 9] = 0.2

    assert np.argwhere(np.asarray(find_outliers(values))).tolist() == [[0, 9]]
    with pytest.raises(ValueError, match="odd number from 3 to 31"):
        find_outliers(values, window=4)
    with pytest.raises(TypeError, match="real signals"):
        find_outliers(values * 1j)


@pytest.mark.parametrize("kind", [float, complex])
def test_finer_samples_are_those_of_a_spline(kind):
    from scipy.interpolate import CubicSpline

    x = np.sort(np.random.default_rng(1).uniform(0, 10, 60))
    values = np.cos(x).astype(kind) * (1 if kind is float else 1 + 2j)
    data = scan(values[None])
    data.t = data.t.with_values(x)

    found = resample(data, 0.01)

    truth = CubicSpline(x, values, bc_type="not-a-knot")(found.t.values)
    np.testing.assert_allclose(np.asarray(found)[0], truth, atol=1e-9)
    np.testing.assert_allclose(np.diff(found.t.values), 0.01)
    assert (found.t.units, found.units) == ("s", "nm")


def test_coarser_samples_are_means_and_keep_the_sum():
    values = 7 + noise((40, 4001))

    found = np.asarray(resample(scan(values, 1.0), 10.0))

    assert found.shape == (40, 400)
    assert found.std() == pytest.approx(1 / np.sqrt(10), rel=0.05)
    np.testing.assert_allclose(found.mean(), 7, atol=0.01)


def test_descending_missing_and_impossible_samples():
    data = scan(np.stack([X * 1.0, np.where(X == 5, np.nan, 1.0)]), 1.0)
    data.t = data.t.with_values(X[::-1].astype(float))

    found = np.asarray(resample(data, 0.5))

    np.testing.assert_allclose(found[0], 300 - 0.5 * np.arange(601), atol=1e-9)
    assert np.isnan(found[1]).all()
    with pytest.raises(ValueError, match="step is 0"):
        resample(data, 0)
    data.t = data.t.with_values(np.cos(X))
    with pytest.raises(ValueError, match="neither only rise"):
        resample(data, 0.5)
