"""Tunneling spectra and curves of current over bias whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .drawing import by_name, drawn, labelled_scan, spread_parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy
    from sidpy.proc.models.model import Model

    Floats = NDArray[np.float64]

__all__ = ["CurrentScan", "TunnelScan", "current_scan", "tunnel_scan"]


@dataclass(frozen=True, eq=False)
class TunnelScan:
    """Simulated currents and lock-in channel over the bias, and what is in them."""

    current: sidpy.Dataset
    """Shape (y, x, bias), nA; lazy."""
    lock_in: sidpy.Dataset
    """Shape (y, x, bias), mV: conductance over `gain`; lazy."""
    gain: float
    """nA/V per mV."""
    truth: dict[str, Floats]
    """Shape (y, x) each, by the names of the model."""
    noise: tuple[float, float]
    """Standard deviation of current and lock-in."""


@dataclass(frozen=True, eq=False)
class CurrentScan:
    """Simulated currents over the bias, and the law that they follow."""

    data: sidpy.Dataset
    """Shape (y, x, bias), nA; lazy."""
    truth: dict[str, Floats]
    """Shape (y, x) each, by the names of the model."""
    noise: float
    """Standard deviation of each value, nA."""


def tunnel_scan(
    scan: tuple[int, int] = (16, 20),
    points: int = 121,
    *,
    kind: Literal["superconductor", "semiconductor"] = "superconductor",
    spread: float = 0.1,
    modulation: float = 1e-4,
    noise: tuple[float, float] = (2e-6, 5e-3),
    seed: int = 0,
) -> TunnelScan:
    """Simulate a grid of tunneling spectra whose gap differs from position to position.

    Parameters
    ----------
    scan : (int, int)
        Positions (y, x), 1 nm apart.
    points : int
        Biases.
    kind : {"superconductor", "semiconductor"}
        A density after Dynes (gap 1.4 mV at 1.2 K) or two bands (gap 1.6 V).
    spread : float
        How much gaps differ, relative to themselves.
    modulation : float, V
        Effective (rms) modulation of the bias, which broadens a superconductor's lock-in.
    noise : (float, float)
        Standard deviation of the current (nA) and of the lock-in (mV).
    seed : int
        Of truth and noise.

    Returns
    -------
    TunnelScan

    Raises
    ------
    ValueError
        For unknown words.

    Examples
    --------
    >>> made = tunnel_scan((2, 3))
    >>> made.current.shape, made.lock_in.units
    ((2, 3, 121), 'mV')
    """
    from pycroscopy.spectroscopy.band_gaps import BandEdges
    from pycroscopy.spectroscopy.superconductors import DynesGap

    model: Model
    if kind == "superconductor":
        model, reach = DynesGap(modulation), 6e-3
        still: Model = DynesGap()
        means, which = (1.4e-3, 5e-5, 1.2, 1.0, 0.0), (0,)
    elif kind == "semiconductor":
        model = still = BandEdges()
        means, which, reach = (-0.7, 0.9, 1.5, 2.0, 0.0), (0, 1), 2.0
    else:
        msg = f"kind is {kind!r}; it can be 'superconductor' or 'semiconductor'"
        raise ValueError(msg)
    parameters = spread_parameters(scan, means, spread, which, seed)
    bias = np.linspace(-reach, reach, points)
    gain = 0.1
    made = (
        ("current", "nA", _Current(still), noise[0], seed),
        ("lock-in", "mV", _Scaled(model, 1 / gain), noise[1], seed + 1),
    )
    current, lock_in = (
        labelled_scan(
            drawn(curve, parameters, bias, level, start), ("bias", "bias", "V", bias), 1.0,
            title=f"simulated {title}", units=units, quantity=title,
            modality="scanning tunneling spectroscopy",
        )
        for title, units, curve, level, start in made
    )  # fmt: skip
    return TunnelScan(current, lock_in, gain, by_name(model.parameters, parameters), noise)


def current_scan(  # noqa: PLR0913 - the law, the sweep and the noise, all by keyword
    scan: tuple[int, int] = (16, 20),
    points: int = 101,
    *,
    model: Model | None = None,
    parameters: Any = (0.5, 0.0),
    reach: float = 1.0,
    spread: float = 0.1,
    noise: float = 0.01,
    seed: int = 0,
) -> CurrentScan:
    """Simulate curves of current over bias that follow a law.

    Parameters
    ----------
    scan : (int, int)
        Positions (y, x), 10 nm apart.
    points : int
        Biases, from minus `reach` to `reach`.
    model : Model, optional
        Such as `pycroscopy.fit.Diode`; a resistance by default.
    parameters : sequence of float
        Of the model, in V and nA.
    reach : float, V
        The largest bias.
    spread : float
        How much the first parameter differs, relative to itself.
    noise : float, nA
        Standard deviation.
    seed : int
        Of truth and noise.

    Returns
    -------
    CurrentScan

    Examples
    --------
    >>> current_scan((2, 3)).data.shape
    (2, 3, 101)
    """
    from pycroscopy.fit import Ohmic

    law = Ohmic() if model is None else model
    values = spread_parameters(scan, parameters, spread, (0,), seed)
    bias = np.linspace(-reach, reach, points)
    data = labelled_scan(
        drawn(law, values, bias, noise, seed), ("bias", "bias", "V", bias),
        title="simulated current", units="nA", quantity="current", modality="current-voltage",
    )  # fmt: skip
    return CurrentScan(data, by_name(law.parameters, values), noise)


@dataclass(frozen=True)
class _Scaled:
    """A model times a number."""

    model: Model
    factor: float

    def __call__(self, parameters: Floats, x: Floats) -> Floats:
        return np.asarray(self.factor * self.model(parameters, x))


@dataclass(frozen=True)
class _Current:
    """The integral of a conductance from zero bias, by Gauss and Legendre between the points."""

    model: Model

    def __call__(self, parameters: Floats, x: Floats) -> Floats:
        ends = np.unique(np.append(x, 0.0))
        nodes, weights = np.polynomial.legendre.leggauss(5)
        half = np.diff(ends)[:, None] / 2
        places = ends[:-1, None] + half * (1 + nodes)
        values = self.model(parameters, places.ravel()).reshape(len(parameters), *places.shape)
        steps = (values * half * weights).sum(axis=2)
        sums = np.concatenate([np.zeros((len(steps), 1)), np.cumsum(steps, axis=1)], axis=1)
        sums -= sums[:, np.searchsorted(ends, [0.0])]
        return np.asarray(sums[:, np.searchsorted(ends, x)])
