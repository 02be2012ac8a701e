"""Several stacks of images at once: one frame of one channel, and its pixels along the frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sidpy.viz.layout import Layout, right_and_down
from sidpy.viz.sampling import compute

from .spectral import SpectralImageVisualizerBase

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MultiImageStackVisualizer"]


class MultiImageStackVisualizer(SpectralImageVisualizerBase):
    """One frame of one channel, and the values of the chosen pixel along the frames.

    ``slider`` turns the frames (``ind``), ``channel_slider`` the channels.

    Parameters
    ----------
    dset : Dataset
        Two axes in space, one for the frames, and possibly one of channels.
    figure, horizontal, **kwargs
        As for `View`; foreign keywords go to ``imshow``.
    """

    def own_layout(self) -> Layout:
        """Find two axes in space; of the others, channels and frames."""
        dataset = self.dataset
        kinds = {i: axis.dimension_type.name for i, axis in dataset._axes.items()}
        space = [i for i, kind in kinds.items() if kind in ("SPATIAL", "RECIPROCAL")]
        rest = [i for i in kinds if i not in space]
        if len(space) != 2 or len(rest) not in (1, 2):
            self.refuse("two spatial axes, one of frames and at most one of channels")
        channels = [i for i in rest if kinds[i] == "CHANNEL"] or rest[1:]
        members = channels[0] if len(rest) == 2 else None
        frames = next(i for i in rest if i != members)
        rows, columns = right_and_down(dataset._axes, *space)
        return Layout("spectral", rows=rows, columns=columns, abscissa=frames, members=members)

    def draw(self) -> None:
        """Draw the first frame and the curves of the first pixel."""
        self.ind = self.channel = 0
        super().draw()

    def mean_map(self) -> NDArray[Any]:
        """Return the frame that is shown."""
        cube = abs(self.cube) if self.is_complex else self.cube
        index = (self.ind,) if self.layout.members is None else (self.channel, self.ind)
        return compute(cube[(slice(None), slice(None), *index)])

    def map_title(self) -> str:
        """Write which frame is shown."""
        return f"frame {self.ind}"

    def make_controls(self) -> None:
        """Make the choice of units and the sliders of frames and channels."""
        super().make_controls()
        self.number_of_slices = self.dataset.shape[self.layout.abscissa]
        self.slider = self.control(
            "IntSlider", lambda change: self.show(frame=change["new"]), value=0, min=0,
            max=self.number_of_slices - 1, description="Frame:",
        )  # fmt: skip
        if self.layout.members is not None:
            self.channel_slider = self.control(
                "IntSlider", lambda change: self.show(channel=change["new"]), value=0, min=0,
                max=self.dataset.shape[self.layout.members] - 1, description="Channel:",
            )  # fmt: skip

    def show(self, frame: int | None = None, channel: int | None = None) -> None:
        """Turn to another frame or channel."""
        self.ind = self.ind if frame is None else int(frame)
        self.channel = self.channel if channel is None else int(channel)
        self.image = self.mean_map()
        self.change_map(self.image)

    def set_window(self, low: float | None = None, high: float | None = None) -> None:  # noqa: ARG002 - a window of one frame
        """Turn to the frame at the lower end of a window."""
        if low is not None:
            self.slider.value = self.abscissa.index_of(low)
