"""The picture of a decomposition: what is signal, what it looks like, where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    import sidpy

    from .decomposition import Decomposition

__all__ = ["draw", "draw_pairs", "panel"]


def draw(result: Decomposition, n_components: int, figure: Figure | None) -> Figure:
    """Draw singular values, components and abundances.

    Parameters
    ----------
    result : Decomposition
        What to draw.
    n_components : int
        Components shown, at most the rank.
    figure : Figure or None
        Where; None for a new pyplot figure.

    Returns
    -------
    Figure
        The figure; nothing is shown or saved.
    """
    shown = max(0, min(n_components, result.rank))
    if figure is None:
        import matplotlib.pyplot as plt

        figure = plt.figure(figsize=(3.0 * max(shown, 2), 8.0), layout="constrained")
    grid = figure.add_gridspec(3, max(shown, 1))
    _scree(figure.add_subplot(grid[0, :]), result)
    _pairs(figure, grid[1:, :], (result.components, result.abundances), shown)
    return figure


def draw_pairs(
    components: sidpy.Dataset, abundances: sidpy.Dataset, shown: int, figure: Figure | None
) -> Figure:
    """Draw spectra and where they are.

    Parameters
    ----------
    components : Dataset of shape (components, *channels)
        The spectra.
    abundances : Dataset of shape (*positions, components)
        How much of each is where.
    shown : int
        How many, at most all.
    figure : Figure or None
        Where; None for a new pyplot figure.
    """
    shown = max(1, min(shown, components.shape[0]))
    if figure is None:
        import matplotlib.pyplot as plt

        figure = plt.figure(figsize=(3.0 * max(shown, 2), 5.5), layout="constrained")
    _pairs(figure, figure.add_gridspec(1, 1)[0, 0], (components, abundances), shown)
    return figure


def _pairs(figure: Figure, place: Any, pair: tuple[Any, Any], shown: int) -> None:
    grid = place.subgridspec(2, max(shown, 1))
    for i in range(shown):
        panel(figure.add_subplot(grid[0, i]), pair[0][i], f"component {i}")
        panel(figure.add_subplot(grid[1, i]), pair[1][..., i], f"abundance {i}")


def _scree(axes: Axes, result: Decomposition) -> None:
    """Singular values with the edge of the noise."""
    from .rank import noise_edge

    values = result.singular_values
    number = np.arange(len(values))
    kept = number < result.rank
    axes.semilogy(number[kept], values[kept], "o", label=f"{result.rank} components")
    axes.semilogy(number[~kept], values[~kept], ".", color="0.6", label="noise")
    edge = noise_edge(result.noise, max(result.shape), min(result.shape))
    if edge > 0:
        axes.axhline(edge, ls="--", lw=0.8, color="0.3")
    axes.set(xlabel="component number", ylabel="singular value", title=result.data.title)
    axes.legend(frameon=False)


def panel(axes: Axes, dataset: Any, title: str) -> None:
    """Draw a curve or a map of one component, by its number of axes.

    Parameters
    ----------
    axes : matplotlib Axes
        Where.
    dataset : Dataset
        One axis for a curve, two for a map; more are summed.
    title : str
        Above it.
    """
    values = np.asarray(dataset)
    values = np.abs(values) if np.iscomplexobj(values) else values
    dimensions = [dataset._axes[axis] for axis in range(values.ndim)]
    axes.set_title(title)
    if values.ndim == 1:
        axes.plot(dimensions[0].values, values)
        axes.set_xlabel(_caption(dimensions[0]))
        return
    if values.ndim > 2:
        values = values.sum(axis=tuple(range(2, values.ndim)))
    rows, columns = (_edges(d.values) for d in dimensions[:2])
    axes.imshow(values, extent=(columns[0], columns[1], rows[1], rows[0]), aspect="auto")
    axes.set(xlabel=_caption(dimensions[1]), ylabel=_caption(dimensions[0]))


def _caption(dimension: Any) -> str:
    return f"{dimension.name} ({dimension.units})"


def _edges(values: np.ndarray[Any, Any]) -> tuple[float, float]:
    """Outer edges of the first and last pixel."""
    half = (values[-1] - values[0]) / (2 * max(len(values) - 1, 1)) or 0.5
    return float(values[0] - half), float(values[-1] + half)
