"""The highest peak of each spectrum, and what belongs to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .eels_likelihood import fit_log_linear

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["WIDTH", "elastic_rows", "peak_rows"]

#: Full width at half maximum of a Gaussian over its standard deviation.
WIDTH: Final = float(2 * np.sqrt(2 * np.log(2)))

#: How far from its middle the peak is fitted, in full widths: where it is still a Gaussian.
_REACH: Final = 0.6

#: Up to where the measured peak is taken before its mirrored side follows, in full widths.
_CORE: Final = 1.0


def peak_rows(
    rows: NDArray[Any], energy: NDArray[Any], inside: NDArray[Any], gain: float = 1.0
) -> NDArray[np.float64]:
    """Return position, error, width, error and height of the peak of each row."""
    step = (energy[-1] - energy[0]) / (len(energy) - 1)
    channel = np.arange(len(energy))
    known = np.isfinite(rows)
    middle = np.argmax(np.where(known & inside, rows, -np.inf), axis=1).astype(float)
    width = _half_width(rows, middle.astype(int))
    for _ in range(2):
        reach = np.maximum(_REACH * width, 2.5)
        apart = (channel - middle[:, None]) / reach[:, None]
        present = known & (np.abs(apart) <= 1)
        design = np.stack([np.ones_like(apart), apart, apart**2], axis=-1)
        first, last = _span(present)
        cut = slice(first, last)
        fit = fit_log_linear(rows[:, cut], design[:, cut], present[:, cut])
        a, b, c = fit.coefficients.T
        with np.errstate(divide="ignore", invalid="ignore"):
            peak = np.where(c < 0, -b / (2 * c), np.nan)
            sigma = np.sqrt(np.where(c < 0, -0.5 / c, np.nan))
        peak[~(np.abs(peak) <= 1)] = np.nan
        centre = middle
        middle = np.where(np.isnan(peak), centre, centre + peak * reach)
        width = np.where(np.isnan(sigma), width, np.minimum(WIDTH * sigma * reach, 2 * width))
    cov = gain * fit.covariance
    # derivatives of -b / 2c and of sqrt(-1 / 2c)
    slopes = np.stack([0 * c, -0.5 / c, b / (2 * c**2)], axis=-1)
    errors = np.sqrt(np.einsum("ni,nij,nj->n", slopes, cov, slopes)) * reach
    spread = np.abs(sigma / (2 * c)) * np.sqrt(cov[:, 2, 2]) * reach
    lost = np.isnan(peak)
    found = np.stack(
        [
            energy[0] + step * (centre + peak * reach),
            step * errors,
            WIDTH * step * sigma * reach,
            WIDTH * step * spread,
            np.exp(a - b**2 / (4 * c)),
        ],
        axis=1,
    )
    found[lost] = np.nan
    return found


def _span(present: NDArray[Any]) -> tuple[int, int]:
    used = np.flatnonzero(present.any(axis=0))
    return (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 1)


def _half_width(rows: NDArray[Any], middle: NDArray[Any]) -> NDArray[np.float64]:
    """Return the channels above half of the maximum, without a gap around it."""
    lines = np.arange(len(rows))
    below = ~(rows > 0.5 * rows[lines, middle][:, None])
    channel = np.arange(rows.shape[1])
    right = np.where(below & (channel > middle[:, None]), channel, rows.shape[1]).min(axis=1)
    left = np.where(below & (channel < middle[:, None]), channel, -1).max(axis=1)
    # the narrower side counts: the other may run into a loss
    return np.asarray(2.0 * np.minimum(right - middle, middle - left) - 1)


def elastic_rows(
    rows: NDArray[Any], energy: NDArray[Any], inside: NDArray[Any]
) -> NDArray[np.float64]:
    """Return the zero loss of each row; NaN where there is none."""
    found = peak_rows(rows, energy, inside)
    result = np.full(rows.shape, np.nan)
    for i in np.flatnonzero(np.isfinite(found[:, 0])):
        at, width = found[i, 0], found[i, 2]
        mirrored = np.interp(2 * at - energy, energy, rows[i], 0.0, 0.0)
        mirrored = np.clip(mirrored, 0.0, np.maximum(rows[i], 0.0))
        result[i] = np.where(energy <= at + _CORE * width, rows[i], mirrored)
    return result
