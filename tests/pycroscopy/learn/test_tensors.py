"""CP and Tucker: exact for exact ranks, with tensorly as the oracle."""

from __future__ import annotations

import numpy as np
import pytest

import sidpy
from pycroscopy.learn import TensorFactor
from pycroscopy.learn.ml.decompose import tensor_decomposition
from pycroscopy.learn.tensors import cp, rebuilt, tucker
from sidpy.errors import SidpyWarning


def exact(shape=(11, 8, 7), rank=3, *, positive=True, seed=0):
    """A tensor of exact rank, and its factors."""
    r = np.random.default_rng(seed)
    draw = r.random if positive else r.standard_normal
    factors = [draw((n, rank)) for n in shape]
    return np.einsum("ir,jr,kr->ijk", *factors), factors


def congruence(found, truth):
    """Smallest product of cosines over the axes, each component with its best partner."""
    product = 1.0
    for ours, theirs in zip(found, truth, strict=True):
        lengths = np.outer(np.linalg.norm(theirs, axis=0), np.linalg.norm(ours, axis=0))
        product = product * np.abs(theirs.conj().T @ ours) / lengths
    return product.max(axis=1).min()


@pytest.mark.parametrize("positive", [False, True])
def test_cp_finds_the_factors_of_an_exact_rank(positive):
    tensor, factors = exact(positive=positive)

    found = cp(tensor, 3, non_negative=positive, budget=(5000, 1e-13))

    assert found.fit > 1 - 1e-5
    assert congruence(found.factors, factors) > 1 - 1e-5
    assert (np.diff(found.weights) <= 0).all()
    assert not positive or all((f >= 0).all() for f in found.factors)
    np.testing.assert_allclose([np.linalg.norm(f, axis=0) for f in found.factors], 1)
    np.testing.assert_allclose(rebuilt(found), tensor, atol=1e-4 * np.abs(tensor).max())


def test_cp_of_complex_data_is_complex():
    r = np.random.default_rng(0)
    factors = [r.standard_normal((n, 2)) + 1j * r.standard_normal((n, 2)) for n in (6, 5, 9)]
    tensor = np.einsum("ir,jr,kr->ijk", *factors)

    found = cp(tensor, 2)

    assert found.fit > 1 - 1e-6
    assert congruence(found.factors, factors) > 1 - 1e-6


@pytest.mark.parametrize("rank", [2, (2, 3, 4)])
def test_tucker_is_exact_for_exact_ranks_with_orthonormal_factors(rank):
    r = np.random.default_rng(0)
    ranks = (rank,) * 3 if isinstance(rank, int) else rank
    core = r.standard_normal(ranks)
    turns = [r.standard_normal((n, k)) for n, k in zip((9, 8, 7), ranks, strict=True)]
    tensor = np.einsum("abc,ia,jb,kc->ijk", core, *turns)

    found = tucker(tensor, rank)

    assert found.weights.shape == ranks
    assert found.fit > 1 - 1e-9
    for factor in found.factors:
        np.testing.assert_allclose(factor.T @ factor, np.eye(factor.shape[1]), atol=1e-12)


def test_positive_tucker_is_positive_and_close():
    r = np.random.default_rng(0)
    turns = [r.random((n, 2)) for n in (9, 8, 7)]
    tensor = np.einsum("abc,ia,jb,kc->ijk", r.random((2, 2, 2)), *turns)

    found = tucker(tensor, 2, non_negative=True, budget=(2000, 1e-9))

    assert found.fit > 0.999
    assert found.weights.min() >= 0
    assert min(f.min() for f in found.factors) >= 0


@pytest.mark.parametrize("kind", ["cp", "cp positive", "tucker"])
def test_noisy_tensors_are_fitted_as_well_as_by_tensorly(kind):
    decomposition = pytest.importorskip("tensorly.decomposition")
    tensor = exact()[0]
    tensor = np.maximum(tensor + 0.1 * np.random.default_rng(1).standard_normal(tensor.shape), 0)
    if kind == "tucker":
        ours = tucker(tensor, (2, 2, 2))
        core, factors = decomposition.tucker(tensor, [2, 2, 2], n_iter_max=500, tol=1e-12)
        model = np.einsum("abc,ia,jb,kc->ijk", core, *factors)
    else:
        positive = kind != "cp"
        ours = cp(tensor, 3, non_negative=positive)
        peer = decomposition.non_negative_parafac_hals if positive else decomposition.parafac
        weights, factors = peer(tensor, 3, n_iter_max=2000, tol=1e-12, init="svd")
        model = np.einsum("r,ir,jr,kr->ijk", weights, *factors)
    theirs = 1 - np.linalg.norm(tensor - model) / np.linalg.norm(tensor)

    assert ours.fit > theirs - 1e-5


def test_more_components_than_an_axis_is_long_are_possible_for_cp():
    tensor, _ = exact(shape=(2, 9, 8), rank=3)

    assert cp(tensor, 3, budget=(5000, 1e-13)).fit > 1 - 1e-5


def test_too_few_rounds_are_said():
    with pytest.warns(SidpyWarning, match="CP: the fit still changes after 1 rounds"):
        cp(exact()[0], 3, budget=(1, 0.0))


def test_constant_and_empty_tensors():
    assert cp(np.zeros((3, 4, 2)), 1).fit == 1.0
    assert cp(np.full((3, 4, 2), 2.0), 1).weights == pytest.approx([2 * np.sqrt(24)])
    with pytest.raises(ValueError, match=r"finite tensor .*\(0, 4, 2\)"):
        cp(np.zeros((0, 4, 2)), 1)


@pytest.mark.parametrize(
    ("tensor", "rank", "options", "says"),
    [
        (np.full((3, 4, 2), np.nan), 1, {}, "not finite"),
        (np.ones(4), 1, {}, "two axes or more"),
        (np.ones((3, 4)), 0, {}, "whole numbers from 1"),
        (-np.ones((3, 4, 2)), 1, {"non_negative": True}, "without negative values"),
    ],
)
def test_what_cannot_be_decomposed_is_refused(tensor, rank, options, says):
    with pytest.raises(ValueError, match=says):
        cp(tensor, rank, **options)


def test_a_core_larger_than_the_tensor_is_refused():
    with pytest.raises(ValueError, match=r"ranks are \[5, 5, 5\]; expected one for each axis"):
        tucker(np.ones((4, 6, 6)), 5)


def test_flat_from_makes_one_axis_of_the_last_ones():
    tensor = np.random.default_rng(0).random((4, 3, 5, 2))

    weights, factors = tensor_decomposition(tensor, 2, flat_from=2, n_iter_max=3000, tol=1e-8)

    assert weights.shape == (2,)
    assert [f.shape for f in factors] == [(4, 2), (3, 2), (10, 2)]
    with pytest.raises(ValueError, match="flat_from is 4; expected an axis from 1 to 3"):
        tensor_decomposition(tensor, 2, flat_from=4)


def test_cp_is_positive_only_where_the_data_or_the_caller_say_so():
    tensor, _ = exact(positive=False)

    assert min(f.min() for f in tensor_decomposition(tensor, 3)[1]) < 0
    assert min(f.min() for f in tensor_decomposition(np.abs(tensor), 2, tol=1e-7)[1]) >= 0
    free = tensor_decomposition(np.abs(tensor), 2, tol=1e-7, non_negative=False)[1]
    assert min(f.min() for f in free) < 0


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda t: tensor_decomposition(t, 2, "magic"), NotImplementedError, "'magic'"),
        (lambda t: tensor_decomposition(t, 2, gain=3), TypeError, r"unknown option \['gain'\]"),
    ],
)
def test_unknown_words_are_refused(call, error, says):
    with pytest.raises(error, match=says):
        call(exact()[0])


def film(kinds=("spatial", "spatial", "spectral", "spectral"), shape=(4, 5, 6, 7)):
    r = np.random.default_rng(0)
    maps = r.random((shape[0] * shape[1], 2))
    curves = [r.random((n, 2)) for n in (shape[2], int(np.prod(shape[3:])))]
    values = np.einsum("ir,jr,kr->ijk", maps, *curves).reshape(shape)
    data = sidpy.Dataset.from_array(values, title="film", units="nA")
    for axis, kind in enumerate(kinds):
        at = 0.5 * np.arange(shape[axis])
        data.set_dimension(axis, sidpy.Dimension(at, "abcde"[axis], "length", "nm", kind))
    return data


@pytest.mark.parametrize("kind", ["cp", "tucker"])
def test_tensor_factor_gives_three_labelled_factors_and_weights(kind):
    data = film()

    factors, weights = TensorFactor(data, 2, kind).do_fit()

    assert [f.shape for f in factors] == [(4, 5, 2), (6, 2), (7, 2)]
    assert weights.shape[-1] == 2
    assert [f.data_type.name for f in factors] == [
        "IMAGE_STACK", "LINE_PLOT_FAMILY", "LINE_PLOT_FAMILY",
    ]  # fmt: skip
    assert [d.name for d in factors[0]._axes.values()] == ["a", "b", "components/rank"]
    assert [f._axes[f.ndim - 1].name for f in factors[1:]] == ["components/rank"] * 2
    assert factors[1]._axes[0].name == "c"
    step = factors[2].history[-1]
    assert step.function == "pycroscopy.learn.ml.decompose.tensor_factors"
    assert (step.parameters["decomposition_type"], step.part) == (kind, "0.2")


def test_groups_of_channels_can_be_chosen():
    kinds = ("spatial", "spatial", "spectral", "spectral", "spectral")
    data = film(kinds, (3, 4, 5, 2, 3))

    shapes = [
        [f.shape for f in TensorFactor(data, 2, **options).do_fit(tol=1e-6)[0]]
        for options in ({}, {"flat_from": 2}, {"spec_dims": [[4], [2, 3]]})
    ]

    assert shapes == [
        [(3, 4, 2), (5, 2), (2, 3, 2)],
        [(3, 4, 2), (5, 2, 2), (3, 2)],
        [(3, 4, 2), (3, 2), (5, 2, 2)],
    ]


@pytest.mark.parametrize(
    ("kinds", "options", "error", "says"),
    [
        (("spatial",) * 3 + ("spectral",), {}, NotImplementedError, "two spectral axes"),
        (("spectral",) * 4, {}, NotImplementedError, "no spatial axis"),
        (("spatial", "spatial", "temporal", "spectral"), {},
         NotImplementedError, "dimension_type"),
        (("spatial", "spatial", "spectral", "spectral"), {"decomposition_type": "x"},
         NotImplementedError, "it can be 'cp' or 'tucker'"),
        (("spatial", "spatial", "spectral", "spectral"), {"spec_dims": [[2], [1]]},
         ValueError, r"expected the spectral axes \[2, 3\]"),
        (("spatial", "spatial", "spectral", "spectral"), {"flat_from": 2}, ValueError, "1 to 1"),
    ],
)  # fmt: skip
def test_a_tensor_factor_that_cannot_be_is_refused_at_once(kinds, options, error, says):
    with pytest.raises(error, match=says):
        TensorFactor(film(kinds), 2, **options)
