"""Specimens that never existed, seen through microscopes that never were.

Every function takes a seed and returns plain arrays with the pixel size beside them, so
that a test knows the truth it asks for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Lattice", "SpectrumImage", "lattice_image", "spectrum_image"]


@dataclass(frozen=True)
class Lattice:
    """An image of a crystal and the truth behind it.

    Attributes
    ----------
    image : ndarray of shape (rows, columns), counts
        Poisson distributed.
    pixel_size : float, nm
        Edge of a pixel.
    atoms : ndarray of shape (number, 2), px
        Rows and columns of the atoms inside the image.
    """

    image: np.ndarray
    pixel_size: float
    atoms: np.ndarray


def lattice_image(
    shape: tuple[int, int] = (256, 256),
    *,
    spacing: float = 0.3905,
    pixel_size: float = 0.02,
    tilt: float = 4.0,
    dose: float = 400.0,
    seed: int = 0,
) -> Lattice:
    """Simulate a STEM image of a square lattice with a second sublattice at its centres.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    spacing : float, nm
        Lattice parameter; strontium titanate by default.
    pixel_size : float, nm
        Edge of a pixel.
    tilt : float, degrees
        Angle between the lattice and the rows.
    dose : float, counts
        Expected counts at the top of a strong atom, over a background of a tenth of it.
    seed : int
        Of the noise and the vacancies (2 % of the weak sublattice).

    Returns
    -------
    Lattice
        Image, pixel size and the positions of the atoms that are there.

    Examples
    --------
    >>> lattice = lattice_image((64, 48), seed=1)
    >>> lattice.image.shape, lattice.image.dtype
    ((64, 48), dtype('uint16'))
    """
    rng = np.random.default_rng(seed)
    strong, weak = _sites(shape, spacing / pixel_size, np.deg2rad(tilt))
    weak = weak[rng.random(len(weak)) > 0.02]
    sigma = 0.05 / pixel_size
    expected = np.full(shape, dose / 10)
    _add_atoms(expected, strong, dose, sigma)
    _add_atoms(expected, weak, dose / 2, sigma)
    image = rng.poisson(expected).clip(0, 65535).astype("u2")
    atoms = np.concatenate([strong, weak])
    inside = np.all((atoms >= 0) & (atoms <= np.array(shape) - 1), axis=1)
    return Lattice(image, pixel_size, atoms[inside])


def _sites(shape: tuple[int, int], period: float, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners and the centres of the cells that touch the image, in pixels."""
    reach = int(np.hypot(*shape) / period) + 2
    steps = np.arange(-reach, reach + 1)
    cells = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    centre = np.array(shape) / 2
    corners = cells @ turn * period + centre
    centres = (cells + 0.5) @ turn * period + centre
    return tuple(
        sites[np.all((sites > -period) & (sites < np.array(shape) + period), axis=1)]
        for sites in (corners, centres)
    )


def _add_atoms(image: np.ndarray, atoms: np.ndarray, height: float, sigma: float) -> None:
    """Add a Gaussian at each position, in a window of four standard deviations."""
    reach = int(np.ceil(4 * sigma))
    for row, column in atoms:
        top, left = max(int(row) - reach, 0), max(int(column) - reach, 0)
        bottom = min(int(row) + reach + 1, image.shape[0])
        right = min(int(column) + reach + 1, image.shape[1])
        if top >= bottom or left >= right:
            continue
        down = np.exp(-((np.arange(top, bottom) - row) ** 2) / (2 * sigma**2))
        across = np.exp(-((np.arange(left, right) - column) ** 2) / (2 * sigma**2))
        image[top:bottom, left:right] += height * np.outer(down, across)


@dataclass(frozen=True)
class SpectrumImage:
    """A map of spectra and the truth behind it.

    Attributes
    ----------
    data : ndarray of shape (rows, columns, channels), counts
        Poisson distributed.
    pixel_size : float, nm
        Edge of a pixel.
    energy : ndarray of shape (channels,), eV
        Energy loss of each channel.
    concentration : ndarray of shape (rows, columns)
        Strength of the edge, 0 to 1.
    """

    data: np.ndarray
    pixel_size: float
    energy: np.ndarray
    concentration: np.ndarray


def spectrum_image(
    shape: tuple[int, int] = (24, 32),
    *,
    channels: int = 256,
    onset: float = 532.0,
    dispersion: float = 1.0,
    pixel_size: float = 0.5,
    dose: float = 200.0,
    seed: int = 0,
) -> SpectrumImage:
    """Simulate a core-loss map: a power-law background and an edge inside a round grain.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    channels : int
        Channels of each spectrum; the first lies 60 eV before the edge.
    onset : float, eV
        Energy of the edge; oxygen K by default.
    dispersion : float, eV
        Width of a channel.
    pixel_size : float, nm
        Edge of a pixel.
    dose : float, counts
        Expected background counts in the first channel.
    seed : int
        Of the noise.

    Returns
    -------
    SpectrumImage
        Counts as float32, as the vendor's program stores them, and the truth.
    """
    rng = np.random.default_rng(seed)
    energy = onset - 60 + dispersion * np.arange(channels)
    background = dose * (energy / energy[0]) ** -3
    edge = 0.8 * dose * (energy >= onset) * (energy / onset) ** -4
    edge *= 1 + np.exp(-(((energy - onset - 8) / 4) ** 2))
    rows, columns = np.indices(shape)
    radius = np.hypot(rows - (shape[0] - 1) / 2, columns - (shape[1] - 1) / 2)
    concentration = 1 / (1 + np.exp(radius - min(shape) / 3))
    expected = background + concentration[..., None] * edge
    data = rng.poisson(expected).astype("f4")
    return SpectrumImage(data, pixel_size, energy, concentration)
