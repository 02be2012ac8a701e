"""The electrons that lost no energy: where they are, and what share of all they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sidpy.sid.operations import operation

from .eels_peaks import elastic_rows, peak_rows
from .energy_spectra import Spectra

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

__all__ = [
    "Thickness",
    "ZeroLoss",
    "align_zero_loss",
    "elastic_part",
    "inelastic_part",
    "relative_thickness",
    "zero_loss",
]


@dataclass(frozen=True, eq=False, repr=False)
class ZeroLoss:
    """Where the zero loss is in each spectrum of an image, and how wide."""

    position: sidpy.Dataset
    """Of the shape of the scan, eV."""
    position_errors: sidpy.Dataset
    """Standard deviation of `position` by counting."""
    width: sidpy.Dataset
    """Full width at half maximum, eV."""
    width_errors: sidpy.Dataset
    """Standard deviation of `width`."""
    height: sidpy.Dataset
    """Of the peak, in the units of the data."""

    names: ClassVar[tuple[str, ...]] = (
        "position", "position_errors", "width", "width_errors", "height",
    )  # fmt: skip

    def __repr__(self) -> str:
        return f"zero loss of {self.position.size} spectra"

    def to_datasets(self) -> dict[str, sidpy.Dataset]:
        """Return everything as datasets by name, ready for `sidpy.write`."""
        return {name: getattr(self, name) for name in self.names}

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw maps of position and width.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.maps import draw_maps

        return draw_maps({"zero loss": self.position, "width": self.width}, figure)


@dataclass(frozen=True, eq=False, repr=False)
class Thickness:
    """Thickness of a specimen, in mean free paths or in nm."""

    value: sidpy.Dataset
    """Of the shape of the scan."""
    errors: sidpy.Dataset
    """Standard deviation by counting."""

    def __repr__(self) -> str:
        return f"thickness at {self.value.size} positions"

    def to_datasets(self) -> dict[str, sidpy.Dataset]:
        """Return everything as datasets by name, ready for `sidpy.write`."""
        return {"value": self.value, "errors": self.errors}

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw the map and its errors.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.maps import draw_maps

        return draw_maps({"thickness": self.value, "error": self.errors}, figure)


@operation(name="pycroscopy.spectroscopy.zero_loss")
def zero_loss(
    data: Any, *, window: tuple[float, float] | None = None, gain: float = 1.0
) -> ZeroLoss:
    """Find the zero loss of each spectrum: its position and width, below a channel.

    A Gaussian is fitted to the upper part of the highest peak by the likelihood of counts.

    Parameters
    ----------
    data : Dataset or array of shape (..., energy), real
        Spectra in eV.
    window : (float, float), optional, eV
        Where to look; everywhere by default, which is wrong where a plasmon is higher.
    gain : float
        Values of the data that one electron makes.

    Returns
    -------
    ZeroLoss
        Lazy. NaN where no peak with at least five channels is found.

    Examples
    --------
    >>> energy = np.arange(-20, 80)
    >>> found = zero_loss(1e4 * np.exp(-((energy - 3.25) ** 2) / 18))
    >>> float(found.position.compute()).__round__(6), float(found.width.compute()).__round__(3)
    (23.25, 7.064)
    """
    spectra = Spectra.of(data, least=5).even()
    inside = spectra.channels(window, least=3)
    found = spectra.mapped(peak_rows, (5,), energy=spectra.energy, inside=inside, gain=float(gain))
    words = (
        ("zero loss", "energy loss", "eV"),
        ("error of the zero loss", "standard deviation", "eV"),
        ("width of the zero loss", "full width at half maximum", "eV"),
        ("error of the width", "standard deviation", "eV"),
        ("height of the zero loss", spectra.dataset.quantity, spectra.dataset.units),
    )
    return ZeroLoss(
        *(
            spectra.labelled(found[..., i], title, quantity=quantity, units=units)
            for i, (title, quantity, units) in enumerate(words)
        )
    )


@operation(name="pycroscopy.spectroscopy.align_zero_loss")
def align_zero_loss(
    data: Any, *, window: tuple[float, float] | None = None, position: Any = None
) -> sidpy.Dataset:
    """Shift each spectrum so that its zero loss is at zero.

    Parameters
    ----------
    data : Dataset or array of shape (..., energy), real
        Spectra in eV.
    window : (float, float), optional, eV
        Where the zero loss is looked for.
    position : Dataset or array of the shape of the scan, optional, eV
        Where it is, of a dual measurement for example; found in the data by default.

    Returns
    -------
    Dataset of the shape of the data
        Lazy; interpolated linearly, so that counts stay counts and none is negative. NaN where
        nothing was measured, and everywhere where there is no zero loss. The axis stays as
        it is. The deconvolutions find zero losses themselves, and want what was not shifted.

    Raises
    ------
    ValueError
        When there is no zero on the axis, or the positions do not fit the scan.
    """
    spectra = Spectra.of(data, least=5).even()
    if not spectra.energy[0] <= 0 <= spectra.energy[-1]:
        msg = (
            f"an axis from {spectra.energy[0]:g} to {spectra.energy[-1]:g} eV; expected zero on "
            "it: calibrate it to where the zero loss is"
        )
        raise ValueError(msg)
    options: dict[str, Any] = {"energy": spectra.energy}
    others = []
    if position is None:
        options["inside"] = spectra.channels(window, least=3)
    else:
        scan = tuple(spectra.dataset.shape[:-1])
        if tuple(np.shape(position)) != scan:
            msg = f"positions of shape {np.shape(position)} for a scan of shape {scan}"
            raise ValueError(msg)
        from pycroscopy._inputs import as_dataset, lazy

        others.append(lazy(as_dataset(position))[..., None])
    found = spectra.mapped(_aligned, (len(spectra.energy),), others, **options)
    return spectra.labelled(found, "aligned", energy=spectra.energy)


@operation(name="pycroscopy.spectroscopy.elastic_part")
def elastic_part(data: Any, *, window: tuple[float, float] | None = None) -> sidpy.Dataset:
    """Return the zero loss of each spectrum without the losses.

    Up to one width beyond its middle it is what was measured; from there on it falls as it
    rose on the other side, and is never more than what was measured.

    Parameters
    ----------
    data : Dataset or array of shape (..., energy), real
        Spectra in eV.
    window : (float, float), optional, eV
        Where the zero loss is looked for.

    Returns
    -------
    Dataset of the shape of the data
        Lazy.
    """
    spectra = Spectra.of(data, least=5).even()
    inside = spectra.channels(window, least=3)
    found = spectra.mapped(
        elastic_rows, (len(spectra.energy),), energy=spectra.energy, inside=inside
    )
    return spectra.labelled(found, "elastic part", energy=spectra.energy)


@operation(name="pycroscopy.spectroscopy.inelastic_part")
def inelastic_part(data: Any, *, window: tuple[float, float] | None = None) -> sidpy.Dataset:
    """Return each spectrum less its `elastic_part`; lazy.

    Parameters
    ----------
    data : Dataset or array of shape (..., energy), real
        Spectra in eV.
    window : (float, float), optional, eV
        Where the zero loss is looked for.
    """
    spectra = Spectra.of(data, least=5).even()
    inside = spectra.channels(window, least=3)
    found = spectra.mapped(
        _inelastic,
        (len(spectra.energy),),
        energy=spectra.energy,
        inside=inside,
    )
    return spectra.labelled(found, "inelastic part", energy=spectra.energy)


@operation(name="pycroscopy.spectroscopy.relative_thickness")
def relative_thickness(
    data: Any,
    *,
    window: tuple[float, float] | None = None,
    cut: float | None = None,
    mean_free_path: float | None = None,
    gain: float = 1.0,
) -> Thickness:
    """Return the thickness by the ratio of all electrons to those without a loss.

    Parameters
    ----------
    data : Dataset or array of shape (..., energy), real
        Spectra from below the zero loss up to where hardly any loss is left.
    window : (float, float), optional, eV
        Where the zero loss is looked for.
    cut : float, optional, eV
        Up to here, from the position of the zero loss, an electron counts as one without a
        loss; by default the `elastic_part` does.
    mean_free_path : float, optional, nm
        Of inelastic scattering; None gives the thickness in mean free paths.
    gain : float
        Values of the data that one electron makes.

    Returns
    -------
    Thickness
        ``ln(total / elastic)``, with the variance ``inelastic / (total * elastic)`` of
        independent counts; lazy. NaN where either is not above zero or a channel is missing.

    References
    ----------
    Malis, Cheng, Egerton, J. Electron Microsc. Tech. 8, 193 (1988),
    doi:10.1002/jemt.1060080206
    """
    spectra = Spectra.of(data, least=5).even()
    scale = 1.0 if mean_free_path is None else float(mean_free_path)
    if not scale > 0:
        msg = f"a mean free path of {mean_free_path} nm; expected more than 0"
        raise ValueError(msg)
    found = spectra.mapped(
        _thickness,
        (2,),
        energy=spectra.energy,
        inside=spectra.channels(window, least=3),
        cut=cut,
        gain=float(gain),
    )
    units = "" if mean_free_path is None else "nm"
    return Thickness(
        spectra.labelled(scale * found[..., 0], "thickness", quantity="thickness", units=units),
        spectra.labelled(
            scale * found[..., 1],
            "error of the thickness",
            quantity="standard deviation",
            units=units,
        ),
    )


def _aligned(
    rows: NDArray[Any],
    position: NDArray[Any] | None = None,
    *,
    energy: NDArray[Any],
    inside: NDArray[Any] | None = None,
) -> NDArray[np.float64]:
    if position is None:
        position = peak_rows(
            rows, energy, np.ones(len(energy), bool) if inside is None else inside
        )
    at = np.broadcast_to(position[:, 0], len(rows))
    result = np.full(rows.shape, np.nan)
    for i in np.flatnonzero(np.isfinite(at)):
        result[i] = np.interp(energy + at[i], energy, rows[i], np.nan, np.nan)
    return result


def _inelastic(rows: NDArray[Any], **options: Any) -> NDArray[np.float64]:
    return np.asarray(rows - elastic_rows(rows, **options))


def _thickness(
    rows: NDArray[Any],
    energy: NDArray[Any],
    inside: NDArray[Any],
    cut: float | None,
    gain: float,
) -> NDArray[np.float64]:
    if cut is None:
        elastic = elastic_rows(rows, energy, inside).sum(axis=1)
    else:
        at = peak_rows(rows, energy, inside)[:, :1]
        elastic = np.where(energy <= at + cut, rows, 0.0).sum(axis=1)
        elastic[np.isnan(at[:, 0])] = np.nan
    total = rows.sum(axis=1)
    good = (elastic > 0) & (total > 0)
    total, elastic = np.where(good, total, np.nan), np.where(good, elastic, np.nan)
    lost = np.maximum(total - elastic, 0.0)
    return np.stack([np.log(total / elastic), np.sqrt(gain * lost / (total * elastic))], axis=1)
