"""How figures look: sizes of letters and lines, ticks, grids of panels."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.ticker import FormatStrFormatter

from .arguments import ArgumentError, axes_of, flag, number, refuse
from .cmap import get_cmap_object

__all__ = [
    "get_plot_grid_size", "make_scalar_mappable", "reset_plot_params", "set_tick_font_size",
    "use_nice_plot_params", "use_scientific_ticks",
]  # fmt: skip

#: Large enough to be read from the last row.
_NICE = {
    "font.size": 14.0,
    "axes.labelsize": 16.0,
    "axes.titlesize": 16.0,
    "figure.titlesize": 20.0,
    "legend.fontsize": 16.0,
    "lines.linewidth": 2.0,
    "xtick.major.size": 6.0,
    "xtick.minor.size": 4.0,
    "ytick.major.size": 6.0,
    "ytick.minor.size": 4.0,
}


def use_nice_plot_params() -> None:
    """Draw with larger letters and thicker lines until `reset_plot_params`."""
    mpl.rcParams.update(_NICE)


def reset_plot_params() -> None:
    """Draw as matplotlib does by default; the backend stays as it is."""
    mpl.rcdefaults()


def get_plot_grid_size(num_plots: int, fewer_rows: bool = True) -> tuple[int, int]:
    """Return rows and columns of a nearly square grid for so many panels.

    Parameters
    ----------
    num_plots : int
        One or more.
    fewer_rows : bool
        Whether the grid is rather wide than high.

    Raises
    ------
    AssertionError, ValueError
        When `num_plots` is no number, or less than one.

    Examples
    --------
    >>> get_plot_grid_size(7), get_plot_grid_size(7, fewer_rows=False)
    ((2, 4), (4, 2))
    """
    count = int(number("num_plots", num_plots, above=0)) or 1
    short = math.isqrt(count)
    long = math.ceil(count / short)
    return (short, long) if fewer_rows else (long, short)


def make_scalar_mappable(vmin: float, vmax: float, cmap: Any = None) -> ScalarMappable:
    """Return what a colour bar needs where no image is drawn.

    Parameters
    ----------
    vmin, vmax : float
        Ends of the range.
    cmap : Colormap or str, optional
        viridis by default.

    Raises
    ------
    AssertionError, TypeError, ValueError
        When the ends are no numbers or not in order, or `cmap` is no colour map.
    """
    low, high = number("vmin", vmin), number("vmax", vmax)
    if low >= high:
        msg = f"vmin should be less than vmax, found {low!r} and {high!r}"
        raise ArgumentError(msg)
    mappable = ScalarMappable(Normalize(low, high), get_cmap_object(cmap))
    mappable.set_array([])
    return mappable


def set_tick_font_size(axes: Any, font_size: float) -> None:
    """Set the size of the letters at the ticks.

    Parameters
    ----------
    axes : Axes or iterable of Axes
        Arrays of any shape as well.
    font_size : float, points
        Greater than zero.

    Raises
    ------
    AssertionError, TypeError
        When `axes` are no Axes or `font_size` is no positive number.
    """
    size = number("font_size", font_size, above=0)
    many = axes.flat if isinstance(axes, np.ndarray) else axes
    found = [axes] if isinstance(axes, Axes) else _listed(many)
    for axis in found:
        axis.tick_params(axis="both", labelsize=size)


def _listed(axes: Any) -> list[Axes]:
    if isinstance(axes, str) or not isinstance(axes, Iterable):
        refuse("axes", axes, "matplotlib Axes or several of them")
    return [axes_of(axis, "each of the axes") for axis in axes]


def use_scientific_ticks(axis: Axes, is_x: bool = True, formatting: str = "%.2e") -> None:
    """Write the numbers at the ticks in a printf format.

    Parameters
    ----------
    axis : Axes
        The plot.
    is_x : bool
        Whether the axis that runs right is meant, or the other.
    formatting : str
        For instance ``"%.2e"``.

    Raises
    ------
    TypeError
        When an argument is of the wrong kind.
    """
    axes_of(axis)
    if not isinstance(formatting, str):
        refuse("formatting", formatting, "a text such as '%.2e'")
    side = axis.xaxis if flag("is_x", is_x) else axis.yaxis
    side.set_major_formatter(FormatStrFormatter(formatting))
