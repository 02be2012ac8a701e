"""Counts whose expected values are sums of known shapes, fitted by their likelihood.

The maximum of the likelihood of Poisson counts is a least-squares fit weighed by the inverse of
the counts it expects [1]_; a few steps find it.  A spectrum of few counts does not know its
weights: what it expects itself then counts for as much as it has counts, and what the mean
spectrum lets expect for the rest.  The weights hardly follow the noise that way: the bias of
amplitudes stays at some hundredths of their error at any number of counts.  They may be negative
where there is nothing.

References
----------
.. [1] Wedderburn, Biometrika 61, 439 (1974), doi:10.1093/biomet/61.3.439
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LinearFit", "fit_linear", "fit_one", "smooth_counts"]

#: Steps; amplitudes change by less than a hundredth of their error in the last.
_STEPS: Final = 4

#: Steps of the fit of one spectrum, from no knowledge of its weights.
_STEPS_OF_ONE: Final = 30

#: Counts of a spectrum that know its weights as well as the mean does.
_TRUST: Final = 300.0

#: Channels over which counts are averaged for first weights.
_SPAN: Final = 31


class LinearFit(NamedTuple):
    """Fits of columns @ amplitudes to rows of counts; NaN where there is none."""

    amplitudes: NDArray[np.float64]
    """Shape (rows, columns)."""
    covariance: NDArray[np.float64]
    """Shape (rows, columns, columns), for counts of one photon each."""
    misfit: NDArray[np.float64]
    """Pearson's chi square over the degrees of freedom: one for photons that are counted."""


def fit_linear(
    counts: NDArray[Any],
    columns: NDArray[Any],
    mean: NDArray[Any],
    used: NDArray[Any],
    lines: int = 0,
) -> LinearFit:
    """Fit rows of counts.

    Parameters
    ----------
    counts : ndarray of shape (rows, channels)
        Not finite where missing.
    columns : ndarray of shape (channels, columns)
        What a count of each is by channel.
    mean : ndarray of shape (channels,)
        Expected counts of the mean spectrum; above zero where used.
    used : ndarray of bool, shape (channels,)
        Which take part.
    lines : int
        How many of the first columns have no counts below zero but by noise.

    Returns
    -------
    LinearFit
        NaN for a row with no more channels than columns, with a sum that is not above zero,
        or with channels missing that a column is all made of.
    """
    counts, columns, mean = counts[:, used], columns[used], mean[used]
    present = np.isfinite(counts)
    counts = np.where(present, counts, 0.0)
    total = counts.sum(axis=1)
    good = (total > 0) & (present.sum(axis=1) > columns.shape[1])
    amplitudes, covariance, misfit = _nothing(len(counts), columns.shape[1])
    if good.any():
        weight = present[good].astype(float)
        found = _scored(counts[good], columns, mean, weight, lines)
        amplitudes[good], covariance[good], misfit[good] = found
    return LinearFit(amplitudes, covariance, misfit)


def _nothing(rows: int, columns: int) -> LinearFit:
    return LinearFit(
        np.full((rows, columns), np.nan),
        np.full((rows, columns, columns), np.nan),
        np.full(rows, np.nan),
    )


def _scored(
    counts: NDArray[Any],
    columns: NDArray[Any],
    mean: NDArray[Any],
    present: NDArray[Any],
    lines: int,
) -> LinearFit:
    """Step from the weights of the mean spectrum towards those of each row."""
    scale = counts.sum(axis=1) / (present @ mean)
    expected = scale[:, None] * mean
    own = (counts.sum(axis=1) / (counts.sum(axis=1) + _TRUST))[:, None]
    variance = expected
    for _ in range(_STEPS):
        amplitudes = _solved(counts, columns, present / variance)[0]
        model = amplitudes @ columns.T
        variance = own * np.maximum(model, 0.0) + (1 - own) * expected
        # what a row expects may vanish where the mean does not: keep a weight finite
        variance = np.maximum(variance, 1e-6 * expected)
    amplitudes, inverse = _solved(counts, columns, present / variance)
    model = amplitudes @ columns.T
    noise = np.maximum(_likely(amplitudes, lines) @ columns.T, 0.0)
    covariance = _sandwich(inverse, columns, present / variance, noise)
    degrees = present.sum(axis=1) - columns.shape[1]
    misfit = (present * (counts - model) ** 2 / variance).sum(axis=1) / degrees
    lost = ~np.isfinite(amplitudes).all(axis=1)
    misfit[lost], covariance[lost] = np.nan, np.nan
    return LinearFit(amplitudes, covariance, misfit)


def _likely(amplitudes: NDArray[Any], lines: int) -> NDArray[np.float64]:
    """Return amplitudes by which errors are told: those of lines below zero by half.

    Kept as they are, they would make the error of a line that is not there too small where
    it is below zero by chance; cut off at zero, too large on average.
    """
    found = amplitudes.copy()
    first = found[:, :lines]
    first[first < 0] *= 0.5
    return np.asarray(found)


def _sandwich(
    inverse: NDArray[Any], columns: NDArray[Any], weight: NDArray[Any], variance: NDArray[Any]
) -> NDArray[np.float64]:
    """Return the covariance of weighted sums of counts of a given variance."""
    middle = _information(columns, weight**2 * variance)
    return np.asarray(inverse @ middle @ inverse)


def _solved(
    counts: NDArray[Any], columns: NDArray[Any], weight: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return weighted least squares of rows, and the inverse of their information."""
    information = _information(columns, weight)
    right = (weight * counts) @ columns
    size = np.sqrt(np.einsum("nii->ni", information))
    bad = ~(size > 0).all(axis=1)
    size = np.where(size > 0, size, 1.0)
    scaled = information / size[:, :, None] / size[:, None, :]
    bad |= np.linalg.eigvalsh(scaled)[:, 0] < 1e-12
    scaled[bad] = np.eye(columns.shape[1])
    inverse = np.linalg.inv(scaled) / size[:, :, None] / size[:, None, :]
    inverse[bad] = np.nan
    return np.einsum("nij,nj->ni", inverse, right), inverse


def _information(columns: NDArray[Any], weight: NDArray[Any]) -> NDArray[np.float64]:
    """Return columns.T @ diag(weight) @ columns of each row, by one product of matrices."""
    i, j = np.tril_indices(columns.shape[1])
    products = weight @ (columns[:, i] * columns[:, j])
    found = np.empty((len(weight), columns.shape[1], columns.shape[1]))
    found[:, i, j] = products
    found[:, j, i] = products
    return found


def smooth_counts(counts: NDArray[Any]) -> NDArray[np.float64]:
    """Return what a spectrum may expect by its neighbouring channels: above zero.

    Parameters
    ----------
    counts : ndarray of shape (channels,)
        Finite; of a sum above zero.
    """
    span = np.ones(_SPAN)
    around = np.convolve(counts, span, "same") / np.convolve(np.ones(len(counts)), span, "same")
    return np.asarray(np.maximum(around, 1e-3 * max(counts.mean(), 1e-300)))


def fit_one(
    counts: NDArray[Any], columns: NDArray[Any], used: NDArray[Any]
) -> tuple[LinearFit, NDArray[np.float64]]:
    """Fit one spectrum, for instance a mean, of whose weights nothing is known.

    Parameters
    ----------
    counts : ndarray of shape (channels,)
        Not finite where missing.
    columns : ndarray of shape (channels, columns)
        What a count of each is by channel.
    used : ndarray of bool, shape (channels,)
        Which take part.

    Returns
    -------
    fit : LinearFit of one row
        NaN where there are too few channels, or no counts.
    expected : ndarray of shape (channels,)
        Counts by channel, above zero.
    """
    present = (np.isfinite(counts) & used).astype(float)
    counts = np.where(present > 0, counts, 0.0)
    if not counts.sum() > 0 or present.sum() <= columns.shape[1]:
        return _nothing(1, columns.shape[1]), np.ones_like(counts)
    floor = 0.05 * smooth_counts(counts)
    variance = 20 * floor
    for _ in range(_STEPS_OF_ONE):
        amplitudes, inverse = _solved(counts[None], columns, (present / variance)[None])
        variance = np.maximum(amplitudes[0] @ columns.T, floor)
        if not np.isfinite(variance).all():
            return _nothing(1, columns.shape[1]), np.ones_like(counts)
    model = amplitudes[0] @ columns.T
    degrees = present.sum() - columns.shape[1]
    misfit = (present * (counts - model) ** 2 / variance).sum() / degrees
    return LinearFit(amplitudes, inverse, np.array([misfit])), variance
