"""Ferroelectric hysteresis loops: a model of nine parameters, where to start, and shape.

A loop is measured while the voltage goes through two branches, the first half of the
points and the second.  The model is that of Jesse, Lee and Kalinin [1]_.

References
----------
.. [1] Jesse, Lee, Kalinin, Rev. Sci. Instrum. 77, 073702 (2006), doi:10.1063/1.2214699
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import LabelValueError
from sidpy.sid.trusted import nameable

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "LOOP_PARAMETER_LABELS", "calculate_loop_centroid", "generate_guess", "loop_fit_function",
    "switched_share",
]  # fmt: skip

LOOP_PARAMETER_LABELS: Final = [
    "offset", "amplitude", "coercive_left", "coercive_right", "slope",
    "branch_scale_1", "branch_scale_2", "branch_scale_3", "branch_scale_4",
]  # fmt: skip

#: How sharply, per volt, a branch changes from the width before its coercive voltage to
#: the width after it: a step on any measured scale.
_STEP: Final = 1000.0


@nameable
def loop_fit_function(vdc: ArrayLike, *coef_vec: ArrayLike) -> Floats:
    """Return the response along a hysteresis loop.

    Parameters
    ----------
    vdc : ndarray of shape (points,), V
        First branch, then second.
    *coef_vec : float, or columns of shape (loops, 1)
        Nine: offset and amplitude of the response, coercive voltage of the first and of
        the second branch (V), slope (per V), and the widths (V) of each branch before and
        after its coercive voltage.

    Returns
    -------
    ndarray of shape (points,) or (loops, points)

    Raises
    ------
    ValueError
        Unless there are nine coefficients.

    Examples
    --------
    >>> voltage = np.array([-5.0, 0, 5, 5, 0, -5])
    >>> loop_fit_function(voltage, 0, 1, 2, -2, 0, 1, 1, 1, 1).round(3)
    array([0.   , 0.002, 1.   , 1.   , 0.998, 0.   ])
    """
    if len(coef_vec) != len(LOOP_PARAMETER_LABELS):
        msg = f"a loop has {len(LOOP_PARAMETER_LABELS)} coefficients, found {len(coef_vec)}"
        raise LabelValueError(msg)
    offset, amplitude, left, right, slope, *widths = (np.asarray(c, float) for c in coef_vec)
    voltage = np.asarray(vdc, float).squeeze()
    half = voltage.shape[-1] // 2
    first = switched_share(voltage[..., :half], left, widths[0], widths[1])
    second = switched_share(voltage[..., half:], right, widths[2], widths[3])
    return offset + amplitude * np.concatenate([first, second], axis=-1) + slope * voltage


def switched_share(voltage: Floats, coercive: Floats, before: Floats, after: Floats) -> Floats:
    """Return the switched share along one branch: from 0 to 1, not symmetric."""
    from scipy.special import erf

    away = voltage - coercive
    width = before + (after - before) / 2 * (erf(away * _STEP) + 1)
    return np.asarray((width * erf(away / width) + before) / (before + after))


@nameable
def generate_guess(
    vdc: ArrayLike,
    pr_vec: ArrayLike,
    show_plots: bool = False,  # noqa: FBT001, FBT002 - as in the released package
) -> Floats:
    """Return start values for `loop_fit_function`.

    Parameters
    ----------
    vdc : ndarray of shape (points,), V
        First branch, then second.
    pr_vec : ndarray of shape (points,)
        The loop; points that are not finite are left out.
    show_plots : bool
        Draw the loop and the guess into a new figure.

    Returns
    -------
    ndarray of shape (9,)

    Raises
    ------
    ValueError
        When fewer than four points are finite or the lengths differ.

    Notes
    -----
    Levels are medians where the voltage is within a tenth of its ends, coercive voltages
    where each branch crosses the middle between them, widths a tenth of the range.

    Examples
    --------
    >>> voltage = np.concatenate([np.linspace(-5, 5, 50), np.linspace(5, -5, 50)])
    >>> loop = loop_fit_function(voltage, 1, 2, 1.5, -1.5, 0, 1, 1, 1, 1)
    >>> generate_guess(voltage, loop).round(1)
    array([ 1. ,  2. ,  1.5, -1.5,  0. ,  1. ,  1. ,  1. ,  1. ])
    """
    voltage, loop = np.asarray(vdc, float).squeeze(), np.asarray(pr_vec, float).squeeze()
    if voltage.shape != loop.shape or voltage.ndim != 1 or np.isfinite(loop).sum() < 4:
        msg = (
            "a loop is a row of at least four finite values, one per voltage; found "
            f"{loop.shape} with {np.isfinite(loop).sum()} finite for {voltage.shape} voltages"
        )
        raise LabelValueError(msg)
    span = np.ptp(voltage)
    low = np.nanmedian(loop[voltage <= voltage.min() + span / 10])
    high = np.nanmedian(loop[voltage >= voltage.max() - span / 10])
    half = len(voltage) // 2
    middle = 0.5 * (low + high)
    crossings = [_crossing(voltage[part], loop[part] - middle) for part in np.s_[:half, half:]]
    guess = np.array([low, high - low, *crossings, 0.0, *[span / 10] * 4])
    if show_plots:
        _draw(voltage, loop, guess)
    return guess


def _crossing(voltage: Floats, above: Floats) -> float:
    """Return the voltage at which a branch changes sign; the middle of the range if never."""
    keep = np.isfinite(above)
    voltage, above = voltage[keep], above[keep]
    order = np.argsort(voltage, kind="stable")
    voltage, above = voltage[order], above[order]
    places = np.flatnonzero(np.signbit(above[:-1]) != np.signbit(above[1:]))
    if not places.size:
        return float(voltage.mean()) if voltage.size else 0.0
    at = places[len(places) // 2]
    return float(
        voltage[at] + (voltage[at + 1] - voltage[at]) * above[at] / (above[at] - above[at + 1])
    )


def _draw(voltage: Floats, loop: Floats, guess: Floats) -> None:
    import matplotlib.pyplot as plt

    axes: Any = plt.figure().add_subplot()
    axes.plot(voltage, loop, ".", label="loop")
    axes.plot(voltage, loop_fit_function(voltage, *guess), label="guess")
    axes.set_xlabel("voltage (V)")
    axes.legend()


def calculate_loop_centroid(
    vdc: ArrayLike, loop_vals: ArrayLike
) -> tuple[tuple[float, float], float]:
    """Return the centre of the area inside a loop, and that area.

    Parameters
    ----------
    vdc : ndarray of shape (points,), V
        Voltages.
    loop_vals : ndarray of shape (points,)
        The loop; it closes from its last point to its first.

    Returns
    -------
    tuple
        ``((voltage, response), area)``; the area is negative for a loop that is run
        through clockwise.

    Examples
    --------
    >>> calculate_loop_centroid([0, 1, 1, 0], [0, 0, 1, 1])
    ((np.float64(0.5), np.float64(0.5)), np.float64(1.0))
    """
    x, y = np.asarray(vdc, float).ravel(), np.asarray(loop_vals, float).ravel()
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    cross = x * next_y - next_x * y
    area = 0.5 * cross.sum()
    if area == 0:
        return (x.mean(), y.mean()), area
    return ((x + next_x) @ cross / (6 * area), (y + next_y) @ cross / (6 * area)), area
