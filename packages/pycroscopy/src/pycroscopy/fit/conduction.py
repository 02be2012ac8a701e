"""What limits a current: resistances, diodes, barriers and traps, as models of current over bias.

The laws of barriers are written for the size of current and bias, with the sign of the bias.

References
----------
.. [1] Sze, Ng, Physics of Semiconductor Devices, 3rd ed., Wiley (2006),
       doi:10.1002/0470068329: diodes, and emission after Schottky, Poole and Frenkel
.. [2] Fowler, Nordheim, Proc. R. Soc. A 119, 173 (1928), doi:10.1098/rspa.1928.0091
.. [3] Simmons, J. Appl. Phys. 34, 1793 (1963), doi:10.1063/1.1702682, eq. 27
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.proc.models.model import Model

from .starts import best_shapes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Diode", "Emission", "Ohmic", "SimmonsBarrier"]

#: Powers of each law of emission: of the bias before the exponential, and within.
LAWS: Final = {"fowler-nordheim": (2.0, -1.0), "poole-frenkel": (1.0, 0.5), "schottky": (0.0, 0.5)}
#: sqrt(2 m e) / hbar, 1/(nm sqrt(V)), for free electrons (CODATA 2018).
_DECAY: Final = 5.12316722
#: e**2 / (2 pi h) in nA nm**2 / (V nm**2): 6.1657e-6 A/V times 1e9 nA/A.
_CONDUCTANCE: Final = 6165.7


class Ohmic(Model):
    """A resistance, with an offset of the current.

    Examples
    --------
    >>> Ohmic()([2.0, 0.5], np.array([0.0, 4.0]))
    array([0.5, 2.5])
    """

    parameters = ("resistance", "offset")

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        resistance, offset = p
        if jac is not None:
            jac[:, 0], jac[:, 1] = -x / resistance**2, 1.0
        return np.asarray(x / resistance + offset)

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return the line of least squares."""
        slope, offset = np.polynomial.polynomial.polyfit(x, y.T, 1)[::-1]
        return np.stack([1 / np.where(slope == 0, 1e-300, slope), offset], axis=1)

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the unit of each parameter."""
        return (f"{x}/{y}" if x and y else "", y)


class Diode(Model):
    """A diode after Shockley, in series with a resistance.

    Solves ``i = s * (exp((x - i * r) / v) - 1)`` for the current; `log_saturation` is the
    logarithm of ``s``, and `slope_voltage` is ``v``: ideality times thermal voltage.

    Examples
    --------
    >>> Diode()([0.0, 0.026, 0.0], np.array([0.0, 0.026]))
    array([0.        , 1.71828183])
    """

    parameters = ("log_saturation", "slope_voltage", "resistance")

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        least, voltage, resistance = p
        current = _diode_current(least, voltage, resistance, x)
        if jac is not None:
            total = current + np.exp(least)
            given = 1 / (1 + total * resistance / voltage)
            jac[:, 0] = current * given
            jac[:, 1] = -total * (x - current * resistance) / voltage**2 * given
            jac[:, 2] = -total * current / voltage * given
        return current

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return the best of a grid of voltages and resistances."""
        x = np.asarray(x, np.float64)
        top = float(np.abs(x).max())
        most = float(np.abs(y).max()) or 1.0

        def shapes() -> Iterator[tuple[Any, Floats]]:
            for voltage in top * np.geomspace(0.01, 0.5, 12):
                for share in (0.0, 0.1, 0.3, 0.6, 0.9):
                    # the share of the bias that falls over the resistance, at the end
                    least = np.log(most) - (1 - share) * top / voltage
                    parts = (least, voltage, share * top / most)
                    shape = _diode_current(*(np.reshape(one, (1, 1)) for one in parts), x)[0]
                    yield parts, shape[:, None]

        found, heights = best_shapes(y, shapes())
        found[:, 0] += np.log(heights[:, 0])
        found[:, 2] /= heights[:, 0]
        return np.where(np.isfinite(found), found, [np.log(most) - 9, top / 10, 0.0])

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return voltages above zero, and resistances that are not negative."""
        low, high = super().bounds(x)
        low[:] = -700.0, 1e-300, 0.0
        if x is not None:
            top = float(np.abs(x).max())
            low[1], high[1] = 1e-3 * top, 100 * top
        return low, high

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the unit of each parameter; the logarithm has none."""
        return ("", x, f"{x}/{y}" if x and y else "")


def _diode_current(least: Any, voltage: Any, resistance: Any, x: Any) -> Floats:
    """Solve for the current with a logarithm, which grows so slowly that Newton's way is short.

    With ``w`` the logarithm of ``(i + s) * r / v`` the equation is ``w + exp(w) = z``.
    """
    size = np.exp(least)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        z = (x + size * resistance) / voltage + least + np.log(resistance / voltage)
        w = np.where(z > 1, np.log(np.maximum(z, 1.0)), z)
        for _ in range(12):
            grown = np.exp(w)
            w = w - (w + grown - z) / (1 + grown)
        found = voltage / resistance * np.exp(w) - size
        plain = size * np.expm1(np.minimum(x / voltage, 700.0))
        # without a resistance, or where it takes up next to nothing
        small = ~(plain * resistance > 1e-9 * voltage)
    return np.asarray(np.where(small, plain * np.ones_like(z), found))


class Emission(Model):
    """A current that grows as a power of the bias times an exponential of another power.

    ``exp(log_amplitude) * |x|**n * exp(slope * |x|**m)``, with the sign of the bias. The
    logarithm of ``i / x**n`` over ``x**m`` is a line.

    Parameters
    ----------
    law : {"fowler-nordheim", "poole-frenkel", "schottky"}
        With n, m = 2, -1; 1, 1/2 and 0, 1/2.

    Examples
    --------
    >>> Emission("poole-frenkel")([0.0, 1.0], np.array([-1.0, 0.0, 4.0])).round(3)
    array([-2.718,  0.   , 29.556])
    """

    parameters = ("log_amplitude", "slope")

    def __init__(self, law: str) -> None:
        super().__init__(law.replace("-", "_"))
        if law not in LAWS:
            msg = f"law is {law!r}; it can be {', '.join(map(repr, LAWS))}"
            raise ValueError(msg)
        self.law = law

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        amplitude, slope = p
        before, within = LAWS[self.law]
        size = np.abs(np.asarray(x, np.float64))
        there = size > 0
        size = np.where(there, size, 1.0)
        part = amplitude + before * np.log(size) + slope * size**within
        values = np.where(there, np.sign(x) * np.exp(np.clip(part, -700.0, 700.0)), 0.0)
        if jac is not None:
            jac[:, 0], jac[:, 1] = values, values * size**within
        return np.asarray(values)

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return the line of the linearized curve, weighed by the square of the current."""
        x = np.asarray(x, np.float64)
        before, within = LAWS[self.law]
        size = np.where(x == 0, 1.0, np.abs(x))
        along = y * np.sign(x)
        used = along > 0
        height = np.log(np.where(used, along, 1.0)) - before * np.log(size)
        weight = np.where(used, along, 0.0) ** 2
        place = np.broadcast_to(size**within, y.shape)
        total = np.maximum(weight.sum(axis=1), 1e-300)
        x0, y0 = ((weight * part).sum(axis=1) / total for part in (place, height))
        off = place - x0[:, None]
        spread = (weight * off**2).sum(axis=1)
        slope = (weight * off * height).sum(axis=1) / np.where(spread > 0, spread, 1.0)
        return np.stack([y0 - slope * x0, slope], axis=1)

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:  # noqa: ARG002 - logarithms
        """Return the unit of each parameter; the logarithm has none."""
        power = {-1.0: x, 0.5: f"1/{x}**0.5"}[LAWS[self.law][1]]
        return ("", power if x else "")

    def __repr__(self) -> str:
        return f"Emission({self.law!r})"


class SimmonsBarrier(Model):
    """Tunneling through a rectangular barrier, at biases below its height.

    Parameters
    ----------
    mass : float
        Of the electrons in the barrier, in electron masses.
    nanoampere, volt : float
        A nA in units of the data, and a volt in units of the axis.
    area : float, optional, nm**2
        Where it is known; otherwise its logarithm is the third parameter.

    Notes
    -----
    Parameters are the height of the barrier (units of the axis), its thickness (nm) and the
    logarithm of its area in nm**2, which both others can nearly replace. Beyond the height the
    formula is continued by its last term alone.

    Examples
    --------
    >>> current = SimmonsBarrier()([3.0, 1.0, 0.0], np.array([-1.0, 0.0, 1.0]))
    >>> bool(np.isclose(current[0], -current[2])), float(current[1])
    (True, 0.0)
    """

    def __init__(
        self,
        mass: float = 1.0,
        nanoampere: float = 1.0,
        volt: float = 1.0,
        area: float | None = None,
    ) -> None:
        super().__init__("barrier")
        self.mass, self.nanoampere, self.volt, self.area = mass, nanoampere, volt, area

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters, in order."""
        return ("height", "thickness", "log_area")[: 3 if self.area is None else 2]

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        height, thickness = p[0], p[1]
        area = np.exp(np.clip(p[2], -700.0, 700.0)) if self.area is None else self.area
        bias = np.asarray(x, np.float64) / self.volt
        factor = area * _CONDUCTANCE * self.nanoampere / thickness**2
        low, high = (
            _through(height / self.volt, side * bias / 2, thickness, self.mass) for side in (-1, 1)
        )
        values = factor * (low[0] - high[0])
        if jac is not None:
            jac[:, 0] = factor * (low[1] - high[1]) / self.volt
            jac[:, 1] = factor * (low[2] - high[2]) - 2 * values / thickness
            if self.area is None:
                jac[:, 2] = values
        return np.asarray(values)

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return the best of a grid of heights and thicknesses."""
        x = np.asarray(x, np.float64)
        top = float(np.abs(x).max())
        tried = [
            (height, thickness)
            for height in top * np.geomspace(0.6, 8, 16)
            for thickness in np.geomspace(0.2, 5, 24)
        ]
        if self.area is not None:
            rest = np.stack([((y - self(list(p), x)) ** 2).sum(axis=1) for p in tried])
            return np.array(tried)[rest.argmin(axis=0)]
        shapes = ((p, self([*p, 0.0], x)[:, None]) for p in tried)
        found, areas = best_shapes(y, shapes)
        start = np.concatenate([found, np.log(areas)], axis=1)
        return np.where(np.isfinite(start), start, [top, 1.0, 0.0])

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return heights and thicknesses above zero."""
        low, high = super().bounds(x)
        low[:2] = 1e-300
        if x is not None:
            top = float(np.abs(x).max())
            low[0], high[0] = 0.1 * top, 100 * top
            low[1], high[1] = 1e-2, 1e2
        return low, high

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:  # noqa: ARG002 - logarithms
        """Return the unit of each parameter."""
        return (x, "nm", "")[: len(self.parameters)]

    def __repr__(self) -> str:
        return f"SimmonsBarrier({self.mass!r}, {self.nanoampere!r}, {self.volt!r}, {self.area!r})"


def _through(height: Any, shift: Any, thickness: Any, mass: float) -> tuple[Any, Any, Any]:
    """Return ``h * exp(-2 k thickness sqrt(h))`` for ``h = height + shift``, and its slopes."""
    here = height + shift
    real = here > 0
    here = np.where(real, here, 0.0)
    root = np.sqrt(here)
    steep = 2 * _DECAY * np.sqrt(mass)
    decay = np.exp(-steep * thickness * root)
    values = here * decay
    by_height = np.where(real, decay * (1 - steep * thickness * root / 2), 0.0)
    return values, by_height, -steep * root * values
