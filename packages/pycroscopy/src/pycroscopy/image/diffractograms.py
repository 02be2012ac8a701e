"""Spots of a Fourier transform: found, filtered by, and asked for their symmetry."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sidpy.sid.operations import operation

from .blobs import find_blobs
from .fourier import fourier_transform, reciprocal_axes
from .frames import filled, labelled_like, one_image, require_image

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = [
    "SpotsAndCenter", "adaptive_fourier_filter", "diffractogram_spots", "find_spots",
    "rotational_symmetry_diffractogram",
]  # fmt: skip

#: Largest width of a spot, px.
_SPOT_WIDTH = 5.0


class SpotsAndCenter(NamedTuple):
    """Spots of a diffractogram and where its middle is."""

    spots: Floats
    """Shape (spots, 3): u and v in reciprocal units, and the angle of (u, v), radian; by
    distance from zero."""
    center: Floats
    """Shape (2,): where pairs of opposite spots have their middle."""


def diffractogram_spots(
    dset: sidpy.Dataset,
    spot_threshold: float,
    return_center: bool = True,  # noqa: FBT001, FBT002 - the released package's signature
    eps: float = 0.1,
) -> SpotsAndCenter | Floats:
    """Find the spots of a diffractogram.

    Parameters
    ----------
    dset : Dataset, IMAGE
        An image, or its `power_spectrum`.
    spot_threshold : float
        How far a spot must stand out, as a share of the range of the log magnitude;
        automatic when not positive.
    return_center : bool
        Whether the middle is returned as well.
    eps : float, in reciprocal units
        How far middles of opposite spots may be apart.

    Returns
    -------
    spots : ndarray of shape (spots, 3)
        u and v in reciprocal units, and the angle of (u, v) in radian; by distance from zero.
    center : ndarray of shape (2,)
        The mean of the densest cluster of the middles of all pairs of spots; only with
        `return_center`.

    Raises
    ------
    TypeError
        When it is no Dataset of an image.
    ValueError
        When `eps` is not positive.

    See Also
    --------
    pycroscopy.fft.diffractogram_spots : Returns the spots alone, as release 0.63 did.
    """
    if not eps > 0:
        msg = f"eps should be a positive distance, found {eps!r}"
        raise ValueError(msg)
    spots = find_spots(dset, spot_threshold)
    return SpotsAndCenter(spots, _center(spots[:, :2], eps)) if return_center else spots


def find_spots(dset: sidpy.Dataset, spot_threshold: float = 0.0) -> Floats:
    """Return the spots of a diffractogram; see `diffractogram_spots`.

    Parameters
    ----------
    dset : Dataset, IMAGE
        An image, or its `power_spectrum`.
    spot_threshold : float
        Share of the range.
    """
    require_image(dset, "diffractogram_spots")
    if dset.dtype.kind != "c" and not _is_reciprocal(dset):
        dset = fourier_transform(dset)
    values = np.asarray(dset)
    if values.dtype.kind == "c":
        values = np.log1p(np.abs(values))
    values, _ = filled(values.astype(np.float64))
    blobs = find_blobs(values, _SPOT_WIDTH, float(spot_threshold), aspect=(1.0, 1.0))
    at = _refined(values, blobs.positions)
    u, v = (
        np.interp(p, np.arange(n), np.asarray(dset._axes[axis].values))
        for axis, (p, n) in enumerate(zip(at.T, values.shape, strict=True))
    )
    order = np.argsort(np.hypot(u, v), kind="stable")
    return np.column_stack([u, v, np.arctan2(u, v)])[order]


def _is_reciprocal(dset: sidpy.Dataset) -> bool:
    return all(axis.dimension_type.name == "RECIPROCAL" for axis in dset._axes.values())


def _refined(values: Floats, at: Floats) -> Floats:
    """Return positions below a pixel, by a parabola through three pixels each way."""
    result = at.copy()
    for axis in range(2):
        pixel = at.astype(np.intp)
        inside = (pixel[:, axis] > 0) & (pixel[:, axis] < values.shape[axis] - 1)
        step = np.eye(2, dtype=np.intp)[axis]
        here, before, after = (values[tuple((pixel[inside] + k * step).T)] for k in (0, -1, 1))
        bend = 2 * here - before - after
        with np.errstate(divide="ignore", invalid="ignore"):
            shift = np.where(bend > 0, 0.5 * (after - before) / bend, 0.0)
        result[inside, axis] += np.clip(shift, -0.5, 0.5)
    return result


def _center(spots: Floats, eps: float) -> Floats:
    """Return the mean of the densest cluster of the middles of all pairs."""
    from scipy.spatial import cKDTree

    if len(spots) < 2:
        return np.zeros(2)
    first, second = np.triu_indices(len(spots), 1)
    middles = 0.5 * (spots[first] + spots[second])
    tree = cKDTree(middles)
    counts = np.array(tree.query_ball_point(middles, eps, return_length=True))
    best = np.flatnonzero(counts == counts.max())
    # of equally dense places the one nearest to zero
    seed = best[np.argmin(np.linalg.norm(middles[best], axis=1))]
    return middles[tree.query_ball_point(middles[seed], eps)].mean(axis=0)


@operation(name="pycroscopy.image.adaptive_fourier_filter")
def adaptive_fourier_filter(
    dset: sidpy.Dataset, spots: ArrayLike, low_pass: float = 3, reflection_radius: float = 0.3
) -> sidpy.Dataset:
    """Keep only the frequencies near spots and near zero.

    Parameters
    ----------
    dset : Dataset, IMAGE
        Missing pixels are filled with the nearest one first.
    spots : ndarray of shape (spots, 2 or more), in reciprocal units
        u and v; the opposite of each is kept as well.
    low_pass : float, in reciprocal units
        Radius of the disk around zero.
    reflection_radius : float, in reciprocal units
        Radius of the disks around the spots.

    Returns
    -------
    Dataset, IMAGE
        With the mean of the image; exact for even and odd sizes. ``metadata`` has
        `analysis`, `spots`, `low_pass` and `reflection_radius`.

    Raises
    ------
    TypeError
        When it is no Dataset of an image.
    ValueError
        When spots have another shape.

    References
    ----------
    .. [1] Möbus, Necker, Rühle, Ultramicroscopy 49, 46 (1993)
    """
    require_image(dset, "adaptive_fourier_filter")
    at = np.asarray(spots, np.float64)
    if at.ndim != 2 or at.shape[1] < 2:
        msg = f"spots have shape {at.shape}; expected (spots, 2): u and v"
        raise ValueError(msg)
    image, valid = filled(one_image(dset, "adaptive_fourier_filter")[1])
    u, v = (np.fft.ifftshift(axis.values) for axis in reciprocal_axes(dset))
    keep = np.hypot(u[:, None], v) <= max(low_pass, 0.0)
    for spot in np.concatenate([at[:, :2], -at[:, :2]]):
        keep |= np.hypot(u[:, None] - spot[0], v - spot[1]) <= reflection_radius
    keep[0, 0] = True
    filtered = np.fft.ifft2(np.fft.fft2(image) * keep).real
    return labelled_like(
        dset,
        np.where(valid, filtered, np.nan),
        title=f"Fourier filtered {dset.title}",
        metadata={
            "analysis": "adaptive fourier filtered",
            "spots": at,
            "low_pass": low_pass,
            "reflection_radius": reflection_radius,
        },
    )


def rotational_symmetry_diffractogram(spots: ArrayLike) -> list[int]:
    """Return which rotations bring the spots of a diffractogram onto themselves.

    Parameters
    ----------
    spots : ndarray of shape (spots, 2 or more)
        u and v around zero; a spot at zero is passed over.

    Returns
    -------
    list of int
        Of 2, 3, 4 and 6: those after which every spot lies within a tenth of the
        distance of its circle from another one.

    Examples
    --------
    >>> rotational_symmetry_diffractogram([[1, 0], [0, 1], [-1, 0], [0, -1]])
    [2, 4]
    """
    from scipy.spatial import cKDTree

    at = np.asarray(spots, np.float64)[:, :2]
    radius = np.linalg.norm(at, axis=1)
    at = at[radius > 0.05 * radius.max(initial=0.0)]
    if not len(at):
        return []
    tolerance = 0.1 * np.linalg.norm(at, axis=1)
    tree = cKDTree(at)
    found = []
    for fold in (2, 3, 4, 6):
        cosine, sine = np.cos(2 * np.pi / fold), np.sin(2 * np.pi / fold)
        distance, _ = tree.query(at @ np.array([[cosine, sine], [-sine, cosine]]))
        if np.all(distance <= tolerance):
            found.append(fold)
    return found
