"""Bootstrap intervals cover as they say."""

from __future__ import annotations

import numpy as np
import pytest

from pycroscopy.stats import bootstrap


def test_the_error_of_a_mean_is_the_deviation_over_the_root():
    values = np.random.default_rng(0).normal(3, 2, (150, 4))

    found = bootstrap(values, lambda v: v.mean(axis=0), random_state=0)

    np.testing.assert_allclose(found.error, values.std(axis=0) / np.sqrt(150), rtol=0.1)
    np.testing.assert_allclose(found.value, values.mean(axis=0))
    assert found.samples.shape == (1000, 4)
    assert (np.abs(found.bias) < 0.2 * found.error).all()


@pytest.mark.parametrize("method", ["bca", "percentile"])
def test_intervals_of_a_skewed_mean_cover_68_percent(method):
    r = np.random.default_rng(0)
    inside = 0
    for number in range(120):
        found = bootstrap(
            r.exponential(1, 60), np.mean, method=method, resampling=(150, 1), random_state=number
        )
        inside += found.low < 1 < found.high

    assert 0.56 < inside / 120 < 0.8


def test_the_correction_moves_the_interval_of_a_variance_up():
    r = np.random.default_rng(0)
    ends = []
    for number in range(30):
        values = r.exponential(1, 25)
        pair = [
            bootstrap(values, np.var, method=method, resampling=(200, 1), random_state=number)
            for method in ("bca", "percentile")
        ]
        ends.append([(one.low, one.high) for one in pair])

    corrected, plain = np.mean(ends, axis=0)
    assert (corrected > 1.05 * plain).all()  # a resampled variance is too small


def test_correlated_series_need_blocks():
    r = np.random.default_rng(0)
    noise = r.standard_normal((60, 400))
    series = np.empty_like(noise)
    series[:, 0] = noise[:, 0]
    for k in range(1, 400):
        series[:, k] = 0.8 * series[:, k - 1] + noise[:, k]
    truth = series.mean(axis=1).std()

    few = series[:10]
    single, blocks = (
        np.mean([bootstrap(s, np.mean, resampling=(200, b), random_state=0).error for s in few])
        for b in (1, 25)
    )

    assert single < 0.5 * truth
    assert blocks == pytest.approx(truth, rel=0.3)


def test_observations_may_lie_along_any_axis_and_results_repeat():
    values = np.random.default_rng(0).random((3, 40))

    first, second = (
        bootstrap(values, lambda v: np.median(v, axis=1), axis=1, random_state=7) for _ in range(2)
    )

    assert first.value.shape == first.low.shape == (3,)
    np.testing.assert_array_equal(first.samples, second.samples)
    assert (first.low <= first.high).all()


def test_a_constant_has_no_uncertainty():
    found = bootstrap(np.full(20, 4.0), np.mean, random_state=0)

    assert (found.value, found.error, found.low, found.high) == (4, 0, 4, 4)


@pytest.mark.parametrize(
    ("n", "options", "says"),
    [
        (1, {}, "1 observations in blocks of 1"),
        (0, {}, "0 observations"),
        (9, {"resampling": (10, 5)}, "two blocks or more"),
        (9, {"method": "magic"}, "method is 'magic'"),
        (9, {"confidence": 1.5}, "confidence 1.5"),
    ],
)
def test_too_little_data_and_wrong_words_are_refused(n, options, says):
    with pytest.raises(ValueError, match=says):
        bootstrap(np.ones(n), np.mean, **options)
