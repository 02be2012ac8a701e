"""Spring constants of levers, from how they move by themselves.

A lever in thermal equilibrium moves by ``kT / k`` in the mean square [1]_ [2]_; how a fluid damps
it tells its spring constant as well, whatever it measures [3]_.

References
----------
.. [1] Hutter, Bechhoefer, Rev. Sci. Instrum. 64, 1868 (1993), doi:10.1063/1.1143970
.. [2] Butt, Jaschke, Nanotechnology 6, 1 (1995), doi:10.1088/0957-4484/6/1/001
.. [3] Sader, Chon, Mulvaney, Rev. Sci. Instrum. 70, 3967 (1999), doi:10.1063/1.1150021;
       hydrodynamic function of Sader, J. Appl. Phys. 84, 64 (1998), doi:10.1063/1.368002
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.proc.models.model import Model
from sidpy.sid.operations import operation

from .measurements import Measurements, unpacked
from .rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["ThermalResonance", "calibrate_thermally", "hydrodynamic_function",
           "sader_spring_constant"]  # fmt: skip

#: Boltzmann's constant, J/K (exact in the SI).
_BOLTZMANN: Final = 1.380649e-23
#: Rounds of weighing by the fit before; the likelihood no longer changes.
_ROUNDS: Final = 6
#: Polynomials over the decimal logarithm of the Reynolds number, lowest power first: how a
#: rectangular beam differs from a circular one (Sader 1998, equation 21).
_REAL: Final = (
    (0.91324, -0.48274, 0.46842, -0.12886, 0.044055, -0.0035117, 0.00069085),
    (1.0, -0.56964, 0.48690, -0.13444, 0.045155, -0.0035862, 0.00069085),
)
_IMAGINARY: Final = (
    (-0.024134, -0.029256, 0.016294, -0.00010961, 0.000064577, -0.000044510),
    (1.0, -0.59702, 0.55182, -0.18357, 0.079156, -0.014369, 0.0028361),
)


class ThermalResonance(Model):
    """Power spectral density of a thermally driven oscillator, on white noise.

    Examples
    --------
    >>> frequency = np.linspace(0, 1e6, 2_000_001)
    >>> density = ThermalResonance()([2.0, 5e4, 40.0, 0.0], frequency)
    >>> round(float(density.sum() * 0.5), 3)
    2.0
    """

    parameters = ("mean_square", "frequency", "quality_factor", "floor")

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name or "thermal")

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        square, at, quality, floor = p
        ratio = x / at
        off = 1 - ratio**2
        damping = (ratio / quality) ** 2
        below = off**2 + damping
        shape = 2 / (np.pi * at * quality * below)
        values = square * shape
        if jac is not None:
            by_ratio = -(-4 * ratio * off + 2 * ratio / quality**2) / below
            jac[:, 0] = shape
            jac[:, 1] = -values / at * (1 + ratio * by_ratio)
            jac[:, 2] = values / quality * (2 * damping / below - 1)
            jac[:, 3] = 1.0
        return np.asarray(values + floor)

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return the highest peak of the smoothed spectrum, its width by its area."""
        from sidpy.proc.engine.multistart import smoothed

        x = np.asarray(x, np.float64)
        smooth = smoothed(y, max(1.0, len(x) / 200))
        top = smooth[:, 1:].argmax(axis=1) + 1
        at = x[top]
        floor = np.percentile(smooth, 10, axis=1)
        rest = np.maximum(smooth - floor[:, None], 0.0)
        height = np.maximum(rest[np.arange(len(y)), top], 1e-300)
        near = np.abs(x - at[:, None]) < 0.3 * at[:, None]
        square = np.maximum((near * rest * np.gradient(x)).sum(axis=1), 1e-300)
        quality = np.clip(height * np.pi * at / (2 * square), 1.0, 1e6)
        return np.stack([square, at, quality, floor], axis=1)

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return resonances within the band."""
        low, high = super().bounds(x)
        low[:] = 1e-300, 1e-300, 0.1, 0.0
        if x is not None:
            low[1], high[1] = max(np.min(x), 1e-300), np.max(x)
        return low, high

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the unit of each parameter."""
        square = y.removesuffix(f"/{x}") if x and y.endswith(f"/{x}") else f"{y}*{x}"
        return (square if x and y else "", x, "", y)


@operation(name="pycroscopy.fit.calibrate_thermally")
def calibrate_thermally(
    data: Any,
    *,
    temperature: float = 295.0,
    averages: int = 1,
    correction: float = 0.971,
    window: tuple[float, float] | None = None,
    dim: str | int | None = None,
) -> Measurements:
    """Find the spring constant of a lever from the power spectrum of its thermal motion.

    Parameters
    ----------
    data : Dataset, real, of shape (..., frequency)
        One-sided power spectral density of the deflection, in m**2/Hz over Hz.
    temperature : float, K
        Of the lever.
    averages : int
        Periodograms of which each spectrum is the mean.
    correction : float
        Share of the motion in the mode: 0.971 for the first one of a rectangular lever, 0.817
        where its deflection was calibrated optically by static bending [2]_.
    window : (float, float), Hz
        Around the resonance; everything by default.
    dim : str or int, optional
        The axis of frequencies: by default the only spectral one, or the last.

    Returns
    -------
    Measurements
        ``spring_constant`` (N/m), ``frequency``, ``quality_factor``, ``mean_square`` and
        ``floor``. Fits that fail, and constant spectra, are NaN.

    Raises
    ------
    TypeError
        When the data are complex.
    ValueError
        For fewer than eight frequencies, negative ones, other units, and numbers that are not
        positive.

    Notes
    -----
    The likelihood of periodograms, whose spread is in proportion to the spectrum, is maximized
    by least squares weighed by the fit before, until it stays. Computes at once.

    Examples
    --------
    >>> import sidpy
    >>> frequency = np.linspace(1e3, 1e5, 991)
    >>> density = ThermalResonance()([4e-21, 4e4, 30.0, 1e-27], frequency)
    >>> data = sidpy.Dataset.from_array(density, units="m**2/Hz")
    >>> data.set_dimension(0, sidpy.Dimension(frequency, "f", "frequency", "Hz", "SPECTRAL"))
    >>> found = calibrate_thermally(data, averages=100, correction=1.0, temperature=300)
    >>> round(float(found["spring_constant"]), 6)
    1.035487
    """
    import dask.array as da

    from pycroscopy._inputs import lazy
    from sidpy.proc.dataset_fit import fit_dataset

    rows = Rows.of(data, dim, least=8).real("power spectra").within(window, least=8)
    if not (temperature > 0 and averages >= 1 and correction > 0):
        msg = (
            "temperature, averages and correction are positive, found "
            f"{temperature!r}, {averages!r} and {correction!r}"
        )
        raise ValueError(msg)
    units = rows.units
    if rows.x.min() < 0 or units not in (("Hz", "m**2/Hz"), ("Hz", "m^2/Hz"), ("", "")):
        msg = (
            f"spectra in {units[1]!r} over {units[0]!r} from {rows.x.min():g}; expected m**2/Hz "
            "over Hz, from zero or above: convert them"
        )
        raise ValueError(msg)
    curves = rows.varying()
    weights: Any = None
    start: Any = None
    for _ in range(_ROUNDS):
        fit = fit_dataset(curves, ThermalResonance(), dims=rows.axis, weights=weights, start=start)
        fitted = lazy(fit.fitted)
        weights = da.where(fitted > 0, averages / da.where(fitted > 0, fitted, 1.0) ** 2, 0.0)
        start = np.asarray(fit.parameters)
    values, errors = lazy(fit.parameters), lazy(fit.errors)
    stiff = correction * _BOLTZMANN * temperature / values[..., :1]
    packed = da.concatenate(
        [stiff, values, stiff * errors[..., :1] / values[..., :1], errors], axis=-1
    )
    names = dict(zip(fit.names, fit.units, strict=True))
    return Measurements(*unpacked(rows, packed, {"spring_constant": "N/m", **names}))


def hydrodynamic_function(reynolds: Any) -> Any:
    """Return the hydrodynamic function of a rectangular lever.

    Parameters
    ----------
    reynolds : float or ndarray
        ``density * angular frequency * width**2 / (4 * viscosity)``.

    Returns
    -------
    complex or ndarray
        Real part for the mass that moves along, imaginary part for damping.

    Examples
    --------
    >>> complex(hydrodynamic_function(10.0).round(3))
    (1.918+0.982j)
    """
    from scipy.special import kve

    reynolds = np.asarray(reynolds, np.float64)
    root = np.sqrt(1j * reynolds)
    # both functions are scaled by the same exponential, which cancels
    circle = 1 + 4j * kve(1, -1j * root) / (root * kve(0, -1j * root))
    power = np.log10(reynolds)
    real, imaginary = (
        np.polynomial.polynomial.polyval(power, top) / np.polynomial.polynomial.polyval(power, low)
        for top, low in (_REAL, _IMAGINARY)
    )
    return (real + 1j * imaginary) * circle


def sader_spring_constant(
    frequency: Any,
    quality_factor: Any,
    *,
    width: float,
    length: float,
    density: float = 1.18,
    viscosity: float = 1.86e-5,
) -> Any:
    """Return the spring constant of a rectangular lever by its damping in a fluid.

    Parameters
    ----------
    frequency : float or ndarray, Hz
        Of the first resonance in the fluid.
    quality_factor : float or ndarray
        Of the same.
    width, length : float, m
        Of the lever, seen from above.
    density, viscosity : float, kg/m**3 and Pa s
        Of the fluid; those of air by default.

    Returns
    -------
    float or ndarray, N/m
        ``0.1906 density width**2 length Q Im(Gamma) (2 pi f)**2`` [3]_.

    Raises
    ------
    ValueError
        When a size or a property of the fluid is not positive.

    Examples
    --------
    >>> round(float(sader_spring_constant(70e3, 150.0, width=30e-6, length=225e-6)), 2)
    1.69
    """
    if min(width, length, density, viscosity) <= 0:
        msg = (
            "sizes and properties of the fluid are positive, found "
            f"{width}, {length}, {density} and {viscosity}"
        )
        raise ValueError(msg)
    angular = 2 * np.pi * np.asarray(frequency, np.float64)
    damping = np.imag(hydrodynamic_function(density * angular * width**2 / (4 * viscosity)))
    return 0.1906 * density * width**2 * length * quality_factor * damping * angular**2
