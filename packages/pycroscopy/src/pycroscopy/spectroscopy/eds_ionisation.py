"""How likely an electron ionises an inner shell."""

from __future__ import annotations

from typing import Final

import numpy as np

__all__ = ["ionisation_cross_section"]

#: Of the electron, eV; of hydrogen, eV; radius of Bohr, m.
_REST: Final = 510998.95
_RYDBERG: Final = 13.605693
_BOHR: Final = 5.29177210903e-11


def ionisation_cross_section(edge: float, beam_energy: float, electrons: int) -> float:
    """Return the cross-section of ionisation by an electron, after Casnati.

    Parameters
    ----------
    edge : float, eV
        Binding energy; zero for a subshell that is empty.
    beam_energy : float, eV
        Kinetic energy of the electron.
    electrons : int
        In the subshell.

    Returns
    -------
    float, m²
        Zero where the beam does not reach the edge.

    Notes
    -----
    An empirical formula for K shells, within 10 % of measurements there [1]_; for L and M
    shells it may be off by some ten per cent.

    References
    ----------
    .. [1] Casnati, Tartari, Baraldi, J. Phys. B 15, 155 (1982), doi:10.1088/0022-3700/15/1/022

    Examples
    --------
    >>> round(1e28 * ionisation_cross_section(7112, 200e3, 2))
    340
    """
    if not 0 < edge < beam_energy:
        return 0.0
    over = beam_energy / edge
    bound, kinetic = edge / _REST, beam_energy / _REST
    power = -0.0318 + 0.3160 / over - 0.1135 / over**2
    shape = 10.57 * np.exp(-1.736 / over + 0.317 / over**2)
    # Gryzinski's factor of relativity
    ratio = (bound + kinetic) * (2 + kinetic) * (1 + bound) ** 2
    ratio /= kinetic * (2 + kinetic) * (1 + bound) ** 2 + bound * (2 + bound)
    fast = (2 + bound) / (2 + kinetic) * ((1 + kinetic) / (1 + bound)) ** 2 * ratio**1.5
    size = electrons * (_BOHR * _RYDBERG / edge) ** 2
    return float(size * (edge / _RYDBERG) ** power * shape * fast * np.log(over) / over)
