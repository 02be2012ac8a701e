"""Registered stacks, frame by frame: as it was, as it is now, and how far it had moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pycroscopy._inputs import as_dataset
from pycroscopy.viz.drift import draw_drift
from pycroscopy.viz.maps import Colours, numbers_of, show_image
from pycroscopy.viz.panels import scale_of
from sidpy.viz.layout import Layout

from .kit import WithKit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy
    from pycroscopy.image.registration import Registration

__all__ = ["DriftView"]


class DriftView(WithKit):
    """One frame before and after registration, and the drift of all with its errors.

    A slider, or a click on the drift, chooses the frame; only that frame is computed.

    Parameters
    ----------
    result : Registration
        As `pycroscopy.image.register` makes.
    stack : Dataset or array, optional
        What was registered, frames first or along the axis that is not spatial; without it
        the mean of the registered frames is drawn instead.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    kit : module, optional
        Whose controls are made; by default ipywidgets in a notebook, else those of sidpy.
    **options
        As for the views of `sidpy.viz`.

    Raises
    ------
    ValueError
        When the stack has another number of frames.
    """

    size: ClassVar[tuple[float, float]] = (13.0, 4.2)

    def __init__(
        self,
        result: Registration,
        stack: Any = None,
        figure: Figure | None = None,
        *,
        kit: Any = None,
        **options: Any,
    ) -> None:
        from pycroscopy.image.registration import frames_first

        self.result, self.kit = result, kit
        self.before = None if stack is None else frames_first(as_dataset(stack))
        count = len(result.drift)
        if self.before is not None and self.before.shape[0] != count:
            msg = f"{count} frames were registered, the stack has {self.before.shape[0]}"
            raise ValueError(msg)
        self.frame = 0
        layout = Layout("stack", frames=0, rows=1, columns=2)
        super().__init__(result.stack, figure, layout=layout, **options)

    def __repr__(self) -> str:
        return f"DriftView of {self.result!r}"

    # -- drawing -----------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the first frame before and after, and the drift."""
        self.axes = list(self.fig.subplots(1, 3))
        first, second, third = self.axes
        if self.before is None:
            source, values = self.dataset, numbers_of(self.dataset.mean(axis=0))
            first.set_title("mean of the registered frames", fontsize="medium")
        else:
            source, values = self.before, self.numbers(self.before)
        self.left = self._show(first, source, values)
        self.right = self._show(second, self.dataset, self.numbers(self.dataset))
        draw_drift(third, self.result)
        self.places = scale_of(self.result.drift._axes[0]).values
        self.line = third.axvline(self.places[0], color="0.3", lw=1)
        self.title(self.fig.suptitle, repr(self.result))
        self.write()
        self.connect("button_release_event", self.on_click)
        self.slider = self.control(
            "IntSlider", lambda change: self.choose(change["new"]), value=0, min=0,
            max=len(self.places) - 1, description="Frame",
        )  # fmt: skip

    def _show(self, axes: Any, stack: sidpy.Dataset, values: NDArray[Any]) -> Any:
        shown = show_image(axes, values, (stack._axes[1], stack._axes[2]), cmap="gray")
        colours = Colours.of(values, signed=False)
        shown.set_clim(colours.low, colours.high)
        return shown

    def numbers(self, stack: sidpy.Dataset) -> NDArray[np.float64]:
        """Compute the chosen frame of a stack."""
        return numbers_of(stack[self.frame])

    def write(self) -> None:
        """Write which frame is shown."""
        which = scale_of(self.result.drift._axes[0]).at(self.frame)
        if self.before is not None:
            self.axes[0].set_title(f"frame {which} as it was", fontsize="medium")
        down, right = np.asarray(self.result.drift)[self.frame]
        text = f"frame {which} moved by {down:.2f}, {right:.2f} px"
        self.axes[1].set_title(text, fontsize="medium", parse_math=False)

    # -- the chosen frame --------------------------------------------------------------

    def choose(self, frame: int) -> None:
        """Show another frame.

        Parameters
        ----------
        frame : int
            Its number, brought into the range there is.
        """
        self.frame = int(np.clip(frame, 0, len(self.places) - 1))
        if self.before is not None:
            self.left.set_array(self.numbers(self.before))
        self.right.set_array(self.numbers(self.dataset))
        self.line.set_xdata([self.places[self.frame]] * 2)
        self.write()
        if self.slider.value != self.frame:
            self.slider.value = self.frame
        self.redraw()
        self.moved()

    def on_click(self, event: Any) -> None:
        """Choose the frame nearest to a click on the drift."""
        if self.is_clicked(event, self.axes[2]):
            self.choose(int(np.abs(self.places - event.xdata).argmin()))

    @property
    def place(self) -> dict[str, float]:
        """The chosen frame, by the name of its dimension."""
        dimension = self.result.drift._axes[0]
        return {dimension.name: float(dimension.values[self.frame])}

    def go_to(self, place: Mapping[str, float]) -> None:
        """Choose the frame nearest to a place."""
        name = self.result.drift._axes[0].name
        if name in place:
            nearest = int(np.abs(self.places - place[name]).argmin())
            if nearest != self.frame:
                self.choose(nearest)

    def shown(self) -> sidpy.Dataset:
        """Return the chosen frame after registration."""
        return self.dataset[self.frame]
