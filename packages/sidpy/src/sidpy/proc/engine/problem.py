"""One kind of fit, many problems: what the engine is given and how it looks at it."""

from __future__ import annotations

import enum
import math
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .losses import Loss

    Floats = NDArray[np.float64]
    Forms = tuple[tuple[str, int], ...]

__all__ = [
    "FitSettings", "FitStatus", "Part", "Problem", "block_rows", "checked_values", "evaluated",
    "free_parameters", "normal_equations",
]  # fmt: skip


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
    cost_tolerance: float = 1e-8
    """Relative fall of the cost below which a fit has converged."""
    step_tolerance: float = 1e-10
    """Relative length of the step, in curvature-scaled parameters."""
    gradient_tolerance: float = 1e-12
    """Largest cosine between the residual and a column of the Jacobian."""
    damping: float = 1e-3
    """First Marquardt damping, relative to the curvature."""
    block_bytes: int = 1 << 24
    """Working memory of one block of problems: small enough for a cache, large enough that
    the cost of calls does not count."""
    compiled: bool | None = None
    """Whether code compiled by numba fits the models that it knows (`Model.form`); None: from
    half a million data points on, where numba is installed.  The first use on a machine
    compiles for about a quarter of a minute."""

    def recorded_form(self) -> dict[str, Any]:
        """Return what stands for the settings in a history."""
        return asdict(self)


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
    bounded: bool
    """Whether there is a finite bound anywhere."""
    forms: Forms | None = None
    """What the model is the sum of, where compiled code fits it."""
    workspace: list[Floats] = field(default_factory=list)
    """Memory for derivatives, used again and again."""

    def buffer(self, *shape: int) -> Floats:
        """Return memory for an array of this shape."""
        size = math.prod(shape)
        if not self.workspace or self.workspace[0].size < size:
            self.workspace[:] = [np.empty(size)]
        return self.workspace[0][:size].reshape(shape)


@dataclass(frozen=True, slots=True)
class Part:
    """Data, weights (None: one), arguments of each problem, start and box of some problems."""

    y: Floats
    w: Floats | None
    each: tuple[NDArray[Any], ...]
    p: Floats
    """Shape (problems * starts, parameters)."""
    lower: Floats
    upper: Floats
    starts: int = 1
    """Fits of each problem; all else is held once."""

    def rows(self, first: int, last: int) -> Part:
        """Return some of the fits, with everything they need once for each of them."""
        which: Any = slice(first, last)
        if self.starts > 1:
            which = np.arange(first, min(last, len(self.p))) // self.starts
        return replace(self.chosen(which), p=self.p[first:last], starts=1)

    def chosen(self, which: Any) -> Part:
        """Return some of the problems; the start values are left as they are."""
        return replace(
            self,
            y=self.y[which],
            w=None if self.w is None else self.w[which],
            each=tuple(a[which] for a in self.each),
            lower=self.lower[which],
            upper=self.upper[which],
        )


def checked_values(mu: Any, part: Part) -> Floats:
    """Return model values after a look at their shape, zero where points are left out."""
    if mu.shape != part.y.shape:
        msg = f"the model returned shape {mu.shape} for data of shape {part.y.shape}"
        raise ValueError(msg)
    if part.w is not None and not np.isfinite(mu).all():
        # points that are left out may be undefined in the model as well
        return np.where(part.w > 0, mu, 0.0)
    return np.asarray(mu)


def evaluated(problem: Problem, part: Part, p: Floats) -> tuple[Floats, Floats, Floats]:
    """Return cost, gradient (downhill) and curvature of problems at parameters `p`."""
    with np.errstate(all="ignore"):
        buffer = problem.buffer(len(p), p.shape[1], part.y.shape[1])
        mu, jac = problem.linearised(buffer, p, problem.x, *part.each)
        mu = checked_values(mu, part)
        cost = problem.loss.cost(mu, part.y, part.w)
        return cost, *normal_equations(problem.loss, mu, jac, part.y, part.w)


def normal_equations(
    loss: Loss, mu: Floats, jac: Floats, y: Floats, w: Floats | None
) -> tuple[Floats, Floats]:
    """Return gradient (downhill) and curvature from values and derivatives."""
    if w is not None and not np.isfinite(jac).all():
        jac = np.where(w[:, None, :] > 0, jac, 0.0)
    slope, curvature = loss.score(mu, y, w)
    gradient = np.matmul(jac, slope[:, :, None])[..., 0]
    weighted = jac if curvature is None else jac * curvature[:, None, :]
    return gradient, np.matmul(weighted, np.swapaxes(jac, 1, 2))


def free_parameters(
    p: Floats, gradient: Floats, lower: Floats, upper: Floats
) -> NDArray[np.bool_]:
    """Return which parameters may move: not fixed, and not pushed out through a bound."""
    outward = (p <= lower) & (gradient <= 0)
    outward |= (p >= upper) & (gradient >= 0)
    return ~outward & (lower < upper)


def block_rows(settings: FitSettings, points: int, parameters: int) -> int:
    """Return how many fits a block holds."""
    return max(16, settings.block_bytes // (8 * points * (parameters + 8)))
