"""Values that do not fit their neighbours: spikes, cosmic rays, dropouts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.sid.operations import operation

from .signals import Signals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["find_outliers", "remove_outliers"]

#: From the median of absolute departures to the standard deviation of normal noise.
_NORMAL = 1.4826022185


@operation(name="pycroscopy.signal.find_outliers")
def find_outliers(
    data: Any, *, window: int = 11, threshold: float = 6.0, axis: int | str | None = None
) -> sidpy.Dataset:
    """Find values that are far from the median of their neighbours.

    Parameters
    ----------
    data : Dataset or array, real
        Signals; values that are not finite are missing, and no outliers.
    window : int
        Samples over which the median is taken, odd; more than twice as long as a spike.
    threshold : float
        How far, in standard deviations as the neighbours have them.
    axis : int or str, optional
        Of the signals; that of time or energy by default.

    Returns
    -------
    Dataset of bool
        Labelled as the data.

    Raises
    ------
    ValueError
        For a window that is even, short, or longer than the signals; a negative threshold.
    TypeError
        For complex signals.

    Notes
    -----
    Hampel's filter: median, and median of the departures from it. Stays lazy.

    References
    ----------
    .. [1] Davies, Gather, J. Am. Stat. Assoc. 88, 782 (1993),
           doi:10.1080/01621459.1993.10476339

    Examples
    --------
    >>> values = np.cos(2.0 * np.arange(50)); values[20] = 9
    >>> np.flatnonzero(np.asarray(find_outliers(values))).tolist()
    [20]
    """
    signals = _checked(data, window, threshold, axis)
    values = signals.apply(_found, window, threshold, dtype=bool)
    return signals.labelled(values, title="{} outliers", units="generic", quantity="outlier")


@operation(name="pycroscopy.signal.remove_outliers")
def remove_outliers(
    data: Any, *, window: int = 11, threshold: float = 6.0, axis: int | str | None = None
) -> sidpy.Dataset:
    """Replace values that are far from the median of their neighbours by it.

    Parameters
    ----------
    data, window, threshold, axis
        As for `find_outliers`.

    Returns
    -------
    Dataset
        Labelled as the data; all other values as they were.
    """
    signals = _checked(data, window, threshold, axis)
    values = signals.apply(_removed, window, threshold)
    return signals.labelled(values, title="{} without outliers")


def _checked(data: Any, window: int, threshold: float, axis: int | str | None) -> Signals:
    signals = Signals.of(data, axis, least=5)
    signals.require_real("finding outliers")
    if not 3 <= window <= signals.length or window % 2 == 0 or not threshold > 0:
        msg = (
            f"window is {window!r}, threshold {threshold!r}; expected an odd number from 3 to "
            f"{signals.length} samples, and above 0"
        )
        raise ValueError(msg)
    return signals


def _running_median(block: Floats, window: int) -> Floats:
    half = window // 2
    padded = _continued(block, half)
    windows = np.lib.stride_tricks.sliding_window_view(padded, window, axis=-1)
    if np.isfinite(padded).all():
        return np.asarray(np.median(windows, axis=-1))
    known = np.sort(np.where(np.isfinite(windows), windows, np.inf), axis=-1)
    count = np.count_nonzero(np.isfinite(windows), axis=-1)[..., None]
    places = [np.clip(place, 0, window - 1) for place in ((count - 1) // 2, count // 2)]
    low, high = (np.take_along_axis(known, place, axis=-1)[..., 0] for place in places)
    some = count[..., 0] > 0
    return np.where(some, 0.5 * (np.where(some, low, 0) + np.where(some, high, 0)), np.nan)


def _continued(block: Floats, half: int) -> Floats:
    """Continue signals at both ends with their slope, about the median of three samples."""
    sides = []
    for one in (block, block[..., ::-1]):
        middle = np.median(one[..., :3], axis=-1, keepdims=True)
        sides.append(2 * middle - one[..., 3 : half + 3][..., ::-1])
    return np.concatenate([sides[0], block, sides[1][..., ::-1]], axis=-1)


def _judged(block: Floats, window: int, threshold: float) -> tuple[Floats, NDArray[np.bool_]]:
    block = np.where(np.isfinite(block), block, np.nan)
    middle = _running_median(block, window)
    away = np.abs(block - middle)
    # a few departures may be small by chance: the median of the whole signal is the least
    count = np.count_nonzero(np.isfinite(away), axis=-1, keepdims=True)
    place = np.maximum(count - 1, 0) // 2
    usual = np.take_along_axis(np.sort(away, axis=-1), place, axis=-1)
    spread = _NORMAL * np.fmax(_running_median(away, window), usual)
    least = 1e-12 * np.abs(middle)  # rounding is no outlier where all neighbours are equal
    return middle, away > np.maximum(threshold * spread, least)


def _found(block: Floats, window: int, threshold: float) -> NDArray[np.bool_]:
    return _judged(block, window, threshold)[1]


def _removed(block: Floats, window: int, threshold: float) -> Floats:
    middle, far = _judged(block, window, threshold)
    return np.where(far, middle, block)
