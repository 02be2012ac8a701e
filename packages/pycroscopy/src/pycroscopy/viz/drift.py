"""Registered stacks: how the frames had moved, and what they show together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .maps import draw_map
from .panels import figure_of, label_abscissa

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pycroscopy.image.registration import Registration

__all__ = ["draw_drift", "draw_registration"]


def draw_drift(axes: Axes, result: Registration) -> list[Any]:
    """Draw the shift of each frame with its standard errors, and return the lines.

    Parameters
    ----------
    axes : Axes
        Where.
    result : Registration
        What to draw.
    """
    drift, errors = np.asarray(result.drift), result.errors
    places = label_abscissa(axes, result.drift._axes[0])
    lines = []
    for axis, name in enumerate(("rows", "columns")):
        drawn = axes.errorbar(places, drift[:, axis], errors[:, axis], label=name, fmt=".-")
        lines.append(drawn.lines[0])
    axes.set_ylabel("shift (px)")
    axes.legend(frameon=False)
    return lines


def draw_registration(result: Registration, figure: Figure | None = None) -> Figure:
    """Draw the drift, and the mean of the registered frames.

    Parameters
    ----------
    result : Registration
        What to draw.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    """
    figure = figure_of(figure, (9.6, 4.0))
    left, right = figure.subplots(1, 2)
    draw_drift(left, result)
    left.set_title(repr(result), fontsize="small", parse_math=False)
    mean = result.stack.mean(axis=0)
    draw_map(right, mean, title="mean of the registered frames", cmap="gray", signed=False)
    return figure
