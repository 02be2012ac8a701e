"""Stacks of images, one frame at a time or several side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sidpy.viz.sampling import compute, thinned
from sidpy.viz.scales import draw_scale_bar

from .curve import parts
from .image import ImageView, draw_image, rgb

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["StackView"]


class StackView(ImageView):
    """A stack: frame `index`, turned with the mouse wheel, or `frames` of them at once.

    ``img`` is the image drawn, ``ind`` the number of its frame.
    """

    size: ClassVar[tuple[float, float]] = (5.8, 5.0)

    def draw(self) -> None:
        """Draw the first frame or the overview."""
        layout = self.layout
        order = (layout.frames, layout.rows, layout.columns, layout.colour)
        self.stack, steps = thinned(self.arranged(*order), [1, 2])
        self.calibrate(steps)
        self.turns = self.scale(layout.frames)
        self.number_of_slices = self.stack.shape[0]
        if self.options["frames"]:
            self.draw_overview(self.options["frames"])
        else:
            self.ind = range(self.number_of_slices)[self.options["index"]]
            self.draw_single()
            self.connect("scroll_event", self.on_scroll)

    def frame(self, number: int) -> NDArray[Any]:
        """Return one frame; of complex ones the magnitude."""
        values = compute(self.stack[number])
        return rgb(values) if values.ndim == 3 else parts(values)[0][1]

    def frame_title(self, number: int) -> str:
        """Return which frame of how many it is, and where."""
        name = self.dataset._axes[self.layout.frames].name
        place = f"{name} = {self.turns.at(number)}"
        return f"{number + 1} of {self.number_of_slices}, {place}"

    def draw_single(self) -> None:
        """Draw frame `ind`."""
        self.note_complex()
        (ax,) = self.panes(1)
        values = self.frame(self.ind)
        self.img = draw_image(ax, values, self.rows, self.columns, **self.style)
        if values.ndim == 2:
            self.draw_colorbar(ax, self.img)
        if self.options["scale_bar"]:
            draw_scale_bar(ax, self.columns)
        self.write_title()

    def note_complex(self) -> None:
        """Say that only the magnitude is drawn."""
        if np.issubdtype(self.stack.dtype, np.complexfloating):
            self.note("magnitude of complex frames")

    def write_title(self) -> None:
        """Write the title and the place in the stack."""
        self.title(self.axes[0].set_title, f"{self.dataset.title}\n{self.frame_title(self.ind)}")

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

    def show(self, number: int) -> None:
        """Turn to another frame."""
        self.ind = number % self.number_of_slices
        values = self.frame(self.ind)
        self.img.set_array(values)
        if values.ndim == 2 and not {"vmin", "vmax", "norm"} & set(self.style):
            self.img.autoscale()
        self.write_title()
        self.redraw()

    def on_scroll(self, event: Any) -> None:
        """Turn one frame on or back with the mouse wheel."""
        self.show(self.ind + (1 if event.button == "up" else -1))
