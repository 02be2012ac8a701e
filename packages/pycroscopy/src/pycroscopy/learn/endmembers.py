"""Spectra of which all others are mixtures: the corners of a cloud of pixels.

Where every pixel is a mixture with shares that add up to one, the pixels fill a simplex
whose corners are the pure spectra.  N-FINDR takes the pixels that span the largest volume
[1]_; vertex component analysis the extremes along directions that grow one at a time [2]_.

References
----------
.. [1] Winter, Proc. SPIE 3753, 266 (1999), doi:10.1117/12.366289
.. [2] Nascimento, Dias, IEEE Trans. Geosci. Remote Sens. 43, 898 (2005),
       doi:10.1109/TGRS.2005.844293
.. [3] Araujo et al., Chemom. Intell. Lab. Syst. 57, 65 (2001),
       doi:10.1016/S0169-7439(01)00119-8
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["nfindr", "simplex_plane", "successive_projections", "vca"]

#: Times that all corners are tried again; each try can only enlarge the volume.
_ROUNDS = 100

#: Growth of the volume that counts as growth.
_GROWTH = 1 + 1e-10


def simplex_plane(
    values: NDArray[Any], count: int
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Find the plane of ``count - 1`` dimensions that is closest to all pixels.

    Parameters
    ----------
    values : ndarray of shape (pixels, channels)
        Real and finite.
    count : int
        Corners of the simplex.

    Returns
    -------
    mean : ndarray of shape (channels,)
        A point of the plane.
    axes : ndarray of shape (count - 1, channels)
        Orthonormal directions.
    scores : ndarray of shape (pixels, count - 1)
        The pixels in the plane.
    """
    mean = values.mean(axis=0)
    centred = values - mean
    if len(values) >= values.shape[1]:
        vectors = np.linalg.eigh(centred.T @ centred)[1][:, ::-1].T
    else:
        vectors = np.linalg.svd(centred, full_matrices=False)[2]
    axes = vectors[: count - 1]
    return mean, axes, centred @ axes.T


def successive_projections(points: NDArray[Any], count: int) -> list[int]:
    """Choose the points that are farthest from the span of those chosen before [3]_.

    Parameters
    ----------
    points : ndarray of shape (pixels, dimensions)
        At least `count` of them, in at least `count` dimensions.
    count : int
        How many.

    Returns
    -------
    list of int
        Which; fewer when the points span fewer directions.
    """
    rest, chosen = points.astype(np.float64), []
    scale = np.square(rest).sum(axis=1).max(initial=0.0)
    for _ in range(count):
        lengths = np.square(rest).sum(axis=1)
        best = int(lengths.argmax())
        if lengths[best] <= 1e-24 * scale:
            break
        chosen.append(best)
        direction = rest[best] / np.sqrt(lengths[best])
        rest = rest - np.outer(rest @ direction, direction)
    return chosen


def _homogeneous(scores: NDArray[Any]) -> NDArray[Any]:
    """Put points of a plane at distance one from the origin, so that volumes are determinants."""
    scale = np.abs(scores).max(initial=0.0) or 1.0
    return np.column_stack([np.ones(len(scores)), scores / scale])


def nfindr(values: NDArray[Any], count: int) -> NDArray[np.intp]:
    """Find the pixels that span the largest simplex.

    Parameters
    ----------
    values : ndarray of shape (pixels, channels)
        Real and finite.
    count : int
        Corners.

    Returns
    -------
    ndarray of shape (count,)
        Numbers of the pixels.

    Raises
    ------
    ValueError
        When the pixels span no simplex with so many corners.

    Notes
    -----
    Starts from successive projections, so no random numbers are involved. The volume is
    linear in each corner: all pixels are tried for one corner by one product, until no
    exchange enlarges the volume.

    Examples
    --------
    >>> corners = np.array([[0.0, 0.0, 1.0], [0.0, 2.0, 0.0], [3.0, 0.0, 0.0]])
    >>> shares = [[0.2, 0.3, 0.5], [1, 0, 0], [0.1, 0.8, 0.1], [0, 1, 0], [0, 0, 1]]
    >>> sorted(nfindr(np.array(shares) @ corners, 3).tolist())
    [1, 3, 4]
    """
    points = _homogeneous(_scores(values, count))
    chosen = successive_projections(points, count)
    if len(chosen) < count:
        msg = f"the pixels span a simplex with {len(chosen)} corners, not with {count}"
        raise ValueError(msg)
    for _ in range(_ROUNDS):
        before = list(chosen)
        for corner in range(count):
            # the volume with a pixel in place of this corner, in units of the volume now
            others = np.linalg.inv(points[chosen].T)[corner]
            volumes = np.abs(points @ others)
            best = int(volumes.argmax())
            if volumes[best] > _GROWTH:
                chosen[corner] = best
        if chosen == before:
            break
    return np.asarray(chosen)


def _scores(values: NDArray[Any], count: int) -> NDArray[Any]:
    if not 2 <= count <= min(values.shape[0], values.shape[1] + 1):
        msg = (
            f"{count} end members cannot be found in {values.shape[0]} pixels of "
            f"{values.shape[1]} channels"
        )
        raise ValueError(msg)
    return simplex_plane(values, count)[2]


def vca(values: NDArray[Any], count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Find corners as the extremes along random directions beside those found before.

    Parameters
    ----------
    values : ndarray of shape (pixels, channels)
        Real and finite.
    count : int
        Corners.
    rng : numpy.random.Generator
        For the directions.

    Returns
    -------
    ndarray of shape (count,)
        Numbers of the pixels.

    Raises
    ------
    ValueError
        As for `nfindr`.
    """
    scores = _scores(values, count)
    # the data in their own plane, lifted by their largest length: eq. (10) of the paper at
    # low signal to noise, which is exact without noise as well
    lift = np.sqrt(np.square(scores).sum(axis=1).max(initial=0.0)) or 1.0
    points = np.column_stack([scores, np.full(len(scores), lift)])
    found = np.zeros((count, count))
    found[-1, 0] = 1.0
    chosen = []
    for corner in range(count):
        draw = rng.standard_normal(count)
        beside = draw - found @ (np.linalg.pinv(found) @ draw)
        chosen.append(int(np.abs(points @ (beside / np.linalg.norm(beside))).argmax()))
        found[:, corner] = points[chosen[-1]]
    if len(set(chosen)) < count:
        msg = f"the pixels span a simplex with {len(set(chosen))} corners, not with {count}"
        raise ValueError(msg)
    return np.asarray(chosen)
