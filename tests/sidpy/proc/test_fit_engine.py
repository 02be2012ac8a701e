"""Losses, complex data, ties, shared parameters and several starts, against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import least_squares

from sidpy.proc.engine.derivatives import central_differences, complex_step
from sidpy.proc.engine.losses import LOSSES, loss_function
from sidpy.proc.engine.multistart import scattered_starts
from sidpy.proc.fit import FitSettings, batch_fit

X = np.linspace(-5, 5, 80)


def gaussian(p, x):
    a, c, s, b = p.T[:, :, None]
    return a * np.exp(-0.5 * ((x - c) / s) ** 2) + b


def spectra(rows=12, noise=0.1, seed=0):
    r = np.random.default_rng(seed)
    p = r.uniform([1, -1, 0.5, 0], [3, 1, 1.5, 1], (rows, 4))
    return p, gaussian(p, X) + noise * r.standard_normal((rows, len(X)))


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_ends_where_scipy_ends(loss):
    p, y = spectra()
    y[:, ::9] += 3  # outliers

    exact = FitSettings(cost_tolerance=1e-12)
    fit = batch_fit(gaussian, y, p, x=X, loss=loss, f_scale=0.3, weights=2.0, settings=exact)

    assert fit.n_failed == 0
    for row in range(len(y)):
        best = least_squares(
            lambda q, row=row: np.sqrt(2) * (gaussian(q[None], X)[0] - y[row]),
            fit.parameters[row] * 1.001, loss=loss, f_scale=0.3, xtol=1e-12, ftol=1e-12,
        )  # fmt: skip
        np.testing.assert_allclose(fit.cost[row], best.cost, rtol=1e-8)
        np.testing.assert_allclose(fit.parameters[row], best.x, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("loss", LOSSES)
def test_slope_and_curvature_of_a_loss_are_derivatives_of_its_cost(loss):
    function = loss_function(loss=loss, f_scale=0.7)
    mu, y = np.zeros((9, 1)), np.linspace(-0.6, 0.6, 9)[:, None]  # where no floor acts

    slope, curvature = function.score(mu, y, None)

    h = 1e-4
    low, middle, high = (function.cost(mu + d, y, None) for d in (-h, 0, h))
    np.testing.assert_allclose(slope[:, 0], (low - high) / (2 * h), rtol=1e-6, atol=1e-9)
    second = np.ones((9, 1)) if curvature is None else curvature
    expected = (high - 2 * middle + low) / h**2
    np.testing.assert_allclose(second[:, 0], np.maximum(expected, second.min()), rtol=2e-4)


def test_errors_of_a_robust_fit_are_the_scatter_of_repeated_measurements():
    p, _ = spectra(1)
    r = np.random.default_rng(5)
    noise = 0.1 * r.standard_t(2.5, (2000, len(X)))
    fit = batch_fit(gaussian, gaussian(p, X) + noise, p[0], x=X, loss="huber", f_scale=0.15)

    assert fit.n_failed == 0
    np.testing.assert_allclose(np.median(fit.errors, axis=0), fit.parameters.std(axis=0), rtol=0.1)


def lorentzian(p, x):
    re, im, c, w = p.T[:, :, None]
    return (re + 1j * im) / (1 + 1j * (x - c) / w)


def test_complex_data_count_with_both_parts():
    truth = np.array([1.0, 2.0, 0.3, 0.5])
    r = np.random.default_rng(1)
    clean = lorentzian(truth[None], X)
    noise = r.standard_normal((800, len(X))) + 1j * r.standard_normal((800, len(X)))

    fit = batch_fit(lorentzian, clean + 0.05 * noise, [1, 1, 0, 1], x=X, weights=0.05**-2)

    np.testing.assert_allclose(np.median(fit.errors, axis=0), fit.parameters.std(axis=0), rtol=0.1)
    assert abs(fit.reduced_chi_squared.mean() - 1) < 0.02
    best = least_squares(
        lambda q: (lorentzian(q[None], X)[0] - clean[0] - 0.05 * noise[0]).view(float),
        truth, xtol=1e-12, ftol=1e-12,
    )  # fmt: skip
    np.testing.assert_allclose(fit.parameters[0], best.x, rtol=1e-5)


def test_missing_points_of_complex_data_are_left_out():
    clean = lorentzian(np.array([[1.0, 2.0, 0.3, 0.5]]), X)
    holes = clean.copy()
    holes[0, 3:9] = np.nan

    fit = batch_fit(lorentzian, holes, [1, 1, 0, 1], x=X)

    np.testing.assert_allclose(fit.parameters[0], [1, 2, 0.3, 0.5], rtol=1e-7)


def test_a_complex_model_of_real_data_is_refused():
    with pytest.raises(ValueError, match="returned complex128 for real data"):
        batch_fit(lorentzian, np.ones((1, len(X))), [1, 1, 0, 1], x=X)


def two_peaks(p, x):
    return gaussian(np.column_stack([p[:, :3], 0 * p[:, 0]]), x) + gaussian(
        np.column_stack([p[:, 3:], 0 * p[:, 0]]), x
    )


def test_a_tied_parameter_follows_the_other_in_value_and_error():
    truth = np.array([[2.0, -1.5, 0.8, 1.0, 1.5, 1.6]])
    noise = 0.05 * np.random.default_rng(2).standard_normal((400, len(X)))
    y = two_peaks(truth, X) + noise
    start = [1, -1, 1, 1, 1, 1]

    fit = batch_fit(two_peaks, y, start, x=X, tied={5: (2, 2.0, 0.0), 4: (1, -1.0, 0.0)})

    np.testing.assert_allclose(fit.parameters[:, 5], 2 * fit.parameters[:, 2])
    np.testing.assert_allclose(fit.parameters[:, 4], -fit.parameters[:, 1])
    np.testing.assert_allclose(fit.errors[:, 5], 2 * fit.errors[:, 2])
    np.testing.assert_allclose(np.median(fit.errors, axis=0), fit.parameters.std(axis=0), rtol=0.1)
    free = batch_fit(two_peaks, y, start, x=X)
    assert np.median(fit.errors[:, 2]) < 0.8 * np.nanmedian(free.errors[:, 2])


def test_shared_parameters_are_those_of_one_big_fit():
    p, y = spectra(10)
    p[:, 2] = 1.0

    fit = batch_fit(gaussian, y, p, x=X, shared=[2])

    def residual(q):
        return (
            gaussian(np.column_stack([q[:10], q[10:20], [q[30]] * 10, q[20:30]]), X) - y
        ).ravel()

    best = least_squares(residual, [*p[:, 0], *p[:, 1], *p[:, 3], 1], xtol=1e-13, ftol=1e-13)
    covariance = np.linalg.inv(best.jac.T @ best.jac) * 2 * best.cost / (y.size - 31)
    errors = np.sqrt(np.diag(covariance))
    assert len(set(fit.parameters[:, 2])) == 1
    np.testing.assert_allclose(fit.parameters[0, 2], best.x[30], rtol=1e-5)
    np.testing.assert_allclose(fit.parameters[:, 0], best.x[:10], rtol=1e-5)
    np.testing.assert_allclose(fit.errors[:, 2], errors[30], rtol=1e-4)
    np.testing.assert_allclose(fit.errors[:, 1], errors[10:20], rtol=1e-4)
    np.testing.assert_allclose(fit.covariance[3, 0, 2], covariance[3, 30], rtol=1e-4)
    assert abs(fit.reduced_chi_squared.mean() - 2 * best.cost / (y.size - 31)) < 1e-9


def test_a_shared_fit_leaves_out_what_has_no_data_and_respects_bounds():
    p, y = spectra(6)
    y[2, 1:] = np.nan

    fit = batch_fit(gaussian, y, p, x=X, shared=[2, 3], bounds=([0, -9, 1.2, 0], [9, 9, 9, 9]))

    assert fit.converged.tolist() == [True, True, False, True, True, True]
    assert np.isnan(fit.parameters[2]).all()
    assert fit.parameters[0, 2] == 1.2
    assert np.isnan(fit.errors[0, 2])


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"loss": "l1"}, "loss is 'l1'; it can be one of"),
        ({"f_scale": 0.0}, "f_scale is 0.0"),
        ({"loss": "huber", "noise": "poisson"}, "loss 'huber' is for white noise"),
        ({"jacobian": "exact"}, "jacobian is 'exact'; it can be"),
        ({"tied": {7: 1}}, r"parameters \[7\] do not exist"),
        ({"tied": {1: 0, 2: 1}}, r"parameters \[1\] are tied themselves"),
        ({"tied": {1: 0}, "shared": [1]}, r"parameters \[1\] are tied themselves"),
        ({"start": np.ones((2, 3, 4)), "shared": [1]}, "one start per problem"),
    ],
    ids=str,
)
def test_wrong_choices_are_named(change, match):
    arguments = {"start": np.ones(4), "x": X} | change

    with pytest.raises(ValueError, match=match):
        batch_fit(gaussian, np.ones((2, 80)), arguments.pop("start"), **arguments)


def test_of_several_starts_the_best_is_kept():
    p, y = spectra(30)
    wrong = np.tile([1.0, 40.0, 0.3, 0.0], (30, 1))  # far outside: no gradient

    single = batch_fit(gaussian, y, wrong, x=X)
    several = batch_fit(gaussian, y, np.stack([wrong, p], axis=1), x=X)
    best = batch_fit(gaussian, y, p, x=X)

    assert not np.allclose(single.parameters[:, 1], p[:, 1], atol=0.5)
    np.testing.assert_allclose(several.parameters, best.parameters, atol=1e-6)
    np.testing.assert_allclose(several.covariance, best.covariance, rtol=1e-4, atol=1e-9)


def test_scattered_starts_keep_the_first_and_stay_inside():
    p, _ = spectra(5)

    starts = scattered_starts(p, 6, bounds=([0, -1, 0.5, -np.inf], [3, 1, 1.5, np.inf]))

    assert starts.shape == (5, 6, 4)
    np.testing.assert_array_equal(starts[:, 0], p)
    assert np.all(np.abs(starts[..., 1]) <= 1)
    assert len(np.unique(starts[..., 0])) > 20


def test_the_complex_step_is_exact_and_differences_are_close():
    def model(p, x):
        return p[:, :1] * np.exp(-p[:, 1:] * x)

    p, x = np.array([[2.0, 0.3], [1.0, 0.7]]), np.linspace(0, 4, 9)
    decay = np.exp(-p[:, 1:] * x)
    exact = np.stack([decay, -p[:, :1] * x * decay], axis=1)

    np.testing.assert_allclose(complex_step(model)(p, x), exact, rtol=4e-16, atol=1e-16)
    np.testing.assert_allclose(central_differences(model)(p, x), exact, rtol=1e-8, atol=1e-10)
    fit = batch_fit(model, model(p, x), [1.0, 0.5], x=x, jacobian="complex-step")
    np.testing.assert_allclose(fit.parameters, p, rtol=1e-10)
