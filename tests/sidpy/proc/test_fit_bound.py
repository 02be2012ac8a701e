"""Parameters scatter as little as the data allow: the Cramer-Rao bound."""

from __future__ import annotations

import numpy as np
import pytest

from sidpy.proc.fit import batch_fit
from sidpy.proc.models import SHO, Constant, Gaussian

# model, points, truth, height of the signal
CASES = {
    "gaussian": (Gaussian() + Constant(), np.linspace(-5, 5, 100), [2, 0.3, 0.8, 0.5], 2.0),
    "sho": (SHO(), np.linspace(300e3, 340e3, 80), [0.01, 320e3, 100, 1.0], 1.0),
}


def simulated(name, snr, rows):
    """Return a model, its points, the truth, noisy data and the noise."""
    model, x, truth, height = CASES[name]
    r = np.random.default_rng(int(snr))
    noise = height / snr
    y = np.tile(model(np.array(truth)[None], x), (rows, 1))
    y = y + noise * r.standard_normal(y.shape)
    if model.is_complex:
        y = y + 1j * noise * r.standard_normal(y.shape)
    return model, x, np.array(truth), y, noise


def bound(model, x, truth, noise):
    """Return the smallest standard deviation of unbiased parameters."""
    jacobian = model.jacobian(truth[None], x)[0]
    jacobian = jacobian.view(float) if model.is_complex else jacobian
    return noise * np.sqrt(np.diag(np.linalg.inv(jacobian @ jacobian.T)))


@pytest.mark.parametrize("snr", [10, 100])
@pytest.mark.parametrize("name", CASES)
def test_parameters_reach_the_bound_from_their_own_guess(name, snr):
    model, x, truth, y, noise = simulated(name, snr, 2500)

    fit = batch_fit(model, y, model.guess(x, y), x=x, bounds=model.bounds(x), weights=noise**-2.0)

    assert fit.n_failed == 0
    rms = np.sqrt(np.mean((fit.parameters - truth) ** 2, axis=0))
    assert np.all(rms < 1.05 * bound(model, x, truth, noise))
    np.testing.assert_allclose(np.median(fit.errors, axis=0), rms, rtol=0.06)


@pytest.mark.parametrize("name", CASES)
def test_at_a_signal_of_three_times_the_noise_several_starts_do_not_diverge(name):
    model, x, truth, y, noise = simulated(name, 3, 500)
    options = {"x": x, "bounds": model.bounds(x), "weights": noise**-2.0}

    single = batch_fit(model, y, model.guess(x, y), **options)
    several = batch_fit(model, y, model.starts(x, y, 4), **options)

    limit = bound(model, x, truth, noise)
    assert several.n_failed == 0
    error = several.parameters - truth
    if model.is_complex:  # full turns of the phase are the same response
        error[:, 3] = np.angle(np.exp(1j * error[:, 3]))
    rms = np.sqrt(np.mean(error**2, axis=0))
    # the quality factor is skewed: it is the width of the resonance that is nearly normal
    assert np.all(rms < 1.5 * limit)
    off = np.abs(error) / limit
    assert np.mean(off < 4) > 0.99
    assert off.max() < 20
    assert np.all(several.cost <= single.cost * (1 + 1e-6))
