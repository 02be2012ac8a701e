"""The released package's matrix factorisation, where ours is right."""

from __future__ import annotations

import numpy as np
import pytest

import sidpy
from pycroscopy.learn import MatrixFactor


def cube(shape=(8, 9, 50)):
    data = sidpy.Dataset.from_array(np.random.default_rng(0).standard_normal(shape), title="cube")
    for axis, (name, kind) in enumerate(
        (("x", "spatial"), ("y", "spatial"), ("energy", "spectral"))[-len(shape) :]
    ):
        at = np.arange(shape[axis])
        data.set_dimension(axis, sidpy.Dimension(at, name, "length", "nm", kind))
    return data


@pytest.mark.parametrize("shape", [(8, 9, 50), (20, 50)])
def test_svd_gives_three_labelled_factors_and_the_fit(shape):
    data = cube(shape)
    factor = MatrixFactor(data, method="svd", n_components=3, return_fit=True)

    u, s, vh, fit = factor.do_fit()

    matrix = np.asarray(data).reshape(-1, 50)
    expected = np.linalg.svd(matrix, full_matrices=False)
    assert [d.title for d in (u, s, vh)] == ["U", "singular values(s)", "Vh"]
    assert (u.shape, s.shape, vh.shape) == ((*shape[:-1], 3), (3,), (3, 50))
    assert u.data_type is sidpy.DataType.IMAGE_STACK
    assert vh.data_type is sidpy.DataType.LINE_PLOT_FAMILY
    assert [d.name for d in u._axes.values()][-1] == "weights"
    assert [d.name for d in vh._axes.values()] == ["component_number", "energy"]
    np.testing.assert_allclose(np.asarray(s), expected[1][:3], rtol=1e-12)
    left = np.asarray(u).reshape(-1, 3)
    np.testing.assert_allclose(left.T @ left, np.eye(3), atol=1e-12)
    product = (expected[0][:, :3] * expected[1][:3]) @ expected[2][:3]
    np.testing.assert_allclose(np.asarray(fit).reshape(-1, 50), product, atol=1e-12)
    assert fit.metadata["Matrix_Factorization"]["method"] == "svd"
    assert factor.results_computed


def test_a_method_that_is_not_offered_is_refused():
    with pytest.raises(AssertionError, match="method is 'magic'; only 'svd' is offered"):
        MatrixFactor(cube(), method="magic")
