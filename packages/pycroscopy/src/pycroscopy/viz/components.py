"""Components beside their maps: what there is, and where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .curves import draw_scree, panel
from .maps import draw_map
from .panels import figure_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    import sidpy
    from pycroscopy.learn.decomposition import Decomposition

__all__ = ["draw_decomposition", "draw_pairs"]


def draw_decomposition(
    result: Decomposition, n_components: int = 4, figure: Figure | None = None
) -> Figure:
    """Draw singular values, components and abundances.

    Parameters
    ----------
    result : Decomposition
        What to draw.
    n_components : int
        Components shown, at most the rank.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    """
    from pycroscopy.learn.rank import noise_edge

    shown = max(0, min(n_components, result.rank))
    figure = figure_of(figure, (3.4 * max(shown, 2), 8.0))
    grid = figure.add_gridspec(3, max(shown, 1))
    axes = figure.add_subplot(grid[0, :])
    edge = noise_edge(result.noise, max(result.shape), min(result.shape))
    draw_scree(axes, result.singular_values, rank=result.rank, edge=edge)
    axes.set_title(result.data.title, parse_math=False)
    _pairs(figure, grid[1:, :], (result.components, result.abundances), shown)
    return figure


def draw_pairs(
    components: sidpy.Dataset,
    abundances: sidpy.Dataset,
    n_components: int = 4,
    figure: Figure | None = None,
    *,
    residual: sidpy.Dataset | None = None,
) -> Figure:
    """Draw spectra, where they are, and what they leave.

    Parameters
    ----------
    components : Dataset of shape (components, *channels)
        The spectra.
    abundances : Dataset of shape (*positions, components)
        How much of each is where.
    n_components : int
        How many, at most all.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    residual : Dataset of the shape of the positions, optional
        What is left of each pixel; drawn last.
    """
    shown = max(1, min(n_components, components.shape[0]))
    across = shown + (residual is not None)
    figure = figure_of(figure, (3.4 * max(across, 2), 5.5))
    grid = figure.add_gridspec(2, across)
    _pairs(figure, grid[:, :shown], (components, abundances), shown)
    if residual is not None:
        draw_map(figure.add_subplot(grid[1, shown]), residual, title="residual", cmap="magma")
    return figure


def _pairs(figure: Figure, place: Any, pair: tuple[Any, Any], shown: int) -> None:
    grid = place.subgridspec(2, max(shown, 1))
    for i in range(shown):
        panel(figure.add_subplot(grid[0, i]), pair[0][i], f"component {i}")
        panel(figure.add_subplot(grid[1, i]), pair[1][..., i], f"abundance {i}")
