"""Damped Gauss-Newton steps on a block of fits: the engine behind `sidpy.proc.fit`.

Every array here has the problems along its first axis.  A problem that has ended leaves
its block at the next clearing; until then it is carried along and not touched.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from .cholesky import solve_positive
from .covariance import finish
from .problem import (
    FitStatus,
    Part,
    Problem,
    block_rows,
    checked_values,
    evaluated,
    free_parameters,
    normal_equations,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sidpy.proc.fit import FitResult

    from .problem import FitSettings

    Floats = NDArray[np.float64]

__all__ = ["fit_rows"]

#: Share of fits that have ended, at which they leave their block.
_ENDED = 0.1
#: Share of a block that is left when new fits come in.
_REFILL = 0.75


@dataclass(slots=True)
class _Block:
    """The problems still being worked on; every array has them along its first axis."""

    y: Floats
    w: Floats | None
    each: tuple[NDArray[Any], ...]
    lower: Floats
    upper: Floats
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

    def take(self, keep: NDArray[Any]) -> _Block:
        """Return the block of the problems in `keep`."""
        return self._changed(lambda a: a[keep])

    def joined(self, other: _Block) -> _Block:
        """Return the block of the problems of both."""
        return self._changed(lambda a, b: np.concatenate([a, b]), other)

    def _changed(self, change: Callable[..., NDArray[Any]], *others: _Block) -> _Block:
        blocks = (self, *others)
        changed: dict[str, Any] = {
            name: change(*(getattr(block, name) for block in blocks)) for name in _ARRAYS
        }
        w = None if self.w is None else change(*(block.w for block in blocks))
        each = tuple(change(*parts) for parts in zip(*(b.each for b in blocks), strict=True))
        return _Block(w=w, each=each, **changed)


#: Fields of a block that are arrays in every case.
_ARRAYS = tuple(f.name for f in fields(_Block) if f.name not in ("w", "each"))


def _opened(problem: Problem, part: Part, first: int) -> _Block:
    """Evaluate the start values of some fits, the first of which has this number."""
    n, k = part.p.shape
    block = _Block(
        y=part.y,
        w=part.w,
        each=part.each,
        lower=part.lower,
        upper=part.upper,
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
        where=np.arange(first, first + n),
    )
    if part.w is None:
        block.vanished = 0.5e-30 * np.einsum("nm,nm->n", part.y, part.y)
        points: Any = part.y.shape[1]
    else:
        block.vanished = 0.5e-30 * np.einsum("nm,nm,nm->n", part.w, part.y, part.y)
        points = np.count_nonzero(part.w, axis=1)
    block.cost, block.gradient, block.curvature = evaluated(problem, block, block.p)
    good = np.isfinite(block.cost) & np.isfinite(block.gradient).all(axis=1)
    block.status[~good] = FitStatus.BAD_START
    free = np.count_nonzero(block.lower < block.upper, axis=1)
    block.status[points < free] = FitStatus.TOO_FEW_DATA
    return block


def fit_rows(problem: Problem, part: Part, result: FitResult) -> None:
    """Fit all problems of a part, a block at a time that is refilled as fits end.

    Parameters
    ----------
    problem : Problem
        Functions, what they minimise and settings.
    part : Part
        Data, start values and boxes.
    result : FitResult
        Its arrays are filled.
    """
    gradient = np.zeros(part.p.shape)
    if problem.forms is None:
        _fit_blocks(problem, part, result, gradient)
    else:
        from .compiled import fit_compiled

        fit_compiled(problem, problem.forms, part, result, gradient)
    finish(problem, part, result, gradient)


def _fit_blocks(problem: Problem, part: Part, result: FitResult, gradient: Floats) -> None:
    """Fill the result but for what `finish` does."""
    total, k = part.p.shape
    size = block_rows(problem.settings, part.y.shape[1], k)
    block = _opened(problem, part.rows(0, size), 0)
    opened = len(block.p)
    while len(block.p):
        ended = block.status != FitStatus.NOT_CONVERGED
        ended |= block.iterations >= problem.settings.max_iterations
        if np.count_nonzero(ended) > _ENDED * len(ended) or ended.all():
            _file(block, ended, result, gradient)
            block = block.take(~ended)
            if opened < total and len(block.p) < _REFILL * size:
                more = _opened(problem, part.rows(opened, opened + size - len(block.p)), opened)
                opened += len(more.p)
                block = block.joined(more)
            continue
        _advance(problem, block)


def _file(block: _Block, ended: NDArray[np.bool_], result: FitResult, gradient: Floats) -> None:
    """Write the fits of a block that have ended into the result.

    What stands in place of the covariances until `finish` is the curvature.
    """
    where = block.where[ended]
    result.status[where] = block.status[ended]
    result.iterations[where] = block.iterations[ended]
    good = ended & (block.status > 0)
    where = block.where[good]
    result.parameters[where] = block.p[good]
    result.cost[where] = block.cost[good]
    result.covariance[where] = block.curvature[good]
    gradient[where] = block.gradient[good]


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
    tried = _stepped(problem, block)
    _settle(problem.settings, block, tried)
    running = tried.running = block.status == FitStatus.NOT_CONVERGED
    if not running.any():
        return
    trial = block.p + np.where(running[:, None], tried.step, 0.0)
    cost, accepted, ratio = _tried(problem, block, tried, trial)
    block.iterations[running] += 1
    block.p[accepted] = trial[accepted]
    block.cost[accepted] = cost[accepted]
    _judge(problem, block, tried)
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
        cost, gradient, curvature = evaluated(problem, block, trial)
    else:
        with np.errstate(all="ignore"):
            mu = checked_values(problem.values(trial, problem.x, *block.each), block)
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
        buffer = problem.buffer(len(rows), trial.shape[1], block.y.shape[1])
        _, jac = problem.linearised(buffer, trial[rows], problem.x, *each)
        return normal_equations(problem.loss, mu[rows], jac, block.y[rows], w)


def _free(problem: Problem, block: _Block) -> NDArray[np.bool_] | None:
    """Return which parameters of a block may move; None if nothing holds any."""
    if not problem.bounded:
        return None
    return free_parameters(block.p, block.gradient, block.lower, block.upper)


def _stepped(problem: Problem, block: _Block) -> _Step:
    """Solve the damped normal equations of the free parameters."""
    free = _free(problem, block)
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
    if problem.bounded:
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


def _judge(problem: Problem, block: _Block, tried: _Step) -> None:
    """Set the status of the problems that end with an evaluated step."""
    with np.errstate(all="ignore"):  # what overflowed before it ended stays in the block
        _judged(problem, block, tried)


def _judged(problem: Problem, block: _Block, tried: _Step) -> None:
    settings = problem.settings
    diagonal = np.einsum("nii->ni", block.curvature)
    length = np.einsum("ni,ni,ni->n", tried.step, tried.step, diagonal)
    size = np.einsum("ni,ni,ni->n", block.p, block.p, diagonal)
    scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    free = _free(problem, block)
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
