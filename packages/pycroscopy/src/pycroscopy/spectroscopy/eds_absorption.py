"""How matter attenuates X-rays, and how much a film keeps of those it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .eds_lines import data_of_xrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["atomic_weight", "attenuation", "escaping", "escaping_slope"]

#: Where tables of attenuation begin, eV; below, their first value is taken.
_FIRST: Final = 100.0

#: Where the share that escapes is taken from its series: the formula loses digits.
_THIN: Final = 1e-4


def attenuation(material: str, energy: Any) -> NDArray[np.float64]:
    """Return mass attenuation coefficients.

    Parameters
    ----------
    material : str
        An element or a formula, ``"Si3N4"``.
    energy : array-like, eV
        Of the photons.

    Returns
    -------
    ndarray of the shape of the energies, m²/kg

    Raises
    ------
    ValueError
        When the formula is not understood.
    MissingDependency
        Without xraylib.

    Examples
    --------
    >>> attenuation("Fe", [6403.9]).round(1)
    array([7.1])
    """
    library = data_of_xrays()
    energy = np.asarray(energy, float)
    found = np.empty(energy.size)
    try:
        for i, value in enumerate(energy.ravel()):
            found[i] = library.CS_Total_CP(material, max(float(value), _FIRST) / 1000.0)
    except ValueError as error:
        msg = f"no attenuation of X-rays by {material!r}: {error}"
        raise ValueError(msg) from error
    return 0.1 * found.reshape(energy.shape)  # from cm²/g


def atomic_weight(symbol: str) -> float:
    """Return the mass of a mole, kg.

    Raises
    ------
    ValueError
        When no element has the symbol.
    MissingDependency
        Without xraylib.
    """
    library = data_of_xrays()
    try:
        return 1e-3 * float(library.AtomicWeight(library.SymbolToAtomicNumber(symbol)))
    except ValueError as error:
        msg = f"no element has the symbol {symbol!r}; expected one like 'Fe'"
        raise ValueError(msg) from error


def escaping(depth: NDArray[Any]) -> NDArray[np.float64]:
    """Return the share of photons made evenly in a film that leave it.

    Parameters
    ----------
    depth : ndarray
        Optical depth of the whole film, along their way.
    """
    safe = np.where(np.abs(depth) < _THIN, 1.0, depth)
    return np.where(np.abs(depth) < _THIN, 1 - depth / 2, -np.expm1(-safe) / safe)


def escaping_slope(depth: NDArray[Any]) -> NDArray[np.float64]:
    """Return the derivative of `escaping`."""
    safe = np.where(np.abs(depth) < _THIN, 1.0, depth)
    slope = (np.exp(-safe) * (1 + safe) - 1) / safe**2
    return np.where(np.abs(depth) < _THIN, -0.5 + depth / 3, slope)
