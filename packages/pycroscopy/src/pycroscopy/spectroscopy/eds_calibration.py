"""One spectrum fitted with everything free: where channels are, how wide lines are, and counts.

Offset and scale of the axis and the resolution are found together with the counts of all
families and the background, by the likelihood; so their errors are those of all together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from pycroscopy._inputs import set_dimensions
from sidpy.sid.operations import operation

from .eds_fit import checked_gain, mean_counts, prepared
from .eds_likelihood import smooth_counts
from .eds_model import EmissionModel, channel_edges
from .energy_spectra import Spectra

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

    from .eds_detector import Detector
    from .eds_lines import XrayFamily

__all__ = ["SumFit", "calibrate", "fit_sum"]

#: What may be free beside the amounts, and by how much it is changed for a derivative.
_STEPS: Final = {"offset": 0.2, "scale": 2e-5, "resolution": 0.2}

#: Iterations, and the change in units of errors at which they end.
_ITERATIONS: Final = 60
_TOLERANCE: Final = 1e-7

#: The largest change of offset and resolution in an iteration, eV.
_STRIDE: Final = 25.0


@dataclass(frozen=True, eq=False, repr=False)
class SumFit:
    """The sum of all spectra, and what was fitted to it."""

    data: sidpy.Dataset
    """Shape (energy,), in the units of the data, on the axis as it was."""
    fitted: sidpy.Dataset
    """Shape (energy,): lines and background; NaN beyond the window."""
    background: sidpy.Dataset
    """Shape (energy,): bremsstrahlung; NaN beyond the window."""
    intensities: dict[str, float]
    """By family: counts in the sum, in the units of the data."""
    errors: dict[str, float]
    """Standard deviations of the intensities."""
    calibration: dict[str, float]
    """``offset`` in eV, ``scale`` and ``resolution`` in eV: an energy is the offset and the
    scale times that of the axis."""
    calibration_errors: dict[str, float]
    """Standard deviations; zero for what was not free."""
    misfit: float
    """Chi square over the degrees of freedom: one where the model is right."""
    model: EmissionModel
    """What was fitted, with the resolution that was found."""

    def __repr__(self) -> str:
        found = ", ".join(
            f"{name} {value:.6g} ± {self.calibration_errors[name]:.2g}"
            for name, value in self.calibration.items()
        )
        return f"fit of {', '.join(self.intensities)}: {found}; misfit {self.misfit:.3g}"

    @property
    def detector(self) -> Detector:
        """The detector with the resolution that was found."""
        return self.model.detector

    def calibrated(self, data: Any) -> sidpy.Dataset:
        """Return spectra on the axis that was found; see `calibrate`."""
        return calibrate(data, offset=self.calibration["offset"], scale=self.calibration["scale"])

    def to_datasets(self) -> dict[str, sidpy.Dataset]:
        """Return the spectra as datasets by name, ready for `sidpy.write`."""
        return {"data": self.data, "fitted": self.fitted, "background": self.background}

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw the spectrum with what was fitted, and what is left in units of its error.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from .eds_pictures import draw_sum

        return draw_sum(self, figure)


class _Problem(NamedTuple):
    """Counts, and how they depend on what is sought."""

    counts: NDArray[np.float64]
    edges: NDArray[np.float64]
    used: NDArray[np.bool_]
    model: EmissionModel
    free: tuple[str, ...]

    def columns(self, values: dict[str, float]) -> NDArray[np.float64]:
        """Return the shapes on the calibrated axis."""
        least = self.model.detector.least_resolution() + 0.5
        found = replace(
            self.model,
            detector=replace(self.model.detector, resolution=max(values["resolution"], least)),
        )
        return found.columns(values["offset"] + values["scale"] * self.edges)


@operation(name="pycroscopy.spectroscopy.fit_sum")
def fit_sum(  # noqa: PLR0913 - the conditions of a measurement, all by keyword
    data: Any,
    elements: str | Iterable[str | XrayFamily],
    *,
    beam_energy: float | None = None,
    detector: Detector | float | None = None,
    window: tuple[float, float] | None = None,
    order: int = 4,
    gain: float = 1.0,
    free: Sequence[str] = ("offset", "scale", "resolution"),
) -> SumFit:
    """Fit the sum of all spectra with the axis and the resolution free.

    Parameters
    ----------
    data : Dataset or array of shape (..., energy), real
        Spectra in eV or keV, of which lines are off by less than their width.
    elements : str or iterable of str or XrayFamily
        Symbols, for all their families in the window, or families such as ``"Fe_K"``.
    beam_energy : float, optional, eV
        Of the electrons; by default what the metadata say.
    detector : Detector or float, optional
        Or its resolution in eV, to begin with; 130 eV by default.
    window : (float, float), optional, eV
        What is fitted; from 150 eV to the end by default.
    order : int
        Of the polynomial by which the background differs from Kramers' law.
    gain : float
        Values of the data that one photon makes.
    free : sequence of str
        Of "offset", "scale" and "resolution", what is fitted; an axis needs two families far
        apart to have both an offset and a scale.

    Returns
    -------
    SumFit
        Computed at once, in one pass over the data.

    Raises
    ------
    ValueError
        For unknown elements or words, too few channels, data without counts, and when the
        axis or the resolution cannot be found in the spectrum.
    MissingDependency
        Without xraylib, where elements are not given as families.

    Examples
    --------
    >>> from pycroscopy.simulate import emission_image
    >>> made = emission_image((2, 3), photons=None, detector=140.0)
    >>> found = fit_sum(made.data, ["O", "Si", "Ti", "Fe"])
    >>> round(found.calibration["resolution"], 3), abs(found.calibration["offset"]) < 1e-3
    (140.0, True)
    """
    unknown = sorted(set(free) - set(_STEPS))
    if unknown:
        msg = f"free {unknown}; expected some of {list(_STEPS)}"
        raise ValueError(msg)
    spectra, model, inside, window = prepared(
        data, elements, window, beam_energy=beam_energy, detector=detector, order=order
    )
    number = int(np.prod(spectra.dataset.shape[:-1], dtype=float))
    counts = mean_counts(spectra) * number / checked_gain(gain)
    used = inside & np.isfinite(counts)
    problem = _Problem(
        np.where(used, counts, 0.0),
        channel_edges(spectra.energy),
        used,
        model,
        tuple(name for name in _STEPS if name in free),
    )
    if used.sum() <= len(model.families) + order + 1 + len(problem.free):
        msg = f"{used.sum()} channels for {model.names} and a background; expected more"
        raise ValueError(msg)
    return _result(spectra, problem, gain * counts, gain)


def _result(spectra: Spectra, problem: _Problem, counts: NDArray[Any], gain: float) -> SumFit:
    values, amounts, covariance, misfit = _solved(problem)
    columns = gain * problem.columns(values) * amounts
    columns[~problem.used] = np.nan
    names, first = problem.model.names, len(problem.free)
    errors = np.sqrt(np.diag(covariance))
    spread = dict.fromkeys(_STEPS, 0.0)
    spread.update(zip(problem.free, map(float, errors[:first]), strict=True))
    detector = replace(problem.model.detector, resolution=values["resolution"])
    return SumFit(
        data=_curve(spectra, counts, "sum of spectra"),
        fitted=_curve(spectra, columns.sum(axis=1), "fit"),
        background=_curve(spectra, columns[:, len(names) :].sum(axis=1), "background"),
        intensities=dict(zip(names, map(float, gain * amounts), strict=False)),
        errors=dict(zip(names, map(float, gain * errors[first:]), strict=False)),
        calibration=values,
        calibration_errors=spread,
        misfit=misfit,
        model=replace(problem.model, detector=detector),
    )


def _curve(spectra: Spectra, values: NDArray[Any], title: str) -> sidpy.Dataset:
    one = spectra._replace(dataset=spectra.dataset[(0,) * (spectra.dataset.ndim - 1)])
    return one.labelled(values, title, energy=spectra.energy, axis="energy")


def _solved(
    problem: _Problem,
) -> tuple[dict[str, float], NDArray[Any], NDArray[Any], float]:
    """Return calibration, amounts, covariance of both, and the misfit."""
    values = {
        "offset": 0.0,
        "scale": 1.0,
        "resolution": problem.model.detector.resolution,
    }
    count, used = len(problem.free), problem.used
    counts = problem.counts[used]
    floor = 0.05 * smooth_counts(counts)
    variance = 20 * floor
    change = np.inf
    for _ in range(_ITERATIONS):
        columns = problem.columns(values)[used]
        # amounts first, then everything: they depend on the axis, and it on their weights
        amounts = _weighted(columns, counts, variance)[0]
        variance = np.maximum(columns @ amounts, floor)
        slopes = [_slope(problem, values, name)[used] @ amounts for name in problem.free]
        design = np.column_stack([*slopes, columns])
        step, covariance = _weighted(design, counts - columns @ amounts, variance)
        errors = np.sqrt(np.diag(covariance))
        change = float(np.max(np.abs(step[:count]) / errors[:count], initial=0.0))
        _moved(values, dict(zip(problem.free, step[:count], strict=True)), problem)
        if change < _TOLERANCE:
            break
    if not change < 1e-3:
        msg = (
            f"the {', '.join(problem.free)} of the axis cannot be found from "
            f"{problem.model.names}: begin nearer to it, or leave less of it free"
        )
        raise ValueError(msg)
    columns = problem.columns(values)[used]
    amounts = _weighted(columns, counts, variance)[0]
    rest = counts - columns @ amounts
    misfit = float((rest**2 / variance).sum() / (used.sum() - design.shape[1]))
    return values, amounts, covariance, misfit


def _moved(values: dict[str, float], step: dict[str, float], problem: _Problem) -> None:
    """Add a step, or as much of it as lets lines move by less than their width."""
    reach = float(np.abs(problem.edges[-1])) or 1.0
    moves = [abs(step.get("offset", 0.0)), abs(step.get("scale", 0.0)) * reach]
    most = max(*moves, abs(step.get("resolution", 0.0)))
    part = min(1.0, _STRIDE / most) if most > 0 else 1.0
    for name, change in step.items():
        values[name] += part * float(change)
    least = problem.model.detector.least_resolution() + 1.0
    values["resolution"] = max(values["resolution"], least)


def _slope(problem: _Problem, values: dict[str, float], name: str) -> NDArray[np.float64]:
    """Return the derivative of the shapes by a calibration."""
    width = _STEPS[name]
    low = problem.columns({**values, name: values[name] - width})
    high = problem.columns({**values, name: values[name] + width})
    return (high - low) / (2 * width)


def _weighted(
    design: NDArray[Any], values: NDArray[Any], variance: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return weighted least squares and their covariance.

    Raises
    ------
    ValueError
        When columns of the design depend on each other.
    """
    size = np.sqrt((design**2 / variance[:, None]).sum(axis=0))
    if not (size > 0).all():
        msg = "a family has no counts in the window that was fitted: leave it out"
        raise ValueError(msg)
    scaled = design / size / np.sqrt(variance)[:, None]
    left, strength, right = np.linalg.svd(scaled, full_matrices=False)
    if strength[-1] < 1e-9 * strength[0]:
        msg = "families, background and axis cannot be told apart: leave out what overlaps"
        raise ValueError(msg)
    inverse = right.T / strength
    solution = inverse @ (left.T @ (values / np.sqrt(variance)))
    return solution / size, (inverse @ inverse.T) / size[:, None] / size


@operation(name="pycroscopy.spectroscopy.calibrate")
def calibrate(data: Any, *, offset: float = 0.0, scale: float = 1.0) -> sidpy.Dataset:
    """Return spectra of X-rays on another axis; the values stay as they are.

    Parameters
    ----------
    data : Dataset or array of shape (..., energy), real
        Spectra in eV or keV.
    offset : float, eV
        Added to each energy after it was scaled.
    scale : float
        By which each energy is multiplied.

    Returns
    -------
    Dataset of the shape of the data
        Lazy, with an axis in eV.

    Raises
    ------
    ValueError
        For a scale that is not above zero.
    """
    import sidpy

    if not scale > 0:
        msg = f"a scale of {scale}; expected more than 0"
        raise ValueError(msg)
    spectra = Spectra.of(data, photons=True)
    result = spectra.dataset.like_data(spectra.dataset)
    axes = [result._axes[i] for i in range(result.ndim - 1)]
    energy = sidpy.Dimension(
        offset + scale * spectra.energy,
        spectra.dataset._axes[result.ndim - 1].name,
        "energy",
        "eV",
        "SPECTRAL",
    )
    set_dimensions(result, [*axes, energy])
    return result
