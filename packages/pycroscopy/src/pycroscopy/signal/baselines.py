"""Baselines: what varies slowly under the peaks of a spectrum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sidpy.sid.operations import operation

from .signals import Signals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["baseline"]

METHODS = ("als", "snip", "polynomial")

#: Rounds of weighing, at most.
_ROUNDS = 50


@operation(name="pycroscopy.signal.baseline")
def baseline(
    data: Any,
    *,
    method: Literal["als", "snip", "polynomial"] = "als",
    stiffness: float = 1e6,
    asymmetry: float = 0.01,
    width: float | None = None,
    order: int = 2,
    axis: int | str | None = None,
) -> sidpy.Dataset:
    """Find the baselines of spectra with peaks that point upwards.

    Parameters
    ----------
    data : Dataset or array, real
        Spectra; values that are not finite count as missing, and have a baseline.
    method : {"als", "snip", "polynomial"}
        Asymmetric least squares [1]_; the lower of each value and what its neighbours,
        near and far, say of it [2]_, curved as well [4]_; a polynomial from which what lies
        above is taken away [3]_.
    stiffness : float
        Of "als": weight of the second differences, larger is smoother.
    asymmetry : float
        Of "als": weight of what lies above the baseline, against the rest.
    width : float, optional
        Of "snip": full width of the widest peak at its foot, in units of the axis; a tenth of
        the axis by default.
    order : int
        Of "polynomial".
    axis : int or str, optional
        Of the spectra; that of time or energy by default.

    Returns
    -------
    Dataset
        Labelled as the data, titled ``<title> baseline``; subtract it. NaN for spectra
        without enough finite values.

    Raises
    ------
    ValueError
        For an unknown word or an impossible number.
    TypeError
        For complex spectra.

    Notes
    -----
    Stays lazy.

    References
    ----------
    .. [1] Eilers, Anal. Chem. 75, 3631 (2003), doi:10.1021/ac034173t
    .. [2] Ryan, Clayton, Griffin, Sie, Cousens, Nucl. Instrum. Methods B 34, 396 (1988),
           doi:10.1016/0168-583X(88)90063-8
    .. [3] Lieber, Mahadevan-Jansen, Appl. Spectrosc. 57, 1363 (2003),
           doi:10.1366/000370203322554518
    .. [4] Morháč, Matoušek, Appl. Spectrosc. 62, 91 (2008), doi:10.1366/000370208783412762

    Examples
    --------
    >>> x = np.linspace(0, 1, 201)
    >>> line, peak = 3 + 2 * x, np.exp(-(((x - 0.5) / 0.02) ** 2))
    >>> found = np.asarray(baseline(line + peak, method="snip", width=40))
    >>> bool(np.abs(found - line).max() < 1e-3)
    True
    """
    if method not in METHODS:
        msg = f"method is {method!r}; it can be one of {list(METHODS)}"
        raise ValueError(msg)
    if stiffness <= 0 or not 0 < asymmetry < 1 or order < 0:
        msg = (
            f"stiffness is {stiffness!r}, asymmetry {asymmetry!r}, order {order!r}; expected "
            "above 0, a share between 0 and 1, and 0 or more"
        )
        raise ValueError(msg)
    signals = Signals.of(data, axis, least=max(3, order + 1))
    signals.require_real("baseline")
    if method == "als":
        values = signals.apply(_each, _als, stiffness, asymmetry)
    elif method == "polynomial":
        places = np.asarray(signals.dimension.values, np.float64)
        values = signals.apply(_each, _polynomial, places, order)
    else:
        values = signals.apply(_each, _snip, _reach(signals, width))
    return signals.labelled(values, title="{} baseline")


def _reach(signals: Signals, width: float | None) -> int:
    """A width in samples: the nearer of two pairs is at half of it."""
    if width is None:
        return max(1, signals.length // 10)
    reach = round(width / signals.step())
    if not 1 <= reach < signals.length:
        msg = (
            f"width is {width!r}; expected 1 to {signals.length - 1} samples of "
            f"{signals.step():g} {signals.units}"
        )
        raise ValueError(msg)
    return reach


def _each(block: Floats, method: Any, *options: Any) -> Floats:
    """Apply a method to spectra one after another, where enough of them is finite."""
    found = np.full(block.shape, np.nan)
    for place in np.ndindex(block.shape[:-1]):
        valid = np.isfinite(block[place])
        if np.count_nonzero(valid) >= 3:
            found[place] = method(block[place], valid, *options)
    return found


def _als(values: Floats, valid: NDArray[np.bool_], stiffness: float, asymmetry: float) -> Floats:
    from scipy.linalg import solveh_banded

    n = len(values)
    level = np.median(values[valid])
    known = np.where(valid, values - level, 0.0)
    second = np.zeros((3, n))  # upper bands of the squared second differences
    for k, weight in enumerate((1.0, -2.0, 1.0)):
        for m, other in enumerate((1.0, -2.0, 1.0)):
            if m >= k:
                second[2 - (m - k), m : n - 2 + m] += stiffness * weight * other
    weights = valid.astype(np.float64)
    found = known
    for _ in range(_ROUNDS):
        bands = second.copy()
        bands[2] += weights + 1e-12
        found = solveh_banded(bands, weights * known)
        new = np.where(known > found, asymmetry, 1 - asymmetry) * valid
        if (new == weights).all():
            break
        weights = new
    result: Floats = found + level
    return result


def _polynomial(values: Floats, valid: NDArray[np.bool_], places: Floats, order: int) -> Floats:
    if np.count_nonzero(valid) <= order:
        return np.full(len(values), np.nan)
    middle, half = 0.5 * (places.min() + places.max()), 0.5 * np.ptp(places)
    powers = np.polynomial.legendre.legvander((places - middle) / half, order)
    basis, triangle = np.linalg.qr(powers[valid])
    kept = values[valid]
    small = 1e-9 * max(np.ptp(kept), 1e-300)
    weights = kept @ basis
    for _ in range(10 * _ROUNDS):
        curve = basis @ weights
        kept = np.minimum(kept, curve)
        weights = kept @ basis
        if np.abs(basis @ weights - curve).max() <= small:
            break
    result: Floats = powers @ np.linalg.solve(triangle, weights)
    return result


def _snip(values: Floats, valid: NDArray[np.bool_], reach: int) -> Floats:
    index = np.arange(len(values))
    found = np.interp(index, index[valid], values[valid])
    for distance in range(reach, 0, -1):  # from wide to narrow leaves the least ripple
        if len(found) > 2 * distance:
            inner = slice(distance, -distance)
            far, half = _pair_mean(found, distance, distance), distance // 2
            if half:  # both means together are right where the baseline is curved
                near = _pair_mean(found, half, distance)
                curved = (distance**2 * near - half**2 * far) / (distance**2 - half**2)
                far = np.maximum(far, curved)
            found[inner] = np.minimum(found[inner], far)
    return found


def _pair_mean(values: Floats, distance: int, margin: int) -> Floats:
    """Mean of both neighbours at a distance, of all values that are further from the ends."""
    n = len(values)
    left, right = margin - distance, margin + distance
    return 0.5 * (values[left : n - right] + values[right : n - left])
