"""Fewer samples than unknowns are enough when few are not zero."""

from __future__ import annotations

import numpy as np
import pytest

import sidpy
from pycroscopy.learn import basis_pursuit, reconstruct_sparse
from sidpy.errors import SidpyWarning


@pytest.mark.parametrize(("nonzero", "expected"), [(8, True), (30, False)])
def test_basis_pursuit_is_exact_below_the_transition_only(nonzero, expected):
    r = np.random.default_rng(0)
    matrix, truth = r.standard_normal((50, 100)), np.zeros(100)
    truth[r.choice(100, nonzero, replace=False)] = r.standard_normal(nonzero)

    found = basis_pursuit(matrix, matrix @ truth)

    np.testing.assert_allclose(matrix @ found, matrix @ truth, atol=1e-8)
    assert np.allclose(found, truth, atol=1e-6) is expected
    assert np.abs(found).sum() <= np.abs(truth).sum() + 1e-8


def picture(shape=(25, 31)):
    y, x = np.mgrid[: shape[0], : shape[1]]
    across = np.cos(np.pi * (x + 0.5) * 5 / shape[1])
    return 7 + across * np.cos(np.pi * (y + 0.5) * 3 / shape[0]) + 0.5 * across


def test_a_quarter_of_the_pixels_gives_the_image_and_its_labels():
    truth = picture()
    known = np.random.default_rng(0).random(truth.shape) < 0.25
    data = sidpy.Dataset.from_array(np.where(known, truth, np.nan), title="scan", units="nA")

    found = reconstruct_sparse(data)

    np.testing.assert_allclose(np.asarray(found), truth, atol=1e-2)
    np.testing.assert_allclose(np.asarray(found)[known], truth[known], atol=1e-9)
    assert (found.title, found.units) == ("scan reconstructed", "nA")
    assert found.history[-1].function == "pycroscopy.learn.reconstruct_sparse"


def test_noise_is_not_reproduced():
    r = np.random.default_rng(0)
    truth = picture()
    known = r.random(truth.shape) < 0.5
    noisy = truth + 0.2 * r.standard_normal(truth.shape)

    kept = np.asarray(reconstruct_sparse(noisy, known, tolerance=1e-3))
    found = np.asarray(reconstruct_sparse(noisy, known, noise=0.2, tolerance=1e-3))

    errors = [np.sqrt(np.mean((one - truth) ** 2)) for one in (kept, found)]
    assert errors[1] < 0.5 * errors[0]
    assert np.std((found - noisy)[known]) == pytest.approx(0.2, rel=0.1)


def test_a_constant_and_complete_data_stay():
    holes = np.array([[3.0, np.nan], [3.0, 3.0]])

    np.testing.assert_allclose(np.asarray(reconstruct_sparse(holes)), 3)
    np.testing.assert_allclose(np.asarray(reconstruct_sparse(picture())), picture())


def test_too_few_rounds_are_said():
    data = np.where(np.eye(9) + np.eye(9)[::-1], np.arange(81.0).reshape(9, 9), np.nan)

    with pytest.warns(SidpyWarning, match="still changes after 2 rounds"):
        reconstruct_sparse(data, rounds=2)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: reconstruct_sparse(np.full((3, 3), np.nan)), "0 are measured"),
        (lambda: reconstruct_sparse(1j * np.ones(3)), "complex128"),
        (lambda: reconstruct_sparse(np.ones(3), np.ones(4)), r"mask has shape \(4,\)"),
        (lambda: reconstruct_sparse(np.array([1, np.nan]), [True, True]), "real and finite"),
        (lambda: reconstruct_sparse(np.ones(3), noise=-1), "noise is -1"),
        (lambda: basis_pursuit(np.ones((2, 3)), np.ones(3)), r"found \(2, 3\) and \(3,\)"),
        (lambda: basis_pursuit(np.ones((2, 3)), [1, 2]), "no signal explains the samples"),
    ],
)
def test_impossible_samples_are_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()
