"""The driven, damped oscillator under the names and in the form of the released package.

`sidpy.proc.models.SHO` is the model itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import LabelValueError
from sidpy.proc.curvewise.user_models import split
from sidpy.proc.models import SHO
from sidpy.sid.trusted import nameable

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["SHO_PARAMETER_LABELS", "SHO_fit_flattened", "sho_guess_fn"]

SHO_PARAMETER_LABELS: Final = list(SHO.parameters)


@nameable
def SHO_fit_flattened(wvec: ArrayLike, *params: ArrayLike) -> NDArray[Any]:  # noqa: N802 - as in the released package
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

    Raises
    ------
    ValueError
        Unless there are four parameters.

    Examples
    --------
    >>> SHO_fit_flattened([1.0], 2.0, 1.0, 10.0, 0.0).round(9)
    array([ 0., 20.])
    """
    if len(params) != len(SHO_PARAMETER_LABELS):
        msg = f"an oscillator has {len(SHO_PARAMETER_LABELS)} parameters, found {len(params)}"
        raise LabelValueError(msg)
    columns = np.concatenate([np.atleast_1d(np.asarray(p, float)) for p in params], axis=-1)
    return split(SHO()(columns, np.asarray(wvec, float))) + 0.0


@nameable
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

    Raises
    ------
    ValueError
        For fewer than four finite values, or when all are zero.
    """
    frequency, response = np.asarray(freq_vec, float), np.asarray(ydata)
    if not np.iscomplexobj(response):
        size = frequency.size
        if response.size != 2 * size:
            msg = f"expected {size} complex or {2 * size} real values, found {response.size} real"
            raise LabelValueError(msg)
        response = response[:size] + 1j * response[size:]
    keep = np.isfinite(response)
    frequency, response = frequency[keep], response[keep]
    if frequency.size < len(SHO_PARAMETER_LABELS) or not response.any():
        msg = f"a resonance needs four values that are not all zero, found {frequency.size}"
        raise LabelValueError(msg)
    return [float(value) for value in SHO().guess(frequency, response[None])[0]]
