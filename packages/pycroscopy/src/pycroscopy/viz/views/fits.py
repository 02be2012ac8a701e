"""Fits at every position: the map of any parameter, and the fit of the chosen pixel."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from pycroscopy._inputs import as_dataset, lazy
from pycroscopy.viz.fits import FitCurves, is_loop, parameter_lines, write_in
from sidpy.viz.sampling import BUDGET

from .base import ResultView

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy
    from sidpy.proc.fitted import DatasetFit

__all__ = ["FitView", "LiveFitView", "PixelFit"]


class PixelFit(NamedTuple):
    """The fit of one pixel."""

    data: NDArray[Any]
    curve: NDArray[Any]
    parameters: NDArray[np.float64]
    errors: NDArray[np.float64]
    misfit: float
    """Reduced chi squared."""
    words: str
    """Parameters with their errors."""


class _CurveView(ResultView):
    """A map, and the curve of the chosen pixel with its fit."""

    size: ClassVar[tuple[float, float]] = (13.0, 4.8)

    #: What was measured, and the axis that is fitted.
    data: sidpy.Dataset
    fitted_axis: int

    def make_panels(self) -> list[Any]:
        """Make the map, the curve over its residual, and room for the parameters."""
        grid = self.fig.add_gridspec(
            2, 3, height_ratios=(3, 1), width_ratios=(5, 5, 2.6), wspace=0.06
        )
        upper = self.fig.add_subplot(grid[0, 1])
        return [
            self.fig.add_subplot(grid[:, 0]),
            upper,
            self.fig.add_subplot(grid[1, 1], sharex=upper),
            self.fig.add_subplot(grid[:, 2]),
        ]

    def draw_beside(self) -> None:
        """Prepare the curves and the words."""
        dimension = self.data._axes[self.fitted_axis]
        ordered = not is_loop(np.asarray(dimension.values))
        self.curves = FitCurves(self.axes[1], self.axes[2], dimension, self.data, ordered=ordered)
        self.words = write_in(self.axes[3], "")

    def show_place(self, index: tuple[int, ...]) -> None:
        """Show curve, fit, residual and parameters of one pixel."""
        self.pixel = found = self.fit_at(index)
        self.curves.show(found.data, found.curve)
        self.axes[1].set_title(f"at {self.place_text()}", fontsize="medium", parse_math=False)
        self.words.set_text(found.words)

    def fit_at(self, index: tuple[int, ...]) -> PixelFit:
        """Return the fit of one pixel."""
        raise NotImplementedError

    def curve_at(self, index: tuple[int, ...]) -> NDArray[Any]:
        """Read what was measured at one pixel, and nothing else."""
        return np.asarray(lazy(self.data)[self.place_in_data(index)])

    def place_in_data(self, index: tuple[int, ...]) -> tuple[Any, ...]:
        """Return the index of the data at a position."""
        places = list(index)
        places.insert(self.fitted_axis, slice(None))  # type: ignore[arg-type] # one axis is whole
        return tuple(places)

    def shown(self) -> sidpy.Dataset:
        """Return what was measured at the chosen pixel."""
        return self.data[self.place_in_data(self.index)]


class FitView(_CurveView):
    """Maps of all parameters of a fit, and data, curve, residual and parameters of a pixel.

    Parameters
    ----------
    fit : DatasetFit
        Of curves; as `fit_dataset`, `fit_resonance`, `fit_loops` and others make.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    **options
        As for `ResultView`.

    Raises
    ------
    ValueError
        When the fit has one position only, or is one of images.
    """

    def __init__(self, fit: DatasetFit, figure: Figure | None = None, **options: Any) -> None:
        if len(fit.axes) != 1:
            msg = (
                f"this view shows fits of curves, found one along {len(fit.axes)} axes; "
                "pycroscopy.viz.draw_fit draws it"
            )
            raise ValueError(msg)
        self.fit, self.data, self.fitted_axis = fit, fit.dataset, fit.axes[0]
        super().__init__(_maps_of(fit), figure, **options)

    def heading(self) -> str:
        """Name the data and the model."""
        return f"{self.data.title}: {self.fit.model!r}"

    def fit_at(self, index: tuple[int, ...]) -> PixelFit:
        """Take the fit of one pixel from the results."""
        return pixel_fit(self.fit, self.curve_at(index), np.asarray(self.fit.packed[index]))


def _maps_of(fit: DatasetFit) -> dict[str, sidpy.Dataset]:
    maps = {name: fit[name] for name in fit.names}
    for name, unit in zip(fit.names, fit.units, strict=True):
        errors = fit[name].variance ** 0.5
        maps[f"error of {name}"] = error = maps[name].like_data(errors)
        error.variance = None
        error.quantity, error.units = f"error of {name}", unit
    maps["reduced chi squared"] = fit.reduced_chi_squared
    maps["status"] = fit.status
    return maps


def pixel_fit(fit: DatasetFit, data: NDArray[Any], packed: NDArray[np.float64]) -> PixelFit:
    """Put the fit of one pixel together.

    Parameters
    ----------
    fit : DatasetFit
        Whose model it is.
    data : ndarray of shape (n,)
        What was measured.
    packed : ndarray of shape (numbers,)
        All results of the pixel.
    """
    names = ("parameters", "variances", "reduced_chi_squared", "status")
    values, variances, misfit, status = (packed[fit._layout.where(name)] for name in names)
    with np.errstate(all="ignore"):
        curve = np.asarray(fit.model(values[None, :], fit.x)).reshape(len(data))
        errors = np.sqrt(variances)
    words = parameter_lines(fit.names, values, errors, fit.units)
    ended = "converged" if status > 0 else f"failed (status {status:.0f})"
    words += f"\n\nreduced χ² = {misfit:.4g}\n{ended}"
    return PixelFit(data, curve, values, errors, float(misfit), words)


class LiveFitView(_CurveView):
    """A map of the data, and the fit of the chosen pixel, which alone is read and fitted.

    For data of any size: the map is the mean over each curve, of evenly spaced ones where the
    data are large, as a note says.

    Parameters
    ----------
    data : Dataset
        Curves at positions.
    function : callable
        Takes a Dataset of one curve and returns a `DatasetFit`, which may be lazy.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    dim : str or int, optional
        The axis along which curves run: by default the only spectral one, or the last.
    **options
        As for `ResultView`.
    """

    def __init__(
        self,
        data: Any,
        function: Callable[[sidpy.Dataset], DatasetFit],
        figure: Figure | None = None,
        *,
        dim: str | int | None = None,
        **options: Any,
    ) -> None:
        from pycroscopy.fit.rows import Rows

        rows = Rows.of(as_dataset(data), dim, least=1)
        self.data, self.fitted_axis, self.function = rows.dataset, rows.axis, function
        mean = self.data.mean(axis=self.fitted_axis)
        super().__init__({"mean of each curve": mean}, figure, **options)

    def heading(self) -> str:
        """Name the data."""
        return f"{self.data.title}: fitted where you look"

    def map_steps(self) -> list[int]:
        """Return of how many rows and columns one is drawn: no more is read than BUDGET."""
        steps = super().map_steps()
        points = self.data.shape[self.fitted_axis]
        rows, columns = self.dataset.shape
        share = -(-rows // steps[0]) * -(-columns // steps[1]) * points / BUDGET
        more = math.ceil(math.sqrt(share)) if share > 1 else 1
        return [step * more if n > 1 else step * more**2
                for step, n in zip(steps, (rows, columns), strict=True)]  # fmt: skip

    def map_numbers(self) -> NDArray[np.float64]:
        """Compute the mean of each curve that is drawn, of complex ones of the magnitude."""
        index = list(self.ground.slices(self.pages, self.steps))
        index.insert(self.fitted_axis, slice(None))
        part = lazy(self.data)[tuple(index)]
        # paged axes are gone, those before the curves no longer count
        axis = self.fitted_axis - sum(page < self.fitted_axis for page in self._paged_in_data())
        part = abs(part) if part.dtype.kind == "c" else part
        return np.asarray(self.ground.upright(part.mean(axis=axis)), np.float64)

    def _paged_in_data(self) -> list[int]:
        """Return the paged axes as axes of the data."""
        return [axis + (axis >= self.fitted_axis) for axis in self.ground.paged]

    def fit_at(self, index: tuple[int, ...]) -> PixelFit:
        """Read and fit one pixel."""
        curve = self.data[self.place_in_data(index)]
        fit = self.function(curve)
        return pixel_fit(fit, np.asarray(curve), np.asarray(fit.packed).ravel())
