"""Signals on other samples: evenly spaced, finer, or averaged over coarser ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.sid.operations import operation

from .signals import Signals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

__all__ = ["resample"]


@operation(name="pycroscopy.signal.resample")
def resample(
    data: Any, step: float, *, order: int = 3, axis: int | str | None = None
) -> sidpy.Dataset:
    """Sample signals anew, evenly.

    Parameters
    ----------
    data : Dataset or array, real or complex
        Signals on an ascending or descending axis, evenly spaced or not. One with a value
        that is not finite becomes NaN.
    step : float
        Distance of the new samples, in units of the axis.
    order : int
        Of the spline through the samples: 1 for straight lines, 3 for cubic.
    axis : int or str, optional
        Of the signals; that of time or energy by default.

    Returns
    -------
    Dataset
        From the lowest value of the axis upwards. A new sample that stands for more than
        one old one is the mean over its step, so noise goes down and sums are kept; a finer
        one is the value of the spline.

    Raises
    ------
    ValueError
        When the axis is neither ascending nor descending, the step not positive or longer
        than the signal, or there are not more samples than the order.

    Notes
    -----
    Stays lazy.

    Examples
    --------
    >>> x = np.arange(11.0)
    >>> resample(3 * x, 0.5)[:4].compute().round(9).tolist()
    [0.0, 1.5, 3.0, 4.5]
    """
    signals = Signals.of(data, axis, least=2)
    places = np.asarray(signals.dimension.values, np.float64)
    ways = np.sign(np.diff(places))
    if not (ways == ways[0]).all() or not ways[0]:
        msg = f"the values of {signals.dimension.name!r} neither only rise nor only fall"
        raise ValueError(msg)
    length = float(places.max() - places.min())
    if not 0 < step <= length or not 1 <= order < signals.length:
        msg = (
            f"step is {step!r}, order {order!r}; expected up to the length {length:g} "
            f"{signals.units} and 1 to {signals.length - 1}"
        )
        raise ValueError(msg)
    averaged = step > length / (signals.length - 1) * (1 + 1e-9)
    count = int(length / step * (1 + 1e-12)) + (not averaged)
    new = places.min() + step * (np.arange(count) + (0.5 if averaged else 0.0))
    values = signals.apply(_resampled, places, (new, step), order, averaged, length=count)
    return signals.labelled(values, signals.dimension.with_values(new), title="{} resampled")


def _resampled(
    block: NDArray[Any],
    places: NDArray[np.float64],
    onto: tuple[NDArray[np.float64], float],
    order: int,
    averaged: bool,  # noqa: FBT001 - options of a kernel come in order
) -> NDArray[Any]:
    from scipy.interpolate import make_interp_spline

    new, step = onto
    if places[0] > places[-1]:
        places, block = places[::-1], block[..., ::-1]
    finite = np.isfinite(block).all(axis=-1, keepdims=True)
    spline = make_interp_spline(places, np.where(finite, block, 0), k=order, axis=-1)
    if averaged:
        edges = np.append(new - step / 2, new[-1] + step / 2)
        found = np.diff(spline.antiderivative()(edges), axis=-1) / step
    else:
        found = spline(new)
    result: NDArray[Any] = np.where(finite, found, np.nan)
    return result
