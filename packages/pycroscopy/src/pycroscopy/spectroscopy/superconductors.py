"""Gaps of superconductors: the density of states of Dynes [1]_, seen at a temperature.

The conductance is this density, broadened by the Fermi edge of a normal tip and by the
modulation of a lock-in amplifier.  Both convolutions are done exactly: the thermal one as a sum
over Matsubara frequencies, at which the density is smooth, with its tail as an integral; that of
the modulation by the quadrature of Gauss and Chebyshev, whose weight is that of a sine.

References
----------
.. [1] Dynes, Narayanamurti, Garno, Phys. Rev. Lett. 41, 1509 (1978),
       doi:10.1103/PhysRevLett.41.1509
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from pycroscopy.fit.rows import Rows
from pycroscopy.fit.starts import best_shapes
from sidpy.proc.models.model import Model
from sidpy.sid.operations import operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sidpy.proc.fitted import DatasetFit

    Floats = NDArray[np.float64]

__all__ = ["DynesGap", "fit_superconducting_gap"]

#: Boltzmann's constant over the charge of an electron, V/K (exact in the SI).
BOLTZMANN: Final = 1.380649e-23 / 1.602176634e-19
#: What a volt is in units of an axis.
VOLTS: Final = {"V": 1.0, "mV": 1e3, "uV": 1e6, "µV": 1e6, "eV": 1.0, "meV": 1e3}
#: Matsubara frequencies that are summed; the rest is an integral, good to 1e-5.
_SUMMED: Final = 8


class _Sums(NamedTuple):
    """The thermally broadened density and its derivatives."""

    density: Any
    by_bias: Any
    """Complex: its real part is the slope, minus its imaginary part that by the broadening."""
    by_gap: Any
    by_step: Any
    """By the distance of Matsubara frequencies."""


class DynesGap(Model):
    """Conductance between a normal tip and a superconductor.

    Parameters
    ----------
    modulation : float, units of the axis
        Effective (rms) bias of the modulation.
    volt : float
        A volt in units of the axis: 1000 for mV.
    nodes : int
        Of the quadrature over the modulation.

    Examples
    --------
    >>> bias = np.array([0.0, 1.5, 30.0])
    >>> DynesGap(volt=1e3)([1.4, 0.01, 1.0, 2.0, 0.0], bias).round(3)
    array([0.015, 4.602, 2.002])
    """

    parameters = ("gap", "broadening", "temperature", "conductance", "center")

    def __init__(self, modulation: float = 0.0, volt: float = 1.0, nodes: int = 15) -> None:
        super().__init__("dynes")
        self.modulation, self.volt, self.nodes = modulation, volt, nodes

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        gap, broadening, temperature, height, center = p
        step = 2 * np.pi * BOLTZMANN * self.volt * temperature
        total: list[Any] = [0.0, 0.0, 0.0, 0.0]
        for shift, weight in self._quadrature():
            places = x - center + shift + 1j * np.abs(broadening)
            parts = _thermal(places, gap, step, slopes=jac is not None)
            total = [one + weight * part for one, part in zip(total, parts, strict=True)]
        density, by_bias, by_gap, by_step = total
        if jac is not None:
            jac[:, 0] = height * by_gap
            jac[:, 1] = -height * np.imag(by_bias)
            jac[:, 2] = height * by_step * 2 * np.pi * BOLTZMANN * self.volt
            jac[:, 3] = density
            jac[:, 4] = -height * np.real(by_bias)
        return np.asarray(height * density)

    def _quadrature(self) -> Iterator[tuple[float, float]]:
        """Yield shifts of the bias and their weights."""
        if not self.modulation:
            yield 0.0, 1.0
            return
        angles = np.pi * np.arange(1, self.nodes + 1) / (self.nodes + 1)
        for angle in angles:
            shift = np.sqrt(2) * self.modulation * np.cos(angle)
            yield float(shift), float(2 * np.sin(angle) ** 2 / (self.nodes + 1))

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return the best of a grid of gaps and broadenings at the lowest temperature."""
        x = np.asarray(x, np.float64)
        reach = float(np.abs(x).max())
        still = DynesGap()

        def shapes() -> Iterator[tuple[Any, Floats]]:
            for gap in np.geomspace(min(2 * reach / len(x), reach / 8), 0.8 * reach, 24):
                for share in (0.05, 0.2, 0.6):
                    p = [gap, share * gap + np.sqrt(2) * self.modulation, 0.0, 1.0, 0.0]
                    yield (gap, share * gap), still(p, x)[:, None]

        numbers, heights = best_shapes(y, shapes())
        start = np.zeros((len(y), 5))
        start[:, :2], start[:, 3] = numbers, heights[:, 0]
        start[:, 2] = 0.1 * start[:, 0] / (BOLTZMANN * self.volt)
        return np.where(np.isfinite(start), start, [reach / 4, reach / 40, 1.0, 1.0, 0.0])

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return gaps within the axis, and what is not negative."""
        low, high = super().bounds(x)
        low[:4] = 0.0
        if x is not None:
            reach = float(np.abs(x).max())
            # below this the density is sharper than any measurement
            low[1], high[:2] = 1e-5 * reach, reach
            low[4], high[4] = -reach / 2, reach / 2
        return low, high

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the unit of each parameter."""
        return (x, x, "K", y, x)

    def __repr__(self) -> str:
        return f"DynesGap({self.modulation!r}, {self.volt!r}, {self.nodes!r})"


def _thermal(places: Any, gap: Any, step: Any, *, slopes: bool) -> _Sums:
    """Return the density at complex energies, broadened, and its derivatives.

    The density is the real part of ``n = e / sqrt(e**2 - gap**2)``, analytic above the real
    axis; around each pole of the Fermi edge stands the derivative ``n'``.
    """
    square = gap**2
    far = places + 1j * step * _SUMMED
    one = 1 / (np.sqrt(far - gap) * np.sqrt(far + gap))
    cube = one**3
    second = 3 * square * far * cube * one**2
    density = far * one + step**2 / 24 * second
    by_bias = by_gap = by_step = np.zeros((), complex)
    if slopes:
        first = -square * cube
        third = (3 * square - 15 * square * (far * one) ** 2) * cube * one**2
        by_bias = first + step**2 / 24 * third
        by_gap = far * gap * cube
        by_gap = by_gap + step**2 / 24 * (6 * gap * far + 15 * gap * square * far * one**2) * (
            cube * one**2
        )
        by_step = 1j * _SUMMED * by_bias + step / 12 * second
    for number in range(_SUMMED if np.any(step) else 0):
        near = places + 1j * step * (number + 0.5)
        one = 1 / (np.sqrt(near - gap) * np.sqrt(near + gap))
        cube = one**3
        density = density + 1j * step * square * cube
        if slopes:
            second = 3 * square * near * cube * one**2
            by_bias = by_bias - 1j * step * second
            by_gap = by_gap + 1j * step * (2 * gap * cube + 3 * gap * square * cube * one**2)
            by_step = by_step + 1j * square * cube + step * (number + 0.5) * second
    return _Sums(np.real(density), by_bias, np.real(by_gap), np.real(by_step))


@operation(name="pycroscopy.spectroscopy.fit_superconducting_gap")
def fit_superconducting_gap(
    data: Any,
    *,
    temperature: float,
    fit_temperature: bool = False,
    modulation: float = 0.0,
    dim: str | int | None = None,
    compute: bool = True,
) -> DatasetFit:
    """Fit gap and broadening of a superconductor to the conductance at every position.

    Parameters
    ----------
    data : Dataset or array of shape (..., bias), real
        Conductances measured with a normal tip, in any unit, best of a lock-in amplifier;
        values that came by differentiation are no longer independent, and their errors too
        small.
    temperature : float, K
        Of the tip.
    fit_temperature : bool
        Start there and fit; otherwise it is known. Temperature and broadening do much the
        same, so that both together are uncertain.
    modulation : float, units of the axis
        Effective (rms) bias of the modulation.
    dim : str or int, optional
        The axis of the bias, in V, mV or uV (without a unit in V): by default the only
        spectral one, or the last.
    compute : bool
        Fit now; otherwise the result is lazy.

    Returns
    -------
    DatasetFit
        Parameters ``gap``, ``broadening``, ``temperature``, ``conductance`` (of the normal
        state) and ``center`` (the bias that is zero), with errors, covariances and status.
        Fits that fail, and constant curves, are NaN and counted in ``n_failed``.

    Raises
    ------
    TypeError
        When the data are complex.
    ValueError
        For fewer than eight points, other units, and negative numbers.

    Examples
    --------
    >>> bias = np.linspace(-0.006, 0.006, 121)
    >>> import sidpy
    >>> made = DynesGap()([1.4e-3, 5e-5, 1.2, 2.0, 0.0], bias)
    >>> data = sidpy.Dataset.from_array(made, units="nS")
    >>> data.set_dimension(0, sidpy.Dimension(bias, "bias", "bias", "V", "SPECTRAL"))
    >>> round(1e3 * float(fit_superconducting_gap(data, temperature=1.2)["gap"]), 6)
    1.4
    """
    from sidpy.proc.dataset_fit import fit_dataset

    rows = Rows.of(data, dim, least=8).real("conductances")
    if not (temperature >= 0 and modulation >= 0):
        msg = (
            "temperature and modulation are not negative, found "
            f"{temperature!r} K and {modulation!r}"
        )
        raise ValueError(msg)
    volt = volts_of(rows)
    # enough for a modulation that is wider than the thermal edge
    kelvin = max(BOLTZMANN * volt * temperature, 1e-3 * float(np.abs(rows.x).max()))
    nodes = int(np.clip(5 + 4 * np.sqrt(2) * modulation / kelvin, 5, 61))
    start = {"temperature": float(temperature)}
    return fit_dataset(
        rows.varying(), DynesGap(float(modulation), volt, nodes), dims=rows.axis,
        start=start if fit_temperature else None, fixed=None if fit_temperature else start,
        compute=compute,
    )  # fmt: skip


def volts_of(rows: Rows) -> float:
    """Return what a volt is in units of the axis.

    Raises
    ------
    ValueError
        When the axis is in units of something else.
    """
    unit = rows.units[0] or "V"
    if unit not in VOLTS:
        name = rows.dataset._axes[rows.axis].name
        msg = f"the axis {name!r} is in {unit!r}; expected a bias in {', '.join(VOLTS)}"
        raise ValueError(msg)
    return VOLTS[unit]
