"""Stacks of images, one frame at a time or several side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sidpy.viz.sampling import compute, mean_over, thinned
from sidpy.viz.scales import draw_scale_bar, outlined

from .base import layout_of
from .image import Z_AND_SIGMA, ImageVisualizer, draw_image, rgb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sidpy.viz.layout import Layout

__all__ = ["ImageStackVisualizer"]

#: What of complex frames can be shown.
_COMPONENTS = {
    "magnitude": np.abs, "phase (rad)": np.angle, "real part": np.real, "imaginary part": np.imag,
}  # fmt: skip


class ImageStackVisualizer(ImageVisualizer):
    """A stack: frame `index`, turned with wheel or slider, or `frames` of them at once.

    ``img`` is the image drawn, ``ind`` the number of its frame, ``slider`` chooses it,
    ``play`` turns the frames, and ``button`` shows their average instead.

    Parameters
    ----------
    dset : Dataset
        Made by name, the class needs at least three axes.
    figure, **kwargs
        As for `View`; foreign keywords go to ``imshow``.
    """

    size: ClassVar[tuple[float, float]] = (5.8, 5.0)

    def __init__(self, dset: Any, figure: Any = None, **kwargs: Any) -> None:
        super().__init__(dset, figure, **kwargs)

    def own_layout(self) -> Layout:
        """Page through time, else channels, else what is not in space."""
        if self.dataset.ndim < 3:
            self.refuse("at least three axes, one of them for the frames")
        layout = layout_of(self.dataset, "IMAGE_STACK", short=True)
        if layout.kind == "stack":
            return layout
        layout = layout_of(self.dataset, "IMAGE_MAP", short=True)
        if layout.kind != "stack":
            self.refuse("two axes in space and one for the frames")
        return layout

    def draw(self) -> None:
        """Draw the first frame or the overview."""
        layout = self.layout
        order = (layout.frames, layout.rows, layout.columns, layout.colour)
        self.stack, self.steps = thinned(self.arranged(*order), [1, 2])
        self.calibrate(self.steps)
        self.turns = self.scale(layout.frames)
        self.number_of_slices = self.stack.shape[0]
        self.average, self.display, self.component = False, 1, "magnitude"
        self.marks: list[Any] = []
        self.ind = range(self.number_of_slices)[self.options["index"]]
        if self.options["frames"]:
            self.draw_overview(self.options["frames"])
            return
        self.plot_image()
        self.make_controls()
        self.connect("scroll_event", self.on_scroll)
        self.connect("button_release_event", self.on_click)

    def make_controls(self) -> None:
        """Make the slider of the frames, the player, and the choices of what is shown."""
        ends = {"min": 0, "max": self.number_of_slices - 1}
        self.slider = self.control(
            "IntSlider", lambda change: self.show(change["new"]), value=self.ind,
            description="Frame:", **ends,
        )  # fmt: skip
        self.play = self.control(
            "Play", lambda change: setattr(self.slider, "value", change["new"]),
            value=self.ind, interval=500, description="Press play", **ends,
        )  # fmt: skip
        self.button = self.control(
            "ToggleButton", lambda change: self.take(average=change["new"]),
            value=False, description="Average", tooltip="Average of all frames",
        )  # fmt: skip
        if np.issubdtype(self.stack.dtype, np.complexfloating):
            self._component_button = self.control(
                "Dropdown", lambda change: self.take(component=change["new"]),
                options=tuple(_COMPONENTS), value=self.component, description="Show",
            )  # fmt: skip
        elif self.dataset.variance is not None and self.layout.colour is None:
            self._variance_button = self.control(
                "Dropdown", lambda change: self.take(display=change["new"]),
                options=Z_AND_SIGMA, value=1, description="Image",
            )  # fmt: skip

    # -- frames ------------------------------------------------------------------------

    def frame(self, number: int) -> NDArray[Any]:
        """Return one frame, or the average; of complex ones the chosen part."""
        layout = self.layout
        values = self.taken(self.stack, number)
        if values.ndim == 3:
            return rgb(values)
        if self.display > 1:
            order = (layout.frames, layout.rows, layout.columns)
            variance = self.variance(*order)[:, :: self.steps[0], :: self.steps[1]]
            spread = self.taken(variance, number) / (len(variance) if self.average else 1)
            sigma = np.sqrt(np.maximum(spread, 0))
            return {2: sigma, 3: values + sigma, 4: values - sigma}[self.display]
        return _COMPONENTS[self.component](values) if np.iscomplexobj(values) else values

    def taken(self, stack: Any, number: int) -> NDArray[Any]:
        """Compute one frame of an array, or the average of all."""
        if not self.average:
            return compute(stack[number])
        return mean_over(stack, [0], max(stack.size, 1))[0]

    def frame_title(self, number: int) -> str:
        """Return which frame of how many it is, and where."""
        name = self.dataset._axes[self.layout.frames].name
        place = f"{name} = {self.turns.at(number)}"
        return f"{number + 1} of {self.number_of_slices}, {place}"

    def plot_image(self, **kwargs: Any) -> None:
        """Draw frame `ind`; keywords go to imshow."""
        self.style |= kwargs
        self.note_complex()
        if not self.axes:
            self.panes(1)
        (ax,) = self.axes
        values = self.frame(self.ind)
        if hasattr(self, "img"):
            self.img.remove()
        first = not hasattr(self, "img")
        self.img = draw_image(ax, values, self.rows, self.columns, **self.style)
        if first and values.ndim == 2:
            self.draw_colorbar(ax, self.img)
        if first and self.options["scale_bar"]:
            draw_scale_bar(ax, self.columns)
        if first:
            self.place_text = outlined(ax, 0.02, 0.98, va="top", fontsize="small")
        self.write_title()

    def note_complex(self) -> None:
        """Say which part of complex numbers is drawn first."""
        if np.issubdtype(self.stack.dtype, np.complexfloating) and not self.axes:
            self.note(f"{self.component} of complex frames")

    def write_title(self) -> None:
        """Write the title, and the place in the stack."""
        hint = "use scroll wheel to navigate images"
        self.image_titles = f"Image stack: {self.dataset.title}\n {hint}"
        self.title(self.axes[0].set_title, self.image_titles)
        where = "average of all" if self.average else self.frame_title(self.ind)
        self.place_text.set_text(where)

    def draw_overview(self, count: int) -> None:
        """Draw `count` evenly spaced frames on one colour scale."""
        self.note_complex()
        numbers = sorted(set(np.linspace(0, self.number_of_slices - 1, count).round().astype(int)))
        shown = [self.frame(number) for number in numbers]
        style = dict(self.style)
        finite = [frame[np.isfinite(frame)] for frame in shown if np.isfinite(frame).any()]
        if shown[0].ndim == 2 and finite:
            style.setdefault("vmin", min(frame.min() for frame in finite))
            style.setdefault("vmax", max(frame.max() for frame in finite))
        columns = int(np.ceil(np.sqrt(len(numbers))))
        grid = self.fig.subplots(int(np.ceil(len(numbers) / columns)), columns, squeeze=False)
        spare = list(grid.ravel())
        for number, values in zip(numbers, shown, strict=True):
            ax = spare.pop(0)
            self.axes.append(ax)
            self.img = draw_image(ax, values, self.rows, self.columns, **style)
            ax.set_title(self.frame_title(int(number)), fontsize="small", parse_math=False)
            ax.label_outer()
        for ax in spare:
            ax.axis("off")
        if shown[0].ndim == 2:
            self.draw_colorbar(grid, self.img)
        self.title(self.fig.suptitle)

    # -- turning -----------------------------------------------------------------------

    def take(self, **chosen: Any) -> None:
        """Change what of the frames is shown: `average`, `display` or `component`."""
        for name, value in chosen.items():
            setattr(self, name, value)
        if "component" in chosen:
            is_phase = self.component.startswith("phase")
            self.img.set_cmap("twilight" if is_phase else self.style.get("cmap", "viridis"))
        self.update()

    def show(self, number: int) -> None:
        """Turn to another frame."""
        number = int(number) % self.number_of_slices
        if self.slider.value != number:
            self.slider.value = number  # which comes back here
            return
        self.ind = number
        self.update()
        self.moved()

    def update(self) -> None:
        """Draw the frame anew: its pixels and its place, nothing else."""
        values = self.frame(self.ind)
        self.img.set_array(values)
        if values.ndim == 2 and not {"vmin", "vmax", "norm"} & set(self.style):
            self.img.autoscale()
        self.write_title()
        self.redraw()

    def on_scroll(self, event: Any) -> None:
        """Turn one frame on or back with the mouse wheel."""
        self.slider.value = (
            self.ind + (1 if event.button == "up" else -1)
        ) % self.number_of_slices

    _onscroll = on_scroll

    @property
    def place(self) -> dict[str, float]:
        """The frame, and the marked pixel."""
        name = self.dataset._axes[self.layout.frames].name
        return super().place | {name: float(self.turns.values[self.ind])}

    def go_to(self, place: Mapping[str, float]) -> None:
        """Turn to the frame nearest to a place, and mark the pixel."""
        super().go_to(place)
        name = self.dataset._axes[self.layout.frames].name
        if name in place and hasattr(self, "slider"):
            self.slider.value = self.turns.index_of(place[name])

    def shown(self) -> Any:
        """Return the frame that is shown, or the average, as a Dataset."""
        if self.average:
            return self.dataset[self.indices({})].mean(
                axis=self.axis_after_drop(self.layout.frames)
            )
        return self.dataset[self.indices({self.layout.frames: self.ind})]
