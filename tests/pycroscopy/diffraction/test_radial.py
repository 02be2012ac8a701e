"""Profiles, rings and disks against what was drawn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import erfc

import sidpy
from pycroscopy.diffraction import (
    azimuthal_profiles,
    fit_disk,
    fit_ring,
    radial_profiles,
)


def patterns(function, scan=(2, 3), shape=(61, 72), center=(29.3, 35.6)):
    v, u = np.mgrid[: shape[0], : shape[1]]
    values = function(v - center[0], u - center[1])
    return np.broadcast_to(values, (*scan, *shape)).copy()


def test_a_profile_is_the_mean_over_rings_in_any_chunks():
    values = np.random.default_rng(0).poisson(9, (3, 4, 21, 26)).astype("u2")
    v, u = np.mgrid[:21, :26]
    ring = np.floor(np.hypot(v - 9.5, u - 12) + 0.5)

    for chunks in (-1, (1, 4, 7, 11)):
        data = sidpy.Dataset.from_array(values, chunks=chunks)
        found = radial_profiles(data, center=(9.5, 12))
        mean, errors = found.mean.compute(), found.errors.compute()
        for i in range(1, mean.shape[-1]):
            inside = values[..., ring == i].astype(float)
            np.testing.assert_allclose(mean[..., i], inside.mean(-1), rtol=1e-6)
            expected = np.sqrt(inside.sum(-1)) / inside.shape[-1]
            np.testing.assert_allclose(errors[..., i], expected, rtol=1e-6)


def test_counting_alone_has_no_normalised_variance_and_speckle_has_its_own():
    rng = np.random.default_rng(1)
    flat = rng.poisson(50, (40, 50, 50))
    speckle = rng.poisson(50 * rng.gamma(4, 1 / 4, (40, 50, 50)))

    for values, expected in ((flat, 0.0), (speckle, 0.25)):
        variance = radial_profiles(values, center=(24.5, 24.5), step=5).variance.compute()
        assert np.abs(variance[:, 2:].mean(axis=0) - expected).max() < 0.02


def test_the_azimuth_runs_from_u_to_v():
    values = patterns(lambda v, u: 1 + np.cos(2 * (np.arctan2(v, u) - 0.6)))

    found = azimuthal_profiles(values, 10, 25, count=90, center=(29.3, 35.6))

    angles = found.mean._axes[2].values
    np.testing.assert_allclose(
        found.mean.compute()[0, 0], 1 + np.cos(2 * (angles - 0.6)), atol=0.02
    )
    assert found.mean._axes[2].units == "rad"
    with pytest.raises(ValueError, match="no pixel"):
        azimuthal_profiles(values, 200, 300)


def test_a_nan_spoils_its_ring_only():
    values = patterns(lambda v, u: np.ones(v.shape), scan=())
    values[29, 36] = np.nan

    mean = radial_profiles(values, center=(29.3, 35.6)).mean.compute()

    assert np.isnan(mean).sum() == 1


def _ring(v, u, stretch, radius=20.0, width=2.0):
    e1, e2 = stretch
    inverse = np.array([[1 - e1, -e2], [-e2, 1 + e1]]) / (1 - e1**2 - e2**2)
    x, y = inverse[0, 0] * u + inverse[0, 1] * v, inverse[1, 0] * u + inverse[1, 1] * v
    return np.exp(-0.5 * ((np.hypot(x, y) - radius) / width) ** 2)


def test_an_elliptic_ring_is_found_within_its_errors():
    rng = np.random.default_rng(2)
    pulls = []
    for _ in range(20):
        clean = patterns(lambda v, u: _ring(v, u, (0.02, -0.01)), scan=())
        noisy = rng.poisson(200 * clean + 20)
        found = fit_ring(noisy, 12, 28)
        pulls.append((np.array(found.center) - (29.3, 35.6)) / found.center_errors)
        pulls.append((np.array(found.stretch) - (0.02, -0.01)) / found.stretch_errors)
        assert found.mean_radius == pytest.approx(20, abs=0.05)

    assert 0.7 < np.std(pulls) < 1.3
    assert found.ratio == pytest.approx(np.exp(2 * np.hypot(0.02, 0.01)), abs=0.01)
    assert found.angle == pytest.approx(0.5 * np.arctan2(-0.01, 0.02), abs=0.1)


def test_without_the_distortion_a_ring_is_sharp_again():
    values = patterns(lambda v, u: _ring(v, u, (0.06, 0.03)), scan=())
    distortion = fit_ring(values, 10, 30)

    blurred = radial_profiles(values, center=distortion.center).mean.compute()
    sharp = radial_profiles(values, distortion=distortion).mean.compute()

    assert np.nanmax(sharp) > 0.97
    assert np.nanmax(blurred) < 0.93


def test_the_central_disk_is_found():
    values = patterns(lambda v, u: 80 * erfc((np.hypot(v, u / 1.01) - 15) / 1.0) + 3, scan=())

    found = fit_disk(values, 14)

    np.testing.assert_allclose(found.center, (29.3, 35.6), atol=0.01)
    assert found.mean_radius == pytest.approx(15 * np.sqrt(1.01), abs=0.02)


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(ValueError, match="one pattern"):
        fit_ring(np.ones((2, 9, 9)), 1, 3)
    with pytest.raises(ValueError, match="finite pixels"):
        fit_ring(np.ones((9, 9)), 30, 31)
    with pytest.raises(ValueError, match="more than 0"):
        radial_profiles(np.ones((9, 9)), step=0)


def test_profiles_are_drawn_with_their_axis():
    figure = radial_profiles(patterns(np.hypot), center=(29.3, 35.6)).plot()

    assert figure.axes[0].get_xlabel().startswith("radius")
