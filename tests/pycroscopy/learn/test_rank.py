"""Rank and shrinkage against random matrix theory and simulation."""

from __future__ import annotations

import numpy as np
import pytest

from pycroscopy.learn import rank as ranks

LONG, SHORT = 1024, 512


def spiked(signal, seed):
    """Set-up of Gavish and Donoho: four components in unit white noise, 1024 x 512."""
    r = np.random.default_rng(seed)
    left = np.linalg.qr(r.standard_normal((LONG, 4)))[0]
    right = np.linalg.qr(r.standard_normal((SHORT, 4)))[0]
    strength = signal * np.sqrt(LONG) * np.array([1, 0.8, 0.6, 0.4])
    truth = (left * strength) @ right.T
    return truth, truth + r.standard_normal(truth.shape), left, right


def factors(matrix):
    """All singular values and the five leading vectors, from the small square: quick here."""
    values, vectors = np.linalg.eigh(matrix.T @ matrix)
    s, right = np.sqrt(values[::-1]), vectors[:, ::-1][:, :5]
    return matrix @ right / s[:5], s, right.T


@pytest.mark.parametrize(
    ("beta", "median"), [(1.0, 0.6528), (0.5, 0.8304), (0.1, 0.9669), (1e-4, 1.0)]
)
def test_the_bulk_median_is_that_of_a_sampled_spectrum(beta, median):
    if beta >= 0.1:
        sample = np.random.default_rng(0).standard_normal((400, int(400 * beta)))
        drawn = np.median(np.linalg.eigvalsh(sample.T @ sample)) / 400
        assert ranks.bulk_median(beta) == pytest.approx(drawn, rel=0.03)
    assert ranks.bulk_median(beta) == pytest.approx(median, abs=1e-3)


@pytest.mark.parametrize(
    ("signal", "expected", "found"), [(1.5, 0.0068, {2, 3}), (3, 0.0101, {4}), (10, 0.0117, {4})]
)
def test_shrinkage_reaches_the_published_error_with_automatic_rank(signal, expected, found):
    errors, hard = [], []
    for seed in range(2):
        truth, noisy, _, _ = spiked(signal, seed)
        u, s, vh = factors(noisy)

        k, noise = ranks.choose_rank(s, LONG, SHORT)

        weights = ranks.shrink(s[:k], noise, LONG, SHORT)
        errors.append(np.mean(((u[:, :k] * weights) @ vh[:k] - truth) ** 2))
        hard.append(np.mean(((u[:, :4] * s[:4]) @ vh[:4] - truth) ** 2))
        assert k in found
        assert noise == pytest.approx(1, abs=0.005)

    assert np.mean(errors) == pytest.approx(expected, rel=0.03)
    assert np.mean(errors) < np.mean(hard)


def test_fidelity_predicts_how_far_the_noise_turns_the_vectors():
    cosines = []
    for seed in range(2):
        _, noisy, left, right = spiked(3, seed)
        u, s, vh = factors(noisy)
        sides = (np.abs(np.sum(u[:, :4] * left, 0)), np.abs(np.sum(vh[:4].T * right, 0)))
        cosines.append([*sides, *ranks.fidelity(s[:4], 1.0, LONG, SHORT)])

    left, right, left_theory, right_theory = np.mean(cosines, axis=0)
    np.testing.assert_allclose(left_theory, left, atol=0.03)
    np.testing.assert_allclose(right_theory, right, atol=0.03)


@pytest.mark.parametrize("complex_data", [False, True])
def test_noise_alone_has_no_component_in_all_but_a_few_of_a_hundred_matrices(complex_data):
    r = np.random.default_rng(1)
    false = 0
    for _ in range(100):
        noise = r.standard_normal((120, 60))
        if complex_data:
            noise = noise + 1j * r.standard_normal((120, 60))
        values = np.linalg.svd(noise, compute_uv=False)
        false += ranks.choose_rank(values, 120, 60, complex_data=complex_data)[0] > 0

    assert false <= 5


def test_a_noiseless_matrix_has_its_exact_rank_and_perfect_fidelity():
    r = np.random.default_rng(2)
    values = np.linalg.svd(
        r.standard_normal((50, 3)) @ r.standard_normal((3, 30)), compute_uv=False
    )

    k, noise = ranks.choose_rank(values, 50, 30)

    assert k == 3
    assert noise < 1e-12
    np.testing.assert_allclose(ranks.shrink(values[:3], 0.0, 50, 30), values[:3])
    assert ranks.fidelity(values[:3], 0.0, 50, 30)[0].tolist() == [1, 1, 1]


def test_the_hard_threshold_of_square_matrices_is_four_over_root_three():
    assert ranks.hard_threshold(2.0, 400, 400) == pytest.approx(2 * 20 * 4 / np.sqrt(3))


def test_shrinkage_removes_what_lies_in_the_bulk_and_hardly_touches_what_is_far_above():
    edge = np.sqrt(LONG) + np.sqrt(SHORT)

    weights = ranks.shrink(np.array([1000 * edge, 0.99 * edge]), 1.0, LONG, SHORT)

    assert weights[0] == pytest.approx(1000 * edge, rel=1e-5)
    assert weights[1] == 0
