"""What a fit minimises: squares, likelihoods of counts, and losses that outliers do not pull.

A loss tells the engine three things about model values `mu` beside data `y`: the cost of
each problem, the slope of the cost (negative, per point) and its curvature.  Robust losses
are written as in `scipy.optimize.least_squares`: cost = 1/2 C**2 sum rho((r/C)**2) with
the scale C (`f_scale`) and weighted residuals r, so that both minimise the same function
[1]_ [2]_.

References
----------
.. [1] Huber, Ann. Math. Statist. 35, 73 (1964), doi:10.1214/aoms/1177703732
.. [2] Triggs, McLauchlan, Hartley, Fitzgibbon, Lect. Notes Comput. Sci. 1883, 298 (2000),
       doi:10.1007/3-540-44480-7_21, section 4.3
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Weights = NDArray[np.float64] | None

__all__ = ["LOSSES", "Loss", "loss_function"]

#: Part of the weight of an outlier that always counts as curvature.  The true curvature of
#: a redescending loss is negative there, and a step needs a positive one.
_FLOOR = 0.02


class Loss(NamedTuple):
    """Cost and its derivatives with respect to the model values."""

    cost: Callable[[Floats, Floats, Weights], Floats]
    """(mu, y, weights) -> cost of each problem; weights None means one everywhere."""
    score: Callable[[Floats, Floats, Weights], tuple[Floats, Floats | None]]
    """(mu, y, weights) -> downhill slope and curvature per point; None means one."""
    robust: bool = False
    """Whether slopes scatter differently from curvatures, so that errors need both."""
    name: str = "linear"
    """What compiled code knows it by; see `kernels.LOSSES`."""
    scale: float = 1.0
    """Weighted residual of an outlier, for robust losses."""


def _square_cost(mu: Floats, y: Floats, w: Weights) -> Floats:
    residual = y - mu
    if w is None:
        return np.asarray(0.5 * np.einsum("nm,nm->n", residual, residual))
    return np.asarray(0.5 * np.einsum("nm,nm,nm->n", w, residual, residual))


def _square_score(mu: Floats, y: Floats, w: Weights) -> tuple[Floats, Floats | None]:
    return (y - mu, None) if w is None else (w * (y - mu), w)


def _poisson_cost(mu: Floats, y: Floats, w: Weights) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        deviance = mu - y + np.where(y > 0, y * np.log(y / mu), 0.0)
    # a model that is not positive where it is looked at has no likelihood
    deviance = np.where((mu > 0) | ((mu == 0) & (y == 0)), deviance, np.inf)
    if w is None:
        return np.asarray(deviance.sum(axis=1))
    return np.asarray(np.where(w > 0, w * deviance, 0.0).sum(axis=1))


def _poisson_score(mu: Floats, y: Floats, w: Weights) -> tuple[Floats, Floats | None]:
    curvature = (1.0 if w is None else w) / np.maximum(mu, 1e-12)
    return curvature * (y - mu), curvature


class _Rho(NamedTuple):
    """A robust loss of the squared scaled residual: its value and two derivatives."""

    value: Callable[[Floats], Floats]
    first: Callable[[Floats], Floats]
    second: Callable[[Floats], Floats]


def _huber_first(z: Floats) -> Floats:
    return np.asarray(1 / np.sqrt(np.maximum(z, 1.0)))


_RHO: dict[str, _Rho] = {
    "soft_l1": _Rho(
        lambda z: 2 * (np.sqrt(1 + z) - 1),
        lambda z: 1 / np.sqrt(1 + z),
        lambda z: -0.5 * (1 + z) ** -1.5,
    ),
    "huber": _Rho(
        lambda z: np.where(z <= 1, z, 2 * np.sqrt(z) - 1),
        _huber_first,
        lambda z: np.where(z <= 1, 0.0, -0.5 * _huber_first(z) ** 3),
    ),
    "cauchy": _Rho(np.log1p, lambda z: 1 / (1 + z), lambda z: -1 / (1 + z) ** 2),
    "arctan": _Rho(np.arctan, lambda z: 1 / (1 + z**2), lambda z: -2 * z / (1 + z**2) ** 2),
}

#: Names that `loss_function` knows.
LOSSES = ("linear", *_RHO)


def _robust(name: str, scale: float) -> Loss:
    rho = _RHO[name]

    def squared(mu: Floats, y: Floats, w: Weights) -> tuple[Floats, Any]:
        residual = y - mu
        weight = 1.0 if w is None else w
        return weight * residual, weight * (residual / scale) ** 2

    def cost(mu: Floats, y: Floats, w: Weights) -> Floats:
        _, z = squared(mu, y, w)
        return np.asarray(0.5 * scale**2 * rho.value(z).sum(axis=1))

    def score(mu: Floats, y: Floats, w: Weights) -> tuple[Floats, Floats | None]:
        pull, z = squared(mu, y, w)
        first = rho.first(z)
        curvature = np.maximum(first + 2 * z * rho.second(z), _FLOOR * first)
        return pull * first, curvature if w is None else w * curvature

    return Loss(cost, score, robust=True, name=name, scale=scale)


def loss_function(noise: str = "white", loss: str = "linear", f_scale: float = 1.0) -> Loss:
    """Return what a fit minimises.

    Parameters
    ----------
    noise : {"white", "poisson"}
        Weighted squares, or the deviance of Poisson counts.
    loss : {"linear", "soft_l1", "huber", "cauchy", "arctan"}
        How much an outlier counts, for white noise; definitions of SciPy.
    f_scale : float
        Weighted residual at which a point begins to be an outlier.

    Returns
    -------
    Loss
        Cost, slope and curvature.

    Raises
    ------
    ValueError
        For an unknown word, a scale that is not positive, or a robust loss of counts.

    Examples
    --------
    >>> import numpy as np
    >>> huber = loss_function(loss="huber", f_scale=2.0)
    >>> huber.cost(np.zeros((1, 2)), np.array([[1.0, 4.0]]), None)
    array([6.5])
    """
    if noise not in ("white", "poisson"):
        msg = f"noise is {noise!r}; it can be one of ['poisson', 'white']"
        raise ValueError(msg)
    if loss not in LOSSES:
        msg = f"loss is {loss!r}; it can be one of {sorted(LOSSES)}"
        raise ValueError(msg)
    if not f_scale > 0:
        msg = f"f_scale is {f_scale!r}; the residual of an outlier is a positive number"
        raise ValueError(msg)
    if noise == "poisson":
        if loss != "linear":
            msg = f"loss {loss!r} is for white noise; counts are fitted by their deviance"
            raise ValueError(msg)
        return Loss(_poisson_cost, _poisson_score, name="poisson")
    if loss == "linear":
        return Loss(_square_cost, _square_score)
    return _robust(loss, float(f_scale))
