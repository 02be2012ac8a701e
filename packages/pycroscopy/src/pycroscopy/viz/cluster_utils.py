"""Pictures of clusters by the names of classic pycroscopy; prefer `draw_clusters`."""

from __future__ import annotations

from .classic import (
    plot_cluster_centroids,
    plot_cluster_dendrogram,
    plot_cluster_h5_group,
    plot_cluster_labels,
)

__all__ = [
    "plot_cluster_centroids", "plot_cluster_dendrogram", "plot_cluster_h5_group",
    "plot_cluster_labels",
]  # fmt: skip
