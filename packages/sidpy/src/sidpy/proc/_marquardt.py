"""Damped Gauss-Newton steps on a block of fits: the engine behind `sidpy.proc.fit`.

Every array here has the problems along its first axis.  A problem that has ended leaves
its block at the next clearing; until then it is carried along and not touched.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .fit import FitResult

    Floats = NDArray[np.float64]

__all__ = ["NOISE", "FitSettings", "FitStatus", "Problem", "fit_rows"]


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


class _Noise(NamedTuple):
    """Cost and its derivatives with respect to the model values."""

    cost: Callable[[Floats, Floats, Floats], Floats]
    score: Callable[[Floats, Floats, Floats], tuple[Floats, Floats]]


def _white_cost(mu: Floats, y: Floats, w: Floats) -> Floats:
    residual = y - mu
    return np.asarray(0.5 * np.einsum("nm,nm,nm->n", w, residual, residual))


def _white_score(mu: Floats, y: Floats, w: Floats) -> tuple[Floats, Floats]:
    return w * (y - mu), w


def _poisson_cost(mu: Floats, y: Floats, w: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        deviance = mu - y + np.where(y > 0, y * np.log(y / mu), 0.0)
    # a model that is not positive where it is looked at has no likelihood
    deviance = np.where((mu > 0) | ((mu == 0) & (y == 0)), deviance, np.inf)
    return np.asarray(np.where(w > 0, w * deviance, 0.0).sum(axis=1))


def _poisson_score(mu: Floats, y: Floats, w: Floats) -> tuple[Floats, Floats]:
    curvature = w / np.maximum(mu, 1e-12)
    return curvature * (y - mu), curvature


NOISE = {
    "white": _Noise(_white_cost, _white_score),
    "poisson": _Noise(_poisson_cost, _poisson_score),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What stays the same for all blocks: the functions and the box."""

    model: Callable[..., Any]
    jacobian: Callable[..., Any]
    x: Any
    noise: _Noise
    lower: Floats
    upper: Floats
    settings: FitSettings


@dataclass(slots=True)
class _Block:
    """The problems still being worked on; every array has them along its first axis."""

    y: Floats
    w: Floats
    each: tuple[NDArray[Any], ...]
    lower: Floats
    upper: Floats
    p: Floats
    cost: Floats
    damping: Floats
    growth: Floats
    gradient: Floats
    curvature: Floats
    status: NDArray[np.int8]
    iterations: NDArray[np.int32]
    where: NDArray[np.intp]

    def take(self, keep: NDArray[Any]) -> _Block:
        """Return the block of the problems in `keep`."""
        chosen = {name: getattr(self, name)[keep] for name in self.__slots__ if name != "each"}
        return _Block(each=tuple(a[keep] for a in self.each), **chosen)


def _opened(
    problem: Problem,
    y: Floats,
    w: Floats,
    each: tuple[NDArray[Any], ...],
    p: Floats,
    rows: slice,
) -> _Block:
    """Evaluate the start values of a block."""
    n, k = p.shape
    block = _Block(
        y=y,
        w=w,
        each=each,
        lower=problem.lower[rows],
        upper=problem.upper[rows],
        p=p,
        cost=np.full(n, np.inf),
        damping=np.full(n, problem.settings.damping),
        growth=np.full(n, 2.0),
        gradient=np.zeros((n, k)),
        curvature=np.zeros((n, k, k)),
        status=np.full(n, FitStatus.NOT_CONVERGED, np.int8),
        iterations=np.zeros(n, np.int32),
        where=np.arange(rows.start, rows.start + n),
    )
    mu = _values(problem, p, block)
    block.cost = problem.noise.cost(mu, y, w)
    _linearise(problem, block, np.arange(n), mu)
    good = np.isfinite(block.cost) & np.isfinite(block.gradient).all(axis=1)
    block.status[~good] = FitStatus.BAD_START
    free = np.count_nonzero(block.lower < block.upper, axis=1)
    block.status[np.count_nonzero(w, axis=1) < free] = FitStatus.TOO_FEW_DATA
    return block


def _values(problem: Problem, p: Floats, block: _Block) -> Floats:
    with np.errstate(all="ignore"):
        mu = np.asarray(problem.model(p, problem.x, *block.each), np.float64)
    if mu.shape != block.y.shape:
        msg = f"the model returned shape {mu.shape} for data of shape {block.y.shape}"
        raise ValueError(msg)
    # points that are left out may be undefined in the model as well
    return np.where(block.w > 0, mu, 0.0) if not np.isfinite(mu).all() else mu


def _linearise(problem: Problem, block: _Block, rows: NDArray[Any], mu: Floats) -> None:
    """Renew gradient and curvature of some problems at their present parameters."""
    w = block.w[rows]
    with np.errstate(all="ignore"):
        jac = np.asarray(
            problem.jacobian(block.p[rows], problem.x, *(a[rows] for a in block.each))
        )
        if not np.isfinite(jac).all():
            jac = np.where(w[:, None, :] > 0, jac, 0.0)
        slope, curvature = problem.noise.score(mu, block.y[rows], w)
        block.gradient[rows] = np.matmul(jac, slope[:, :, None])[..., 0]
        weighted = jac * curvature[:, None, :]
        block.curvature[rows] = np.matmul(weighted, np.swapaxes(jac, 1, 2))


def fit_rows(
    problem: Problem,
    rows: slice,
    part: tuple[Floats, Floats, tuple[NDArray[Any], ...], Floats],
    result: FitResult,
    *,
    scale: bool,
) -> None:
    """Iterate a block until every problem in it has ended, filing each as it does.

    Parameters
    ----------
    problem : Problem
        Functions, box and settings.
    rows : slice
        Which problems these are, in the box and in the result.
    part : tuple
        Data, weights, arguments of each problem, start values: of these rows.
    result : FitResult
        Its arrays are filled at these rows.
    scale : bool
        Multiply covariances by the reduced chi-squared.
    """
    block = _opened(problem, *part, rows)
    for _ in range(problem.settings.max_iterations):
        ended = block.status != FitStatus.NOT_CONVERGED
        if np.count_nonzero(ended) > len(ended) // 4 or ended.all():
            _file(block.take(ended), result, scale=scale)
            block = block.take(~ended)
        if not len(block.p):
            return
        _advance(problem, block)
    _file(block, result, scale=scale)


def _advance(problem: Problem, block: _Block) -> None:
    """Try one damped step on every problem that has not ended."""
    running = block.status == FitStatus.NOT_CONVERGED
    free = _free(block)
    step, scale = _step(block, free)
    trial = np.clip(block.p + step, block.lower, block.upper)
    step = np.where(running[:, None], trial - block.p, 0.0)
    curved = np.einsum("ni,nij,nj->n", step, block.curvature, step)
    predicted = np.einsum("ni,ni->n", block.gradient, step) - 0.5 * curved
    mu = _values(problem, block.p + step, block)
    with np.errstate(all="ignore"):
        cost = problem.noise.cost(mu, block.y, block.w)
        actual = block.cost - np.where(np.isnan(cost), np.inf, cost)
        ratio = np.where(predicted > 0, actual / predicted, -1.0)
    accepted = running & (actual > 0) & (ratio > 1e-4)
    _judge(problem.settings, block, running, _Step(step, scale, predicted, actual, free))
    block.iterations[running] += 1
    better = np.flatnonzero(accepted)
    block.p[better] += step[better]
    block.cost[better] = cost[better]
    if len(better):
        _linearise(problem, block, better, mu[better])
    with np.errstate(over="ignore"):
        shrink = np.maximum(0.1, 1 - (2 * np.clip(ratio, 0, 2) - 1) ** 3)
        block.damping *= np.where(accepted, shrink, block.growth)
        block.growth = np.where(accepted, 2.0, 2 * block.growth)
    block.damping = np.maximum(block.damping, 1e-14)


def _free(block: _Block) -> NDArray[np.bool_]:
    """Which parameters may move: not fixed, and not pushed out through a bound."""
    outward = (block.p <= block.lower) & (block.gradient <= 0)
    outward |= (block.p >= block.upper) & (block.gradient >= 0)
    return ~outward & (block.lower < block.upper)


def _step(block: _Block, free: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Solve the damped normal equations of the free parameters in scaled form."""
    diagonal = np.einsum("nii->ni", block.curvature)
    scale = 1 / np.sqrt(np.where(free & (diagonal > 0), diagonal, 1.0))
    masked = scale * free
    matrix = block.curvature * masked[:, :, None] * masked[:, None, :]
    damped = np.einsum("nii->ni", matrix)
    damped += np.where(free, np.minimum(block.damping, 1e300)[:, None], 1.0)
    ok = np.asarray(np.isfinite(matrix).all(axis=(1, 2)))
    matrix[~ok] = np.eye(matrix.shape[1])
    right = np.where(ok[:, None], block.gradient * masked, 0.0)
    return scale * np.linalg.solve(matrix, right[:, :, None])[..., 0], scale


class _Step(NamedTuple):
    """One step of every problem of a block and what came of it."""

    step: Floats
    scale: Floats
    predicted: Floats
    actual: Floats
    free: NDArray[np.bool_]


def _judge(settings: FitSettings, block: _Block, running: NDArray[np.bool_], tried: _Step) -> None:
    """Set the status of the problems that end with this step."""
    length = np.linalg.norm(tried.step / tried.scale, axis=1)
    size = np.linalg.norm(block.p / tried.scale, axis=1)
    slope = np.abs(block.gradient * tried.scale * tried.free).max(axis=1, initial=0.0)
    floor = settings.cost_tolerance * block.cost
    settled = (tried.predicted <= floor) & (np.abs(tried.actual) <= floor)
    tests = (
        (block.damping > 1e14, FitStatus.STALLED),
        ((length <= settings.step_tolerance * size) & (block.damping < 1), FitStatus.STEP),
        (settled & (length > 0), FitStatus.COST),
        (slope <= settings.gradient_tolerance * np.sqrt(2 * block.cost), FitStatus.GRADIENT),
        (block.cost <= 1e-30 * _energy(block), FitStatus.COST),
    )
    for true, status in tests:
        block.status[running & true] = status


def _energy(block: _Block) -> Floats:
    """Return the cost of a model that is zero everywhere."""
    return np.asarray(0.5 * np.einsum("nm,nm,nm->n", block.w, block.y, block.y))


def _file(block: _Block, result: FitResult, *, scale: bool) -> None:
    """Write the problems of a block, which have ended, into the result."""
    result.status[block.where] = block.status
    result.iterations[block.where] = block.iterations
    good = block.take(block.status > 0)
    if not len(good.p):
        return
    fixed = good.lower >= good.upper
    freedom = np.count_nonzero(good.w, axis=1) - np.count_nonzero(~fixed, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        chi = np.where(freedom > 0, 2 * good.cost / freedom, np.nan)
    covariance = _inverse(good.curvature, _free(good))
    held = ~_free(good) & ~fixed
    covariance[held[:, :, None] | held[:, None, :]] = np.nan
    if scale:
        covariance = covariance * chi[:, None, None]
    result.parameters[good.where] = good.p
    result.covariance[good.where] = covariance
    result.reduced_chi_squared[good.where] = chi


def _inverse(matrix: Floats, free: NDArray[np.bool_]) -> Floats:
    """Invert the free part of each matrix; zero elsewhere, inf where it is singular."""
    diagonal = np.einsum("nii->ni", matrix)
    scale = np.where(free, 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0)), 0.0)
    scaled = matrix * scale[:, :, None] * scale[:, None, :]
    identity = np.eye(matrix.shape[1])
    scaled += identity * ~free[:, None, :]
    values, vectors = np.linalg.eigh(scaled)
    singular = values[:, :1] < 1e-14
    values = np.where(singular, 1.0, values)
    inverse = np.matmul(vectors / values[:, None, :], np.swapaxes(vectors, 1, 2))
    inverse *= scale[:, :, None] * scale[:, None, :]
    lost = singular[:, 0, None, None] & free[:, :, None] & free[:, None, :]
    return np.where(lost, np.inf, inverse)
