"""Positions in groups of like responses, with the mean response of each group.

`cluster` runs the estimators of scikit-learn on datasets; the `Clustering` it returns knows
how good the groups are, and their tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np

from pycroscopy._inputs import as_dataset
from sidpy.base.optional import needed
from sidpy.sid.operations import operation

from .cluster_order import cluster_tree, reorder_clusters
from .cluster_scores import bayesian_count, fewer_allowed, gap_statistic, scores
from .layout import Labels, Layout, finite_rows, maps, matrix, spectra

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy
    from pycroscopy.stats.tree import ClusterTree

__all__ = ["Clustering", "cluster"]

Method = Literal[
    "kmeans", "minibatch", "gaussian", "dbscan", "hdbscan", "agglomerative", "spectral"
]

#: Class of scikit-learn, the argument that counts clusters, and what we set beyond its defaults.
_ESTIMATORS: Final[dict[str, tuple[str, str | None, dict[str, Any]]]] = {
    "kmeans": ("cluster.KMeans", "n_clusters", {"n_init": 10}),
    "minibatch": ("cluster.MiniBatchKMeans", "n_clusters", {"n_init": 10}),
    "gaussian": ("mixture.GaussianMixture", "n_components", {"n_init": 3}),
    "dbscan": ("cluster.DBSCAN", None, {}),
    "hdbscan": ("cluster.HDBSCAN", None, {"copy": True}),
    "agglomerative": ("cluster.AgglomerativeClustering", "n_clusters", {}),
    "spectral": ("cluster.SpectralClustering", "n_clusters", {}),
}

#: Estimators that draw random numbers.
_RANDOM: Final = ("kmeans", "minibatch", "gaussian", "spectral")

#: Numbers of clusters that are tried when nobody gives one.
_TRIED: Final = range(1, 11)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Clustering:
    """Positions in groups."""

    labels: sidpy.Dataset
    """Group of each position, from 0; -1 for noise and where the data are not finite."""
    responses: sidpy.Dataset
    """Mean response of each group: ``component_number`` and the spectral axes."""
    spread: sidpy.Dataset
    """Standard deviation in each group, of the shape of the responses; real."""
    sizes: NDArray[np.intp]
    """Positions in each group."""
    scores: dict[str, float]
    """As `pycroscopy.learn.cluster_scores.scores`; ``bic`` for mixtures."""
    probabilities: sidpy.Dataset | None
    """Of each group at each position, for mixtures."""

    def __repr__(self) -> str:
        known = ", ".join(f"{name} {value:.3g}" for name, value in self.scores.items())
        return f"{len(self.sizes)} clusters of {self.sizes.tolist()} positions; {known}"

    def tree(self) -> ClusterTree:
        """Return which groups are alike, as a tree of their mean responses."""
        return cluster_tree(np.asarray(self.labels), np.asarray(self.responses))

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw the labels, the mean responses with their spread, and the tree.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.clusters import draw_clusters

        return draw_clusters(self, figure)


class _Found(NamedTuple):
    labels: NDArray[np.intp]
    probabilities: NDArray[np.float64] | None
    bic: float | None


@operation(name="pycroscopy.learn.cluster")
def cluster(
    data: Any,
    n_clusters: int | Literal["auto"] | None = "auto",
    *,
    method: Method = "kmeans",
    row_axes: Sequence[int] | None = None,
    reorder: bool = True,
    random_state: int | None = None,
    options: dict[str, Any] | None = None,
) -> Clustering:
    """Group positions by their responses.

    Parameters
    ----------
    data : Dataset or array of two axes or more, real or complex
        The spatial axes are the positions. Abundances of a decomposition are good data:
        few numbers, little noise. Positions with NaN or infinity are left out, with a
        warning, and get the label -1.
    n_clusters : int, "auto" or None
        How many. "auto" tries 1 to 10 and takes the gap statistic, or for "gaussian" the
        Bayesian information criterion. "dbscan" and "hdbscan" find the number themselves.
    method : {"kmeans", "minibatch", "gaussian", "dbscan", "hdbscan", "agglomerative", "spectral"}
        The estimator of scikit-learn.
    row_axes : sequence of int, optional
        Axes that are positions, if not the spatial ones.
    reorder : bool
        Number the clusters in the order of their tree, so that similar ones are
        neighbours.
    random_state : int, optional
        Drawn and written into the history by default.
    options : dict, optional
        Further arguments of the estimator, ``{"eps": 0.3}``.

    Returns
    -------
    Clustering
        Labels, mean responses in the units and type of the data, scores.

    Raises
    ------
    ValueError
        For an unknown method, or more clusters than positions.
    MissingDependency
        Without scikit-learn.

    Notes
    -----
    Reads the data into memory. Complex responses are grouped by both parts together.

    Examples
    --------
    >>> curves = np.repeat([[0.0, 1.0, 0.0], [1.0, 1.0, 1.0], [5.0, 0.0, 0.0]], [3, 4, 2], axis=0)
    >>> found = cluster(curves, 3, random_state=0)
    >>> sorted(found.sizes.tolist()), found.responses.shape
    ([2, 3, 4], (3, 3))
    """
    if method not in _ESTIMATORS:
        msg = f"method is {method!r}; it can be one of {tuple(_ESTIMATORS)}"
        raise ValueError(msg)
    dataset = as_dataset(data)
    layout = Layout.of(dataset, row_axes)
    values = matrix(dataset, layout)
    good = finite_rows(values, dataset.title)
    kept = values[good]
    features = _features(kept)
    seed = int(random_state or 0)
    count = _count(features, n_clusters, method, seed)
    found = _estimated(features, count, (method, seed), options or {})
    labels, means = _means(kept, found.labels)
    if reorder:
        labels, means = reorder_clusters(labels, means)
    # what each number was for the estimator
    order = [int(found.labels[labels == number][0]) for number in range(len(means))]
    quality = scores(features, labels, seed)
    if found.bic is not None:
        quality["bic"] = found.bic
    everywhere = np.full(len(values), -1)
    everywhere[good] = labels
    chances = None
    if found.probabilities is not None:
        chances = np.full((len(values), len(order)), np.nan)
        chances[good] = found.probabilities[:, order]
    return _clustering(dataset, layout, (everywhere, means, chances), (kept, labels, quality))


def _features(values: NDArray[Any]) -> NDArray[np.float64]:
    if values.dtype.kind == "c":
        return np.concatenate([values.real, values.imag], axis=1).astype(np.float64)
    return values.astype(np.float64)


def _count(features: NDArray[Any], n_clusters: Any, method: str, seed: int) -> int | None:
    if _ESTIMATORS[method][1] is None:
        return None
    if n_clusters == "auto" or n_clusters is None:
        tried = range(1, min(len(_TRIED), len(features)) + 1)
        if method == "gaussian":
            return bayesian_count(features, tried, random_state=seed)[0]
        return gap_statistic(features, tried, random_state=seed).best
    if not isinstance(n_clusters, int | np.integer) or not 1 <= n_clusters <= len(features):
        msg = f"n_clusters is {n_clusters!r}; expected 'auto' or 1 to {len(features)} positions"
        raise ValueError(msg)
    return int(n_clusters)


def _estimated(
    features: NDArray[Any], count: int | None, how: tuple[str, int], options: dict[str, Any]
) -> _Found:
    method, seed = how
    address, argument, ours = _ESTIMATORS[method]
    module, _, name = address.partition(".")
    library = needed(f"sklearn.{module}", f"clustering by {method!r}", "pycroscopy[learn]")
    settings = {**ours, **({"random_state": seed} if method in _RANDOM else {})}
    if argument is not None and "distance_threshold" not in options:
        settings[argument] = count
    elif argument is not None:
        settings[argument] = None
    if count == 1 and method in {"agglomerative", "spectral"}:
        return _Found(np.zeros(len(features), int), None, None)
    model = getattr(library, name)(**{**settings, **options})
    with fewer_allowed():
        labels = np.asarray(model.fit_predict(features))
    labels = np.where(labels < 0, -1, labels)  # HDBSCAN has more than one kind of noise
    if method != "gaussian":
        return _Found(labels, None, None)
    return _Found(labels, model.predict_proba(features), float(model.bic(features)))


def _means(values: NDArray[Any], labels: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Mean of each cluster that has members, by their first: estimators number at random."""
    used, first = np.unique(labels[labels >= 0], return_index=True)
    used = used[np.argsort(first)]
    numbers = np.full(max(int(labels.max(initial=0)) + 1, 1), -1)
    numbers[used] = np.arange(len(used))
    labels = np.where(labels >= 0, numbers[np.maximum(labels, 0)], -1)
    kind = np.complex128 if values.dtype.kind == "c" else np.float64
    means = [values[labels == k].mean(axis=0, dtype=kind) for k in range(len(used))]
    return labels, np.asarray(means).reshape(len(used), values.shape[1])


def _clustering(
    dataset: sidpy.Dataset,
    layout: Layout,
    found: tuple[Any, Any, Any],
    judged: tuple[Any, Any, dict[str, float]],
) -> Clustering:
    everywhere, means, chances = found
    values, labels, quality = judged
    spread = [values[labels == k].std(axis=0) for k in range(len(means))]
    image = "IMAGE" if len(layout.rows) == 2 else "UNKNOWN"
    family = Labels("mean responses", "LINE_PLOT_FAMILY", has_units=True)
    where = maps(dataset, layout, everywhere, Labels("clusters", image, has_units=False))
    where.quantity, where.units = "cluster", "a.u."
    stack = Labels("probabilities", "IMAGE_STACK", has_units=False)
    result = Clustering(
        labels=where,
        responses=spectra(dataset, layout, means, family),
        spread=spectra(
            dataset,
            layout,
            np.asarray(spread, np.float64).reshape(means.shape),
            family._replace(title="spread of responses"),
        ),
        sizes=np.bincount(labels[labels >= 0], minlength=len(means)),
        scores=quality,
        probabilities=None if chances is None else maps(dataset, layout, chances, stack),
    )
    where.metadata["scores"] = quality
    return result
