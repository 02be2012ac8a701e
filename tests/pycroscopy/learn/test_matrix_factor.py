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


def spectra(count=3, channels=50):
    t = np.linspace(0, 1, channels)
    centers = np.linspace(0.2, 0.8, count)
    return np.array([0.2 + np.exp(-(((t - c) / 0.1) ** 2)) for c in centers])


def mixtures(shape=(8, 9), count=3):
    """Positive data of exact rank with pure pixels, and their shares."""
    shares = np.random.default_rng(1).dirichlet(np.ones(count), int(np.prod(shape)))
    shares[:count] = np.eye(count)
    data = cube((*shape, 50))
    return data.like_data((shares @ spectra(count)).reshape(*shape, 50), title="film"), shares


@pytest.mark.parametrize("method", ["nmf", "pca", "ica", "kernelpca", "nfindr"])
@pytest.mark.parametrize("shape", [(8, 9), (33,)])
def test_every_method_gives_labelled_factors_and_the_fit(method, shape):
    pytest.importorskip("sklearn")
    if len(shape) == 1:
        flat, _ = mixtures((33, 1))
        data = flat[:, 0]
    else:
        data, _ = mixtures(shape)
    factor = MatrixFactor(data, method, 2, return_fit=True)

    abundances, components, fit = factor.do_fit()

    assert (abundances.shape, components.shape) == ((*shape, 2), (2, 50))
    assert fit.shape == data.shape
    assert abundances.data_type is sidpy.DataType.IMAGE_STACK
    assert components.data_type is sidpy.DataType.LINE_PLOT_FAMILY
    assert abundances._axes[abundances.ndim - 1].name == "weights"
    assert [d.name for d in components._axes.values()] == ["component_number", "energy"]
    kept = abundances.metadata["Matrix_Factorization"]
    assert kept == {"method": method, "arguments": {}, "n_components": 2, "return_fit": True}
    assert (factor.abundances, factor.fit_dset) == (abundances, fit)
    assert factor.data_2d.shape == (int(np.prod(shape)), 50)
    assert factor.results_computed
    assert abundances.history[-1].function.endswith("matrix_factors")


@pytest.mark.parametrize("method", ["pca", "ica"])
@pytest.mark.parametrize("options", [{}, {"whiten": False}, {"whiten": True}])
def test_at_full_rank_the_fit_is_the_data_with_their_mean(method, options):
    pytest.importorskip("sklearn")
    if method == "ica" and "whiten" in options:
        options = {"whiten": "unit-variance" if options["whiten"] else "arbitrary-variance"}
    data = cube((20, 21, 6)) ** 3 + 3.0

    *_, fit = MatrixFactor(data, method, 6, return_fit=True).do_fit(**options)

    np.testing.assert_allclose(np.asarray(fit), np.asarray(data), atol=1e-9)


def test_pca_on_our_solver_and_on_scikit_learns_span_the_same_space():
    pytest.importorskip("sklearn")
    data = cube((6, 7, 20))

    *_, ours = MatrixFactor(data, "pca", 4, return_fit=True).do_fit()
    *_, theirs = MatrixFactor(data, "pca", 4, return_fit=True).do_fit(svd_solver="full")

    np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), atol=1e-9)


def test_nmf_is_scikit_learns():
    decomposition = pytest.importorskip("sklearn.decomposition")
    data, _ = mixtures()

    abundances, components = MatrixFactor(data, "nmf", 3).do_fit(init="nndsvda")

    model = decomposition.NMF(3, init="nndsvda", max_iter=1000, random_state=0)
    expected = model.fit_transform(np.asarray(data).reshape(-1, 50))
    np.testing.assert_allclose(np.asarray(abundances).reshape(-1, 3), expected)
    np.testing.assert_allclose(np.asarray(components), model.components_)


def test_nfindr_finds_pure_pixels_and_their_shares_exactly():
    data, shares = mixtures()

    abundances, components = MatrixFactor(data, "nfindr", 3).do_fit()

    order = [int(np.abs(np.asarray(components) - one).sum(1).argmin()) for one in spectra()]
    np.testing.assert_allclose(np.asarray(components)[order], spectra(), atol=1e-12)
    np.testing.assert_allclose(np.asarray(abundances).reshape(-1, 3)[:, order], shares, atol=1e-10)


def test_more_than_one_axis_of_channels_is_kept():
    pytest.importorskip("sklearn")
    values = np.random.default_rng(0).random((4, 3, 6, 5))
    data = sidpy.Dataset.from_array(values, title="4D")
    for axis, kind in enumerate(("spatial", "spatial", "spectral", "spectral")):
        name = "abcd"[axis]
        data.set_dimension(
            axis, sidpy.Dimension(np.arange(values.shape[axis]), name, name, "nm", kind)
        )

    abundances, components, fit = MatrixFactor(data, "nmf", 2, return_fit=True).do_fit()

    assert (abundances.shape, components.shape, fit.shape) == ((4, 3, 2), (2, 6, 5), values.shape)


def test_svd_keeps_complex_data_complex():
    r = np.random.default_rng(0)
    data = cube().like_data(np.asarray(cube()) + 1j * r.standard_normal((8, 9, 50)))

    u, s, vh, fit = MatrixFactor(data, "svd", 50, return_fit=True).do_fit()

    assert u.dtype == vh.dtype == np.complex128
    assert s.dtype == np.float64
    np.testing.assert_allclose(np.asarray(fit), np.asarray(data), atol=1e-10)


@pytest.mark.parametrize(
    ("method", "change", "error", "says"),
    [
        ("nmf", lambda v: v - 5, ValueError, "not negative, the least is -"),
        ("ica", lambda v: np.where(v > 1, np.nan, v), ValueError, "mask or interpolate"),
        ("kernelpca", lambda v: v + 1j, TypeError, "needs real data, found complex128"),
        ("nfindr", lambda v: v + 1j, TypeError, "is complex; shares are real"),
        ("pca", lambda v: v * np.inf, ValueError, "not finite"),
    ],
)
def test_impossible_data_are_refused_with_the_reason(method, change, error, says):
    pytest.importorskip("sklearn")
    data, _ = mixtures()
    wrong = data.like_data(change(np.asarray(data)))

    with np.errstate(invalid="ignore"), pytest.raises(error, match=says):
        MatrixFactor(wrong, method, 2).do_fit()


def test_a_method_that_is_not_offered_is_refused():
    with pytest.raises(AssertionError, match="method is 'magic'; it can be one of"):
        MatrixFactor(cube(), method="magic")
    with pytest.raises(TypeError, match=r"needs a sidpy.Dataset, found ndarray"):
        MatrixFactor(np.eye(3))


def test_components_beyond_the_matrix_are_refused():
    pytest.importorskip("sklearn")
    with pytest.raises(ValueError, match="60 components cannot be found"):
        MatrixFactor(abs(cube()), "nmf", 60).do_fit()
    with pytest.raises(ValueError, match="rank is 60"):
        MatrixFactor(cube(), "svd", 60).do_fit()
