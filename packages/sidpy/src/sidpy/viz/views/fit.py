"""Spectral images with what was fitted to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.base.known_functions import recall
from sidpy.errors import UnfitDataset
from sidpy.sid import plain
from sidpy.viz.sampling import compute

from .base import check_dataset
from .curve import draw_curve, parts
from .spectral import ComplexSpectralImageVisualizer, SpectralImageVisualizer

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["ComplexSpectralImageFitVisualizer", "SpectralImageFitVisualizer"]


class _Fitted:
    """The fit of the chosen pixel, from fitted data or from parameters and their function."""

    def take_fit(self, fit: Any, xvec: Any, function: Any) -> None:
        """Keep what was fitted, and how to make a curve of it."""
        self.original_dataset = self.dataset
        self.fit_dset = check_dataset(fit)
        self.xvec = None if xvec is None else np.asarray(xvec, dtype=float)
        self.fit_parameters = None
        if self.fit_dset.shape != self.dataset.shape:
            self.fit_parameters = self.fit_dset
            self.fit_function = function or function_of(self.fit_dset)
            self.check_parameters()

    def check_parameters(self) -> None:
        """Raise unless there are parameters for every pixel."""
        space = [self.dataset.shape[axis] for axis in self.image_dims]
        missing = [n for n in space if n not in self.fit_dset.shape[:-1]]
        if missing or self.fit_dset.ndim != len(space) + 1:
            msg = (
                f"parameters for {space} pixels should have one more axis, for the parameters, "
                f"after these; found the shape {self.fit_dset.shape}"
            )
            raise UnfitDataset(msg)

    def get_fit_spectrum(self) -> NDArray[Any]:
        """Return the fitted curve of the chosen pixel.

        With parameters it is their function at `xvec` or along the spectral axis, for the
        mean parameters of the bin.
        """
        if self.fit_parameters is None:
            return self.by_channel(compute(plain(self.chosen_of(self.fit_dset))))[0]
        values = compute(plain(self.chosen_of(self.fit_dset)))
        x = self.abscissa.values if self.xvec is None else self.xvec
        curve = np.asarray(self.fit_function(x, *values))
        if len(curve) == 2 * len(x):  # real and imaginary parts, one after the other
            curve = curve[: len(x)] + 1j * curve[len(x) :]
        return curve

    def chosen_of(self, dataset: Any) -> Any:
        """Return the part of another dataset with the same map at the chosen bin."""
        picked: list[Any] = [slice(None)] * dataset.ndim
        places = {
            self.layout.columns: (self.x, self.bin_x),
            self.layout.rows: (self.y, self.bin_y),
        }
        axes = sorted(axis for axis in places if axis is not None)
        own = [self.axis_of_map(axis, dataset) for axis in axes]
        for axis, there in zip(axes, own, strict=True):
            first, size = places[axis]
            picked[there] = slice(first, first + size)
        return dataset[tuple(picked)].mean(axis=tuple(own))

    def axis_of_map(self, axis: int, dataset: Any) -> int:
        """Return which axis of another dataset is this axis of the map."""
        if dataset.ndim == self.dataset.ndim and dataset.shape == self.dataset.shape:
            return axis
        return sorted(self.image_dims).index(axis)

    def draw_fit(self) -> None:
        """Draw the fitted curve over the data."""
        self.fit_spectrum = self.get_fit_spectrum()
        x = self.abscissa
        self.fit_lines = []
        for number, ax in enumerate(self.axes[1:]):
            values = self.fit_part(number)
            if self.xvec is not None and len(self.xvec) == len(values) != len(x.values):
                (line,) = ax.plot(self.xvec, values, color="C0", lw=1.6)
            else:
                line = draw_curve(ax, x, values, color="C0", lw=1.6)
            line.set_label("fit")
            self.fit_lines.append(line)

    def fit_part(self, number: int) -> NDArray[Any]:
        """Return what of the fitted curve goes into one of the plots."""
        curve = self.fit_spectrum.astype(complex) if self.is_complex else self.fit_spectrum
        return parts(curve, polar=self.polar)[number][1]

    def update_fit(self) -> None:
        """Show the fit of another pixel."""
        self.fit_spectrum = self.get_fit_spectrum()
        for number, line in enumerate(self.fit_lines):
            line.set_ydata(self.fit_part(number))

    def set_spectrum(self) -> None:
        """Draw the spectrum and its fit."""
        self.take_fit(*self._given)
        super().set_spectrum()
        self.draw_fit()
        self.label_spectra()

    def update_selection(self) -> None:
        """Show the spectrum and the fit of another pixel."""
        self.update_fit()
        super().update_selection()


class SpectralImageFitVisualizer(_Fitted, SpectralImageVisualizer):
    """A spectral image with the fitted curve over the spectrum of the chosen pixel.

    Parameters
    ----------
    original_dataset : Dataset
        The data, as for `SpectralImageVisualizer`.
    fit_dataset : Dataset
        Fitted data of the same shape, or parameters.
    fit_function : callable, optional
        ``f(x, *parameters)``.  It can be left out for fits made in this session, which are
        known by ``metadata['fitting_functions']``; a function from a file is never run.
    xvec : array-like, optional
        Where the function is evaluated; by default along the spectral axis.
    figure, horizontal, **kwargs
        As for `SpectralImageVisualizer`.
    """

    def __init__(
        self,
        original_dataset: Any,
        fit_dataset: Any,
        xvec: Any = None,
        figure: Any = None,
        horizontal: bool = True,  # noqa: FBT001, FBT002 - the released signature
        **kwargs: Any,
    ) -> None:
        self._given = (fit_dataset, xvec, kwargs.pop("fit_function", None))
        super().__init__(original_dataset, figure, horizontal, **kwargs)


class ComplexSpectralImageFitVisualizer(_Fitted, ComplexSpectralImageVisualizer):
    """A complex spectral image with the fitted curves of the chosen pixel.

    Parameters
    ----------
    original_dataset, fit_function, xvec, figure, horizontal, **kwargs
        As for `SpectralImageFitVisualizer`.
    fit_parameters : Dataset
        Fitted data or parameters; a function of real parts returns real and imaginary
        part one after the other.
    """

    def __init__(
        self,
        original_dataset: Any,
        fit_parameters: Any,
        xvec: Any = None,
        figure: Any = None,
        horizontal: bool = True,  # noqa: FBT001, FBT002 - the released signature
        **kwargs: Any,
    ) -> None:
        self._given = (fit_parameters, xvec, kwargs.pop("fit_function", None))
        super().__init__(original_dataset, figure, horizontal, **kwargs)


def function_of(parameters: Any) -> Callable[..., Any]:
    """Return the function that was fitted, from the metadata of its parameters.

    Raises
    ------
    UnfitDataset
        When the metadata hold none, or one that was not fitted in this process: what a file
        says is never run.
    """
    found = parameters.metadata.get("fitting_functions")
    if isinstance(found, dict):
        found = next(iter(found.values()), None)
    if callable(found):
        return found
    function = recall(found) if isinstance(found, str | bytes) else None
    if function is not None:
        return function
    text = found.decode("ascii", "replace") if isinstance(found, bytes) else found
    shown = repr(text[:40]) if isinstance(text, str) else type(found).__name__
    msg = (
        "a dataset of fitted parameters needs their function; metadata['fitting_functions'] "
        f"holds {shown}, which is none of this session, and what a file says is never run. "
        "Give it as fit_function, or give fitted data of the shape of the original"
    )
    raise UnfitDataset(msg)
