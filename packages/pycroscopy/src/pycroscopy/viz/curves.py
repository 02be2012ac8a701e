"""Curves of results: spectra, means over a scan with their spread, singular values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.viz.scales import set_label

from .maps import draw_map, numbers_of
from .panels import label_abscissa, panels, value_caption

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    import sidpy

__all__ = ["draw_curve", "draw_means", "draw_profile", "draw_scree", "panel"]


def draw_curve(axes: Axes, dataset: sidpy.Dataset, **style: Any) -> Any:
    """Draw a curve with what runs along it and what it is, and return the line.

    Parameters
    ----------
    axes : Axes
        Where.
    dataset : Dataset of one axis
        Of complex values the magnitude is drawn.
    **style : Any
        For ``plot``.
    """
    values = numbers_of(dataset)
    (line,) = axes.plot(label_abscissa(axes, dataset._axes[0]), values, **style)
    set_label(axes.set_ylabel, value_caption(dataset))
    return line


def panel(axes: Axes, dataset: sidpy.Dataset, title: str) -> Any:
    """Draw a curve or a map, by its number of axes.

    Parameters
    ----------
    axes : Axes
        Where.
    dataset : Dataset
        One axis for a curve, two for a map; further ones are summed.
    title : str
        Above it.

    Returns
    -------
    Artist
        The line, or what has the colours.
    """
    if dataset.ndim == 1:
        axes.set_title(title, parse_math=False)
        return draw_curve(axes, dataset)
    if dataset.ndim > 2:
        dataset = dataset.sum(axis=tuple(range(2, dataset.ndim)))
    return draw_map(axes, dataset, title=title)


def draw_profile(profiles: sidpy.Dataset, figure: Figure | None = None) -> Figure:
    """Draw the mean of profiles over all positions, and how far they spread.

    Parameters
    ----------
    profiles : Dataset of shape (positions..., n)
        Real; a channel without any value is left out.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    """
    figure, (axes,) = panels(1, figure, size=(6.0, 4.0))
    values = np.asarray(profiles, float)
    values = values.reshape(-1, values.shape[-1])
    places = label_abscissa(axes, profiles._axes[profiles.ndim - 1])
    present = ~np.isnan(values).all(axis=0)
    places, values = places[present], values[:, present]
    middle = np.nanmean(values, axis=0)
    if len(values) > 1:
        spread = np.nanstd(values, axis=0)
        axes.fill_between(places, middle - spread, middle + spread, alpha=0.25, label="spread")
    axes.plot(places, middle, label="mean of all positions" if len(values) > 1 else None)
    set_label(axes.set_ylabel, value_caption(profiles))
    axes.set_title(profiles.title, parse_math=False)
    if len(values) > 1:
        axes.legend(frameon=False)
    return figure


def draw_means(
    parts: Mapping[str, sidpy.Dataset], figure: Figure | None = None, *, quantity: str = ""
) -> Figure:
    """Draw several spectra averaged over all positions in one panel.

    Parameters
    ----------
    parts : mapping of str to Dataset of shape (positions..., n)
        What to draw, by name.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    quantity : str
        What all of them are; that of the first by default.

    Raises
    ------
    ValueError
        When there is nothing to draw.
    """
    figure, (axes,) = panels(min(1, len(parts)), figure, size=(6.0, 4.0))
    for name, part in parts.items():
        values = np.asarray(part, float).reshape(-1, part.shape[-1])
        places = label_abscissa(axes, part._axes[part.ndim - 1])
        axes.plot(places, np.nanmean(values, axis=0), label=name)
    first = next(iter(parts.values()))
    set_label(axes.set_ylabel, quantity or value_caption(first))
    axes.axhline(0, color="0.6", linewidth=0.5)
    axes.legend(frameon=False)
    return figure


def draw_scree(
    axes: Axes, values: ArrayLike, *, rank: int | None = None, edge: float = 0.0
) -> None:
    """Draw singular values, which of them are signal, and the edge of the noise.

    Parameters
    ----------
    axes : Axes
        Where.
    values : array-like of shape (n,)
        Falling.
    rank : int, optional
        How many are signal; all by default.
    edge : float
        The largest that noise makes; not drawn at 0.
    """
    found = np.asarray(values, np.float64)
    rank = len(found) if rank is None else rank
    number = np.arange(len(found))
    kept = number < rank
    axes.plot(number[kept], found[kept], "o", label=f"{rank} components")
    if not kept.all():
        axes.plot(number[~kept], found[~kept], ".", color="0.6", label="noise")
    if edge > 0:
        axes.axhline(edge, ls="--", lw=0.8, color="0.3")
    if (found > 0).any():
        axes.set_yscale("log")
    axes.set(xlabel="component number", ylabel="singular value")
    axes.legend(frameon=False)
