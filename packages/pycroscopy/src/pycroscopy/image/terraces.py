"""Terraces: flat parts of a surface at heights of their own, on one common background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.sid.operations import operation

from .denoising import noise_of_image
from .frames import filled, labelled_like, one_image
from .levelling import surface_terms

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["Terraces", "level_terraces"]


@dataclass(frozen=True, eq=False)
class Terraces:
    """A surface whose terraces are level, and how high they lie."""

    levelled: sidpy.Dataset
    """The image less the background that all terraces share; the largest terrace at 0."""
    labels: sidpy.Dataset
    """Number of the terrace at each pixel, from 1, the largest first; 0 on steps."""
    heights: Floats
    """Shape (terraces,), units of the image: above the largest terrace."""
    errors: Floats
    """Standard errors of `heights` for white noise."""

    def __repr__(self) -> str:
        return f"{len(self.heights)} terraces of {self.levelled.source!r}"

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw the levelled surface and the terraces.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.maps import draw_maps

        return draw_maps([self.levelled, self.labels], figure)


@operation(name="pycroscopy.image.level_terraces")
def level_terraces(
    image: Any,
    *,
    order: int = 1,
    labels: NDArray[Any] | None = None,
    smooth: float = 1.5,
    smallest: float = 0.005,
) -> Terraces:
    """Level a surface of terraces, and measure their heights.

    Parameters
    ----------
    image : Dataset or array of shape (rows, columns)
        A surface of steps; NaN counts as missing.
    order : int
        Of the polynomial background that all terraces share.
    labels : ndarray of int, shape (rows, columns), optional
        Number of the terrace at each pixel, 0 for none; found from the slopes by default.
    smooth : float, px
        Scale at which slopes are looked at.
    smallest : float
        Smallest terrace, as a share of the image.

    Returns
    -------
    Terraces
        Levelled surface, terraces, their heights and errors.

    Raises
    ------
    ValueError
        When there is no terrace, or too few pixels for the background.

    Notes
    -----
    One linear least-squares fit of background and heights; exact for exact data. Terraces
    found are parts where the surface does not rise faster than its noise. Computes at once.
    """
    dataset, values = one_image(image, "level_terraces")
    if labels is None:
        labels = _flat_parts(values, smooth, smallest)
    labels = np.where(np.isfinite(values), np.asarray(labels).astype(np.int64), 0)
    if labels.shape != values.shape or labels.max() < 1:
        msg = f"{dataset.title!r} has no terrace: labels of {labels.shape}, {labels.max()} at most"
        raise ValueError(msg)
    labels = _by_size(labels)
    surface, heights, errors = _fitted(values, labels, order)
    level = values - surface - heights[0]
    about = {"terraces": {"order": order, "heights": (heights - heights[0]).tolist()}}
    return Terraces(
        levelled=labelled_like(
            dataset, level, title=f"{dataset.title} levelled", metadata=about
        ),
        labels=labelled_like(
            dataset, labels.astype(np.int32), title=f"terraces of {dataset.title}", units="1",
            quantity="terrace",
        ),
        heights=heights - heights[0],
        errors=errors,
    )  # fmt: skip


def _by_size(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number terraces from 1, the largest first."""
    numbers, counts = np.unique(labels[labels > 0], return_counts=True)
    order = np.zeros(labels.max() + 1, np.int64)
    order[numbers[np.argsort(-counts, kind="stable")]] = np.arange(1, len(numbers) + 1)
    return order[np.maximum(labels, 0)]


def _flat_parts(values: Floats, smooth: float, smallest: float) -> NDArray[np.int64]:
    """Return connected parts without steps, numbered from 1."""
    from scipy import ndimage

    whole, valid = filled(values)
    slopes = [
        ndimage.gaussian_filter(whole, smooth, order=o, mode="nearest") for o in ((1, 0), (0, 1))
    ]
    # the background tilts all terraces: the typical slope is no step
    steep = np.hypot(*(s - np.median(s[valid]) for s in slopes))
    noise = noise_of_image(whole) / (np.sqrt(8 * np.pi) * smooth**2)
    typical = np.median(steep[valid])
    limit = max(4 * noise, 3 * typical, 1e-12 * np.abs(whole).max())
    labels, _ = ndimage.label(valid & (steep < limit))
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    found: NDArray[np.int64] = np.where(sizes >= smallest * values.size, np.arange(len(sizes)), 0)[
        labels
    ]
    return found


def _fitted(
    values: Floats, labels: NDArray[np.int64], order: int
) -> tuple[Floats, Floats, Floats]:
    """Return the background, the height of each terrace, and errors against the first."""
    terms = surface_terms(values.shape, order)[..., 1:]
    inside = labels > 0
    group, z, design = labels[inside] - 1, values[inside], terms[inside]
    count = np.bincount(group)
    if len(z) < design.shape[1] + len(count):
        msg = f"{len(z)} pixels of {len(count)} terraces are too few for a background"
        raise ValueError(msg)
    center = np.column_stack([np.bincount(group, t) / count for t in design.T] or [count * 0.0])
    mean = np.bincount(group, z) / count
    slopes = np.zeros(design.shape[1])
    inverse = np.zeros((design.shape[1],) * 2)
    left = z - mean[group]
    if design.shape[1]:
        design = design - center[group]
        slopes = np.linalg.lstsq(design, left, rcond=None)[0]
        inverse = np.linalg.pinv(design.T @ design)
        left = left - design @ slopes
        heights = mean - center @ slopes
        spread = np.einsum("ij,jk,ik->i", center - center[0], inverse, center - center[0])
    else:
        heights, spread = mean, np.zeros(len(count))
    variance = (left**2).sum() / max(len(z) - len(count) - len(slopes), 1)
    errors = np.sqrt(variance * (1 / count + 1 / count[0] + spread))
    errors[0] = 0.0
    return terms @ slopes, heights, errors
