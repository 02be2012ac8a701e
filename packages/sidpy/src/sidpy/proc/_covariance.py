"""Covariances of parameters from the curvature of what was minimised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ._cholesky import inverse_positive

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["covariances"]

#: Smallest pivot of a scaled curvature that is inverted without a look at its spectrum.
_SOUND = 1e-8


def covariances(
    curvature: Floats, free: NDArray[np.bool_], scatter: Floats | None = None
) -> Floats:
    """Return the covariance of the free parameters of many fits.

    Parameters
    ----------
    curvature : ndarray of shape (problems, parameters, parameters)
        Second derivatives of the cost.
    free : ndarray of bool, shape (problems, parameters)
        Parameters that could move; rows and columns of others are zero.
    scatter : ndarray of shape (problems, parameters, parameters), optional
        Second moment of the gradient; it is the curvature itself for squares and
        likelihoods, and the outer terms of a sandwich for other losses.

    Returns
    -------
    ndarray of shape (problems, parameters, parameters)
        Infinite where the data do not determine a parameter.
    """
    diagonal = np.einsum("nii->ni", curvature)
    scale = np.where(free, 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0)), 0.0)
    scaled = curvature * scale[:, :, None] * scale[:, None, :]
    np.einsum("nii->ni", scaled)[:] = np.where(free & (diagonal <= 0), 0.0, 1.0)
    inverse, pivot = inverse_positive(scaled)
    doubtful = np.flatnonzero(~(pivot > _SOUND))
    if len(doubtful):
        inverse[doubtful] = _by_spectrum(scaled[doubtful])
    with np.errstate(over="ignore", invalid="ignore"):
        inverse *= scale[:, :, None] * scale[:, None, :]
    lost = ~np.isfinite(inverse).all(axis=(1, 2))
    if scatter is not None:
        with np.errstate(invalid="ignore"):
            inverse = np.matmul(np.matmul(inverse, scatter), inverse)
    if lost.any():
        both = free[:, :, None] & free[:, None, :]
        inverse[lost] = np.where(both[lost], np.inf, 0.0)
    return inverse


def _by_spectrum(scaled: Floats) -> Floats:
    """Invert by eigenvalues; NaN where the smallest one is only rounding."""
    sound = np.isfinite(scaled).all(axis=(1, 2))
    values, vectors = np.linalg.eigh(np.where(sound[:, None, None], scaled, 0.0))
    values = np.where(values[:, :1] < 1e-14, np.nan, values)
    return np.asarray(np.matmul(vectors / values[:, None, :], np.swapaxes(vectors, 1, 2)))
