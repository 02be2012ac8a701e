r"""The driven, damped harmonic oscillator in the complex response, and where to start.

.. math:: H(\omega) = A e^{i\varphi} \frac{\omega_0^2}
          {\omega^2 - i\omega\omega_0/Q - \omega_0^2}

with the amplitude :math:`A` far below resonance, the resonance frequency
:math:`\omega_0`, the quality factor :math:`Q` and the phase :math:`\varphi` [1]_.

References
----------
.. [1] Jesse, Kalinin, J. Phys. D 44, 464006 (2011), doi:10.1088/0022-3727/44/46/464006
.. [2] Levy, IRE Trans. Autom. Control AC-4, 37 (1959), doi:10.1109/TAC.1959.6429401
.. [3] Sanathanan, Koerner, IEEE Trans. Autom. Control 8, 56 (1963),
       doi:10.1109/TAC.1963.1105517
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from sidpy.errors import LabelValueError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["SHO_PARAMETER_LABELS", "SHO_fit_flattened", "sho_guess_fn"]

SHO_PARAMETER_LABELS: Final = ["amplitude", "resonance_frequency", "quality_factor", "phase"]
#: Times the linear fit is weighted anew.
_ROUNDS: Final = 4


def SHO_fit_flattened(wvec: ArrayLike, *params: ArrayLike) -> Floats:  # noqa: N802 - as in the released package
    """Return the response, real parts and then imaginary parts.

    Parameters
    ----------
    wvec : ndarray of shape (points,)
        Frequencies, in the units of the resonance frequency.
    *params : float, or columns of shape (curves, 1)
        Amplitude, resonance frequency, quality factor, phase (rad).

    Returns
    -------
    ndarray of shape (2 * points,) or (curves, 2 * points)

    Examples
    --------
    >>> SHO_fit_flattened([1.0], 2.0, 1.0, 10.0, 0.0)
    array([ 0., 20.])
    """
    if len(params) != len(SHO_PARAMETER_LABELS):
        msg = f"an oscillator has {len(SHO_PARAMETER_LABELS)} parameters, found {len(params)}"
        raise LabelValueError(msg)
    amplitude, resonance, quality, phase = (np.asarray(p, float) for p in params)
    w = np.asarray(wvec, float)
    below = w**2 - 1j * w * resonance / quality - resonance**2
    response = amplitude * np.exp(1j * phase) * resonance**2 / below
    return np.concatenate([response.real, response.imag], axis=-1) + 0.0


def sho_guess_fn(freq_vec: ArrayLike, ydata: ArrayLike) -> list[float]:
    """Return start values for `SHO_fit_flattened`.

    Parameters
    ----------
    freq_vec : ndarray of shape (points,)
        Frequencies.
    ydata : ndarray of shape (points,) or (2 * points,)
        Complex response, or its real and imaginary parts end to end.

    Returns
    -------
    list of float
        Amplitude, resonance frequency, quality factor, phase.

    Notes
    -----
    The oscillator times its denominator is linear in what is unknown [2]_; solved a few
    times with the weights of the solution before [3]_ it is exact without noise.  Where
    that finds no oscillator the largest value is taken for the peak.
    """
    w, y = np.asarray(freq_vec, float), np.asarray(ydata)
    if not np.iscomplexobj(y):
        if y.size != 2 * w.size:
            msg = f"expected {w.size} complex or {2 * w.size} real values, found {y.size} real"
            raise LabelValueError(msg)
        y = y[: w.size] + 1j * y[w.size :]
    keep = np.isfinite(y)
    w, y = w[keep], y[keep]
    if w.size < 3 or not np.abs(y).any():
        msg = f"a resonance needs three values that are not all zero, found {w.size}"
        raise LabelValueError(msg)
    return _linear_guess(w, y) or _peak_guess(w, y)


def _linear_guess(w: Floats, y: NDArray[np.complex128]) -> list[float] | None:
    """Solve for the oscillator by linear least squares, None if there is none."""
    unit = np.abs(w).max()
    u = w / unit
    weight = np.ones(len(u))
    for _ in range(_ROUNDS):
        # y u² = y (i u b + c) + d, with b = u0 / Q and c = u0² real, d = A exp(i phi) u0²
        columns = np.stack([1j * u * y, y, np.ones_like(y), 1j * np.ones_like(y)]) * weight
        right = y * u**2 * weight
        matrix = np.concatenate([columns.real, columns.imag], axis=1).T
        values = np.concatenate([right.real, right.imag])
        b, c, real, imaginary = np.linalg.lstsq(matrix, values, rcond=None)[0]
        denominator = np.abs(u**2 - 1j * u * b - c)
        if not (b > 0 and c > 0 and denominator.min() > 0):
            return None
        weight = 1 / denominator
    resonance = np.sqrt(c)
    if not u.min() <= resonance <= u.max():
        return None
    strength = (real + 1j * imaginary) / c
    return [float(p) for p in (abs(strength), resonance * unit, resonance / b, np.angle(strength))]


def _peak_guess(w: Floats, y: NDArray[np.complex128]) -> list[float]:
    """Take the largest value for the peak, and the width of what is above 0.7 of it."""
    size = np.abs(y)
    top = int(size.argmax())
    wide = np.ptp(w[size >= size[top] / np.sqrt(2)]) or np.ptp(w) / w.size
    quality = max(abs(w[top]) / wide, 1.0) if wide else 1.0
    # at resonance the response is Q A exp(i (phi + pi / 2))
    phase = np.angle(y[top] * -1j)
    return [float(p) for p in (size[top] / quality, w[top], quality, phase)]
