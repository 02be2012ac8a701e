"""Trees of clusters at their classic address; prefer `pycroscopy.stats`."""

from pycroscopy.stats.tree import ClusterTree, Node

__all__ = ["ClusterTree", "Node"]
