"""Images: real, complex, coloured, with uncertainty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sidpy.viz.keywords import only_known
from sidpy.viz.layout import Layout, right_and_down
from sidpy.viz.sampling import compute, thinned
from sidpy.viz.scales import draw_scale_bar, label_text, prefixed, set_label, set_ticks

from .base import View, layout_of
from .curve import parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from sidpy.viz.scales import Scale

__all__ = ["Z_AND_SIGMA", "ImageVisualizer", "bar_beside", "draw_image", "rgb"]

#: What of an image with a variance can be shown.
Z_AND_SIGMA = (("z", 1), ("σ", 2), ("z + σ", 3), ("z - σ", 4))

#: Pixels are square on the screen unless the image would be longer than so many times its width.
MAX_ELONGATION = 8


def draw_image(axes: Axes, values: NDArray[Any], rows: Scale, columns: Scale, **style: Any) -> Any:
    """Draw one image in the units of its axes, the first row at the top.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    values : ndarray of shape (rows, columns) or (rows, columns, 3 or 4)
        Real numbers or colours.
    rows, columns : Scale
        What runs down and what runs right.
    **style
        For imshow, or for pcolormesh when an axis is not linear.

    Returns
    -------
    AxesImage or QuadMesh
    """
    style.setdefault("aspect", _aspect(rows, columns))
    if (rows.linear and columns.linear) or values.ndim == 3:
        extent = (*columns.ends, *reversed(rows.ends))
        drawn = axes.imshow(values, **{"interpolation": "nearest", "extent": extent} | style)
    else:
        drawn = _draw_mesh(axes, values, rows, columns, style)
    set_label(axes.set_xlabel, columns.label)
    set_label(axes.set_ylabel, rows.label)
    set_ticks(axes.xaxis, columns.factor)
    set_ticks(axes.yaxis, rows.factor)
    return drawn


def _draw_mesh(
    axes: Axes, values: NDArray[Any], rows: Scale, columns: Scale, style: dict[str, Any]
) -> Any:
    aspect = style.pop("aspect")
    masked = np.ma.masked_invalid(values)
    drawn = axes.pcolormesh(columns.edges, rows.edges, masked, **only_known(style, "mesh"))
    axes.set_aspect(aspect)
    top, bottom = rows.ends
    axes.set_ylim(bottom, top)
    return drawn


def _aspect(rows: Scale, columns: Scale) -> str:
    width, height = (abs(scale.ends[1] - scale.ends[0]) for scale in (columns, rows))
    alike = rows.units == columns.units and rows.kind == columns.kind != "SPECTRAL"
    slim = max(width, height) > MAX_ELONGATION * min(width, height)
    return "equal" if alike and not slim else "auto"


def rgb(values: NDArray[Any]) -> NDArray[Any]:
    """Bring colours of any type into the range that is drawn, 0 to 255 or 0 to 1.

    An opacity of zero everywhere is one that nobody filled in: it is left out.
    """
    if values.shape[-1] == 4 and not values[..., 3].any():
        values = values[..., :3]
    if values.dtype == np.uint8:
        return values
    finite = np.nan_to_num(values.astype(float))
    low, high = min(finite.min(), 0.0), max(finite.max(), 1.0)
    scaled: NDArray[Any] = (finite - low) / (high - low)
    return scaled


class ImageVisualizer(View):
    """One image, or both parts of a complex one.

    ``axes[0].images[0]`` holds the data and ``img`` is that artist.  A click marks a pixel.
    The option ``uncertainty=True`` adds the standard deviation beside the image; with a
    variance there is also a choice between z, the standard deviation, and their sum and
    difference.

    Parameters
    ----------
    dset : Dataset
        Made by name, the class needs two axes of type SPATIAL or RECIPROCAL.
    image_number : int
        Place along the other axes, the frame of a stack.
    figure, **kwargs
        As for `View`; foreign keywords go to ``imshow``.
    """

    size: ClassVar[tuple[float, float]] = (5.8, 4.8)

    def __init__(
        self, dset: Any, figure: Any = None, image_number: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(dset, figure, image_number=image_number, **kwargs)

    def own_layout(self) -> Layout:
        """Draw the two axes in space, with colours when the third has three or four."""
        dataset = self.dataset
        pair = [
            i for i, axis in dataset._axes.items()
            if axis.dimension_type.name in ("SPATIAL", "RECIPROCAL")
        ]  # fmt: skip
        if len(pair) != 2:
            self.refuse("two axes of type SPATIAL or RECIPROCAL")
        whole = layout_of(dataset, "IMAGE", short=True)
        colour = whole.colour if dataset.ndim == 3 else None
        rows, columns = right_and_down(dataset._axes, *pair)
        rest = tuple(i for i in range(dataset.ndim) if i not in (rows, columns, colour))
        return Layout("image", rows=rows, columns=columns, colour=colour, dropped=rest)

    @property
    def at(self) -> int:
        """Place along the axes for which the picture has no room."""
        return int(self.options["image_number"])

    def draw(self) -> None:
        """Draw the panels that the data have."""
        self.marks: list[Any] = []
        self.plot_image()
        self.connect("button_release_event", self.on_click)

    def plot_image(self, **kwargs: Any) -> None:
        """Draw the image; keywords go to imshow."""
        self.style |= kwargs
        layout = self.layout
        lazy, steps = thinned(self.arranged(layout.rows, layout.columns, layout.colour), [0, 1])
        self.calibrate(steps)
        values = compute(lazy)
        if layout.colour is not None:
            self.draw_panels([("", rgb(values))])
            return
        self.draw_panels(parts(values, polar=self.polar) + self.uncertainty(steps))
        self.offer_variance(values, steps)

    plot_complex_image = plot_image

    def calibrate(self, steps: list[int]) -> None:
        """Take the scales of both sides of the image, and say when not every pixel is drawn."""
        rows, columns = self.layout.rows, self.layout.columns
        self.rows = self.scale(rows, steps[0], like=columns)
        self.columns = self.scale(columns, steps[1], like=rows)
        if max(steps) > 1:
            self.note(f"one pixel in {max(steps)} shown")

    def uncertainty(self, steps: list[int]) -> list[tuple[str, NDArray[Any]]]:
        """Return the panel of the standard deviation, when asked for."""
        if not self.options["uncertainty"] or self.dataset.variance is None:
            return []
        return [("standard deviation", self.sigma(steps))]

    def sigma(self, steps: list[int]) -> NDArray[Any]:
        """Return the standard deviation of the pixels drawn."""
        variance = self.variance(self.layout.rows, self.layout.columns)
        return np.sqrt(np.maximum(compute(variance[:: steps[0], :: steps[1]]), 0))

    def offer_variance(self, values: NDArray[Any], steps: list[int]) -> None:
        """Let the image, its standard deviation, or both be chosen."""
        if self.dataset.variance is None or np.iscomplexobj(values):
            return

        def choose(change: Any) -> None:
            sigma = self.sigma(steps) if change["new"] > 1 else 0
            chosen = {1: values, 2: sigma, 3: values + sigma, 4: values - sigma}[change["new"]]
            self.img.set_array(chosen)
            if not {"vmin", "vmax", "norm"} & set(self.style):
                self.img.autoscale()
            self.redraw()

        self._variance_button = self.control(
            "Dropdown", choose, options=Z_AND_SIGMA, value=1, description="Image",
        )  # fmt: skip

    def draw_panels(self, panels: list[tuple[str, NDArray[Any]]]) -> None:
        """Draw one image per panel; a single one carries the title itself."""
        several = len(panels) > 1
        if several and self.options["figsize"] is None and hasattr(self.fig, "set_figwidth"):
            self.fig.set_figwidth(self.size[0] * 0.85 * len(panels))
        axes, images = self.panes(len(panels)), []
        for ax, (name, values) in zip(axes, panels, strict=True):
            drawn = draw_image(ax, values, self.rows, self.columns, **self.panel_style(name))
            images.append(drawn)
            if values.ndim == 2:
                self.draw_colorbar(ax, drawn, name)
            if several and name:
                ax.set_title(name.removesuffix(" (rad)"), fontsize="medium")
            if self.options["scale_bar"]:
                draw_scale_bar(ax, self.columns)
        self.img, self.img_c = images[0], images[-1]
        title = self.dataset.title
        if self.named and any(len(self.dataset._axes[i]) > 1 for i in self.layout.dropped):
            title += f"_image {self.at}"
        self.title(self.fig.suptitle if several else axes[0].set_title, title)

    def panel_style(self, name: str) -> dict[str, Any]:
        """Return the style of one panel: phases are cyclic."""
        if name.startswith("phase"):
            return self.style | {"cmap": "twilight", "norm": None, "vmin": -np.pi, "vmax": np.pi}
        return dict(self.style)

    def draw_colorbar(self, ax: Any, drawn: Any, name: str = "") -> None:
        """Draw a colour bar that says what the numbers are."""
        if not self.options["colorbar"]:
            return
        bar = bar_beside(self.fig, drawn, ax)
        if name.startswith("phase"):
            bar.set_label(name)
            return
        factor, units = prefixed(
            np.ma.filled(drawn.get_array().astype(float), np.nan), self.dataset.units
        )
        set_label(bar.set_label, label_text(self.quantity, units))
        set_ticks(bar.ax.yaxis, factor)

    # -- the marked pixel --------------------------------------------------------------

    @property
    def place(self) -> dict[str, float]:
        """The marked place."""
        if not self.marks:
            return {}
        x, y = (float(values[0]) for values in self.marks[0].get_data())
        return dict(zip(self.map_names(), (x, y), strict=True))

    def map_names(self) -> tuple[str, str]:
        """Return the names of the axes that run right and down."""
        axes = self.dataset._axes
        return axes[self.layout.columns].name, axes[self.layout.rows].name

    def go_to(self, place: Mapping[str, float]) -> None:
        """Mark the pixel nearest to a place."""
        right, down = self.map_names()
        if right not in place and down not in place:
            return
        now = {right: self.columns.values[0], down: self.rows.values[0]} | self.place | dict(place)
        x = self.columns.values[self.columns.index_of(now[right])]
        y = self.rows.values[self.rows.index_of(now[down])]
        if not self.marks:
            style = {"ls": "", "marker": "+", "ms": 12, "mew": 1.6, "color": "C3"}
            self.marks = [ax.plot([x], [y], **style)[0] for ax in self.axes]
        for mark in self.marks:
            mark.set_data([x], [y])
        self.redraw()

    def on_click(self, event: Any) -> None:
        """Mark the pixel that was clicked."""
        if any(self.is_clicked(event, ax) for ax in self.axes):
            right, down = self.map_names()
            self.go_to({right: float(event.xdata), down: float(event.ydata)})
            self.moved()

    _onclick = on_click

    def shown(self) -> Any:
        """Return the image that is shown, as a Dataset."""
        return self.dataset[self.indices({})]


def bar_beside(fig: Any, drawn: Any, ax: Any) -> Any:
    """Draw a colour bar as high as the image that it belongs to, whatever its aspect."""
    from matplotlib.colorbar import make_axes
    from matplotlib.transforms import Bbox

    if isinstance(ax, np.ndarray):  # one bar for several images
        return fig.colorbar(drawn, ax=ax)
    bar_axes, keywords = make_axes(ax, fraction=0.06, pad=0.03)

    def place(axes: Any, renderer: Any) -> Bbox:  # noqa: ARG001 - matplotlib's signature
        ax.apply_aspect()
        image, slot = ax.get_position(), ax.get_position(original=True)
        own = axes.get_position(original=True)
        left = image.x1 + own.x0 - slot.x1
        return Bbox.from_bounds(left, image.y0, own.width, image.height)

    bar_axes.set_axes_locator(place)
    return fig.colorbar(drawn, cax=bar_axes, **keywords)
