"""Drift during a scan, from two scans at right angles.

A scan is slow along one direction: what drifts meanwhile shears and stretches the image.
A second scan of the same area with slow and fast directions exchanged is distorted in another
way; the drift of both, line by line, is what makes them agree [1]_.

References
----------
.. [1] Ophus, Ciston, Nelson, Ultramicroscopy 162, 1 (2016),
       doi:10.1016/j.ultramic.2015.12.002
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sidpy.sid.operations import operation

from .frames import filled, labelled_like, one_image
from .shifts import shift_between

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["ScanCorrection", "correct_scan_pair"]

#: Widths, px, at which images are compared: from what is certain to what is fine.
_SCALES = (8.0, 4.0, 2.0, 1.0)


@dataclass(frozen=True, eq=False)
class ScanCorrection:
    """Two scans made one, and how the specimen moved during each."""

    image: sidpy.Dataset
    """Mean of both corrected scans; NaN where neither shows anything."""
    first: sidpy.Dataset
    """The corrected first scan."""
    second: sidpy.Dataset
    """The corrected second scan."""
    drift_first: Floats
    """Shape (rows, 2), px: where each line of the first scan was, against where it should be,
    along rows and columns."""
    drift_second: Floats
    """Shape (columns, 2), px: the same for the second."""
    residual: float
    """Root mean square difference of the scans over their standard deviation."""

    def __repr__(self) -> str:
        reach = max(np.abs(self.drift_first).max(), np.abs(self.drift_second).max())
        return (
            f"two scans of {self.image.source!r} made one: drift up to {reach:.3g} px, "
            f"difference {self.residual:.2%}"
        )

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw both corrected scans and their mean.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.maps import draw_maps

        return draw_maps([self.first, self.second, self.image], figure)


class _Pair(NamedTuple):
    """Two scans while they are fitted."""

    images: tuple[Floats, Floats]
    bases: tuple[Floats, Floats]
    """Shape (lines, knots): how drift depends on the line."""


@operation(name="pycroscopy.image.correct_scan_pair")
def correct_scan_pair(
    first: Any, second: Any, *, knots: int = 6, iterations: int = 30
) -> ScanCorrection:
    """Correct two scans of one area at right angles for drift.

    Parameters
    ----------
    first : Dataset or array of shape (rows, columns)
        Scanned row by row; NaN counts as missing.
    second : Dataset or array of the same shape
        Scanned column by column and turned so that it shows the same things in the same
        place: slow from left to right.
    knots : int
        Freedom of the drift: it is a polynomial of that many terms in the line, without its
        mean over both scans. 2 is a constant velocity.
    iterations : int
        At most, at each scale.

    Returns
    -------
    ScanCorrection
        Corrected scans and drifts.

    Raises
    ------
    ValueError
        When the shapes differ, knots are fewer than two, or an image is constant.

    Notes
    -----
    Least squares of the difference of both scans, from coarse to fine, by Gauss and Newton.
    Lattices that drift by more than half a period need scans that also show something else.
    Computes at once.
    """
    (dataset, one), (_, two) = (one_image(i, "correct_scan_pair") for i in (first, second))
    if one.shape != two.shape or not 2 <= knots <= min(one.shape):
        msg = f"scans of {one.shape} and {two.shape} with {knots} knots cannot be compared"
        raise ValueError(msg)
    if np.nanmax(one) == np.nanmin(one) or np.nanmax(two) == np.nanmin(two):
        msg = f"a scan of {dataset.title!r} is the same everywhere: nothing in it tells of drift"
        raise ValueError(msg)
    bases = tuple(_polynomials(n, knots) for n in one.shape)
    whole = tuple(filled(i)[0] for i in (one, two))
    pair = _Pair(whole, bases)  # type: ignore[arg-type]
    start = shift_between(one, two).shift
    weights = np.zeros((2, knots, 2))
    if np.isfinite(start).all():
        weights[0, 0], weights[1, 0] = start / 2, -start / 2
    residual = np.inf
    for scale in _SCALES:
        if 6 * scale < min(one.shape):
            weights, residual = _converged(pair, weights, scale, iterations)
    drifts = [basis @ w for basis, w in zip(bases, weights, strict=True)]
    shown = [_straightened(one, drifts[0], 0), _straightened(two, drifts[1], 1)]
    known = np.isfinite(shown).sum(axis=0)
    mean = np.where(known > 0, np.nansum(shown, axis=0) / np.maximum(known, 1), np.nan)
    title = f"{dataset.title} corrected"
    image, *parts = (labelled_like(dataset, v, title=title) for v in (mean, shown[0], shown[1]))
    return ScanCorrection(image, parts[0], parts[1], drifts[0], drifts[1], residual)


def _polynomials(lines: int, count: int) -> Floats:
    """Return Legendre polynomials over the lines, shape (lines, count)."""
    return np.polynomial.legendre.legvander(np.linspace(-1, 1, lines), count - 1)


def _converged(
    pair: _Pair, weights: Floats, scale: float, iterations: int
) -> tuple[Floats, float]:
    """Fit the drifts to images smoothed over a scale."""
    from scipy import ndimage

    images = [ndimage.gaussian_filter(i, scale, mode="nearest") for i in pair.images]
    best, size = weights, np.inf
    damping = 1e-3
    for _ in range(iterations):
        matrix, vector, found = _normal(images, pair.bases, weights)
        if found < size:
            done = size - found < 1e-7 * found
            best, size, damping = weights, found, max(damping / 3, 1e-7)
            if done:
                break
            known = (matrix, vector)
        else:
            damping *= 10
            if damping > 1e3:
                break
        matrix, vector = known
        step = np.linalg.solve(matrix + damping * np.diag(np.diag(matrix)), vector)
        # both scans may move together: nobody sees that
        step = step.reshape(weights.shape)
        step[:, 0] -= step[:, 0].mean(axis=0)
        weights = best + step
    return best, float(size)


def _normal(
    images: list[Floats], bases: tuple[Floats, Floats], weights: Floats
) -> tuple[Floats, Floats, float]:
    """Return normal equations of the difference of two scans, and its size."""
    from scipy import ndimage

    at, lines = _partners(images[0].shape, bases, weights)
    coefficients = ndimage.spline_filter(images[1], order=3, mode="nearest")

    def of_second(points: Floats) -> Floats:
        found: Floats = ndimage.map_coordinates(
            coefficients, points, order=3, prefilter=False, mode="nearest"
        )
        return found

    inside = np.ones(images[0].shape, bool)
    for k, n in enumerate(images[0].shape):
        inside &= (at[k] >= 0) & (at[k] <= n - 1)
    here = of_second(at)
    step = 0.5
    slopes = [
        (of_second(at + step * e[:, None, None]) - of_second(at - step * e[:, None, None]))
        / (2 * step)
        for e in np.eye(2)
    ]
    difference = (images[0] - here)[inside]
    rows = np.broadcast_to(np.arange(images[0].shape[0])[:, None], inside.shape)[inside]
    place = lines[inside]
    low = np.clip(place.astype(np.intp), 0, len(bases[1]) - 2)
    second = bases[1][low] + (place - low)[:, None] * (bases[1][low + 1] - bases[1][low])
    parts = [bases[0][rows], -second]
    # a point of the first scan moves with its line, its partner with its own
    design = np.concatenate(
        [np.stack([p * s[inside][:, None] for s in slopes], axis=-1).reshape(len(rows), -1)
         for p in parts], axis=1,
    )  # fmt: skip
    matrix = design.T @ design
    matrix += 1e-9 * np.trace(matrix) / len(matrix) * np.eye(len(matrix))
    spread = images[0][inside].std() or 1.0
    share = np.sqrt(np.mean(difference**2)) / spread if inside.any() else np.inf
    return matrix, design.T @ difference, float(share)


def _partners(
    shape: tuple[int, ...], bases: tuple[Floats, Floats], weights: Floats
) -> tuple[Floats, Floats]:
    """Return where the second scan shows what each pixel of the first does, and in which line."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(float)
    drift = [basis @ w for basis, w in zip(bases, weights, strict=True)]
    true = np.stack([rows + drift[0][:, 0, None], columns + drift[0][:, 1, None]])
    at = true.copy()
    lines = np.arange(len(drift[1]))
    for _ in range(4):  # the line depends on the place, and the place on the line
        second = np.stack([np.interp(at[1], lines, drift[1][:, k]) for k in range(2)])
        at = true - second
    return at, np.clip(at[1], 0, len(lines) - 1)


def _straightened(image: Floats, drift: Floats, axis: int) -> Floats:
    """Return a scan where it would show everything without drift."""
    from scipy import ndimage

    whole, valid = filled(image)
    grid = np.mgrid[: image.shape[0], : image.shape[1]].astype(float)
    at, lines = grid.copy(), np.arange(len(drift))
    for _ in range(6):
        moved = np.stack([np.interp(at[axis], lines, drift[:, k]) for k in range(2)])
        at = grid - moved
    found = ndimage.map_coordinates(whole, at, order=3, mode="nearest")
    inside = np.ones(image.shape, bool)
    for k, n in enumerate(image.shape):
        inside &= (at[k] >= -0.5) & (at[k] <= n - 0.5)
    if not valid.all():
        inside &= ndimage.map_coordinates(valid.astype(float), at, order=1, mode="nearest") > 0.99
    return np.where(inside, found, np.nan)
