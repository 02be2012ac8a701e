"""Peaks: where they are, how high, and how well that is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy._inputs import lazy
from sidpy.sid.operations import operation

from .signals import Signals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["Peaks", "find_peaks", "noise_of_signal"]


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """Peaks of all signals, one behind another."""

    position: sidpy.Dataset
    """Along the axis of the signals, in its units; shape (peaks,)."""
    position_error: sidpy.Dataset
    """Standard error for white noise."""
    height: sidpy.Dataset
    """Value at the peak, in the units of the data."""
    height_error: sidpy.Dataset
    """Standard error for white noise."""
    width: sidpy.Dataset
    """Full width at half prominence, in units of the axis."""
    places: NDArray[np.intp]
    """Which signal: indices on the other axes, shape (peaks, axes - 1)."""

    def __len__(self) -> int:
        return int(self.position.shape[0])


@operation(name="pycroscopy.signal.find_peaks")
def find_peaks(
    data: Any,
    *,
    prominence: float | None = None,
    height: float | None = None,
    distance: float | None = None,
    noise: float | None = None,
    axis: int | str | None = None,
) -> Peaks:
    """Find peaks that stand out, between the samples.

    Parameters
    ----------
    data : Dataset or array, real
        Signals, evenly sampled; those with values that are not finite are left out.
    prominence : float, optional
        How far a peak rises above the higher of the valleys beside it; six times the noise
        by default.
    height : float, optional
        Least value.
    distance : float, optional
        Least distance of two peaks, in units of the axis; the higher one stays.
    noise : float, optional
        Standard deviation of a value; by default estimated for each signal.
    axis : int or str, optional
        Of the signals; that of time or energy by default.

    Returns
    -------
    Peaks
        Empty where there are none.

    Raises
    ------
    ValueError
        For samples that are not evenly spaced, or a negative number.
    TypeError
        For complex signals.

    Notes
    -----
    Candidates are scipy's. The top of each, a quarter of its width to both sides, is fitted
    by a parabola, whose covariance gives the errors. Computes at once.

    Examples
    --------
    >>> x = np.arange(101.0)
    >>> found = find_peaks(np.exp(-(((x - 40.3) / 8) ** 2)), noise=1e-3)
    >>> round(float(found.position[0]), 1), len(found)
    (40.3, 1)
    """
    for name, number in (("prominence", prominence), ("noise", noise)):
        if number is not None and not number >= 0:
            msg = f"{name} is {number!r}; it cannot be negative"
            raise ValueError(msg)
    signals = Signals.of(data, axis, least=5)
    signals.require_real("find_peaks")
    step = signals.step()
    apart = None if distance is None else max(1, round(distance / step))
    values = np.moveaxis(np.asarray(lazy(signals.dataset).compute(), np.float64), signals.axis, -1)
    rows, places = [], []
    for place in np.ndindex(values.shape[:-1]):
        signal = values[place]
        if np.isfinite(signal).all():
            level = noise_of_signal(signal) if noise is None else float(noise)
            least = 6 * level if prominence is None else prominence
            found = _peaks_of(signal, level, {"prominence": least, "height": height,
                                              "distance": apart})  # fmt: skip
            rows += found
            places += [place] * len(found)
    return _labelled(signals, np.reshape(rows, (-1, 5)).astype(float), step, places)


def noise_of_signal(values: Floats) -> Any:
    """Return the standard deviation of white noise in a signal, or in each of several.

    Parameters
    ----------
    values : ndarray of shape (..., samples)
        Finite.

    Notes
    -----
    Median of the second differences, which do not see slopes.
    """
    if values.shape[-1] < 3:
        return np.zeros(values.shape[:-1])
    return np.median(np.abs(np.diff(values, 2)), axis=-1) / 0.674489750196 / 6**0.5


def _peaks_of(signal: Floats, noise: float, options: dict[str, Any]) -> list[tuple[float, ...]]:
    """Index, its error, height, its error, width in samples of each peak."""
    from scipy import signal as scipy_signal

    flat = np.ptp(signal) <= 1e-13 * np.abs(signal).max()
    if flat:
        return []
    found, about = scipy_signal.find_peaks(signal, width=0, rel_height=0.5, **options)
    return [
        (*_top(signal, int(index), noise, width), float(width))
        for index, width in zip(found, about["widths"], strict=True)
    ]


def _top(signal: Floats, index: int, noise: float, width: float) -> tuple[float, ...]:
    reach = max(1, round(width / 4))
    low, high = max(index - reach, 0), min(index + reach + 1, len(signal))
    x = np.arange(low, high) - index
    design = np.stack([np.ones(len(x)), x, x**2], axis=1)
    covariance = noise**2 * np.linalg.inv(design.T @ design)
    c, b, a = np.linalg.lstsq(design, signal[low:high], rcond=None)[0]
    shift = -b / (2 * a) if a < 0 else np.inf
    if not abs(shift) <= reach:  # no top there: the sample is all that is known
        return float(index), reach / 3**0.5, float(signal[index]), noise
    slope = np.array([0.0, -1 / (2 * a), b / (2 * a * a)])
    rise = np.array([1.0, shift, shift**2])
    return (
        index + shift,
        float(np.sqrt(slope @ covariance @ slope)),
        c + b * shift + a * shift**2,
        float(np.sqrt(rise @ covariance @ rise)),
    )


def _labelled(signals: Signals, table: Floats, step: float, places: list[Any]) -> Peaks:
    import sidpy

    along, old = signals.dimension, signals.dataset
    first = np.asarray(along.values, np.float64)
    at = np.interp(table[:, 0], np.arange(len(first)), first)
    columns = [at, step * table[:, 1], table[:, 2], table[:, 3], step * table[:, 4]]
    axis_labels, value_labels = (along.quantity, along.units), (old.quantity, old.units)
    labels = [axis_labels, axis_labels, value_labels, value_labels, axis_labels]
    names = ("position", "position error", "height", "height error", "width")
    made = [
        sidpy.Dataset.from_array(
            column, title=f"{old.title} {name}", quantity=quantity, units=units, source=old.title
        )
        for column, name, (quantity, units) in zip(columns, names, labels, strict=True)
    ]
    others = np.asarray(places, np.intp).reshape(len(places), old.ndim - 1)
    return Peaks(*made, places=others)
