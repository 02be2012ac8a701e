"""What a specimen consists of: shares of the mass and of the atoms, with errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .eds_absorption import atomic_weight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

__all__ = ["Composition", "atomic_to_weight", "shares_of", "weight_to_atomic"]


@dataclass(frozen=True, eq=False, repr=False)
class Composition:
    """Shares of elements at each position."""

    weight: dict[str, sidpy.Dataset]
    """By element, of the shape of the scan: percent of the mass; lazy."""
    weight_errors: dict[str, sidpy.Dataset]
    """Standard deviations of `weight`."""
    atomic: dict[str, sidpy.Dataset]
    """By element: percent of the atoms."""
    atomic_errors: dict[str, sidpy.Dataset]
    """Standard deviations of `atomic`."""
    mass_thickness: sidpy.Dataset | None = None
    """Of the shape of the scan, kg/m²; where it was measured."""
    mass_thickness_errors: sidpy.Dataset | None = None
    """Standard deviation of `mass_thickness`."""

    def __repr__(self) -> str:
        size = next(iter(self.weight.values())).size
        return f"composition of {', '.join(self.weight)} at {size} positions"

    def to_datasets(self) -> dict[str, sidpy.Dataset]:
        """Return everything as datasets by name, ready for `sidpy.write`."""
        parts: dict[str, sidpy.Dataset] = {}
        for name in ("weight", "weight_errors", "atomic", "atomic_errors"):
            for element, values in getattr(self, name).items():
                parts[f"{element}_{name}"] = values
        if self.mass_thickness is not None and self.mass_thickness_errors is not None:
            parts["mass_thickness"] = self.mass_thickness
            parts["mass_thickness_errors"] = self.mass_thickness_errors
        return parts

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw a map of the atoms of each element.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.maps import draw_maps

        maps = dict(self.atomic)
        if self.mass_thickness is not None:
            maps["mass thickness"] = self.mass_thickness
        return draw_maps(maps, figure)


def weight_to_atomic(weight: Mapping[str, Any]) -> dict[str, Any]:
    """Return percent of the atoms, of shares of the mass.

    Parameters
    ----------
    weight : mapping of str to float or array
        By element, in any units.

    Returns
    -------
    dict of str to ndarray or float
        Percent; NaN where nothing is.

    Raises
    ------
    ValueError
        For an unknown element.
    MissingDependency
        Without xraylib.

    Examples
    --------
    >>> found = weight_to_atomic({"Si": 46.75, "O": 53.25})
    >>> {name: round(value, 1) for name, value in found.items()}
    {'Si': 33.3, 'O': 66.7}
    """
    return _percent({name: _number(v) / atomic_weight(name) for name, v in weight.items()})


def atomic_to_weight(atomic: Mapping[str, Any]) -> dict[str, Any]:
    """Return percent of the mass, of shares of the atoms.

    Parameters
    ----------
    atomic : mapping of str to float or array
        By element, in any units.

    Returns
    -------
    dict of str to ndarray or float
        Percent; NaN where nothing is.

    Raises
    ------
    ValueError
        For an unknown element.
    MissingDependency
        Without xraylib.

    Examples
    --------
    >>> found = atomic_to_weight({"Si": 1, "O": 2})
    >>> {name: round(value, 2) for name, value in found.items()}
    {'Si': 46.75, 'O': 53.25}
    """
    return _percent({name: _number(v) * atomic_weight(name) for name, v in atomic.items()})


def _number(value: Any) -> Any:
    return value if hasattr(value, "_axes") else np.asarray(value, float)


def _percent(parts: dict[str, Any]) -> dict[str, Any]:
    if not parts:
        return {}
    total = sum(parts.values())
    with np.errstate(invalid="ignore", divide="ignore"):
        found = {name: 100.0 * part / total for name, part in parts.items()}
    return {
        name: float(part) if isinstance(part, np.floating | float) else part
        for name, part in found.items()
    }


def shares_of(
    masses: NDArray[Any], covariance: NDArray[Any], moles: NDArray[Any] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return shares of their sum in percent, and standard deviations.

    Parameters
    ----------
    masses : ndarray of shape (rows, elements)
        Of each element.
    covariance : ndarray of shape (rows, elements, elements)
        Of the masses.
    moles : ndarray of shape (elements,), optional
        By which masses become amounts, for shares of the atoms.
    """
    per = np.ones(masses.shape[1]) if moles is None else 1 / moles
    amounts = masses * per
    total = amounts.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = amounts / np.where(total > 0, total, np.nan)[:, None]
        slopes = (np.eye(len(per)) - shares[:, :, None]) * per / total[:, None, None]
    variance = np.einsum("nij,njk,nik->ni", slopes, covariance, slopes, optimize=True)
    return 100 * shares, 100 * np.sqrt(np.maximum(variance, 0.0))
