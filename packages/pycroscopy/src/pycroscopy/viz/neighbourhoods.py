"""Figures of local crystallography: made, never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from pycroscopy.stats.atom_stats import LocalCrystallography

__all__ = ["draw_groups", "draw_singular_vectors"]


def _figure() -> Figure:
    from matplotlib.figure import Figure

    return Figure(layout="constrained")


def _atoms(source: LocalCrystallography, figure: Figure, values: NDArray[Any], title: str) -> None:
    """Draw values on the atoms they belong to, over the image where all atoms have one."""
    axes = figure.add_subplot()
    axes.imshow(np.asarray(source.image), cmap="gray")
    if len(values) == source.num_atoms:
        rows, columns = source.atom_positions.T
        dots = axes.scatter(columns, rows, c=values, s=12, cmap="viridis")
        figure.colorbar(dots, label=title)
    axes.set(
        title=" ".join(filter(None, (source.image_name, title))),
        xlabel="column (px)",
        ylabel="row (px)",
    )


def draw_singular_vectors(
    source: LocalCrystallography, left: Any, values: Any, right: Any
) -> list[Figure]:
    """Draw the singular value decomposition of neighbour distances.

    Parameters
    ----------
    source : LocalCrystallography
        The atoms.
    left, values, right : ndarray
        Its factors.

    Returns
    -------
    list of three Figure
        Scree, loadings, the first component on the atoms.
    """
    from .curves import draw_scree

    scree, loadings, where = _figure(), _figure(), _figure()
    draw_scree(scree.add_subplot(), values)
    axes = loadings.add_subplot(xlabel="neighbour, by angle", ylabel="loading")
    for number, vector in enumerate(right[:4], 1):
        axes.plot(np.arange(1, len(vector) + 1), vector, "o-", label=f"component {number}")
    axes.legend(frameon=False)
    _atoms(source, where, left[:, 0], "component 1")
    return [scree, loadings, where]


def draw_groups(source: LocalCrystallography, model: Any) -> Figure:
    """Draw the group of each atom.

    Parameters
    ----------
    source : LocalCrystallography
        The atoms.
    model : sklearn.cluster.KMeans
        Fitted to their neighbourhoods.
    """
    figure = _figure()
    _atoms(source, figure, model.labels_, "groups of neighbourhoods")
    return figure
