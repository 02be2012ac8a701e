"""Band excitation whose truth is known: resonances at each position, and hysteresis loops."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .curves import drawn_curves

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
    noisy = partial(_white, noise=noise, angle=0.0)
    data = drawn_curves(SHO(), parameters, frequency, noisy, seed=seed, dtype=np.complex128)
    labelled = _labelled(data, "simulated band excitation", ("frequency", "Hz", frequency))
    return BandExcitationScan(labelled, _by_name(SHO.parameters, parameters), noise)


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

    rng = np.random.default_rng([seed, 1])
    values = np.broadcast_to(np.asarray(parameters, float), (*scan, 9)).copy()
    values[..., 1:4] *= 1 + spread * np.clip(rng.standard_normal((*scan, 3)), -2.5, 2.5)
    quarter = steps / 4
    bias = 8 * np.interp(np.arange(steps), [0, quarter, 3 * quarter, steps], [0, 1, -1, 0])
    noisy = partial(_white, noise=noise, angle=float(angle))
    data = drawn_curves(HysteresisLoop(), values, bias, noisy, seed=seed, dtype=np.complex128)
    labelled = _labelled(data, "simulated loops", ("bias", "V", bias))
    return LoopScan(labelled, _by_name(HysteresisLoop.parameters, values), float(angle), noise)


def _by_name(names: Any, values: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    return {name: values[..., number] for number, name in enumerate(names)}


def _white(
    curves: NDArray[Any], rng: np.random.Generator, noise: float, angle: float
) -> NDArray[np.complex128]:
    real, imaginary = rng.standard_normal((2, *curves.shape))
    return np.asarray(curves * np.exp(1j * angle) + noise * (real + 1j * imaginary))


def _labelled(values: Any, title: str, axis: tuple[str, str, NDArray[Any]]) -> sidpy.Dataset:
    import sidpy

    data = sidpy.Dataset.from_array(
        values, title=title, units="m", quantity="displacement", datatype="SPECTRAL_IMAGE",
        modality="band excitation", source="simulation",
    )  # fmt: skip
    for number, name in enumerate("yx"):
        places = 10.0 * np.arange(values.shape[number])
        data.set_dimension(number, sidpy.Dimension(places, name, "distance", "nm", "SPATIAL"))
    name, units, points = axis
    data.set_dimension(2, sidpy.Dimension(points, name, name, units, "SPECTRAL"))
    return data
