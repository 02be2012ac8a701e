"""Clusters in an order that means something, and the tree that says which are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy.stats.tree import ClusterTree

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["cluster_tree", "reorder_clusters"]


def _linkage(responses: NDArray[Any], transform: Callable[[Any], Any] | None) -> NDArray[Any]:
    from scipy.cluster.hierarchy import linkage, optimal_leaf_ordering
    from scipy.spatial.distance import pdist

    values = np.asarray(responses if transform is None else transform(responses))
    values = values.reshape(len(values), -1)
    if values.dtype.kind == "c":
        values = np.concatenate([values.real, values.imag], axis=1)
    distances = pdist(values.astype(np.float64))
    found = linkage(distances, method="weighted")
    return np.asarray(optimal_leaf_ordering(found, distances))


def cluster_tree(
    labels: NDArray[Any],
    mean_response: NDArray[Any],
    transform_function: Callable[[Any], Any] | None = None,
) -> ClusterTree:
    """Join clusters with similar mean responses, step by step.

    Parameters
    ----------
    labels : ndarray of int
        Cluster of each position; -1 for none.
    mean_response : ndarray of shape (clusters, ...), real or complex
        Of each cluster, at least two.
    transform_function : callable, optional
        What makes responses comparable: takes and returns an array of them.

    Returns
    -------
    ClusterTree
        Distances are Euclidean between mean responses.

    Raises
    ------
    ValueError
        When there are fewer than two clusters.
    """
    if len(mean_response) < 2:
        msg = f"a tree needs two clusters or more, found {len(mean_response)}"
        raise ValueError(msg)
    found = _linkage(mean_response, transform_function)
    return ClusterTree(found[:, :2].astype(int), labels, found[:, 2], mean_response)


def reorder_clusters(
    labels: NDArray[Any],
    mean_response: NDArray[Any],
    transform_function: Callable[[Any], Any] | None = None,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Number clusters so that neighbours in number are neighbours in response.

    Parameters
    ----------
    labels : ndarray of int
        Cluster of each position; negative ones stay as they are.
    mean_response : ndarray of shape (clusters, ...)
        Of each cluster.
    transform_function : callable, optional
        As for `cluster_tree`.

    Returns
    -------
    labels : ndarray of int
        New numbers, in the order of the leaves of the tree.
    mean_response : ndarray
        In the same order.

    Examples
    --------
    >>> labels, means = reorder_clusters(np.array([0, 1, 2]), np.array([[0.0], [9.0], [1.0]]))
    >>> labels.tolist(), means.ravel().tolist()
    ([0, 2, 1], [0.0, 1.0, 9.0])
    """
    from scipy.cluster.hierarchy import leaves_list

    labels, responses = np.asarray(labels), np.asarray(mean_response)
    if len(responses) < 3:
        return labels.copy(), responses.copy()
    order = leaves_list(_linkage(responses, transform_function))
    if order[0] > order[-1]:
        order = order[::-1]
    numbers = np.empty(len(order), labels.dtype)
    numbers[order] = np.arange(len(order))
    return np.where(labels >= 0, numbers[np.maximum(labels, 0)], labels), responses[order]
