"""Trees of clusters: members, means and heights of every branch."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist

from pycroscopy.stats import ClusterTree, Node

CENTROIDS = np.array([[0.0, 0], [1, 0], [5, 0], [5.5, 0]])
LABELS = np.array([0, 0, 1, 2, 2, 2, 3, 1])


@pytest.fixture
def tree():
    return ClusterTree(linkage(pdist(CENTROIDS), "weighted"), LABELS, centroids=CENTROIDS)


def test_the_apex_is_the_mean_of_all_members(tree):
    apex = tree.tree

    assert (apex.name, apex.level, apex.num_nodes, apex.dist) == (6, 2, 4, 4.75)
    assert apex.parent is None
    np.testing.assert_allclose(apex.value, CENTROIDS[LABELS].mean(axis=0))
    np.testing.assert_array_equal(np.sort(apex.labels), [np.arange(8)])


def test_each_branch_is_the_mean_of_its_members_and_knows_its_place(tree):
    assert [n.level for n in tree.nodes] == [0, 0, 0, 0, 1, 1, 2]
    assert [n.parent.name for n in tree.nodes[:-1]] == [5, 5, 4, 4, 6, 6]
    for node in tree.nodes:
        np.testing.assert_allclose(node.value, CENTROIDS[LABELS[node.labels[0]]].mean(axis=0))
    assert tree.num_leaves == 4
    assert [str(n) for n in tree.nodes[::2]] == ["(0)", "(2)", "(4) --> 2,3", "(6) --> 4,5"]


def test_labels_of_a_map_are_found_by_row_and_column():
    labels = np.array([[0, 1, 1], [2, 1, 0]])

    tree = ClusterTree([[0, 2], [1, 3]], labels)

    np.testing.assert_array_equal(tree.nodes[0].labels, [[0, 1], [0, 2]])
    assert tree.tree.labels.shape == (2, 6)
    assert tree.tree.value is None
    assert tree.tree.dist == 0


def test_nodes_do_not_share_their_children():
    first, second = Node("a"), Node("b")
    first.children.append(second)

    assert second.children == []
    assert str(second) == "(b)"


def test_a_node_of_leaves_without_members_weighs_them_alike():
    parent = Node("p", children=[Node(0, 1.0), Node(1, 4.0)], compute_mean=True)

    assert (parent.value, parent.labels, parent.num_nodes) == (2.5, None, 2)


@pytest.mark.parametrize(
    ("pairs", "labels", "options", "says"),
    [
        ([0, 1], [0, 1], {}, r"expected \(clusters - 1, 2\)"),
        ([[0, 1]], [0, 2], {}, "labels reach to 2; there are 2 clusters"),
        ([[0, 3]], [0, 1], {}, "joins 0 and 3 to 2: 3 is not free"),
        ([[0, 1], [0, 2]], [0, 1], {}, "0 is not free"),
        ([[0, 1]], [0, 1], {"distances": [1, 2]}, "2 distances, expected 1"),
        ([[0, 1]], [0, 1], {"centroids": np.ones(3)}, "3 centroids, expected 2"),
    ],
)
def test_what_is_no_tree_is_refused(pairs, labels, options, says):
    with pytest.raises(ValueError, match=says):
        ClusterTree(pairs, labels, **options)
