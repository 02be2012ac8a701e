"""Pictures of numbers at each position: maps, profiles, single values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

    import sidpy

__all__ = ["draw_maps"]


def draw_maps(maps: Mapping[str, sidpy.Dataset], figure: Figure | None) -> Figure:
    """Draw results beside each other: images of two axes, otherwise values in their order.

    Parameters
    ----------
    maps : mapping of str to Dataset
        What to draw, by title.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    """
    columns = min(4, len(maps))
    lines = -(-len(maps) // columns)
    if figure is None:
        from matplotlib import pyplot as plt

        figure = plt.figure(figsize=(3.4 * columns, 2.9 * lines), layout="constrained")
    for number, (name, data) in enumerate(maps.items(), 1):
        axes: Any = figure.add_subplot(lines, columns, number)
        values = np.asarray(data, np.float64)
        axes.set_title(f"{name} ({data.units})" if data.units else name)
        if values.ndim == 2:
            finite = values[np.isfinite(values)]
            low, high = np.percentile(finite, [1, 99]) if finite.size else (0, 1)
            extent = data.get_extent([1, 0])
            shown = axes.imshow(values, extent=extent, vmin=low, vmax=high, origin="upper")
            axes.set_facecolor("0.8")
            axes.set_xlabel(f"{data._axes[1].name} ({data._axes[1].units})")
            axes.set_ylabel(f"{data._axes[0].name} ({data._axes[0].units})")
            figure.colorbar(shown, ax=axes)
        else:
            places = data._axes[0].values if values.ndim == 1 else np.arange(values.size)
            axes.plot(places, values.ravel(), ".")
    return figure
