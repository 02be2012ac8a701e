"""The simple harmonic oscillator by its classic names; prefer `pycroscopy.fit.fit_resonance`.

Parameters are amplitude, resonance frequency, quality factor and phase (rad).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "SHOestimateGuess", "SHOfastGuess", "SHOfunc", "SHOlowerBound", "SHOupperBound",
]  # fmt: skip


def SHOfunc(parms: ArrayLike, w_vec: ArrayLike) -> NDArray[Any]:  # noqa: N802 - the classic name
    """Return the complex response of an oscillator.

    Parameters
    ----------
    parms : array of shape (4,)
        Amplitude, resonance frequency, quality factor, phase.
    w_vec : array of shape (bins,)
        Frequencies, in the units of the resonance frequency.

    Examples
    --------
    >>> float(abs(SHOfunc([1, 100, 50, 0], [100.0])[0]).round(9))
    50.0
    """
    from sidpy.proc.models import SHO

    return np.asarray(SHO()(np.asarray(parms, float), np.asarray(w_vec, float)))


def SHOestimateGuess(  # noqa: N802 - the classic name
    resp_vec: ArrayLike,
    w_vec: ArrayLike,
    num_points: int = 5,  # noqa: ARG001 - accepted: all bins count, by their weight
) -> Floats:
    """Return parameters near those of a spectrum, without a fit.

    Parameters
    ----------
    resp_vec : array of shape (bins,), complex
        The spectrum; exact for one without noise.
    w_vec : array of shape (bins,)
        Frequencies.
    num_points : int
        Accepted.

    Returns
    -------
    ndarray of shape (4,)
    """
    from sidpy.proc.models import SHO

    found: Floats = SHO().guess(np.asarray(w_vec, float), np.asarray(resp_vec)[None])[0]
    return found


def SHOfastGuess(  # noqa: N802 - the classic name
    w_vec: ArrayLike, resp_vec: ArrayLike, qual_factor: float = 200
) -> Floats:
    """Return parameters from the highest bin, for a quality factor that is known.

    Parameters
    ----------
    w_vec : array of shape (bins,)
        Frequencies.
    resp_vec : array of shape (bins,), complex
        The spectrum.
    qual_factor : float
        The quality factor.

    Returns
    -------
    ndarray of shape (4,)
        The response at resonance is amplitude times quality factor, and a quarter of a turn
        ahead of the phase.
    """
    response = np.asarray(resp_vec)
    top = int(np.argmax(np.abs(response)))
    phase = np.angle(response[top] * np.exp(-0.5j * np.pi))
    frequency = float(np.asarray(w_vec, float)[top])
    return np.array([np.abs(response[top]) / qual_factor, frequency, qual_factor, phase])


def SHOlowerBound(w_vec: ArrayLike) -> tuple[float, float, float, float]:  # noqa: N802 - the classic name
    """Return the smallest parameters that make sense in a band.

    Parameters
    ----------
    w_vec : array of shape (bins,)
        Frequencies.
    """
    return (0.0, float(np.min(w_vec)), 0.0, -float(np.pi))


def SHOupperBound(w_vec: ArrayLike) -> tuple[float, float, float, float]:  # noqa: N802 - the classic name
    """Return the largest parameters that make sense in a band.

    Parameters
    ----------
    w_vec : array of shape (bins,)
        Frequencies.
    """
    return (1e5, float(np.max(w_vec)), 1e5, float(np.pi))
