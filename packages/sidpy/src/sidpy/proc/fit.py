"""Fit one model to many data sets at once.

A spectrum image holds a million small least-squares problems of the same kind.  Solving
them one by one costs far more in calls than in arithmetic, so `batch_fit` advances a
block of them together: one evaluation of the model, one batched solve of the damped
normal equations and one decision per problem and iteration.  A problem that has
converged leaves the block; the others go on.

The method is Levenberg-Marquardt [1]_ [2]_ with Nielsen's damping [3]_, in parameters
scaled by the curvature, with box bounds held by a projected active set [4]_.  For
counting data the same iteration with Fisher weights minimises the Poisson deviance,
which is maximum likelihood and therefore free of the bias of weighted least squares at
low counts [5]_.  Complex data count with their real and imaginary parts.

References
----------
.. [1] Levenberg, Quart. Appl. Math. 2, 164 (1944), doi:10.1090/qam/10666
.. [2] Marquardt, J. SIAM 11, 431 (1963), doi:10.1137/0111030
.. [3] Madsen, Nielsen, Tingleff, Methods for Non-Linear Least Squares Problems,
       2nd ed., DTU (2004), section 3.2
.. [4] Bertsekas, SIAM J. Control Optim. 20, 221 (1982), doi:10.1137/0320018
.. [5] Laurence, Chromy, Nature Methods 7, 338 (2010), doi:10.1038/nmeth0510-338
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .engine.compiled import forms_of
from .engine.constraints import Ties
from .engine.functions import adapted
from .engine.losses import loss_function
from .engine.marquardt import fit_rows
from .engine.problem import FitSettings, FitStatus, Part, Problem, block_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["FitResult", "FitSettings", "FitStatus", "batch_fit"]


def _nothing() -> Floats:
    return np.empty(0)


@dataclass(frozen=True, slots=True)
class FitResult:
    """Parameters of many fits, with their uncertainty and quality.

    A failed fit is NaN in every float field and has a status of zero or below.
    """

    parameters: Floats
    """Shape (problems, parameters)."""
    covariance: Floats
    """Shape (problems, parameters, parameters); inf where the data do not determine a
    parameter, NaN in the rows of one that rests on a bound, 0 for a fixed one."""
    reduced_chi_squared: Floats
    """Shape (problems,): weighted sum of squares, or deviance, per degree of freedom."""
    status: NDArray[np.int8]
    """Shape (problems,): a `FitStatus` each."""
    iterations: NDArray[np.int32]
    """Shape (problems,): steps tried."""
    cost: Floats = field(default_factory=_nothing)
    """Shape (problems,): half the weighted sum of squares, or what took its place."""

    @classmethod
    def empty(cls, problems: int, parameters: int) -> FitResult:
        """Return the result of fits that have all failed."""
        return cls(
            np.full((problems, parameters), np.nan),
            np.full((problems, parameters, parameters), np.nan),
            np.full(problems, np.nan),
            np.zeros(problems, np.int8),
            np.zeros(problems, np.int32),
            np.full(problems, np.nan),
        )

    @property
    def errors(self) -> Floats:
        """Standard errors, shape (problems, parameters)."""
        return np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2))

    @property
    def converged(self) -> NDArray[np.bool_]:
        """Which fits can be used, shape (problems,)."""
        return self.status > 0

    @property
    def n_failed(self) -> int:
        """Number of fits that are NaN."""
        return int(np.count_nonzero(self.status <= 0))


def batch_fit(  # noqa: PLR0913 - the independent choices of a fit, all by keyword
    model: Callable[..., Any],
    y: ArrayLike,
    start: ArrayLike,
    *,
    x: Any = None,
    each: Sequence[ArrayLike] = (),
    jacobian: Callable[..., Any] | Literal["central", "complex-step"] | None = None,
    bounds: tuple[ArrayLike, ArrayLike] | None = None,
    weights: ArrayLike | None = None,
    noise: Literal["white", "poisson"] = "white",
    scale_covariance: bool | None = None,
    settings: FitSettings | None = None,
    loss: Literal["linear", "soft_l1", "huber", "cauchy", "arctan"] = "linear",
    f_scale: float = 1.0,
    tied: Mapping[int, int | tuple[int, float, float]] | None = None,
    shared: Sequence[int] = (),
) -> FitResult:
    """Fit a model to every row of `y`, all rows together.

    Parameters
    ----------
    model : callable
        ``model(parameters, x, *each)`` with parameters of shape (rows, parameters)
        returns the model values, shape (rows, points).
    y : ndarray of shape (problems, points)
        Data, real or complex; values that are not finite count as missing.
    start : ndarray of shape (parameters,), (problems, parameters) or \
(problems, starts, parameters)
        Start values; those outside the bounds are moved onto them.  With several starts
        per problem the fit of the lowest cost is kept.
    x : object
        Handed to `model` as it is: what all problems share.
    each : sequence of ndarray of shape (problems, ...)
        Further arguments that differ from problem to problem.
    jacobian : callable, "central" or "complex-step", optional
        Same arguments as `model`; returns the derivatives, shape
        (rows, parameters, points).  By default the model's own (its method
        ``value_and_jacobian``), otherwise central differences.
    bounds : pair of ndarray, optional
        Lower and upper bounds, each of shape (parameters,) or (problems, parameters);
        equal bounds fix a parameter.
    weights : ndarray that broadcasts to the shape of `y`, optional
        Inverse variance of white noise, or relative exposure of counts; 0 leaves a point
        out.  For complex data that of the real and of the imaginary part.
    noise : {"white", "poisson"}
        What is minimised: the weighted sum of squares, or the Poisson deviance of counts.
    scale_covariance : bool, optional
        Multiply the covariance by the reduced chi-squared.  By default only for white noise
        without weights, where the noise level is not known beforehand.
    settings : FitSettings, optional
        Tolerances, iterations and size of a block.
    loss : {"linear", "soft_l1", "huber", "cauchy", "arctan"}
        How much outliers count, as in `scipy.optimize.least_squares`.  Covariances of
        robust losses are sandwiches, which need no scale.
    f_scale : float
        Weighted residual at which a point begins to be an outlier.
    tied : mapping of int to int or (int, factor, offset), optional
        Parameters that follow another one: ``{4: 1}`` or ``{4: (1, 2.0, 0.0)}``.
    shared : sequence of int
        Parameters that have one value in all problems.

    Returns
    -------
    FitResult
        Parameters, covariances, reduced chi-squared, status and iterations per problem.

    Raises
    ------
    ValueError
        When shapes do not fit, a lower bound exceeds an upper one, a weight is negative,
        counts are negative or a word is unknown.

    Notes
    -----
    Float64 throughout, one thread, memory `settings.block_bytes` plus the result; a
    scheduler parallelises over slices of `y`.  A problem's result does not depend on
    which others share its block, apart from rounding.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.linspace(0, 4, 50)
    >>> decay = lambda p, x: p[:, :1] * np.exp(-x / p[:, 1:])
    >>> truth = np.array([[2.0, 1.0], [3.0, 0.5]])
    >>> batch_fit(decay, decay(truth, x), [1.0, 1.5], x=x).parameters.round(6)
    array([[2. , 1. ],
           [3. , 0.5]])
    """
    settings = settings or FitSettings()
    data = _checked(y, start, bounds, weights, noise)
    arguments = tuple(np.asarray(a) for a in each)
    for number, argument in enumerate(arguments):
        if len(argument) != len(data.y):
            msg = f"each[{number}] has {len(argument)} rows for {len(data.y)} problems"
            raise ValueError(msg)
    if scale_covariance is None:
        scale_covariance = noise == "white" and weights is None
    ties = Ties.of(tied, data.p.shape[-1], shared)
    if ties is not None:
        data = data.reduced(ties)
        model, jacobian = ties.reduced(model, jacobian)
    values, linearised, fused = adapted(
        model, jacobian, data.lower, data.upper, is_complex=data.is_complex
    )
    forms = None
    if fused and not (data.is_complex or arguments or len(shared)):
        forms = forms_of(model, x, data.y.shape, chosen=settings.compiled)
    problem = Problem(
        values=values,
        linearised=linearised,
        fused=fused,
        x=x,
        loss=loss_function(noise, loss, f_scale),
        settings=settings,
        forms=forms,
        scale=scale_covariance,
        bounded=bool(np.isfinite(data.lower).any() or np.isfinite(data.upper).any()),
    )
    if len(shared):
        if data.p.shape[1] > 1:
            msg = "shared parameters take one start per problem, not several"
            raise ValueError(msg)
        from .engine.shared import fit_together

        rows = sorted(shared) if ties is None else ties.positions(sorted(shared))
        result = fit_together(problem, data.part(slice(None), arguments), rows)
    else:
        result = _fit_blocks(problem, data, arguments)
    return result if ties is None else ties.restored(result)


def _fit_blocks(problem: Problem, data: _Data, arguments: tuple[NDArray[Any], ...]) -> FitResult:
    """Fit block by block, every start of each problem, and keep the best."""
    n, starts, k = data.p.shape
    result = FitResult.empty(n, k)
    if starts == 1:
        fit_rows(problem, data.part(slice(None), arguments), result)
        return result
    # the results of all starts are held for some blocks of problems at a time
    size = 8 * block_rows(problem.settings, data.y.shape[1], k)
    for first in range(0, n, size):
        rows = slice(first, first + size)
        part = data.part(rows, tuple(a[rows] for a in arguments))
        found = FitResult.empty(len(part.p), k)
        fit_rows(problem, part, found)
        _keep_best(found, starts, result, rows)
    return result


def _keep_best(found: FitResult, starts: int, result: FitResult, rows: slice) -> None:
    """Write the best of several fits of each problem into the result."""
    cost = np.where(found.status > 0, found.cost, np.inf).reshape(-1, starts)
    best = np.arange(len(cost)) * starts + np.argmin(cost, axis=1)
    for name in ("parameters", "covariance", "reduced_chi_squared", "status", "cost"):
        getattr(result, name)[rows] = getattr(found, name)[best]
    result.iterations[rows] = found.iterations.reshape(-1, starts).sum(axis=1)


@dataclass(frozen=True, slots=True)
class _Data:
    """Checked arguments at their full shapes; complex data as pairs of reals."""

    y: Floats
    w: Floats | None
    p: Floats
    """Shape (problems, starts, parameters)."""
    lower: Floats
    upper: Floats
    is_complex: bool

    def part(self, rows: slice, each: tuple[NDArray[Any], ...]) -> Part:
        """Return some problems with all their starts."""
        starts, k = self.p.shape[1:]
        return Part(
            y=self.y[rows],
            w=None if self.w is None else self.w[rows],
            each=each,
            p=self.p[rows].reshape(-1, k),
            lower=self.lower[rows],
            upper=self.upper[rows],
            starts=starts,
        )

    def reduced(self, ties: Ties) -> _Data:
        """Return the same with only the parameters that are not tied."""
        free = ties.free
        p, lower, upper = self.p[..., free], self.lower[:, free], self.upper[:, free]
        return _Data(self.y, self.w, p, lower, upper, self.is_complex)


def _checked(
    y: ArrayLike,
    start: ArrayLike,
    bounds: tuple[ArrayLike, ArrayLike] | None,
    weights: ArrayLike | None,
    noise: str,
) -> _Data:
    """Bring the arguments to full float64 shapes, or say what is wrong with them."""
    data = np.atleast_2d(np.asarray(y))
    if data.ndim != 2:
        msg = f"y has shape {data.shape}; expected (problems, points): flatten images first"
        raise ValueError(msg)
    is_complex = np.iscomplexobj(data)
    data = np.ascontiguousarray(data, np.complex128 if is_complex else np.float64)
    p = _checked_start(start, len(data))
    low, high = (-np.inf, np.inf) if bounds is None else bounds
    shape = (len(data), p.shape[-1])
    lower, upper = (np.broadcast_to(np.asarray(b, np.float64), shape) for b in (low, high))
    if not np.all(lower <= upper):
        msg = "a lower bound exceeds its upper bound, or is NaN"
        raise ValueError(msg)
    w = _checked_weights(weights, data)
    if noise == "poisson":
        _check_counts(data, w)
    if w is not None:
        data = np.where(w > 0, np.where(np.isfinite(data), data, 0.0), 0.0)
    if is_complex:
        data = data.view(np.float64)
        w = None if w is None else np.repeat(w, 2, axis=1)
    p = np.clip(p, lower[:, None], upper[:, None])
    return _Data(data, w, p, lower, upper, is_complex)


def _checked_start(start: ArrayLike, problems: int) -> Floats:
    p = np.asarray(start, np.float64)
    if p.ndim not in (1, 2, 3) or (p.ndim > 1 and len(p) != problems):
        msg = (
            f"start has shape {p.shape}; expected (parameters,), ({problems}, parameters) "
            f"or ({problems}, starts, parameters)"
        )
        raise ValueError(msg)
    p = p[:, None] if p.ndim == 2 else p
    return (
        np.broadcast_to(p, (problems, *p.shape[-2:]))
        if p.ndim == 3
        else np.array(np.broadcast_to(p, (problems, 1, len(p))))
    )


def _checked_weights(weights: ArrayLike | None, y: NDArray[Any]) -> Floats | None:
    """Return full weights, zero where something is missing, or None when all are one."""
    valid = np.isfinite(y)
    if weights is None:
        return None if valid.all() else valid.astype(np.float64)
    w = np.broadcast_to(np.asarray(weights, np.float64), y.shape)
    if np.any(w < 0):
        msg = "weights are inverse variances and cannot be negative"
        raise ValueError(msg)
    valid &= np.isfinite(w)
    return w if valid.all() else np.where(valid, w, 0.0)


def _check_counts(y: NDArray[Any], w: Floats | None) -> None:
    if np.iscomplexobj(y):
        msg = "Poisson noise needs counts, found complex data"
        raise ValueError(msg)
    if np.any((y < 0) & (True if w is None else w > 0)):
        msg = "Poisson noise needs counts, found negative data; subtract no background first"
        raise ValueError(msg)
