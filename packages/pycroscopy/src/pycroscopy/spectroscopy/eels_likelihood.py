"""Counts whose expected logarithm is a straight line or a parabola, fitted by their likelihood.

A power law is a line in the logarithm of the energy, a Gaussian is a parabola in the energy.
The likelihood of Poisson counts of either has one maximum, which Newton's method finds, and
its curvature is the inverse of the covariance [1]_.  Counts of zero, and negative values after
a dark current was taken off, need no care, as they would in a logarithm.

References
----------
.. [1] Nelder, Wedderburn, J. R. Stat. Soc. A 135, 370 (1972), doi:10.2307/2344614
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LogLinear", "fit_log_linear"]

#: Steps of Newton's method, and the change of the logarithm at which it ends.
_STEPS: Final = 60
_TOLERANCE: Final = 1e-10

#: The largest change of the logarithm in a step.
_STRIDE: Final = 1.0


class LogLinear(NamedTuple):
    """Fits of exp(design @ coefficients) to rows of counts; NaN where there is none."""

    coefficients: NDArray[np.float64]
    """Shape (rows, terms)."""
    covariance: NDArray[np.float64]
    """Shape (rows, terms, terms), for counts of one electron each."""
    deviance: NDArray[np.float64]
    """Pearson's chi square over the degrees of freedom: one for counts of one electron."""


def fit_log_linear(counts: NDArray[Any], design: NDArray[Any], present: NDArray[Any]) -> LogLinear:
    """Fit rows of counts by the maximum of the likelihood.

    Parameters
    ----------
    counts : ndarray of shape (rows, channels)
        Finite where present.
    design : ndarray of shape (rows or 1, channels, terms)
        Of order one; its first term is a constant.
    present : ndarray of bool, shape (rows, channels)
        What takes part.

    Returns
    -------
    LogLinear
        NaN where fewer channels than terms and one take part, where their sum is not above
        zero, or where no maximum is found.
    """
    terms = design.shape[-1]
    counts = np.where(present, counts, 0.0)
    number = present.sum(axis=1)
    total = counts.sum(axis=1)
    good = (number > terms) & (total > 0)
    design = np.broadcast_to(design, (*counts.shape, terms))
    found = np.full((len(counts), terms), np.nan)
    covariance = np.full((len(counts), terms, terms), np.nan)
    chi = np.full(len(counts), np.nan)
    if good.any():
        parts = _newton(counts[good], design[good], present[good].astype(float))
        found[good], covariance[good], chi[good] = parts
    return LogLinear(found, covariance, chi)


def _newton(counts: NDArray[Any], design: NDArray[Any], weight: NDArray[Any]) -> tuple[Any, ...]:
    theta = _start(counts, design, weight)
    change = np.full(len(counts), np.inf)
    for _ in range(_STEPS):
        model = _model(theta, design, weight)
        slope = np.einsum("nc,nct->nt", counts - model, design)
        curvature = _curvature(model, design)
        step = np.linalg.solve(curvature, slope[..., None])[..., 0]
        change = np.abs(np.einsum("nct,nt->nc", design, step) * weight).max(axis=1)
        theta = theta + step * np.minimum(1, _STRIDE / np.maximum(change, 1e-300))[:, None]
        if not (change > _TOLERANCE).any():
            break
    model = _model(theta, design, weight)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        chi = np.where(weight > 0, (counts - model) ** 2 / model, 0.0).sum(axis=1)
    chi /= weight.sum(axis=1) - design.shape[-1]
    covariance = np.linalg.inv(_curvature(model, design))
    lost = ~(change < np.sqrt(_TOLERANCE))
    theta[lost], covariance[lost], chi[lost] = np.nan, np.nan, np.nan
    return theta, covariance, chi


def _start(counts: NDArray[Any], design: NDArray[Any], weight: NDArray[Any]) -> NDArray[Any]:
    """Return a weighted fit of logarithms: near enough, and no worse than a constant."""
    floor = 0.1 * counts.sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
    lifted = np.maximum(counts, floor)
    right = np.einsum("nc,nct->nt", weight * lifted * np.log(lifted), design)
    left = _curvature(weight * lifted, design)
    return np.asarray(np.linalg.solve(left, right[..., None])[..., 0])


def _model(theta: NDArray[Any], design: NDArray[Any], weight: NDArray[Any]) -> NDArray[Any]:
    power = np.einsum("nct,nt->nc", design, theta)
    return np.asarray(weight * np.exp(np.clip(power, -200.0, 200.0)))


def _curvature(model: NDArray[Any], design: NDArray[Any]) -> NDArray[Any]:
    """Return the information, with a trace added that keeps it regular."""
    found = np.einsum("nc,nct,ncs->nts", model, design, design, optimize=True)
    size = np.trace(found, axis1=1, axis2=2)[:, None, None]
    return np.asarray(found + 1e-14 * np.maximum(size, 1e-200) * np.eye(design.shape[-1]))
