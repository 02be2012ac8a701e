"""Spectral images: a map beside the spectra of its pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sidpy.viz.sampling import compute, mean_over, thinned

from .curve import draw_band, draw_curve, label_values, parts
from .image import ImageView, draw_image

if TYPE_CHECKING:
    from numpy.typing import NDArray


__all__ = ["SpectralView"]


class SpectralView(ImageView):
    """A map of the mean over the spectra, and the spectrum of one pixel beside the mean.

    A click on the map chooses the pixel.  ``x`` and ``y`` are its column and row,
    ``rect`` the frame around it; the first line of ``axes[1]`` is its spectrum, the last
    one the mean of all.  Complex data have a third plot for the phase.
    """

    size: ClassVar[tuple[float, float]] = (10.0, 4.4)

    def draw(self) -> None:
        """Draw the map and the spectra."""
        layout = self.layout
        order = (layout.rows, layout.columns, layout.members, layout.abscissa)
        self.cube, steps = thinned(self.arranged(*order), [0, 1], 1024)
        spread = self.variance(*order)
        self.spread: Any = None if spread is None else thinned(spread, [0, 1], 1024)[0]
        self.calibrate(steps)
        self.abscissa = self.scale(layout.abscissa)
        self.y, self.x = (n // 2 for n in self.cube.shape[:2])
        self.panes(3 if self.is_complex else 2)
        self.draw_map()
        self.draw_spectra()
        self.title(self.fig.suptitle)
        self.connect("button_release_event", self.on_click)

    @property
    def is_complex(self) -> bool:
        """Whether the data are complex: then magnitude and phase are drawn."""
        return bool(np.issubdtype(self.cube.dtype, np.complexfloating))

    def draw_map(self) -> None:
        """Draw the mean over all energies, of the magnitude for complex data."""
        from matplotlib.patches import Rectangle

        cube = abs(self.cube) if self.is_complex else self.cube
        values, every = mean_over(cube, range(2, cube.ndim))
        if every > 1:
            self.note(f"map from one in {every} values of each spectrum")
        ax = self.axes[0]
        self.img = draw_image(ax, values, self.rows, self.columns, **self.style)
        self.draw_colorbar(ax, self.img)
        ax.set_title("mean of the spectra", fontsize="medium")
        self.rect = Rectangle((0, 0), 1, 1, fill=False, ec="C3", lw=1.5)
        ax.add_patch(self.rect)
        self.place_rect()
        if self.options["scale_bar"]:
            from sidpy.viz.scales import draw_scale_bar

            draw_scale_bar(ax, self.columns)

    def place_rect(self) -> None:
        """Frame the chosen pixel."""
        left, right = self.columns.edges[self.x : self.x + 2]
        top, bottom = self.rows.edges[self.y : self.y + 2]
        self.rect.set_bounds(left, top, right - left, bottom - top)

    def draw_spectra(self) -> None:
        """Draw the spectrum of the chosen pixel and the mean of all."""
        mean, every = mean_over(self.cube, (0, 1))
        share = f" (one pixel in {every})" if every > 1 else ""
        self.mean, self.mean_label = np.atleast_2d(mean), f"mean of all pixels{share}"
        self.update_spectra()

    def get_spectrum(self) -> NDArray[Any]:
        """Return the spectrum of the chosen pixel, one row per channel."""
        return np.atleast_2d(compute(self.cube[self.y, self.x]))

    def update_spectra(self) -> None:
        """Draw the plots beside the map anew."""
        for axes in self.axes[1:]:
            axes.clear()
        place = f"{self.columns.at(self.x)}, {self.rows.at(self.y)}"
        groups = (
            (self.get_spectrum(), "C3", f"pixel at {place}", 1.2),
            (self.mean, "C0", self.mean_label, 1.6),
        )
        for number, (spectra, colour, label, width) in enumerate(groups):
            for channel, spectrum in enumerate(spectra):
                style = {"color": colour, "lw": width, "alpha": 1.0 if channel == 0 else 0.5}
                style["label"] = label if channel == 0 else None
                for axes, (_, values) in zip(self.axes[1:], parts(spectrum), strict=True):
                    draw_curve(axes, self.abscissa, values, **style)
                if number == 0 and self.spread is not None and not self.is_complex:
                    self.draw_error(spectrum, channel)
        self.label_spectra()

    def draw_error(self, spectrum: NDArray[Any], channel: int) -> None:
        """Shade the standard deviation of the chosen spectrum."""
        variance = np.atleast_2d(compute(self.spread[self.y, self.x]))[channel]
        draw_band(self.axes[1], self.abscissa, spectrum, variance)

    def label_spectra(self) -> None:
        """Label the plots beside the map."""
        quantity = self.value_label.removesuffix(f" ({self.dataset.units})")
        first = self.axes[1]
        drawn = np.concatenate([line.get_ydata() for line in first.lines])
        label_values(first, drawn, quantity, self.dataset.units)
        first.legend(fontsize="small")
        for axes in self.axes[1:]:
            axes.margins(x=0)
        if self.is_complex:
            first.set_title("magnitude", fontsize="medium")
            self.axes[2].set_title("phase", fontsize="medium")
            self.axes[2].set_ylabel("phase (rad)")

    def select(self, row: int, column: int) -> None:
        """Choose a pixel by its place in the map."""
        self.y, self.x = row, column
        self.place_rect()
        self.update_spectra()
        self.redraw()

    def on_click(self, event: Any) -> None:
        """Choose the pixel that was clicked."""
        if event.inaxes is self.axes[0]:
            self.select(self.rows.index_of(event.ydata), self.columns.index_of(event.xdata))
