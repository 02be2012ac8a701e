"""Start values from other spectra: those that look alike, and those next door.

Spectra of one material look alike.  A guess that fails on one noisy spectrum succeeds on
the mean of many similar ones, so `kmeans_start` groups the spectra by shape, fits the mean
of each group and starts its members there.  `neighbour_start` gives a fit that failed the
result of converged neighbours on the grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .fit import batch_fit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "Clusters", "KMeansPrior", "cluster_spectra", "filled", "kmeans_start", "neighbour_start",
]  # fmt: skip


#: Spectra that the centres are computed from, and steps, at most.
_SAMPLE, _STEPS = 20_000, 50


class Clusters(NamedTuple):
    """Spectra grouped by shape."""

    means: NDArray[Any]
    """Mean of the members of each group, shape (clusters, points); empty groups are gone."""
    labels: NDArray[np.intp]
    """Group of each spectrum, shape (problems,)."""
    centres: Floats
    """Shape of each group: its centre among spectra brought to the range 0..1."""

    def nearest(self, y: ArrayLike) -> NDArray[np.intp]:
        """Return the group that each of other spectra is nearest to in shape."""
        from scipy.cluster.vq import vq

        return np.asarray(vq(_shapes(np.atleast_2d(np.asarray(y))), self.centres)[0], np.intp)


def cluster_spectra(y: ArrayLike, clusters: int = 10, *, seed: int = 0) -> Clusters:
    """Group spectra whose shapes are alike by k-means.

    Each spectrum is first brought to the range 0..1, so that height and offset do not
    count; complex ones by the range of their real and imaginary parts together.

    Parameters
    ----------
    y : ndarray of shape (problems, points)
        Spectra, real or complex; missing points count as the mean of their spectrum.
    clusters : int
        Number of groups at most.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    Clusters
        Means of the spectra as they are, and the group of each.

    Raises
    ------
    ValueError
        When `clusters` is not positive.

    Notes
    -----
    Lloyd's iteration from k-means++ centres [1]_, O(spectra * points * clusters) per step,
    on at most 20,000 spectra; the others join the nearest group.

    References
    ----------
    .. [1] Arthur, Vassilvitskii, Proc. 18th ACM-SIAM SODA, 1027 (2007)

    Examples
    --------
    >>> import numpy as np
    >>> ramp = np.arange(5.0)
    >>> found = cluster_spectra([ramp, 3 * ramp + 1, -ramp], 2)
    >>> bool(found.labels[0] == found.labels[1] != found.labels[2])
    True
    """
    if clusters < 1:
        msg = f"clusters is {clusters}; spectra need one group at least"
        raise ValueError(msg)
    y = np.atleast_2d(np.asarray(y))
    shapes = _shapes(y)
    labels, centres = _grouped(shapes, min(clusters, len(y)), np.random.default_rng(seed))
    used, labels = np.unique(labels, return_inverse=True)
    y = filled(y)
    means = np.stack([y[labels == group].mean(axis=0) for group in range(len(used))])
    return Clusters(means, labels.astype(np.intp), centres[used])


def _shapes(y: NDArray[Any]) -> Floats:
    """Bring spectra to the range 0..1; complex ones as their two parts side by side."""
    y = filled(y)
    shapes = np.concatenate([y.real, y.imag], axis=1) if np.iscomplexobj(y) else y
    low = shapes.min(axis=1, keepdims=True)
    span = shapes.max(axis=1, keepdims=True) - low
    return np.ascontiguousarray((shapes - low) / np.where(span > 0, span, 1.0), np.float64)


def _grouped(
    shapes: Floats, number: int, random: np.random.Generator
) -> tuple[NDArray[np.intp], Floats]:
    """Return the group of each row, and the centres of the groups, by k-means."""
    from scipy.cluster.vq import vq

    sample = shapes
    if len(shapes) > _SAMPLE:
        sample = shapes[np.sort(random.choice(len(shapes), _SAMPLE, replace=False))]
    centres = _spread_centres(sample, number, random)
    before = None
    for _ in range(_STEPS):
        labels = vq(sample, centres)[0]
        if before is not None and np.array_equal(labels, before):
            break
        before = labels
        for group in np.unique(labels):  # an empty group keeps its centre
            centres[group] = sample[labels == group].mean(axis=0)
    return np.asarray(vq(shapes, centres)[0], np.intp), centres


def _spread_centres(rows: Floats, number: int, random: np.random.Generator) -> Floats:
    """Choose rows as centres, each with a chance that grows with its distance from others."""
    centres = [rows[random.integers(len(rows))]]
    nearest = np.full(len(rows), np.inf)
    while len(centres) < number:
        nearest = np.minimum(nearest, ((rows - centres[-1]) ** 2).sum(axis=1))
        total = nearest.sum()
        if total <= 0:  # fewer different rows than groups
            break
        centres.append(rows[random.choice(len(rows), p=nearest / total)])
    return np.array(centres)


def filled(y: NDArray[Any]) -> NDArray[Any]:
    """Replace missing points, for guesses, on a line between their neighbours.

    Parameters
    ----------
    y : ndarray of shape (rows, points)
        Real or complex; the same array comes back when nothing is missing.

    Returns
    -------
    ndarray of shape (rows, points)
        Zero where a whole row is missing.
    """
    valid = np.isfinite(y)
    if valid.all():
        return y
    y, index = np.array(y), np.arange(y.shape[1])
    for row in np.flatnonzero(~valid.all(axis=1)):
        good = valid[row]
        y[row] = np.interp(index, index[good], y[row, good]) if good.any() else 0
    return y


def kmeans_start(
    model: Callable[..., Any],
    y: ArrayLike,
    guess: Callable[[NDArray[Any]], ArrayLike],
    *,
    clusters: int = 10,
    seed: int = 0,
    **options: Any,
) -> Floats:
    """Return start values from fits of groups of similar spectra.

    Parameters
    ----------
    model : callable
        As for `sidpy.proc.fit.batch_fit`.
    y : ndarray of shape (problems, points)
        Spectra.
    guess : callable
        ``guess(spectra)`` returns start values, shape (rows, parameters), for the means.
    clusters : int
        Number of groups at most.
    seed : int
        Seed of the random numbers.
    **options
        For `batch_fit`: x, bounds, jacobian, loss, ...

    Returns
    -------
    ndarray of shape (problems, parameters)
        The result of the group of each spectrum; of a group whose fit failed, its guess.
    """
    prior = KMeansPrior.of(model, y, guess, clusters=clusters, seed=seed, **options)
    return prior.parameters[prior.clusters.labels]


@dataclass(frozen=True, slots=True)
class KMeansPrior:
    """Fits of groups of similar spectra, to start others like them from."""

    clusters: Clusters
    parameters: Floats
    """Shape (clusters, parameters)."""

    @classmethod
    def of(
        cls,
        model: Callable[..., Any],
        y: ArrayLike,
        guess: Callable[[NDArray[Any]], ArrayLike],
        *,
        clusters: int = 10,
        seed: int = 0,
        **options: Any,
    ) -> KMeansPrior:
        """Group spectra and fit the mean of each group; see `kmeans_start`."""
        found = cluster_spectra(y, clusters, seed=seed)
        start = np.asarray(guess(found.means), np.float64)
        fit = batch_fit(model, found.means, start, **options)
        return cls(found, np.where(fit.converged[:, None], fit.parameters, start))

    def start(self, y: ArrayLike) -> Floats:
        """Return start values of spectra, shape (rows, parameters)."""
        return self.parameters[self.clusters.nearest(y)]


def neighbour_start(parameters: Floats, failed: NDArray[np.bool_], steps: int = 1) -> Floats:
    """Return the median result of converged neighbours for fits on a grid.

    Parameters
    ----------
    parameters : ndarray of shape (*grid, parameters)
        Results; those that failed are not used.
    failed : ndarray of bool, shape (*grid,)
        Which fits want a start.
    steps : int
        How many pixels away a neighbour may be, along each axis.

    Returns
    -------
    ndarray of shape (*grid, parameters)
        Start values; NaN where no neighbour has converged, and where nothing failed.

    Examples
    --------
    >>> import numpy as np
    >>> results = np.array([[1.0], [np.nan], [3.0]])
    >>> neighbour_start(results, np.isnan(results[:, 0])).ravel()
    array([nan,  2., nan])
    """
    grid = failed.shape
    start = np.full(parameters.shape, np.nan)
    for place in np.argwhere(failed):
        window = tuple(
            slice(max(i - steps, 0), min(i + steps + 1, n))
            for i, n in zip(place, grid, strict=True)
        )
        good = parameters[window][~failed[window]]
        if len(good):
            start[tuple(place)] = np.median(good, axis=0)
    return start
