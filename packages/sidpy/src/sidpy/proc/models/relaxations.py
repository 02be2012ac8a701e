"""Changes from one level to another: exponential decays and steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .model import Model
from .shapes import quiet_points, spacing, weighted_lines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["ErfStep", "Exponential", "LogisticStep", "TanhStep"]


class Exponential(Model):
    """Exponential decay ``amplitude * exp(-x / decay)``.

    `decay` is the distance over which the value falls to 1/e; a negative one is growth.

    Examples
    --------
    >>> Exponential()([1.0, 2.0], np.array([0.0, 2.0])).round(4)
    array([1.    , 0.3679])
    """

    form = "exponential"
    quiet = "high"
    parameters = ("amplitude", "decay")

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        amplitude, decay = p
        u = x / decay
        shape = np.exp(-u)
        values = amplitude * shape
        if jac is not None:
            jac[:, 0] = shape
            jac[:, 1] = values * u / decay
        return np.asarray(values)

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return a line through the logarithms of the data, large ones first."""
        x = np.asarray(x, np.float64)
        total = y.sum(axis=1, keepdims=True)
        sign = np.where(total < 0, -1.0, 1.0)
        good = y * sign > 0
        size = np.where(good, y * sign, 0.0)
        intercept, slope = weighted_lines(x, np.log(np.where(good, size, 1.0)), size**2)
        span = float(np.ptp(x)) or 1.0
        slope = np.where(np.abs(slope) > 0.01 / span, slope, -1 / span)
        amplitude = sign[:, 0] * np.exp(np.clip(intercept, -600, 600))
        return np.stack([amplitude, -1 / slope], axis=1)

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the unit of each parameter."""
        return (y, x)


class _Step(Model):
    """A step from zero to an amplitude."""

    quiet = "low"
    parameters = ("amplitude", "center", "width")
    #: Distance over the width from a quarter to three quarters of the amplitude.
    _quartiles = 2.0

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return the level at the high end, and where the data cross parts of it."""
        x = np.asarray(x, np.float64)
        order = np.argsort(x, kind="stable")
        x, y = x[order], y[:, order]
        amplitude = y[:, quiet_points(x, "high")].mean(axis=1)
        part = y / np.where(amplitude == 0, 1.0, amplitude)[:, None]
        crossings = [self._crossing(x, part, level) for level in (0.25, 0.5, 0.75)]
        width = np.maximum(np.abs(crossings[2] - crossings[0]) / self._quartiles, spacing(x) / 4)
        return np.stack([amplitude, crossings[1], width], axis=1)

    @staticmethod
    def _crossing(x: Floats, part: Floats, level: float) -> Floats:
        """Return where as many points lie below the level as would before a sharp step."""
        below = np.count_nonzero(part < level, axis=1)
        return np.asarray(np.interp(below - 0.5, np.arange(len(x)), x))

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return the range of positions and widths: that of the data."""
        low, high = super().bounds(x)
        low[2] = 0.0
        if x is not None:
            x = np.asarray(x)
            span = float(np.ptp(x)) or 1.0
            low[1:] = x.min() - 0.1 * span, 0.05 * spacing(x)
            high[1:] = x.max() + 0.1 * span, 2 * span
        return low, high

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the unit of each parameter."""
        return (y, x, x)


class LogisticStep(_Step):
    """Logistic step ``amplitude / (1 + exp(-(x - center) / width))``.

    Examples
    --------
    >>> LogisticStep()([2.0, 1.0, 0.5], np.array([1.0]))
    array([1.])
    """

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        amplitude, center, width = p
        u = (x - center) / width
        # by tanh, which does not overflow
        shape = 0.5 * (1 + np.tanh(0.5 * u))
        if jac is not None:
            slope = amplitude * shape * (1 - shape) / width
            jac[:, 0] = shape
            jac[:, 1] = -slope
            jac[:, 2] = -slope * u
        return np.asarray(amplitude * shape)


class TanhStep(_Step):
    """Step ``amplitude / 2 * (1 + tanh((x - center) / width))``.

    Examples
    --------
    >>> TanhStep()([2.0, 1.0, 0.5], np.array([1.0]))
    array([1.])
    """

    _quartiles = 1.1

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        amplitude, center, width = p
        u = (x - center) / width
        curve = np.tanh(u)
        shape = 0.5 * (1 + curve)
        if jac is not None:
            slope = 0.5 * amplitude * (1 - curve * curve) / width
            jac[:, 0] = shape
            jac[:, 1] = -slope
            jac[:, 2] = -slope * u
        return np.asarray(amplitude * shape)


class ErfStep(_Step):
    """Step ``amplitude / 2 * (1 + erf((x - center) / (sqrt(2) width)))``, an edge in a blur.

    `width` is the standard deviation of the Gaussian that blurs the edge.

    Examples
    --------
    >>> ErfStep()([2.0, 1.0, 0.5], np.array([1.0]))
    array([1.])
    """

    _quartiles = 1.35

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        from scipy.special import erf

        amplitude, center, width = p
        u = (x - center) / width
        shape = 0.5 * (1 + erf(u / np.sqrt(2)))
        if jac is not None:
            slope = amplitude * np.exp(-0.5 * u * u) / (np.sqrt(2 * np.pi) * width)
            jac[:, 0] = shape
            jac[:, 1] = -slope
            jac[:, 2] = -slope * u
        return np.asarray(amplitude * shape)
