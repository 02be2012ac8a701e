"""Damped Gauss-Newton steps on a block of fits: the engine behind `sidpy.proc.fit`.

Every array here has the problems along its first axis.  A problem that has ended leaves
its block at the next clearing; until then it is carried along and not touched.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from ._cholesky import solve_positive
from ._covariance import covariances

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .fit import FitResult
    from .losses import Loss

    Floats = NDArray[np.float64]

__all__ = ["FitSettings", "FitStatus", "Part", "Problem", "evaluated", "fit_rows"]


class FitStatus(enum.IntEnum):
    """How one fit ended: above zero it converged, otherwise it failed and is NaN."""

    COST = 1
    """The sum of squares (or the deviance) no longer falls."""
    STEP = 2
    """The parameters no longer move."""
    GRADIENT = 3
    """The gradient vanishes inside the bounds."""
    NOT_CONVERGED = 0
    """The iterations ran out."""
    BAD_START = -1
    """The model is not finite at the start values."""
    TOO_FEW_DATA = -2
    """Fewer valid points than free parameters."""
    STALLED = -3
    """No step, however short, lowers the cost although the gradient does not vanish."""


@dataclass(frozen=True, slots=True)
class FitSettings:
    """When an iteration stops and how much memory it works in."""

    max_iterations: int = 200
    """Steps tried, accepted or not."""
    cost_tolerance: float = 1e-10
    """Relative fall of the cost below which a fit has converged."""
    step_tolerance: float = 1e-10
    """Relative length of the step, in curvature-scaled parameters."""
    gradient_tolerance: float = 1e-12
    """Largest cosine between the residual and a column of the Jacobian."""
    damping: float = 1e-3
    """First Marquardt damping, relative to the curvature."""
    block_bytes: int = 1 << 21
    """Working memory of one block of problems; about the size of a core's cache."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What stays the same for all blocks: the functions and what they minimise."""

    values: Callable[..., Floats]
    """(parameters, x, *each) -> model values, real, shape (rows, points)."""
    linearised: Callable[..., tuple[Floats, Floats]]
    """(out, parameters, x, *each) -> values and derivatives, perhaps written into `out`."""
    fused: bool
    """Whether values and derivatives together cost little more than values."""
    x: Any
    loss: Loss
    settings: FitSettings
    scale: bool
    """Multiply covariances by the reduced chi-squared."""


@dataclass(frozen=True, slots=True)
class Part:
    """Data, weights (None: one), arguments of each problem, start and box of some problems."""

    y: Floats
    w: Floats | None
    each: tuple[NDArray[Any], ...]
    p: Floats
    lower: Floats
    upper: Floats
    first: int
    """Index of the first of them in the result."""


@dataclass(slots=True)
class _Block:
    """The problems still being worked on; every array has them along its first axis."""

    y: Floats
    w: Floats | None
    each: tuple[NDArray[Any], ...]
    lower: Floats
    upper: Floats
    bounded: bool
    p: Floats
    cost: Floats
    vanished: Floats
    damping: Floats
    growth: Floats
    gradient: Floats
    curvature: Floats
    largest: Floats
    status: NDArray[np.int8]
    iterations: NDArray[np.int32]
    where: NDArray[np.intp]
    buffer: Floats

    def take(self, keep: NDArray[Any]) -> _Block:
        """Return the block of the problems in `keep`."""
        special = ("each", "bounded", "buffer", "w")
        chosen = {
            f.name: getattr(self, f.name)[keep] for f in fields(self) if f.name not in special
        }
        w = None if self.w is None else self.w[keep]
        each = tuple(a[keep] for a in self.each)
        return _Block(each=each, w=w, bounded=self.bounded, buffer=self.buffer, **chosen)


def _opened(problem: Problem, part: Part) -> _Block:
    """Evaluate the start values of a block."""
    n, k = part.p.shape
    block = _Block(
        y=part.y,
        w=part.w,
        each=part.each,
        lower=part.lower,
        upper=part.upper,
        bounded=bool(np.isfinite(part.lower).any() or np.isfinite(part.upper).any()),
        p=part.p.copy(),
        cost=np.full(n, np.inf),
        vanished=np.zeros(n),
        damping=np.full(n, float(problem.settings.damping)),
        growth=np.full(n, 2.0),
        gradient=np.zeros((n, k)),
        curvature=np.zeros((n, k, k)),
        largest=np.zeros((n, k)),
        status=np.full(n, FitStatus.NOT_CONVERGED, np.int8),
        iterations=np.zeros(n, np.int32),
        where=np.arange(part.first, part.first + n),
        buffer=np.empty((n, k, part.y.shape[1])),
    )
    if part.w is None:
        block.vanished = 0.5e-30 * np.einsum("nm,nm->n", part.y, part.y)
        points: Any = part.y.shape[1]
    else:
        block.vanished = 0.5e-30 * np.einsum("nm,nm,nm->n", part.w, part.y, part.y)
        points = np.count_nonzero(part.w, axis=1)
    block.cost, block.gradient, block.curvature = evaluated(problem, block, block.p, block.buffer)
    good = np.isfinite(block.cost) & np.isfinite(block.gradient).all(axis=1)
    block.status[~good] = FitStatus.BAD_START
    free = np.count_nonzero(block.lower < block.upper, axis=1)
    block.status[points < free] = FitStatus.TOO_FEW_DATA
    return block


def _checked_values(mu: Any, block: _Block | Part) -> Floats:
    if mu.shape != block.y.shape:
        msg = f"the model returned shape {mu.shape} for data of shape {block.y.shape}"
        raise ValueError(msg)
    if block.w is not None and not np.isfinite(mu).all():
        # points that are left out may be undefined in the model as well
        return np.where(block.w > 0, mu, 0.0)
    return np.asarray(mu)


def evaluated(
    problem: Problem, part: _Block | Part, p: Floats, buffer: Floats | None = None
) -> tuple[Floats, Floats, Floats]:
    """Return cost, gradient (downhill) and curvature of problems at parameters `p`."""
    if buffer is None:
        buffer = np.empty((*p.shape, part.y.shape[1]))
    with np.errstate(all="ignore"):
        mu, jac = problem.linearised(buffer[: len(p)], p, problem.x, *part.each)
        mu = _checked_values(mu, part)
        cost = problem.loss.cost(mu, part.y, part.w)
        return cost, *_normal_equations(problem.loss, mu, jac, part.y, part.w)


def _normal_equations(
    loss: Loss, mu: Floats, jac: Floats, y: Floats, w: Floats | None
) -> tuple[Floats, Floats]:
    if w is not None and not np.isfinite(jac).all():
        jac = np.where(w[:, None, :] > 0, jac, 0.0)
    slope, curvature = loss.score(mu, y, w)
    gradient = np.matmul(jac, slope[:, :, None])[..., 0]
    weighted = jac if curvature is None else jac * curvature[:, None, :]
    return gradient, np.matmul(weighted, np.swapaxes(jac, 1, 2))


def fit_rows(problem: Problem, part: Part, result: FitResult) -> None:
    """Iterate a block until every problem in it has ended, filing each as it does.

    Parameters
    ----------
    problem : Problem
        Functions, what they minimise and settings.
    part : Part
        Data, start values and box of the block.
    result : FitResult
        Its arrays are filled at these rows.
    """
    block = _opened(problem, part)
    for _ in range(problem.settings.max_iterations):
        ended = block.status != FitStatus.NOT_CONVERGED
        if np.count_nonzero(ended) > len(ended) // 16 or ended.all():
            _file(problem, block.take(ended), result)
            block = block.take(~ended)
        if not len(block.p):
            return
        _advance(problem, block)
    _file(problem, block, result)


@dataclass(slots=True)
class _Step:
    """One step of every problem of a block and what came of it."""

    running: NDArray[np.bool_]
    step: Floats
    whole: NDArray[np.bool_] | bool
    predicted: Floats
    actual: Floats


def _advance(problem: Problem, block: _Block) -> None:
    """Try one damped step on every problem that has not ended."""
    tried = _stepped(block)
    _settle(problem.settings, block, tried)
    running = tried.running = block.status == FitStatus.NOT_CONVERGED
    if not running.any():
        return
    trial = block.p + np.where(running[:, None], tried.step, 0.0)
    cost, accepted, ratio = _tried(problem, block, tried, trial)
    block.iterations[running] += 1
    block.p[accepted] = trial[accepted]
    block.cost[accepted] = cost[accepted]
    _judge(problem.settings, block, tried)
    with np.errstate(over="ignore"):
        shrink = np.maximum(0.1, 1 - (2 * np.clip(ratio, 0, 2) - 1) ** 3)
        block.damping *= np.where(accepted, shrink, block.growth)
        block.growth = np.where(accepted, 2.0, 2 * block.growth)
    np.maximum(block.damping, 1e-14, out=block.damping)


def _tried(
    problem: Problem, block: _Block, tried: _Step, trial: Floats
) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Evaluate the trial; renew gradient and curvature where it is an improvement."""
    mu = None
    if problem.fused:
        cost, gradient, curvature = evaluated(problem, block, trial, block.buffer)
    else:
        with np.errstate(all="ignore"):
            mu = _checked_values(problem.values(trial, problem.x, *block.each), block)
            cost = problem.loss.cost(mu, block.y, block.w)
    with np.errstate(all="ignore"):
        actual = block.cost - np.where(np.isnan(cost), np.inf, cost)
        ratio = np.where(tried.predicted > 0, actual / tried.predicted, -1.0)
    tried.actual = actual
    accepted = tried.running & (actual > 0) & (ratio > 1e-4)
    if mu is not None:
        rows = np.flatnonzero(accepted)
        if len(rows):
            gradient, curvature = _relinearised(problem, block, rows, trial, mu)
            block.gradient[rows], block.curvature[rows] = gradient, curvature
    elif accepted.all():
        block.gradient, block.curvature = gradient, curvature
    else:
        block.gradient[accepted] = gradient[accepted]
        block.curvature[accepted] = curvature[accepted]
    return cost, accepted, ratio


def _relinearised(
    problem: Problem, block: _Block, rows: NDArray[Any], trial: Floats, mu: Floats
) -> tuple[Floats, Floats]:
    each = tuple(a[rows] for a in block.each)
    w = None if block.w is None else block.w[rows]
    with np.errstate(all="ignore"):
        _, jac = problem.linearised(block.buffer[: len(rows)], trial[rows], problem.x, *each)
        return _normal_equations(problem.loss, mu[rows], jac, block.y[rows], w)


def _free(block: _Block) -> NDArray[np.bool_] | None:
    """Which parameters may move: not fixed, and not pushed out through a bound."""
    if not block.bounded:
        return None
    outward = (block.p <= block.lower) & (block.gradient <= 0)
    outward |= (block.p >= block.upper) & (block.gradient >= 0)
    return ~outward & (block.lower < block.upper)


def _stepped(block: _Block) -> _Step:
    """Solve the damped normal equations of the free parameters."""
    free = _free(block)
    matrix = block.curvature.copy()
    right = block.gradient
    if free is not None:
        matrix *= free[:, :, None] & free[:, None, :]
        right = right * free
    diagonal = np.einsum("nii->ni", matrix)
    # of a parameter that has lost its effect the largest effect ever seen limits the step
    np.maximum(block.largest, diagonal, out=block.largest)
    with np.errstate(all="ignore"):
        weight = block.largest if free is None else block.largest * free
        diagonal += np.minimum(block.damping, 1e300)[:, None] * weight
    diagonal[diagonal == 0] = 1.0
    step = solve_positive(matrix, right)
    whole: NDArray[np.bool_] | bool = True
    if block.bounded:
        inside = np.clip(block.p + step, block.lower, block.upper) - block.p
        whole = ~((inside != step) & (np.abs(inside - step) > 1e-12 * np.abs(step))).any(axis=1)
        step = inside
    lost = ~np.isfinite(step).all(axis=1)
    if lost.any():
        step[lost] = 0.0
    with np.errstate(all="ignore"):
        curved = np.matmul(block.curvature, step[:, :, None])[..., 0]
        predicted = np.einsum("ni,ni->n", step, block.gradient - 0.5 * curved)
    predicted[lost] = -1.0  # singular: rejected, and the damping grows
    running = block.status == FitStatus.NOT_CONVERGED
    return _Step(running, step, whole, predicted, predicted)


def _settle(settings: FitSettings, block: _Block, tried: _Step) -> None:
    """End the problems whose undisturbed step promises nothing, after taking it.

    So close to the minimum the quadratic model is exact to second order, and evaluating
    the step would only confirm the promise.
    """
    promise = (tried.predicted >= 0) & (tried.predicted <= settings.cost_tolerance * block.cost)
    rows = np.flatnonzero(tried.running & promise & (block.damping <= 1e-2) & tried.whole)
    block.p[rows] += tried.step[rows]
    block.cost[rows] -= tried.predicted[rows]
    block.iterations[rows] += 1
    block.status[rows] = FitStatus.COST


def _judge(settings: FitSettings, block: _Block, tried: _Step) -> None:
    """Set the status of the problems that end with an evaluated step."""
    with np.errstate(all="ignore"):  # what overflowed before it ended stays in the block
        _judged(settings, block, tried)


def _judged(settings: FitSettings, block: _Block, tried: _Step) -> None:
    diagonal = np.einsum("nii->ni", block.curvature)
    length = np.einsum("ni,ni,ni->n", tried.step, tried.step, diagonal)
    size = np.einsum("ni,ni,ni->n", block.p, block.p, diagonal)
    scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    free = _free(block)
    cosine = np.abs(block.gradient * scale * (1.0 if free is None else free))
    slope = cosine.max(axis=1, initial=0.0)
    floor = settings.cost_tolerance * block.cost
    settled = (np.abs(tried.predicted) <= floor) & (np.abs(tried.actual) <= floor)
    short = length <= settings.step_tolerance**2 * size
    tests = (
        (block.damping > 1e14, FitStatus.STALLED),
        (short & (block.damping < 1) & (tried.predicted >= 0), FitStatus.STEP),
        (settled & (length > 0), FitStatus.COST),
        (slope <= settings.gradient_tolerance * np.sqrt(2 * block.cost), FitStatus.GRADIENT),
        (block.cost <= block.vanished, FitStatus.COST),
    )
    for true, status in tests:
        block.status[tried.running & true] = status


def _file(problem: Problem, block: _Block, result: FitResult) -> None:
    """Write the problems of a block, which have ended, into the result."""
    result.status[block.where] = block.status
    result.iterations[block.where] = block.iterations
    good = block.take(block.status > 0)
    if not len(good.p):
        return
    fixed = good.lower >= good.upper
    points = good.y.shape[1] if good.w is None else np.count_nonzero(good.w, axis=1)
    freedom = points - np.count_nonzero(~fixed, axis=1)
    free = _free(good)
    free = np.ones(good.p.shape, np.bool_) if free is None else free
    with np.errstate(divide="ignore", invalid="ignore"):
        chi = np.where(freedom > 0, 2 * good.cost / freedom, np.nan)
    covariance = covariances(good.curvature, free, _scatter(problem, good))
    if problem.loss.robust:
        covariance *= (points / np.maximum(freedom, 1))[:, None, None]
    elif problem.scale:
        covariance *= chi[:, None, None]
    held = ~free & ~fixed
    covariance[held[:, :, None] | held[:, None, :]] = np.nan
    result.parameters[good.where] = good.p
    result.covariance[good.where] = covariance
    result.reduced_chi_squared[good.where] = chi
    result.cost[good.where] = good.cost


def _scatter(problem: Problem, block: _Block) -> Floats | None:
    """Return the second moment of the gradient, which for robust losses is no curvature."""
    if not problem.loss.robust:
        return None
    with np.errstate(all="ignore"):
        mu, jac = problem.linearised(block.buffer[: len(block.p)], block.p, problem.x, *block.each)
        slope, _ = problem.loss.score(_checked_values(mu, block), block.y, block.w)
        pulled = jac * slope[:, None, :]
    return np.asarray(np.matmul(pulled, np.swapaxes(pulled, 1, 2)))
