"""The drift of a series from the shifts between many pairs of its frames.

Frame after frame errors add up.  Here every frame is compared with several others; the
drift is what explains all these shifts best, each weighed by its own certainty, and pairs
that contradict the others (a jump by a lattice period, a frame without contrast) lose their
say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .shifts import Shift

    Floats = NDArray[np.float64]

__all__ = ["Drift", "solve_drift"]

#: A pair further off than this many of its deviations contradicts the others.
_OUTLIER = 6.0


class Drift(NamedTuple):
    """Where every frame of a series is."""

    positions: Floats
    """Shape (frames, 2), px: how far each has moved against the reference; NaN when no pair
    ties it to the reference."""
    errors: Floats
    """Standard errors of `positions`, of the same shape."""
    residuals: Floats
    """Shape (pairs, 2), px: what the drift leaves of each measured shift."""
    used: NDArray[np.bool_]
    """Shape (pairs,): which pairs agree with the others."""


def solve_drift(
    pairs: NDArray[np.intp], shifts: list[Shift], n_frames: int, reference: int
) -> Drift:
    """Find the positions that explain shifts between pairs.

    Parameters
    ----------
    pairs : ndarray of shape (pairs, 2)
        First and second frame.
    shifts : list of Shift
        How far the second has moved against the first.
    n_frames, reference : int
        Number of frames, and the one at zero.

    Returns
    -------
    Drift
        Positions with errors.
    """
    measured = np.array([shift.shift for shift in shifts]).reshape(-1, 2)
    variances = np.array([np.diag(shift.covariance) for shift in shifts]).reshape(-1, 2)
    used = np.isfinite(measured).all(axis=1) & np.isfinite(variances).all(axis=1)
    floor = 1e-10 + 1e-4 * np.median(variances[used], axis=0) if used.any() else 1.0
    variances = np.maximum(np.nan_to_num(variances, nan=1.0), floor)
    weights = np.array([max(shift.quality, 1e-3) for shift in shifts])[:, None] / variances
    positions = np.full((n_frames, 2), np.nan)
    residuals = np.full_like(measured, np.nan)
    for _ in range(20):
        tied = _tied(pairs[used], n_frames, reference)
        positions = _solved(pairs, measured, weights * used[:, None], tied, reference)
        residuals = measured - positions[pairs[:, 1]] + positions[pairs[:, 0]]
        agree = _agreeing(residuals, variances, used)
        if np.array_equal(agree, used):
            break
        used = agree
    errors = _errors(pairs, residuals, variances, used, positions, reference)
    return Drift(positions, errors, residuals, used)


def _tied(pairs: NDArray[np.intp], n_frames: int, reference: int) -> NDArray[np.bool_]:
    """Return which frames are tied to the reference by pairs."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (n_frames,) * 2)
    _, labels = connected_components(graph, directed=False)
    same: NDArray[np.bool_] = labels == labels[reference]
    return same


def _solved(
    pairs: NDArray[np.intp], measured: Floats, weights: Floats, tied: NDArray[np.bool_], zero: int
) -> Floats:
    """Return the weighted least-squares positions of the frames that are tied."""
    from scipy.sparse import coo_array
    from scipy.sparse.linalg import spsolve

    positions = np.full((len(tied), 2), np.nan)
    positions[zero] = 0.0
    free = np.flatnonzero(tied & (np.arange(len(tied)) != zero))
    if not len(free):
        return positions
    column = np.full(len(tied), -1)
    column[free] = np.arange(len(free))
    keep = tied[pairs].all(axis=1)
    rows = np.flatnonzero(keep)
    first, second = column[pairs[keep, 0]], column[pairs[keep, 1]]
    entries = np.concatenate([-np.ones(len(rows)), np.ones(len(rows))])
    at = (np.concatenate([rows, rows]), np.concatenate([first, second]))
    known = at[1] >= 0
    design = coo_array(
        (entries[known], (at[0][known], at[1][known])), (len(pairs), len(free))
    ).tocsr()
    for axis in range(2):
        weighted = design.multiply(weights[:, axis, None]).tocsr()
        right = weighted.T @ np.nan_to_num(measured[:, axis])
        positions[free, axis] = np.atleast_1d(spsolve((design.T @ weighted).tocsc(), right))
    return positions


def _agreeing(residuals: Floats, variances: Floats, used: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which pairs agree; at most a tenth more is let go at a time, the worst first."""
    size = np.sqrt((residuals**2 / variances).sum(axis=1))
    known = np.isfinite(size)
    typical = np.median(size[used & known]) if (used & known).any() else 0.0
    limit = _OUTLIER * max(typical / 1.18, 1.0)
    bad = known & (size > limit)
    if np.count_nonzero(bad & used):
        most = np.sort(size[bad & used])[-max(1, len(size) // 10) :][0]
        bad &= size >= most
        return used & ~bad
    return used


def _errors(
    pairs: NDArray[np.intp],
    residuals: Floats,
    variances: Floats,
    used: NDArray[np.bool_],
    positions: Floats,
    reference: int,
) -> Floats:
    """Return standard errors of the positions.

    The noise of a frame moves all shifts it takes part in alike: other pairs do not show it
    and do not average it out.  Pairs contradict each other by the rest, which they do.
    """
    n = len(positions)
    errors = np.full_like(positions, np.nan)
    errors[reference] = 0.0
    if not used.any():
        return errors
    first, second = pairs[used].T
    laplacian = np.zeros((n, n))
    np.add.at(laplacian, (first, second), -1.0)
    laplacian += laplacian.T
    np.fill_diagonal(laplacian, -laplacian.sum(axis=1))
    free = np.isfinite(positions[:, 0]) & (np.arange(n) != reference)
    spread = np.zeros(n)
    if free.any():
        spread[free] = np.diag(np.linalg.inv(laplacian[np.ix_(free, free)]))
    for axis in range(2):
        pair = variances[used, axis]
        unknowns = np.count_nonzero(free)
        excess = len(pair) - unknowns
        scatter = (residuals[used, axis] ** 2).sum() / excess if excess > 0 else pair.mean()
        scatter = min(scatter, pair.mean())
        own = _of_each(first, second, np.maximum(pair - scatter, 0.0), n)
        errors[:, axis] = np.sqrt(own + own[reference] + scatter * spread)
    errors[~np.isfinite(positions[:, 0])] = np.nan
    errors[reference] = 0.0
    return errors


def _of_each(first: NDArray[np.intp], second: NDArray[np.intp], sums: Floats, n: int) -> Floats:
    """Split the variance of pairs into that of both frames."""
    if not len(sums):
        return np.zeros(n)
    count = np.bincount(first, minlength=n) + np.bincount(second, minlength=n)
    total = np.bincount(first, sums, n) + np.bincount(second, sums, n)
    mean = np.divide(total, count, out=np.full(n, sums.mean()), where=count > 0)
    found: Floats = np.maximum(mean - 0.5 * sums.mean(), 0.25 * mean)
    return found
