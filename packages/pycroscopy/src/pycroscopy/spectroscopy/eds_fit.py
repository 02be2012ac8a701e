"""Fits of families of lines and bremsstrahlung to spectra of X-rays, by their likelihood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy._inputs import lazy
from sidpy.sid.operations import operation

from .eds_intensities import LineIntensities, labelled_parts, packed, with_columns
from .eds_likelihood import fit_linear, fit_one
from .eds_model import EmissionModel, channel_edges
from .energy_spectra import Spectra

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    import sidpy

    from .eds_detector import Detector
    from .eds_lines import XrayFamily

__all__ = ["LineFit", "checked_gain", "fit_lines", "mean_counts", "prepared", "window_of"]

#: Where lines are fitted by default, from above the noise of the electronics, eV.
_FIRST = 150.0


@dataclass(frozen=True, eq=False, repr=False)
class LineFit(LineIntensities):
    """Families of lines on bremsstrahlung, fitted to each spectrum of an image."""

    background_terms: sidpy.Dataset
    """Of shape (scan..., order + 1): counts of each term of the background."""
    data: sidpy.Dataset
    """The spectra."""
    model: EmissionModel
    """What was fitted."""
    window: tuple[float, float]
    """From where to where, eV."""

    def to_datasets(self) -> dict[str, sidpy.Dataset]:
        """Return everything as datasets by name, ready for `sidpy.write`."""
        return {**super().to_datasets(), "background_terms": self.background_terms}

    def background(self) -> sidpy.Dataset:
        """Return the fitted bremsstrahlung over the window, lazily; NaN beyond it."""
        return self._sum("background", lines=False)

    def fitted(self) -> sidpy.Dataset:
        """Return lines and background over the window, lazily; NaN beyond it."""
        return self._sum("fit", lines=True)

    def residual(self) -> sidpy.Dataset:
        """Return data less fit, lazily; NaN beyond the window."""
        spectra = Spectra.of(self.data, photons=True)
        rest = lazy(self.data) - lazy(self._sum("fit", lines=True))
        return spectra.labelled(rest, "residual", energy=spectra.energy, axis="energy")

    def _sum(self, title: str, *, lines: bool) -> sidpy.Dataset:
        import dask.array as da

        spectra = Spectra.of(self.data, photons=True)
        columns = self.model.columns(channel_edges(spectra.energy))
        columns[~spectra.channels(self.window)] = np.nan
        count = len(self.model.families)
        parts = lazy(self.background_terms)
        if lines:
            amounts = [lazy(self.intensities[name])[..., None] for name in self.model.names]
            parts = da.concatenate([*amounts, parts], axis=-1).rechunk({parts.ndim - 1: -1})
        shapes = columns if lines else columns[:, count:]
        values = da.tensordot(parts, shapes.T, axes=1)
        return spectra.labelled(values, title, energy=spectra.energy, axis="energy")


@operation(name="pycroscopy.spectroscopy.fit_lines")
def fit_lines(  # noqa: PLR0913 - the conditions of a measurement, all by keyword
    data: Any,
    elements: str | Iterable[str | XrayFamily],
    *,
    beam_energy: float | None = None,
    detector: Detector | float | None = None,
    window: tuple[float, float] | None = None,
    order: int = 2,
    gain: float = 1.0,
    mean: Any = None,
    masses: Mapping[str, float] | None = None,
    take_off_angle: float | None = None,
) -> LineFit:
    """Fit families of lines and bremsstrahlung to each spectrum, by the likelihood of counts.

    Parameters
    ----------
    data : Dataset or array of shape (..., energy), real
        Spectra in eV or keV, calibrated: see `fit_sum`.
    elements : str or iterable of str or XrayFamily
        Symbols, for all their families in the window, or families such as ``"Fe_K"``.
    beam_energy : float, optional, eV
        Of the electrons; by default what the metadata say.
    detector : Detector or float, optional
        Or its resolution in eV; 130 eV by default.
    window : (float, float), optional, eV
        What is fitted; from 150 eV to the end by default, or to the energy of the beam.
    order : int
        Of the polynomial by which the background differs from Kramers' law.
    gain : float
        Values of the data that one photon makes.
    mean : Dataset or array of shape (energy,), optional
        Mean spectrum, or any other that knows what is in the specimen; by default it is
        summed up now, in one pass over the data.
    masses : mapping of str to float, optional, kg/m²
        Of elements in the film, on average, where it absorbs some lines of a family more than
        others: the L lines of a light metal in a thick oxide, for instance.
    take_off_angle : float, optional, degrees
        Of the detector above the film; with the masses.

    Returns
    -------
    LineFit
        Lazy, and computed together by its `persist`; an intensity is the number of photons
        of the family that were counted, in the units of the data. It is below zero where
        noise is. NaN for a spectrum that has no counts, or fewer channels than there are
        shapes; single missing channels (NaN, masked) do not matter.

    Raises
    ------
    ValueError
        For unknown elements, elements without a line in the window, families that have the
        same shape there, too few channels, an axis that is not one of energies at equal
        steps, and when all data are empty.
    MissingDependency
        Without xraylib, where elements are not given as families.

    See Also
    --------
    fit_sum : calibrates the axis, and finds the resolution.
    cliff_lorimer, zeta_factor_method : what it means for the composition.

    Notes
    -----
    Positions and widths are fixed, so that a block of spectra is a few products of matrices.

    Examples
    --------
    >>> from pycroscopy.simulate import emission_image
    >>> made = emission_image((2, 3), photons=None)
    >>> found = fit_lines(made.data, ["O", "Si", "Ti", "Fe"], detector=made.detector)
    >>> np.allclose(found["Ti_K"], made.intensities["Ti_K"])
    True
    """
    spectra, model, inside, window = prepared(
        data,
        elements,
        window,
        beam_energy=beam_energy,
        detector=detector,
        order=order,
        absorbing=(masses, take_off_angle),
    )
    edges = channel_edges(spectra.energy)
    columns = model.columns(edges)
    if inside.sum() <= columns.shape[1]:
        msg = (
            f"{inside.sum()} channels from {window[0]:g} to {window[1]:g} eV for "
            f"{columns.shape[1]} shapes, {model.names} and a background of {order + 1} terms"
        )
        raise ValueError(msg)
    counts = mean_counts(spectra, mean) / checked_gain(gain)
    fit, expected = fit_one(counts, columns, inside)
    if not np.isfinite(fit.amplitudes).all():
        msg = (
            f"{model.names} and a background of {order + 1} terms cannot be told apart from "
            f"{window[0]:g} to {window[1]:g} eV: leave out what overlaps, or widen the window"
        )
        raise ValueError(msg)
    names = model.names
    count = len(names)
    found = spectra.mapped(
        _fitted_rows,
        (count + count * (count + 1) // 2 + 1 + order + 1,),
        columns=columns,
        mean=expected,
        used=inside,
        gain=float(gain),
        count=count,
    )
    terms = found[..., -(order + 1) :]
    return LineFit(
        **labelled_parts(spectra, found, names),
        background_terms=with_columns(spectra, terms, "terms of the background"),
        data=spectra.dataset,
        model=model,
        window=window,
    )


def prepared(
    data: Any, elements: Any, window: tuple[float, float] | None, **options: Any
) -> tuple[Spectra, EmissionModel, NDArray[np.bool_], tuple[float, float]]:
    """Return spectra, what they may consist of, and which channels are fitted."""
    spectra = Spectra.of(data, photons=True).even()
    if not spectra.dataset.size:
        msg = f"no spectra in data of shape {spectra.dataset.shape}"
        raise ValueError(msg)
    window = window_of(spectra, window)
    inside = spectra.channels(window)
    model = EmissionModel.of(spectra, elements, window, **options)
    if model.beam_energy < window[1]:
        inside &= spectra.energy < model.beam_energy
    return spectra, model, inside, window


def window_of(spectra: Spectra, window: tuple[float, float] | None) -> tuple[float, float]:
    """Return what is fitted of spectra, from where to where, eV."""
    if window is not None:
        return float(window[0]), float(window[1])
    return max(_FIRST, float(spectra.energy[0])), float(spectra.energy[-1]) + spectra.step


def checked_gain(gain: float) -> float:
    """Return a gain; raise a ValueError when it is not above zero."""
    if not 0 < gain < np.inf:
        msg = f"a gain of {gain}; expected more than 0"
        raise ValueError(msg)
    return float(gain)


def mean_counts(spectra: Spectra, given: Any = None) -> NDArray[np.float64]:
    """Return the mean spectrum: as given, or summed up now.

    Raises
    ------
    ValueError
        When it has no counts.
    """
    if given is not None:
        found = spectra.beside(given, "a mean spectrum")
        values = np.asarray(found.dataset, float)
        if values.ndim > 1:
            msg = f"a mean spectrum of shape {values.shape}; expected {len(spectra.energy)}"
            raise ValueError(msg)
    else:
        values = _mean(spectra)
    if not np.nansum(values) > 0:
        msg = f"no counts in the mean spectrum of {spectra.dataset.title!r}"
        raise ValueError(msg)
    return values


def _mean(spectra: Spectra) -> NDArray[np.float64]:
    """Return the mean of all spectra, of what is not missing."""
    import dask
    import dask.array as da

    values = spectra.mapped(np.copy, (len(spectra.energy),))
    scan = tuple(range(values.ndim - 1))
    if not scan:
        return np.asarray(values.compute())
    present = da.isfinite(values)
    total, number = dask.compute(
        da.where(present, values, 0.0).sum(axis=scan), present.sum(axis=scan)
    )
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def _fitted_rows(
    rows: NDArray[Any],
    columns: NDArray[Any],
    mean: NDArray[Any],
    used: NDArray[Any],
    gain: float,
    count: int,
) -> NDArray[np.float64]:
    """Return intensities, their covariance, the misfit and the background of each row."""
    fit = fit_linear(rows / gain, columns, mean, used, count)
    covariance = gain**2 * packed(fit.covariance[:, :count, :count])
    amplitudes = gain * fit.amplitudes
    return np.concatenate(
        [amplitudes[:, :count], covariance, fit.misfit[:, None], amplitudes[:, count:]], axis=1
    )
