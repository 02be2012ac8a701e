"""The tree of a hierarchical clustering, with the members and the mean of every branch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

__all__ = ["ClusterTree", "Node"]


class Node:
    """A cluster, or the union of the clusters below it.

    Parameters
    ----------
    name : int or str
        What it is called; the number of the cluster in a `ClusterTree`.
    value : array, optional
        Its mean response.
    parent : Node, optional
        The node above; set when that node is made of this one.
    dist : float
        Distance of its children.
    labels : array, optional
        Where its members are in the data.
    children : list of Node, optional
        Nodes below.
    compute_mean : bool
        Set `value` to the mean of the children, weighted by their members.
    verbose : bool
        Accepted for compatibility.

    Attributes
    ----------
    level : int
        Height above the leaves: 0 without children.
    num_nodes : int
        Leaves at or below this node.

    Examples
    --------
    >>> left, right = Node(0, 1.0, labels=[0, 1, 4]), Node(1, 5.0, labels=[2])
    >>> both = Node("both", children=[left, right], compute_mean=True)
    >>> print(both, both.value, both.labels, right.parent is both)
    (both) --> 0,1 2.0 [0 1 4 2] True
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the released package's signature
        self,
        name: Any,
        value: Any = None,
        parent: Node | None = None,
        dist: float = 0,
        labels: ArrayLike | None = None,
        children: Iterable[Node] | None = None,
        compute_mean: bool = False,  # noqa: FBT001, FBT002 - the released package's signature
        verbose: bool = False,  # noqa: ARG002, FBT001, FBT002 - the released package's signature
    ) -> None:
        self.name, self.value, self.parent, self.dist = name, value, parent, dist
        self.children = list(children or ())
        self.labels = None if labels is None else np.asarray(labels)
        self.level, self.num_nodes = 0, 1
        if not self.children:
            return
        self.level = 1 + max(child.level for child in self.children)
        self.num_nodes = sum(child.num_nodes for child in self.children)
        for child in self.children:
            child.parent = self
        if labels is None and all(child.labels is not None for child in self.children):
            self.labels = np.concatenate([np.asarray(c.labels) for c in self.children], axis=-1)
        if compute_mean:
            sizes = [child.size for child in self.children]
            self.value = np.average([c.value for c in self.children], axis=0, weights=sizes)

    @property
    def size(self) -> int:
        """Members; leaves where members are not known."""
        return self.num_nodes if self.labels is None else int(np.shape(self.labels)[-1])

    def __str__(self) -> str:
        below = ",".join(str(child.name) for child in self.children)
        return f"({self.name}) --> {below}" if below else f"({self.name})"


class ClusterTree:
    """A tree of clusters from their linkage.

    Parameters
    ----------
    linkage_pairing : ndarray of shape (clusters - 1, 2 or more)
        The first two columns of `scipy.cluster.hierarchy.linkage`: which two nodes are
        joined in each step.
    labels : ndarray of int
        Cluster of each position, 0 to clusters - 1, negative for none; one axis or more.
    distances : ndarray of shape (clusters - 1,), optional
        Of the nodes that are joined; the third column of a linkage by default, if it is there.
    centroids : ndarray of shape (clusters, ...), optional
        Mean response of each cluster; those of branches follow.

    Attributes
    ----------
    num_leaves : int
        Clusters.
    linkage, labels, centroids
        As given.
    nodes : list of Node
        Leaves first, then branches in the order of the linkage; `Node.labels` has a row of
        indices for each axis of `labels`.
    tree : Node
        The apex.

    Raises
    ------
    ValueError
        When the linkage joins nodes that are not there or already have a parent, or there
        are not as many labels, distances or centroids.

    Examples
    --------
    >>> tree = ClusterTree([[0, 2], [1, 3]], [0, 1, 1, 2], centroids=np.array([0.0, 8.0, 4.0]))
    >>> print(tree.tree, tree.nodes[3].value, tree.tree.value)
    (4) --> 1,3 2.0 5.0
    """

    def __init__(
        self,
        linkage_pairing: ArrayLike,
        labels: ArrayLike,
        distances: ArrayLike | None = None,
        centroids: Any = None,
    ) -> None:
        pairs = np.asarray(linkage_pairing)
        self.linkage: NDArray[Any] = pairs
        self.labels, self.centroids = np.asarray(labels), centroids
        if pairs.ndim != 2 or pairs.shape[1] < 2:
            msg = f"linkage_pairing has shape {pairs.shape}; expected (clusters - 1, 2)"
            raise ValueError(msg)
        self.num_leaves = len(pairs) + 1
        if distances is None and pairs.shape[1] > 2:
            distances = pairs[:, 2]
        heights = np.zeros(len(pairs)) if distances is None else np.asarray(distances)
        self._check(heights)
        self.nodes = [self._leaf(number) for number in range(self.num_leaves)]
        for first, second in pairs[:, :2].astype(int).tolist():
            self._join(first, second, heights)
        self.tree = self.nodes[-1]

    def _check(self, heights: NDArray[Any]) -> None:
        count = self.num_leaves
        largest = self.labels.max(initial=-1)
        if largest >= count:
            msg = f"labels reach to {largest}; there are {count} clusters"
            raise ValueError(msg)
        for name, found, expected in (
            ("distances", len(heights), count - 1),
            ("centroids", count if self.centroids is None else len(self.centroids), count),
        ):
            if found != expected:
                msg = f"there are {found} {name}, expected {expected} for {count} clusters"
                raise ValueError(msg)

    def _leaf(self, number: int) -> Node:
        where = np.stack(np.nonzero(self.labels == number))
        value = None if self.centroids is None else self.centroids[number]
        return Node(number, value, labels=where)

    def _join(self, first: int, second: int, heights: NDArray[Any]) -> None:
        number = len(self.nodes)
        for one in (first, second):
            if not 0 <= one < number or self.nodes[one].parent is not None or first == second:
                msg = f"the linkage joins {first} and {second} to {number}: {one} is not free"
                raise ValueError(msg)
        Node(
            number,
            dist=heights[number - self.num_leaves],
            children=[self.nodes[first], self.nodes[second]],
            compute_mean=self.centroids is not None,
        )
        parent = self.nodes[first].parent
        if parent is not None:
            self.nodes.append(parent)
