"""Figures cut into panels, and what is written at their axes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sidpy.viz.scales import Scale, data_label, label_text, said, set_label, set_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    import sidpy

__all__ = ["caption", "figure_of", "label_abscissa", "panels", "scale_of", "value_caption"]


def figure_of(figure: Figure | None, size: tuple[float, float]) -> Figure:
    """Return the figure to draw into: the one given, or a new one of pyplot.

    Parameters
    ----------
    figure : Figure or None
        What the caller was given.
    size : (float, float), inches
        Width and height of a new one.
    """
    if figure is not None:
        return figure
    from matplotlib import pyplot as plt

    return plt.figure(figsize=size, layout="constrained")


def panels(
    count: int,
    figure: Figure | None,
    *,
    columns: int = 4,
    size: tuple[float, float] = (4.0, 3.4),
) -> tuple[Figure, list[Axes]]:
    """Return a figure and `count` empty panels in it, at most `columns` side by side.

    Parameters
    ----------
    count : int
        How many, at least one.
    figure : Figure or None
        Where; a new pyplot figure by default.
    columns : int
        Panels in one line.
    size : (float, float), inches
        Of one panel.

    Raises
    ------
    ValueError
        When there is nothing to draw.
    """
    if count < 1:
        msg = "a picture needs at least one panel, found nothing to draw"
        raise ValueError(msg)
    across = min(columns, count)
    down = -(-count // across)
    figure = figure_of(figure, (size[0] * across, size[1] * down))
    grid = figure.add_gridspec(down, across)
    return figure, [figure.add_subplot(grid[divmod(n, across)]) for n in range(count)]


def scale_of(dimension: sidpy.Dimension, like: sidpy.Dimension | None = None) -> Scale:
    """Return how a dimension is drawn, by its name, in units that read well.

    Parameters
    ----------
    dimension : Dimension
        One axis of a picture.
    like : Dimension, optional
        The other one, which shares the prefix when it has the same units.
    """
    scale = Scale.of(dimension, like=like)
    name = said(dimension.name) or said(dimension.quantity) or "index"
    if scale.label.endswith(", index"):
        return replace(scale, label=f"{name}, index")
    units = "" if scale.units == name else scale.units  # frames are counted, in frames
    return replace(scale, label=label_text(name, units), units=units)


def caption(dimension: sidpy.Dimension) -> str:
    """Write name and units of a dimension as they are, units left out when nobody said."""
    name = said(dimension.name) or said(dimension.quantity) or "index"
    return label_text(name, dimension.units)


def value_caption(dataset: sidpy.Dataset) -> str:
    """Write what the numbers of a dataset are; nothing when nobody said."""
    return data_label(dataset) if said(dataset.quantity) or said(dataset.units) else ""


def label_abscissa(axes: Axes, dimension: sidpy.Dimension) -> Any:
    """Write at the abscissa what runs along it, and return its values, ndarray of shape (n,)."""
    scale = scale_of(dimension)
    set_label(axes.set_xlabel, scale.label)
    set_ticks(axes.xaxis, scale.factor)
    return scale.values
