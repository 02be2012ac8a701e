"""A film that makes X-rays, and absorbs some of them on their way to the detector.

The unknowns are the masses of the elements below a square metre, one by one: the counts of a
family of lines are its element's mass times the share that escapes, and that share depends on
all masses.  Solved for the masses, the thickness comes with the composition [1]_.

References
----------
.. [1] Watanabe, Williams, J. Microsc. 221, 89 (2006), doi:10.1111/j.1365-2818.2006.01549.x
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .eds_absorption import attenuation, escaping, escaping_slope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .eds_detector import Detector
    from .eds_lines import XrayFamily

__all__ = ["Film", "masses_of"]

#: Steps of Newton's method; they converge in three or four.
_STEPS: Final = 12


@dataclass(frozen=True)
class Film:
    """How elements in a film absorb the lines of families."""

    owners: NDArray[np.intp]
    """Shape (lines,): the family of each line."""
    elements: NDArray[np.intp]
    """Shape (families,): the element of each family."""
    shares: NDArray[np.float64]
    """Shape (lines,): of the counts of their family, where nothing is absorbed."""
    attenuation: NDArray[np.float64]
    """Shape (lines, elements): along the way to the detector, per mass of the film, m²/kg."""

    @classmethod
    def of(
        cls,
        families: Sequence[XrayFamily],
        elements: Sequence[str],
        detector: Detector,
        take_off_angle: float | None,
    ) -> Film:
        """Return the film.

        Parameters
        ----------
        families : sequence of XrayFamily
            What it emits.
        elements : sequence of str
            What it consists of.
        detector : Detector
            By whose efficiency lines of a family count.
        take_off_angle : float or None, degrees
            Between the film and the way to the detector; None where nothing is absorbed.

        Raises
        ------
        ValueError
            When the angle is not above 0 and up to 90.
        """
        owners, shares, energies = [], [], []
        for i, family in enumerate(families):
            at = np.array([line.energy for line in family.lines])
            share = detector.efficiency(at) * [line.weight for line in family.lines]
            owners += [i] * len(at)
            shares.append(share / share.sum())
            energies.append(at)
        energy = np.concatenate(energies)
        table = np.zeros((len(energy), len(elements)))
        if take_off_angle is not None:
            if not 0 < take_off_angle <= 90:
                msg = f"a take-off angle of {take_off_angle:g} degrees; expected up to 90"
                raise ValueError(msg)
            table = np.stack([attenuation(name, energy) for name in elements], axis=-1)
            table /= np.sin(np.radians(take_off_angle))
        places = [list(elements).index(family.element) for family in families]
        return cls(np.array(owners), np.array(places), np.concatenate(shares), table)

    def lines(self, masses: NDArray[Any]) -> NDArray[np.float64]:
        """Return masses times the shares of photons of each line that leave the film.

        Parameters
        ----------
        masses : ndarray of shape (rows, elements), kg/m²
            Of each element.

        Returns
        -------
        ndarray of shape (rows, lines), kg/m²
        """
        own = masses[:, self.elements[self.owners]]
        return np.asarray(own * escaping(masses @ self.attenuation.T))

    def visible(self, masses: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the mass that each family seems to have, and its derivatives.

        Parameters
        ----------
        masses : ndarray of shape (rows, elements), kg/m²
            Of each element.

        Returns
        -------
        seen : ndarray of shape (rows, families), kg/m²
            As if nothing was absorbed.
        slopes : ndarray of shape (rows, families, elements)
            By the masses.
        """
        families, count = len(self.elements), masses.shape[1]
        sums = np.zeros((len(self.owners), families))
        sums[np.arange(len(self.owners)), self.owners] = self.shares
        depth = masses @ self.attenuation.T
        kept = escaping(depth) @ sums
        own = masses[:, self.elements]
        lost = np.einsum("nl,lf,le->nfe", escaping_slope(depth), sums, self.attenuation)
        slopes = own[:, :, None] * lost
        slopes[:, np.arange(families), self.elements] += kept
        return own * kept, slopes.reshape(-1, families, count)


def masses_of(
    seen: NDArray[Any], film: Film, total: NDArray[Any] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the masses of the elements of which families seem to have some.

    Parameters
    ----------
    seen : ndarray of shape (rows, families), kg/m²
        Masses as if nothing was absorbed; up to a common factor where the total is known.
        One family for each element, in its order.
    film : Film
        What absorbs.
    total : ndarray of shape (rows,), optional, kg/m²
        Sum of the masses.

    Returns
    -------
    masses : ndarray of shape (rows, elements), kg/m²
        NaN where there are none.
    slopes : ndarray of shape (rows, elements, families)
        Derivatives of the masses by what is seen.
    """
    good = np.isfinite(seen).all(axis=1) & (seen.sum(axis=1) > 0)
    if total is not None:
        good &= total > 0
    masses = np.full(seen.shape, np.nan)
    slopes = np.full((*seen.shape, seen.shape[1]), np.nan)
    if good.any():
        known = None if total is None else total[good]
        masses[good], slopes[good] = _newton(seen[good], film, known)
    return masses, slopes


def _newton(
    seen: NDArray[Any], film: Film, total: NDArray[Any] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Solve ``visible(masses) = scale * seen``, with a scale that gives the total."""
    count = seen.shape[1]
    scale = np.ones(len(seen)) if total is None else total / seen.sum(axis=1)
    masses = scale[:, None] * seen
    system = np.zeros((len(seen), count + 1, count + 1))
    right = np.zeros((len(seen), count + 1))
    for _ in range(_STEPS):
        found, slopes = film.visible(masses)
        system[:, :count, :count] = slopes
        right[:, :count] = scale[:, None] * seen - found
        if total is None:
            system[:, count, count] = 1.0
        else:
            system[:, :count, count] = -seen
            system[:, count, :count] = 1.0
            right[:, count] = total - masses.sum(axis=1)
        step = np.linalg.solve(system, right[..., None])[..., 0]
        # half of what is there at most: the share that escapes is far from linear
        size = np.abs(masses).sum(axis=1)
        step *= np.minimum(1.0, 0.5 * size / np.maximum(np.abs(step[:, :count]).sum(1), 1e-300))[
            :, None
        ]
        masses, scale = masses + step[:, :count], scale + step[:, count]
    wrong = np.abs(right[:, :count]).max(axis=1) > 1e-6 * np.abs(masses).sum(axis=1)
    masses[wrong] = np.nan
    inverse = np.linalg.inv(system)[:, :count, :count]
    return masses, inverse * scale[:, None, None]
