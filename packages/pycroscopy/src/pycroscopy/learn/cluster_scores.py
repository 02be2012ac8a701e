"""How good a clustering is, and how many clusters there are.

References
----------
.. [1] Rousseeuw, J. Comput. Appl. Math. 20, 53 (1987), doi:10.1016/0377-0427(87)90125-7
.. [2] Davies, Bouldin, IEEE Trans. Pattern Anal. 1, 224 (1979),
       doi:10.1109/TPAMI.1979.4766909
.. [3] Calinski, Harabasz, Commun. Stat. 3, 1 (1974), doi:10.1080/03610927408827101
.. [4] Tibshirani, Walther, Hastie, J. R. Stat. Soc. B 63, 411 (2001),
       doi:10.1111/1467-9868.00293
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sidpy.base.optional import needed
from sidpy.proc.progress import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["Gap", "bayesian_count", "fewer_allowed", "gap_statistic", "scores"]

#: Positions of which a silhouette is the mean; all pairs of them are measured.
_SAMPLE = 5000


def scores(
    values: NDArray[Any], labels: NDArray[np.intp], random_state: int = 0
) -> dict[str, float]:
    """Measure how compact and how separate clusters are.

    Parameters
    ----------
    values : ndarray of shape (positions, features)
        Real and finite.
    labels : ndarray of shape (positions,)
        Clusters; positions with negative ones do not count.
    random_state : int
        Chooses 5000 positions for the silhouette where there are more.

    Returns
    -------
    dict
        ``silhouette`` [1]_, 1 is best and below 0 wrong; ``davies_bouldin`` [2]_, 0 is
        best; ``calinski_harabasz`` [3]_, more is better. NaN for fewer than two clusters.
    """
    metrics = needed("sklearn.metrics", "a score of clusters", "pycroscopy[learn]")
    kept = labels >= 0
    values, labels = values[kept], labels[kept]
    names = ("silhouette", "davies_bouldin", "calinski_harabasz")
    if not 1 < len(np.unique(labels)) < len(values):
        return dict.fromkeys(names, np.nan)
    few = min(_SAMPLE, len(values))
    options = {} if few == len(values) else {"sample_size": few, "random_state": random_state}
    return {
        "silhouette": float(metrics.silhouette_score(values, labels, **options)),
        "davies_bouldin": float(metrics.davies_bouldin_score(values, labels)),
        "calinski_harabasz": float(metrics.calinski_harabasz_score(values, labels)),
    }


@contextmanager
def fewer_allowed() -> Iterator[None]:
    """Let an estimator find fewer clusters than asked for: its labels tell how many."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Number of distinct clusters")
        yield


class Gap(NamedTuple):
    """Gap statistic of several numbers of clusters."""

    counts: NDArray[np.intp]
    """Numbers that were tried."""
    gap: NDArray[np.float64]
    """How much more compact clusters are than those of structureless data, in logarithms."""
    error: NDArray[np.float64]
    """Standard deviation of the gap, from the simulated data."""
    best: int
    """Smallest number whose gap is within one error of the largest: unlike a comparison with
    the next number only, it sees three groups in a line."""


def gap_statistic(
    values: NDArray[Any], counts: Sequence[int], *, references: int = 20, random_state: int = 0
) -> Gap:
    """Compare k-means clusters with those of data without any [4]_.

    Parameters
    ----------
    values : ndarray of shape (positions, features)
        Real and finite.
    counts : sequence of int
        Numbers of clusters to try, consecutive.
    references : int
        Structureless data sets, uniform in the box along the principal axes.
    random_state : int
        Of the references and of k-means.

    Returns
    -------
    Gap
        With the number chosen.

    Examples
    --------
    >>> r = np.random.default_rng(0)
    >>> values = np.concatenate([r.normal(x, 0.3, (40, 2)) for x in (0, 4, 8)])
    >>> gap_statistic(values, range(1, 6)).best
    3
    """
    cluster = needed("sklearn.cluster", "the gap statistic", "pycroscopy[learn]")
    tried = np.asarray(list(counts))
    rng = np.random.default_rng(random_state)
    centred = values - values.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2]
    along = centred @ axes.T
    low, high = along.min(axis=0), along.max(axis=0)

    def spread(points: NDArray[Any], count: int) -> float:
        model = cluster.KMeans(int(count), n_init=3, random_state=random_state)
        with fewer_allowed():
            model.fit(points)
        return float(np.log(max(model.inertia_, 1e-300)))

    found = np.array([spread(along, count) for count in tried])
    simulated = np.empty((references, len(tried)))
    with counted("gap statistic", references) as advance:
        for row in simulated:
            points = rng.uniform(low, high, along.shape)
            row[:] = [spread(points, count) for count in tried]
            advance(1)
    gap = simulated.mean(axis=0) - found
    error = simulated.std(axis=0) * np.sqrt(1 + 1 / references)
    largest = int(gap.argmax())
    enough = np.flatnonzero(gap >= gap[largest] - error[largest])
    return Gap(tried, gap, error, int(tried[enough[0]]))


def bayesian_count(
    values: NDArray[Any], counts: Sequence[int], *, random_state: int = 0
) -> tuple[int, NDArray[np.float64]]:
    """Choose the number of Gaussians by the Bayesian information criterion.

    Parameters
    ----------
    values : ndarray of shape (positions, features)
        Real and finite.
    counts : sequence of int
        Numbers to try.
    random_state : int
        Of the starts.

    Returns
    -------
    best : int
        With the least criterion.
    criteria : ndarray
        Of each number.
    """
    mixture = needed("sklearn.mixture", "a mixture of Gaussians", "pycroscopy[learn]")
    tried = list(counts)
    found = [
        mixture.GaussianMixture(k, n_init=3, random_state=random_state).fit(values).bic(values)
        for k in tried
    ]
    return tried[int(np.argmin(found))], np.asarray(found)
