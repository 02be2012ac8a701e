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
low counts [5]_.

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

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ._marquardt import NOISE, FitSettings, FitStatus, Problem, fit_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["FitResult", "FitSettings", "FitStatus", "batch_fit"]


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
    jacobian: Callable[..., Any] | None = None,
    bounds: tuple[ArrayLike, ArrayLike] | None = None,
    weights: ArrayLike | None = None,
    noise: Literal["white", "poisson"] = "white",
    scale_covariance: bool | None = None,
    settings: FitSettings | None = None,
) -> FitResult:
    """Fit a model to every row of `y`, all rows together.

    Parameters
    ----------
    model : callable
        ``model(parameters, x, *each)`` with parameters of shape (rows, parameters)
        returns the model values, shape (rows, points).
    y : ndarray of shape (problems, points)
        Data, real; values that are not finite count as missing.
    start : ndarray of shape (parameters,) or (problems, parameters)
        Start values; those outside the bounds are moved onto them.
    x : object
        Handed to `model` as it is: what all problems share.
    each : sequence of ndarray of shape (problems, ...)
        Further arguments that differ from problem to problem.
    jacobian : callable, optional
        Same arguments as `model`; returns the derivatives, shape
        (rows, parameters, points).  Central differences when missing.
    bounds : pair of ndarray, optional
        Lower and upper bounds, each of shape (parameters,) or (problems, parameters);
        equal bounds fix a parameter.
    weights : ndarray that broadcasts to the shape of `y`, optional
        Inverse variance of white noise, or relative exposure of counts; 0 leaves a point out.
    noise : {"white", "poisson"}
        What is minimised: the weighted sum of squares, or the Poisson deviance of counts.
    scale_covariance : bool, optional
        Multiply the covariance by the reduced chi-squared.  By default only for white noise
        without weights, where the noise level is not known beforehand.
    settings : FitSettings, optional
        Tolerances, iterations and size of a block.

    Returns
    -------
    FitResult
        Parameters, covariances, reduced chi-squared, status and iterations per problem.

    Raises
    ------
    ValueError
        When shapes do not fit, a lower bound exceeds an upper one, a weight is negative,
        counts are negative or `noise` is an unknown word.

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
    y, w, p, lower, upper = _checked(y, start, bounds, weights, noise)
    arguments = tuple(np.asarray(a) for a in each)
    for number, argument in enumerate(arguments):
        if len(argument) != len(y):
            msg = f"each[{number}] has {len(argument)} rows for {len(y)} problems"
            raise ValueError(msg)
    problem = Problem(
        model=model,
        jacobian=jacobian or _numeric_jacobian(model, lower, upper),
        x=x,
        noise=NOISE[noise],
        lower=lower,
        upper=upper,
        settings=settings or FitSettings(),
    )
    if scale_covariance is None:
        scale_covariance = noise == "white" and weights is None
    n, k = p.shape
    result = FitResult(
        np.full((n, k), np.nan),
        np.full((n, k, k), np.nan),
        np.full(n, np.nan),
        np.zeros(n, np.int8),
        np.zeros(n, np.int32),
    )
    per_problem = 8 * y.shape[1] * (k + 8)
    size = max(1, min(n, problem.settings.block_bytes // max(per_problem, 1)))
    for first in range(0, n, size):
        rows = slice(first, first + size)
        part = (y[rows], w[rows], tuple(a[rows] for a in arguments), p[rows])
        fit_rows(problem, rows, part, result, scale=scale_covariance)
    return result


def _checked(
    y: ArrayLike,
    start: ArrayLike,
    bounds: tuple[ArrayLike, ArrayLike] | None,
    weights: ArrayLike | None,
    noise: str,
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Bring the arguments to full float64 shapes, or say what is wrong with them."""
    if noise not in NOISE:
        msg = f"noise is {noise!r}; it can be one of {sorted(NOISE)}"
        raise ValueError(msg)
    y = np.atleast_2d(np.asarray(y, np.float64))
    if y.ndim != 2:
        msg = f"y has shape {y.shape}; expected (problems, points): flatten images first"
        raise ValueError(msg)
    p = np.asarray(start, np.float64)
    if p.ndim not in (1, 2) or (p.ndim == 2 and len(p) != len(y)):
        msg = f"start has shape {p.shape}; expected (parameters,) or ({len(y)}, parameters)"
        raise ValueError(msg)
    p = np.array(np.broadcast_to(p, (len(y), p.shape[-1])))
    low, high = (-np.inf, np.inf) if bounds is None else bounds
    lower, upper = (np.broadcast_to(np.asarray(b, np.float64), p.shape) for b in (low, high))
    if not np.all(lower <= upper):
        msg = "a lower bound exceeds its upper bound, or is NaN"
        raise ValueError(msg)
    w = np.broadcast_to(np.asarray(1.0 if weights is None else weights, np.float64), y.shape)
    if np.any(w < 0):
        msg = "weights are inverse variances and cannot be negative"
        raise ValueError(msg)
    valid = np.isfinite(y) & np.isfinite(w)
    if noise == "poisson" and np.any(y[valid & (w > 0)] < 0):
        msg = "Poisson noise needs counts, found negative data; subtract no background first"
        raise ValueError(msg)
    if not valid.all():
        y, w = np.where(valid, y, 0.0), np.where(valid, w, 0.0)
    return y, w, np.clip(p, lower, upper), lower, upper


def _numeric_jacobian(
    model: Callable[..., Any], lower: Floats, upper: Floats
) -> Callable[..., Floats]:
    """Return central differences of `model` that stay inside the box."""
    low, high = lower.min(axis=0, initial=np.inf), upper.max(axis=0, initial=-np.inf)

    def jacobian(p: Floats, x: Any, *each: NDArray[Any]) -> Floats:
        columns = []
        for k in range(p.shape[1]):
            step = np.finfo(float).eps ** (1 / 3) * np.maximum(np.abs(p[:, k]), 1e-3)
            above, below = p.copy(), p.copy()
            above[:, k] = np.minimum(p[:, k] + step, max(high[k], p[:, k].max()))
            below[:, k] = np.maximum(p[:, k] - step, min(low[k], p[:, k].min()))
            width = above[:, k] - below[:, k]
            width[width == 0] = np.inf  # a fixed parameter
            difference = np.asarray(model(above, x, *each)) - model(below, x, *each)
            columns.append(difference / width[:, None])
        return np.stack(columns, axis=1)

    return jacobian
