"""Clusters of iris and digits: adjusted Rand index, and agreement with scikit-learn.

Needs scikit-learn.  Agreement of one means the same groups, whatever their numbers.
"""

import numpy as np
from _rows import Rows
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits, load_iris
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from pycroscopy.learn import cluster


def main():
    rows = Rows("clusters")
    for name, bunch, method, peer, reference in (
        ("k-means, iris", load_iris(), "kmeans", KMeans(3, n_init=10, random_state=0), 0.730),
        ("mixture, iris", load_iris(), "gaussian",
         GaussianMixture(3, n_init=3, random_state=0), 0.904),
        ("k-means, digits", load_digits(), "kmeans",
         KMeans(10, n_init=10, random_state=0), 0.666),
    ):  # fmt: skip
        found = cluster(bunch.data, len(bunch.target_names), method=method, random_state=0)
        labels = np.asarray(found.labels)
        rows.least(f"{name}: adjusted Rand index", limit=1, reference=reference - 0.001,
                   ours=adjusted_rand_score(bunch.target, labels))  # fmt: skip
        rows.least(f"{name}: agreement with scikit-learn", limit=1, reference=1,
                   ours=adjusted_rand_score(peer.fit_predict(bunch.data), labels))  # fmt: skip
    rows.finish()


if __name__ == "__main__":
    main()
