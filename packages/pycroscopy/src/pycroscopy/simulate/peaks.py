"""Maps of spectra with peaks of known truth: Raman, X-ray diffraction, photoemission."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .drawing import by_name, drawn, labelled_scan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy
    from pycroscopy.spectroscopy import PeakModel

    Floats = NDArray[np.float64]

__all__ = ["PeakMap", "photoemission_map", "powder_map", "raman_map"]


@dataclass(frozen=True, eq=False)
class PeakMap:
    """Simulated spectra, and the peaks in them."""

    data: sidpy.Dataset
    """Shape (y, x, channels), counts; lazy."""
    truth: dict[str, Floats]
    """Shape (y, x) each, by the names of the parameters of the model."""
    model: PeakModel
    """What the spectra are made of, and what may be fitted to them."""


def raman_map(
    scan: tuple[int, int] = (8, 12),
    channels: int = 301,
    *,
    counts: float | None = 1000.0,
    spread: float = 1.0,
    cosmic_rays: float = 0.0,
    seed: int = 0,
) -> PeakMap:
    """Simulate a Raman map of a carbon: bands D and G on a sloping background.

    Parameters
    ----------
    scan : (int, int)
        Positions (y, x), 500 nm apart.
    channels : int
        From 1100 to 1800 1/cm.
    counts : float, optional
        Height of the G band; None for 1000 without noise.
    spread : float
        How much the positions differ: 1 is a strain that moves bands by up to 3 1/cm, and
        a ratio D over G of 0.2 to 1.2; 0 makes all alike.
    cosmic_rays : float
        Expected number in a spectrum, a hundredfold to thousandfold of the noise.  Without
        them the map is the same, so that the difference is their truth.
    seed : int
        Of truth and noise.

    Returns
    -------
    PeakMap

    Examples
    --------
    >>> made = raman_map((2, 3))
    >>> made.data.shape, made.data._axes[2].units
    ((2, 3, 301), '1/cm')
    """
    from pycroscopy.spectroscopy import Line, PeakModel

    model = PeakModel(
        {
            "D": Line("lorentzian", center=1350.0, fwhm=45.0),
            "G": Line("lorentzian", center=1585.0, fwhm=25.0),
        }
    )
    x = np.linspace(1100.0, 1800.0, channels)
    height = 1000.0 if counts is None else float(counts)
    rng = np.random.default_rng([seed, 0])
    along = np.linspace(-1, 1, scan[1]) * spread
    strain = 3 * np.clip(rng.standard_normal(scan), -2.5, 2.5) / 2.5 * spread
    values = {
        "D.height": height * (0.7 + 0.5 * along), "D.center": 1350 + 0.9 * strain,
        "D.fwhm": 45 + 5 * along, "G.height": height, "G.center": 1585 + strain,
        "G.fwhm": 25 + 2 * along, "background.c0": 0.3 * height,
        "background.c1": 1e-4 * height,
    }  # fmt: skip
    noisy = partial(_counted, noise=counts is not None, rays=float(cosmic_rays))
    return _map(model, values, scan, x, noisy, seed=seed, dtype=_kind(counts),
                labels=("Raman", "raman_shift", "1/cm", 500.0))  # fmt: skip


def powder_map(  # noqa: PLR0913 - the conditions of a measurement, all by keyword
    scan: tuple[int, int] = (1, 1),
    channels: int = 4001,
    *,
    lattice: float = 5.431e-10,
    reflections: tuple[tuple[int, int, int], ...] = ((1, 1, 1), (2, 2, 0), (3, 1, 1), (4, 0, 0)),
    size: Any = 40e-9,
    strain: Any = 1e-3,
    counts: float | None = 5000.0,
    seed: int = 0,
) -> PeakMap:
    """Simulate powder patterns of a cubic lattice with both lines of copper.

    Parameters
    ----------
    scan : (int, int)
        Positions (y, x), 10 um apart.
    channels : int
        From 20 to 100 degrees 2 theta.
    lattice : float, m
        Constant of the lattice.
    reflections : tuple of (int, int, int)
        All of them are within the range.
    size, strain : float or array-like of shape (y, x)
        Of crystallites, m, and of their lattice: what widens lines after Williamson and Hall,
        with a shape factor of 0.9.
    counts : float, optional
        Area of the first line, in counts times channels; None for 5000 without noise.
    seed : int
        Of the noise.

    Returns
    -------
    PeakMap
        Lines ``hkl``; the wavelength is in the metadata.

    Examples
    --------
    >>> made = powder_map(reflections=((1, 1, 1),), channels=1001)
    >>> round(float(made.truth["111.center"][0, 0]), 3)
    28.442
    """
    from pycroscopy.spectroscopy import KAlphaDoublet, PeakModel

    wavelength = 1.540593e-10
    x = np.linspace(20.0, 100.0, channels)
    step = x[1] - x[0]
    area = step * (5000.0 if counts is None else float(counts))
    lines, values = {}, dict[str, Any]()
    for indices in reflections:
        name = "".join(map(str, indices))
        sine = wavelength / (2 * lattice) * np.sqrt(np.sum(np.square(indices)))
        theta = np.arcsin(sine)
        wide = 0.9 * wavelength / (np.asarray(size) * np.cos(theta))
        wide = np.rad2deg(wide + 4 * np.asarray(strain) * np.tan(theta))
        center = float(np.rad2deg(2 * theta))
        lines[name] = KAlphaDoublet(
            "pseudo_voigt", center=center, fwhm=float(np.mean(wide)), size="area", fraction=0.8
        )
        values |= {
            f"{name}.area": area * 3 / np.sum(np.square(indices)), f"{name}.center": center,
            f"{name}.fwhm": wide, f"{name}.fraction": 0.8, f"{name}.ratio": 0.5,
        }  # fmt: skip
    values |= {"background.c0": 0.1 * area, "background.c1": -5e-4 * area}
    noisy = partial(_counted, noise=counts is not None)
    made = _map(PeakModel(lines), values, scan, x, noisy, seed=seed, dtype=_kind(counts),
                labels=("XRD", "two_theta", "deg", 1e4))  # fmt: skip
    made.data.metadata = {"experiment": {"wavelength": wavelength}}
    return made


def photoemission_map(
    scan: tuple[int, int] = (1, 1),
    channels: int = 241,
    *,
    oxide: Any = 0.3,
    counts: float | None = 3000.0,
    seed: int = 0,
) -> PeakMap:
    """Simulate 4f spectra of a metal with an oxide on it, on a background of losses.

    Parameters
    ----------
    scan : (int, int)
        Positions (y, x), 1 um apart.
    channels : int
        From 28 to 44 eV binding energy.
    oxide : float or array-like of shape (y, x)
        Height of the line of the oxide, relative to that of the metal.
    counts : float, optional
        Height of the first line of the metal; None for 3000 without noise.
    seed : int
        Of the noise.

    Returns
    -------
    PeakMap
        Lines ``metal`` (Doniach and Sunjic) and ``oxide`` (Voigt), both doublets.

    Examples
    --------
    >>> photoemission_map((2, 3)).data._axes[2].units
    'eV'
    """
    from pycroscopy.spectroscopy import PeakModel, Shirley, SpinOrbitDoublet

    pair = {"splitting": 2.18, "ratio": 0.75}
    model = PeakModel(
        {
            "metal": SpinOrbitDoublet("doniach_sunjic", center=31.3, fwhm_gauss=0.4,
                                      fwhm_lorentz=0.2, asymmetry=0.05, **pair),
            "oxide": SpinOrbitDoublet("gaussian", center=35.8, fwhm=1.1, **pair),
        },
        background="constant",
        losses=Shirley(),
    )  # fmt: skip
    height = 3000.0 if counts is None else float(counts)
    x = np.linspace(28.0, 44.0, channels)
    values = {
        "metal.height": height, "metal.center": 31.3, "metal.fwhm_gauss": 0.4,
        "metal.fwhm_lorentz": 0.2, "metal.asymmetry": 0.05, "metal.splitting": 2.18,
        "metal.ratio": 0.75, "oxide.height": height * np.asarray(oxide), "oxide.center": 35.8,
        "oxide.fwhm": 1.1, "oxide.splitting": 2.18, "oxide.ratio": 0.75,
        "background.c0": 0.05 * height, "losses.scattering": 0.04,
    }  # fmt: skip
    noisy = partial(_counted, noise=counts is not None)
    return _map(model, values, scan, x, noisy, seed=seed, dtype=_kind(counts),
                labels=("XPS", "binding_energy", "eV", 1000.0))  # fmt: skip


def _kind(counts: float | None) -> Any:
    return np.float64 if counts is None else np.uint32


def _counted(
    curves: Floats, rng: np.random.Generator, *, noise: bool, rays: float = 0.0
) -> NDArray[Any]:
    """Count; cosmic rays are drawn after all else, so that they change nothing else."""
    found = rng.poisson(np.maximum(curves, 0.0)) if noise else np.array(curves)
    if rays:
        number = rng.poisson(rays * curves.shape[0] * curves.shape[1])
        places = tuple(rng.integers(0, length, number) for length in curves.shape)
        size = np.sqrt(curves.mean()) * rng.uniform(100, 1000, number)
        np.add.at(found, places, size.astype(found.dtype))
    return found.astype(np.uint32) if noise else found


def _map(  # noqa: PLR0913 - what a map is made of
    model: PeakModel,
    values: dict[str, Any],
    scan: tuple[int, int],
    x: Floats,
    noisy: Any,
    *,
    seed: int,
    dtype: Any,
    labels: tuple[str, str, str, float],
) -> PeakMap:
    made = model.on(x)
    shapes = [np.broadcast_to(np.asarray(values[name], float), scan) for name in made.parameters]
    table = np.stack(shapes, axis=-1)
    modality, name, units, step = labels
    data = labelled_scan(
        drawn(made, table, x, noisy, seed, dtype=dtype), (name, name.replace("_", " "), units, x),
        step, title=f"simulated {modality}", units="counts", quantity="intensity",
        modality=modality,
    )  # fmt: skip
    return PeakMap(data, by_name(made.parameters, table), model)
