"""Covariances of parameters from the curvature of what was minimised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .cholesky import inverse_positive
from .problem import block_rows, checked_values, free_parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sidpy.proc.fit import FitResult

    from .problem import Part, Problem

    Floats = NDArray[np.float64]

__all__ = ["covariances", "finish"]

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


def finish(problem: Problem, part: Part, result: FitResult, gradient: Floats) -> None:
    """Turn the curvatures in a result into covariances, and costs into chi-squared.

    Parameters
    ----------
    problem : Problem
        What was minimised.
    part : Part
        The data of the fits.
    result : FitResult
        Its `covariance` holds curvatures; changed in place.
    gradient : ndarray of shape (fits, parameters)
        Where the fits ended.
    """
    total, k = result.parameters.shape
    size = 4 * block_rows(problem.settings, part.y.shape[1], k)
    for first in range(0, total, size):
        rows = slice(first, min(first + size, total))
        good = np.flatnonzero(result.status[rows] > 0)
        if len(good):
            _finish_rows(
                problem, part.rows(rows.start, rows.stop), (good, first), result, gradient
            )


def _finish_rows(
    problem: Problem,
    part: Part,
    rows: tuple[NDArray[np.intp], int],
    result: FitResult,
    gradient: Floats,
) -> None:
    """Do so for the fits of one part that converged."""
    good, first = rows
    where = good + first
    part = part.chosen(good)
    p, cost = result.parameters[where], result.cost[where]
    fixed = part.lower >= part.upper
    points = part.y.shape[1] if part.w is None else np.count_nonzero(part.w, axis=1)
    freedom = points - np.count_nonzero(~fixed, axis=1)
    free = np.ones(p.shape, np.bool_)
    if problem.bounded:
        free = free_parameters(p, gradient[where], part.lower, part.upper)
    with np.errstate(divide="ignore", invalid="ignore"):
        chi = np.where(freedom > 0, 2 * cost / freedom, np.nan)
        covariance = covariances(result.covariance[where], free, _scatter(problem, part, p))
        if problem.loss.robust:
            covariance *= np.broadcast_to(points / np.maximum(freedom, 1), chi.shape)[
                :, None, None
            ]
        elif problem.scale:
            covariance *= chi[:, None, None]
    held = ~free & ~fixed
    if held.any():
        covariance[held[:, :, None] | held[:, None, :]] = np.nan
    result.covariance[where] = covariance
    result.reduced_chi_squared[where] = chi


def _scatter(problem: Problem, part: Part, p: Floats) -> Floats | None:
    """Return the second moment of the gradient, which for robust losses is no curvature."""
    if not problem.loss.robust:
        return None
    with np.errstate(all="ignore"):
        buffer = problem.buffer(len(p), p.shape[1], part.y.shape[1])
        mu, jac = problem.linearised(buffer, p, problem.x, *part.each)
        slope, _ = problem.loss.score(checked_values(mu, part), part.y, part.w)
        pulled = jac * slope[:, None, :]
    return np.asarray(np.matmul(pulled, np.swapaxes(pulled, 1, 2)))
