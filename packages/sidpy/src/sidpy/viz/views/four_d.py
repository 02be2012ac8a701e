"""Four dimensions: a map of the scan beside the pattern of one position or of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sidpy.viz.sampling import compute, mean_over, thinned

from .image import ImageView, draw_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FourDView"]


class FourDView(ImageView):
    """A map of the mean intensity and the mean pattern; a click shows that position's.

    ``x`` and ``y`` are the chosen column and row of the scan, None for the mean of all.
    Patterns are drawn with the exponent `gamma` (1/2, so that weak discs show).
    """

    size: ClassVar[tuple[float, float]] = (10.0, 4.6)

    def draw(self) -> None:
        """Draw the map and the mean pattern."""
        layout = self.layout
        order = (layout.rows, layout.columns, layout.rows2, layout.columns2)
        lazy, steps = thinned(self.arranged(*order), range(4), 1024)
        self.data = abs(lazy) if np.issubdtype(lazy.dtype, np.complexfloating) else lazy
        if self.data is not lazy:
            self.note("magnitude of complex data")
        self.calibrate(steps)
        self.rows2 = self.scale(layout.rows2, steps[2], like=layout.columns2)
        self.columns2 = self.scale(layout.columns2, steps[3], like=layout.rows2)
        self.x: int | None = None
        self.y: int | None = None
        self.panes(2)
        self.draw_map()
        self.draw_pattern()
        self.title(self.fig.suptitle)
        self.connect("button_release_event", self.on_click)

    def draw_map(self) -> None:
        """Draw the mean of each pattern at its place in the scan."""
        values, every = mean_over(self.data, (2, 3))
        if every > 1:
            self.note(f"map from one detector pixel in {every}")
        ax = self.axes[0]
        self.img = draw_image(ax, values, self.rows, self.columns, **self.style)
        self.draw_colorbar(ax, self.img)
        ax.set_title("mean of each pattern", fontsize="medium")
        (self.marker,) = ax.plot([], [], "s", mfc="none", mec="C3", mew=1.5)
        if self.options["scale_bar"]:
            from sidpy.viz.scales import draw_scale_bar

            draw_scale_bar(ax, self.columns)

    def draw_pattern(self) -> None:
        """Draw the mean pattern."""
        from matplotlib.colors import PowerNorm

        values, every = mean_over(self.data, (0, 1))
        ax = self.axes[1]
        norm = PowerNorm(self.gamma) if self.gamma != 1 else None
        self.pattern = draw_image(ax, values, self.rows2, self.columns2, norm=norm)
        self.draw_colorbar(ax, self.pattern)
        share = f" (one position in {every})" if every > 1 else ""
        ax.set_title(f"mean pattern{share}", fontsize="medium")

    @property
    def gamma(self) -> float:
        """Exponent of the grey scale of the patterns; negative values allow none but 1."""
        if self.options["gamma"] is not None:
            return float(self.options["gamma"])
        reciprocal = self.dataset._axes[self.layout.rows2].dimension_type.name == "RECIPROCAL"
        return 0.5 if reciprocal else 1.0

    def get_image_4d(self) -> NDArray[Any]:
        """Return the pattern of the chosen position, or the mean of all."""
        if self.x is None or self.y is None:
            return mean_over(self.data, (0, 1))[0]
        return compute(self.data[self.y, self.x])

    def select(self, row: int, column: int) -> None:
        """Choose a position by its place in the scan."""
        self.y, self.x = row, column
        self.marker.set_data([self.columns.values[column]], [self.rows.values[row]])
        self.pattern.set_array(self.get_image_4d())
        self.pattern.autoscale()
        place = f"{self.columns.at(column)}, {self.rows.at(row)}"
        self.axes[1].set_title(f"pattern at {place}", fontsize="medium", parse_math=False)
        self.redraw()

    def on_click(self, event: Any) -> None:
        """Choose the position that was clicked."""
        if event.inaxes is self.axes[0]:
            self.select(self.rows.index_of(event.ydata), self.columns.index_of(event.xdata))
