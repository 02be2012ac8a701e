"""What a spectrum of X-rays is made of: peaks of families of lines, and bremsstrahlung."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .eds_absorption import attenuation, escaping
from .eds_detector import Detector, detector_of
from .eds_lines import XrayFamily, xray_families

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .energy_spectra import Spectra

__all__ = [
    "EmissionModel",
    "beam_energy_of",
    "bremsstrahlung",
    "channel_edges",
    "line_peaks",
]

#: Below, there is the noise of the electronics and no photon that is understood, eV.
_LEAST: Final = 100.0


@dataclass(frozen=True)
class EmissionModel:
    """Families of lines, a detector and a background: all that a spectrum may consist of."""

    families: tuple[XrayFamily, ...]
    """In the order of the columns."""
    detector: Detector
    """What it was measured with."""
    beam_energy: float
    """Of the electrons, eV."""
    order: int
    """Of the polynomial by which the background may differ from Kramers' law."""
    masses: tuple[tuple[str, float], ...] = ()
    """Elements and their masses, kg/m², which absorb some lines of a family more."""
    take_off_angle: float = 90.0
    """Under which they do, degrees."""

    @classmethod
    def of(
        cls, spectra: Spectra, elements: Any, window: tuple[float, float], **options: Any
    ) -> EmissionModel:
        """Return the model of spectra.

        Parameters
        ----------
        spectra : Spectra
            With energies in eV.
        elements : str or iterable of str or XrayFamily
            As for `xray_families`.
        window : (float, float), eV
            Where families have their strongest line.
        **options : Any
            ``beam_energy``, ``detector`` and ``order``; ``absorbing``, a mapping of elements
            to masses in kg/m² and an angle in degrees.
        """
        order = int(options["order"])
        if not 0 <= order <= 8:
            msg = f"a background of the order {order}; expected 0 to 8"
            raise ValueError(msg)
        beam = beam_energy_of(spectra, options["beam_energy"])
        families = xray_families(elements, window=window, beam_energy=beam)
        made = cls(tuple(families), detector_of(options["detector"]), beam, order)
        masses, angle = options.get("absorbing", (None, None))
        if masses is None and angle is None:
            return made
        if masses is None or angle is None or not 0 < angle <= 90:
            msg = f"masses {masses} below {angle} degrees; give both, an angle of up to 90"
            raise ValueError(msg)
        known = tuple((str(name), float(mass)) for name, mass in masses.items())
        return replace(made, masses=known, take_off_angle=float(angle))

    @property
    def names(self) -> list[str]:
        """Of the families."""
        return [family.name for family in self.families]

    def columns(self, edges: NDArray[Any]) -> NDArray[np.float64]:
        """Return expected counts per channel for one count of each family, then of background.

        Parameters
        ----------
        edges : ndarray of shape (channels + 1,), eV
            Of the channels.

        Returns
        -------
        ndarray of shape (channels, families + order + 1)
        """
        peaks = [self.peak(family, edges) for family in self.families]
        smooth = bremsstrahlung(edges, self.detector, self.beam_energy)
        smooth = smooth / (smooth.sum() or 1.0)
        middle = 0.5 * (edges[:-1] + edges[1:])
        at = 2 * (middle - middle[0]) / (middle[-1] - middle[0]) - 1
        terms = np.polynomial.legendre.legvander(at, self.order).T
        return np.stack([*peaks, *(smooth * terms)], axis=-1)

    def peak(self, family: XrayFamily, edges: NDArray[Any]) -> NDArray[np.float64]:
        """Return counts per channel for one count in any line of a family.

        Parameters
        ----------
        family : XrayFamily
            The lines.
        edges : ndarray of shape (channels + 1,), eV
            Of the channels.
        """
        peaks, shares = line_peaks(family, self.detector, edges)
        if self.masses:
            energy = [line.energy for line in family.lines]
            depth = sum(mass * attenuation(name, energy) for name, mass in self.masses)
            shares = shares * escaping(np.asarray(depth) / np.sin(np.radians(self.take_off_angle)))
        return np.asarray(shares @ peaks / shares.sum())


def channel_edges(energy: NDArray[Any]) -> NDArray[np.float64]:
    """Return where channels end, of their middles at equal steps."""
    half = 0.5 * (energy[-1] - energy[0]) / (len(energy) - 1)
    return np.append(energy - half, energy[-1] + half)


def beam_energy_of(spectra: Spectra, given: float | None) -> float:
    """Return the energy of the electrons, eV: as given, or from the metadata.

    Raises
    ------
    ValueError
        When it is not known, or not above zero.
    """
    experiment = spectra.dataset.metadata.get("experiment", {})
    found = experiment.get("acceleration_voltage") if given is None else given
    if found is None:
        msg = (
            f"{spectra.dataset.title!r} does not say the energy of its electrons; give "
            "beam_energy in eV, for instance beam_energy=200e3"
        )
        raise ValueError(msg)
    if not 1e3 <= float(found) <= 1e7:
        msg = f"a beam of {found} eV; expected 1e3 to 1e7 eV, for instance 200e3"
        raise ValueError(msg)
    return float(found)


def line_peaks(
    family: XrayFamily, detector: Detector, edges: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the counts of each line by channel, and the share of its photons that count.

    Parameters
    ----------
    family : XrayFamily
        The lines.
    detector : Detector
        What counts them.
    edges : ndarray of shape (channels + 1,), eV
        Of the channels.

    Returns
    -------
    peaks : ndarray of shape (lines, channels)
        For one count of each line.
    shares : ndarray of shape (lines,)
        Weight times efficiency.
    """
    shares = np.array([line.weight for line in family.lines])
    shares = shares * detector.efficiency([line.energy for line in family.lines])
    peaks = np.stack([detector.response(line.energy, edges) for line in family.lines])
    return peaks, shares


def bremsstrahlung(
    edges: NDArray[Any], detector: Detector, beam_energy: float
) -> NDArray[np.float64]:
    """Return the shape of the background after Kramers, as a detector sees it.

    Parameters
    ----------
    edges : ndarray of shape (channels + 1,), eV
        Of the channels.
    detector : Detector
        Which photons count.
    beam_energy : float, eV
        Of the electrons: no photon has more.

    Returns
    -------
    ndarray of shape (channels,)
        In any units; zero below 100 eV.

    References
    ----------
    Kramers, Philos. Mag. 46, 836 (1923), doi:10.1080/14786442308565244
    """
    middle = 0.5 * (edges[:-1] + edges[1:])
    inside = (middle >= _LEAST) & (middle < beam_energy)
    energy = np.where(inside, middle, 1.0)
    shape = (beam_energy - energy) / energy * detector.efficiency(energy)
    return np.where(inside, shape, 0.0)
