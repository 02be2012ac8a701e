"""Points on an image, coloured by what is known of them; a click tells all about one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pycroscopy._inputs import as_dataset
from pycroscopy.viz.fits import write_in
from pycroscopy.viz.maps import Colours
from pycroscopy.viz.points import show_under, values_at_points
from pycroscopy.viz.vectors import add_wheel, vector_colours
from sidpy.viz.layout import Layout
from sidpy.viz.scales import label_text, set_label

from .kit import WithKit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

__all__ = ["PointsView"]


class PointsView(WithKit):
    """Atoms, strain or displacements on their image; a click tells all about a point.

    Parameters
    ----------
    points : AtomPositions, or Dataset of shape (points, columns)
        Such as `refine_atoms`, `atom_strain` and `polarization` make.
    image : Dataset, optional
        What is under the points; the image of the atoms by default.
    labels : ndarray of int, shape (points,), optional
        Number of the sublattice of each point, as `sublattices` gives.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    kit : module, optional
        Whose controls are made; by default ipywidgets in a notebook, else those of sidpy.
    **options
        As for the views of `sidpy.viz`.

    Raises
    ------
    TypeError
        When it is no table of points.
    ValueError
        When there is no image, or not one label for each point.
    """

    size: ClassVar[tuple[float, float]] = (11.0, 6.0)

    def __init__(
        self,
        points: Any,
        image: Any = None,
        labels: NDArray[Any] | None = None,
        figure: Figure | None = None,
        *,
        kit: Any = None,
        **options: Any,
    ) -> None:
        from pycroscopy.image.point_tables import columns_of

        if hasattr(points, "to_dataset"):
            image = points.image if image is None else image
            points = points.to_dataset()
        self.table, self.kit = points, kit
        self.columns: Mapping[str, NDArray[Any]] = columns_of(points)
        if image is None:
            msg = f"points of {points.title!r} are drawn on an image: give it as image"
            raise ValueError(msg)
        if labels is not None:
            if np.shape(labels) != (len(points),):
                msg = f"labels have shape {np.shape(labels)}; expected ({len(points)},)"
                raise ValueError(msg)
            self.columns = {"sublattice": np.asarray(labels, np.float64), **self.columns}
        arrows = {"displacement_rows", "displacement_columns"} <= self.columns.keys()
        self.has_arrows = arrows
        known = [name for name in self.columns if name not in ("row", "column", "frame")]
        known.sort(key=lambda name: name.endswith("_error") or name == "status")
        self.names = (["arrows"] if arrows else []) + (known or ["row"])
        self.column = self.names[0]
        super().__init__(as_dataset(image), figure, layout=Layout("image", rows=0, columns=1),
                         **options)  # fmt: skip

    def __repr__(self) -> str:
        return f"PointsView of {self.table.title!r}, {len(self.table)} points"

    # -- drawing -----------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the image, the points in colour, and room for words."""
        self.axes = list(self.fig.subplots(1, 2, width_ratios=(5, 2)))
        show_under(self.axes[0], self.dataset)
        self.places, _, _ = values_at_points(self.table, "row")
        self.words = write_in(self.axes[1], "Click on a point.")
        self.bar: Any = None
        self.artists: list[Any] = []
        style = {"mfc": "none", "mec": "C3", "ms": 14, "mew": 1.8, "ls": ""}
        (self.mark,) = self.axes[0].plot([], [], "o", zorder=5, **style)
        self.title(self.fig.suptitle, self.table.title)
        self.show_column()
        self.connect("button_release_event", self.on_click)
        if len(self.names) > 1:
            self.choice = self.control(
                "Dropdown", lambda change: self.choose(change["new"]), options=self.names,
                value=self.column, description="Colour",
            )  # fmt: skip

    def show_column(self) -> None:
        """Draw the points in the colours of the chosen column, or displacements as arrows."""
        if self.bar is not None:  # before what it belongs to
            self.bar.remove()
            self.bar = None
        for artist in self.artists:
            artist.remove()
        self.artists = self._arrows() if self.column == "arrows" else self._dots()
        self.redraw()

    def _dots(self) -> list[Any]:
        axes, values = self.axes[0], self.columns[self.column]
        known = np.isfinite(values)
        signed = False if self.column in ("sublattice", "status") else None
        colours = Colours.of(values, signed=signed)
        cmap = "tab10" if self.column == "sublattice" else colours.cmap
        style = {"s": 26, "edgecolors": "white", "linewidths": 0.4, "zorder": 3}
        dots = axes.scatter(*self.places[known].T, c=values[known], cmap=cmap, **style)
        limits = (-0.5, 9.5) if self.column == "sublattice" else (colours.low, colours.high)
        dots.set_clim(*limits)
        self.bar = self.fig.colorbar(dots, ax=axes, fraction=0.05)
        set_label(self.bar.set_label, label_text(self.column.replace("_", " "), self.units()))
        (rest,) = axes.plot(*self.places[~known].T, "x", ms=4, color="0.6")
        return [dots, rest]

    def _arrows(self) -> list[Any]:
        axes = self.axes[0]
        down, right = (self.columns[f"displacement_{name}"] for name in ("rows", "columns"))
        known = np.isfinite(down + right)
        length = np.hypot(down, right)[known]
        long = float(np.quantile(length, 0.95)) if length.size else 0.0
        arrows = axes.quiver(
            *self.places[known].T, right[known], down[known], angles="xy", pivot="mid", zorder=3,
            color=vector_colours(down[known], right[known], long or 1.0), width=0.005,
        )  # fmt: skip
        return [arrows, add_wheel(axes)]

    def units(self, column: str | None = None) -> str:
        """Return the units of a column; those of the chosen one by default."""
        name = self.column if column is None else column
        if name not in self.columns or name == "sublattice":
            return ""
        return values_at_points(self.table, name)[2]

    # -- choices -----------------------------------------------------------------------

    def choose(self, column: str) -> None:
        """Colour the points by another column.

        Parameters
        ----------
        column : str
            One of `names`; ``"arrows"`` where there are displacements.

        Raises
        ------
        ValueError
            When there is no such column.
        """
        if column not in self.names:
            msg = f"there is no column {column!r}; there are {self.names}"
            raise ValueError(msg)
        if column == self.column:
            return
        self.column = column
        self.show_column()
        if self.choice.value != column:
            self.choice.value = column

    def on_click(self, event: Any) -> None:
        """Choose the point nearest to a click."""
        if self.is_clicked(event, self.axes[0]):
            self.select(self.nearest(float(event.xdata), float(event.ydata)))

    def nearest(self, across: float, down: float) -> int:
        """Return the number of the point nearest to a place, in the units of the image."""
        distance = np.hypot(*(self.places - [across, down]).T)
        return int(np.where(np.isfinite(distance), distance, np.inf).argmin())

    def select(self, number: int) -> None:
        """Mark a point and tell all about it.

        Parameters
        ----------
        number : int
            Of the point, in the order of the table.
        """
        self.selected = number
        self.mark.set_data(*self.places[number][:, None])
        lines = [f"point {number}", ""]
        for name, values in self.columns.items():
            words = f"{values[number]:.5g} {self.units(name)}".strip()
            lines.append(f"{name.replace('_', ' ')} = {words}")
        self.words.set_text("\n".join(lines))
        self.redraw()
        self.moved()

    @property
    def place(self) -> dict[str, float]:
        """The place of the chosen point, by the names of the image axes."""
        if not hasattr(self, "selected"):
            return {}
        down, right = self.dataset._axes[0].name, self.dataset._axes[1].name
        across, along = self.places[self.selected]
        return {right: float(across), down: float(along)}

    def go_to(self, place: Mapping[str, float]) -> None:
        """Choose the point nearest to a place."""
        down, right = self.dataset._axes[0].name, self.dataset._axes[1].name
        if down in place and right in place:
            number = self.nearest(place[right], place[down])
            if number != getattr(self, "selected", None):
                self.select(number)

    def shown(self) -> sidpy.Dataset:
        """Return the table of the points."""
        return self.table
