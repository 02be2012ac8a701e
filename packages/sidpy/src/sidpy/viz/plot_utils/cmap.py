"""Colour maps: by name, in steps, from a table of colours, fading out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import Colormap, LinearSegmentedColormap, ListedColormap

from .arguments import ArgumentError, number, refuse, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "cmap_from_rgba", "cmap_hot_desaturated", "cmap_jet_white_center", "default_cmap",
    "discrete_cmap", "get_cmap_object", "make_linear_alpha_cmap",
]  # fmt: skip

#: Perceptually uniform and safe for colour-blind readers.
default_cmap: Colormap = mpl.colormaps["viridis"]

#: Position and red, green, blue, opacity of 0 to 255: "Rainbow Desaturated" of ParaView.
_DESATURATED = (
    (0.0, (71, 71, 219, 255)),
    (36.465, (0, 0, 91, 255)),
    (72.675, (0, 255, 255, 255)),
    (109.395, (0, 127, 0, 255)),
    (145.605, (255, 255, 0, 255)),
    (182.07, (255, 96, 0, 255)),
    (218.535, (107, 0, 0, 255)),
    (255.0, (255, 76, 76, 255)),
)

#: Jet, with white where it is green: zero of data around zero shows as white.
_WHITE_JET = {
    "red": ((0.0, 0.0, 0.0), (0.3, 0.0, 0.0), (0.5, 1.0, 1.0), (0.9, 1.0, 1.0), (1.0, 0.5, 0.5)),
    "green": (
        (0.0, 0.0, 0.0), (0.1, 0.0, 0.0), (0.42, 1.0, 1.0), (0.58, 1.0, 1.0),
        (0.9, 0.0, 0.0), (1.0, 0.0, 0.0),
    ),
    "blue": ((0.0, 0.5, 0.5), (0.1, 1.0, 1.0), (0.5, 1.0, 1.0), (0.7, 0.0, 0.0), (1.0, 0.0, 0.0)),
}  # fmt: skip


def get_cmap_object(cmap: Colormap | str | None) -> Colormap:
    """Return a colour map of matplotlib from itself, its name or None for the default.

    Raises
    ------
    TypeError
        When it is neither.
    ValueError
        When matplotlib knows no colour map of that name.

    Examples
    --------
    >>> get_cmap_object(None).name
    'viridis'
    """
    if cmap is None:
        return default_cmap
    if isinstance(cmap, Colormap):
        return cmap
    if not isinstance(cmap, str):
        refuse("cmap", cmap, "a matplotlib Colormap or the name of one")
    return mpl.colormaps.get_cmap(cmap)


def discrete_cmap(num_bins: int, cmap: Colormap | str | None = None) -> Colormap:
    """Return a colour map of `num_bins` colours, evenly taken from another.

    Parameters
    ----------
    num_bins : int
        One or more.
    cmap : Colormap or str, optional
        Where the colours are taken from; viridis by default.

    Returns
    -------
    Colormap
        With ``N == num_bins`` and the name of `cmap`.

    Raises
    ------
    TypeError, ValueError
        When `num_bins` is no positive whole number or `cmap` no colour map.
    """
    steps = whole("num_bins", num_bins)
    source = get_cmap_object(cmap)
    colours = source(np.linspace(0.0, 1.0, steps))
    return ListedColormap(colours, name=source.name)


def cmap_from_rgba(
    name: str,
    interp_vals: Sequence[tuple[float, Sequence[float]]],
    normalization_val: float,
) -> Colormap:
    """Return a colour map that runs through given colours at given positions.

    Parameters
    ----------
    name : str
        Its name.
    interp_vals : sequence of (position, colour)
        Colour is red, green, blue and optionally opacity; positions in any order, the first
        at 0 and the last at `normalization_val`.
    normalization_val : float
        What 1 is called in positions and colours: 255 for bytes.

    Returns
    -------
    Colormap
        With 256 colours.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind or the positions do not reach both ends.

    Examples
    --------
    >>> fade = cmap_from_rgba("fade", [(0, (0, 0, 0)), (255, (255, 0, 0))], 255)
    >>> fade(1.0) == (1.0, 0.0, 0.0, 1.0)
    True
    """
    if not isinstance(name, str):
        refuse("name", name, "a text")
    full = number("normalization_val", normalization_val, above=0)
    points = []
    try:
        for position, colour in interp_vals:
            red, green, blue, *rest = (min(max(float(part) / full, 0.0), 1.0) for part in colour)
            points.append((float(position) / full, (red, green, blue, *(rest or (1.0,)))))
    except (TypeError, ValueError):
        msg = f"interp_vals should be pairs (position, (r, g, b, a)), found {interp_vals!r}"
        raise ArgumentError(msg) from None
    points.sort(key=lambda point: point[0])
    if len(points) < 2 or (points[0][0], points[-1][0]) != (0.0, 1.0):
        msg = f"interp_vals should have colours at both ends, at 0 and at {full:g}"
        raise ArgumentError(msg)
    ramps = {
        part: [(place, colour[k], colour[k]) for place, colour in points]
        for k, part in enumerate(("red", "green", "blue", "alpha"))
    }
    return LinearSegmentedColormap(name, ramps)  # from_list of 3.8 misreads two colours


def make_linear_alpha_cmap(
    name: str,
    solid_color: Sequence[float],
    normalization_val: float,
    min_alpha: float = 0,
    max_alpha: float = 1,
) -> Colormap:
    """Return a colour map of one colour that becomes opaque, to lay over an image.

    Parameters
    ----------
    name : str
        Its name.
    solid_color : sequence of 3 or 4 numbers
        Red, green and blue; a fourth number is taken and not used.
    normalization_val : float
        What 1 is called in `solid_color`: 255 for bytes.
    min_alpha, max_alpha : float
        Opacity at the two ends, from 0 to 1.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind, or `min_alpha` is not below `max_alpha`.
    """
    colour = _three_numbers(solid_color)
    full = number("normalization_val", normalization_val, above=0)
    low, high = number("min_alpha", min_alpha), number("max_alpha", max_alpha)
    if not 0 <= low < high <= 1:
        msg = f"opacities run from 0 to 1, min_alpha below max_alpha; found {low!r} and {high!r}"
        raise ArgumentError(msg)
    ends = [(0, (*colour, low * full)), (full, (*colour, high * full))]
    return cmap_from_rgba(name, ends, full)


def _three_numbers(colour: Any) -> tuple[float, ...]:
    wanted = "red, green and blue"
    if isinstance(colour, str) or not hasattr(colour, "__len__") or len(colour) not in (3, 4):
        refuse("solid_color", colour, wanted)
    return tuple(number("solid_color", part) for part in colour[:3])


def cmap_hot_desaturated() -> Colormap:
    """Return the desaturated rainbow: blue, cyan, green, yellow, red, pink."""
    return cmap_from_rgba("hot_desaturated", _DESATURATED, 255)


def cmap_jet_white_center() -> Colormap:
    """Return jet with a white middle, for data around zero."""
    return LinearSegmentedColormap("white_jet", _WHITE_JET)
