"""Maps of which one place is chosen: its column, its row, and how many pixels it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.errors import LabelValueError
from sidpy.viz.scales import Scale, draw_scale_bar

from .image import ImageVisualizer, draw_image

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["MapView"]

#: What the map is measured in.
PIXELS, UNITS = 1, 2

#: Pixels along one side of a map that are drawn.
MAP_PIXELS = 1024


class MapView(ImageVisualizer):
    """A map beside what belongs to one of its places; a click chooses the place.

    ``x`` and ``y`` are the column and the row of the chosen pixel, ``bin_x`` and ``bin_y``
    how many pixels are averaged from there on, ``rect`` the frame around them, ``button``
    the choice between pixels (1) and units (2) along the map.
    """

    def start(self, steps: list[int]) -> None:
        """Take the scales and the first place: the middle, or the corner as released."""
        layout, self.steps = self.layout, steps
        self.bin_x = self.bin_y = 1
        self.x, self.y = (0, 0) if self.named else (n // 2 for n in self.map_size())
        self.analysis: list[Any] = []
        self.plot_legend = not self.named
        self.horizontal = self.options["horizontal"]
        pixels = self.options["pixels"]
        if pixels is None:
            pixels = self.named and not self.options["scale_bar"]
        self.measure = PIXELS if pixels else UNITS
        self.image_dims = [axis for axis in (layout.columns, layout.rows) if axis is not None]
        if max(steps) > 1:
            self.note(f"one pixel in {max(steps)} shown")
        self.measure_map()

    def map_axes(self) -> tuple[int | None, int | None]:
        """Return the axes of the dataset that run right and down over the map."""
        return self.layout.columns, self.layout.rows

    def map_size(self) -> tuple[int, int]:
        """Return how many columns and rows can be chosen from."""
        shape = self.dataset.shape
        columns, rows = self.layout.columns, self.layout.rows
        return 1 if columns is None else shape[columns], shape[rows]

    def measure_map(self) -> None:
        """Take scales in pixels or in units, of what is drawn and of every pixel."""
        right, down = self.map_axes()
        axes = self.dataset._axes
        if self.measure == PIXELS:
            self.rows, self.columns = (
                Scale.counting(axes[axis], step)
                for axis, step in zip((down, right), self.steps, strict=True)
            )
            self.every_row, self.every_column = (
                Scale.counting(axes[down]),
                Scale.counting(axes[right]),
            )
            return
        self.rows = self.scale(down, self.steps[0], like=right)
        self.columns = self.scale(right, self.steps[1], like=down)
        self.every_row, self.every_column = self.scale(down), self.scale(right)

    # -- the map -----------------------------------------------------------------------

    def draw_map(self, values: NDArray[Any], title: str) -> None:
        """Draw the map and the frame around the chosen pixel."""
        from matplotlib.patches import Rectangle

        ax = self.axes[0]
        self.map_values = values
        self.img = draw_image(ax, values, self.rows, self.columns, **self.style)
        self.draw_colorbar(ax, self.img)
        if not self.named:
            ax.set_title(title, fontsize="medium")
        self.rect = Rectangle((0, 0), 1, 1, fill=False, ec="C3", lw=1.5)
        ax.add_patch(self.rect)
        self.place_rect()
        self.bar: list[Any] = []
        self.draw_bar()
        self.connect("button_release_event", self.on_click)

    def change_map(self, values: NDArray[Any]) -> None:
        """Show other values in the map."""
        self.map_values = values
        self.img.set_array(np.ma.masked_invalid(values))
        if not {"vmin", "vmax", "norm"} & set(self.style):
            self.img.autoscale()
        self.redraw()

    def choose_units(self, change: Any) -> None:
        """Draw the map in pixels or in units."""
        self.measure = change["new"]
        self.measure_map()
        ax, old = self.axes[0], self.img
        limits, bar = old.get_clim(), old.colorbar
        self.img = draw_image(ax, self.map_values, self.rows, self.columns, **self.style)
        self.img.set_clim(*limits)
        if bar is not None:
            self.img.colorbar = bar
            self.img.callbacks.connect("changed", bar.update_normal)
            bar.update_normal(self.img)
        old.remove()
        ax.set(xlim=self.columns.ends, ylim=self.rows.ends[::-1])
        self.place_rect()
        self.draw_bar()
        self.redraw()

    def draw_bar(self) -> None:
        """Draw the scale bar anew, when there is one."""
        for artist in self.bar:
            artist.remove()
        self.bar = draw_scale_bar(self.axes[0], self.columns) if self.options["scale_bar"] else []

    def place_rect(self) -> None:
        """Frame the chosen pixels."""
        columns, rows = self.every_column.edges, self.every_row.edges
        left, right = columns[self.x], columns[self.x + self.bin_x]
        top, bottom = rows[self.y], rows[self.y + self.bin_y]
        self.rect.set_bounds(left, top, right - left, bottom - top)

    # -- the chosen place --------------------------------------------------------------

    def set_bin(self, bin_xy: int | list[int]) -> None:
        """Average over so many pixels in both directions, or in each of two.

        Raises
        ------
        LabelValueError
            A ValueError, for less than one pixel or more than there are.
        """
        wanted = np.ravel(bin_xy)
        if wanted.size not in (1, 2) or not np.issubdtype(wanted.dtype, np.integer):
            msg = f"a bin is one whole number or two, for x and y; found {bin_xy!r}"
            raise LabelValueError(msg)
        if wanted.min() < 1:
            msg = f"a bin has at least one pixel, found {bin_xy!r}"
            raise LabelValueError(msg)
        sizes = self.map_size()
        self.bin_x, self.bin_y = (
            min(int(n), size) for n, size in zip(np.broadcast_to(wanted, 2), sizes, strict=True)
        )
        self.select(self.y, self.x)

    def get_xy(self) -> list[int]:
        """Return the column and the row of the chosen pixel."""
        return [self.x, self.y]

    def set_legend(self, set_legend: bool) -> None:  # noqa: FBT001 - the released package's signature
        """Show or hide the legend beside the curves."""
        self.plot_legend = bool(set_legend)
        self.update_selection()
        self.redraw()

    def select(self, row: int, column: int) -> None:
        """Choose a pixel by its place in the map."""
        columns, rows = self.map_size()
        self.x = min(max(int(column), 0), columns - self.bin_x)
        self.y = min(max(int(row), 0), rows - self.bin_y)
        self.place_rect()
        self.update_selection()
        self.redraw()
        self.moved()

    def update_selection(self) -> None:
        """Draw what belongs to the chosen place; each view has its own."""
        raise NotImplementedError

    def chosen(self) -> Any:
        """Return the part of the dataset at the chosen place, averaged over the bin."""
        picked: dict[int, Any] = {}
        for axis, first, size in (
            (self.layout.columns, self.x, self.bin_x), (self.layout.rows, self.y, self.bin_y),
        ):  # fmt: skip
            if axis is not None:
                picked[axis] = first if size == 1 else slice(first, first + size)
        indices = self.indices(picked)
        part = self.dataset[indices]
        left = [axis for axis, index in enumerate(indices) if isinstance(index, slice)]
        several = tuple(left.index(axis) for axis in picked if axis in left)
        return part.mean(axis=several) if several else part

    def on_click(self, event: Any) -> None:
        """Choose the bin that was clicked."""
        if self.is_clicked(event, self.axes[0]):
            row = self.every_row.index_of(event.ydata) // self.bin_y * self.bin_y
            column = self.every_column.index_of(event.xdata) // self.bin_x * self.bin_x
            self.select(row, column)

    _onclick = on_click

    @property
    def place(self) -> dict[str, float]:
        """The values of both dimensions at the chosen pixel."""
        axes = self.dataset._axes
        pairs = ((self.layout.columns, self.x), (self.layout.rows, self.y))
        return {axes[axis].name: float(axes[axis][i]) for axis, i in pairs if axis is not None}

    def go_to(self, place: Mapping[str, float]) -> None:
        """Choose the pixel nearest to a place."""
        row, column = self.y, self.x
        axes = self.dataset._axes
        for axis in self.image_dims:
            if axes[axis].name in place:
                nearest = self.scale(axis).index_of(place[axes[axis].name])
                row, column = (nearest, column) if axis == self.layout.rows else (row, nearest)
        if (row, column) != (self.y, self.x):
            self.select(row, column)

    def place_text(self) -> str:
        """Write where the chosen pixel is."""
        axes = self.image_dims
        numbers = {self.layout.columns: self.x, self.layout.rows: self.y}
        return ", ".join(self.scale(axis).at(numbers[axis]) for axis in axes)
