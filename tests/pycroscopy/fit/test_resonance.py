"""Resonances: at the bound, in any place of the data, and NaN where there is nothing."""

from __future__ import annotations

import numpy as np
import pytest

import sidpy
from pycroscopy.fit import fit_resonance
from pycroscopy.simulate import band_excitation_scan
from sidpy.proc.models import SHO
from sidpy.sid import operations


def bounds_of(truth, frequency, noise):
    """Return the least standard deviations, from the derivatives at the truth."""
    slopes = SHO().jacobian(np.atleast_2d(truth), frequency)[0]
    slopes = np.concatenate([slopes.real, slopes.imag], axis=1)
    return noise * np.sqrt(np.diag(np.linalg.inv(slopes @ slopes.T)))


@pytest.mark.parametrize(("noise", "allowed"), [(100 / 3, 1.12), (10, 1.05), (1, 1.05)])
def test_rms_at_the_bound_and_errors_that_cover(noise, allowed):
    made = band_excitation_scan((30, 40), spread=0.0, noise=noise, seed=3)
    found = fit_resonance(made.data)
    truth = np.array([made.truth[name][0, 0] for name in SHO.parameters])
    off = np.asarray(found.parameters) - truth
    limit = bounds_of(truth, made.data.frequency.values, noise)

    assert found.n_failed == 0
    spread = np.sqrt((off**2).mean(axis=(0, 1)))
    if noise > 30:  # a few large quality factors are in the tail, not in the middle
        spread = 1.4826 * np.median(np.abs(off), axis=(0, 1))
    assert np.all(spread < allowed * limit)
    gross = np.abs(off / limit)
    gross[..., 2] *= 100 / np.asarray(found["quality_factor"])  # the inverse has no long tail
    assert gross.max() < 8
    covered = np.mean(np.abs(off) < np.asarray(found.errors))
    assert 0.65 < covered < 0.71


def test_parameters_axes_units_and_history():
    made = band_excitation_scan((3, 5), 61, noise=0.0)
    found = fit_resonance(made.data)
    for name, truth in made.truth.items():
        np.testing.assert_allclose(found[name], truth, rtol=1e-6)
    frequency = found["resonance_frequency"]

    assert [frequency.y.units, frequency.x.units, frequency.units] == ["nm", "nm", "Hz"]
    assert found.covariance.shape == (3, 5, 4, 4)
    step = frequency.history[-1]
    assert step.function == "pycroscopy.fit.fit_resonance"
    again = operations.call(step, [made.data])
    np.testing.assert_array_equal(again, frequency)


def test_background_and_an_axis_in_front():
    made = band_excitation_scan((3, 4), noise=0.01)
    moved = sidpy.Dataset.from_array(np.moveaxis(made.data.compute(), 2, 0) + (3 - 2j))
    moved.set_dimension(0, made.data.frequency)
    found = fit_resonance(moved, dim=0, background="constant")

    np.testing.assert_allclose(found["background.real"], 3, atol=0.02)
    np.testing.assert_allclose(found["background.imaginary"], -2, atol=0.02)
    np.testing.assert_allclose(found["sho.phase"], made.truth["phase"], atol=1e-3)


def test_lazy_until_computed():
    made = band_excitation_scan((4, 5))
    found = fit_resonance(made.data, compute=False)

    assert hasattr(found.packed, "dask")
    eager = fit_resonance(made.data).parameters
    np.testing.assert_allclose(found.parameters, eager, rtol=1e-12)


def test_missing_points_and_spectra():
    made = band_excitation_scan((2, 3), noise=0.1)
    values = made.data.compute()
    values[0, 0, ::3] = np.nan
    values[0, 1] = np.nan
    values[0, 2] = 0
    values[1, 0, 1:] = np.inf
    found = fit_resonance(made.data.like_data(values))

    assert found.n_failed == 3
    failed = np.isnan(np.asarray(found["amplitude"]))
    np.testing.assert_array_equal(failed, [[False, True, True], [True, False, False]])


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        (np.ones((3, 9)), TypeError, "complex spectra"),
        (np.ones((3, 3), complex), ValueError, "3 points"),
        (np.ones((3, 9), complex), ValueError, "frequencies are positive"),
        (np.ones((), complex), ValueError, "single number"),
    ],
)
def test_what_is_no_spectrum(values, error, words):
    with pytest.raises(error, match=words):
        fit_resonance(values)


def test_unknown_background():
    with pytest.raises(ValueError, match="'none' or 'constant'"):
        fit_resonance(np.ones((3, 9), complex), background="linear")


def test_pictures():
    plot = fit_resonance(band_excitation_scan((3, 4)).data).plot()
    assert "resonance_frequency (Hz)" in [axes.get_title() for axes in plot.axes]
