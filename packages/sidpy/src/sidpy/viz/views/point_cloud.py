"""Point clouds: spectra measured at scattered places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sidpy.viz.sampling import compute, mean_over
from sidpy.viz.scales import label_text, said, set_label

from .curve import draw_curve, label_values, parts
from .image import ImageView

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PointCloudView"]

#: Pixels along the shorter side of the map, and the margin around the points as a share.
MAP_PIXELS, MARGIN = 80, 0.05


class PointCloudView(ImageView):
    """A map in which every place has the mean value of the nearest point, and one spectrum.

    A click chooses the nearest point: ``axes[1].lines[0]`` is its spectrum.
    """

    size: ClassVar[tuple[float, float]] = (10.0, 4.4)

    def draw(self) -> None:
        """Draw the map and the spectrum of the first point."""
        layout = self.layout
        self.cloud = self.arranged(layout.points, layout.members, layout.abscissa)
        self.coordinates = np.asarray(self.dataset.point_cloud["coordinates"], dtype=float)
        self.point = 0
        complex_data = bool(np.issubdtype(self.cloud.dtype, np.complexfloating))
        spectra = 0 if layout.abscissa is None else 1 + complex_data
        self.panes(1 + spectra)
        self.draw_map(abs(self.cloud) if complex_data else self.cloud)
        if spectra:
            self.abscissa = self.scale(layout.abscissa)
            self.update_spectrum()
            self.connect("button_release_event", self.on_click)
        self.title(self.fig.suptitle)

    def draw_map(self, cloud: Any) -> None:
        """Draw the mean of each point's spectrum, spread to the nearest points."""
        values = compute(cloud) if cloud.ndim == 1 else mean_over(cloud, range(1, cloud.ndim))[0]
        left, right, top, bottom = box = _box(self.coordinates)
        step = min(right - left, bottom - top) / MAP_PIXELS
        step = max(step, max(right - left, bottom - top) / 1000)
        x, y = np.arange(left + step / 2, right, step), np.arange(top + step / 2, bottom, step)
        nearest = self.tree.query(np.stack(np.meshgrid(x, y), axis=-1))[1]
        ax = self.axes[0]
        style = {"interpolation": "nearest", "aspect": "equal"} | self.style
        self.img = ax.imshow(values[nearest], extent=(left, right, bottom, top), **style)
        self.draw_colorbar(ax, self.img)
        ax.plot(*self.coordinates.T, ".", ms=2, color="white", alpha=0.6)
        (self.marker,) = ax.plot(*self.coordinates[0], "o", mfc="none", mec="C3", mew=1.5)
        ax.set(xlim=box[:2], ylim=box[:1:-1])
        cloud_labels = self.dataset.point_cloud
        units = str(cloud_labels.get("spacial_units", "px"))
        label = label_text(said(str(cloud_labels.get("quantity", ""))) or "distance", units)
        set_label(ax.set_xlabel, label)
        set_label(ax.set_ylabel, label)

    @property
    def tree(self) -> Any:
        """A search tree of the coordinates."""
        from scipy.spatial import cKDTree

        return cKDTree(self.coordinates)

    def get_spectrum(self) -> NDArray[Any]:
        """Return the spectrum of the chosen point, one row per channel."""
        return np.atleast_2d(compute(self.cloud[self.point]))

    def update_spectrum(self) -> None:
        """Draw the spectrum of the chosen point."""
        for axes in self.axes[1:]:
            axes.clear()
        for spectrum in self.get_spectrum():
            for axes, (name, values) in zip(self.axes[1:], parts(spectrum), strict=True):
                draw_curve(axes, self.abscissa, values)
                axes.set_ylabel(name)
                axes.margins(x=0)
        quantity = said(self.dataset.quantity) or "value"
        drawn = np.concatenate([line.get_ydata() for line in self.axes[1].lines])
        label_values(self.axes[1], drawn, quantity, self.dataset.units)
        self.axes[1].set_title(f"point {self.point}", fontsize="medium")

    def on_click(self, event: Any) -> None:
        """Choose the point nearest to the click."""
        if event.inaxes is self.axes[0]:
            self.point = int(self.tree.query((event.xdata, event.ydata))[1])
            self.marker.set_data(*self.coordinates[self.point : self.point + 1].T)
            self.update_spectrum()
            self.redraw()


def _box(coordinates: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Return left, right, top and bottom of the points with a margin around them."""
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    span = np.where(high > low, high - low, max(float((high - low).max()), 1.0))
    low, high = low - MARGIN * span, high + MARGIN * span
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])
