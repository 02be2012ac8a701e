"""What photoelectron lines say: shares of elements, and energies against a reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy._inputs import as_dataset, lazy
from sidpy.sid.operations import operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sidpy

__all__ = ["calibrate_energy", "quantify_elements"]


@operation(name="pycroscopy.spectroscopy.quantify_elements")
def quantify_elements(
    areas: Mapping[str, Any],
    sensitivities: Mapping[str, float],
    *,
    transmission: Mapping[str, float] | None = None,
) -> dict[str, sidpy.Dataset]:
    """Return atomic shares from areas of lines and relative sensitivity factors.

    Parameters
    ----------
    areas : mapping of str to Dataset or array
        By name, at the same positions, as `PeakFit.area` gives them, with variances.
    sensitivities : mapping of str to float
        Relative sensitivity of each line.
    transmission : mapping of str to float, optional
        Of the analyser at the kinetic energy of each line; one by default.

    Returns
    -------
    dict of str to Dataset
        Shares with a sum of one, with variances; areas of different names count as
        independent. Lines that overlap in one region have covariances, which `PeakFit.share`
        knows.

    Raises
    ------
    ValueError
        When a factor is missing or not above zero, or shapes differ.

    References
    ----------
    .. [1] Wagner, Davis, Zeller, Taylor, Raymond, Gale, Surf. Interface Anal. 3, 211 (1981),
           doi:10.1002/sia.740030506

    Examples
    --------
    >>> found = quantify_elements({"C": np.array([100.0]), "O": np.array([293.0])},
    ...                           {"C": 1.0, "O": 2.93})
    >>> np.asarray(found["O"])
    array([0.5])
    """
    passed = dict.fromkeys(areas, 1.0) | dict(transmission or {})
    for name in areas:
        if not (sensitivities.get(name, 0) > 0 and passed[name] > 0):
            msg = (
                f"the sensitivity of {name!r} is {sensitivities.get(name)!r}, its transmission "
                f"{passed[name]!r}; expected numbers above zero"
            )
            raise ValueError(msg)
    data = {name: as_dataset(area) for name, area in areas.items()}
    if len({one.shape for one in data.values()}) != 1:
        msg = f"areas of shapes {[one.shape for one in data.values()]}; expected the same"
        raise ValueError(msg)
    factors = {name: float(sensitivities[name]) * float(passed[name]) for name in data}
    amounts = {name: lazy(one) / factors[name] for name, one in data.items()}
    total = sum(amounts.values())
    spreads = {
        name: 0.0 if one.variance is None else one.variance / factors[name] ** 2
        for name, one in data.items()
    }
    every = sum(spreads.values())
    found = {}
    for name, one in data.items():
        share = amounts[name] / total
        variance = ((1 - 2 * share) * spreads[name] + share**2 * every) / total**2
        result = one.like_data(share, title=f"share of {name}")
        result.units, result.quantity = "generic", "atomic share"
        if any(part.variance is not None for part in data.values()):
            result.variance = variance
        found[name] = result
    return found


@operation(name="pycroscopy.spectroscopy.calibrate_energy")
def calibrate_energy(
    data: Any, found: Any, reference: float, *, dim: str | int | None = None
) -> sidpy.Dataset:
    """Shift the axis of spectra so that a line is where it is known to be.

    Parameters
    ----------
    data : Dataset
        Spectra.
    found : float, Dataset or array, units of the axis
        Where the line was found; of several positions the mean, weighed by variances.
    reference : float, units of the axis
        Where it is.
    dim : str or int, optional
        The axis of energies: by default the only spectral one, or the last.

    Returns
    -------
    Dataset
        The same numbers on a shifted axis.

    Raises
    ------
    ValueError
        When no position is finite.

    Examples
    --------
    >>> found = calibrate_energy(np.zeros(3), found=285.3, reference=284.8)
    >>> found._axes[0].values.round(3)
    array([-0.5,  0.5,  1.5])
    """
    from pycroscopy.fit.rows import Rows

    rows = Rows.of(data, dim, least=2)
    places = np.asarray(found, np.float64)
    spread = getattr(found, "variance", None)
    weights = np.ones(places.shape) if spread is None else 1 / np.asarray(spread, np.float64)
    good = np.isfinite(places) & np.isfinite(weights)
    if not good.any():
        msg = f"no position of the line is finite, of {places.size}"
        raise ValueError(msg)
    shift = float(reference) - float(np.average(places[good], weights=weights[good]))
    old = rows.dataset._axes[rows.axis]
    result = rows.dataset.like_data(lazy(rows.dataset), title=rows.dataset.title)
    if rows.dataset.variance is not None:
        result.variance = rows.dataset.variance
    moved = type(old)(rows.x + shift, old.name, old.quantity, old.units, old.dimension_type.name)
    result.set_dimension(rows.axis, moved)
    return result
