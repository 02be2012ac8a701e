"""Vectors as colours, the direction as hue and the length as lightness; and their key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .maps import draw_map, show_image
from .panels import panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy
    from pycroscopy.diffraction.mass_centers import CenterOfMass

__all__ = ["add_wheel", "draw_center_of_mass", "draw_vectors", "vector_colours"]


def vector_colours(
    rows: NDArray[Any], columns: NDArray[Any], longest: float | None = None
) -> NDArray[np.float64]:
    """Return the colour of each vector.

    Parameters
    ----------
    rows, columns : ndarray of equal shape
        Components that point down and right; NaN is grey.
    longest : float, optional
        Length with the full colour; that of the longest vector by default.

    Returns
    -------
    ndarray of shape (..., 3)

    Examples
    --------
    >>> vector_colours(np.array([0.0]), np.array([2.0])).tolist()
    [[1.0, 0.0, 0.0]]
    """
    from matplotlib.colors import hsv_to_rgb

    length = np.hypot(rows, columns)
    known = np.isfinite(length)
    if longest is None:
        longest = float(np.max(length[known], initial=0.0))
    hue = np.mod(np.arctan2(rows, columns), 2 * np.pi) / (2 * np.pi)
    value = np.clip(length / (longest or 1.0), 0, 1)
    parts = [np.where(known, part, 0.0) for part in (hue, np.ones_like(length), value)]
    colours: NDArray[np.float64] = hsv_to_rgb(np.stack(parts, axis=-1))
    return np.where(known[..., None], colours, 0.8)


def add_wheel(axes: Axes) -> Axes:
    """Add what the colours mean to a panel: a disk of all directions, rows pointing down."""
    y, x = np.mgrid[-1:1:65j, -1:1:65j]
    radius = np.hypot(y, x)
    inset = axes.inset_axes((0.78, 0.02, 0.2, 0.2))
    inset.imshow(np.dstack([vector_colours(y, x, 1.0), radius <= 1]))
    inset.set_axis_off()
    return inset


def draw_vectors(axes: Axes, rows: sidpy.Dataset, columns: sidpy.Dataset, title: str) -> Any:
    """Draw a field of vectors as colours, with their key and the length of the full colour.

    Parameters
    ----------
    axes : Axes
        Where.
    rows, columns : Dataset of shape (rows, columns)
        Components that point down and right, in the same units.
    title : str
        What they are; the longest length follows.

    Raises
    ------
    ValueError
        When it is no field of two axes.
    """
    if rows.ndim != 2 or rows.shape != columns.shape:
        msg = (
            f"vectors are drawn of fields of two equal axes, found the shapes {rows.shape} and "
            f"{columns.shape}"
        )
        raise ValueError(msg)
    down, right = (np.asarray(part, float) for part in (rows, columns))
    longest = float(np.max(np.nan_to_num(np.hypot(down, right)), initial=0.0))
    shown = show_image(axes, vector_colours(down, right), (rows._axes[0], rows._axes[1]))
    axes.set_title(f"{title}, up to {longest:.3g} {rows.units}", parse_math=False)
    add_wheel(axes)
    return shown


def draw_center_of_mass(mass: CenterOfMass, figure: Figure | None = None) -> Figure:
    """Draw centres of mass about their mean as colours, and the sum; profiles of a line.

    Parameters
    ----------
    mass : CenterOfMass
        Of a scan of one or two axes.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    """
    mass = mass.persist()
    figure, (first, second) = panels(2, figure, size=(4.6, 3.8))
    if mass.rows.ndim == 2:
        rows, columns = (_about_mean(part) for part in (mass.rows, mass.columns))
        draw_vectors(first, rows, columns, "centre of mass about its mean")
    else:
        for name in ("rows", "columns"):
            draw_map(first, getattr(mass, name))
        first.legend(["along v", "along u"], frameon=False)
        first.set_title(f"centre of mass ({mass.rows.units})")
    draw_map(second, mass.total, title="sum", cmap="gray", signed=False)
    return figure


def _about_mean(part: sidpy.Dataset) -> sidpy.Dataset:
    values = np.asarray(part, np.float64)
    known = values[np.isfinite(values)]
    return part.like_data(values - known.mean() if known.size else values)
