"""Four dimensions: a map of the scan beside the pattern of one position or of all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sidpy.viz.layout import Layout, right_and_down
from sidpy.viz.sampling import compute, mean_over, thinned

from .curve import parts
from .image import draw_image
from .map import MAP_PIXELS, MapView

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FourDimImageVisualizer"]

#: Options that say which axis of the dataset goes where.
_ROLES = {
    "scan_x": "columns", "scan_y": "rows", "image_4d_x": "columns2", "image_4d_y": "rows2",
}  # fmt: skip


class FourDimImageVisualizer(MapView):
    """A map of the mean intensity and one pattern; a click shows that position's.

    What is computed is the map, from a sample of the detector where the data are large,
    and the patterns that are shown.  ``button`` shows the mean pattern instead of the one
    at ``x`` and ``y``.  Patterns are drawn with the exponent `gamma` (1/2, so that weak
    discs show).

    Parameters
    ----------
    dset : Dataset
        Made by name, the class needs at least four axes.  Two axes of type SPATIAL are the
        scan, else the first two, unless `scan_x`, `scan_y`, `image_4d_x` and `image_4d_y`
        give the numbers of the axes.
    figure, horizontal, **kwargs
        As for `View`; foreign keywords go to ``imshow`` of the map.
    """

    size: ClassVar[tuple[float, float]] = (10.0, 4.6)

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
        """Take the spatial axes for the scan, else the first two."""
        dataset = self.dataset
        if dataset.ndim < 4:
            self.refuse("at least four axes")
        space = [i for i, axis in dataset._axes.items() if axis.dimension_type.name == "SPATIAL"]
        scan = space if len(space) == 2 else [0, 1]
        rest = [i for i in range(dataset.ndim) if i not in scan]
        rows, columns = right_and_down(dataset._axes, *scan)
        rows2, columns2 = right_and_down(dataset._axes, *rest[:2])
        return Layout(
            "four_d", rows=rows, columns=columns, rows2=rows2, columns2=columns2,
            dropped=tuple(rest[2:]),
        )  # fmt: skip

    def asked_layout(self) -> Layout:
        """Apply the numbers of axes among the options."""
        asked = {role: self.options[name] for name, role in _ROLES.items()}
        asked = {role: int(axis) for role, axis in asked.items() if axis is not None}
        if not asked:
            return self.layout
        roles = {role: getattr(self.layout, role) for role in _ROLES.values()}
        free = [axis for axis in roles.values() if axis not in asked.values()]
        for role, axis in roles.items():
            if role not in asked:
                asked[role] = axis if axis in free else free[0]
                free.remove(asked[role])
        if len(set(asked.values())) < 4 or not set(asked.values()) <= set(roles.values()):
            self.refuse("four different axes for scan_x, scan_y, image_4d_x, image_4d_y")
        return replace(self.layout, **asked)

    # -- drawing -----------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the map and a pattern."""
        self.layout = layout = self.asked_layout()
        order = (layout.rows, layout.columns, layout.rows2, layout.columns2)
        lazy, steps = thinned(self.arranged(*order), range(2), MAP_PIXELS)
        self.is_complex = bool(np.issubdtype(lazy.dtype, np.complexfloating))
        self.data = lazy
        self.start(steps)
        self.average = not self.named
        self.dims_4d = [layout.columns2, layout.rows2]
        self.panes(3 if self.is_complex else 2)
        values, every = mean_over(abs(lazy) if self.is_complex else lazy, (2, 3))
        if every > 1:
            self.note(f"map from one detector pixel in {every}")
        self.image = values
        self.draw_map(values, "mean of each pattern")
        self.draw_pattern()
        self.title(self.fig.suptitle)
        self.make_controls()

    def draw_pattern(self) -> None:
        """Draw the first pattern."""
        from matplotlib.colors import PowerNorm

        layout = self.layout
        shape = (self.dataset.shape[layout.rows2], self.dataset.shape[layout.columns2])
        self.thin = [max(1, -(-n // MAP_PIXELS)) for n in shape]
        rows2 = self.scale(layout.rows2, self.thin[0], like=layout.columns2)
        columns2 = self.scale(layout.columns2, self.thin[1], like=layout.rows2)
        self.patterns = []
        for ax, (name, values) in zip(self.axes[1:], self.pattern_parts(), strict=True):
            if name.startswith("phase"):
                style: dict[str, Any] = self.panel_style(name)
            else:
                style = {"norm": PowerNorm(self.gamma) if self.gamma != 1 else None}
            drawn = draw_image(ax, values, rows2, columns2, **style)
            self.draw_colorbar(ax, drawn, name)
            self.patterns.append(drawn)
        self.pattern = self.patterns[0]
        self.write_place()

    @property
    def gamma(self) -> float:
        """Exponent of the grey scale of the patterns; negative values allow none but 1."""
        if self.options["gamma"]:
            return float(self.options["gamma"])
        reciprocal = self.dataset._axes[self.layout.rows2].dimension_type.name == "RECIPROCAL"
        return 0.5 if reciprocal and self.options["gamma"] is None else 1.0

    def pattern_parts(self) -> list[tuple[str, NDArray[Any]]]:
        """Compute the pattern that is shown, both parts of a complex one."""
        if self.average:
            values, self.share = mean_over(self.data, (0, 1))
            return parts(values[:: self.thin[0], :: self.thin[1]], polar=self.polar)
        from sidpy.sid import plain

        values = plain(self.get_image_4d())
        if self.layout.rows2 > self.layout.columns2:
            values = values.T
        return parts(compute(values[:: self.thin[0], :: self.thin[1]]), polar=self.polar)

    def write_place(self) -> None:
        """Write which pattern is shown."""
        if self.average:
            share = f" (one position in {self.share})" if self.share > 1 else ""
            text = f"mean pattern{share}"
        else:
            text = f"set {self.x}, {self.y}" if self.named else f"pattern at {self.place_text()}"
        self.axes[1].set_title(text, fontsize="medium", parse_math=False)

    # -- choices -----------------------------------------------------------------------

    def make_controls(self) -> None:
        """Make the choice of the mean pattern."""
        self.button = self.control(
            "ToggleButton", self.choose_average, value=self.average, description="Mean pattern",
            tooltip="Show the mean of all patterns",
        )  # fmt: skip
        most = max(1, min(16, *self.map_size()))
        self.bin_slider = self.control(
            "IntSlider", lambda change: self.set_bin(change["new"]), value=1, min=1, max=most,
            description="Bin",
        )  # fmt: skip

    def choose_average(self, change: Any) -> None:
        """Show the mean pattern, or the chosen one."""
        if self.average != change["new"]:
            self.average = change["new"]
            self.update_pattern()
            self.redraw()

    def get_image_4d(self) -> Any:
        """Return the pattern of the chosen bin as a Dataset, still lazy."""
        return self.chosen()

    def shown(self) -> Any:
        """Return the pattern that is shown as a Dataset, still lazy."""
        if not self.average:
            return self.get_image_4d()
        scan = sorted(self.axis_after_drop(axis) for axis in self.image_dims)
        return self.dataset[self.indices({})].mean(axis=tuple(scan))

    def update_selection(self) -> None:
        """Show the pattern of the chosen place."""
        self.average = False
        self.update_pattern()
        self.button.value = False

    def update_pattern(self) -> None:
        """Show another pattern: its numbers and its place change, nothing else."""
        for drawn, (name, values) in zip(self.patterns, self.pattern_parts(), strict=True):
            drawn.set_array(values)
            if not name.startswith("phase"):
                drawn.autoscale()
        self.write_place()
