"""Sweeps of the bias there and back, and scales: of set points and of lock-in amplifiers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pycroscopy.fit.branches import falling_points
from pycroscopy.fit.estimates import EstimatedCurves
from pycroscopy.fit.local import LocalPolynomials
from pycroscopy.fit.rows import Rows
from pycroscopy.signal.peaks import noise_of_signal
from sidpy.sid.operations import operation

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = [
    "CalibratedLockIn",
    "Sweeps",
    "average_sweeps",
    "calibrate_lock_in",
    "normalize_to_set_point",
]


@dataclass(frozen=True, eq=False, repr=False)
class Sweeps(EstimatedCurves):
    """Mean of two sweeps with its errors, and what differs between them."""

    hysteresis: sidpy.Dataset
    """The first sweep less the second, on the axis of the mean."""
    area: sidpy.Dataset
    """Integral of the hysteresis over the bias, at each position."""
    area_error: sidpy.Dataset
    """Standard deviation of `area`."""


@dataclass(frozen=True, eq=False, repr=False)
class CalibratedLockIn(EstimatedCurves):
    """A lock-in channel as conductance, and the line that made it so."""

    gain: sidpy.Dataset
    """Conductance per unit of the channel, at each position."""
    gain_error: sidpy.Dataset
    """Standard deviation of `gain`."""
    offset: sidpy.Dataset
    """Conductance where the channel is zero."""
    offset_error: sidpy.Dataset
    """Standard deviation of `offset`."""

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw maps of gain and offset.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.maps import draw_maps

        return draw_maps({"gain": self.gain, "offset": self.offset}, figure)


@operation(name="pycroscopy.spectroscopy.average_sweeps")
def average_sweeps(data: Any, backward: Any = None, *, dim: str | int | None = None) -> Sweeps:
    """Average two sweeps of the bias, and measure how they differ.

    Parameters
    ----------
    data : Dataset or array of shape (..., bias), real
        The first sweep; or both, one after the other, on an axis that rises and falls.
    backward : Dataset or array of shape (..., bias), optional
        The second sweep, at the same positions, on its own axis in any direction.
    dim : str or int, optional
        The axis of the bias: by default the only spectral one, or the last.

    Returns
    -------
    Sweeps
        Lazy, on an ascending axis: the points of the first (or rising) sweep that the other
        one reaches, between whose points it is interpolated. The noise is that of one sweep,
        from second differences of the hysteresis. ``area`` is positive where the first
        (rising) sweep is higher.

    Raises
    ------
    ValueError
        When there are not two sweeps over the same biases, or positions differ.

    Examples
    --------
    >>> bias = np.linspace(-1, 1, 21)
    >>> found = average_sweeps(bias + 0.1, bias - 0.1)
    >>> bool(np.allclose(found.hysteresis, 0.2))
    True
    """
    import sidpy

    rows = Rows.of(data, dim, least=4).real("currents")
    beside = []
    if backward is None:
        falls = falling_points(rows.x)
        first, second = rows.x.copy(), rows.x.copy()
        first[falls], second[~falls] = np.nan, np.nan
    else:
        beside.append(rows.at_same_positions(backward, dim))
        first, second = rows.x, beside[0].x
        if backward is not beside[0].dataset and len(first) == len(second):
            second = first  # an array has no axis of its own
    places = _shared_places(first, second)
    packed = rows.mapped(
        _averaged, 3 * len(places) + 3, *beside, places=places, first=first, second=second
    )
    old = rows.dataset._axes[rows.axis]
    along = sidpy.Dimension(places, old.name, old.quantity, old.units, "SPECTRAL")
    units = rows.dataset.units
    area_units = f"{units}*{old.units}" if all(rows.units) else ""
    name, count = rows.dataset.title, len(places)

    def curves(number: int, title: str, quantity: str) -> sidpy.Dataset:
        part = packed[..., number * count : (number + 1) * count]
        return rows.placed(part, f"{title} of {name}", units, quantity, along)

    def numbers(number: int, title: str, unit: str) -> sidpy.Dataset:
        return rows.placed(packed[..., 3 * count + number], f"{title} of {name}", unit, title)

    return Sweeps(
        curves(0, "mean", rows.dataset.quantity),
        curves(1, "error of the mean", "standard deviation"),
        numbers(0, "noise", units),
        curves(2, "hysteresis", rows.dataset.quantity),
        numbers(1, "area of hysteresis", area_units),
        numbers(2, "error of the area", area_units),
    )


@operation(name="pycroscopy.spectroscopy.calibrate_lock_in")
def calibrate_lock_in(
    data: Any, current: Any, *, dim: str | int | None = None, together: bool = True
) -> CalibratedLockIn:
    """Turn a lock-in channel into conductance by the current measured beside it.

    Parameters
    ----------
    data : Dataset or array of shape (..., bias), real
        The channel, at the phase of the conductance.
    current : Dataset or array of shape (..., bias), real
        On the same axis.
    dim : str or int, optional
        The axis of the bias: by default the only spectral one, or the last.
    together : bool
        One line for all positions, their mean by errors; otherwise each has its own.

    Returns
    -------
    CalibratedLockIn
        Lazy. Errors of the curves are those of the noise of the channel; that of the line is
        common to all values of a curve and stands in `gain_error` and `offset_error`.

    Raises
    ------
    ValueError
        When positions or points differ.

    Notes
    -----
    The current is fitted by a constant, the bias and the integral of the channel over the
    bias: nothing noisy is differentiated. Curves with a missing point are NaN.

    Examples
    --------
    >>> import sidpy
    >>> bias = np.linspace(-1, 1, 41)
    >>> data = sidpy.Dataset.from_array(3 * bias**2 + 1)
    >>> data.set_dimension(0, sidpy.Dimension(bias, "bias", "bias", "V", "SPECTRAL"))
    >>> found = calibrate_lock_in(data, 0.1 * bias**3)
    >>> round(float(found.gain), 4), round(float(found.offset), 4)
    (0.1, -0.1)
    """
    import dask.array as da

    rows = Rows.of(data, dim, least=6).real("lock-in channels")
    other = rows.at_same_positions(current, dim)
    count = len(rows.x)
    if len(other.x) != count:
        msg = f"{len(other.x)} currents for {count} points of the lock-in"
        raise ValueError(msg)
    found = rows.mapped(_lines, count + 5, other, x=rows.x)
    gain, offset, *spread = (found[..., count + i] for i in range(4))
    if together:
        (gain, spread[0]), (offset, spread[1]) = (
            _mean_by_errors(*pair) for pair in ((gain, spread[0]), (offset, spread[1]))
        )
    noise = found[..., -1]
    values = gain[..., None] * found[..., :count] + offset[..., None]
    errors = (abs(gain) * noise)[..., None] + 0.0 * found[..., :count]
    x, y = other.units
    unit = f"{y}/{x}" if x and y else ""
    per = f"{unit}/({rows.units[1]})" if unit and rows.units[1] else unit
    packed = da.concatenate([values, errors, noise[..., None]], axis=-1)
    numbers = (("gain", gain, per), ("gain_error", spread[0], per),
               ("offset", offset, unit), ("offset_error", spread[1], unit))  # fmt: skip
    name = rows.dataset.title
    return CalibratedLockIn.of(
        rows, packed, "conductance", (unit, "conductance"),
        **{word: rows.placed(part, f"{word.replace('_', ' ')} of {name}", units, word)
           for word, part, units in numbers},
    )  # fmt: skip


@operation(name="pycroscopy.spectroscopy.normalize_to_set_point")
def normalize_to_set_point(
    data: Any,
    bias: float,
    value: float = 1.0,
    *,
    kind: Literal["current", "conductance"] = "current",
    dim: str | int | None = None,
    window: float | None = None,
) -> EstimatedCurves:
    """Scale each curve to the same current at the set point.

    Parameters
    ----------
    data : Dataset or array of shape (..., bias), real
        Currents or conductances.
    bias : float, units of the axis
        Of the set point.
    value : float
        The current there.
    kind : {"current", "conductance"}
        Whether the current at the set point is read from the curve, or is its integral from
        zero to there.
    dim : str or int, optional
        The axis of the bias: by default the only spectral one, or the last.
    window : float, units of the axis
        Of the parabola by which a current is read; a twentieth of the range by default.

    Returns
    -------
    EstimatedCurves
        Lazy; errors include that of the scale. NaN where the current at the set point does
        not exceed its error, and for curves with a missing point.

    Raises
    ------
    ValueError
        When the set point is outside of the axis, or at zero, or words are unknown.

    Examples
    --------
    >>> curve = np.linspace(-1, 1, 41) ** 2
    >>> data = normalize_to_set_point(curve, 40.0, 5.0)
    >>> round(float(np.asarray(data.values)[-1]), 6)
    5.0
    """
    rows = Rows.of(data, dim, least=6).real("curves")
    if kind not in ("current", "conductance"):
        msg = f"kind is {kind!r}; it can be 'current' or 'conductance'"
        raise ValueError(msg)
    low, high = float(rows.x.min()), float(rows.x.max())
    if not low <= bias <= high or (kind == "conductance" and not (low <= 0 <= high and bias)):
        msg = f"a set point of {bias:g} for biases from {low:g} to {high:g}; expected among them"
        msg += ", as zero, and not zero" if kind == "conductance" else ""
        raise ValueError(msg)
    width = 0.05 * (high - low) if window is None else float(window)
    here = LocalPolynomials.of(rows.x, rows.x, width, 2)
    if kind == "current":
        weights = LocalPolynomials.of(rows.x, np.array([float(bias)]), width, 2).value[0]
    else:
        weights = _integrals(rows.x, np.array([0.0, float(bias)]))
        weights = weights[1] - weights[0]
    packed = rows.mapped(
        _scaled, 2 * len(rows.x) + 1, weights=weights, value=float(value), here=here
    )
    units = (rows.dataset.units, rows.dataset.quantity)
    return EstimatedCurves.of(rows, packed, "normalized", units)


def _shared_places(first: Floats, second: Floats) -> Floats:
    """Return the places of one sweep that the other reaches, ascending."""
    if min(np.isfinite(first).sum(), np.isfinite(second).sum()) < 2:
        msg = (
            "expected a bias that rises and falls, in the order of time, or two sweeps; found "
            f"{int(np.isfinite(first).sum())} rising and {int(np.isfinite(second).sum())} "
            "falling points"
        )
        raise ValueError(msg)
    places = np.unique(first[np.isfinite(first)])
    rim = 1e-9 * np.ptp(places)
    shared: Floats = places[
        (places >= np.nanmin(second) - rim) & (places <= np.nanmax(second) + rim)
    ]
    if len(shared) < 2:
        msg = "the two sweeps have fewer than two biases in common"
        raise ValueError(msg)
    return shared


def _interpolation(x: Floats, places: Floats) -> Floats:
    """Return weights of a linear interpolation; points with NaN for a place are left out."""
    there = np.flatnonzero(np.isfinite(x))
    knots, which, times = np.unique(x[there], return_inverse=True, return_counts=True)
    means = np.zeros((len(knots), len(x)))
    means[which.ravel(), there] = 1 / times[which.ravel()]
    above = np.clip(np.searchsorted(knots, places), 1, len(knots) - 1)
    share = np.clip((places - knots[above - 1]) / (knots[above] - knots[above - 1]), 0, 1)
    return np.asarray(means[above - 1] * (1 - share[:, None]) + means[above] * share[:, None])


def _averaged(
    block: Any, other: Any = None, *, places: Floats, first: Floats, second: Floats
) -> Floats:
    """Return means, errors, differences, noise, area and its error."""
    y = np.asarray(block, np.float64)
    z = y if other is None else np.asarray(other, np.float64)
    weights = [_interpolation(x, places) for x in (first, second)]
    one, two = (_weighted(part, w) for part, w in zip((y, z), weights, strict=True))
    rest = one - two
    noise = noise_of_signal(rest) / np.sqrt(2)
    over = np.gradient(places)
    over[[0, -1]] /= 2  # trapezoids
    numbers = [noise, rest @ over, noise * np.sqrt(sum(((over @ w) ** 2).sum() for w in weights))]
    errors = np.broadcast_to(noise[..., None] / np.sqrt(2), rest.shape)
    return np.concatenate([(one + two) / 2, errors, rest, np.stack(numbers, axis=-1)], axis=-1)


def _weighted(y: Floats, weights: Floats) -> Floats:
    """Return weighted sums in which only missing points that have a weight matter."""
    missing = ~np.isfinite(y)
    found = np.where(missing, 0.0, y) @ weights.T
    return np.where(missing.astype(np.float64) @ (weights != 0).T > 0, np.nan, found)


def _integrals(x: Floats, places: Floats) -> Floats:
    """Return weights of integrals from the lowest place of the axis to some places."""
    from scipy.integrate import cumulative_simpson

    order = np.argsort(x, kind="stable")
    unit = np.eye(len(x))[order]
    sums = cumulative_simpson(unit, x=x[order], axis=0, initial=np.zeros((1, len(x))))
    between = _interpolation(x[order], places)
    return np.asarray(between @ sums)


def _lines(block: Any, current: Any, *, x: Floats) -> Floats:
    """Return the channel, gain, offset, their errors, and the noise of the channel."""
    y, z = (np.asarray(part, np.float64) for part in (block, current))
    flat, over = y.reshape(-1, len(x)), z.reshape(-1, len(x))
    good = np.isfinite(flat).all(axis=1) & np.isfinite(over).all(axis=1)
    known = np.where(good[:, None], flat, 0.0)
    integral = _integrals(x, x)
    columns = np.ones((len(flat), len(x), 3))
    columns[..., 0], columns[..., 1] = known @ integral.T, x
    scale = np.sqrt((columns**2).sum(axis=1))
    good &= (scale > 0).all(axis=1)
    columns /= np.where(scale > 0, scale, 1.0)[:, None]
    power = np.swapaxes(columns, 1, 2) @ columns
    good &= np.linalg.cond(power) < 1e12
    power[~good] = np.eye(3)
    solver = np.linalg.solve(power, np.swapaxes(columns, 1, 2)) / scale[:, :, None]
    noise = LocalPolynomials.of(x, x, 0.05 * float(np.ptp(x)), 2).noise(known)
    solved = np.einsum("nik,nk->ni", solver, np.where(good[:, None], over, 0.0))
    rest = over - np.einsum("nki,ni->nk", columns, solved * scale)
    level = (rest**2).sum(axis=1) / max(len(x) - 3, 1)
    # noise of the channel reaches the current through its integral
    through = noise * solved[:, 0]
    variance = level[:, None] * (solver**2).sum(axis=2)
    variance += through[:, None] ** 2 * ((solver @ integral) ** 2).sum(axis=2)
    found = [solved[:, :2], np.sqrt(variance[:, :2]), noise[:, None]]
    numbers = np.where(good[:, None], np.concatenate(found, axis=1), np.nan)
    return np.concatenate([flat, numbers], axis=1).reshape(*y.shape[:-1], -1)


def _mean_by_errors(values: Any, errors: Any) -> tuple[Any, Any]:
    """Return the mean of all positions, and its error, at each of them."""
    import dask.array as da

    known = da.isfinite(values) & (errors > 0)
    weights = da.where(known, 1 / da.where(known, errors, 1.0) ** 2, 0.0)
    total = da.maximum(weights.sum(), np.finfo(float).tiny)
    mean = (weights * da.where(known, values, 0.0)).sum() / total
    exact = errors == 0
    certain = da.where(exact, values, 0.0).sum() / da.maximum(exact.sum(), 1)
    mean = da.where(exact.any(), certain, mean)
    return mean + 0.0 * values, da.where(exact.any(), 0.0, 1 / da.sqrt(total)) + 0.0 * errors


def _scaled(block: Any, *, weights: Floats, value: float, here: LocalPolynomials) -> Floats:
    """Return scaled curves, errors and noise side by side."""
    y = np.asarray(block, np.float64)
    flat = np.where(np.isfinite(y).all(axis=-1, keepdims=True), y, np.nan)
    flat = flat.reshape(-1, y.shape[-1])
    noise = here.noise(flat)[:, None]
    with np.errstate(all="ignore"):
        level = (flat @ weights)[:, None]
        error = noise * np.sqrt((weights**2).sum())
        scale = np.where(np.abs(level) > error, value / level, np.nan)
        values = flat * scale
        # a value is noise of its own, less its share in the scale
        share = weights * flat / level
        variance = 1 + (flat / level * np.sqrt((weights**2).sum())) ** 2 - 2 * share
        errors = np.abs(scale) * noise * np.sqrt(np.maximum(variance, 0.0))
    found = np.concatenate([values, errors, noise], axis=1)
    return found.reshape(*y.shape[:-1], -1)
