"""Virtual detectors: which pixels of a diffraction pattern are counted together.

A detector is an outline in the units of the pattern's axes, about a centre; `weights` turns
it into an image of zeros and ones for the axes of a dataset.  A pixel belongs to a detector
when its centre does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Detector", "annulus", "disk", "mask", "segments"]


@dataclass(frozen=True, eq=False)
class Detector:
    """A part of a ring about a centre, or any image of weights.

    Parameters
    ----------
    inner, outer : float
        Radii, in the units of the axes; pixels at `inner` belong to it, those at `outer` not.
    start, stop : float, rad
        Angles from the u axis (columns) towards the v axis (rows); a whole turn by default.
    center : (float, float), optional
        v and u of the centre, in the units of the axes; (0, 0) by default.
    image : array of shape (v, u), optional
        Weights of the pixels, instead of everything else.
    """

    inner: float = 0.0
    outer: float = float("inf")
    start: float = 0.0
    stop: float = 2 * np.pi
    center: tuple[float, float] | None = None
    image: NDArray[Any] | None = None

    def weights(
        self, v: ArrayLike, u: ArrayLike, center: tuple[float, float] = (0.0, 0.0)
    ) -> NDArray[np.float64]:
        """Return the weight of every pixel.

        Parameters
        ----------
        v, u : array-like
            Values of the axes of the pattern.
        center : (float, float)
            Where the centre is for a detector that has none of its own.

        Returns
        -------
        ndarray of shape (len(v), len(u))

        Raises
        ------
        ValueError
            When an image of weights has another shape than the patterns.
        """
        rows, columns = np.asarray(v, float), np.asarray(u, float)
        shape = (len(rows), len(columns))
        if self.image is not None:
            if self.image.shape != shape:
                msg = f"a mask of shape {self.image.shape} for patterns of shape {shape}"
                raise ValueError(msg)
            return np.asarray(self.image, float)
        at = center if self.center is None else self.center
        y, x = rows[:, None] - at[0], columns[None, :] - at[1]
        radius = np.hypot(y, x)
        inside = (radius >= self.inner) & (radius < self.outer)
        width = self.stop - self.start
        if width < 2 * np.pi:
            inside &= np.mod(np.arctan2(y, x) - self.start, 2 * np.pi) < width
        return inside.astype(float)


def disk(radius: float, center: tuple[float, float] | None = None) -> Detector:
    """Return a disk: the bright field.

    Examples
    --------
    >>> disk(1.5).weights([-1, 0, 1], [-1, 0, 1, 2]).astype(int)
    array([[1, 1, 1, 0],
           [1, 1, 1, 0],
           [1, 1, 1, 0]])
    """
    return annulus(0.0, radius, center)


def annulus(inner: float, outer: float, center: tuple[float, float] | None = None) -> Detector:
    """Return a ring: the dark field.

    Raises
    ------
    ValueError
        When the radii are negative or in the wrong order.
    """
    if not 0 <= inner < outer:
        msg = f"a ring from {inner} to {outer}; expected 0 <= inner < outer"
        raise ValueError(msg)
    return Detector(inner, outer, center=center)


def segments(
    count: int,
    inner: float,
    outer: float,
    *,
    start: float = 0.0,
    center: tuple[float, float] | None = None,
) -> dict[str, Detector]:
    """Return the parts of a ring cut into equal sectors, as of a segmented detector.

    Parameters
    ----------
    count : int
        How many.
    inner, outer : float
        Radii, in the units of the axes.
    start : float, rad
        Where the first begins.
    center : (float, float), optional
        v and u of the centre.

    Returns
    -------
    dict of str to Detector
        ``segment_0``, ...
    """
    ring = annulus(inner, outer, center)
    edges = start + 2 * np.pi * np.arange(count + 1) / count
    return {
        f"segment_{i}": Detector(ring.inner, ring.outer, edges[i], edges[i + 1], center)
        for i in range(count)
    }


def mask(image: ArrayLike) -> Detector:
    """Return a detector with a weight of its own for each pixel.

    Parameters
    ----------
    image : array-like of shape (v, u), real
        Weights, or True for the pixels that count.
    """
    weights = np.asarray(image)
    if weights.ndim != 2 or weights.dtype.kind not in "bifu":
        msg = f"a mask is a real image, found shape {weights.shape} of type {weights.dtype}"
        raise ValueError(msg)
    return Detector(image=weights)
