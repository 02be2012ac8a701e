"""Band excitation whose truth is known: resonances at each position, and hysteresis loops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .drawing import by_name, drawn, labelled_scan, spread_parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

__all__ = ["BandExcitationScan", "LoopScan", "band_excitation_scan", "loop_scan"]


@dataclass(frozen=True, eq=False)
class BandExcitationScan:
    """Simulated spectra, and the oscillators in them."""

    data: sidpy.Dataset
    """Shape (y, x, frequency), complex; lazy."""
    truth: dict[str, NDArray[np.float64]]
    """Shape (y, x) each, by the names of `sidpy.proc.models.SHO`."""
    noise: float
    """Standard deviation of the real and of the imaginary part."""


@dataclass(frozen=True, eq=False)
class LoopScan:
    """Simulated loops, and what is true of them."""

    data: sidpy.Dataset
    """Shape (y, x, bias), complex; lazy."""
    truth: dict[str, NDArray[np.float64]]
    """Shape (y, x) each, by the names of `pycroscopy.fit.HysteresisLoop`."""
    angle: float
    """Of the axis of the loops, rad."""
    noise: float
    """Standard deviation of the real and of the imaginary part."""


def band_excitation_scan(
    scan: tuple[int, int] = (16, 20),
    bins: int = 119,
    *,
    band: tuple[float, float] = (290e3, 350e3),
    spread: float = 0.1,
    noise: float = 10.0,
    seed: int = 0,
) -> BandExcitationScan:
    """Simulate oscillators that differ from position to position, with white noise.

    Parameters
    ----------
    scan : (int, int)
        Positions (y, x), 10 nm apart.
    bins : int
        Frequencies.
    band : (float, float), Hz
        First and last frequency.
    spread : float
        How much the parameters differ, relative to amplitude 1, quality factor 100, a tenth
        of the band and a phase of one radian; 0 makes all alike.
    noise : float
        Standard deviation of each part, in units of the amplitude, whose response at
        resonance is 100.
    seed : int
        Of truth and noise.

    Returns
    -------
    BandExcitationScan

    Examples
    --------
    >>> made = band_excitation_scan((2, 3), 31)
    >>> made.data.shape, made.data.units
    ((2, 3, 31), 'm')
    """
    from sidpy.proc.models import SHO

    rng = np.random.default_rng([seed, 0])
    unit = np.clip(rng.standard_normal((*scan, 4)), -2.5, 2.5) * spread
    middle, width = (band[0] + band[1]) / 2, band[1] - band[0]
    parameters = np.array([1.0, middle, 100.0, 0.7]) + unit * np.array([1, width, 100, 1])
    frequency = np.linspace(*band, bins)
    data = drawn(SHO(), parameters, frequency, noise, seed, 0.0)
    labelled = _labelled(data, "simulated band excitation", ("frequency", "Hz", frequency))
    return BandExcitationScan(labelled, by_name(SHO.parameters, parameters), noise)


def loop_scan(
    scan: tuple[int, int] = (16, 20),
    steps: int = 64,
    *,
    parameters: Any = (-1.0, 2.0, -3.0, 3.5, 0.0, 2.0, 2.0, 2.0, 2.0),
    spread: float = 0.05,
    angle: float = 0.3,
    noise: float = 0.05,
    seed: int = 0,
) -> LoopScan:
    """Simulate hysteresis loops along a tilted axis, with white noise.

    Parameters
    ----------
    scan : (int, int)
        Positions (y, x), 10 nm apart.
    steps : int
        Bias voltages: 0, 8 V, -8 V, 0.
    parameters : array-like of nine numbers
        Of `pycroscopy.fit.HysteresisLoop`, in V.
    spread : float
        How much amplitude and coercive biases differ, relative to themselves.
    angle : float, rad
        Of the axis of the loops in the complex plane.
    noise : float
        Standard deviation of each part.
    seed : int
        Of truth and noise.

    Returns
    -------
    LoopScan

    Examples
    --------
    >>> loop_scan((2, 3)).data.shape
    (2, 3, 64)
    """
    from pycroscopy.fit import HysteresisLoop

    values = spread_parameters(scan, parameters, spread, (1, 2, 3), seed)
    quarter = steps / 4
    bias = 8 * np.interp(np.arange(steps), [0, quarter, 3 * quarter, steps], [0, 1, -1, 0])
    data = drawn(HysteresisLoop(), values, bias, noise, seed, float(angle))
    labelled = _labelled(data, "simulated loops", ("bias", "V", bias))
    return LoopScan(labelled, by_name(HysteresisLoop.parameters, values), float(angle), noise)


def _labelled(values: Any, title: str, axis: tuple[str, str, NDArray[Any]]) -> sidpy.Dataset:
    name, units, points = axis
    return labelled_scan(
        values, (name, name, units, points), title=title, units="m", quantity="displacement",
        modality="band excitation",
    )  # fmt: skip
