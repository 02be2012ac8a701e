"""Clusters are scikit-learn's, on labelled data, with means, scores and trees."""

from __future__ import annotations

import numpy as np
import pytest

import sidpy
from pycroscopy.learn import cluster, reorder_clusters
from pycroscopy.learn.cluster_scores import gap_statistic, scores
from sidpy.errors import SidpyWarning

sklearn_datasets = pytest.importorskip("sklearn.datasets")
from sklearn import cluster as peers  # noqa: E402 - needs the library
from sklearn.metrics import adjusted_rand_score  # noqa: E402 - needs the library
from sklearn.mixture import GaussianMixture  # noqa: E402 - needs the library


def film(shape=(7, 9), groups=3, seed=0, dtype=float):
    """Curves of a few kinds in noise, and of which kind each is."""
    r = np.random.default_rng(seed)
    truth = r.integers(0, groups, int(np.prod(shape)))
    curves = np.cos(np.outer(np.arange(groups) + 1, np.linspace(0, 3, 21)))
    values = curves[truth] + 0.05 * r.standard_normal((len(truth), 21))
    values = values.reshape(*shape, 21).astype(dtype)
    data = sidpy.Dataset.from_array(values, units="nA", title="film")
    for axis in range(len(shape) + 1):
        kind = "spatial" if axis < len(shape) else "spectral"
        at = 0.5 * np.arange(data.shape[axis])
        name = "yxE"[axis - len(shape) - 1]
        data.set_dimension(axis, sidpy.Dimension(at, name, "length", "nm", kind))
    return data, truth


def rand(found, truth):
    return adjusted_rand_score(truth, np.asarray(found.labels).ravel())


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("kmeans", {}), ("minibatch", {}), ("gaussian", {"covariance_type": "diag"}),
        ("dbscan", {"eps": 0.6}), ("hdbscan", {}), ("agglomerative", {}), ("spectral", {}),
    ],
)  # fmt: skip
def test_every_method_finds_the_groups_and_their_mean_responses(method, options):
    data, truth = film()

    found = cluster(data, 3, method=method, random_state=1, options=options)

    assert rand(found, truth) == 1
    labels, values = np.asarray(found.labels).ravel(), np.asarray(data).reshape(-1, 21)
    for k in range(3):
        np.testing.assert_allclose(np.asarray(found.responses)[k], values[labels == k].mean(0))
        np.testing.assert_allclose(np.asarray(found.spread)[k], values[labels == k].std(0))
    assert found.sizes.sum() == 63
    assert found.scores["silhouette"] > 0.8
    assert (found.labels.shape, found.labels.data_type) == ((7, 9), sidpy.DataType.IMAGE)
    assert found.responses.units == "nA"
    assert [d.name for d in found.responses._axes.values()] == ["component_number", "E"]
    assert found.labels.history[-1].function == "pycroscopy.learn.cluster"


@pytest.mark.parametrize(
    ("load", "method", "expected"),
    [
        ("load_iris", "kmeans", 0.730),
        ("load_iris", "gaussian", 0.904),
        ("load_digits", "kmeans", 0.666),
    ],
)
def test_iris_and_digits_are_grouped_as_by_scikit_learn(load, method, expected):
    bunch = getattr(sklearn_datasets, load)()
    count = len(bunch.target_names)
    kind = peers.KMeans if method == "kmeans" else GaussianMixture
    peer = kind(count, n_init=10 if method == "kmeans" else 3, random_state=0)

    found = cluster(bunch.data, count, method=method, random_state=0)

    assert rand(found, peer.fit_predict(bunch.data)) == 1
    assert rand(found, bunch.target) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("method", "groups"), [("kmeans", 3), ("kmeans", 1), ("gaussian", 3), ("agglomerative", 4)]
)
def test_the_number_of_groups_is_found(method, groups):
    r = np.random.default_rng(0)
    centers = np.array([[0, 0], [9, 0], [0, 9], [9, 9]])[:groups]
    values = np.concatenate([c + r.standard_normal((60, 2)) for c in centers])

    found = cluster(values, method=method, random_state=0)

    assert len(found.sizes) == groups


def test_the_gap_of_structureless_data_is_largest_for_one():
    values = np.random.default_rng(0).random((150, 3))

    found = gap_statistic(values, range(1, 5), references=8)

    assert found.best == 1
    assert found.gap.shape == found.error.shape == (4,)
    assert found.error.min() > 0


def test_scores_are_scikit_learns_and_unknown_for_one_group():
    from sklearn import metrics

    data, truth = film()
    values = np.asarray(data).reshape(-1, 21)

    found = scores(values, truth)

    assert found == {
        "silhouette": pytest.approx(metrics.silhouette_score(values, truth)),
        "davies_bouldin": pytest.approx(metrics.davies_bouldin_score(values, truth)),
        "calinski_harabasz": pytest.approx(metrics.calinski_harabasz_score(values, truth)),
    }
    assert all(np.isnan([*scores(values, np.zeros(63, int)).values()]))


def test_complex_responses_are_grouped_by_both_parts_and_stay_complex():
    r = np.random.default_rng(0)
    truth = r.integers(0, 2, 40)
    values = np.exp(1j * np.pi * truth)[:, None] * np.ones(5) + 0.01 * r.standard_normal((40, 5))

    found = cluster(1j * values, 2, random_state=0)

    assert rand(found, truth) == 1
    assert found.responses.dtype == np.complex128
    np.testing.assert_allclose(np.abs(found.responses), 1, atol=0.02)


def test_mixtures_know_how_sure_they_are_in_the_order_of_the_labels():
    data, _ = film((60,))

    found = cluster(data[:, :3], 3, method="gaussian", random_state=0)

    chances = np.asarray(found.probabilities)
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    np.testing.assert_array_equal(chances.argmax(axis=1), np.asarray(found.labels))
    assert np.isfinite(found.scores["bic"])


def test_positions_that_are_not_finite_have_no_group():
    data, truth = film()
    values = np.array(data)
    values[2, 3, 4] = np.nan

    with pytest.warns(SidpyWarning, match="1 of 63 positions of 'film_new' are not finite"):
        found = cluster(data.like_data(values), 3, random_state=0)

    labels = np.asarray(found.labels)
    assert labels[2, 3] == -1
    assert adjusted_rand_score(np.delete(truth, 21), np.delete(labels.ravel(), 21)) == 1
    assert found.tree().tree.size == 62


def test_noise_has_no_group_and_no_part_in_the_means():
    values = np.concatenate([np.zeros((9, 2)), np.ones((8, 2)), [[7.0, 7.0]]])

    found = cluster(values, method="dbscan")

    assert np.asarray(found.labels).tolist() == [0] * 9 + [1] * 8 + [-1]
    assert np.asarray(found.responses).tolist() == [[0, 0], [1, 1]]


def test_clusters_are_numbered_by_likeness_and_their_tree_joins_the_closest():
    values = np.repeat([[0.0], [9.0], [1.0], [10.0]], 5, axis=0)

    found = cluster(values, 4, random_state=0)

    steps = np.diff(np.asarray(found.responses).ravel())
    assert sorted(np.abs(steps).tolist()) == [1, 1, 8]
    tree = found.tree()
    assert {frozenset(c.name for c in n.children) for n in tree.nodes[4:6]} == {
        frozenset({0, 1}), frozenset({2, 3}),
    }  # fmt: skip
    assert tree.tree.value == pytest.approx(5)
    assert tree.nodes[4].dist == tree.nodes[5].dist == 1


def test_reordering_keeps_every_position_with_its_response():
    r = np.random.default_rng(0)
    labels, means = r.integers(-1, 5, (6, 7)), r.random((5, 4)) + 1j

    new, moved = reorder_clusters(labels, means)

    np.testing.assert_array_equal(new < 0, labels < 0)
    np.testing.assert_array_equal(moved[new[new >= 0]], means[labels[labels >= 0]])
    flipped, _ = reorder_clusters(np.arange(3), np.array([[1.0], [5.0], [-1.2]]), np.abs)
    assert flipped.tolist() in ([0, 2, 1], [1, 2, 0])


def test_whole_numbers_have_means_that_are_not():
    data, _ = film(dtype=np.int16)

    assert cluster(data, 2, random_state=0).responses.dtype == np.float64


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda v: cluster(v, 3, method="magic"), "method is 'magic'"),
        (lambda v: cluster(v, 9), "expected 'auto' or 1 to 6 positions"),
        (lambda v: cluster(v[:0], 2), "0 positions"),
        (lambda v: cluster(v * np.nan, 2), "no position"),
        (lambda v: cluster(v[0], 2), "at least two axes"),
    ],
)
def test_what_cannot_be_grouped_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call(np.ones((6, 3)))


def test_the_picture_has_labels_and_responses():
    pytest.importorskip("matplotlib").use("agg")
    from matplotlib.figure import Figure

    figure = cluster(film()[0], 3, random_state=0).plot(Figure())

    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert titles == ["clusters", "mean responses", "likeness"]
