"""Spectral images: a map beside the spectra of its pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sidpy.errors import LabelValueError
from sidpy.viz.controls import is_live
from sidpy.viz.layout import Layout, right_and_down
from sidpy.viz.sampling import compute, mean_over, thinned

from .curve import draw_band, draw_curve, fit_ordinate, label_values, parts
from .map import MAP_PIXELS, MapView

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "ComplexSpectralImageVisualizer", "SpectralImageVisualizer", "SpectralImageVisualizerBase",
]  # fmt: skip

_SPATIAL = ("SPATIAL", "RECIPROCAL")


class SpectralImageVisualizerBase(MapView):
    """A map of the mean over the spectra, and the spectrum of one pixel beside the mean.

    A click on the map chooses the pixel.  The first line of ``axes[1]`` is its spectrum,
    the last one the mean of all.  A line scan has an image of all spectra for a map.

    Parameters
    ----------
    dset : Dataset
        Made by name, the class needs two axes in space (one for a line scan), one spectral
        axis at most and one of channels at most.
    figure, horizontal, **kwargs
        As for `View`; foreign keywords go to ``imshow``.
    """

    size: ClassVar[tuple[float, float]] = (10.0, 4.4)

    def __init__(
        self,
        dset: Any,
        figure: Any = None,
        horizontal: bool = True,  # noqa: FBT001, FBT002 - the released signature
        **kwargs: Any,
    ) -> None:
        super().__init__(dset, figure, horizontal=horizontal, **kwargs)

    # -- which axis is what ------------------------------------------------------------

    def own_layout(self) -> Layout:
        """Find two axes in space, a spectral one and possibly channels."""
        dataset = self.dataset
        kinds = {i: axis.dimension_type.name for i, axis in dataset._axes.items()}
        space = [i for i, kind in kinds.items() if kind in _SPATIAL]
        spectral = [i for i, kind in kinds.items() if kind == "SPECTRAL"]
        channels = [i for i, kind in kinds.items() if kind == "CHANNEL"]
        spectral = spectral or [i for i in kinds if i not in (*space, *channels)]
        counts = (len(space), len(spectral), len(channels))
        if counts not in ((2, 1, 0), (2, 1, 1), (1, 1, 0)):
            self.refuse(
                "two spatial axes (one for a line scan), one spectral axis and at most one of "
                "channels"
            )
        rows, columns = (
            right_and_down(dataset._axes, *space) if len(space) == 2 else (*space, None)
        )
        members = channels[0] if channels else None
        return Layout(
            "spectral", rows=rows, columns=columns, abscissa=spectral[0], members=members
        )

    def verify_dataset(self) -> bool:
        """Tell that the dataset fits, as it must when the view exists."""
        return self.layout.abscissa is not None

    def set_dataset(self) -> None:
        """Take the axes that matter from the dataset."""
        layout = self.layout
        self.line_scan = layout.columns is None
        self.energy_axis, self.channel_axis = layout.abscissa, layout.members
        self.abscissa = self.scale(layout.abscissa)
        self.energy_scale = self.abscissa.values
        order = (layout.rows, layout.columns, layout.members, layout.abscissa)
        cube = self.arranged(*order)
        space = [0] if self.line_scan else [0, 1]
        self.cube, steps = thinned(cube, space, MAP_PIXELS)
        self.steps_of_map = [*steps, 1][:2]

    def map_axes(self) -> tuple[int | None, int | None]:
        """Return the axes of the map; over a line scan the spectral one runs right."""
        layout = self.layout
        return layout.abscissa if self.line_scan else layout.columns, layout.rows

    @property
    def is_complex(self) -> bool:
        """Whether the data are complex: then two parts are drawn."""
        return bool(np.issubdtype(self.cube.dtype, np.complexfloating))

    # -- drawing -----------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the map and the spectra."""
        self.window: tuple[float, float] | None = None
        self.set_dataset()
        self.start(self.steps_of_map)
        self.panes(3 if self.is_complex else 2)
        self.set_image()
        self.set_spectrum()
        self.title(self.fig.suptitle)
        self.make_controls()

    def set_image(self, **kwargs: Any) -> None:
        """Draw the map; keywords go to imshow."""
        self.style |= kwargs
        if hasattr(self, "img"):
            self.img.update(kwargs)
            self.change_map(self.image)
            return
        self.image = self.mean_map()
        self.draw_map(
            self.image, "spectra along the line" if self.line_scan else "mean of the spectra"
        )

    def mean_map(self) -> NDArray[Any]:
        """Return the mean over the window of the abscissa; of the magnitude for complex data."""
        cube = abs(self.cube) if self.is_complex else self.cube
        if self.line_scan:
            return compute(cube)
        if self.window is not None:
            first, last = sorted(self.abscissa.index_of(end) for end in self.window)
            cube = cube[..., first : last + 1]
        values, every = mean_over(cube, range(2, cube.ndim))
        if every > 1 and not hasattr(self, "img"):
            self.note(f"map from one in {every} values of each spectrum")
        return values

    def set_spectrum(self) -> None:
        """Draw the spectrum of the chosen pixel and, beside it, the mean of all."""
        space = (0,) if self.line_scan else (0, 1)
        self.lines: list[list[Any]] = []
        self.mean_lines: list[Any] = []
        self.bands: list[Any] = []
        self.read_spectrum()
        for ax in self.axes[1:]:
            self.lines.append([])
            for channel in range(len(self.values)):
                self.draw_line(ax, self.values[channel], channel, "C3", 1.2)
        if not self.named:
            mean, every = mean_over(self.cube, space)
            share = f" (one pixel in {every})" if every > 1 else ""
            self.draw_mean(np.atleast_2d(mean), f"mean of all pixels{share}")
        for ax in self.axes[1:]:
            ax.margins(x=0)
        self.update_bands()
        self.label_spectra()

    def draw_line(
        self, ax: Any, spectrum: NDArray[Any], channel: int, color: str, width: float
    ) -> None:
        """Draw the part of one spectrum that belongs into one of the plots."""
        number = self.axes.index(ax) - 1
        values = parts(spectrum, polar=self.polar)[number][1]
        style = {"color": color, "lw": width, "alpha": 1.0 if channel == 0 else 0.5}
        self.lines[number].append(draw_curve(ax, self.abscissa, values, **style))

    def draw_mean(self, mean: NDArray[Any], label: str) -> None:
        """Draw the mean of all spectra."""
        self.mean = mean
        for number, ax in enumerate(self.axes[1:]):
            for channel, spectrum in enumerate(mean):
                values = parts(spectrum, polar=self.polar)[number][1]
                style = {"color": "C0", "lw": 1.6, "alpha": 1.0 if channel == 0 else 0.5}
                line = draw_curve(ax, self.abscissa, values, **style)
                line.set_label(label if channel == 0 else None)
                self.mean_lines.append(line)

    def label_spectra(self) -> None:
        """Label the plots beside the map."""
        first = self.axes[1]
        first.set_title(f"spectrum {self.x}, {self.y}", fontsize="medium")
        self.lines[0][0].set_label(f"pixel at {self.place_text()}")
        names = [name for name, _ in parts(self.values[0], polar=self.polar)]
        for ax, name in zip(self.axes[1:], names, strict=True):
            if name.startswith("phase"):
                ax.set_ylabel(name)
                continue
            own = [*self.lines[self.axes.index(ax) - 1], *self.mean_lines]
            drawn = np.concatenate([line.get_ydata() for line in own if line.axes is ax])
            label = f"{self.quantity}, {name}" if name else self.quantity
            label_values(ax, drawn, label, self.dataset.units)
        if self.plot_legend:
            first.legend(fontsize="small")
        elif first.get_legend():
            first.get_legend().remove()

    def place_rect(self) -> None:
        """Frame the chosen pixels, or a whole spectrum of a line scan."""
        super().place_rect()
        if self.line_scan:
            left, right = self.every_column.ends
            self.rect.set_x(left)
            self.rect.set_width(right - left)

    # -- the chosen pixel --------------------------------------------------------------

    def get_spectrum(self) -> Any:
        """Return the spectrum of the chosen bin as a Dataset, still lazy."""
        return self.chosen()

    shown = get_spectrum

    def read_spectrum(self) -> None:
        """Compute the spectrum of the chosen bin and its variance, in one pass."""
        import dask

        from sidpy.sid import plain

        self.spectrum = self.get_spectrum()
        lazy = [plain(self.spectrum)]
        if self.dataset.variance is not None:
            lazy.append(self.spectrum.variance)
        found = [self.by_channel(compute(values)) for values in dask.compute(*lazy)]
        self.values = found[0]
        self.spread = found[1] if len(found) > 1 else None

    def by_channel(self, values: NDArray[Any]) -> NDArray[Any]:
        """Bring channels first, one row per channel."""
        layout = self.layout
        if layout.members is not None and layout.members > layout.abscissa:
            values = values.T
        return np.atleast_2d(values)

    def update_selection(self) -> None:
        """Show another spectrum: its numbers change, nothing is drawn anew but the bands."""
        self.read_spectrum()
        for number, lines in enumerate(self.lines):
            for line, spectrum in zip(lines, self.values, strict=False):
                line.set_ydata(parts(spectrum, polar=self.polar)[number][1])
        self.update_bands()
        self.label_spectra()
        for ax in self.axes[1:]:
            fit_ordinate(ax, [band for band in self.bands if band.axes is ax])

    def update_bands(self) -> None:
        """Shade the standard deviation of the chosen spectrum."""
        for band in self.bands:
            band.remove()
        self.bands = []
        if self.spread is None or self.is_complex:
            return
        for line, values, spread in zip(self.lines[0], self.values, self.spread, strict=False):
            self.bands.append(
                draw_band(self.axes[1], self.abscissa, values, spread, line.get_color())
            )

    # -- choices -----------------------------------------------------------------------

    def make_controls(self) -> None:
        """Make the choice of units, the bin, and the window of the map."""
        self.button = self.control(
            "Dropdown", self.choose_units, options=(("Pixel Wise", 1), ("Units Wise", 2)),
            value=self.measure, description="Image",
            tooltip="Count pixels along the map, or show its units",
        )  # fmt: skip
        self.make_bin()

    def make_bin(self) -> None:
        """Make the slider of the bin, and let a window be dragged in the spectrum."""
        most = max(1, min(16, *(n for n in self.map_size() if n > 1), 16))
        self.bin_slider = self.control(
            "IntSlider", lambda change: self.set_bin(change["new"]), value=1, min=1, max=most,
            description="Bin",
        )  # fmt: skip
        if is_live(self.fig.canvas) and not self.line_scan:
            from matplotlib.widgets import SpanSelector

            limits = self.axes[1].get_xlim()
            self._span = SpanSelector(
                self.axes[1], self.set_window, "horizontal", useblit=True, interactive=True,
                props={"alpha": 0.2, "facecolor": "C2"},
            )  # fmt: skip
            self.axes[1].set_xlim(limits)  # the handles of the window start at 0

    def set_window(self, low: float | None = None, high: float | None = None) -> None:
        """Let the map show the mean over a part of the abscissa; all of it without ends.

        Parameters
        ----------
        low, high : float
            In the units of the abscissa, both included.
        """
        if (low is None) != (high is None):
            msg = f"a window has two ends, found {low!r} and {high!r}"
            raise LabelValueError(msg)
        if self.line_scan:
            msg = "a line scan shows all of its spectra: it has no map to take a window for"
            raise LabelValueError(msg)
        self.window = None if low is None or low == high else (low, high)
        self.image = self.mean_map()
        self.change_map(self.image)
        if not self.named:
            self.axes[0].set_title(self.map_title(), fontsize="medium", parse_math=False)

    def map_title(self) -> str:
        """Write what the map shows."""
        if self.window is None:
            return "mean of the spectra"
        first, last = sorted(self.abscissa.index_of(end) for end in self.window)
        return f"mean from {self.abscissa.at(first)} to {self.abscissa.at(last)}"


class SpectralImageVisualizer(SpectralImageVisualizerBase):
    """The spectral image of real numbers; see `SpectralImageVisualizerBase`."""

    def update_image(self, event_value: Any) -> None:
        """Choose pixels (1) or units (2) along the map."""
        if event_value in (1, 2):
            self.button.value = event_value


class ComplexSpectralImageVisualizer(SpectralImageVisualizerBase):
    """The spectral image of complex numbers: a map of the magnitude and two plots.

    ``button`` chooses between real and imaginary part and amplitude and phase.
    """

    size: ClassVar[tuple[float, float]] = (13.0, 4.2)

    @property
    def is_complex(self) -> bool:
        """Two parts are drawn, of real numbers too."""
        return True

    @property
    def polar(self) -> bool:
        """Whether amplitude and phase are drawn."""
        return self.ri_ap == _POLAR

    def draw(self) -> None:
        """Draw the map and both parts of the spectra."""
        polar = self.options["amp_phase"]
        self.ri_ap = _POLAR if (not self.named if polar is None else polar) else _CARTESIAN
        super().draw()

    def read_spectrum(self) -> None:
        """Compute the spectrum of the chosen bin, as complex numbers."""
        super().read_spectrum()
        self.values = self.values.astype(complex)

    def draw_mean(self, mean: NDArray[Any], label: str) -> None:
        """Draw both parts of the mean of all spectra."""
        super().draw_mean(mean.astype(complex), label)

    def make_controls(self) -> None:
        """Make the choice of the parts, and the bin."""
        self.button = self.control(
            "Dropdown", self.choose_parts, options=(_CARTESIAN, _POLAR), value=self.ri_ap,
            description="Plot", tooltip="How to plot complex data",
        )  # fmt: skip
        self.make_bin()

    def choose_parts(self, change: Any) -> None:
        """Draw the other two parts of the spectra."""
        self.ri_ap = change["new"]
        if not self.named:
            rows = [row for _ in self.axes[1:] for row in self.mean]
            for number, (line, row) in enumerate(zip(self.mean_lines, rows, strict=True)):
                part = number // len(self.mean)
                line.set_ydata(parts(row, polar=self.polar)[part][1])
        self.update_selection()
        self.redraw()


_CARTESIAN, _POLAR = "Real and Imaginary", "Amplitude and Phase"
