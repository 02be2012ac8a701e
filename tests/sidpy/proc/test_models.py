"""Every model against differences, its own guess and its own bounds."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from sidpy.proc import models
from sidpy.proc.engine.derivatives import central_differences
from sidpy.proc.fit import batch_fit

X = np.linspace(-4, 6, 90)
POSITIVE = np.linspace(1, 9, 90)
BAND = np.linspace(300e3, 340e3, 160)
IMAGE = np.stack([a.ravel() for a in np.meshgrid(np.arange(14.0), np.arange(17.0), indexing="ij")])

# model, points, low and high of random truths
CASES = {
    "gaussian": (models.Gaussian(), X, [1, -2, 0.4], [3, 4, 1.5]),
    "valley": (models.Gaussian(), X, [-3, -2, 0.4], [-1, 4, 1.5]),
    "lorentzian": (models.Lorentzian(), X, [1, -2, 0.4], [3, 4, 1.5]),
    "pseudo-voigt": (models.PseudoVoigt(), X, [1, -2, 0.8, 0.2], [3, 4, 2, 0.8]),
    "voigt": (models.Voigt(), X, [1, -2, 0.4, 0.2], [3, 4, 1, 0.8]),
    "constant": (models.Constant(), X, [-3], [3]),
    "linear": (models.Linear(), X, [-3, -1], [3, 1]),
    "cubic": (models.Polynomial(3), X, [-3, -1, -1, -0.3], [3, 1, 1, 0.3]),
    "power law": (models.PowerLaw(), POSITIVE, [50, 1.5], [90, 3.5]),
    "decay": (models.Exponential(), POSITIVE, [1, 1], [3, 4]),
    "growth": (models.Exponential(), X, [1, -4], [3, -3]),
    "logistic": (models.LogisticStep(), X, [1, 0, 0.2], [3, 2, 0.6]),
    "tanh": (models.TanhStep(), X, [-3, 0, 0.2], [-1, 2, 0.6]),
    "erf": (models.ErfStep(), X, [1, 0, 0.2], [3, 2, 0.6]),
    "sinusoid": (models.Sinusoid(), X, [1, 0.2, -1], [3, 1.2, 1]),
    "sho": (models.SHO(), BAND, [0.01, 315e3, 60, -3], [0.02, 325e3, 200, 3]),
    "spot": (models.Gaussian2D(), IMAGE, [1, 4, 5, 1.5, 2.1], [3, 9, 11, 2, 2.8]),
    "turned": (
        models.Gaussian2D(rotated=True),
        IMAGE,
        [1, 4, 5, 1.2, 2.4, -0.6],
        [3, 9, 11, 1.6, 3.2, 0.6],
    ),
    "peak on line": (
        models.Gaussian() + models.Linear(),
        X,
        [1, -1, 0.4, -1, -0.2],
        [3, 3, 1, 1, 0.2],
    ),
    "two peaks": (
        models.Gaussian() + models.Lorentzian() + models.Constant(),
        X,
        [2, -1.5, 0.3, 1, 2.5, 0.3, -1],
        [3, -0.5, 0.5, 1.5, 3.5, 0.5, 1],
    ),
    "spot on offset": (
        models.Gaussian2D() + models.Constant(ndim=2),
        IMAGE,
        [2, 5, 6, 1.1, 1.4, 0],
        [3, 8, 10, 1.3, 1.8, 1],
    ),
    "decay to level": (models.Exponential() + models.Constant(), POSITIVE, [1, 1, 0], [3, 2, 1]),
    "edge on power law": (
        models.PowerLaw() + models.ErfStep(),
        POSITIVE,
        [50, 2.0, 12, 5, 0.2],
        [90, 3.5, 20, 6, 0.5],
    ),
}


@pytest.fixture(params=CASES, ids=str)
def case(request):
    model, x, low, high = CASES[request.param]
    return model, x, np.random.default_rng(3).uniform(low, high, (200, len(low)))


def test_the_jacobian_is_the_derivative_of_the_values(case):
    model, x, p = case
    p = p[::40]

    values, jacobian = model.value_and_jacobian(p, x)

    np.testing.assert_allclose(values, model(p, x), rtol=1e-13, atol=1e-15)
    numeric = central_differences(model)(p, x)
    scale = np.abs(jacobian).max(axis=2, keepdims=True)
    np.testing.assert_allclose(jacobian / scale, numeric / scale, atol=5e-6)
    one = model(p[1], x)
    np.testing.assert_allclose(one, model(p, x)[1])


def test_data_without_noise_are_recovered_exactly_from_the_guess_within_the_bounds(case):
    model, x, p = case
    y = model(p, x)

    guess, bounds = model.guess(x, y), model.bounds(x)
    fit = batch_fit(model, y, guess, x=x, bounds=bounds)

    assert guess.shape == p.shape
    assert np.all((p >= bounds[0]) & (p <= bounds[1]))
    assert fit.n_failed == 0
    np.testing.assert_allclose(model(fit.parameters, x), y, atol=1e-6 * np.abs(y).max())
    size = np.abs(p).max(axis=0)
    np.testing.assert_allclose(fit.parameters / size, p / size, atol=1e-5)


def test_noisy_data_give_parameters_within_their_errors(case):
    model, x, p = case
    y = model(p, x)
    noise = 0.02 * np.abs(y).max()
    r = np.random.default_rng(7)
    y = y + noise * r.standard_normal(y.shape)
    if model.is_complex:
        y = y + 1j * noise * r.standard_normal(y.shape)

    fit = batch_fit(model, y, model.guess(x, y), x=x, bounds=model.bounds(x), weights=noise**-2.0)

    good = fit.converged
    assert np.count_nonzero(~good) <= 2
    pull = (fit.parameters - p)[good] / fit.errors[good]
    pull = pull[np.isfinite(pull)]  # a parameter on its bound has no error
    assert np.mean(np.abs(pull) < 4) > 0.99
    assert 0.8 < np.median(np.abs(pull)) / 0.6745 < 1.2
    assert abs(np.median(fit.reduced_chi_squared[good]) - 1) < 0.1


def test_names_and_units_fit_the_parameters(case):
    model, _, p = case

    assert len(model.parameters) == len(set(model.parameters)) == p.shape[1]
    assert len(model.units("eV", "counts")) == p.shape[1]
    assert repr(pickle.loads(pickle.dumps(model))) == repr(model)


@pytest.mark.parametrize(
    ("model", "units"),
    [
        (models.Gaussian(), ("counts", "eV", "eV")),
        (models.Voigt(), ("counts*eV", "eV", "eV", "eV")),
        (models.Polynomial(2), ("counts", "counts/eV", "counts/eV**2")),
        (models.PowerLaw(), ("counts", "")),
        (models.Sinusoid(), ("counts", "1/eV", "rad")),
        (models.SHO(), ("counts", "eV", "", "rad")),
        (models.Gaussian2D(rotated=True), ("counts", *["eV"] * 4, "rad")),
    ],
    ids=repr,
)
def test_units_of_parameters_follow_from_those_of_the_data(model, units):
    assert model.units("eV", "counts") == units
    assert len(model.units()) == len(units)


def test_sums_name_their_components():
    model = models.Gaussian("zlp") + models.Gaussian() + models.Gaussian() + models.Linear()

    assert model.parameters[::3][:3] == (
        "zlp.amplitude", "gaussian_1.amplitude", "gaussian_2.amplitude",
    )  # fmt: skip
    assert model.parameters[-1] == "linear.slope"
    assert model.component("gaussian_2") == slice(6, 9)
    assert model.index("gaussian_1.center") == 4
    with pytest.raises(ValueError, match="no component 'gaussian'; there are zlp, gaussian_1"):
        model.component("gaussian")
    with pytest.raises(ValueError, match="has no parameter 'center'; it has zlp"):
        model.index("center")


def test_sums_of_sums_are_flat_and_add_up():
    left = models.Gaussian() + models.Constant()
    model = left + (models.Lorentzian() + models.Linear())
    p = np.array([1.0, 0, 1, 2, 1, 1, 1, 0.5, 0.1])

    assert [type(c).__name__ for c in model.components] == [
        "Gaussian", "Constant", "Lorentzian", "Linear",
    ]  # fmt: skip
    parts = left(p[:4], X) + models.Lorentzian()(p[4:7], X) + models.Linear()(p[7:], X)
    np.testing.assert_allclose(model(p, X), parts)


def test_spectra_and_images_do_not_add():
    with pytest.raises(ValueError, match="cannot be added"):
        models.Gaussian() + models.Gaussian2D()


def test_a_polynomial_has_a_degree_of_zero_at_least():
    with pytest.raises(ValueError, match="degree is -1"):
        models.Polynomial(-1)
