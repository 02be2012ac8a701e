"""Positions of peaks in an image, to the limit that its noise allows.

A peak that stands alone is fitted with a Gaussian and a background of its own, in a window
that holds all of it, many such peaks in one batch.  Peaks whose windows overlap are fitted
jointly (`pycroscopy.image.joint`); so is their covariance.

The limit is the Cramer-Rao bound; for white noise of deviation s a peak of height A has
sqrt(2/pi) s/A pixels, whatever its width [1]_.

References
----------
.. [1] Bobroff, Rev. Sci. Instrum. 57, 1152 (1986), doi:10.1063/1.1138619
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from sidpy.proc.fit import FitResult, batch_fit

from .joint import JointFit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .gaussians import PeakModel

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

__all__ = ["PeakStatus", "Peaks", "RefineSettings", "refine_peaks", "window_radius"]


class PeakStatus(enum.IntEnum):
    """What became of a peak beyond the `FitStatus` of its fit: all are failures."""

    NOT_REFINED = -20
    """Nothing was fitted."""
    NO_PEAK = -21
    """The best fit has no positive height: a dark spot, or nothing."""
    MOVED = -22
    """The fit ran as far from the start as it may: another peak, or none."""
    OUTSIDE = -23
    """The start lies outside the image, or on missing pixels only."""


@dataclass(frozen=True, slots=True)
class RefineSettings:
    """How peaks are refined."""

    model: PeakModel
    radius: tuple[int, int]
    """Half widths of the window along rows and columns, px."""
    sigma: float
    """Start width, in units of `PeakModel.aspect`."""
    max_shift: float
    """Farthest from the start, px of the finer axis."""
    noise: Literal["white", "poisson"] = "white"


class Peaks(NamedTuple):
    """Refined peaks; floats of a failed one are NaN."""

    parameters: Floats
    """Shape (peaks, parameters of the model), row and column in the image."""
    covariance: Floats
    """Shape (peaks, parameters, parameters)."""
    reduced_chi_squared: Floats
    status: NDArray[np.int8]
    """A `FitStatus` or `PeakStatus` each."""


def window_radius(sigma: float, aspect: tuple[float, float]) -> tuple[int, int]:
    """Return the half widths of a window that loses no information on the position.

    Outside of k widths lies a share (1 + k^2) exp(-k^2) of it: 0.1 % for k = 3; one more
    pixel allows for a start that is off by one.
    """
    return tuple(int(np.ceil(3.0 * sigma / a)) + 1 for a in aspect)  # type: ignore[return-value]


@dataclass(slots=True)
class _Work:
    """The peaks of an image while they are refined."""

    settings: RefineSettings
    shape: tuple[int, int]
    center: Integers
    """Shape (peaks, 2): pixel in the middle of each window."""
    grid: tuple[Floats, Floats]
    """Rows and columns of a window about its middle."""
    y: Floats
    """Shape (peaks, points): windows of the image, NaN outside."""
    w: Floats | None
    """The same of the weights."""
    start: Floats
    p: Floats
    """Parameters, row and column about the middle of the window."""
    fits: FitResult


def refine_peaks(
    image: NDArray[Any],
    start: Floats,
    settings: RefineSettings,
    *,
    weights: NDArray[Any] | None = None,
) -> Peaks:
    """Refine peak positions in one image.

    Parameters
    ----------
    image : ndarray of shape (rows, columns)
        Real; NaN counts as missing.
    start : ndarray of shape (peaks, 2), px
        Rows and columns to begin at.
    settings : RefineSettings
        Model, window, noise.
    weights : ndarray of shape (rows, columns), optional
        Inverse variance of each pixel.

    Returns
    -------
    Peaks
        Parameters, covariances, reduced chi-squared and status.
    """
    image = np.asarray(image, np.float64)
    start = np.asarray(start, np.float64).reshape(-1, 2)
    inside = np.all((start > -0.5) & (start < np.array(image.shape) - 0.5), axis=1)
    q, n = settings.model.n_parameters, len(start)
    peaks = Peaks(
        np.full((n, q), np.nan),
        np.full((n, q, q), np.nan),
        np.full(n, np.nan),
        np.full(n, PeakStatus.OUTSIDE, np.int8),
    )
    if not inside.any():
        return peaks
    work = _begin(image, start[inside], settings, weights)
    crowded = _crowded(work)
    if not crowded.all():
        _fit_alone(work, np.flatnonzero(~crowded))
    if crowded.any():
        _fit_together(work, np.flatnonzero(crowded), image, weights)
    _finish(work, peaks, np.flatnonzero(inside))
    return peaks


def _begin(
    image: Floats, start: Floats, settings: RefineSettings, weights: NDArray[Any] | None
) -> _Work:
    """Cut the windows out and guess the parameters."""
    model, (rr, rc) = settings.model, settings.radius
    rows, columns = np.mgrid[-rr : rr + 1, -rc : rc + 1]
    grid = (rows.ravel().astype(float), columns.ravel().astype(float))
    center = np.rint(start).astype(np.intp)
    y = _windows(image, center, settings.radius)
    n = len(start)
    p = np.zeros((n, model.n_parameters))
    floor = np.array(
        [np.quantile(v[np.isfinite(v)], 0.1) if np.isfinite(v).any() else 0 for v in y]
    )
    near = (np.abs(grid[0]) <= 1) & (np.abs(grid[1]) <= 1)
    top = np.nan_to_num(y[:, near], nan=-np.inf).max(axis=1)
    p[:, 0] = np.where(np.isfinite(top), np.maximum(top - floor, 1e-3 * np.abs(top)), 0.0)
    p[:, 1:3] = start - center
    p[:, 3 : model.n_peak] = model.shape_of(np.full(n, settings.sigma))
    if model.background != "none":
        p[:, model.n_peak] = floor
    w = None if weights is None else _windows(np.asarray(weights, float), center, settings.radius)
    empty = FitResult(
        np.full_like(p, np.nan),
        np.full((n, p.shape[1], p.shape[1]), np.nan),
        np.full(n, np.nan),
        np.full(n, PeakStatus.NOT_REFINED, np.int8),
        np.zeros(n, np.int32),
    )
    return _Work(
        settings=settings, shape=image.shape, center=center, grid=grid, y=y, w=w,
        start=p[:, 1:3].copy(), p=p, fits=empty,
    )  # fmt: skip


def _windows(image: Floats, center: Integers, radius: tuple[int, int]) -> Floats:
    """Return windows about the centres, NaN outside of the image, (peaks, points)."""
    padded = np.pad(image, [(radius[0],) * 2, (radius[1],) * 2], constant_values=np.nan)
    rows = center[:, 0, None, None] + np.arange(2 * radius[0] + 1)[:, None]
    columns = center[:, 1, None, None] + np.arange(2 * radius[1] + 1)
    return padded[rows, columns].reshape(len(center), -1)


def _crowded(work: _Work) -> NDArray[np.bool_]:
    """Which peaks have another one so near that their windows overlap."""
    from scipy.spatial import cKDTree

    reach = 2.0 * np.array(work.settings.radius) + 1
    pairs = cKDTree(work.center / reach).query_pairs(1.0, p=np.inf, output_type="ndarray")
    result = np.zeros(len(work.p), bool)
    result[pairs.ravel()] = True
    return result


def _fit_alone(work: _Work, chosen: Integers) -> None:
    """Fit peaks whose windows hold no other, each with its own background."""
    model, settings = work.settings.model, work.settings
    fit = batch_fit(
        model,
        work.y[chosen],
        work.p[chosen],
        x=work.grid,
        jacobian=model.jacobian,
        bounds=_bounds(work, chosen),
        weights=None if work.w is None else work.w[chosen],
        noise=settings.noise,
        scale_covariance=False,
    )
    for name in ("parameters", "covariance", "reduced_chi_squared", "status", "iterations"):
        getattr(work.fits, name)[chosen] = getattr(fit, name)
    work.p[chosen] = np.where(fit.converged[:, None], fit.parameters, work.p[chosen])


def _fit_together(
    work: _Work, chosen: Integers, image: Floats, weights: NDArray[Any] | None
) -> None:
    """Fit peaks whose windows overlap, all at once."""
    model, settings, k = work.settings.model, work.settings, work.settings.model.n_peak
    low, high = _bounds(work, chosen)
    joint = JointFit(image, weights, work.center[chosen], model, settings.radius, settings.noise)
    found = joint.run(work.p[chosen][:, :k], low[:, :k], high[:, :k])
    p = np.zeros((len(chosen), model.n_parameters))
    p[:, :k] = found.p
    p[:, 1:3] -= work.center[chosen]
    if model.background != "none":
        p[:, k] = found.background
    work.p[chosen] = p
    work.fits.parameters[chosen] = p
    # the background is shared here: its error is not that of one peak
    work.fits.covariance[chosen, :k, :k] = found.covariance
    work.fits.reduced_chi_squared[chosen] = found.reduced_chi_squared
    work.fits.status[chosen] = found.status


def _bounds(work: _Work, chosen: Integers) -> tuple[Floats, Floats]:
    settings, model = work.settings, work.settings.model
    shift = settings.max_shift / (np.array(model.aspect) * 1.0)
    low_shape, high_shape = model.shape_bounds(2.0 * max(settings.radius) * max(model.aspect))
    free = model.n_parameters - model.n_peak
    floor = 0.0 if settings.noise == "poisson" and model.background == "constant" else -np.inf
    n = len(chosen)
    low = np.tile([0.0, 0.0, 0.0, *low_shape, *([floor] * free)], (n, 1))
    high = np.tile([np.inf, 0.0, 0.0, *high_shape, *([np.inf] * free)], (n, 1))
    low[:, 1:3] = work.start[chosen] - shift
    high[:, 1:3] = work.start[chosen] + shift
    return low, high


def _finish(work: _Work, peaks: Peaks, where: Integers) -> None:
    """Judge every peak and file the good ones, with the covariance of the joint fit."""
    settings = work.settings
    status = work.fits.status.copy()
    low, high = _bounds(work, np.arange(len(work.p)))
    good = status > 0
    on_edge = np.any((work.p <= low + 1e-9)[:, 1:3] | (work.p >= high - 1e-9)[:, 1:3], axis=1)
    status[good & on_edge] = PeakStatus.MOVED
    flat = work.p[:, 0] <= 1e-9 * np.nanmax(np.abs(work.y), axis=1, initial=0.0)
    status[good & flat] = PeakStatus.NO_PEAK
    status[~np.isfinite(work.y).any(axis=1)] = PeakStatus.OUTSIDE
    good = np.flatnonzero(status > 0)
    covariance = work.fits.covariance
    if settings.noise == "white" and work.w is None:
        with np.errstate(invalid="ignore"):  # nothing is known of a peak that is not there
            covariance = covariance * work.fits.reduced_chi_squared[:, None, None]
    parameters = work.p.copy()
    parameters[:, 1:3] += work.center
    peaks.status[where] = status
    peaks.parameters[where[good]] = parameters[good]
    peaks.covariance[where[good]] = covariance[good]
    peaks.reduced_chi_squared[where[good]] = work.fits.reduced_chi_squared[good]
