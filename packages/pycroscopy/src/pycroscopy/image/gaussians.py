"""A Gaussian peak on a local background: values, derivatives, widths.

Parameters of a peak, in this order: amplitude, row, column (px), then its shape, then its
background.  The shape is one width, or the three numbers of a triangular matrix L with
``exp(-|L d|^2 / 2)`` for the distance d from the centre: unlike two widths and an angle they
stay well defined for a round peak, and any values describe a peak.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["BACKGROUNDS", "SHAPES", "PeakModel"]

#: Shapes of a peak and the number of their parameters.
SHAPES: Final = {"circular": 1, "elliptical": 3}

#: Local backgrounds and the number of their parameters.
BACKGROUNDS: Final = {"none": 0, "constant": 1, "plane": 3}


@dataclass(frozen=True, slots=True)
class PeakModel:
    """One kind of peak; an instance is the model function of a batched fit.

    Coordinates are pairs of arrays (rows, columns) in pixels, of shape (points,) or
    (peaks, points); `aspect` stretches them so that round means round in the specimen.
    """

    shape: Literal["circular", "elliptical"] = "circular"
    background: Literal["none", "constant", "plane"] = "constant"
    aspect: tuple[float, float] = (1.0, 1.0)
    """Units of width per pixel along rows and columns."""
    reach: float = 1.0
    """Pixels over which the plane changes by its slope."""

    @property
    def n_shape(self) -> int:
        """Number of shape parameters."""
        return SHAPES[self.shape]

    @property
    def n_peak(self) -> int:
        """Number of parameters without those of the background."""
        return 3 + self.n_shape

    @property
    def n_parameters(self) -> int:
        """Number of all parameters."""
        return self.n_peak + BACKGROUNDS[self.background]

    def shape_of(self, sigma: Floats) -> Floats:
        """Return shape parameters of round peaks, shape (peaks, n_shape)."""
        if self.shape == "circular":
            return sigma[:, None]
        return np.stack([1 / sigma, np.zeros_like(sigma), 1 / sigma], axis=1)

    def shape_bounds(self, largest: float) -> tuple[list[float], list[float]]:
        """Return the bounds of the shape for widths between 0.2 px and `largest`."""
        if self.shape == "circular":
            return [0.2], [largest]
        return [1 / largest, -5.0, 1 / largest], [5.0, 5.0, 5.0]

    def peak(self, p: Floats, x: tuple[Floats, Floats]) -> Floats:
        """Return the peaks without background, shape (peaks, points)."""
        return p[:, :1] * self._unit(p, x)[0]

    def __call__(self, p: Floats, x: tuple[Floats, Floats], *offset: Floats) -> Floats:
        """Return peak, background and what neighbours add, shape (peaks, points)."""
        values = self.peak(p, x)
        for k, term in enumerate(self._terms(x)):
            values = values + p[:, self.n_peak + k, None] * term
        return values + offset[0] if offset else values

    def jacobian(self, p: Floats, x: tuple[Floats, Floats], *_offset: Floats) -> Floats:
        """Return the derivatives, shape (peaks, parameters, points)."""
        unit, u, v, du, dv = self._unit(p, x)
        peak = p[:, :1] * unit
        result = np.empty((len(p), self.n_parameters, peak.shape[1]))
        result[:, 0] = unit
        if self.shape == "circular":
            sigma = p[:, 3:4]
            result[:, 1] = peak * u * self.aspect[0] / sigma
            result[:, 2] = peak * v * self.aspect[1] / sigma
            result[:, 3] = peak * (u**2 + v**2) / sigma
        else:
            first, cross, second = p[:, 3:4], p[:, 4:5], p[:, 5:6]
            result[:, 1] = peak * u * first * self.aspect[0]
            result[:, 2] = peak * (u * cross + v * second) * self.aspect[1]
            result[:, 3] = -peak * u * du
            result[:, 4] = -peak * u * dv
            result[:, 5] = -peak * v * dv
        for k, term in enumerate(self._terms(x)):
            result[:, self.n_peak + k] = term
        return result

    def _unit(self, p: Floats, x: tuple[Floats, Floats]) -> tuple[Floats, ...]:
        """Return the peak of height one, its scaled and its unscaled distances."""
        du = (x[0] - p[:, 1:2]) * self.aspect[0]
        dv = (x[1] - p[:, 2:3]) * self.aspect[1]
        if self.shape == "circular":
            u, v = du / p[:, 3:4], dv / p[:, 3:4]
        else:
            u, v = p[:, 3:4] * du + p[:, 4:5] * dv, p[:, 5:6] * dv
        return np.exp(-0.5 * (u**2 + v**2)), u, v, du, dv

    def _terms(self, x: tuple[Floats, Floats]) -> list[Any]:
        """Return what the background parameters multiply."""
        terms = [np.ones_like(x[0]), x[0] / self.reach, x[1] / self.reach]
        return terms[: BACKGROUNDS[self.background]]

    def widths(self, p: Floats) -> Floats:
        """Return larger width, smaller width and the angle of the larger one.

        Returns
        -------
        ndarray of shape (peaks, 3), (px, px, rad)
            The angle runs from the row axis towards the column axis, in (-pi/2, pi/2].
        """
        if self.shape == "circular":
            sigma = p[:, 3]
            return np.stack([sigma, sigma, np.zeros_like(sigma)], axis=1)
        first, cross, second = p[:, 3], p[:, 4], p[:, 5]
        a, b, c = first**2, first * cross, cross**2 + second**2
        mean, half = (a + c) / 2, np.hypot((a - c) / 2, b)
        # the larger width belongs to the smaller eigenvalue of L^T L
        angle = 0.5 * np.arctan2(-b, (c - a) / 2)
        return np.stack([(mean - half) ** -0.5, (mean + half) ** -0.5, angle], axis=1)

    def width_errors(self, p: Floats, covariance: Floats) -> Floats:
        """Return the standard errors of `widths` by linear propagation, shape (peaks, 3)."""
        slopes = np.zeros((len(p), 3, p.shape[1]))
        for k in range(3, self.n_peak):
            step = np.zeros_like(p)
            step[:, k] = 1e-6 * np.maximum(np.abs(p[:, k]), 1e-3)
            change = self.widths(p + step) - self.widths(p - step)
            change[:, 2] = (change[:, 2] + np.pi / 2) % np.pi - np.pi / 2
            slopes[:, :, k] = change / (2 * step[:, k, None])
        variance = np.einsum("nij,njk,nik->ni", slopes, covariance, slopes)
        return np.sqrt(np.maximum(variance, 0.0))
