"""Many fits that share parameters: one calibration, one width, one rate for all spectra.

The normal equations of all problems together are block diagonal but for the rows of the
shared parameters.  Eliminating the parameters of each problem leaves a small system for
the shared ones (the Schur complement [1]_), so that a step costs no more than the step of
independent fits.

References
----------
.. [1] Triggs, McLauchlan, Hartley, Fitzgibbon, Lect. Notes Comput. Sci. 1883, 298 (2000),
       doi:10.1007/3-540-44480-7_21, section 6.1
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sidpy.proc.fit import FitResult

from .problem import FitStatus, Part, Problem, evaluated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["fit_together"]


@dataclass(slots=True)
class _State:
    """Parameters and what the data say about them; shared ones are equal in all rows."""

    p: Floats
    cost: Floats
    gradient: Floats
    curvature: Floats


def fit_together(problem: Problem, part: Part, shared: list[int]) -> FitResult:
    """Fit all problems with some parameters in common.

    Parameters
    ----------
    problem : Problem
        Functions, what they minimise and settings.
    part : Part
        Data, start values and box of all problems, one start each.
    shared : list of int
        The parameters that have one value in all problems; they start from their mean.

    Returns
    -------
    FitResult
        Status and iterations are those of the common fit; problems without enough data
        are left out of it.

    Raises
    ------
    ValueError
        When a shared parameter has different bounds in different problems.
    """
    for bound in (part.lower[:, shared], part.upper[:, shared]):
        if np.any(bound != bound[:1]):
            msg = f"the shared parameters {shared} have different bounds in different problems"
            raise ValueError(msg)
    result = FitResult.empty(*part.p.shape)
    points = np.full(len(part.y), part.y.shape[1])
    if part.w is not None:
        points = np.count_nonzero(part.w, axis=1)
    local = [k for k in range(part.p.shape[1]) if k not in shared]
    free = np.count_nonzero((part.lower < part.upper)[:, local], axis=1)
    enough = points >= np.maximum(free, 1)
    start = part.p.copy()
    start[:, shared] = start[enough][:, shared].mean(axis=0) if enough.any() else np.nan
    state = _opened(problem, part, start)
    sound = np.isfinite(state.cost) & np.isfinite(state.gradient).all(axis=1)
    result.status[~sound] = FitStatus.BAD_START
    result.status[~enough] = FitStatus.TOO_FEW_DATA
    rows = np.flatnonzero(sound & enough)
    if not len(rows):
        return result
    part = _rows(part, rows)
    state = _State(*(a[rows] for a in (start, state.cost, state.gradient, state.curvature)))
    status, tried = _iterated(problem, part, state, (local, shared))
    result.status[rows] = status
    result.iterations[rows] = tried
    if status > 0:
        _file(problem, part, state, (local, shared), (result, rows, points[rows]))
    return result


def _rows(part: Part, rows: NDArray[np.intp] | slice) -> Part:
    return replace(part.chosen(rows), p=part.p[rows])


def _opened(problem: Problem, part: Part, p: Floats) -> _State:
    """Evaluate all problems at parameters `p`, block by block."""
    n, k = p.shape
    state = _State(p, np.empty(n), np.empty((n, k)), np.empty((n, k, k)))
    size = max(1, problem.settings.block_bytes // (8 * part.y.shape[1] * (k + 8)))
    for first in range(0, n, size):
        rows = slice(first, first + size)
        found = evaluated(problem, _rows(part, rows), p[rows])
        state.cost[rows], state.gradient[rows], state.curvature[rows] = found
    return state


def _iterated(
    problem: Problem, part: Part, state: _State, kinds: tuple[list[int], list[int]]
) -> tuple[FitStatus, int]:
    """Improve the state in place until it has converged; return how, and steps tried."""
    settings = problem.settings
    damping, growth = settings.damping, 2.0
    for tried in range(1, settings.max_iterations + 1):
        free = _free(part, state, kinds[1])
        step = _step(state, free, kinds, damping)
        trial = np.clip(state.p + step, part.lower, part.upper)
        step = trial - state.p
        curved = np.einsum("ni,nij,nj->", step, state.curvature, step)
        predicted = float(np.sum(step * state.gradient) - 0.5 * curved)
        total = float(state.cost.sum())
        new = _opened(problem, part, trial)
        actual = total - float(new.cost.sum())
        if np.isfinite(actual) and actual > 0 and predicted > 0:
            ratio = actual / predicted
            state.p, state.cost = new.p, new.cost
            state.gradient, state.curvature = new.gradient, new.curvature
            damping = max(1e-14, damping * max(0.1, 1 - (2 * min(ratio, 2.0) - 1) ** 3))
            growth = 2.0
        else:
            damping, growth = damping * growth, 2 * growth
        if abs(predicted) <= settings.cost_tolerance * total and (
            abs(actual) <= settings.cost_tolerance * total or damping < 1
        ):
            return FitStatus.COST, tried
        if not np.any(step):
            return FitStatus.STEP, tried
        if damping > 1e14:
            return FitStatus.STALLED, tried
    return FitStatus.NOT_CONVERGED, settings.max_iterations


def _free(part: Part, state: _State, shared: list[int]) -> NDArray[np.bool_]:
    """Which parameters may move; a shared one is pushed by the sum of all gradients."""
    gradient = state.gradient.copy()
    gradient[:, shared] = gradient[:, shared].sum(axis=0)
    outward = (state.p <= part.lower) & (gradient <= 0)
    outward |= (state.p >= part.upper) & (gradient >= 0)
    return ~outward & (part.lower < part.upper)


def _eliminated(
    state: _State, free: NDArray[np.bool_], kinds: tuple[list[int], list[int]], damping: float
) -> tuple[Floats, Floats, Floats]:
    """Return the inverse of each own block, its product with the mixed one, and the rest."""
    local, shared = kinds
    masked = state.curvature * (free[:, :, None] & free[:, None, :])
    diagonal = np.einsum("nii->ni", masked)
    own = masked[:, local][:, :, local]
    view = np.einsum("nii->ni", own)
    view *= 1 + damping
    view[view == 0] = 1.0
    mixed = masked[:, local][:, :, shared]
    common = masked[:, shared][:, :, shared].sum(axis=0)
    weight = diagonal[:, shared].sum(axis=0)
    common[np.diag_indices(len(shared))] += np.where(weight > 0, damping * weight, 1.0)
    inverse = np.linalg.pinv(own, hermitian=True)
    product = np.matmul(inverse, mixed)
    rest = common - np.einsum("nls,nlt->st", mixed, product)
    return inverse, product, rest


def _step(
    state: _State, free: NDArray[np.bool_], kinds: tuple[list[int], list[int]], damping: float
) -> Floats:
    local, shared = kinds
    inverse, product, rest = _eliminated(state, free, kinds, damping)
    gradient = state.gradient * free
    right = gradient[:, shared].sum(axis=0) - np.einsum("nls,nl->s", product, gradient[:, local])
    common = np.linalg.lstsq(rest, right, rcond=1e-15)[0]
    step = np.empty_like(state.p)
    step[:, shared] = common
    step[:, local] = np.matmul(inverse, gradient[:, local, None])[..., 0] - product @ common
    return step


def _file(
    problem: Problem,
    part: Part,
    state: _State,
    kinds: tuple[list[int], list[int]],
    target: tuple[FitResult, NDArray[np.intp], NDArray[np.intp]],
) -> None:
    """Write parameters, their covariances and the quality of the fit into the result."""
    local, shared = kinds
    result, rows, points = target
    free = _free(part, state, shared)
    inverse, product, rest = _eliminated(state, free, kinds, 0.0)
    common = np.linalg.pinv(rest, hermitian=True)
    covariance = np.empty_like(state.curvature)
    covariance[np.ix_(range(len(rows)), shared, shared)] = common
    cross = -product @ common
    covariance[np.ix_(range(len(rows)), local, shared)] = cross
    covariance[np.ix_(range(len(rows)), shared, local)] = np.swapaxes(cross, 1, 2)
    covariance[np.ix_(range(len(rows)), local, local)] = inverse - np.matmul(
        cross, np.swapaxes(product, 1, 2)
    )
    fixed = part.lower >= part.upper
    own = np.count_nonzero(~fixed[:, local], axis=1)
    freedom = points - own - np.count_nonzero(~fixed[0, shared]) / len(rows)
    with np.errstate(divide="ignore", invalid="ignore"):
        chi = np.where(freedom > 0, 2 * state.cost / freedom, np.nan)
        if problem.scale:
            covariance *= 2 * state.cost.sum() / freedom.sum()
    moving = free[:, :, None] & free[:, None, :]
    covariance = np.where(moving, covariance, 0.0)
    held = ~free & ~fixed
    covariance[held[:, :, None] | held[:, None, :]] = np.nan
    result.parameters[rows] = state.p
    result.covariance[rows] = covariance
    result.reduced_chi_squared[rows] = chi
    result.cost[rows] = state.cost
