"""Point clouds: spectra measured at scattered places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sidpy.viz.sampling import compute, mean_over
from sidpy.viz.scales import Scale, label_text, said, set_label

from .base import check_dataset, layout_of
from .curve import draw_band, draw_curve, fit_ordinate, label_values, parts
from .image import ImageVisualizer
from .map import PIXELS, UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sidpy.viz.layout import Layout

__all__ = ["PointCloudVisualizer", "PointCloudVisualizerBase"]

#: Pixels along the shorter side of the map, and the margin around the points as a share.
MAP_PIXELS, MARGIN = 80, 0.05

#: Pixels along the longer side at most.
MOST_PIXELS = 1000


class PointCloudVisualizerBase(ImageVisualizer):
    """A map in which every place has the mean value of the nearest point, and one spectrum.

    A click chooses the nearest point: ``axes[1].lines[0]`` is its spectrum.  ``tree`` is a
    search tree of the points in the coordinates of the map.

    Parameters
    ----------
    dset : Dataset
        Made by name, the class needs the type POINT_CLOUD, an axis of that type, a
        spectral one, possibly channels, and the coordinates of the points.
    base_image : Dataset, optional
        An image under the points, instead of the map.
    figure, horizontal, **kwargs
        As for `View`; foreign keywords go to ``imshow``.
    """

    size: ClassVar[tuple[float, float]] = (10.0, 4.4)

    def __init__(
        self,
        dset: Any,
        base_image: Any = None,
        figure: Any = None,
        horizontal: bool = True,  # noqa: FBT001, FBT002 - the released signature
        **kwargs: Any,
    ) -> None:
        super().__init__(dset, figure, base_image=base_image, horizontal=horizontal, **kwargs)

    def own_layout(self) -> Layout:
        """Find the points, the abscissa and possibly channels."""
        layout = layout_of(self.dataset)
        if self.dataset.data_type.name != "POINT_CLOUD" or layout.kind != "point_cloud":
            self.refuse(
                "the type POINT_CLOUD, an axis of that type with two points at least, and "
                "point_cloud['coordinates']"
            )
        return layout

    def verify_dataset(self) -> bool:
        """Tell that the dataset fits, as it must when the view exists."""
        return self.layout.points is not None

    # -- drawing -----------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the map and the spectrum of the first point."""
        layout = self.layout
        self.cloud = self.arranged(layout.points, layout.members, layout.abscissa)
        self.coordinates = np.asarray(self.dataset.point_cloud["coordinates"], dtype=float)
        self.is_complex = bool(np.issubdtype(self.cloud.dtype, np.complexfloating))
        self.ri_ap = _POLAR if self.polar else _CARTESIAN
        self.point, self.horizontal = 0, self.options["horizontal"]
        pixels = self.options["pixels"]
        if pixels is None:
            pixels = self.named and not self.options["scale_bar"]
        self.measure = PIXELS if pixels else UNITS
        self.panes(1 + (0 if layout.abscissa is None else 1 + self.is_complex))
        self.prepare_map()
        self.set_image(said(str(self.dataset.point_cloud.get("quantity", ""))) or "distance")
        if layout.abscissa is not None:
            self.abscissa = self.scale(layout.abscissa)
            self.energy_axis, self.energy_scale = layout.abscissa, self.abscissa.values
            self.update_spectrum()
        self.connect("button_release_event", self.on_click)
        self.title(self.fig.suptitle)
        self.make_controls()

    def prepare_map(self) -> None:
        """Find the numbers of the map, and where it lies."""
        base = self.options["base_image"]
        if base is not None:
            self.take_base_image(check_dataset(base))
            return
        cloud = abs(self.cloud) if self.is_complex else self.cloud
        values = compute(cloud) if cloud.ndim == 1 else mean_over(cloud, range(1, cloud.ndim))[0]
        left, right, top, bottom = box(self.coordinates)
        step = min(right - left, bottom - top) / MAP_PIXELS
        step = max(step, max(right - left, bottom - top) / MOST_PIXELS)
        x, y = np.arange(left + step / 2, right, step), np.arange(top + step / 2, bottom, step)
        from scipy.spatial import cKDTree

        nearest = cKDTree(self.coordinates).query(np.stack(np.meshgrid(x, y), axis=-1))[1]
        self.image = values[nearest]
        self.real_extent = (left, right, bottom, top)

    def take_base_image(self, base: Any) -> None:
        """Lie an image under the points."""
        layout = layout_of(base, "IMAGE")
        if layout.kind != "image":
            self.refuse(f"a base_image with two axes, not of shape {base.shape}")
        rows, columns = layout.rows, layout.columns
        from sidpy.sid import plain

        values = plain(base)[tuple(
            0 if axis in layout.dropped else slice(None) for axis in range(base.ndim)
        )]  # fmt: skip
        self.image = compute(values.T if rows > columns else values)
        self.real_extent = (
            *Scale.of(base._axes[columns]).ends, *reversed(Scale.of(base._axes[rows]).ends),
        )  # fmt: skip

    def set_image(self, quantity: Any, **kwargs: Any) -> None:
        """Draw the map and the points, its axes labelled with a quantity (or one for each)."""
        self.style |= kwargs
        ax = self.axes[0]
        self.quantities = (quantity, quantity) if isinstance(quantity, str) else tuple(quantity)
        fresh = not hasattr(self, "img")
        style = {"interpolation": "nearest", "aspect": "equal"} | self.style
        if not fresh:
            self.img.remove()
        self.img = ax.imshow(self.image, **style)
        if fresh:
            self.draw_colorbar(ax, self.img)
            (self.dots,) = ax.plot([], [], ".", ms=2, color="white", alpha=0.6)
            (self.marker,) = ax.plot([], [], "o", mfc="none", mec="C3", mew=1.5)
            self.bar: list[Any] = []
        self.place_map()

    def place_map(self) -> None:
        """Put the map and the points at their places, in pixels or in units."""
        from scipy.spatial import cKDTree

        rows, columns = self.image.shape[:2]
        self.extent = (0, columns, rows, 0) if self.measure == PIXELS else self.real_extent
        self.rectangle = [0, columns, 0, rows]
        self.at_map = self.to_map(self.coordinates)
        self.px_coord = np.floor(self.to_pixels(self.coordinates)).astype(int)[:, ::-1]
        self.tree = cKDTree(self.at_map)
        self.img.set_extent(self.extent)
        ax = self.axes[0]
        ax.set(xlim=self.extent[:2], ylim=self.extent[2:])
        self.dots.set_data(*self.at_map.T)
        self.marker.set_data(*self.at_map[self.point : self.point + 1].T)
        units = str(self.dataset.point_cloud.get("spacial_units", "px"))
        for setter, quantity in zip((ax.set_xlabel, ax.set_ylabel), self.quantities, strict=True):
            pixels = f"{quantity} [px]"
            set_label(setter, pixels if self.measure == PIXELS else label_text(quantity, units))
        self.draw_bar(units)

    def draw_bar(self, units: str) -> None:
        """Draw the scale bar, when it is wanted."""
        from sidpy.viz.scales import draw_scale_bar

        for artist in self.bar:
            artist.remove()
        self.bar = []
        if self.options["scale_bar"]:
            written = "px" if self.measure == PIXELS else said(units)
            scale = Scale(np.array(self.extent[:2], dtype=float), "", written)
            self.bar = draw_scale_bar(self.axes[0], scale)

    def to_pixels(self, points: NDArray[Any]) -> NDArray[Any]:
        """Return coordinates in pixels of the map, from its edges."""
        left, right, bottom, top = self.real_extent
        rows, columns = self.image.shape[:2]
        share = (points - (left, top)) / (right - left, bottom - top)
        return np.asarray(share * (columns, rows))

    def to_map(self, points: NDArray[Any]) -> NDArray[Any]:
        """Return coordinates as the map has them at present."""
        return self.to_pixels(points) if self.measure == PIXELS else points

    # -- the spectrum ------------------------------------------------------------------

    def get_xy(self) -> list[int]:
        """Return the column and the row of the chosen point in the map."""
        row, column = self.px_coord[self.point]
        return [int(column), int(row)]

    @property
    def x(self) -> int:
        """The column of the chosen point in the map."""
        return self.get_xy()[0]

    @property
    def y(self) -> int:
        """The row of the chosen point in the map."""
        return self.get_xy()[1]

    def get_spectrum(self, point_number: int | None = None) -> tuple[Any, Any]:
        """Return the spectrum of a point, by default the chosen one, and its variance.

        Returns
        -------
        Dataset, dask array or None
            Both still lazy.
        """
        number = self.point if point_number is None else int(point_number)
        spectrum = self.dataset[self.indices({self.layout.points: number})]
        return spectrum, spectrum.variance

    def shown(self) -> Any:
        """Return the spectrum of the chosen point as a Dataset."""
        return self.get_spectrum()[0]

    def by_channel(self, values: Any) -> NDArray[Any]:
        """Compute, and bring channels first, one row per channel."""
        layout = self.layout
        found = compute(values)
        if layout.members is not None and layout.members > layout.abscissa:
            found = found.T
        return np.atleast_2d(found)

    def set_spectrum(
        self,
        point_number: int,
        complex: Any = None,  # noqa: A002 - the released signature
        axis: Any = None,
        **kwargs: Any,
    ) -> tuple[list[Any], list[Any]]:
        """Draw the spectrum of a point.

        Parameters
        ----------
        point_number : int
            Which point.
        complex : int, optional
            Which part of complex numbers, 0 or 1.
        axis : Axes, optional
            Where; by default ``axes[1]``, or the one of the part.
        **kwargs
            For ``plot``.

        Returns
        -------
        list of Line2D, list of bands
        """
        from sidpy.sid import plain

        part = int(complex or 0)
        ax = axis or self.axes[1 + part]
        lazy, variance = self.get_spectrum(point_number)
        spectra = self.by_channel(plain(lazy))
        spreads = None if variance is None or self.is_complex else self.by_channel(variance)
        lines, bands = [], []
        for channel, spectrum in enumerate(spectra):
            values = parts(spectrum, polar=self.ri_ap == _POLAR)[part][1]
            style = {"color": f"C{channel}"} | kwargs
            lines.append(draw_curve(ax, self.abscissa, values, **style))
            if spreads is not None:
                bands.append(
                    draw_band(ax, self.abscissa, values, spreads[channel], style["color"])
                )
        return lines, bands

    def update_spectrum(self) -> None:
        """Draw the spectrum of the chosen point."""
        for part, ax in enumerate(self.axes[1:]):
            for artist in [*ax.lines, *ax.collections]:
                artist.remove()
            ax.set_prop_cycle(None)
            lines, bands = self.set_spectrum(self.point, part, ax)
            ax.margins(x=0)
            fit_ordinate(ax, bands)
            self.label_spectrum(ax, part, lines)
            if part == 0:
                self.spectrum_plot, self.fill_between = lines, bands
        self.spectrum, self.spread = self.get_spectrum()
        self.axes[1].set_title(f"point {self.point}", fontsize="medium")

    def label_spectrum(self, ax: Any, part: int, lines: list[Any]) -> None:
        """Label the plot of the spectra, or of one part of them."""
        name = _NAMES[self.ri_ap][part] if self.is_complex else ""
        if name.startswith("phase"):
            ax.set_ylabel(name)
            return
        drawn = np.concatenate([line.get_ydata() for line in lines])
        label = f"{self.quantity}, {name}" if name else self.quantity
        label_values(ax, drawn, label, self.dataset.units)

    def add_colorbar(self, lines: Any) -> None:
        """Draw a colour bar that numbers the lines, one colour for each."""
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import BoundaryNorm, ListedColormap

        lines = list(lines)
        colours = ListedColormap([line.get_color() for line in lines])
        norm = BoundaryNorm(np.arange(len(lines) + 1) - 0.5, len(lines))
        bar = self.fig.colorbar(ScalarMappable(norm, colours), ax=self.axes[-1])
        bar.set_ticks(np.arange(len(lines)))
        bar.set_label("channel")

    @staticmethod
    def amp_ph(array: Any) -> list[Any]:
        """Return amplitude and phase of complex numbers."""
        return [np.abs(array), np.angle(array)]

    @staticmethod
    def real_imag(array: Any) -> list[Any]:
        """Return real and imaginary part of complex numbers."""
        return [np.real(array), np.imag(array)]

    # -- choices -----------------------------------------------------------------------

    def make_controls(self) -> None:
        """Make the choice of units, and of the parts of complex numbers."""
        self.button = self.control(
            "Dropdown", self.choose_units, options=(("Pixel Wise", PIXELS), ("Units Wise", UNITS)),
            value=self.measure, description="Image",
            tooltip="Count pixels along the map, or show its units",
        )  # fmt: skip
        if self.is_complex and len(self.axes) > 1:
            self.component_button = self.control(
                "Dropdown", self.choose_parts, options=(_CARTESIAN, _POLAR), value=self.ri_ap,
                description="Plot", tooltip="How to plot complex data",
            )  # fmt: skip

    def choose_units(self, change: Any) -> None:
        """Show the map in pixels or in units."""
        self.measure = change["new"]
        self.place_map()
        self.redraw()

    def choose_parts(self, change: Any) -> None:
        """Show the other two parts of complex spectra."""
        self.ri_ap = change["new"]
        self.update_spectrum()
        self.redraw()

    def select(self, point: int) -> None:
        """Choose a point by its number."""
        self.point = int(point)
        self.marker.set_data(*self.at_map[self.point : self.point + 1].T)
        if len(self.axes) > 1:
            self.update_spectrum()
        self.redraw()
        self.moved()

    def on_click(self, event: Any) -> None:
        """Choose the point nearest to the click."""
        if self.is_clicked(event, self.axes[0]):
            self.select(self.tree.query((event.xdata, event.ydata))[1])

    _onclick = on_click

    @property
    def place(self) -> dict[str, float]:
        """The coordinates of the chosen point."""
        x, y = self.coordinates[self.point]
        return {"x": float(x), "y": float(y)}

    def map_names(self) -> tuple[str, str]:
        """Return the names of the two coordinates."""
        return "x", "y"

    def go_to(self, place: Mapping[str, float]) -> None:
        """Choose the point nearest to a place."""
        if "x" not in place and "y" not in place:
            return
        wanted = self.place | {name: place[name] for name in ("x", "y") if name in place}
        distance = np.hypot(*(self.coordinates - (wanted["x"], wanted["y"])).T)
        if int(distance.argmin()) != self.point:
            self.select(int(distance.argmin()))


class PointCloudVisualizer(PointCloudVisualizerBase):
    """The point cloud; see `PointCloudVisualizerBase`."""


_CARTESIAN, _POLAR = "Real and Imaginary", "Amplitude and Phase"
_NAMES = {_CARTESIAN: ("real part", "imaginary part"), _POLAR: ("magnitude", "phase (rad)")}


def box(coordinates: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Return left, right, top and bottom of the points with a margin around them."""
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    span = np.where(high > low, high - low, max(float((high - low).max()), 1.0))
    low, high = low - MARGIN * span, high + MARGIN * span
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])
