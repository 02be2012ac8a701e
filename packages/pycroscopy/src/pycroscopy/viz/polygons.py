"""The picture of structural units: polygons with a colour each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .panels import figure_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["add_graph"]


def add_graph(
    graph_dictionary: dict[str, Any],
    quantity: str = "cyclicity",
    min_q: float | None = None,
    max_q: float | None = None,
    fig: Figure | None = None,
    cmap: Any = "viridis",
) -> Figure:
    """Draw the polygons of structural units, coloured by a quantity.

    Parameters
    ----------
    graph_dictionary : dict
        As `get_polygons` returns; also with a key ``"polygons"`` or ``"rings"`` around it.
    quantity : str
        Key of one number for each polygon: `cyclicity`, `areas`, ...
    min_q, max_q : float, optional
        Ends of the colours.
    fig : Figure, optional
        Where to draw, over what its axes show; a new pyplot figure by default.
    cmap : str or Colormap
        Colours.

    Returns
    -------
    Figure
        The figure, with a colour bar.

    Raises
    ------
    ValueError
        When there is no such quantity.
    """
    from matplotlib.collections import PatchCollection

    graph = graph_dictionary
    for key in ("polygons", "rings"):
        graph = graph.get(key, graph)
    if quantity not in graph or np.ndim(graph[quantity]) != 1:
        known = [
            key for key, value in graph.items() if np.ndim(value) == 1 and key != "unit_cells"
        ]
        msg = f"quantity is {quantity!r}; it can be one of {known}"
        raise ValueError(msg)
    fig = figure_of(fig, (7.0, 6.0))
    new = not fig.axes
    axes = fig.add_subplot() if new else fig.axes[0]
    cells = PatchCollection(graph["unit_cells"], cmap=cmap, alpha=0.5, edgecolor="black")
    cells.set_array(np.asarray(graph[quantity], np.float64))
    cells.set_clim(min_q, max_q)
    axes.add_collection(cells)
    if new:
        axes.set_aspect("equal")
        axes.autoscale_view()
        axes.invert_yaxis()
        axes.set(xlabel="column (px)", ylabel="row (px)")
    fig.colorbar(cells, ax=axes, label=quantity)
    return fig
