"""Spectrum images of energy losses: plasmons in a wedge, and edges of known counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .spectrum_images import labelled_image, spectrum_image

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    import sidpy

__all__ = ["CoreLosses", "LowLosses", "core_losses", "low_losses"]

#: Orders of plural scattering; at a thickness of 5 the rest is below 1e-14.
_ORDERS: Final = 40

_WIDTH: Final = float(2 * np.sqrt(2 * np.log(2)))


@dataclass(frozen=True, eq=False)
class LowLosses:
    """A simulated image of zero losses and plasmons, and what is true of it."""

    data: sidpy.Dataset
    """Shape (y, x, energy), counts; lazy."""
    thickness: NDArray[np.float64]
    """Shape (y, x), in mean free paths."""
    shift: NDArray[np.float64]
    """Shape (y, x): where the zero loss is, eV."""
    single: NDArray[np.float64]
    """Shape (energy,): the distribution of a single loss, with a sum of one."""
    width: float
    """Full width of the zero loss at half maximum, eV."""


@dataclass(frozen=True, eq=False)
class CoreLosses:
    """A simulated image of edges on a background, and what is true of it."""

    data: sidpy.Dataset
    """Shape (y, x, energy), counts; lazy."""
    background: NDArray[np.float64]
    """Shape (energy,): expected counts without an edge."""
    edges: dict[float, NDArray[np.float64]]
    """By onset, shape (energy,): expected counts of an amount of one."""
    amounts: dict[float, NDArray[np.float64]]
    """By onset, shape (y, x)."""


def low_losses(  # noqa: PLR0913 - the conditions of a measurement, all by keyword
    scan: tuple[int, int] = (8, 12),
    *,
    channels: int = 1024,
    step: float = 0.25,
    first: float = -20.0,
    plasmon: tuple[float, float] = (15.0, 4.0),
    thickness: Any = None,
    width: float = 1.0,
    drift: float = 0.5,
    electrons: float | None = 1e6,
    seed: int = 0,
) -> LowLosses:
    """Simulate spectra of free electrons: order by order of scattering, Poisson distributed.

    Parameters
    ----------
    scan : (int, int)
        Positions (y, x), 0.5 nm apart.
    channels : int
        Of a spectrum.
    step, first : float, eV
        Width of a channel, and energy of the first.
    plasmon : (float, float), eV
        Energy and damping of the Drude model.
    thickness : float or array-like of shape (y, x), optional
        In mean free paths, up to 5; by default a wedge from 0.2 to 1.5 along x.
    width : float, eV
        Full width of the zero loss at half maximum.
    drift : float, eV
        The zero loss moves by so much up and down, line by line.
    electrons : float, optional
        Mean number in a spectrum; None for expected values without noise.
    seed : int
        Of the noise.

    Returns
    -------
    LowLosses

    Examples
    --------
    >>> made = low_losses((1, 2), electrons=1000)
    >>> made.data.shape, bool(900 < made.data.compute().sum() / 2 < 1100)
    ((1, 2, 1024), True)
    """
    wedge = (
        np.broadcast_to(np.linspace(0.2, 1.5, scan[1]), scan) if thickness is None else thickness
    )
    depth = np.array(np.broadcast_to(np.asarray(wedge, float), scan))
    if not ((depth >= 0) & (depth <= 5)).all():
        msg = f"thicknesses from {depth.min():g} to {depth.max():g}; expected 0 to 5"
        raise ValueError(msg)
    lines = drift * np.sin(np.arange(scan[0]) * 1.7)
    shift = np.array(np.broadcast_to(lines[:, None], scan))
    energy = first + step * np.arange(channels)
    options = {"energy": energy, "plasmon": plasmon, "width": width}
    truth = np.stack([depth, shift], axis=-1)
    data = spectrum_image(truth, _low, electrons, seed, **options)
    single = _drude(np.maximum(energy, 0.0), plasmon)
    return LowLosses(
        labelled_image(data, energy, "simulated low losses"),
        depth,
        shift,
        single / single.sum(),
        float(width),
    )


def core_losses(  # noqa: PLR0913 - the conditions of a measurement, all by keyword
    scan: tuple[int, int] = (8, 12),
    *,
    channels: int = 600,
    step: float = 1.0,
    first: float = 200.0,
    exponent: float = 3.0,
    edges: Mapping[float, Any] | None = None,
    electrons: float | None = 1e5,
    seed: int = 0,
) -> CoreLosses:
    """Simulate edges, each a step that falls as the background does, on a power law.

    Parameters
    ----------
    scan : (int, int)
        Positions (y, x), 0.5 nm apart.
    channels : int
        Of a spectrum.
    step, first : float, eV
        Width of a channel, and energy of the first; above zero.
    exponent : float
        Of the background.
    edges : mapping of float to array-like of shape (y, x), optional
        Onset in eV, and how much of the background there an edge has; by default one at
        400 eV which grows along x from nothing to one half.
    electrons : float, optional
        Expected number in a background; None for 1e5 and no noise.
    seed : int
        Of the noise.

    Returns
    -------
    CoreLosses
    """
    if not first > 0:
        msg = f"a power law from {first:g} eV; expected more than 0"
        raise ValueError(msg)
    given = {400.0: np.linspace(0, 0.5, scan[1])} if edges is None else edges
    amounts = {
        float(onset): np.array(np.broadcast_to(np.asarray(amount, float), scan))
        for onset, amount in given.items()
    }
    energy = first + step * np.arange(channels)
    background: NDArray[Any] = energy**-exponent
    background *= (1e5 if electrons is None else electrons) / background.sum()
    shapes = {onset: np.where(energy >= onset, background, 0.0) for onset in amounts}
    truth = np.stack([np.ones(scan), *amounts.values()], axis=-1)
    table = np.stack([background, *shapes.values()])
    data = spectrum_image(
        truth, _mixed, None if electrons is None else 1.0, seed, energy=energy, table=table
    )
    return CoreLosses(labelled_image(data, energy, "simulated edges"), background, shapes, amounts)


def _low(
    truth: NDArray[Any], energy: NDArray[Any], plasmon: tuple[float, float], width: float
) -> NDArray[np.float64]:
    """Return spectra with a sum of about one: orders of scattering, convolved with the peak."""
    step = (energy[-1] - energy[0]) / (len(energy) - 1)
    length = 4 * len(energy)
    loss = _drude(step * np.arange(length), plasmon)
    loss[length // 2 :] = 0.0
    once = np.fft.rfft(loss / loss.sum())
    wave = 2 * np.pi * np.fft.rfftfreq(length)
    result = np.empty((len(truth), len(energy)))
    for row, (depth, shift) in enumerate(truth):
        orders, term = np.zeros_like(once), np.full_like(once, np.exp(-depth))
        for order in range(1, _ORDERS + 1):
            orders, term = orders + term, term * once * depth / order
        sigma, at = width / _WIDTH / step, (shift - energy[0]) / step
        peak = np.exp(-0.5 * (wave * sigma) ** 2 - 1j * wave * at)
        result[row] = np.fft.irfft(orders * peak, length)[: len(energy)]
    return result


def _mixed(truth: NDArray[Any], energy: NDArray[Any], table: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(truth @ table[:, : len(energy)])


def _drude(energy: NDArray[Any], plasmon: tuple[float, float]) -> NDArray[np.float64]:
    """Return the loss function of free electrons."""
    at, damping = plasmon
    square = (energy**2 - at**2) ** 2 + (energy * damping) ** 2
    return np.asarray(energy * damping * at**2 / square)
