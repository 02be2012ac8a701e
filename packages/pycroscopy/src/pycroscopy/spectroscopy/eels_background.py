"""What the spectrum would be without an edge, and what the edge adds to it.

The background is a power law, fitted before the edge by the likelihood of counts, and goes on
beneath it.  The error of the signal has the counts in it, and what the background is known to:
Egerton's h, ``1 + variance / background`` [1]_.

References
----------
.. [1] Egerton, Ultramicroscopy 9, 387 (1982), doi:10.1016/0304-3991(82)90102-9
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pycroscopy._inputs import lazy
from sidpy.sid.operations import operation

from .eels_likelihood import fit_log_linear
from .energy_spectra import Spectra

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

__all__ = ["Background", "ElementalMap", "elemental_map", "fit_background", "remove_background"]


@dataclass(frozen=True, eq=False, repr=False)
class ElementalMap:
    """What an edge adds to the background, for each spectrum of an image."""

    signal: sidpy.Dataset
    """Of the shape of the scan, in the units of the data."""
    errors: sidpy.Dataset
    """Standard deviation of `signal`."""
    background: sidpy.Dataset
    """Predicted beneath the edge."""
    h: sidpy.Dataset
    """Egerton's parameter: one for a background that is known."""

    names: ClassVar[tuple[str, ...]] = ("signal", "errors", "background", "h")

    def __repr__(self) -> str:
        return f"elemental map of {self.signal.size} spectra"

    def to_datasets(self) -> dict[str, sidpy.Dataset]:
        """Return everything as datasets by name, ready for `sidpy.write`."""
        return {name: getattr(self, name) for name in self.names}

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw the map and its errors.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.maps import draw_maps

        return draw_maps({"signal": self.signal, "error": self.errors}, figure)


@dataclass(frozen=True, eq=False, repr=False)
class Background:
    """Power laws, one for each spectrum: ``level * (energy / reference) ** -exponent``."""

    level: sidpy.Dataset
    """Of the shape of the scan: at the reference energy, in the units of the data."""
    level_errors: sidpy.Dataset
    """Standard deviation of `level`."""
    exponent: sidpy.Dataset
    """Of the power law; positive where it falls."""
    exponent_errors: sidpy.Dataset
    """Standard deviation of `exponent`."""
    covariance: sidpy.Dataset
    """Of the logarithm of the level, and the exponent."""
    misfit: sidpy.Dataset
    """Chi square over the degrees of freedom: one where a power law fits."""
    data: sidpy.Dataset
    """The spectra."""
    reference: float
    """Energy at which the level is given, eV: the middle of the window."""
    gain: float
    """Values of the data that one electron makes."""

    names: ClassVar[tuple[str, ...]] = (
        "level", "level_errors", "exponent", "exponent_errors", "covariance", "misfit",
    )  # fmt: skip

    def __repr__(self) -> str:
        return f"power laws about {self.reference:g} eV of {self.level.size} spectra"

    def to_datasets(self) -> dict[str, sidpy.Dataset]:
        """Return everything as datasets by name, ready for `sidpy.write`."""
        return {name: getattr(self, name) for name in self.names}

    def predict(self) -> tuple[sidpy.Dataset, sidpy.Dataset]:
        """Return the power law and its standard deviation over the whole energy axis, lazily.

        At energies of zero and below it is NaN.
        """
        return _predict(self)

    def signal(self, window: tuple[float, float]) -> ElementalMap:
        """Return what lies above the background in a window, summed over its channels.

        Parameters
        ----------
        window : (float, float), eV
            First energy, and the energy before which the window ends.
        """
        return _signal(self, window)

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw maps of the exponent and of the misfit.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.maps import draw_maps

        return draw_maps({"exponent": self.exponent, "misfit": self.misfit}, figure)

    def _terms(self) -> Any:
        """Return logarithm of the level, exponent, and the covariance of both, as one array."""
        import dask.array as da

        level, error, slope, slope_error, between, _ = (
            lazy(part) for part in self.to_datasets().values()
        )
        return da.stack(
            [da.log(level), slope, (error / level) ** 2, between, slope_error**2], axis=-1
        )


@operation(name="pycroscopy.spectroscopy.fit_background")
def fit_background(data: Any, window: tuple[float, float], *, gain: float = 1.0) -> Background:
    """Fit a power law to each spectrum, by the likelihood of Poisson counts.

    Parameters
    ----------
    data : Dataset or array of shape (..., energy), real
        Spectra in eV. Missing channels are left out.
    window : (float, float), eV
        Before the edge; above zero.
    gain : float
        Values of the data that one electron makes.

    Returns
    -------
    Background
        Lazy. NaN where fewer than three channels are left, or no counts.

    Examples
    --------
    >>> import sidpy
    >>> energy = np.arange(200.0, 500.0)
    >>> data = sidpy.Dataset.from_array(1e10 * energy**-3)
    >>> data.set_dimension(0, sidpy.Dimension(energy, "energy", "energy", "eV", "spectral"))
    >>> float(fit_background(data, (200, 400)).exponent.compute()).__round__(6)
    3.0
    """
    spectra = Spectra.of(data)
    inside = spectra.channels(window, least=3)
    start, stop = spectra.energy[inside][[0, -1]]
    if not start > 0:
        msg = f"a power law from {window[0]:g} eV; expected a window above zero"
        raise ValueError(msg)
    reference = float(np.sqrt(start * stop))
    found = spectra.mapped(
        _power_laws,
        (6,),
        inside=inside,
        logarithm=np.log(spectra.energy[inside] / reference),
        gain=float(gain),
    )
    units = spectra.dataset.units
    words = (
        (f"background at {reference:.4g} eV", spectra.dataset.quantity, units),
        ("error of the background", "standard deviation", units),
        ("exponent of the background", "exponent", ""),
        ("error of the exponent", "standard deviation", ""),
        ("covariance of the background", "covariance", ""),
        ("misfit of the background", "chi square per degree of freedom", ""),
    )
    parts = {
        name: spectra.labelled(found[..., i], title, quantity=quantity, units=unit)
        for i, (name, (title, quantity, unit)) in enumerate(
            zip(Background.names, words, strict=True)
        )
    }
    return Background(**parts, data=spectra.dataset, reference=reference, gain=float(gain))


@operation(name="pycroscopy.spectroscopy.elemental_map")
def elemental_map(
    data: Any, window: tuple[float, float], edge: tuple[float, float], *, gain: float = 1.0
) -> ElementalMap:
    """Map an element: what its edge adds to a power law fitted before it.

    Parameters
    ----------
    data : Dataset or array of shape (..., energy), real
        Spectra in eV.
    window : (float, float), eV
        Where the power law is fitted.
    edge : (float, float), eV
        Where the signal is summed; apart from the window.
    gain : float
        Values of the data that one electron makes.

    Returns
    -------
    ElementalMap
        Lazy.
    """
    if edge[0] < window[1] and window[0] < edge[1]:
        msg = f"the edge {edge} overlaps the window {window} of the background"
        raise ValueError(msg)
    return fit_background(data, window, gain=gain).signal(edge)


@operation(name="pycroscopy.spectroscopy.remove_background")
def remove_background(data: Any, window: tuple[float, float]) -> sidpy.Dataset:
    """Return each spectrum less the power law fitted in a window; lazy.

    Parameters
    ----------
    data : Dataset or array of shape (..., energy), real
        Spectra in eV.
    window : (float, float), eV
        Where the power law is fitted.

    Returns
    -------
    Dataset of the shape of the data
        NaN at energies of zero and below, where there is no power law.
    """
    found = fit_background(data, window)
    spectra = Spectra.of(found.data)
    rest = lazy(spectra.dataset) - lazy(found.predict()[0])
    return spectra.labelled(rest, "without background", energy=spectra.energy)


@operation(name="pycroscopy.spectroscopy.background")
def _predict(background: Background) -> tuple[sidpy.Dataset, sidpy.Dataset]:
    spectra = Spectra.of(background.data)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(np.where(spectra.energy > 0, spectra.energy, np.nan) / background.reference)
    terms = background._terms()
    level, slope, variance, between, spread = (terms[..., i : i + 1] for i in range(5))
    values = np.exp(level - slope * ratio)
    errors = values * np.sqrt(variance - 2 * ratio * between + ratio**2 * spread)
    return (
        spectra.labelled(values, "background", energy=spectra.energy),
        spectra.labelled(
            errors,
            "error of the background",
            energy=spectra.energy,
            quantity="standard deviation",
        ),
    )


@operation(name="pycroscopy.spectroscopy.signal")
def _signal(background: Background, window: tuple[float, float]) -> ElementalMap:
    spectra = Spectra.of(background.data)
    inside = spectra.channels(window)
    ratio = np.log(spectra.energy[inside] / background.reference)
    if not np.isfinite(ratio).all():
        msg = f"a signal from {window[0]:g} eV; expected a window above zero"
        raise ValueError(msg)
    found = spectra.mapped(
        _signals, (4,), [background._terms()], inside=inside, ratio=ratio, gain=background.gain
    )
    unit, what = spectra.dataset.units, spectra.dataset.quantity
    name = f"{window[0]:g} to {window[1]:g} eV"
    words = (
        (f"signal, {name}", what, unit),
        (f"error of the signal, {name}", "standard deviation", unit),
        (f"background, {name}", what, unit),
        (f"h, {name}", "variance of the background over its counts", ""),
    )
    return ElementalMap(
        *(
            spectra.labelled(found[..., i], title, quantity=quantity, units=units)
            for i, (title, quantity, units) in enumerate(words)
        )
    )


def _power_laws(
    rows: NDArray[Any], inside: NDArray[Any], logarithm: NDArray[Any], gain: float
) -> NDArray[np.float64]:
    values = rows[:, inside]
    design = np.stack([np.ones_like(logarithm), -logarithm], axis=-1)[None]
    fit = fit_log_linear(values, design, np.isfinite(values))
    level = np.exp(fit.coefficients[:, 0])
    covariance = gain * fit.covariance
    return np.stack(
        [
            level,
            level * np.sqrt(covariance[:, 0, 0]),
            fit.coefficients[:, 1],
            np.sqrt(covariance[:, 1, 1]),
            covariance[:, 0, 1],
            fit.deviance / gain,
        ],
        axis=1,
    )


def _signals(
    rows: NDArray[Any],
    terms: NDArray[Any],
    *,
    inside: NDArray[Any],
    ratio: NDArray[Any],
    gain: float,
) -> NDArray[np.float64]:
    """Return signal, error, background and h of each row."""
    total = rows[:, inside].sum(axis=1)
    model = np.exp(terms[:, :1] - terms[:, 1:2] * ratio)
    background = model.sum(axis=1)
    slope = -(model * ratio).sum(axis=1)
    variance = (
        background**2 * terms[:, 2] + 2 * background * slope * terms[:, 3] + slope**2 * terms[:, 4]
    )
    error = np.sqrt(gain * np.maximum(total, 0.0) + variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        h = 1 + variance / (gain * background)
    return np.stack([total - background, error, background, h], axis=1)
