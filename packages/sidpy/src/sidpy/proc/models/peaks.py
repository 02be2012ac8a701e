"""Lines of spectra: Gaussian, Lorentzian, and what lies between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .model import Model
from .shapes import joined_unit, peaks, spacing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Gaussian", "Lorentzian", "PseudoVoigt", "Voigt"]

#: Full width at half height of a Gaussian of unit standard deviation.
_FWHM = float(2 * np.sqrt(2 * np.log(2)))


class _Peak(Model):
    """A line with a position that lies within the data and widths that are positive."""

    #: Names of the parameters that are widths.
    widths: tuple[str, ...] = ()

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return the range of positions and widths: that of the data."""
        low, high = super().bounds(x)
        rows = [self.index(name) for name in self.widths]
        low[rows] = 0.0
        if x is not None:
            x = np.asarray(x)
            span = float(np.ptp(x)) or 1.0
            low[self.index("center")] = x.min() - 0.1 * span
            high[self.index("center")] = x.max() + 0.1 * span
            # narrower than this a line falls between the points
            low[rows] = 0.2 * spacing(x)
            high[rows] = 2 * span
        return low, high

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the unit of each parameter: that of the data for the height, else of x."""
        return (y, *(x for _ in self.parameters[1:]))


class Gaussian(_Peak):
    """Gaussian line of given height.

    ``amplitude * exp(-(x - center)**2 / (2 sigma**2))``; the full width at half height is
    2.3548 sigma, the area 2.5066 amplitude * sigma.

    Examples
    --------
    >>> Gaussian()([2.0, 0.0, 1.0], np.array([0.0, 1.0])).round(4)
    array([2.    , 1.2131])
    """

    form = "gaussian"
    parameters = ("amplitude", "center", "sigma")
    widths = ("sigma",)

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        amplitude, center, sigma = p
        inverse = 1 / sigma
        u = x - center
        u *= inverse
        shape = u * u
        shape *= -0.5
        np.exp(shape, out=shape)
        if jac is None:
            shape *= amplitude
            return shape
        jac[:, 0] = shape
        shape *= amplitude
        slope = np.multiply(u, inverse)
        slope *= shape
        jac[:, 1] = slope
        np.multiply(slope, u, out=jac[:, 2])
        return shape

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return height, position and width of the largest peak above zero."""
        height, center, width = peaks(np.asarray(x), y)
        return np.stack([height, center, width / _FWHM], axis=1)


class Lorentzian(_Peak):
    """Lorentzian line of given height.

    ``amplitude / (1 + ((x - center) / gamma)**2)``; gamma is half of the full width at half
    height, the area is pi * amplitude * gamma.

    Examples
    --------
    >>> Lorentzian()([2.0, 0.0, 1.0], np.array([0.0, 1.0]))
    array([2., 1.])
    """

    form = "lorentzian"
    parameters = ("amplitude", "center", "gamma")
    widths = ("gamma",)

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        amplitude, center, gamma = p
        u = (x - center) / gamma
        shape = 1 / (1 + u * u)
        values = amplitude * shape
        if jac is not None:
            slope = 2 * values * shape * u / gamma
            jac[:, 0] = shape
            jac[:, 1] = slope
            jac[:, 2] = slope * u
        return np.asarray(values)

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return height, position and width of the largest peak above zero."""
        height, center, width = peaks(np.asarray(x), y)
        return np.stack([height, center, width / 2], axis=1)


class PseudoVoigt(_Peak):
    """Mixture of a Lorentzian and a Gaussian line of the same height and width.

    ``amplitude * (fraction * L + (1 - fraction) * G)``; `fwhm` is the full width at half
    height of both, `fraction` the share of the Lorentzian.

    Examples
    --------
    >>> PseudoVoigt()([2.0, 0.0, 2.0, 0.3], np.array([0.0, 1.0])).round(9)
    array([2., 1.])
    """

    parameters = ("amplitude", "center", "fwhm", "fraction")
    widths = ("fwhm",)

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        amplitude, center, fwhm, fraction = p
        u = 2 * (x - center) / fwhm
        square = u * u
        lorentz = 1 / (1 + square)
        gauss = np.exp(-np.log(2) * square)
        shape = fraction * lorentz + (1 - fraction) * gauss
        if jac is not None:
            fall = fraction * lorentz**2 + (1 - fraction) * np.log(2) * gauss
            slope = 4 * amplitude * fall * u / fwhm
            jac[:, 0] = shape
            jac[:, 1] = slope
            jac[:, 2] = 0.5 * slope * u
            jac[:, 3] = amplitude * (lorentz - gauss)
        return np.asarray(amplitude * shape)

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return the largest peak above zero, half Gaussian and half Lorentzian."""
        height, center, width = peaks(np.asarray(x), y)
        return np.stack([height, center, width, np.full(len(y), 0.5)], axis=1)

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return the range of positions and widths, and 0 to 1 for the fraction."""
        low, high = super().bounds(x)
        low[3], high[3] = 0.0, 1.0
        return low, high

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the unit of each parameter."""
        return (y, x, x, "")


class Voigt(_Peak):
    """Convolution of a Gaussian and a Lorentzian line, of given area.

    `sigma` is the standard deviation of the Gaussian, `gamma` half of the full width at
    half height of the Lorentzian.

    Notes
    -----
    Real part of the Faddeeva function w(z) with derivative w' = 2i/sqrt(pi) - 2 z w [1]_.

    References
    ----------
    .. [1] NIST Digital Library of Mathematical Functions, sections 7.10 and 7.19,
           https://dlmf.nist.gov/7

    Examples
    --------
    >>> Voigt()([1.0, 0.0, 1.0, 0.0], np.array([0.0])).round(4)
    array([0.3989])
    """

    parameters = ("area", "center", "sigma", "gamma")
    widths = ("sigma", "gamma")

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        from scipy.special import wofz

        area, center, sigma, gamma = p
        scale = 1 / (np.sqrt(2) * sigma)
        z = (x - center + 1j * gamma) * scale
        w = wofz(z)
        shape = w.real * scale / np.sqrt(np.pi)
        if jac is not None:
            slope = (2j / np.sqrt(np.pi) - 2 * z * w) * scale
            factor = area * scale / np.sqrt(np.pi)
            jac[:, 0] = shape
            jac[:, 1] = -factor * slope.real
            jac[:, 2] = -area * shape / sigma - factor * (slope * z).real / (scale * sigma)
            jac[:, 3] = -factor * slope.imag
        return np.asarray(area * shape)

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return the largest peak above zero with its width shared by both parts."""
        height, center, width = peaks(np.asarray(x), y)
        sigma, gamma = 0.6 * width / _FWHM, 0.6 * width / 2
        return np.stack([1.3 * height * width, center, sigma, gamma], axis=1)

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return the range of positions and widths; the Lorentzian may vanish."""
        low, high = super().bounds(x)
        low[3] = 0.0
        return low, high

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the unit of each parameter."""
        return (joined_unit(y, x), x, x, x)
