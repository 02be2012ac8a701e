"""Things that vibrate: a sinusoid in time, a simple harmonic oscillator in frequency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .model import Model
from .shapes import spacing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["SHO", "Sinusoid"]


def _with_phase_within_half_a_turn(parameters: Floats, column: int) -> Floats:
    """Take full turns off a phase."""
    result = np.array(parameters)
    result[:, column] -= 2 * np.pi * np.round(result[:, column] / (2 * np.pi))
    return result


class Sinusoid(Model):
    """Sinusoid ``amplitude * sin(2 pi frequency x + phase)``, phase in radians.

    Examples
    --------
    >>> Sinusoid()([2.0, 0.25, 0.0], np.arange(3.0)).round(12)
    array([0., 2., 0.])
    """

    parameters = ("amplitude", "frequency", "phase")

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        amplitude, frequency, phase = p
        angle = 2 * np.pi * frequency * x + phase
        shape = np.sin(angle)
        if jac is not None:
            slope = amplitude * np.cos(angle)
            jac[:, 0] = shape
            jac[:, 1] = slope * (2 * np.pi * x)
            jac[:, 2] = slope
        return np.asarray(amplitude * shape)

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return the strongest of a grid of frequencies below that of two points a period."""
        x = np.asarray(x, np.float64)
        span = float(np.ptp(x)) or 1.0
        frequency = np.arange(0.5 / span, 0.5 / spacing(x), 0.2 / span)
        wave = np.exp(-2j * np.pi * frequency[:, None] * x)
        spectrum = (y - y.mean(axis=1, keepdims=True)) @ wave.T
        best = np.argmax(np.abs(spectrum), axis=1)
        peak = spectrum[np.arange(len(y)), best]
        amplitude = 2 * np.abs(peak) / len(x)
        return np.stack([amplitude, frequency[best], np.angle(peak) + np.pi / 2], axis=1)

    def canonical(self, parameters: Floats) -> Floats:
        """Return the same curves with the phase between -pi and pi."""
        return _with_phase_within_half_a_turn(parameters, 2)

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the unit of each parameter."""
        return (y, f"1/{x}" if x else "", "rad")


class SHO(Model):
    """Complex response of a simple harmonic oscillator in the frequency f.

    ``A exp(i phase) f0**2 / (f**2 - i f f0 / Q - f0**2)`` with amplitude A, resonance
    frequency f0, quality factor Q, and the phase in radians.  The response at resonance has
    the size A * Q.

    Examples
    --------
    >>> response = SHO()([1.0, 100.0, 50.0, 0.0], np.array([100.0]))
    >>> np.abs(response).round(9)
    array([50.])
    """

    is_complex = True
    parameters = ("amplitude", "resonance_frequency", "quality_factor", "phase")

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        amplitude, resonance, quality, phase = p
        over = 1 / (x * x - 1j * x * resonance / quality - resonance**2)
        shape = np.exp(1j * phase) * resonance**2 * over
        values = amplitude * shape
        if jac is not None:
            jac[:, 0] = shape
            jac[:, 1] = values * (2 / resonance + (1j * x / quality + 2 * resonance) * over)
            jac[:, 2] = values * (-1j * x * resonance / quality**2) * over
            jac[:, 3] = 1j * values
        return np.asarray(values)

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return the solution of the linear problem that the oscillator hides.

        Multiplied by its denominator, the response is linear in f0**2, f0 / Q and the
        complex numerator [1]_; weights that undo the multiplication are renewed twice.

        References
        ----------
        .. [1] Sanathanan, Koerner, IEEE Trans. Autom. Control 8, 56 (1963),
               doi:10.1109/TAC.1963.1105517
        """
        f = np.asarray(x, np.float64)
        unit = float(np.abs(f).mean()) or 1.0
        f = f / unit
        y = np.asarray(y, np.complex128)
        size = np.abs(y)
        peak = f[np.argmax(size, axis=1)]
        weight = size
        for _ in range(3):
            center, rate, numerator = self._linear(f, y, weight, peak)
            weight = 1 / np.abs(f**2 - 1j * f * rate[:, None] - center[:, None] ** 2)
        return np.stack(
            [np.abs(numerator) / center**2, center * unit, center / rate, np.angle(numerator)],
            axis=1,
        )

    @staticmethod
    def _linear(
        f: Floats, y: NDArray[Any], weight: Floats, peak: Floats
    ) -> tuple[Floats, Floats, NDArray[Any]]:
        """Return resonance, its width, and numerator from one weighted linear problem."""
        ones = np.ones_like(y)
        columns = np.stack([y, 1j * f * y, ones, 1j * ones], axis=2) * weight[:, :, None]
        right = y * (f**2 - peak[:, None] ** 2) * weight
        a = np.concatenate([columns.real, columns.imag], axis=1)
        b = np.concatenate([right.real, right.imag], axis=1)
        size = np.sqrt((a * a).sum(axis=1))
        size = np.where(size > 0, size, 1.0)
        normal = np.einsum("nmi,nmj->nij", a, a) / (size[:, :, None] * size[:, None, :])
        normal += 1e-12 * np.eye(4)
        gradient = np.einsum("nmi,nm->ni", a, b) / size
        shift, rate, real, imaginary = (
            np.linalg.solve(normal, gradient[..., None])[..., 0] / size
        ).T
        square = peak**2 + shift
        inside = (square > f.min() ** 2) & (square < f.max() ** 2)
        center = np.where(inside, np.sqrt(np.maximum(square, 0.0)), peak)
        least = 0.5 * spacing(f)
        return center, np.clip(rate, least, 2 * np.ptp(f) + least), real + 1j * imaginary

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return positive amplitudes, and resonances within the band."""
        low, high = super().bounds(x)
        low[:3] = 0.0
        if x is not None:
            x = np.asarray(x)
            span = float(np.ptp(x)) or 1.0
            low[1], high[1] = max(x.min() - 0.2 * span, 1e-3 * x.max()), x.max() + 0.2 * span
            # of a narrower resonance no point would see anything
            low[2], high[2] = 0.1, 20 * float(np.abs(x).max()) / spacing(x)
        return low, high

    def canonical(self, parameters: Floats) -> Floats:
        """Return the same curves with the phase between -pi and pi."""
        return _with_phase_within_half_a_turn(parameters, 3)

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the unit of each parameter."""
        return (y, x, "", "rad")
