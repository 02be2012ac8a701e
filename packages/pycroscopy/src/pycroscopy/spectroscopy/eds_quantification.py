"""From counts of lines to the composition: k-factors, zeta factors, and their errors.

Errors are those of the counts, with how intensities of overlapping lines go together, and of
the factors.  Those of factors are the same at all positions, and no averaging makes them small.

References
----------
.. [1] Cliff, Lorimer, J. Microsc. 103, 203 (1975), doi:10.1111/j.1365-2818.1975.tb03895.x
.. [2] Watanabe, Williams, J. Microsc. 221, 89 (2006), doi:10.1111/j.1365-2818.2006.01549.x
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pycroscopy._inputs import as_dataset, lazy
from sidpy.sid.operations import operation

from .eds_absorption import atomic_weight
from .eds_composition import Composition, shares_of
from .eds_detector import detector_of
from .eds_film import Film, masses_of
from .eds_intensities import table_of, unpacked
from .eds_lines import xray_families
from .energy_spectra import Spectra

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from .eds_detector import Detector

__all__ = ["cliff_lorimer", "zeta_factor_method"]


@operation(name="pycroscopy.spectroscopy.cliff_lorimer")
def cliff_lorimer(
    lines: Any,
    k_factors: Mapping[str, float],
    *,
    k_errors: Mapping[str, float] | None = None,
    mass_thickness: Any = None,
    take_off_angle: float | None = None,
    beam_energy: float = 200e3,
    detector: Detector | float | None = None,
) -> Composition:
    """Return the composition by ratios of intensities: shares of the mass go as k times I.

    Parameters
    ----------
    lines : LineIntensities, Dataset or mapping of str to array
        Of `fit_lines` or `window_intensities`; or counts by family, of independent photons.
    k_factors : mapping of str to float
        By family, one for each element that counts; relative to each other, for all lines of
        a family: see `pycroscopy.spectroscopy.k_factors`.
    k_errors : mapping of str to float, optional
        Standard deviations of the factors.
    mass_thickness : float or Dataset or array of the shape of the scan, optional, kg/m²
        Of the film, when X-rays are absorbed in it.
    take_off_angle : float, optional, degrees
        Of the detector above the film; with the mass thickness.
    beam_energy : float, eV
        Of the electrons; for the weights of lines, where they are absorbed.
    detector : Detector or float, optional
        For the same.

    Returns
    -------
    Composition
        Lazy. NaN where no counts are.

    Raises
    ------
    ValueError
        For families that were not measured, two of the same element, factors that are not
        above zero, and for an angle without a thickness or the other way round.
    MissingDependency
        Without xraylib.

    Examples
    --------
    >>> counts = {"Si_K": 1000.0, "O_K": 1139.0}
    >>> found = cliff_lorimer(counts, {"Si_K": 1.0, "O_K": 1.0})
    >>> round(float(found.weight["O"].compute()), 2), round(float(found.atomic["O"].compute()), 1)
    (53.25, 66.7)
    """
    if (mass_thickness is None) != (take_off_angle is None):
        msg = "absorption needs the mass thickness and the take-off angle; give both"
        raise ValueError(msg)
    film = (k_factors, take_off_angle, beam_energy, detector)
    total = 1.0 if mass_thickness is None else mass_thickness
    return _quantified(lines, film, k_errors, total=total)


@operation(name="pycroscopy.spectroscopy.zeta_factor_method")
def zeta_factor_method(
    lines: Any,
    zeta: Mapping[str, float],
    electrons: Any,
    *,
    zeta_errors: Mapping[str, float] | None = None,
    take_off_angle: float | None = None,
    beam_energy: float = 200e3,
    detector: Detector | float | None = None,
) -> Composition:
    """Return composition and mass thickness by zeta factors, absorption included.

    Parameters
    ----------
    lines : LineIntensities, Dataset or mapping of str to array
        Of `fit_lines` or `window_intensities`; or counts by family, of independent photons.
    zeta : mapping of str to float, kg/m² for a photon per electron
        By family, one for each element that counts: see `zeta_factors` and
        `zeta_of_cross_sections`.
    electrons : float or Dataset or array of the shape of the scan
        That passed at each position: current times dwell time over the elementary charge.
    zeta_errors : mapping of str to float, optional
        Standard deviations of the factors.
    take_off_angle : float, optional, degrees
        Of the detector above the film, into which X-rays are absorbed on their way; by
        default none is.
    beam_energy : float, eV
        Of the electrons; for the weights of lines, where they are absorbed.
    detector : Detector or float, optional
        For the same.

    Returns
    -------
    Composition
        With the mass thickness; lazy. NaN where no counts are.

    Raises
    ------
    ValueError
        For families that were not measured, two of the same element, and factors or numbers
        of electrons that are not above zero.
    MissingDependency
        Without xraylib.
    """
    film = (zeta, take_off_angle, beam_energy, detector)
    return _quantified(lines, film, zeta_errors, electrons=electrons)


class _Rules(NamedTuple):
    """What is known of all positions."""

    places: NDArray[np.intp]
    """Where the family of each element is among those of the table."""
    families: int
    """How many the table has."""
    factors: NDArray[np.float64]
    """By element."""
    spread: NDArray[np.float64]
    """Relative standard deviations of the factors."""
    film: Film
    """What absorbs."""
    moles: NDArray[np.float64]
    """Mass of a mole by element, kg."""
    ratios: bool
    """Whether the mass is known, and not the number of electrons."""


def _quantified(
    lines: Any,
    conditions: tuple[Mapping[str, float], float | None, float, Any],
    errors: Mapping[str, float] | None,
    *,
    total: Any = None,
    electrons: Any = None,
) -> Composition:
    """Return the composition; with a total mass, or with the electrons that tell it."""
    factors, angle, beam_energy, detector = conditions
    table, names = table_of(lines)
    elements = _elements(factors, names)
    spread = _spread(factors, errors)
    spectra = Spectra(table, np.arange(table.shape[-1], dtype=float))
    families = [] if angle is None else xray_families(list(factors), beam_energy=beam_energy)
    film = (
        Film.of(families, elements, detector_of(detector), angle)
        if families
        else _nothing_absorbed(len(elements))
    )
    given = _beside(spectra, electrons if total is None else total)
    count = len(elements)
    found = spectra.mapped(
        _compositions,
        (4 * count + 2,),
        [given],
        rules=_Rules(
            places=np.array([names.index(name) for name in factors]),
            families=len(names),
            factors=np.array([float(value) for value in factors.values()]),
            spread=spread,
            film=film,
            moles=np.array([atomic_weight(name) for name in elements]),
            ratios=total is not None,
        ),
    )
    return _labelled(spectra, found, elements, thick=total is None)


def _elements(factors: Mapping[str, float], names: list[str]) -> list[str]:
    """Return the element of each family that has a factor."""
    missing = [name for name in factors if name not in names]
    if missing or not factors:
        msg = f"factors of {list(factors)}, but intensities of {names}"
        raise ValueError(msg)
    elements = [name.partition("_")[0] for name in factors]
    if len(set(elements)) < len(elements):
        msg = f"factors of {list(factors)}; expected one family for each element"
        raise ValueError(msg)
    wrong = {name: value for name, value in factors.items() if not float(value) > 0}
    if wrong:
        msg = f"factors {wrong}; expected numbers above 0"
        raise ValueError(msg)
    return elements


def _spread(
    factors: Mapping[str, float], errors: Mapping[str, float] | None
) -> NDArray[np.float64]:
    """Return relative standard deviations of the factors."""
    unknown = sorted(set(errors or ()) - set(factors))
    if unknown:
        msg = f"errors of factors of {unknown}, which have none; there are {list(factors)}"
        raise ValueError(msg)
    return np.array([float((errors or {}).get(n, 0.0)) / float(v) for n, v in factors.items()])


def _nothing_absorbed(count: int) -> Film:
    """Return a film that emits one line of each element, and absorbs none."""
    each = np.arange(count)
    return Film(each, each, np.ones(count), np.zeros((count, count)))


def _beside(spectra: Spectra, given: Any) -> Any:
    """Return a number for each position, with an axis of one."""
    scan = tuple(spectra.dataset.shape[:-1])
    values = given if hasattr(given, "shape") else np.asarray(given, float)
    if tuple(values.shape) not in {(), scan}:
        msg = f"numbers of shape {tuple(values.shape)} for a scan of shape {scan}"
        raise ValueError(msg)
    if tuple(values.shape) == ():
        if not float(values) > 0:
            msg = f"a thickness or a number of electrons of {float(values)}; expected more than 0"
            raise ValueError(msg)
        return np.array([float(values)])
    return lazy(as_dataset(values))[..., None]


def _compositions(rows: NDArray[Any], given: NDArray[Any], rules: _Rules) -> NDArray[np.float64]:
    """Return shares and errors by mass, by atoms, and the mass thickness with its error."""
    given = np.broadcast_to(given[:, 0], len(rows))
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = rules.factors / (
            1.0 if rules.ratios else np.where(given > 0, given, np.nan)[:, None]
        )
    seen = rows[:, rules.places] * scale
    covariance = unpacked(rows[:, rules.families :], rules.families)[
        :, rules.places[:, None], rules.places
    ]
    per = np.broadcast_to(scale, seen.shape)
    covariance = covariance * per[:, :, None] * per[:, None, :]
    i = np.arange(len(rules.places))
    covariance[:, i, i] += (seen * rules.spread) ** 2
    masses, slopes = masses_of(seen, rules.film, given if rules.ratios else None)
    covariance = slopes @ covariance @ slopes.transpose(0, 2, 1)
    thick = np.sqrt(np.maximum(covariance.sum(axis=(1, 2)), 0.0))
    parts = [*shares_of(masses, covariance), *shares_of(masses, covariance, rules.moles)]
    return np.concatenate([*parts, masses.sum(axis=1, keepdims=True), thick[:, None]], axis=1)


def _labelled(spectra: Spectra, found: Any, elements: list[str], *, thick: bool) -> Composition:
    count = len(elements)
    words = (
        ("weight", "share of the mass"),
        ("weight_errors", "standard deviation"),
        ("atomic", "share of the atoms"),
        ("atomic_errors", "standard deviation"),
    )
    parts: dict[str, Any] = {
        name: {
            element: spectra.labelled(
                found[..., number * count + i],
                f"{name.replace('_', ' ')} of {element}",
                quantity=quantity,
                units="%",
            )
            for i, element in enumerate(elements)
        }
        for number, (name, quantity) in enumerate(words)
    }
    if thick:
        parts["mass_thickness"] = spectra.labelled(
            found[..., 4 * count], "mass thickness", quantity="mass thickness", units="kg/m^2"
        )
        parts["mass_thickness_errors"] = spectra.labelled(
            found[..., 4 * count + 1],
            "error of the mass thickness",
            quantity="standard deviation",
            units="kg/m^2",
        )
    return Composition(**parts)
