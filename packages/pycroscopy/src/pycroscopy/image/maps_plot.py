"""The picture of several maps of one image, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

__all__ = ["draw"]


def draw(maps: Sequence[Any], figure: Figure | None) -> Figure:
    """Draw maps with a colour bar each.

    Parameters
    ----------
    maps : sequence of Dataset of shape (rows, columns)
        What to draw; colours are symmetric about zero where values have both signs.
    figure : Figure or None
        Where; None for a new pyplot figure.

    Returns
    -------
    Figure
        The figure; nothing is shown or saved.
    """
    if figure is None:
        import matplotlib.pyplot as plt

        figure = plt.figure(figsize=(4.2 * len(maps), 3.8), layout="constrained")
    panels = figure.subplots(1, len(maps), squeeze=False)[0]
    for axes, one in zip(panels, maps, strict=True):
        values = np.asarray(one, np.float64)
        known = values[np.isfinite(values)]
        low, high = np.quantile(known, [0.01, 0.99]) if known.size else (0.0, 1.0)
        signed = low < 0 < high
        limit = max(-low, high)
        rows, columns = one._axes[0], one._axes[1]
        shown = axes.pcolormesh(
            columns.values,
            rows.values,
            values,
            cmap="RdBu_r" if signed else "viridis",
            vmin=-limit if signed else low,
            vmax=limit if signed else high,
            shading="nearest",
        )
        axes.invert_yaxis()
        axes.set_aspect("equal")
        axes.set(title=one.title, xlabel=columns.label, ylabel=rows.label)
        figure.colorbar(shown, ax=axes, label=one.units)
    return figure
