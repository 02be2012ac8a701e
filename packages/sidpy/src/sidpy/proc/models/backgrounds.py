"""What lies below the lines of a spectrum: constants, polynomials, a power law."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .model import Model
from .shapes import joined_unit, weighted_lines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Constant", "Linear", "Polynomial", "PowerLaw"]


class Constant(Model):
    """The same value everywhere, for spectra and images.

    Examples
    --------
    >>> Constant()([2.0], np.arange(3.0))
    array([2., 2., 2.])
    """

    form = "polynomial"
    is_background = True
    parameters = ("offset",)

    def __init__(self, name: str | None = None, *, ndim: int = 1) -> None:
        super().__init__(name)
        self.ndim = ndim  # type: ignore[misc]

    def __repr__(self) -> str:
        name = "" if self.name == "constant" else f"name={self.name!r}"
        options = [part for part in (name, f"ndim={self.ndim}" if self.ndim > 1 else "") if part]
        return f"Constant({', '.join(options)})"

    def _evaluate(
        self,
        p: NDArray[Any],
        x: Any,  # noqa: ARG002 - the same everywhere
        jac: NDArray[Any] | None,
    ) -> NDArray[Any]:
        if jac is not None:
            jac[:, 0] = 1.0
        return np.asarray(p[0])

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:  # noqa: ARG002 - the same everywhere
        """Return the mean."""
        return np.asarray(y.mean(axis=1, keepdims=True))

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:  # noqa: ARG002 - has no x
        """Return the unit of the data."""
        return (y,)


class Polynomial(Model):
    """Polynomial ``c0 + c1 x + c2 x**2 + ...`` of a given degree.

    Parameters
    ----------
    degree : int
        Highest power.
    name : str, optional
        Name as a component of a sum.

    Raises
    ------
    ValueError
        When the degree is negative.

    Examples
    --------
    >>> Polynomial(2)([1.0, 0.0, 2.0], np.arange(3.0))
    array([1., 3., 9.])
    """

    form = "polynomial"
    is_background = True

    def __init__(self, degree: int, name: str | None = None) -> None:
        super().__init__(name)
        if degree < 0:
            msg = f"degree is {degree}; a polynomial has powers from 0"
            raise ValueError(msg)
        self.degree = degree

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the coefficients, lowest power first."""
        return tuple(f"c{power}" for power in range(self.degree + 1))

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        x = np.asarray(x)
        if jac is not None:
            power = np.ones_like(x, np.float64)
            for k in range(self.degree + 1):
                jac[:, k] = power
                power = power * x
        values = p[-1] * np.ones_like(x, np.float64)
        for coefficient in p[-2::-1]:
            values *= x
            values += coefficient
        return values

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return the least-squares coefficients."""
        x = np.asarray(x, np.float64)
        scale = float(np.abs(x).max(initial=0.0)) or 1.0
        matrix = np.vander(x / scale, self.degree + 1, increasing=True)
        found = np.linalg.lstsq(matrix, y.T, rcond=None)[0].T
        return np.asarray(found / scale ** np.arange(self.degree + 1))

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the unit of each coefficient."""
        return tuple(_per_power(y, x, power) for power in range(self.degree + 1))

    def __repr__(self) -> str:
        name = "" if self.name == "polynomial" else f", name={self.name!r}"
        return f"Polynomial({self.degree}{name})"


def _per_power(y: str, x: str, power: int) -> str:
    """Write the unit y / x**power."""
    if not x or not power:
        return y
    x = f"({x})" if "/" in x or "*" in x else x
    return f"{y or 1}/{x}" if power == 1 else f"{y or 1}/{x}**{power}"


class Linear(Polynomial):
    """Straight line ``intercept + slope * x``.

    Examples
    --------
    >>> Linear()([1.0, 2.0], np.arange(3.0))
    array([1., 3., 5.])
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(1, name)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return ("intercept", "slope")

    def __repr__(self) -> str:
        return Model.__repr__(self)


class PowerLaw(Model):
    """Power law ``amplitude * x**-exponent`` of positive x, as below core losses.

    The amplitude is the value at x = 1, so its unit is that of the data.

    Examples
    --------
    >>> PowerLaw()([8.0, 3.0], np.array([1.0, 2.0]))
    array([8., 1.])
    """

    is_background = True
    parameters = ("amplitude", "exponent")

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        amplitude, exponent = p
        logarithm = np.log(np.asarray(x, np.float64))
        shape = np.exp(-exponent * logarithm)
        values = amplitude * shape
        if jac is not None:
            jac[:, 0] = shape
            jac[:, 1] = -values * logarithm
        return np.asarray(values)

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return a line through the logarithms of the positive data, large ones first."""
        x = np.asarray(x, np.float64)
        good = (y > 0) & (x > 0)
        logarithm = np.log(np.where(good, y, 1.0))
        weights = np.where(good, y, 0.0) ** 2
        log_x = np.log(np.where(x > 0, x, 1.0))
        intercept, slope = weighted_lines(log_x, logarithm, weights)
        return np.stack([np.exp(np.clip(intercept, -600, 600)), -slope], axis=1)

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:  # noqa: ARG002 - no unit
        """Return the unit of each parameter."""
        return (joined_unit(y), "")
