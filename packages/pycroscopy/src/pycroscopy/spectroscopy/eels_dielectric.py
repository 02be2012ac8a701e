"""The dielectric function from what electrons lost once.

Single scattering is ``Im(-1/ε)`` times what the collection angle lets through; the refractive
index says how much it is [1]_, and causality what the real part is.  The principal value is
taken of the straight lines between the channels, which is exact, and of a tail beyond the last
of them that falls with the third power, as free electrons have it.

Losses of the surfaces and Čerenkov losses are taken for losses of the volume: a specimen of
less than some 50 nm looks thicker than it is, and lossier below its surface plasmon.

References
----------
.. [1] Egerton, Electron Energy-Loss Spectroscopy in the Electron Microscope, 3rd ed.,
       section 4.2, doi:10.1007/978-1-4419-9583-4
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

import numpy as np

from pycroscopy._inputs import as_dataset, lazy
from sidpy.sid.operations import operation

from .energy_spectra import Spectra

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

__all__ = ["DielectricFunction", "kramers_kronig"]

#: Rest energy of the electron, eV, and Bohr radius, nm (CODATA 2018).
_REST: Final = 510_998.95
_BOHR: Final = 0.052_917_721_0903

#: Beyond this many channels a line is as good as a point: relative error 1e-9.
_FAR: Final = 60.0


@dataclass(frozen=True, eq=False, repr=False)
class DielectricFunction:
    """Dielectric functions, one for each spectrum, at energies above zero."""

    real: sidpy.Dataset
    """Of shape (scan..., energy)."""
    imaginary: sidpy.Dataset
    """Positive where energy is lost."""
    loss: sidpy.Dataset
    """Loss function, ``Im(-1/ε)``."""
    real_errors: sidpy.Dataset
    """Standard deviation of `real`."""
    imaginary_errors: sidpy.Dataset
    """Standard deviation of `imaginary`."""
    loss_errors: sidpy.Dataset
    """Standard deviation of `loss`."""
    thickness: sidpy.Dataset
    """Of the shape of the scan, nm; NaN where the zero loss is not given."""
    thickness_errors: sidpy.Dataset
    """Standard deviation of `thickness`."""

    names: ClassVar[tuple[str, ...]] = (
        "real", "imaginary", "loss", "real_errors", "imaginary_errors", "loss_errors",
        "thickness", "thickness_errors",
    )  # fmt: skip

    def __repr__(self) -> str:
        return f"dielectric function of {self.real.shape[-1]} energies"

    def to_datasets(self) -> dict[str, sidpy.Dataset]:
        """Return everything as datasets by name, ready for `sidpy.write`."""
        return {name: getattr(self, name) for name in self.names}

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw the real and the imaginary part, averaged over the scan.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.curves import draw_means

        parts = {"real part": self.real, "imaginary part": self.imaginary}
        return draw_means(parts, figure, quantity="dielectric function")


class _Given(NamedTuple):
    """What is the same for all spectra."""

    energy: NDArray[np.float64]
    weight: NDArray[np.float64]
    scale: float
    refractive: float | None
    depth: float | None
    start: float


@operation(name="pycroscopy.spectroscopy.kramers_kronig")
def kramers_kronig(  # noqa: PLR0913 - the conditions of a measurement, all by keyword
    data: Any,
    *,
    beam_energy: float,
    collection_angle: float,
    refractive_index: float | None = None,
    thickness: float | None = None,
    zero_loss: Any = None,
    start: float = 0.0,
    errors: Any = None,
) -> DielectricFunction:
    """Return the dielectric function of a distribution of single scattering.

    Parameters
    ----------
    data : Dataset or array of shape (..., energy), real
        Single scattering without zero loss, as `fourier_log` gives it, counts in each channel.
    beam_energy : float, eV
        Of the electrons.
    collection_angle : float, rad
        Half angle of the entrance.
    refractive_index : float, optional
        At low energies; ``inf`` for a metal. It normalises the loss function.
    thickness : float, optional, nm
        Normalises it instead, together with `zero_loss`.
    zero_loss : float, or Dataset or array of the shape of the scan, optional
        Counts without a loss; with them the thickness is found.
    start : float, eV
        Below it the loss function is proportional to the energy, whatever was measured.
    errors : Dataset or array of the shape of the data, optional
        Standard deviation of the data; by default that of counting.

    Returns
    -------
    DielectricFunction
        Lazy; at the energies above zero. NaN where a channel is missing or nothing was lost.
    """
    spectra = Spectra.of(data, least=5).even()
    above = spectra.energy > 1e-6 * spectra.step
    energy = spectra.energy[above]
    _check(energy, start, (refractive_index, thickness, zero_loss))
    others = [_for_each(spectra, zero_loss)]
    if errors is not None:
        others.append(spectra.beside(errors, "errors").dataset)
    weight, scale = _scattering(energy, beam_energy, collection_angle)
    found = spectra.mapped(
        _dielectric_rows,
        (7, len(energy)),
        others,
        above=above,
        given=_Given(
            energy, weight * spectra.step, scale, refractive_index, thickness, float(start)
        ),
    )
    words = (
        ("real part of the dielectric function", "relative permittivity"),
        ("imaginary part of the dielectric function", "relative permittivity"),
        ("loss function", "loss function"),
        ("error of the real part", "standard deviation"),
        ("error of the imaginary part", "standard deviation"),
        ("error of the loss function", "standard deviation"),
    )
    parts = [
        spectra.labelled(found[..., i, :], title, quantity=quantity, units="", energy=energy)
        for i, (title, quantity) in enumerate(words)
    ]
    titles = (("thickness", "thickness"), ("error of the thickness", "standard deviation"))
    parts += [
        spectra.labelled(found[..., 6, i], title, quantity=quantity, units="nm")
        for i, (title, quantity) in enumerate(titles)
    ]
    return DielectricFunction(*parts)


def _check(energy: NDArray[Any], start: float, given: tuple[Any, Any, Any]) -> None:
    index, thickness, counts = given
    if len(energy) < 5 or not start < energy[-1]:
        msg = f"{len(energy)} channels above zero, from {start:g} eV on; expected at least five"
        raise ValueError(msg)
    if (index is None) == (thickness is None):
        msg = "the loss function is normalised by a refractive index or a thickness: give one"
        raise ValueError(msg)
    if index is not None and not index > 1:
        msg = f"a refractive index of {index}; expected more than 1"
        raise ValueError(msg)
    if thickness is not None and (counts is None or not thickness > 0):
        msg = f"a thickness of {thickness} nm needs to be above zero, and the zero loss with it"
        raise ValueError(msg)


def _for_each(spectra: Spectra, counts: Any) -> Any:
    """Return the counts of the zero loss as one row for all spectra, or one for each."""
    if counts is None or np.ndim(counts) == 0:
        return np.array([np.nan if counts is None else float(counts)])
    scan = tuple(spectra.dataset.shape[:-1])
    if tuple(np.shape(counts)) != scan:
        msg = f"zero losses of shape {np.shape(counts)} for a scan of shape {scan}"
        raise ValueError(msg)
    return lazy(as_dataset(counts))[..., None]


def _scattering(
    energy: NDArray[Any], beam: float, angle: float
) -> tuple[NDArray[np.float64], float]:
    """Return the share within the angle, and pi a0 m v^2, nm eV: both of the cross section."""
    if not (beam > 0 and angle > 0):
        msg = f"a beam of {beam} eV and an angle of {angle} rad; expected more than 0"
        raise ValueError(msg)
    momentum = beam * (beam + 2 * _REST) / (beam + _REST)
    speed = 1 - (_REST / (beam + _REST)) ** 2
    characteristic = energy / momentum
    weight = np.log1p((angle / characteristic) ** 2)
    return weight, float(np.pi * _BOHR * _REST * speed)


def _dielectric_rows(
    rows: NDArray[Any],
    counts: NDArray[Any],
    errors: NDArray[Any] | None = None,
    *,
    above: NDArray[Any],
    given: _Given,
) -> NDArray[np.float64]:
    """Return the parts, their errors, and the thickness, of shape (rows, 7, energies)."""
    energy, weight, scale, index, depth, start = given
    raw = rows[:, above] / weight
    variance = np.maximum(rows[:, above], 0.0) if errors is None else errors[:, above] ** 2
    variance = np.broadcast_to(variance, raw.shape) / weight**2
    first = int(np.searchsorted(energy, start))
    raw, variance = _from_start(raw, variance, energy, first)
    principal, area = _causal(energy)
    # the channels of the ramp are one measurement
    known = variance[:, first:]
    full, sums = (_folded(part, energy, first) for part in (principal, area))
    if index is None:
        size = np.broadcast_to(counts * (depth or np.nan) / scale, (len(rows), 1))
        share = np.zeros_like(size)
    else:
        size = (raw @ area)[:, None] / (1 - index**-2.0)
        size = np.where(size > 0, size, np.nan)
        share = np.sqrt(known @ sums**2)[:, None] / (1 - index**-2.0) / size
    loss = raw / size
    inverse = 1 - loss @ principal - 1j * loss
    with np.errstate(divide="ignore", invalid="ignore"):
        value = 1 / inverse  # complex NaN warns where real NaN does not
    noise = np.sqrt(variance) / size
    other = np.sqrt(known @ full**2) / size
    common = share * value**2 * (inverse - 1)
    square = value**2
    deep = size * scale / counts
    result = np.full((len(rows), 7, len(energy)), np.nan)
    result[:, 0], result[:, 1], result[:, 2] = value.real, value.imag, loss
    result[:, 3] = np.sqrt(
        (square.real * other) ** 2 + (square.imag * noise) ** 2 + common.real**2
    )
    result[:, 4] = np.sqrt(
        (square.imag * other) ** 2 + (square.real * noise) ** 2 + common.imag**2
    )
    result[:, 5] = np.hypot(noise, share * loss)
    result[:, 6, :2] = np.concatenate([deep, deep * share], axis=1)
    return result


def _from_start(
    raw: NDArray[Any], variance: NDArray[Any], energy: NDArray[Any], first: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return losses proportional to the energy below the first channel that counts."""
    if first == 0:
        return raw, variance
    ramp = energy[:first] / energy[first]
    raw = np.concatenate([raw[:, first : first + 1] * ramp, raw[:, first:]], axis=1)
    before = variance[:, first : first + 1] * ramp**2
    return raw, np.concatenate([before, variance[:, first:]], axis=1)


def _folded(weights: NDArray[Any], energy: NDArray[Any], first: int) -> NDArray[np.float64]:
    """Return weights of the channels from the first on, which stands for those below it."""
    folded = weights[first:].copy()
    if first:
        folded[0] += energy[:first] / energy[first] @ weights[:first]
    return np.asarray(folded)


def _causal(energy: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    step = float(energy[-1] - energy[0]) / (len(energy) - 1)
    return _matrices(len(energy), round(float(energy[0]) / step, 6))


@lru_cache(maxsize=2)
def _matrices(count: int, first: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what turns a loss function into 1 - Re(1/ε), at its energies and at zero.

    Parameters
    ----------
    count : int
        Channels.
    first : float
        The first energy in channels; from there to zero the loss function is a ramp.
    """
    from scipy.linalg import hankel, toeplitz

    before = max(0, round(first) - 1)
    low = first - before
    total = before + count
    place = low + np.arange(4 * total)
    near = place[:total]
    lag = np.arange(total)
    # rows are sources, columns are energies
    matrix = toeplitz(_line(-lag), _line(lag)) - hankel(
        _line(2 * low + lag), _line(2 * low + lag + total - 1)
    )
    beyond = place[total:]
    tail = np.zeros(total)
    for begin in range(0, total, 64):
        at = near[begin : begin + 64]
        kernel = _line(at - beyond[:, None]) - _line(at + beyond[:, None])
        tail[begin : begin + 64] = beyond**-3.0 @ kernel
    area = 1 / near
    area[0] = 1 + 0.5 / low
    some = max(1, total // 50)
    matrix[-some:] += (near[-some:] ** 3 / some)[:, None] * tail
    area[-1] = 0.5 / near[-1]
    area[-some:] += near[-some:] ** 3 / some / (3 * near[-1] ** 3)
    if before:  # a ramp up to the first channel
        ramp = near[:before] / first
        matrix[before] += ramp @ matrix[:before]
        area[before] += ramp @ area[:before]
    return matrix[before:, before:] / np.pi, 2 * area[before:] / np.pi


def _line(apart: NDArray[Any]) -> NDArray[np.float64]:
    """Return the principal value of a triangle of one channel, over the distance from it."""
    apart = np.asarray(apart, float)
    far = np.where(np.abs(apart) > _FAR, apart, _FAR)
    near = np.where(np.abs(apart) > _FAR, 0.0, apart)

    def bend(value: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(value * np.log(np.where(value == 0, 1.0, np.abs(value))))

    exact = bend(-1 - near) - 2 * bend(-near) + bend(1 - near)
    return np.where(np.abs(apart) > _FAR, -(1 + 1 / (6 * far**2)) / far, exact)
