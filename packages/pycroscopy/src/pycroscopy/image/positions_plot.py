"""The picture of atom positions: image, atoms, quality."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .positions import AtomPositions

__all__ = ["draw"]


def draw(atoms: AtomPositions, frame: int, figure: Figure | None) -> Figure:
    """Draw atoms on their image.

    Parameters
    ----------
    atoms : AtomPositions
        What to draw.
    frame : int
        Image of a stack.
    figure : Figure or None
        Where; None for a new pyplot figure.

    Returns
    -------
    Figure
        The figure; nothing is shown or saved.
    """
    if figure is None:
        import matplotlib.pyplot as plt

        figure = plt.figure(figsize=(7.0, 6.0), layout="constrained")
    axes = figure.add_subplot()
    here = atoms.frame(frame)
    layout = atoms._axes
    image = atoms.image if layout.frames is None else _one(atoms, layout.frames, frame)
    rows, columns = atoms._image_dimensions
    extent = (*_edges(columns.values), *_edges(rows.values)[::-1])
    axes.imshow(np.asarray(image), extent=extent, cmap="gray")
    at = here.coordinates
    axes.plot(at[here.good, 1], at[here.good, 0], "o", ms=3, mfc="none", mec="tab:orange")
    if here.n_failed and np.isfinite(at[~here.good]).any():
        axes.plot(at[~here.good, 1], at[~here.good, 0], "x", ms=4, color="tab:red")
    axes.set(
        xlabel=f"{columns.name} ({columns.units})",
        ylabel=f"{rows.name} ({rows.units})",
        title=repr(here),
    )
    axes.set_xlim(extent[:2])
    axes.set_ylim(extent[2:])
    return figure


def _one(atoms: AtomPositions, axis: int, frame: int) -> object:
    index: list[object] = [slice(None)] * 3
    index[axis] = frame
    return atoms.image[tuple(index)]


def _edges(values: np.ndarray) -> tuple[float, float]:
    """Outer edges of the first and last pixel."""
    half = (values[-1] - values[0]) / (2 * max(len(values) - 1, 1)) or 0.5
    return float(values[0] - half), float(values[-1] + half)
