"""Images: real, complex, coloured, with uncertainty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sidpy.viz.sampling import compute, thinned
from sidpy.viz.scales import draw_scale_bar, label_text, prefixed, said, set_label, set_ticks

from .base import View
from .curve import parts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from sidpy.viz.scales import Scale

__all__ = ["ImageView", "draw_image", "rgb"]

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
    drawn = axes.pcolormesh(columns.edges, rows.edges, masked, **style)
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


class ImageView(View):
    """One image, or magnitude and phase of a complex one.

    ``axes[0].images[0]`` holds the data; the option ``uncertainty=True`` adds the standard
    deviation from the variance.
    """

    size: ClassVar[tuple[float, float]] = (5.8, 4.8)

    def draw(self) -> None:
        """Draw the panels that the data have."""
        layout = self.layout
        order = (layout.rows, layout.columns, layout.colour)
        lazy, steps = thinned(self.arranged(*order), [0, 1])
        self.calibrate(steps)
        if layout.colour is not None:
            self.draw_panels([("", rgb(compute(lazy)))])
        else:
            self.draw_panels(parts(compute(lazy)) + self.uncertainty(steps))

    def calibrate(self, steps: list[int]) -> None:
        """Take the scales of both sides of the image, and say when not every pixel is drawn."""
        rows, columns = self.layout.rows, self.layout.columns
        self.rows = self.scale(rows, steps[0], like=columns)
        self.columns = self.scale(columns, steps[1], like=rows)
        if max(steps) > 1:
            self.note(f"one pixel in {max(steps)} shown")

    def uncertainty(self, steps: list[int]) -> list[tuple[str, NDArray[Any]]]:
        """Return the panel of the standard deviation, when asked for."""
        variance = self.variance(self.layout.rows, self.layout.columns)
        if variance is None or not self.options["uncertainty"]:
            return []
        values = compute(variance[:: steps[0], :: steps[1]])
        return [("standard deviation", np.sqrt(np.maximum(values, 0)))]

    def draw_panels(self, panels: list[tuple[str, NDArray[Any]]]) -> None:
        """Draw one image per panel; a single one carries the title itself."""
        if (
            len(panels) > 1
            and self.options["figsize"] is None
            and hasattr(self.fig, "set_figwidth")
        ):
            self.fig.set_figwidth(self.size[0] * 0.85 * len(panels))
        axes = self.panes(len(panels))
        for ax, (name, values) in zip(axes, panels, strict=True):
            drawn = draw_image(ax, values, self.rows, self.columns, **self.panel_style(name))
            if values.ndim == 2:
                self.draw_colorbar(ax, drawn, name)
            if len(panels) > 1 and name:
                ax.set_title(name.removesuffix(" (rad)"), fontsize="medium")
            if self.options["scale_bar"]:
                draw_scale_bar(ax, self.columns)
        self.title(self.fig.suptitle if len(panels) > 1 else axes[0].set_title)

    def panel_style(self, name: str) -> dict[str, Any]:
        """Return the style of one panel: phases are cyclic."""
        if name.startswith("phase"):
            return {"cmap": "twilight", "vmin": -np.pi, "vmax": np.pi}
        return dict(self.style)

    def draw_colorbar(self, ax: Any, drawn: Any, name: str = "") -> None:
        """Draw a colour bar that says what the numbers are."""
        if not self.options["colorbar"]:
            return
        bar = _beside(self.fig, drawn, ax)
        if name.startswith("phase"):
            bar.set_label(name)
            return
        factor, units = prefixed(
            np.ma.filled(drawn.get_array().astype(float), np.nan), self.dataset.units
        )
        set_label(bar.set_label, label_text(said(self.dataset.quantity) or "value", units))
        set_ticks(bar.ax.yaxis, factor)


def _beside(fig: Any, drawn: Any, ax: Any) -> Any:
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
