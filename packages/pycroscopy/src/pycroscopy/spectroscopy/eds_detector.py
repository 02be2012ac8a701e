"""What a silicon detector makes of X-rays: how wide its peaks are, and which photons it counts.

The width of a peak is that of the electronics and that of the number of charges, which Fano's
factor keeps below Poisson's: ``width² = noise² + 8 ln 2 F ε E`` [1]_.  One width says it all,
and it is given, as by every manufacturer, at the Ka line of manganese.

References
----------
.. [1] Fano, Phys. Rev. 72, 26 (1947), doi:10.1103/PhysRev.72.26
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .eds_absorption import attenuation

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Detector", "detector_of"]

#: Energy at which the resolution is given, eV: Ka1 and Ka2 of manganese.
_MANGANESE: Final = 5895.0

#: Of silicon: Fano's factor, energy of a pair of charges in eV, energy of Ka and K edge in eV,
#: density in kg/m³, jump of the absorption at the edge and share of its vacancies that shine.
_FANO: Final = 0.115
_PAIR: Final = 3.66
_SILICON_LINE: Final = 1739.8
_SILICON_EDGE: Final = 1838.9
_SILICON: Final = 2329.0
_JUMP: Final = 10.3
_YIELD: Final = 0.0504

#: Square of the full width over the variance.
_WIDTH: Final = 8 * np.log(2)


@dataclass(frozen=True, slots=True)
class Detector:
    """A silicon detector of X-rays.

    Raises
    ------
    ValueError
        When the resolution is below the limit of Fano, or a length is negative.

    Examples
    --------
    >>> [float(Detector(130.0).width(energy).round(1)) for energy in (525.0, 5895.0, 17444.0)]
    [66.1, 130.0, 209.4]
    """

    resolution: float = 130.0
    """Full width of the Ka line of manganese at half maximum, eV."""
    thickness: float | None = None
    """Of the silicon, mm; None where it stops all photons."""
    layers: tuple[tuple[str, float, float], ...] = ()
    """Window, contact and dead layer: formula, thickness in nm and density in g/cm³ of each."""
    escape: bool = False
    """Whether Ka photons of silicon leave the detector, and a peak 1740 eV lower behind."""
    solid_angle: float = 4 * np.pi
    """Seen from the specimen, sr."""

    def __post_init__(self) -> None:
        layers = tuple((str(name), float(nm), float(rho)) for name, nm, rho in self.layers)
        object.__setattr__(self, "layers", layers)
        if not self.resolution > self.least_resolution():
            msg = (
                f"a resolution of {self.resolution:g} eV at {_MANGANESE:g} eV; silicon allows "
                f"no less than {self.least_resolution():.1f} eV"
            )
            raise ValueError(msg)
        numbers = [1.0 if self.thickness is None else self.thickness, self.solid_angle]
        numbers += [value for layer in layers for value in layer[1:]]
        if not all(value > 0 for value in numbers):
            msg = f"a length, density or solid angle of {self} is not more than 0"
            raise ValueError(msg)

    def recorded_form(self) -> dict[str, Any]:
        """Return what a history keeps, and `detector_of` takes."""
        return {
            "resolution": self.resolution,
            "thickness": self.thickness,
            "layers": [list(layer) for layer in self.layers],
            "escape": self.escape,
            "solid_angle": self.solid_angle,
        }

    @staticmethod
    def least_resolution() -> float:
        """Return the width at the Ka line of manganese without any electronics, eV."""
        return float(np.sqrt(_WIDTH * _FANO * _PAIR * _MANGANESE))

    def width(self, energy: Any) -> NDArray[np.float64]:
        """Return the full width of a line at half maximum, eV.

        Parameters
        ----------
        energy : array-like, eV
            Of the line; not negative.
        """
        above = np.asarray(energy, float) - _MANGANESE
        return np.asarray(np.sqrt(self.resolution**2 + _WIDTH * _FANO * _PAIR * above))

    def efficiency(self, energy: Any) -> NDArray[np.float64]:
        """Return the share of photons that pass all layers and stop in the silicon.

        Parameters
        ----------
        energy : array-like, eV
            Of the photons; zero at energies of zero and below.

        Raises
        ------
        ValueError
            When a formula is not understood.
        MissingDependency
            Without xraylib, where there are layers or a thickness.
        """
        energy = np.asarray(energy, float)
        positive = np.maximum(energy, 1e-3)
        passed = np.ones_like(energy)
        for formula, nm, density in self.layers:
            passed *= np.exp(-attenuation(formula, positive) * nm * 1e-9 * density * 1e3)
        if self.thickness is not None:
            depth = self.thickness * 1e-3 * _SILICON
            passed *= -np.expm1(-attenuation("Si", positive) * depth)
        return np.where(energy > 0, passed, 0.0)

    def escapes(self, energy: Any) -> NDArray[np.float64]:
        """Return the share of counts that a Ka photon of silicon was lost from.

        Parameters
        ----------
        energy : array-like, eV
            Of the photons.

        References
        ----------
        Reed, Ware, J. Phys. E 5, 582 (1972), doi:10.1088/0022-3735/5/6/029
        """
        energy = np.asarray(energy, float)
        if not self.escape or not (energy > _SILICON_EDGE).any():
            return np.zeros_like(energy)
        ratio = attenuation("Si", _SILICON_LINE) / attenuation(
            "Si", np.maximum(energy, _SILICON_EDGE)
        )
        back = 1 - ratio * np.log1p(1 / ratio)
        share = 0.5 * _YIELD * (1 - 1 / _JUMP) * back
        return np.where(energy > _SILICON_EDGE, share, 0.0)

    def peak(self, energy: float, edges: NDArray[Any]) -> NDArray[np.float64]:
        """Return the share of the counts of a line in each channel, without an escape.

        Parameters
        ----------
        energy : float, eV
            Of the line.
        edges : ndarray of shape (channels + 1,), eV
            Of the channels.
        """
        from scipy.special import erf

        sigma = self.width(energy) / np.sqrt(_WIDTH)
        return np.asarray(0.5 * np.diff(erf((edges - energy) / (np.sqrt(2) * sigma))))

    def response(self, energy: float, edges: NDArray[Any]) -> NDArray[np.float64]:
        """Return the same with what escapes 1740 eV below.

        Parameters
        ----------
        energy : float, eV
            Of the line.
        edges : ndarray of shape (channels + 1,), eV
            Of the channels.
        """
        lost = float(self.escapes(energy))
        found = (1 - lost) * self.peak(energy, edges)
        if lost > 0:
            found += lost * self.peak(energy - _SILICON_LINE, edges)
        return found


def detector_of(given: Detector | Mapping[str, Any] | float | None) -> Detector:
    """Return a detector: as it is, from what a history kept of it, or of a resolution in eV.

    Raises
    ------
    TypeError
        For anything else.
    """
    if given is None:
        return Detector()
    if isinstance(given, Detector):
        return given
    if isinstance(given, Mapping):
        return Detector(**{**given, "layers": tuple(map(tuple, given["layers"]))})
    if not isinstance(given, Real):
        msg = f"expected a Detector or its resolution in eV, found {type(given).__name__}"
        raise TypeError(msg)
    return Detector(float(given))
