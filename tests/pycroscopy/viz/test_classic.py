"""The pictures of classic pycroscopy, by their old names."""

import numpy as np
import pytest

from pycroscopy.viz.cluster_utils import (
    plot_cluster_centroids,
    plot_cluster_dendrogram,
    plot_cluster_h5_group,
    plot_cluster_labels,
)
from pycroscopy.viz.image_cleaning_utils import plot_image_cleaning_results

LABELS = np.array([[0, 0, 1, 2], [0, 1, 1, -1], [2, 2, 2, 1]])


def test_labels_are_a_map_or_a_line(figure):
    shown, axes = plot_cluster_labels(LABELS, figure=figure)

    assert shown is figure
    assert axes.images[0].get_array().mask.tolist() == (LABELS < 0).tolist()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("column", "row")
    figure.clear()
    assert plot_cluster_labels(LABELS.ravel(), 3, figure)[1].get_ylabel() == "cluster"
    with pytest.raises(ValueError, match="a line or a map"):
        plot_cluster_labels(np.zeros((2, 2, 2), int))


def test_complex_centroids_are_amplitude_and_phase(figure):
    x = np.linspace(1, 2, 5)
    means = np.exp(1j * np.outer([1, 2], x))

    shown, _ = plot_cluster_centroids(means, x, "bias (V)", "response", figure)

    assert [axes.get_ylabel() for axes in shown.axes] == ["response amplitude", "phase (rad)"]
    np.testing.assert_allclose(shown.axes[1].lines[0].get_ydata(), x)
    with pytest.raises(ValueError, match="do not fit 3 values"):
        plot_cluster_centroids(means, [1, 2, 3])


@pytest.mark.parametrize(("mode", "leaves"), [("Full", 4), ("Truncated", 2)])
def test_the_tree_joins_what_is_alike(figure, mode, leaves):
    labels = np.repeat([0, 1, 2, 3], 3)
    values = np.repeat([[0.0, 9], [1, 0], [10, 5], [12, 1]], 3, axis=0)

    plot_cluster_dendrogram(labels, values, 1, 4, mode, figure=figure)

    assert len(figure.axes[0].get_xticklabels()) == leaves
    with pytest.raises(ValueError, match="'Full' or 'Truncated'"):
        plot_cluster_dendrogram(labels, values, 1, 4, "half")
    with pytest.raises(ValueError, match="two groups or more"):
        plot_cluster_dendrogram(labels * 0, values, 1, 4)


def test_a_group_of_a_usid_file_is_drawn(tmp_path):
    usid = pytest.importorskip("pyUSID")
    cluster = pytest.importorskip("sklearn.cluster")
    import h5py

    from pycroscopy.processing.cluster import Cluster

    dims = [usid.Dimension(name, "nm", n) for name, n in (("X", 4), ("Y", 3))]
    bias = usid.Dimension("Bias", "V", np.linspace(-1, 1, 6))
    rng = np.random.default_rng(0)
    with h5py.File(tmp_path / "made.h5", "w") as file:
        main = usid.hdf_utils.write_main_dataset(
            file.create_group("Measurement_000"), rng.random((12, 6)), "Raw", "Current", "nA",
            dims, [bias],
        )  # fmt: skip
        group = Cluster(main, cluster.KMeans(3, n_init=2, random_state=0)).compute()

        labels, responses = plot_cluster_h5_group(group)
        with pytest.raises(KeyError, match="has no 'Labels'"):
            plot_cluster_h5_group(file["Measurement_000"])

    assert labels.axes[0].images[0].get_array().shape in {(3, 4), (4, 3)}
    assert responses.axes[0].get_xlabel() == "Bias (V)"
    assert responses.axes[0].get_ylabel() == "Current (nA)"
    np.testing.assert_allclose(responses.axes[0].lines[0].get_xdata(), np.linspace(-1, 1, 6))


def test_cleaned_images_are_beside_what_was_taken_away(figure):
    raw = np.random.default_rng(0).random((12, 16))

    _, axes = plot_image_cleaning_results(raw, raw / 2, figure=figure)

    np.testing.assert_allclose(axes[2].images[0].get_array(), raw / 2)
    assert [one.get_title() for one in axes[:3]] == ["raw", "clean", "removed"]
    with pytest.raises(ValueError, match="one shape"):
        plot_image_cleaning_results(raw, raw.T)
