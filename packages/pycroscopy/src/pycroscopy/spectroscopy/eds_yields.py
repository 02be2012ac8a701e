"""How many photons of a line an element gives: zeta factors, k-factors, cross-sections.

A zeta factor is the mass of an element below a square metre for one counted photon and one
electron, ``zeta = A / (N σ ε Ω / 4π)`` with the mass of a mole A, the number of Avogadro, the
cross-section for the emission of a photon of the family, the efficiency of the detector and
its solid angle [1]_.  The k-factor of a family is its zeta factor over that of another one.

References
----------
.. [1] Watanabe, Williams, J. Microsc. 221, 89 (2006), doi:10.1111/j.1365-2818.2006.01549.x
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .eds_absorption import atomic_weight
from .eds_detector import detector_of
from .eds_lines import xray_families

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .eds_detector import Detector
    from .eds_lines import XrayFamily

__all__ = ["k_factors", "zeta_factors", "zeta_of_cross_sections"]

_AVOGADRO: Final = 6.02214076e23


def zeta_factors(
    families: str | Iterable[str | XrayFamily],
    *,
    beam_energy: float,
    detector: Detector | float | None = None,
) -> dict[str, float]:
    """Return zeta factors from cross-sections of ionisation, yields and the detector.

    Parameters
    ----------
    families : str or iterable of str or XrayFamily
        ``"Fe_K"``, or elements for all their families.
    beam_energy : float, eV
        Of the electrons.
    detector : Detector or float, optional
        Its efficiency and solid angle count; it sees everything by default.

    Returns
    -------
    dict of str to float
        By family, kg/m² for a photon per electron.

    Raises
    ------
    ValueError
        For unknown elements, and those without lines.
    MissingDependency
        Without xraylib.

    Notes
    -----
    The cross-sections are within 10 % for K shells, and rather less sure for L and M shells:
    factors measured on a film that is known are better, and go into `zeta_factor_method` as
    well.
    """
    counter = detector_of(detector)
    found = {}
    for family in xray_families(families, beam_energy=beam_energy):
        passed = counter.efficiency([line.energy for line in family.lines])
        share = float(np.dot(passed, [line.weight for line in family.lines]))
        counted = family.cross_section * share * counter.solid_angle / (4 * np.pi)
        found[family.name] = atomic_weight(family.element) / (_AVOGADRO * counted)
    return found


def k_factors(
    families: str | Iterable[str | XrayFamily],
    *,
    beam_energy: float,
    detector: Detector | float | None = None,
    reference: str | None = None,
) -> dict[str, float]:
    """Return k-factors for shares of the mass, of whole families of lines.

    Parameters
    ----------
    families : str or iterable of str or XrayFamily
        ``"Fe_K"``, or elements for all their families.
    beam_energy : float, eV
        Of the electrons.
    detector : Detector or float, optional
        Its efficiency counts; it sees everything by default.
    reference : str, optional
        The family whose factor is one; the first by default.

    Returns
    -------
    dict of str to float
        By family.

    Raises
    ------
    ValueError
        For unknown elements, and a reference that is not among the families.
    MissingDependency
        Without xraylib.

    Examples
    --------
    >>> factors = k_factors(["Si_K", "Fe_K"], beam_energy=200e3)
    >>> {name: round(factor, 2) for name, factor in factors.items()}
    {'Si_K': 1.0, 'Fe_K': 1.6}
    """
    zeta = zeta_factors(families, beam_energy=beam_energy, detector=detector)
    first = next(iter(zeta)) if reference is None else reference
    if first not in zeta:
        msg = f"the reference {first!r} is not one of the families {list(zeta)}"
        raise ValueError(msg)
    return {name: factor / zeta[first] for name, factor in zeta.items()}


def zeta_of_cross_sections(cross_sections: Mapping[str, Any]) -> dict[str, float]:
    """Return zeta factors of partial cross-sections, which count photons per atom.

    Parameters
    ----------
    cross_sections : mapping of str to float
        By family, m²: counted photons of an atom per electron and square metre, the
        detector included.

    Returns
    -------
    dict of str to float
        kg/m² for a photon per electron.

    Raises
    ------
    ValueError
        For an unknown element, and a cross-section that is not above zero.
    MissingDependency
        Without xraylib.

    References
    ----------
    MacArthur et al., Microsc. Microanal. 22, 71 (2016), doi:10.1017/S1431927615015494
    """
    found = {}
    for name, value in cross_sections.items():
        if not float(value) > 0:
            msg = f"a cross-section of {value} m² of {name}; expected more than 0"
            raise ValueError(msg)
        found[name] = atomic_weight(name.partition("_")[0]) / (_AVOGADRO * float(value))
    return found
