"""Classic multivariate statistics of universal files: right numbers, found again, no halves."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from usid_made import file, main_of, three_kinds  # noqa: F401 - file is a fixture

from pycroscopy.processing import cluster, decomposition, svd_utils
from pycroscopy.processing.proc_utils import get_component_slice, to_ranges

COMPOUND = np.dtype([("amplitude", "f4"), ("phase", "f4")])


def compound(values):
    made = np.zeros(values.shape, COMPOUND)
    made["amplitude"], made["phase"] = np.abs(values), np.angle(values)
    return made


@pytest.fixture
def h5_main(file):  # noqa: F811 - the fixture
    return main_of(file, three_kinds()[0], shape=(10, 6))


# --- singular values --------------------------------------------------------------------


def test_components_multiply_to_the_data(h5_main):
    group = svd_utils.SVD(h5_main, cores=1).compute()

    left, values, right = (group[name][()] for name in "USV")
    np.testing.assert_allclose(left @ np.diag(values) @ right, h5_main[()], atol=1e-9)
    np.testing.assert_allclose(left.T @ left, np.eye(12), atol=1e-9)
    np.testing.assert_allclose(
        values, np.linalg.svd(h5_main[()], compute_uv=False), rtol=1e-6, atol=1e-9
    )
    assert group.name.endswith("Raw-SVD_000")


def test_components_are_main_datasets_with_the_axes_of_the_source(h5_main):
    import pyUSID

    group = svd_utils.SVD(h5_main, num_components=3, cores=1).compute()

    left, right = (pyUSID.USIDataset(group[name]) for name in "UV")
    assert left.pos_dim_labels == h5_main.pos_dim_labels
    assert right.spec_dim_labels == ["Bias"]
    assert left.shape == (60, 3)
    assert right.data_descriptor == "Current (nA)"


@pytest.mark.parametrize("kind", ["complex", "compound", "int"])
def test_any_type_of_data_comes_back(file, kind):  # noqa: F811 - the fixture
    values, _, _ = three_kinds(complex_valued=True)
    data = {"complex": values, "compound": compound(values), "int": np.rint(9 * values.real)}[kind]
    data = data.astype("i2") if kind == "int" else data
    h5_main = main_of(file, data)

    group = svd_utils.SVD(h5_main, cores=1).compute()
    rebuilt = svd_utils.rebuild_svd(h5_main)

    assert rebuilt.dtype == group["V"].dtype == (np.float64 if kind == "int" else data.dtype)
    for name in data.dtype.names or [...]:
        np.testing.assert_allclose(rebuilt[()][name], data[name], atol=1e-5)


def test_directions_without_variance_are_zeros_not_noise(file):  # noqa: F811 - the fixture
    line = np.outer(np.arange(1.0, 9), np.arange(1.0, 6))

    left, values, _ = svd_utils.SVD(main_of(file, line), cores=1).test()

    assert values[1] < 1e-6 * values[0]
    np.testing.assert_array_equal(left[:, 1:], 0)


def test_some_components_rebuild_a_part(h5_main):
    svd_utils.SVD(h5_main, cores=1).compute()
    u, s, v = np.linalg.svd(h5_main[()], full_matrices=False)

    for components, chosen in ((2, [0, 1]), ((1, 3), [1, 2]), ([0, 2, 3], [0, 2, 3])):
        rebuilt = svd_utils.rebuild_svd(h5_main, components, max_RAM_mb=1)
        np.testing.assert_allclose(rebuilt[()], (u[:, chosen] * s[chosen]) @ v[chosen], atol=1e-6)
        assert rebuilt.parent.attrs["components_used"].tolist() == chosen
    with pytest.raises(ValueError, match="not there"):
        svd_utils.rebuild_svd(h5_main, 13)


def test_a_rebuild_without_components_says_what_to_do(h5_main):
    with pytest.raises(ValueError, match=r"SVD\(h5_main\) first"):
        svd_utils.rebuild_svd(h5_main)


def test_impossible_numbers_and_values_are_refused(file):  # noqa: F811 - the fixture
    values = three_kinds()[0]
    with pytest.raises(ValueError, match="expected 1 to 12"):
        svd_utils.SVD(main_of(file, values), 13)
    values[3, 4] = np.nan
    h5_main = main_of(file, values)
    process = svd_utils.SVD(h5_main, 2, cores=1)
    with pytest.raises(ValueError, match="finite"):
        process.compute()
    assert [name for name in h5_main.parent if "SVD" in name] == []


# --- the contract of a process ------------------------------------------------------------


def test_a_test_writes_nothing(h5_main):
    left, values, right = svd_utils.SVD(h5_main, 2, cores=1).test()

    assert (left.shape, values.shape, right.shape) == ((60, 2), (2,), (2, 12))
    assert [name for name in h5_main.parent if "SVD" in name] == []


def test_results_are_found_again_by_their_parameters(h5_main):
    first = svd_utils.SVD(h5_main, 2, cores=1).compute()
    again = svd_utils.SVD(h5_main, 2, cores=1)

    assert again.duplicate_h5_groups == [first]
    assert again.compute() == first
    assert svd_utils.SVD(h5_main, 3, cores=1).compute() != first
    assert again.compute(override=True) != first


def test_what_was_not_finished_is_not_there(h5_main, monkeypatch):
    process = svd_utils.SVD(h5_main, 2, cores=1)

    def killed(self, group):
        raise KeyboardInterrupt

    monkeypatch.setattr(type(process), "_complete", killed)
    with pytest.raises(KeyboardInterrupt):
        process.compute()
    assert [name for name in h5_main.parent if "SVD" in name] == []


def test_results_go_where_they_are_wanted(h5_main, tmp_path):
    import h5py

    with h5py.File(tmp_path / "results.h5", "w") as other:
        group = svd_utils.SVD(h5_main, 2, cores=1, h5_target_group=other).compute()
        assert group.file.filename == other.filename
        assert group.attrs["source_dataset_path"] == h5_main.name
        assert svd_utils.SVD(h5_main, 2, cores=1, h5_target_group=other).compute() == group


def test_classes_are_processes_that_can_be_named_and_pickled():
    pytest.importorskip("pyUSID")
    import pyUSID

    assert issubclass(cluster.Cluster, pyUSID.Process)
    assert pickle.loads(pickle.dumps(cluster.Cluster)) is cluster.Cluster
    with pytest.raises(AttributeError, match="no_such_name"):
        cluster.no_such_name  # noqa: B018 - asking is the test


# --- clusters -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["real", "complex", "compound"])
def test_clusters_are_the_kinds_of_curves(file, kind):  # noqa: F811 - the fixture
    sklearn = pytest.importorskip("sklearn.cluster")
    values, kinds, curves = three_kinds(complex_valued=kind != "real")
    data = compound(values) if kind == "compound" else values

    group = cluster.Cluster(
        main_of(file, data), sklearn.KMeans(3, n_init=3, random_state=0), cores=1
    ).compute()

    labels, means = group["Labels"][:, 0], group["Mean_Response"][()]
    assert len(set(zip(labels.tolist(), kinds.tolist(), strict=True))) == 3
    assert means.dtype == data.dtype
    if kind != "compound":
        for number, mean in enumerate(means):
            truth = curves[kinds[labels == number][0]]
            np.testing.assert_allclose(mean, truth, atol=0.02)


def test_like_clusters_are_neighbours_in_number(h5_main):
    sklearn = pytest.importorskip("sklearn.cluster")
    process = cluster.Cluster(h5_main, sklearn.KMeans(3, n_init=3, random_state=0), cores=1)

    ordered = process.compute()["Mean_Response"][()]
    plain = process.compute(rearrange_clusters=False)

    gaps = np.linalg.norm(np.diff(ordered, axis=0), axis=1).sum()
    every = [
        np.linalg.norm(np.diff(ordered[list(o)], axis=0), axis=1).sum()
        for o in ((0, 1, 2), (1, 0, 2), (0, 2, 1))
    ]
    assert gaps == min(every)
    assert not plain.attrs["rearranged"]
    assert process.compute().attrs["rearranged"]


def test_clusters_of_some_columns_keep_their_axis(h5_main):
    import pyUSID

    sklearn = pytest.importorskip("sklearn.cluster")
    estimator = sklearn.KMeans(2, n_init=1, random_state=0)

    means = pyUSID.USIDataset(
        cluster.Cluster(h5_main, estimator, num_comps=[0, 5, 11], cores=1).compute()[
            "Mean_Response"
        ]
    )

    assert means.shape == (2, 3)
    bias = np.linspace(-1, 1, 12)[[0, 5, 11]]
    np.testing.assert_allclose(means.get_spec_values("Bias"), bias, atol=1e-6)
    assert means.spec_dim_descriptors == ["Bias (V)"]


def test_positions_that_belong_nowhere_get_minus_one(file):  # noqa: F811 - the fixture
    sklearn = pytest.importorskip("sklearn.cluster")
    values, _, _ = three_kinds()
    values[7] = 100

    labels, means = cluster.Cluster(
        main_of(file, values), sklearn.DBSCAN(eps=1.0, min_samples=3), cores=1
    ).test()

    assert labels[7] == -1
    assert np.count_nonzero(labels < 0) == 1
    assert len(means) == 3


def test_what_finds_no_clusters_is_refused(h5_main):
    sklearn = pytest.importorskip("sklearn.decomposition")
    with pytest.raises(TypeError, match="finds no clusters"):
        cluster.Cluster(h5_main, sklearn.PCA(2))
    with pytest.raises(TypeError, match="as those of scikit-learn"):
        cluster.Cluster(h5_main, "kmeans")


# --- estimators ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("PCA", {"n_components": 12, "whiten": True}),
        ("FastICA", {"n_components": 12, "random_state": 0, "max_iter": 2000, "tol": 1e-3}),
        ("IncrementalPCA", {"n_components": 12}),
        ("NMF", {"n_components": 3, "random_state": 0, "max_iter": 2000}),
        ("TruncatedSVD", {"n_components": 11, "random_state": 0}),
        ("FactorAnalysis", {"n_components": 3}),
    ],
)
def test_projection_times_components_is_the_data(file, name, options):  # noqa: F811 - the fixture
    sklearn = pytest.importorskip("sklearn.decomposition")
    values = three_kinds(noise=0.05)[0] + 5
    h5_main = main_of(file, values)

    group = decomposition.Decomposition(
        h5_main, getattr(sklearn, name)(**options), cores=1
    ).compute()

    found = group["Mean"][()] + group["Projection"][()] @ group["Components"][()]
    full = options["n_components"] == 12
    assert np.sqrt(np.mean((found - values) ** 2)) < (1e-7 if full else 0.06)
    assert group.attrs["decomposition_algorithm"] == name


def test_kernel_components_have_the_names_of_an_svd():
    sklearn = pytest.importorskip("sklearn.decomposition")
    values = three_kinds()[0]

    weights, scree, components = svd_utils.simplified_kpca(sklearn.KernelPCA(2), values)

    assert (weights.shape, scree.shape, components.shape) == ((2, 60), (2,), (2, 12))
    np.testing.assert_allclose(weights, components @ values.T)
    assert scree[0] > scree[1]


def test_what_decomposes_nothing_is_refused(h5_main):
    sklearn = pytest.importorskip("sklearn.cluster")
    with pytest.raises(TypeError, match="no fit_transform"):
        decomposition.Decomposition(h5_main, sklearn.DBSCAN())


# --- choices of components ----------------------------------------------------------------


def test_components_are_chosen_in_every_way():
    assert get_component_slice(None, 5) == (slice(0, 5), 5)
    assert get_component_slice(np.int64(3)) == (slice(0, 3), 3)
    assert get_component_slice(slice(1, None, 2), 6) == (slice(1, None, 2), 3)
    assert get_component_slice((1, 4), 6) == (slice(1, 4), 3)
    assert get_component_slice([4, 1, 1, 0]) == ([0, 1, 4], 3)


@pytest.mark.parametrize(
    ("components", "error"),
    [(7, ValueError), ([0, 1, 9], ValueError), (slice(5, 5), ValueError), ((3, 3), ValueError),
     ("two", TypeError), (True, TypeError), (2.5, TypeError), ([-1, 0, 1], ValueError)],
)  # fmt: skip
def test_choices_of_nothing_are_refused(components, error):
    with pytest.raises(error):
        get_component_slice(components, 6)
    with pytest.raises(ValueError, match="has no end"):
        get_component_slice(slice(2, None))


def test_numbers_become_ranges():
    assert list(to_ranges(iter([9, 1, 2, 3, 8, 5]))) == [(1, 3), (5, 5), (8, 9)]
    assert list(to_ranges([])) == []
