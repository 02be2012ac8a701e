"""What lies under peaks is found, whatever the method, units and length."""

from __future__ import annotations

import numpy as np
import pytest
from signals_made import noise, scan

from pycroscopy.signal import baseline

X = np.linspace(0, 1, 501)
TRUTH = {"als": 3 + np.sin(3 * X), "snip": 3 + np.sin(3 * X), "polynomial": 3 + 2 * X - X**2}
PEAKS = sum(h * np.exp(-(((X - x) / 0.01) ** 2)) for h, x in [(1, 0.2), (2, 0.55), (0.5, 0.8)])
OPTIONS = {"als": {"asymmetry": 1e-3, "stiffness": 1e4}, "snip": {"width": 30}, "polynomial": {}}


@pytest.mark.parametrize("method", TRUTH)
@pytest.mark.parametrize("scale", [1e-9, 1e6])
def test_a_baseline_is_found_under_peaks(method, scale):
    values = scale * (TRUTH[method] + PEAKS)

    found = baseline(values, method=method, **OPTIONS[method])

    np.testing.assert_allclose(np.asarray(found) / scale, TRUTH[method], atol=0.05)


@pytest.mark.parametrize("method", TRUTH)
def test_missing_values_have_a_baseline_and_spectra_of_nothing_none(method):
    values = np.stack([TRUTH[method] + PEAKS, np.full(501, np.nan), np.full(501, 4.0)])
    values[0, 100:110] = np.nan

    found = np.asarray(baseline(values, method=method, **OPTIONS[method]))

    np.testing.assert_allclose(found[0], TRUTH[method], atol=0.05)
    assert np.isnan(found[1]).all()
    np.testing.assert_allclose(found[2], 4.0)


def test_a_baseline_is_lazy_and_labelled():
    data = scan(10 + noise((2, 3, 40)), kind="spectral", units="eV")

    found = baseline(data.rechunk((1, 3, 40)), stiffness=1e5)

    assert found.chunks == ((1, 1), (3,), (40,))
    assert (found.units, found.title) == ("nm", "Rechunked_deflection baseline")
    assert found.history[-1].parameters["stiffness"] == 1e5


def test_asymmetric_least_squares_solve_their_equations():
    values, weight = 3 + noise(60), 1e3

    found = np.asarray(baseline(values, stiffness=weight, asymmetry=0.05))

    second = np.diff(np.eye(60), 2, axis=0)
    weights = np.where(values > found, 0.05, 0.95)
    rest = weights * (values - found) - weight * second.T @ (second @ found)
    np.testing.assert_allclose(rest, 0, atol=1e-8)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"method": "magic"}, ValueError, "it can be one of"),
        ({"asymmetry": 1.0}, ValueError, "share between 0 and 1"),
        ({"method": "snip", "width": 1e9}, ValueError, "width is"),
    ],
)
def test_impossible_baselines_are_refused(options, error, match):
    with pytest.raises(error, match=match):
        baseline(X, **options)


def test_complex_and_short_spectra_are_refused():
    with pytest.raises(TypeError, match="real signals"):
        baseline(1j * X)
    with pytest.raises(ValueError, match="3 samples or more"):
        baseline(X[:2])
