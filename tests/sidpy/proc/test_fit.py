"""The batched fit against certified values, SciPy and its own promises."""

from __future__ import annotations

import numpy as np
import pytest

from sidpy.proc.fit import FitResult, FitSettings, FitStatus, batch_fit

X = np.linspace(-5, 5, 100)


def gaussian(p, x, *each):
    a, c, s, b = p.T[:, :, None]
    return a * np.exp(-0.5 * ((x - c) / s) ** 2) + b


def gaussian_jacobian(p, x, *each):
    a, c, s, _ = p.T[:, :, None]
    u = (x - c) / s
    shape = np.exp(-0.5 * u**2)
    slope = a * shape * u / s
    return np.stack([shape, slope, slope * u, np.ones_like(shape)], axis=1)


def truth(n, seed=0):
    r = np.random.default_rng(seed)
    columns = [r.uniform(1, 3, n), r.uniform(-1, 1, n), r.uniform(0.5, 1.5, n)]
    return np.stack([*columns, r.uniform(0, 1, n)], axis=1)


START = [2.0, 0.1, 0.9, 0.4]


# Certified nonlinear regression sets, NIST Statistical Reference Datasets (public domain),
# https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml
def misra1a(p, x):
    return p[:, :1] * (1 - np.exp(-p[:, 1:] * x))


def rat42(p, x):
    return p[:, :1] / (1 + np.exp(p[:, 1:2] - p[:, 2:] * x))


def mgh09(p, x):
    return p[:, :1] * (x**2 + x * p[:, 1:2]) / (x**2 + x * p[:, 2:3] + p[:, 3:])


NIST = {
    "Misra1a": (
        misra1a,
        "77.6 114.9 141.1 190.8 239.9 289.0 332.8 378.4 434.8 477.3 536.8 593.1 689.1 760.0",
        "10.07 14.73 17.94 23.93 29.61 35.18 40.02 44.82 50.76 55.05 61.01 66.40 75.47 81.78",
        [[500, 0.0001], [250, 0.0005]],
        [2.3894212918e02, 5.5015643181e-04],
        [2.7070075241e00, 7.2668688436e-06],
        1.2455138894e-01,
    ),
    "Rat42": (
        rat42,
        "9 14 21 28 42 57 63 70 79",
        "8.93 10.8 18.59 22.33 39.35 56.11 61.73 64.62 67.08",
        [[100, 1, 0.1], [75, 2.5, 0.07]],
        [7.2462237576e01, 2.6180768402e00, 6.7359200066e-02],
        [1.7340283401e00, 8.8295217536e-02, 3.4465663377e-03],
        8.0565229338e00,
    ),
    "MGH09": (
        mgh09,
        "4 2 1 0.5 0.25 0.167 0.125 0.1 0.0833 0.0714 0.0625",
        "0.1957 0.1947 0.1735 0.16 0.0844 0.0627 0.0456 0.0342 0.0323 0.0235 0.0246",
        [[25, 39, 41.5, 39], [0.25, 0.39, 0.415, 0.39]],
        [1.9280693458e-01, 1.9128232873e-01, 1.2305650693e-01, 1.3606233068e-01],
        [1.1435312227e-02, 1.9633220911e-01, 8.0842031232e-02, 9.0025542308e-02],
        3.0750560385e-04,
    ),
    "BoxBOD": (
        misra1a,
        "1 2 3 5 7 10",
        "109 149 149 191 213 224",
        [[100, 0.75]],  # the far start of this one needs a multi-start
        [2.1380940889e02, 5.4723748542e-01],
        [1.2354515176e01, 1.0455993237e-01],
        1.1680088766e03,
    ),
}


@pytest.mark.parametrize("name", NIST)
def test_certified_values_come_back_to_six_digits_from_both_starts(name):
    model, x, y, starts, parameters, errors, rss = NIST[name]
    x, y = np.array(x.split(), float), np.array(y.split(), float)

    exact = FitSettings(cost_tolerance=1e-15)
    fit = batch_fit(model, np.tile(y, (len(starts), 1)), starts, x=x, settings=exact)

    np.testing.assert_allclose(fit.parameters, [parameters] * len(starts), rtol=1e-6)
    np.testing.assert_allclose(fit.errors, [errors] * len(starts), rtol=1e-5)
    np.testing.assert_allclose(
        fit.reduced_chi_squared, rss / (len(x) - len(parameters)), rtol=1e-9
    )


def test_a_batch_equals_scipy_curve_fit_one_by_one():
    from scipy.optimize import curve_fit

    y = gaussian(truth(60), X) + 0.1 * np.random.default_rng(1).standard_normal((60, 100))

    fit = batch_fit(gaussian, y, START, x=X, jacobian=gaussian_jacobian)

    for row in range(60):
        best, covariance = curve_fit(lambda x, *p: gaussian(np.array([p]), x)[0], X, y[row], START)
        np.testing.assert_allclose(fit.parameters[row], best, atol=2e-5)
        np.testing.assert_allclose(fit.errors[row], np.sqrt(np.diag(covariance)), rtol=1e-3)


def test_numeric_and_analytic_jacobian_agree():
    y = gaussian(truth(50), X) + 0.1 * np.random.default_rng(1).standard_normal((50, 100))

    analytic = batch_fit(gaussian, y, START, x=X, jacobian=gaussian_jacobian)
    numeric = batch_fit(gaussian, y, START, x=X)

    np.testing.assert_allclose(numeric.parameters, analytic.parameters, atol=1e-6)
    np.testing.assert_allclose(numeric.covariance, analytic.covariance, rtol=1e-4, atol=1e-9)


def test_bounds_give_the_constrained_optimum_of_scipy():
    from scipy.optimize import least_squares

    y = gaussian(truth(40), X) + 0.1 * np.random.default_rng(1).standard_normal((40, 100))
    low, high = [0, -0.5, 0.1, 0.2], [2.5, 0.5, 5, 0.8]

    fit = batch_fit(gaussian, y, START, x=X, jacobian=gaussian_jacobian, bounds=(low, high))

    assert fit.n_failed == 0
    assert np.all((fit.parameters >= low) & (fit.parameters <= high))
    for row in range(40):

        def residual(p, row=row):
            return gaussian(p[None], X)[0] - y[row]

        best = least_squares(residual, START, bounds=(low, high), xtol=1e-12, ftol=1e-12)
        cost = 0.5 * np.sum(residual(fit.parameters[row]) ** 2)
        assert cost <= best.cost * (1 + 1e-7)


def test_a_parameter_on_its_bound_has_no_error_and_a_fixed_one_has_none_to_have():
    y = gaussian(truth(1), X) + 0.1 * np.random.default_rng(1).standard_normal((1, 100))
    above = truth(1)[0, 3] + 0.1

    fit = batch_fit(gaussian, y, START, x=X, bounds=([0, -9, 0.1, above], [9, 9, 9, 9]))
    fixed = batch_fit(gaussian, y, START, x=X, bounds=([0, -9, 0.9, -9], [9, 9, 0.9, 9]))

    assert fit.parameters[0, 3] == above
    assert np.isnan(fit.errors[0, 3])
    assert np.all(fit.errors[0, :3] > 0)
    assert fixed.parameters[0, 2] == 0.9
    assert fixed.errors[0, 2] == 0
    assert np.all(fixed.errors[0, [0, 1, 3]] > 0)


def test_errors_are_the_scatter_of_repeated_measurements():
    p = np.tile(truth(1), (3000, 1))
    noise = np.random.default_rng(3).standard_normal((3000, 100))
    sigma = np.where(X < 0, 0.05, 0.2)

    fit = batch_fit(gaussian, gaussian(p, X) + sigma * noise, p[0], x=X, weights=sigma**-2.0)

    scatter = fit.parameters.std(axis=0)
    np.testing.assert_allclose(np.median(fit.errors, axis=0), scatter, rtol=0.06)
    assert abs(fit.reduced_chi_squared.mean() - 1) < 0.01
    bias = (fit.parameters.mean(axis=0) - p[0]) / (scatter / np.sqrt(3000))
    assert np.all(np.abs(bias) < 5)


def test_poisson_counts_are_fitted_without_bias_and_with_right_errors():
    p = np.array([30.0, 0.3, 1.0, 2.0])
    counts = np.random.default_rng(4).poisson(np.tile(gaussian(p[None], X), (4000, 1)))

    fit = batch_fit(gaussian, counts, p, x=X, bounds=([0, -5, 0.05, 0], np.inf), noise="poisson")

    kept = fit.parameters[fit.converged]
    scatter = kept.std(axis=0)
    assert fit.n_failed < 8
    assert np.all(np.abs(kept.mean(axis=0) - p) < 0.1 * scatter)
    np.testing.assert_allclose(np.nanmedian(fit.errors, axis=0), scatter, rtol=0.1)


def test_missing_points_and_zero_weights_leave_the_fit_as_if_they_were_not_there():
    y = gaussian(truth(5), X) + 0.1 * np.random.default_rng(1).standard_normal((5, 100))
    holes = y.copy()
    holes[:, 10:20] = np.nan
    weights = np.ones(100)
    weights[10:20] = 0

    by_nan = batch_fit(gaussian, holes, START, x=X)
    by_weight = batch_fit(gaussian, y, START, x=X, weights=weights, scale_covariance=True)
    without = batch_fit(
        gaussian, np.delete(y, np.s_[10:20], 1), START, x=np.delete(X, np.s_[10:20])
    )

    for fit in (by_nan, by_weight):
        np.testing.assert_allclose(fit.parameters, without.parameters, atol=1e-7)
        np.testing.assert_allclose(fit.covariance, without.covariance, rtol=1e-6, atol=1e-12)


def test_failed_fits_are_nan_counted_and_harm_nobody():
    y = gaussian(truth(4), X)
    y[1, 3:] = np.nan
    start = np.tile(START, (4, 1))
    start[2, 0] = np.inf

    fit = batch_fit(gaussian, y, start, x=X)

    expected = [True, False, False, True]
    assert fit.converged.tolist() == expected
    assert fit.status[1] == FitStatus.TOO_FEW_DATA
    assert fit.status[2] == FitStatus.BAD_START
    assert fit.n_failed == 2
    assert np.isnan(fit.parameters[1:3]).all()
    assert np.isnan(fit.covariance[1:3]).all()
    np.testing.assert_allclose(fit.parameters[[0, 3]], truth(4)[[0, 3]], atol=1e-6)


def test_iterations_that_run_out_are_a_failure():
    fit = batch_fit(gaussian, gaussian(truth(2), X), [1, 3, 0.3, 0], x=X,
                    settings=FitSettings(max_iterations=1))  # fmt: skip

    assert fit.status.tolist() == [FitStatus.NOT_CONVERGED] * 2
    assert np.isnan(fit.parameters).all()


def test_a_parameter_the_data_do_not_determine_has_an_infinite_error():
    y = np.full((1, 50), 3.0) + np.linspace(0, 0.1, 50)

    fit = batch_fit(lambda p, x: np.repeat(p[:, :1] + p[:, 1:], 50, 1), y, [1.0, 1.0])

    assert np.isinf(fit.errors).all()


def test_the_result_does_not_depend_on_the_block():
    y = gaussian(truth(37), X) + 0.1 * np.random.default_rng(1).standard_normal((37, 100))

    whole = batch_fit(gaussian, y, START, x=X)
    single = batch_fit(gaussian, y, START, x=X, settings=FitSettings(block_bytes=1))

    np.testing.assert_allclose(single.parameters, whole.parameters, atol=1e-7)
    assert isinstance(whole, FitResult)


def test_arguments_of_each_problem_travel_with_it():
    scale = np.random.default_rng(2).uniform(1, 3, (300, 1))
    y = gaussian(truth(300), X) * scale

    fit = batch_fit(
        lambda p, x, s: gaussian(p, x) * s,
        y,
        START,
        x=X,
        each=(scale,),
        bounds=([0, -5, 0.05, -np.inf], np.inf),
        settings=FitSettings(block_bytes=1 << 17),
    )

    np.testing.assert_allclose(fit.parameters, truth(300), atol=1e-6)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"noise": "pink"}, "noise is 'pink'; it can be one of"),
        ({"start": np.ones((3, 4))}, r"start has shape \(3, 4\); expected"),
        ({"bounds": ([1, 0, 0, 0], [0, 1, 1, 1])}, "a lower bound exceeds its upper bound"),
        ({"weights": -1.0}, "weights are inverse variances and cannot be negative"),
        ({"y": np.ones((2, 3, 4))}, r"y has shape \(2, 3, 4\); expected \(problems, points\)"),
        ({"y": -np.ones((2, 100)), "noise": "poisson"}, "Poisson noise needs counts"),
        ({"each": (np.ones(3),)}, r"each\[0\] has 3 rows for 2 problems"),
        ({"x": X[:50]}, r"the model returned shape \(2, 50\) for data of shape \(2, 100\)"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_wrong_arguments_are_named(change, match):
    arguments = {"y": gaussian(truth(2), X), "start": START, "x": X} | change

    with pytest.raises(ValueError, match=match):
        batch_fit(gaussian, arguments.pop("y"), arguments.pop("start"), **arguments)
