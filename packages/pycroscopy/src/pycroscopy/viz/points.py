"""Points on images: atoms, what is known of each, displacements, neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.viz.scales import label_text, said

from .maps import Colours, show_image
from .panels import figure_of
from .vectors import add_wheel, vector_colours

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy
    from pycroscopy.image.neighbours import NeighbourGraph
    from pycroscopy.image.positions import AtomPositions

__all__ = [
    "draw_atoms", "draw_displacements", "draw_edges", "draw_point_values", "draw_sublattices",
    "show_under", "values_at_points",
]  # fmt: skip


def show_under(axes: Axes, image: sidpy.Dataset, frame: int = 0) -> Any:
    """Show an image in grey, for points to be drawn on, in the units of its axes.

    Parameters
    ----------
    axes : Axes
        Where.
    image : Dataset
        An image, or a stack.
    frame : int
        Image of a stack.

    Raises
    ------
    IndexError
        When the stack has no such frame.
    """
    from pycroscopy.image.positions import image_axes

    layout = image_axes(image)
    index: list[Any] = [slice(None)] * image.ndim
    if layout.frames is not None:
        count = image.shape[layout.frames]
        if not -count <= frame < count:
            msg = f"there is no frame {frame} of {image.title!r}, which has {count}"
            raise IndexError(msg)
        index[layout.frames] = frame
    values = np.asarray(image[tuple(index)], np.float64)
    colours = Colours.of(values, signed=False, cmap="gray")
    dimensions = (image._axes[layout.rows], image._axes[layout.columns])
    shown = show_image(axes, values, dimensions, cmap=colours.cmap)
    shown.set_clim(colours.low, colours.high)
    axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim(), autoscale_on=False)
    return shown


def draw_atoms(atoms: AtomPositions, frame: int = 0, figure: Figure | None = None) -> Figure:
    """Draw atoms on their image, and what failed in another colour.

    Parameters
    ----------
    atoms : AtomPositions
        What to draw.
    frame : int
        Image of a stack.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    """
    figure = figure_of(figure, (7.0, 6.0))
    axes = figure.add_subplot()
    show_under(axes, atoms.image, frame)
    here = atoms.frame(frame)
    at = here.coordinates
    axes.plot(at[here.good, 1], at[here.good, 0], "o", ms=3, mfc="none", mec="tab:orange")
    if here.n_failed and np.isfinite(at[~here.good]).any():
        axes.plot(at[~here.good, 1], at[~here.good, 0], "x", ms=4, color="tab:red")
    axes.set_title(repr(here), fontsize="medium", parse_math=False)
    return figure


def values_at_points(table: sidpy.Dataset, column: str) -> tuple[NDArray[Any], NDArray[Any], str]:
    """Return places, values and units of one column of a table of points.

    Parameters
    ----------
    table : Dataset of shape (points, columns)
        As `atom_strain`, `polarization` and `AtomPositions.to_dataset` make.
    column : str
        Name of the column.

    Returns
    -------
    places : ndarray of shape (points, 2)
        Across and down, in the units of the image.
    values : ndarray of shape (points,)
    units : str
        Empty when nobody said.

    Raises
    ------
    TypeError
        When it is no table of points.
    ValueError
        When there is no such column.
    """
    from pycroscopy.image.point_tables import columns_of

    columns = columns_of(table)
    if column not in columns:
        msg = f"column is {column!r}; it can be one of {[*columns]}"
        raise ValueError(msg)
    about = table.metadata.get("points", {})
    units = dict(zip(about.get("columns", ()), about.get("units", ()), strict=True))
    found = units.get(column, "")
    return (
        np.asarray(table.point_cloud["coordinates"], np.float64),
        columns[column],
        "" if found == "1" else found,
    )


def draw_point_values(
    table: sidpy.Dataset,
    column: str,
    image: sidpy.Dataset | None = None,
    figure: Figure | None = None,
) -> Figure:
    """Draw a column of a table of points in colours where the points are.

    Parameters
    ----------
    table : Dataset of shape (points, columns)
        As `atom_strain`, `polarization` and `AtomPositions.to_dataset` make.
    column : str
        Such as ``"rows"``, a strain.
    image : Dataset, optional
        What is shown under the points.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.

    Raises
    ------
    TypeError, ValueError
        When it is no table of points, or has no such column.
    """
    places, values, units = values_at_points(table, column)
    figure = figure_of(figure, (7.0, 5.6))
    axes = figure.add_subplot()
    _lay_ground(axes, table, image)
    colours = Colours.of(values)
    known = np.isfinite(values)
    axes.plot(*places[~known].T, ".", ms=3, color="0.6")
    dots = axes.scatter(*places[known].T, c=values[known], s=22, cmap=colours.cmap, lw=0)
    dots.set_clim(colours.low, colours.high)
    figure.colorbar(dots, ax=axes, label=label_text(column.replace("_", " "), units))
    axes.set_title(table.title, parse_math=False)
    return figure


def draw_displacements(
    table: sidpy.Dataset, image: sidpy.Dataset | None = None, figure: Figure | None = None
) -> Figure:
    """Draw the displacements of a table of `polarization` as arrows, by colour and direction.

    Parameters
    ----------
    table : Dataset of shape (points, columns)
        With ``displacement_rows`` and ``displacement_columns``.
    image : Dataset, optional
        What is shown under the arrows.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.

    Raises
    ------
    TypeError, ValueError
        When it is no such table.
    """
    places, down, units = values_at_points(table, "displacement_rows")
    _, right, _ = values_at_points(table, "displacement_columns")
    figure = figure_of(figure, (7.0, 6.0))
    axes = figure.add_subplot()
    _lay_ground(axes, table, image)
    known = np.isfinite(down + right)
    length = np.hypot(down, right)[known]
    # outliers would shrink all other arrows to points
    long = float(np.quantile(length, 0.95)) if length.size else 0.0
    colours = vector_colours(down[known], right[known], long or 1.0)
    arrows = axes.quiver(
        *places[known].T, right[known], down[known],
        color=colours, angles="xy", pivot="mid", width=0.004, edgecolor="white", linewidth=0.3,
    )  # fmt: skip
    if long > 0:
        words = f"{long:.2g} {said(units)}".strip()
        axes.quiverkey(arrows, 0.1, 1.03, long, words, labelpos="E", coordinates="axes")
    add_wheel(axes)
    axes.set_title(table.title, parse_math=False)
    return figure


def _lay_ground(axes: Axes, table: sidpy.Dataset, image: sidpy.Dataset | None) -> None:
    """Show the image under points, or an empty ground with axes in the same units."""
    if image is not None:
        show_under(axes, image)
        return
    unit = str(table.point_cloud.get("spacial_units", "px"))
    names = table.metadata.get("atoms", {}).get("coordinates", ("x", "y"))
    axes.set(xlabel=label_text(names[0], unit), ylabel=label_text(names[1], unit))
    axes.set_aspect("equal")
    axes.invert_yaxis()


def draw_sublattices(
    atoms: AtomPositions, labels: NDArray[Any], figure: Figure | None = None
) -> Figure:
    """Draw atoms on their image, one colour for each sublattice.

    Parameters
    ----------
    atoms : AtomPositions
        What to draw.
    labels : ndarray of int, shape (atoms,)
        As `sublattices` gives: -1 for atoms in none.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.

    Raises
    ------
    ValueError
        When there is not one label for each atom.
    """
    numbers = np.asarray(labels)
    if numbers.shape != (len(atoms),):
        msg = f"labels have shape {numbers.shape}; expected ({len(atoms)},), one for each atom"
        raise ValueError(msg)
    figure = figure_of(figure, (7.0, 6.0))
    axes = figure.add_subplot()
    show_under(axes, atoms.image)
    at = atoms.coordinates
    for number in np.unique(numbers):
        here = numbers == number
        style = {"color": "0.7"} if number < 0 else {"color": f"C{number}"}
        name = "none" if number < 0 else f"sublattice {number}"
        axes.plot(at[here, 1], at[here, 0], "o", ms=4, label=f"{name} ({here.sum()})", **style)
    axes.legend(fontsize="small", loc="upper right")
    axes.set_title(atoms.image.title, parse_math=False)
    return figure


def draw_edges(graph: NeighbourGraph, figure: Figure | None = None) -> Figure:
    """Draw the edges between neighbours, coloured by their length.

    Parameters
    ----------
    graph : NeighbourGraph
        What to draw.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    """
    from matplotlib.collections import LineCollection

    figure = figure_of(figure, (7.0, 6.0))
    axes = figure.add_subplot()
    lines = LineCollection(list(graph.positions[graph.edges][:, :, ::-1]))
    lines.set_array(graph.lengths)
    axes.add_collection(lines)
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.invert_yaxis()
    axes.set(xlabel="column (px)", ylabel="row (px)", title=f"{len(graph.edges)} neighbours")
    figure.colorbar(lines, ax=axes, label="length (px)")
    return figure
