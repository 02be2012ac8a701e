"""Diffraction patterns: where disks were found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .maps import show_image
from .panels import panels, scale_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pycroscopy.diffraction.disks import BraggDisks

__all__ = ["draw_disks"]


def draw_disks(disks: BraggDisks, figure: Figure | None = None) -> Figure:
    """Draw how often and how strongly disks were found where: a histogram over the pattern.

    Parameters
    ----------
    disks : BraggDisks
        What to draw.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    """
    from sidpy.viz.views.image import bar_beside

    down, right = (disks.scan._axes[disks.scan.ndim + axis] for axis in (-2, -1))
    edges = [scale_of(dimension).edges for dimension in (down, right)]
    order = [np.sort(part) for part in edges]
    where = disks.positions
    counts = np.histogram2d(where[:, 0], where[:, 1], bins=order, weights=disks.strengths)[0]
    for axis, part in enumerate(edges):
        counts = np.flip(counts, axis) if part[0] > part[-1] else counts
    figure, (axes,) = panels(1, figure, size=(5.6, 4.6))
    values = np.sqrt(np.maximum(counts, 0))
    shown = show_image(axes, values, (down, right), cmap="inferno")
    axes.set_title(f"{len(disks)} disks")
    bar_beside(figure, shown, axes).set_label("square root of the strength")
    return figure
