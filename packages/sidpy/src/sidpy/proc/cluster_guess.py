"""Start values from groups of similar curves.

A measurement holds few kinds of curves many times.  Curves are grouped by k-means after
each was brought to the range 0 to 1, the mean of every group is fitted from several
starts, and the best result is where the fits of its members begin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.errors import LabelValueError

from .pixelwise import Recipe, first_starts, fit_block
from .user_models import split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .curves import Curves

    Floats = NDArray[np.float64]

__all__ = ["Clusters", "cluster_starts"]

#: Curves that the centres are found from, spread evenly over the data.
_SAMPLE = 20_000
#: Starts for the mean of a group, the plain guess among them.
_STARTS = 16
_SEED = 0


@dataclass(frozen=True, slots=True)
class Clusters:
    """Groups of similar curves and the fits of their means."""

    centers: NDArray[Any]
    """Mean curve of each group, shape (clusters, points), in the units of the data."""
    labels: NDArray[np.int32]
    """Group of each curve, shape (curves,)."""
    parameters: Floats
    """Best parameters of each mean, shape (clusters, parameters)."""

    @property
    def starts(self) -> Floats:
        """Start values of each curve, shape (curves, parameters)."""
        return self.parameters[self.labels]


def cluster_starts(curves: Curves, recipe: Recipe, clusters: int) -> Clusters:
    """Group curves and fit the mean of each group.

    Parameters
    ----------
    curves : Curves
        The data; computed once and held in memory.
    recipe : Recipe
        As for the fits that follow.
    clusters : int
        Groups, at most; there are no more than curves.

    Raises
    ------
    ValueError
        For less than one group, or when no curve is free of gaps.
    """
    if clusters < 1:
        msg = f"curves fall into 1 cluster or more, found {clusters}"
        raise LabelValueError(msg)
    rows = curves.rows()
    whole = np.isfinite(rows).all(axis=1)
    if not whole.any():
        msg = "no curve is without gaps: there is nothing to group; fit without k-means"
        raise LabelValueError(msg)
    labels = np.zeros(len(rows), np.int32)
    labels[whole] = _labels(_features(rows[whole]), min(clusters, np.count_nonzero(whole)))
    centers = np.stack([
        rows[whole & (labels == number)].mean(axis=0) for number in range(labels.max() + 1)
    ])  # fmt: skip
    return Clusters(centers, labels, _best(recipe, centers))


def _features(rows: NDArray[Any]) -> Floats:
    """Return curves brought to the range 0 to 1 each."""
    values = split(rows)
    low = values.min(axis=1, keepdims=True)
    span = np.ptp(values, axis=1, keepdims=True)
    return (values - low) / np.where(span > 0, span, 1)


def _labels(features: Floats, clusters: int) -> NDArray[np.int32]:
    """Return the group of each row; every group has members."""
    from scipy.cluster.vq import kmeans, vq

    sample = features[:: -(-len(features) // _SAMPLE)]
    centers, _ = kmeans(sample, _spread(sample, clusters))
    labels, _ = vq(features, centers)
    return np.unique(labels, return_inverse=True)[1].astype(np.int32)


def _spread(sample: Floats, clusters: int) -> Floats:
    """Return rows far from each other as first centres, by k-means++ with a fixed seed.

    Source: Arthur, Vassilvitskii, Proc. SODA 2007, 1027, doi:10.5555/1283383.1283494
    """
    generator = np.random.default_rng(_SEED)
    chosen = [int(generator.integers(len(sample)))]
    distance = np.full(len(sample), np.inf)
    while len(chosen) < clusters:
        distance = np.minimum(distance, ((sample - sample[chosen[-1]]) ** 2).sum(axis=1))
        if not distance.any():
            break  # no more different curves
        chosen.append(int(generator.choice(len(sample), p=distance / distance.sum())))
    return sample[chosen]


def _best(recipe: Recipe, centers: NDArray[Any]) -> Floats:
    """Fit each mean from several starts and return what fits best, or its first start."""
    first = first_starts(recipe, centers)
    generator = np.random.default_rng(_SEED)
    spread = generator.normal(0, 0.3, (_STARTS, 1, first.shape[1]))
    spread[0] = 0
    starts = first * np.exp(spread) + 0.1 * spread * (first == 0)
    curves = np.broadcast_to(centers, (_STARTS, *centers.shape))
    shape = (-1, first.shape[1])
    found = fit_block(recipe, curves, starts.reshape(shape)).parameters
    misfit = np.square(recipe.model.each(found) - split(curves.reshape(len(found), -1))).sum(
        axis=1
    )
    misfit = np.where(np.isfinite(misfit), misfit, np.inf).reshape(_STARTS, -1)
    best = misfit.argmin(axis=0)
    columns = np.arange(len(centers))
    failed = ~np.isfinite(misfit[best, columns])
    return np.where(failed[:, None], first, found.reshape(starts.shape)[best, columns])
