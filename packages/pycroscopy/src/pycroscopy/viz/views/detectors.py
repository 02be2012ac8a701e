"""Virtual detectors moved over diffraction patterns, and the image of the scan they give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from pycroscopy._inputs import lazy
from pycroscopy.diffraction.detectors import Detector, disk
from pycroscopy.diffraction.patterns import Patterns
from pycroscopy.viz.maps import show_image
from sidpy.viz.sampling import BUDGET

from .base import ResultView

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

__all__ = ["DetectorView"]

#: Exponent of the grey scale of patterns, so that weak disks show.
_GAMMA: Final = 0.5


class DetectorView(ResultView):
    """A pattern with the outline of a detector, and the image that this detector gives.

    Sliders move the centre and the two radii; so does a click or a drag in the pattern.  A
    click on the image shows the pattern of that position, which alone is read for it.  The
    image follows at once: it is made of scan positions kept in memory, all of them where that
    is possible, else evenly spaced ones, as a note says.  ``All positions`` makes it of the
    whole scan in one pass over the file.

    Parameters
    ----------
    data : Dataset or array of shape (..., v, u), real
        A scan of diffraction patterns of any size, along one axis or two.
    detector : Detector, optional
        To begin with; a disk of a quarter of the pattern in its middle by default.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    budget : int
        Numbers of patterns that are kept in memory.
    **options
        As for `ResultView`.

    Raises
    ------
    TypeError, ValueError
        When the data are no scan of patterns.
    """

    size: ClassVar[tuple[float, float]] = (10.5, 4.6)
    cmap: ClassVar[str] = "gray"

    def __init__(
        self,
        data: Any,
        detector: Detector | None = None,
        figure: Figure | None = None,
        *,
        budget: int = BUDGET,
        **options: Any,
    ) -> None:
        self.patterns = Patterns.of(data)
        scan = self.patterns.scan_shape
        if not 1 <= len(scan) <= 2:
            msg = f"a scan of patterns has one or two axes more, found the shape {scan}"
            raise ValueError(msg)
        self.data = self.patterns.dataset
        self.every = _every(scan, int(np.prod(self.data.shape[-2:])), budget)
        self.kept = np.asarray(lazy(self.data)[tuple(slice(None, None, n) for n in self.every)])
        self._take(detector)
        self.whole: sidpy.Dataset | None = None
        super().__init__({"detector": self.image()}, figure, **options)

    def _take(self, detector: Detector | None) -> None:
        """Turn a detector into pixels: row and column of its centre, two radii."""
        v, u = self.patterns.v, self.patterns.u
        self.pixel = max(abs(_step(v)), abs(_step(u)))
        if detector is None:
            middle = float(v[len(v) // 2]), float(u[len(u) // 2])
            detector = disk(self.pixel * max(1, min(len(v), len(u)) // 8), middle)
        center = (0.0, 0.0) if detector.center is None else detector.center
        self.row = int(np.abs(v - center[0]).argmin())
        self.column = int(np.abs(u - center[1]).argmin())
        most = int(np.ceil(np.hypot(len(v), len(u))))
        self.inner = min(round(detector.inner / self.pixel), most - 1)
        self.outer = min(most, round(min(detector.outer / self.pixel, most)))
        self.most = most

    @property
    def detector(self) -> Detector:
        """The detector as it is now, for `virtual_images`."""
        center = float(self.patterns.v[self.row]), float(self.patterns.u[self.column])
        return Detector(self.inner * self.pixel, self.outer * self.pixel, center=center)

    # -- the image ---------------------------------------------------------------------

    def image(self) -> sidpy.Dataset:
        """Return the image of the detector from the positions in memory."""
        weights = self.detector.weights(self.patterns.v, self.patterns.u)
        # counts of 16 bits are exact in single precision
        kind = np.float32 if self.kept.dtype.itemsize <= 2 else np.float64
        flat = self.kept.reshape(-1, weights.size)
        counted = np.flatnonzero(weights)
        if len(counted) * 8 < weights.size:  # a small detector reads little of each pattern
            sums = flat[:, counted].sum(axis=1, dtype=np.float64)
        else:
            sums = _product(flat, weights.ravel().astype(kind))
        values = sums.reshape(self.kept.shape[:-2])
        for axis, every in enumerate(self.every):
            values = values.repeat(every, axis)[
                tuple(slice(n) if a == axis else slice(None)
                      for a, n in enumerate(self.patterns.scan_shape))
            ]  # fmt: skip
        return self.patterns.scanned(values, "detector")

    def exact(self) -> sidpy.Dataset:
        """Return the image of the detector from all positions, in one pass; lazy."""
        from pycroscopy.diffraction.imaging import virtual_images

        return virtual_images(self.data, {"detector": self.detector})["detector"]

    # -- drawing -----------------------------------------------------------------------

    def heading(self) -> str:
        """Name the data."""
        return str(self.data.title)

    def draw_beside(self) -> None:
        """Draw the pattern and the outline of the detector."""
        from matplotlib.colors import PowerNorm
        from matplotlib.patches import Circle

        axes = self.axes[1]
        dimensions = self.data._axes[self.data.ndim - 2], self.data._axes[self.data.ndim - 1]
        self.pattern = show_image(axes, self.mean_pattern(), dimensions, cmap="inferno")
        self.pattern.set_norm(PowerNorm(_GAMMA))
        self.fig.colorbar(self.pattern, ax=axes, fraction=0.05, label=self._words_of_data())
        style = {"fill": False, "ec": "cyan", "lw": 1.6}
        self.circles = [axes.add_patch(Circle((0, 0), 1.0, **style)) for _ in range(2)]
        self.shown_mean = True
        self.outline()
        if max(self.every) > 1:
            self.note(f"image from one position in {int(np.prod(self.every))}")
        self.connect("button_press_event", self.on_pattern)
        self.connect("motion_notify_event", self.on_pattern)

    def _words_of_data(self) -> str:
        from pycroscopy.viz.panels import value_caption

        return value_caption(self.data)

    def mean_pattern(self) -> NDArray[np.float64]:
        """Return the mean of the patterns in memory."""
        axes = tuple(range(self.kept.ndim - 2))
        return np.asarray(self.kept.mean(axis=axes, dtype=np.float64))

    def outline(self) -> None:
        """Draw the outline where the detector is."""
        v, u = self.patterns.v[self.row], self.patterns.u[self.column]
        for circle, radius in zip(self.circles, (self.inner, self.outer), strict=True):
            circle.set(center=(u, v), radius=radius * self.pixel)
            circle.set_visible(radius > 0)

    def show_place(self, index: tuple[int, ...]) -> None:
        """Show the pattern of one position; at first the mean of all."""
        if self.shown_mean:
            self.shown_mean = False
            title = "mean pattern"
        else:
            values = np.asarray(lazy(self.data)[index], np.float64)
            self.pattern.set_array(values)
            self.pattern.autoscale()
            title = f"pattern at {self.place_text()}"
        self.axes[1].set_title(title, fontsize="medium", parse_math=False)

    # -- choices -----------------------------------------------------------------------

    def make_controls(self) -> None:
        """Make the sliders of the detector, and the choice of all positions."""
        rows, columns = len(self.patterns.v), len(self.patterns.u)
        self.sliders = {
            name: self.control(
                "IntSlider", lambda change, name=name: self.move(**{name: change["new"]}),
                value=getattr(self, name), min=low, max=high, description=name.capitalize(),
            )
            for name, low, high in (
                ("inner", 0, self.most - 1), ("outer", 1, self.most),
                ("row", 0, rows - 1), ("column", 0, columns - 1),
            )
        }  # fmt: skip
        self.all_button = self.control(
            "ToggleButton", self.choose_all, value=False, description="All positions",
        )  # fmt: skip
        super().make_controls()

    def move(self, **places: int) -> None:
        """Move the detector, and show its image.

        Parameters
        ----------
        **places : int
            ``row``, ``column``, ``inner``, ``outer``, in pixels of the pattern; the outer
            radius stays larger than the inner one.
        """
        for name, value in places.items():
            if name not in ("row", "column", "inner", "outer"):
                msg = f"a detector has row, column, inner and outer, found {name!r}"
                raise ValueError(msg)
            setattr(self, name, int(value))
        if self.outer <= self.inner:
            if "outer" in places:
                self.inner = max(0, self.outer - 1)
            else:
                self.outer = self.inner + 1
        for name, slider in getattr(self, "sliders", {}).items():
            if slider.value != getattr(self, name):
                slider.value = getattr(self, name)
        if getattr(self, "all_button", None) is not None and self.all_button.value:
            self.all_button.value = False  # another detector: the pass is to be asked for
        self.outline()
        self.maps["detector"] = self.image()
        self.change_map(self.map_numbers())
        self.moved()

    def choose_all(self, change: Any) -> None:
        """Make the image of all positions, or of those in memory."""
        if change["new"]:
            from sidpy.proc.progress import compute

            exact = self.exact()
            (values,) = compute([lazy(exact)], label="virtual detector")
            self.whole = exact.like_data(values)
            self.maps["detector"] = self.whole
        else:
            self.maps["detector"] = self.image()
        self.change_map(self.map_numbers())

    def on_pattern(self, event: Any) -> None:
        """Move the centre of the detector to where the pattern is clicked or dragged."""
        pressed = event.name == "button_press_event" or getattr(event, "buttons", None)
        if not pressed or not self.is_clicked(event, self.axes[1]):
            return
        row = int(np.abs(self.patterns.v - event.ydata).argmin())
        column = int(np.abs(self.patterns.u - event.xdata).argmin())
        if (row, column) != (self.row, self.column):
            self.move(row=row, column=column)

    def shown(self) -> sidpy.Dataset:
        """Return the image of the detector."""
        return self.maps["detector"]


def _step(values: NDArray[np.float64]) -> float:
    return float(values[-1] - values[0]) / (len(values) - 1) if len(values) > 1 else 1.0


def _every(scan: tuple[int, ...], size: int, budget: int) -> list[int]:
    """Return the step along each axis of the scan at which patterns fit into the budget."""
    every = [1] * len(scan)
    while size * np.prod([-(-n // e) for n, e in zip(scan, every, strict=True)]) > budget:
        axis = int(np.argmax([n / e for n, e in zip(scan, every, strict=True)]))
        if every[axis] >= scan[axis]:
            break
        every[axis] += 1
    return every


def _product(rows: NDArray[Any], weights: NDArray[Any]) -> NDArray[np.float64]:
    """Return the weighted sum of each row, a few rows at a time in the type of the weights."""
    step = max(1, (1 << 22) // rows.shape[1])
    parts = [
        rows[first : first + step].astype(weights.dtype, copy=False) @ weights
        for first in range(0, len(rows), step)
    ]
    return np.concatenate(parts).astype(np.float64)
