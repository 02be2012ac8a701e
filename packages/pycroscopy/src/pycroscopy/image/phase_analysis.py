"""Geometric phase analysis: strain from how the waves of a lattice image bend [1]_.

A lattice wave of frequency g that is displaced by u has the phase -2 pi g u.  Its gradient,
taken for two waves, is the gradient of the displacement: strain and rotation.  The gradient
is that of the complex wave itself, so no phase has to be unwrapped.

References
----------
.. [1] Hÿtch, Snoeck, Kilaas, Ultramicroscopy 74, 131 (1998),
       doi:10.1016/S0304-3991(98)00035-7
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sidpy.sid.operations import operation

from .fourier import window
from .frames import filled, labelled_like, one_image
from .positions import image_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["StrainMaps", "lattice_waves", "phase_strain"]

#: Pixels along a side below which no frequency of waves can be told from the mean.
_LEAST = 4

#: Pixels of a spectrum around zero that are no lattice.
_NEAR_ZERO = 3.0

#: Sine of the smallest angle between two waves of a lattice.
_APART = 0.25


@dataclass(frozen=True, eq=False)
class StrainMaps:
    """How a lattice is strained and turned from place to place, with variances."""

    rows: sidpy.Dataset
    """Strain along rows' direction, from row to row: d u_r / d r."""
    columns: sidpy.Dataset
    """Strain from column to column: d u_c / d c."""
    shear: sidpy.Dataset
    """Half of d u_r / d c + d u_c / d r."""
    rotation: sidpy.Dataset
    """Half of d u_c / d r - d u_r / d c, radian: from rows towards columns."""
    amplitude: sidpy.Dataset
    """Geometric mean of the amplitudes of both waves: where there is a lattice."""
    vectors: Floats
    """Shape (2, 2), cycles per unit of the axes: the waves of the reference."""

    def __repr__(self) -> str:
        return f"strain of {self.rows.source!r} from waves {self.vectors.round(4).tolist()}"

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw strains and rotation side by side.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.maps import draw_maps

        return draw_maps([self.rows, self.columns, self.shear, self.rotation], figure)


def lattice_waves(image: Any) -> Floats:
    """Return the two strongest waves of a lattice image.

    Parameters
    ----------
    image : Dataset or array of shape (rows, columns)
        NaN counts as missing.

    Returns
    -------
    ndarray of shape (2, 2), cycles per unit of the axes
        Frequency along rows and columns of each, at an angle to each other; strongest first.

    Raises
    ------
    ValueError
        When there are no two waves.
    """
    dataset, values = one_image(image, "lattice_waves")
    whole, valid = filled(values)
    weight = window(whole.shape, "hann")
    mean = (whole * weight).sum() / weight.sum()
    power = np.abs(np.fft.fft2((whole - mean) * weight * valid))
    u, v = (np.fft.fftfreq(n, 1 / n) for n in power.shape)
    power[np.hypot(u[:, None], v) <= _NEAR_ZERO] = 0.0
    power[u < 0] = 0.0  # the other half repeats this one
    power[0, v < 0] = 0.0
    pixel, found = np.array(image_axes(dataset).pixel), []
    for _ in range(2):
        top = np.unravel_index(int(power.argmax()), power.shape)
        if power[top] <= 0:
            msg = f"{dataset.title!r} shows no two waves at an angle to each other"
            raise ValueError(msg)
        at = np.array([_peak(power, top, axis) for axis in range(2)])
        found.append(at / (np.array(power.shape) * pixel))
        along = found[0] / np.linalg.norm(found[0])
        fu, fv = u / (len(u) * pixel[0]), v / (len(v) * pixel[1])
        across = np.abs(fu[:, None] * along[1] - fv * along[0])
        power[across <= _APART * np.hypot(fu[:, None], fv)] = 0.0
    return np.array(found)


def _peak(power: Floats, top: Any, axis: int) -> float:
    """Return the frequency of a peak along an axis, by a parabola through three logarithms."""
    n = power.shape[axis]
    at = [list(top) for _ in range(3)]
    for step, index in zip((-1, 0, 1), at, strict=True):
        index[axis] = (top[axis] + step) % n
    before, here, after = (np.log(max(power[tuple(i)], 1e-300)) for i in at)
    bend = 2 * here - before - after
    shift = 0.5 * (after - before) / bend if bend > 0 and min(before, after) > here - 50 else 0.0
    return float((top[axis] + n // 2) % n - n // 2 + np.clip(shift, -0.5, 0.5))


@operation(name="pycroscopy.image.phase_strain")
def phase_strain(
    image: Any,
    *,
    resolution: float,
    vectors: ArrayLike | None = None,
    reference: NDArray[np.bool_] | Literal["vectors"] | None = None,
) -> StrainMaps:
    """Measure strain and rotation of a lattice image by geometric phase analysis.

    Parameters
    ----------
    image : Dataset or array of shape (rows, columns)
        NaN counts as missing.
    resolution : float, in units of the axes
        Standard deviation of the Gaussian that picks a wave out: wider is less noisy and
        less sharp. Not less than a period of the lattice.
    vectors : array of shape (2, 2), cycles per unit of the axes, optional
        Frequencies of two waves along rows and columns; the strongest two by default.
    reference : ndarray of bool, shape (rows, columns), or "vectors", optional
        True where the lattice is unstrained by definition, and `vectors` are refined there;
        all of it by default. "vectors" takes these as they are.

    Returns
    -------
    StrainMaps
        Maps of strains and rotation; their `variance` is that of white noise, whose level
        comes from the high frequencies of the image.

    Raises
    ------
    ValueError
        When the waves are parallel, or shorter than two pixels.

    Notes
    -----
    Computes at once. Within two widths of the edge and of holes the lattice is cut off, and
    results are less certain than they say.
    """
    dataset, values = one_image(image, "phase_strain")
    pixel = np.array(image_axes(dataset).pixel)
    waves = np.array(lattice_waves(dataset) if vectors is None else vectors, np.float64)
    if waves.shape != (2, 2) or abs(np.linalg.det(waves)) < 0.05 * np.prod(
        np.linalg.norm(waves, axis=1)
    ):
        msg = f"vectors should be two waves at an angle to each other, found {waves.tolist()}"
        raise ValueError(msg)
    if np.abs(waves * pixel).max() > 0.5 or resolution <= 0:
        msg = f"waves {waves.tolist()} or resolution {resolution:g} do not fit pixels of {pixel}"
        raise ValueError(msg)
    if min(values.shape) < _LEAST:
        msg = f"an image of {values.shape} pixels is too small for waves; {_LEAST} are needed"
        raise ValueError(msg)
    valid = np.isfinite(values)
    centered = np.where(valid, values - values[valid].mean(), 0.0)
    where = _reference(reference, valid)
    widths = resolution / pixel
    slopes, amplitudes = np.empty((2, 2, *values.shape)), np.empty((2, *values.shape))
    for number in range(2):
        for _ in range(3):  # near an edge a wave of another frequency bends: take the true one
            slope, amplitude = _wave(centered, waves[number] * pixel, widths)
            mean = np.zeros(2)
            if where is not None:
                mean = np.average(slope[:, where], axis=1, weights=amplitude[where])
            waves[number] += mean / (2 * np.pi * pixel)
            if np.abs(mean).max() < 1e-5:
                break
        slopes[number], amplitudes[number] = slope - mean[:, None, None], amplitude
    return _maps(dataset, slopes, amplitudes, waves, (widths, _white_noise(centered), valid))


def _reference(reference: Any, valid: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Return where the lattice is unstrained, None when its waves are known."""
    if isinstance(reference, str):
        if reference != "vectors":
            msg = f"reference is {reference!r}; it can be a mask or 'vectors'"
            raise ValueError(msg)
        return None
    where = valid if reference is None else np.asarray(reference, bool)
    if where.shape != valid.shape or not (where & valid).any():
        msg = f"the reference has shape {where.shape}, the image {valid.shape}, or is empty"
        raise ValueError(msg)
    return where & valid


def _wave(image: Floats, wave: Floats, widths: Floats) -> tuple[Floats, Floats]:
    """Return the gradient of the phase of one wave per pixel, and its amplitude."""
    from scipy import ndimage

    turn = [np.exp(-2j * np.pi * w * np.arange(n)) for w, n in zip(wave, image.shape, strict=True)]
    flat = image * turn[0][:, None] * turn[1]

    def smoothed(*order: int) -> NDArray[np.complex128]:
        found: NDArray[np.complex128] = ndimage.gaussian_filter(
            flat, widths, order=order, truncate=6.0, mode="constant"
        )
        return found

    signal = smoothed(0, 0)
    power = np.maximum(np.abs(signal) ** 2, 1e-300)
    slopes = [(signal.conj() * smoothed(*order)).imag / power for order in ((1, 0), (0, 1))]
    return np.stack(slopes), np.sqrt(power)


def _white_noise(image: Floats) -> float:
    """Return the standard deviation of white noise from the highest frequencies."""
    power = np.abs(np.fft.fft2(image)) ** 2 / image.size
    u, v = (np.abs(np.fft.fftfreq(n)) for n in image.shape)
    return float(np.sqrt(np.median(power[np.maximum(u[:, None], v) > 0.35]) / np.log(2)))


def _maps(
    dataset: sidpy.Dataset, slopes: Floats, amplitudes: Floats, waves: Floats, known: Any
) -> StrainMaps:
    widths, noise, valid = known
    pixel = np.array(image_axes(dataset).pixel)
    inverse = np.linalg.inv(waves) / (2 * np.pi)
    # d u_k / d x_j, both in units of the axes
    gradient = -np.einsum("ki,ijrc->kjrc", inverse, slopes / pixel[:, None, None])
    # noise through the derivative of a Gaussian, eq. by eq. independent of the other wave
    scale = noise**2 / (16 * np.pi * widths[0] * widths[1])
    per_wave = scale / (widths**2 * pixel**2)[None, :, None, None] / amplitudes[:, None] ** 2
    variance = np.einsum("ki,ijrc->kjrc", inverse**2, per_wave)
    about = {"phase_strain": {"vectors": waves.tolist(), "widths": widths.tolist()}}
    quarter = (variance[0, 1] + variance[1, 0]) / 4
    maps = {
        "rows": (gradient[0, 0], variance[0, 0], "strain of rows"),
        "columns": (gradient[1, 1], variance[1, 1], "strain of columns"),
        "shear": ((gradient[0, 1] + gradient[1, 0]) / 2, quarter, "shear strain"),
        "rotation": ((gradient[1, 0] - gradient[0, 1]) / 2, quarter, "rotation"),
        "amplitude": (2 * np.sqrt(amplitudes.prod(axis=0)), None, "amplitude of the lattice"),
    }
    found = {}
    for name, (values, spread, title) in maps.items():
        units = {"rotation": "rad", "amplitude": dataset.units}.get(name, "1")
        found[name] = labelled_like(
            dataset, np.where(valid, values, np.nan), title=title, metadata=about, units=units,
            quantity=dataset.quantity if name == "amplitude" else title,
        )  # fmt: skip
        found[name].source = dataset.title
        if spread is not None:
            found[name].variance = np.where(valid, spread, np.nan)
    return StrainMaps(vectors=waves, **found)
