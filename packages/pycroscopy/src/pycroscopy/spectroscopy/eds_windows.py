"""Counts in a window about a line, less those of windows beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.sid.operations import operation

from .eds_fit import checked_gain, prepared
from .eds_intensities import LineIntensities, labelled_parts
from .eds_model import channel_edges

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from .eds_detector import Detector
    from .eds_lines import XrayFamily
    from .eds_model import EmissionModel
    from .energy_spectra import Spectra

__all__ = ["window_intensities"]


@operation(name="pycroscopy.spectroscopy.window_intensities")
def window_intensities(  # noqa: PLR0913 - the conditions of a measurement, all by keyword
    data: Any,
    elements: str | Iterable[str | XrayFamily],
    *,
    beam_energy: float | None = None,
    detector: Detector | float | None = None,
    width: float = 1.2,
    gap: float = 0.5,
    beside: float = 0.6,
    gain: float = 1.0,
) -> LineIntensities:
    """Integrate the strongest line of each family above a straight background.

    Parameters
    ----------
    data : Dataset or array of shape (..., energy), real
        Spectra in eV or keV.
    elements : str or iterable of str or XrayFamily
        Symbols, for all their families on the axis, or families such as ``"Fe_K"``.
    beam_energy : float, optional, eV
        Of the electrons; by default what the metadata say.
    detector : Detector or float, optional
        Or its resolution in eV; 130 eV by default.
    width : float
        Of the window, in full widths of the line at half maximum.
    gap : float
        Between it and the windows beside it, in full widths.
    beside : float
        Width of the windows beside it, in full widths; zero for no background.
    gain : float
        Values of the data that one photon makes.

    Returns
    -------
    LineIntensities
        Lazy. The counts are divided by the share of their family that the window has and
        the windows beside it take off, so that they are those that `fit_lines` gives where
        lines do not overlap and the background is straight. The misfit is NaN: nothing is fitted.

    Raises
    ------
    ValueError
        For unknown elements, windows beyond the axis or narrower than a channel.
    MissingDependency
        Without xraylib, where elements are not given as families.

    See Also
    --------
    fit_lines : tells overlapping lines apart, and is more precise.
    """
    if not (width > 0 and gap >= 0 and beside >= 0):
        msg = f"windows of {width}, {gap} and {beside} full widths; expected none below 0"
        raise ValueError(msg)
    spectra, model, _, _ = prepared(
        data, elements, None, beam_energy=beam_energy, detector=detector, order=0
    )
    weights = np.stack(
        [_weights(spectra, model, i, (width, gap, beside)) for i in range(len(model.families))]
    )
    count = len(weights)
    found = spectra.mapped(
        _integrated,
        (count + count * (count + 1) // 2 + 1,),
        weights=weights,
        gain=checked_gain(gain),
    )
    return LineIntensities(**labelled_parts(spectra, found, model.names))


def _weights(
    spectra: Spectra, model: EmissionModel, number: int, sizes: tuple[float, float, float]
) -> NDArray[np.float64]:
    """Return what each channel counts for: the line, less a line through both sides."""
    family = model.families[number]
    at = family.main.energy
    full = float(model.detector.width(at))
    half, gap, side = (size * full for size in (sizes[0] / 2, sizes[1], sizes[2]))
    within = spectra.channels((at - half, at + half))
    weights = within.astype(float)
    if side > 0:
        low = spectra.channels((at - half - gap - side, at - half - gap))
        high = spectra.channels((at + half + gap, at + half + gap + side))
        centres = [spectra.energy[part].mean() for part in (low, within, high)]
        share = (centres[1] - centres[0]) / (centres[2] - centres[0])
        weights -= within.sum() * ((1 - share) * low / low.sum() + share * high / high.sum())
    peak = model.columns(channel_edges(spectra.energy))[:, number]
    return np.asarray(weights / (weights @ peak))


def _integrated(rows: NDArray[Any], weights: NDArray[Any], gain: float) -> NDArray[np.float64]:
    """Return intensities, their covariance and no misfit of each row."""
    # a channel that is missing costs the families that count it, and no other
    known = np.isfinite(rows)
    values = np.where(known, rows, 0.0)
    lost = (~known).astype(float) @ (weights != 0).T > 0
    found = values @ weights.T
    found[lost] = np.nan
    i, j = np.tril_indices(len(weights))
    pairs = gain * np.maximum(values, 0.0) @ (weights[i] * weights[j]).T
    pairs[lost[:, i] | lost[:, j]] = np.nan
    return np.concatenate([found, pairs, np.full((len(rows), 1), np.nan)], axis=1)
