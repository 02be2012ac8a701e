"""Spectrum images of X-rays: a film of known composition, its lines and its bremsstrahlung."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy.spectroscopy.eds_absorption import atomic_weight
from pycroscopy.spectroscopy.eds_detector import Detector, detector_of
from pycroscopy.spectroscopy.eds_film import Film
from pycroscopy.spectroscopy.eds_lines import data_of_xrays, xray_families
from pycroscopy.spectroscopy.eds_model import bremsstrahlung, channel_edges, line_peaks
from pycroscopy.spectroscopy.eds_yields import zeta_factors

from .spectrum_images import labelled_image, spectrum_image

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    import sidpy

__all__ = ["EmissionImage", "emission_image"]


@dataclass(frozen=True, eq=False)
class EmissionImage:
    """A simulated spectrum image of X-rays, and what is true of it."""

    data: sidpy.Dataset
    """Shape (y, x, energy), counts; lazy."""
    weight: dict[str, NDArray[np.float64]]
    """By element, shape (y, x): percent of the mass."""
    atomic: dict[str, NDArray[np.float64]]
    """By element, shape (y, x): percent of the atoms."""
    mass_thickness: NDArray[np.float64]
    """Shape (y, x), kg/m²."""
    intensities: dict[str, NDArray[np.float64]]
    """By family of lines, shape (y, x): expected counts, also those beyond the axis."""
    background: NDArray[np.float64]
    """Shape (y, x): expected counts of bremsstrahlung."""
    zeta: dict[str, float]
    """By family, kg/m² for a photon per electron."""
    electrons: float
    """That passed at each position."""
    detector: Detector
    """What counted."""


def emission_image(  # noqa: PLR0913 - the conditions of a measurement, all by keyword
    scan: tuple[int, int] = (8, 12),
    *,
    composition: Mapping[str, Any] | None = None,
    thickness: Any = 50.0,
    density: float = 4.0,
    beam_energy: float = 200e3,
    detector: Detector | float | None = None,
    take_off_angle: float | None = None,
    channels: int = 1024,
    step: float = 10.0,
    first: float = 0.0,
    background: float = 0.2,
    photons: float | None = 1e4,
    seed: int = 0,
) -> EmissionImage:
    """Simulate X-rays of a film: lines, bremsstrahlung, absorption, a detector, Poisson counts.

    Parameters
    ----------
    scan : (int, int)
        Positions (y, x), 0.5 nm apart.
    composition : mapping of str to array-like of shape (y, x), optional
        Element, and its share of the mass; shares are divided by their sum. By default
        silicon oxide that turns into titanium oxide along x, with a little iron.
    thickness : float or array-like of shape (y, x), nm
        Of the film.
    density : float, g/cm³
        Of the film.
    beam_energy : float, eV
        Of the electrons.
    detector : Detector or float, optional
        Or its resolution in eV; 130 eV by default.
    take_off_angle : float, optional, degrees
        Of the detector above the film, into which X-rays are absorbed on their way; None
        for a film that absorbs none.
    channels : int
        Of a spectrum.
    step, first : float, eV
        Width of a channel, and energy of the first.
    background : float
        Share of the photons on the axis that are bremsstrahlung, on average.
    photons : float, optional
        Mean number in a spectrum; None for expected values of 1e4, without noise.
    seed : int
        Of the noise.

    Returns
    -------
    EmissionImage

    Raises
    ------
    ValueError
        For a composition with negative shares or nothing in it, a film that is not thicker
        than 0, a share of background that is not from 0 to below 1, unknown elements and
        elements without a line on the axis.
    MissingDependency
        Without xraylib.

    Examples
    --------
    >>> made = emission_image((1, 2), photons=1000)
    >>> made.data.shape, sorted(made.weight)
    ((1, 2, 1024), ['Fe', 'O', 'Si', 'Ti'])
    """
    detector = detector_of(detector)
    weights = _weights(scan, composition)
    depth = np.array(np.broadcast_to(np.asarray(thickness, float), scan)) * density * 1e-6
    if not (depth > 0).all():
        msg = f"films from {depth.min():g} kg/m²; expected more than 0"
        raise ValueError(msg)
    if not 0 <= background < 1:
        msg = f"a background of {background:g} of all photons; expected 0 to below 1"
        raise ValueError(msg)
    energy = first + step * np.arange(channels)
    edges = channel_edges(energy)
    inside = (max(100.0, float(edges[0])), float(edges[-1]))
    families = xray_families(weights, window=inside, beam_energy=beam_energy)
    film = Film.of(families, list(weights), detector, take_off_angle)
    zeta = zeta_factors(families, beam_energy=beam_energy, detector=detector)
    masses = np.stack([share * depth for share in weights.values()], axis=-1)
    lines = [line_peaks(family, detector, edges) for family in families]
    table = np.concatenate([peaks for peaks, _ in lines])
    yields = np.concatenate(
        [
            shares / shares.sum() / zeta[family.name]
            for family, (_, shares) in zip(families, lines, strict=True)
        ]
    )
    numbers = [data_of_xrays().SymbolToAtomicNumber(name) for name in weights]
    shape = bremsstrahlung(edges, detector, beam_energy)
    shape = shape / (shape.sum() or 1.0)
    emitted = film.lines(masses.reshape(-1, len(weights))) * yields
    seen = emitted @ table.sum(axis=1)
    electrons = (1e4 if photons is None else photons) * (1 - background) / seen.mean()
    slow = masses @ np.array(numbers, float)
    slow *= background / (1 - background) * electrons * seen.mean() / slow.mean()
    data = spectrum_image(
        np.concatenate([masses, slow[..., None]], axis=-1),
        _spectra,
        None if photons is None else 1.0,
        seed,
        energy=energy,
        film=film,
        table=np.concatenate([electrons * yields[:, None] * table, shape[None]]),
    )
    amounts = {name: share / atomic_weight(name) for name, share in weights.items()}
    total = sum(amounts.values())
    result = labelled_image(data, energy, "simulated X-rays", "EDS")
    result.metadata["experiment"] = {"acceleration_voltage": float(beam_energy)}
    counts = (electrons * emitted).reshape(*scan, -1)
    ends = np.cumsum([len(family.lines) for family in families])[:-1]
    return EmissionImage(
        data=result,
        weight={name: 100 * share for name, share in weights.items()},
        atomic={name: 100 * amount / total for name, amount in amounts.items()},
        mass_thickness=depth,
        intensities={
            family.name: part.sum(axis=-1)
            for family, part in zip(families, np.split(counts, ends, axis=-1), strict=True)
        },
        background=slow,
        zeta=zeta,
        electrons=float(electrons),
        detector=detector,
    )


def _weights(
    scan: tuple[int, int], composition: Mapping[str, Any] | None
) -> dict[str, NDArray[np.float64]]:
    """Return shares of the mass by element, of shape (y, x)."""
    if composition is None:
        ramp = np.linspace(0, 1, scan[1])
        composition = {
            "O": 0.53 - 0.13 * ramp, "Si": 0.46 * (1 - ramp), "Ti": 0.59 * ramp, "Fe": 0.01,
        }  # fmt: skip
    shares = {
        str(name): np.array(np.broadcast_to(np.asarray(share, float), scan))
        for name, share in composition.items()
    }
    total = sum(shares.values(), np.zeros(scan))
    least = min((float(share.min()) for share in shares.values()), default=0.0)
    if not (least >= 0 and (total > 0).all()):
        msg = f"shares of {list(shares)} from {least:g}; expected none below 0, and some above"
        raise ValueError(msg)
    return {name: share / total for name, share in shares.items()}


def _spectra(
    truth: NDArray[Any], energy: NDArray[Any], film: Film, table: NDArray[Any]
) -> NDArray[np.float64]:
    """Return expected counts of rows of partial mass thicknesses, and bremsstrahlung."""
    emitted = film.lines(truth[:, :-1])
    parts = np.concatenate([emitted, truth[:, -1:]], axis=1)
    return np.asarray(parts @ table[:, : len(energy)])
