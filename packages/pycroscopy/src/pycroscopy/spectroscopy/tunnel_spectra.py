"""Conductance of currents measured over the bias, and densities of states.

Slopes are weighted sums of currents, so that the noise of a current gives the error of each
value, exactly.  Divided by a broadened ratio of current and bias [1]_ a conductance no longer
depends on the distance of the tip, and stays finite in a gap.

References
----------
.. [1] Feenstra, Phys. Rev. B 50, 4561 (1994), doi:10.1103/PhysRevB.50.4561
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from pycroscopy.fit.estimates import EstimatedCurves
from pycroscopy.fit.evidence import Question, spline_basis
from pycroscopy.fit.local import LocalPolynomials, by_valid_points
from pycroscopy.fit.rows import Rows
from sidpy.sid.operations import operation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["conductance", "normalized_conductance"]

#: Share of the range of the bias that a neighborhood has by default.
_SHARE: Final = 0.05
#: Different places that a curve needs.
_LEAST: Final = 6


@operation(name="pycroscopy.spectroscopy.conductance")
def conductance(
    data: Any,
    *,
    dim: str | int | None = None,
    method: Literal["polynomial", "spline"] = "polynomial",
    window: float | None = None,
    order: int = 2,
) -> EstimatedCurves:
    """Return the slope of current over bias, with the error that the noise makes.

    Parameters
    ----------
    data : Dataset or array of shape (..., bias), real
        Currents; NaN is missing.
    dim : str or int, optional
        The axis of the bias, in any order: by default the only spectral one, or the last.
    method : {"polynomial", "spline"}
        Local polynomials (Savitzky and Golay), or a smoothing spline that is as smooth as
        makes each curve likeliest.
    window : float, units of the axis
        Of the polynomials: a twentieth of the range by default.
    order : int
        Of the polynomials.

    Returns
    -------
    EstimatedCurves
        Lazy; NaN for curves that are constant or have fewer than six places.

    Raises
    ------
    TypeError
        When the data are complex.
    ValueError
        For fewer than six points, unknown words, and windows and orders that are none.

    Notes
    -----
    Errors of polynomials are those of the noise alone: within the window the current has to
    be a polynomial.  Those of splines hold on average over a curve.

    Examples
    --------
    >>> bias = np.linspace(-1, 1, 41)
    >>> found = conductance(bias**2)
    >>> bool(np.allclose(found.values, bias * 0.1))
    True
    """
    rows = Rows.of(data, dim, least=_LEAST).real("currents")
    options = {"window": _window(rows, window, order), "order": int(order)}
    if method == "spline":
        options = {}
    elif method != "polynomial":
        msg = f"method is {method!r}; it can be 'polynomial' or 'spline'"
        raise ValueError(msg)
    curves = Rows(rows.varying(), rows.axis, rows.x)
    packed = curves.mapped(_sloped, 2 * len(rows.x) + 1, x=rows.x, **options)
    return EstimatedCurves.of(rows, packed, "conductance", (_per(rows), "conductance"))


@operation(name="pycroscopy.spectroscopy.normalized_conductance")
def normalized_conductance(
    data: Any,
    *,
    broadening: float,
    lock_in: Any = None,
    dim: str | int | None = None,
    window: float | None = None,
    order: int = 2,
) -> EstimatedCurves:
    """Return the conductance over the broadened ratio of current and bias.

    Parameters
    ----------
    data : Dataset or array of shape (..., bias), real
        Currents; what flows at zero bias is taken off.
    broadening : float, units of the axis
        Of the exponential over which the ratio is averaged; about as wide as the gap.
    lock_in : Dataset or array of shape (..., bias), optional
        Conductance measured beside the currents, in units of current over bias, on the same
        axis (see `calibrate_lock_in`); the slope of the currents by default.
    dim : str or int, optional
        The axis of the bias: by default the only spectral one, or the last.
    window : float, units of the axis
        Of the local polynomials; a twentieth of the range by default.
    order : int
        Of the polynomials.

    Returns
    -------
    EstimatedCurves
        Lazy, without units; NaN where the denominator does not exceed its noise.

    Raises
    ------
    ValueError
        When the broadening is not positive, or the lock-in has other points.

    Examples
    --------
    >>> bias = np.linspace(-1, 1, 41)
    >>> found = normalized_conductance(3 * bias, broadening=0.2)
    >>> bool(np.allclose(found.values, 1))
    True
    """
    rows = Rows.of(data, dim, least=_LEAST).real("currents")
    if not broadening > 0:
        msg = f"a broadening is positive, in units of the bias; found {broadening!r}"
        raise ValueError(msg)
    beside = []
    if lock_in is not None:
        other = rows.at_same_positions(lock_in, dim)
        if len(other.x) != len(rows.x):
            msg = f"{len(other.x)} points of the lock-in for {len(rows.x)} currents"
            raise ValueError(msg)
        beside.append(other)
    curves = Rows(rows.varying(), rows.axis, rows.x)
    packed = curves.mapped(
        _normalized, 2 * len(rows.x) + 1, *beside, x=rows.x,
        window=_window(rows, window, order), order=int(order), broadening=float(broadening),
    )  # fmt: skip
    title = "normalized conductance"
    return EstimatedCurves.of(rows, packed, title, ("", title))


def _window(rows: Rows, window: float | None, order: int) -> float:
    """Return the width of neighborhoods."""
    width = _SHARE * float(np.ptp(rows.x)) if window is None else float(window)
    if not (width > 0 and 1 <= order <= 5):
        msg = f"window is {window!r} and order {order!r}; expected above 0, and 1 to 5"
        raise ValueError(msg)
    return width


def _per(rows: Rows) -> str:
    """Return the unit of a slope."""
    x, y = rows.units
    return f"{y}/{x}" if x and y else ""


def _sloped(block: Any, x: Floats, window: float | None = None, order: int = 2) -> Floats:
    """Return slopes, errors and noise side by side."""
    count = len(x)
    found = np.full((int(np.prod(block.shape[:-1])), 2 * count + 1), np.nan)
    for rows, points, y in by_valid_points(block):
        if len(np.unique(x[points])) < _LEAST:
            continue
        if window is None:
            spline, roughness = spline_basis(x[points])
            question = Question.of(spline(x[points]), roughness, free=3)
            answer, slope = question.answered(y), spline(x, 1)
            slopes, errors = answer.numbers @ slope.T, question.errors(answer, slope)
            noise = answer.noise
        else:
            slope = LocalPolynomials.of(x[points], x, window, order).slope
            noise = LocalPolynomials.of(x[points], x[points], window, order).noise(y)
            slopes = y @ slope.T
            errors = noise[:, None] * np.sqrt((slope**2).sum(axis=1))
        found[rows] = np.concatenate([slopes, errors, noise[:, None]], axis=1)
    return found.reshape(*block.shape[:-1], -1)


def _normalized(
    block: Any,
    lock_in: Any = None,
    *,
    x: Floats,
    window: float,
    order: int,
    broadening: float,
) -> Floats:
    """Return normalized conductances, errors and noise side by side."""
    count = len(x)
    found = np.full((int(np.prod(block.shape[:-1])), 2 * count + 1), np.nan)
    beside = None if lock_in is None else np.asarray(lock_in, np.float64).reshape(-1, count)
    for rows, points, y in by_valid_points(block):
        if len(np.unique(x[points])) < _LEAST:
            continue
        here = LocalPolynomials.of(x[points], x[points], window, order)
        slope = LocalPolynomials.of(x[points], x, window, order).slope
        below = _ratio_weights(x, points, (window, order), broadening)
        noise = here.noise(y)[:, None]
        with np.errstate(all="ignore"):
            bottom = y @ below.T
            both, spread = (slope * below).sum(axis=1), (below**2).sum(axis=1)
            if beside is None:
                top, alone = y @ slope.T, noise**2 * (slope**2).sum(axis=1)
            else:
                top = beside[rows]
                there = LocalPolynomials.of(x, x, window, order)
                alone, both = there.noise(np.nan_to_num(top))[:, None] ** 2, 0.0 * both
            ratio = np.where(np.abs(bottom) > noise * np.sqrt(spread), top / bottom, np.nan)
            variance = alone + noise**2 * (ratio**2 * spread - 2 * ratio * both)
            errors = np.sqrt(np.maximum(variance, 0.0)) / np.abs(bottom)
        found[rows] = np.concatenate([ratio, errors, noise], axis=1)
    return found.reshape(*block.shape[:-1], -1)


def _ratio_weights(
    x: Floats, points: NDArray[np.bool_], local: tuple[float, int], broadening: float
) -> Floats:
    """Return the weights of currents in the broadened ratio of current and bias."""
    bias = x[points]
    ratio = np.eye(len(bias))
    if bias.min() <= 0 <= bias.max():
        zero = LocalPolynomials.of(bias, np.zeros(1), *local)
        ratio -= zero.value
        # at zero bias the ratio is the slope
        near = np.abs(bias) < 1e-9 * np.ptp(bias)
        ratio[near] = zero.slope
        bias = np.where(near, 1.0, bias)
    ratio /= bias[:, None]
    order = np.argsort(x[points], kind="stable")
    widths = np.empty(len(bias))
    widths[order] = np.gradient(x[points][order]) if len(bias) > 1 else 1.0
    kernel = np.exp(-np.abs(x[:, None] - x[points]) / broadening) * np.abs(widths)
    return np.asarray(kernel / kernel.sum(axis=1, keepdims=True) @ ratio)
