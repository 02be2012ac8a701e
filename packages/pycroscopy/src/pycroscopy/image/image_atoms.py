"""Atoms in images by the names of the released packages.

Results are arrays and dictionaries in pixels, as callers expect them; `locate_atoms` and
`refine_atoms` give the same with units, uncertainties and history.
"""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any

import numpy as np

from .atoms import locate_atoms, refine_atoms
from .frames import one_image

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    import sidpy

__all__ = [
    "atom_refine", "atoms_clustering", "find_atoms", "gauss_difference", "intensity_area",
    "make_gauss",
]  # fmt: skip


def make_gauss(
    size_x: int,
    size_y: int,
    width: float = 1.0,
    x0: float = 0.0,
    y0: float = 0.0,
    intensity: float = 1.0,
) -> NDArray[np.float64]:
    """Return a sampled Gaussian that sums to `intensity`.

    Parameters
    ----------
    size_x, size_y : int
        Shape of the result.
    width : float, px
        Standard deviation.
    x0, y0 : float, px
        Centre along the first and second axis, from the pixel at half the size.
    intensity : float
        Sum.

    Examples
    --------
    >>> make_gauss(5, 5).argmax(), round(make_gauss(5, 5, 0.8, intensity=3).sum(), 9)
    (np.int64(12), np.float64(3.0))
    """
    x = (np.arange(size_x) - size_x // 2 - x0)[:, None]
    y = np.arange(size_y) - size_y // 2 - y0
    gauss = np.exp(-(x**2 + y**2) / (2 * width**2))
    total = gauss.sum()
    return gauss * (intensity / total) if total > 0 else gauss


def find_atoms(
    image: sidpy.Dataset, atom_size: float = 0.1, threshold: float = -1.0
) -> NDArray[np.float64]:
    """Find bright atoms to the nearest pixel.

    Parameters
    ----------
    image : Dataset, IMAGE
        Real; NaN counts as missing.
    atom_size : float, in units of the image axes
        Largest width (standard deviation) of an atom.
    threshold : float
        How far an atom must stand out, as a share of the range of the image; the standard
        deviation of the image, in the same units, when it is not positive.

    Returns
    -------
    ndarray of shape (atoms, 3), px
        Row, column and width; strongest first.

    Raises
    ------
    TypeError
        When `image` is no Dataset of an image, or a number is a word.

    See Also
    --------
    locate_atoms : The same with units, quality and history, also for stacks.
    """
    import sidpy

    if not isinstance(image, sidpy.Dataset):
        msg = f"find_atoms needs a sidpy.Dataset, found {type(image).__name__}"
        raise TypeError(msg)
    if image.data_type is not sidpy.DataType.IMAGE:
        msg = f"find_atoms needs a Dataset of data_type IMAGE, found {image.data_type.name}"
        raise TypeError(msg)
    return np.asarray(locate_atoms(image, atom_size=atom_size, threshold=threshold))


def intensity_area(image: Any, atoms: ArrayLike, radius: float) -> list[float]:
    """Sum the image in a disk around each atom.

    Parameters
    ----------
    image : Dataset or ndarray of shape (rows, columns)
        The image.
    atoms : ndarray of shape (atoms, 2 or more), px
        Rows and columns.
    radius : float, px
        Of the disk.

    Returns
    -------
    list of float
        Sums; -1 where the disk leaves the image.
    """
    return [float(np.nansum(disk)) if len(disk) else -1.0 for disk in _disks(image, atoms, radius)]


def _disks(image: Any, atoms: ArrayLike, radius: float) -> list[NDArray[np.float64]]:
    """Return the pixels in a disk around each atom, none where it leaves the image."""
    values = np.asarray(image, np.float64)
    r = round(radius)
    inside = np.hypot(*np.mgrid[-r : r + 1, -r : r + 1]) <= r
    found = []
    for row, column in np.rint(np.asarray(atoms, float)[:, :2]).astype(int):
        fits = r <= row < values.shape[0] - r and r <= column < values.shape[1] - r
        window = values[row - r : row + r + 1, column - r : column + r + 1] if fits else None
        found.append(np.empty(0) if window is None else window[inside])
    return found


def atom_refine(
    image: Any,
    atoms: ArrayLike,
    radius: float,
    max_int: float = 0,
    min_int: float = 0,
    max_dist: float = 4,
) -> dict[str, Any]:
    """Refine atom positions; the result is a dictionary of lists, one entry per atom.

    Parameters
    ----------
    image : Dataset or ndarray of shape (rows, columns)
        The image.
    atoms : ndarray of shape (atoms, 2 or more), px
        Rows and columns to begin at.
    radius : float, px
        Half width of the window that is fitted, and radius of the disk that is summed.
    max_int, min_int : float
        Disks that sum to `max_int` and more (if positive), or to `min_int` and less, are
        not refined.
    max_dist : float, px
        Farthest that an atom may move.

    Returns
    -------
    dict
        ``number_of_atoms``; ``inside``: 1, or -1 where the disk leaves the image;
        ``intensity_area``, ``maximum_area``: sum and maximum in the disk, -1 outside;
        ``atoms``: [row, column], the start where an atom was not refined;
        ``gauss_width``, ``gauss_amplitude`` (height), ``gauss_intensity`` (sum of the
        Gaussian in the disk), ``gauss_volume`` (2 pi height width^2): NaN where not refined.

    See Also
    --------
    refine_atoms : The same with uncertainties, units and history.
    """
    if not isinstance(radius, numbers.Real) or radius <= 0:
        msg = f"radius should be a positive number of pixels, found {radius!r}"
        raise ValueError(msg)
    start = np.asarray(atoms, np.float64)[:, :2]
    values = one_image(image, "atom_refine")[1]
    disks = _disks(values, start, radius)
    inside = np.array([len(disk) > 0 for disk in disks], bool)
    total = np.array([np.nansum(disk) if len(disk) else -1.0 for disk in disks])
    top = [float(np.nanmax(disk)) if len(disk) else -1.0 for disk in disks]
    wanted = inside & (total > min_int) & ((total < max_int) if max_int > 0 else True)
    fitted = refine_atoms(values, start[wanted], radius=round(radius), max_shift=max_dist)
    moved = np.linalg.norm(fitted.positions - start[wanted], axis=1)
    accepted = np.flatnonzero(wanted)[fitted.good & ~(moved > max_dist)]
    kept = fitted.select(fitted.good & ~(moved > max_dist))
    width, height = np.full((2, len(start)), np.nan)
    positions = start.copy()
    positions[accepted] = kept.positions
    width[accepted], height[accepted] = kept.columns["sigma"], kept.columns["amplitude"]
    grid = np.hypot(
        *np.mgrid[-round(radius) : round(radius) + 1, -round(radius) : round(radius) + 1]
    )
    grid = grid[grid <= round(radius)]
    intensity = height * np.exp(-0.5 * (grid / width[:, None]) ** 2).sum(axis=1)
    return {
        "number_of_atoms": len(start),
        "inside": np.where(inside, 1, -1).tolist(),
        "intensity_area": total.tolist(),
        "maximum_area": top,
        "atoms": positions.tolist(),
        "gauss_width": width.tolist(),
        "gauss_amplitude": height.tolist(),
        "gauss_intensity": intensity.tolist(),
        "gauss_volume": (2 * np.pi * height * width**2).tolist(),
    }


def gauss_difference(params: ArrayLike, area: ArrayLike) -> NDArray[np.float64]:
    """Return what a Gaussian leaves of a window.

    Parameters
    ----------
    params : array of shape (4,)
        Width and shift along rows and columns from the middle, px, and the sum.
    area : ndarray of shape (rows, columns)
        The window.

    Returns
    -------
    ndarray of shape (rows * columns,)
        The window less the Gaussian, row by row.

    Examples
    --------
    >>> float(abs(gauss_difference([1.5, 0, 0, 2], make_gauss(7, 7, 1.5, intensity=2))).max())
    0.0
    """
    window = np.asarray(area, np.float64)
    width, row, column, total = np.asarray(params, np.float64)
    return (window - make_gauss(*window.shape, width, row, column, total)).ravel()


def atoms_clustering(
    atoms: ArrayLike,
    mid_atoms: ArrayLike,
    number_of_clusters: int = 3,
    nearest_neighbours: int = 7,
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.intp]]:
    """Sort atoms into clusters by the distances to their nearest neighbours.

    Parameters
    ----------
    atoms : ndarray of shape (atoms, 2 or more)
        Rows and columns of all atoms.
    mid_atoms : ndarray of shape (chosen, 2 or more)
        Those to sort; an atom that is one of `atoms` is its own first neighbour.
    number_of_clusters, nearest_neighbours : int
        How many.

    Returns
    -------
    labels : ndarray of shape (chosen,)
        Cluster of each, in the order of their mean distances.
    distances, indices : ndarray of shape (chosen, nearest_neighbours)
        Of the neighbours, nearest first.

    Raises
    ------
    ValueError
        When there are fewer atoms than neighbours, or fewer chosen than clusters.

    Notes
    -----
    k-means from ten starts with fixed random numbers.
    """
    from scipy.spatial import cKDTree

    every, chosen = (np.asarray(a, np.float64)[:, :2] for a in (atoms, mid_atoms))
    if len(every) < nearest_neighbours or len(chosen) < number_of_clusters:
        msg = (
            f"{len(every)} atoms have not {nearest_neighbours} neighbours each, or "
            f"{len(chosen)} are too few for {number_of_clusters} clusters"
        )
        raise ValueError(msg)
    found = cKDTree(every).query(chosen, k=nearest_neighbours)
    distances, indices = (part.reshape(len(chosen), -1) for part in found)
    return _k_means(distances, number_of_clusters), distances, indices


def _k_means(points: NDArray[np.float64], k: int) -> NDArray[np.intp]:
    """Return the cluster of each point, clusters in the order of their mean coordinate."""
    from scipy.cluster.vq import kmeans2, vq

    best: tuple[float, Any, Any] = (np.inf, None, None)
    for seed in range(10):
        centers, _ = kmeans2(points, k, minit="++", seed=seed)
        labels, distances = vq(points, centers)
        best = min(best, (float((distances**2).sum()), centers, labels), key=lambda one: one[0])
    order = np.argsort(best[1].mean(axis=1), kind="stable")
    return np.argsort(order)[best[2]].astype(np.intp)
