"""Hysteresis loops by their classic names; prefer `pycroscopy.fit`.

The nine coefficients are those of `sidpy.proc.beps.hysteresis`, for a loop that is rolled by
a quarter: the first half of the points falls, the second rises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.proc.beps.hysteresis import calculate_loop_centroid, generate_guess
from sidpy.proc.beps.hysteresis import loop_fit_function as _loop

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "calc_switching_coef_vec", "calculate_loop_centroid", "fit_loop", "generate_guess",
    "get_rotation_matrix", "get_switching_coefs", "loop_fit_function", "loop_fit_jacobian",
    "projectLoop",
]  # fmt: skip

#: What is said of a loop, in the order of the classic fields.
_FIELDS = (
    "V+", "V-", "Imprint", "R+", "R-", "Switchable Polarization", "Work of Switching",
    "Nucleation Bias 1", "Nucleation Bias 2",
)  # fmt: skip
#: Share of the switchable part at which nucleation is said to begin.
_NUCLEATION = 0.03


def get_rotation_matrix(theta: float) -> Floats:
    """Return the matrix that turns points of a plane by an angle.

    Parameters
    ----------
    theta : float, rad
        Counter-clockwise.
    """
    c, s = np.cos(theta), np.sin(theta)
    return np.array([[c, -s], [s, c]])


def projectLoop(vdc: ArrayLike, amp_vec: ArrayLike, phase_vec: ArrayLike) -> dict[str, Any]:  # noqa: N802 - the classic name
    """Turn a loop of amplitudes and phases onto its axis.

    Parameters
    ----------
    vdc : array of shape (points,), V
        Bias, in the order of time.
    amp_vec : array of shape (points,)
        Amplitudes.
    phase_vec : array of shape (points,), rad
        Phases.

    Returns
    -------
    dict
        ``Projected Loop``, with its offset along the axis; ``Rotation Matrix``: angle of the
        axis, rad, and the mean across it; ``Centroid``: (bias, response); ``Geometric Area``,
        which is not negative.

    See Also
    --------
    pycroscopy.fit.project_loops : for whole datasets, with errors.
    """
    from pycroscopy.fit import project_loops

    response = np.asarray(amp_vec, float) * np.exp(1j * np.asarray(phase_vec, float))
    found = project_loops(response)
    loop, angle = np.asarray(found.loops), float(np.asarray(found.angle))
    across = float((response * np.exp(-1j * angle)).imag.mean())
    centroid, area = calculate_loop_centroid(vdc, loop)
    return {
        "Projected Loop": loop,
        "Rotation Matrix": (angle, across),
        "Centroid": (float(centroid[0]), float(centroid[1])),
        "Geometric Area": abs(float(area)),
    }


def loop_fit_function(vdc: ArrayLike, coef_vec: ArrayLike) -> Floats:
    """Return a loop.

    Parameters
    ----------
    vdc : array of shape (points,), V
        Falling, then rising.
    coef_vec : array of shape (9,)
        Coefficients.
    """
    return _loop(np.asarray(vdc, float), *np.asarray(coef_vec, float))


def loop_fit_jacobian(vdc: ArrayLike, coef_vec: ArrayLike) -> Floats:
    """Return the derivatives of a loop.

    Parameters
    ----------
    vdc : array of shape (points,), V
        Falling, then rising.
    coef_vec : array of shape (9,)
        Coefficients.

    Returns
    -------
    ndarray of shape (points, 9)
        Central differences.
    """
    values = np.asarray(coef_vec, float)
    columns = []
    for step in np.diag(1e-6 * np.maximum(np.abs(values), 1.0)):
        change = loop_fit_function(vdc, values + step) - loop_fit_function(vdc, values - step)
        columns.append(change / (2 * step.max()))
    return np.stack(columns, axis=1)


def fit_loop(
    vdc_shifted: ArrayLike, pr_shifted: ArrayLike, guess: ArrayLike
) -> tuple[Any, tuple[float, float, float, float], Floats]:
    """Fit one loop.

    Parameters
    ----------
    vdc_shifted, pr_shifted : array of shape (points,)
        Bias, V, falling, then rising; and the loop.
    guess : array of shape (9,)
        Where to begin.

    Returns
    -------
    plsq : scipy.optimize.OptimizeResult
        ``x`` are the coefficients.
    criterion_values : tuple of four floats
        Criteria of Akaike and Schwarz for the loop, then for a straight line of two
        parameters; the lower one is better.
    pr_fit_vec : ndarray of shape (points,)
        The fitted loop.

    See Also
    --------
    pycroscopy.fit.fit_loops : for whole datasets, with errors.
    """
    from scipy.optimize import least_squares

    bias, loop = np.asarray(vdc_shifted, float), np.asarray(pr_shifted, float)
    start = np.asarray(guess, float)
    low = np.append(np.full(5, -np.inf), np.full(4, 1e-3 * np.ptp(bias)))
    plsq = least_squares(
        lambda p: loop_fit_function(bias, p) - loop,
        np.maximum(start, low + 1e-9),
        jac=lambda p: loop_fit_jacobian(bias, p),
        bounds=(low, np.inf),
        x_scale=np.maximum(np.abs(start), 1e-3),
    )
    line = np.stack([bias, np.ones_like(bias)], axis=1)
    straight = loop - line @ np.linalg.lstsq(line, loop, rcond=None)[0]
    criteria = (*_criteria(plsq.fun, 9), *_criteria(straight, 2))
    return plsq, criteria, loop_fit_function(bias, plsq.x)


def _criteria(left: Floats, count: int) -> tuple[float, float]:
    """Return the criteria of Akaike and Schwarz for what a model leaves."""
    n = len(left)
    mean = max(float(np.mean(left**2)), np.finfo(float).tiny)
    likelihood = n * (np.log(2 * np.pi * mean) + 1)
    return likelihood + 2 * count, likelihood + count * float(np.log(n))


def calc_switching_coef_vec(loop_coef_vec: ArrayLike, nuc_threshold: float) -> NDArray[Any]:
    """Return what coefficients mean.

    Parameters
    ----------
    loop_coef_vec : array of shape (9,) or (loops, 9)
        Coefficients.
    nuc_threshold : float
        Share of the switchable part at which nucleation begins, between 0 and 1.

    Returns
    -------
    structured ndarray of shape (loops, 1)
        ``V+``, ``V-``: coercive biases of the rising and the falling branch; ``Imprint``:
        their mean; ``R+``, ``R-``: levels without the slope; ``Switchable Polarization``;
        ``Work of Switching``: the area; ``Nucleation Bias 1`` and ``2``: where the rising and
        the falling branch begin to switch.

    Raises
    ------
    ValueError
        For a threshold that is no share.
    """
    if not 0 < nuc_threshold < 1:
        msg = f"nuc_threshold is {nuc_threshold!r}; expected a share between 0 and 1"
        raise ValueError(msg)
    table = np.atleast_2d(np.asarray(loop_coef_vec, float))
    offset, height, left, right, _, *widths = table.T
    values = (
        right, left, (left + right) / 2, offset + height, offset, height,
        np.abs(height * (right - left)),
        right + _where(nuc_threshold, widths[2], widths[3]),
        left + _where(1 - nuc_threshold, widths[0], widths[1]),
    )  # fmt: skip
    found = np.zeros((len(table), 1), [(name, np.float64) for name in _FIELDS])
    for name, column in zip(_FIELDS, values, strict=True):
        found[name][:, 0] = column
    return found


def _where(share: float, before: Floats, after: Floats) -> Floats:
    """Return how far from its coercive bias a branch has switched by a share."""
    from scipy.special import erfinv

    reached = share * (before + after) - before
    width = np.where(reached < 0, before, after)
    return np.asarray(width * erfinv(reached / width))


def get_switching_coefs(
    loop_centroid: Any,  # noqa: ARG001 - accepted: the coefficients say everything
    loop_coef_vec: ArrayLike,
) -> dict[str, float]:
    """Return what coefficients of one loop mean, by name.

    Parameters
    ----------
    loop_centroid : pair of float
        Accepted.
    loop_coef_vec : array of shape (9,)
        Coefficients.

    Returns
    -------
    dict
        As `calc_switching_coef_vec`, nucleation at 3 % of the switchable part.
    """
    found = calc_switching_coef_vec(np.asarray(loop_coef_vec, float)[:9], _NUCLEATION)
    return {name: float(found[name][0, 0]) for name in _FIELDS}
