"""Images by frequency: transforms, power spectra, and how rough they are at each length.

Frequencies are cycles per unit of the axes, zero in the middle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from pycroscopy._inputs import lazy, set_dimensions
from sidpy.sid.operations import operation

from .frames import filled, labelled_like, one_image, require_image
from .levelling import polynomial_surface
from .positions import image_axes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = [
    "WINDOWS", "fourier_transform", "power_spectral_density", "power_spectrum",
    "radial_spectrum", "window",
]  # fmt: skip

#: Names of windows, as scipy spells them.
WINDOWS = ("none", "hann", "hamming", "blackman", "tukey")


def window(shape: tuple[int, ...], kind: str = "hann") -> Floats:
    """Return weights that fall off towards the edges of an image.

    Parameters
    ----------
    shape : tuple of int
        Of the image.
    kind : {"none", "hann", "hamming", "blackman", "tukey"}
        "tukey" falls off over an eighth at each end.

    Returns
    -------
    ndarray of `shape`
        Periodic windows; 1 in the middle.

    Raises
    ------
    ValueError
        For an unknown word.

    Examples
    --------
    >>> window((4,)).round(3)
    array([0. , 0.5, 1. , 0.5])
    """
    from scipy.signal import get_window

    if kind not in WINDOWS:
        msg = f"window is {kind!r}; it can be one of {list(WINDOWS)}"
        raise ValueError(msg)
    name: Any = {"none": "boxcar", "tukey": ("tukey", 0.25)}.get(kind, kind)
    result = np.ones(())
    for length in shape:
        result = np.multiply.outer(result, get_window(name, length))
    return result


@operation(name="pycroscopy.image.image_fft.fourier_transform")
def fourier_transform(dset: sidpy.Dataset) -> sidpy.Dataset:
    """Transform an image, or the sum of a stack of images.

    Parameters
    ----------
    dset : Dataset, IMAGE or IMAGE_STACK
        Missing pixels are filled with the nearest one; the minimum is subtracted first.

    Returns
    -------
    Dataset, complex IMAGE
        Axes `u` and `v`, RECIPROCAL, in ``1/<units>``.

    Raises
    ------
    TypeError
        When it is no Dataset of images.
    """
    require_image(dset, "fourier_transform", "IMAGE", "IMAGE_STACK")
    axes = image_axes(dset)
    values = np.asarray(lazy(dset).compute(), np.float64)
    if axes.frames is not None:
        values = np.nansum(values, axis=axes.frames)
    image, _ = filled(values)
    spectrum = np.fft.fftshift(np.fft.fft2(image - image.min()))
    import sidpy

    result = sidpy.Dataset.from_array(
        spectrum, title=f"fft of {dset.title}", units="a.u.", quantity=dset.quantity,
        modality="fft", source=dset.title,
    )  # fmt: skip
    set_dimensions(result, reciprocal_axes(dset))
    result.data_type = "IMAGE"
    result.metadata = {**dset.metadata, "fft": {}}
    return result


def reciprocal_axes(dataset: sidpy.Dataset) -> list[Any]:
    """Return the frequency axes of the image axes of a dataset, zero in the middle."""
    import sidpy

    axes = image_axes(dataset)
    found = []
    for name, axis, step in zip("uv", (axes.rows, axes.columns), axes.pixel, strict=True):
        old = dataset._axes[axis]
        values = np.fft.fftshift(np.fft.fftfreq(old.size, step))
        units = f"1/{old.units}"
        found.append(sidpy.Dimension(values, name, "reciprocal_length", units, "reciprocal"))
    return found


@operation(name="pycroscopy.image.power_spectrum")
def power_spectrum(dset: sidpy.Dataset, smoothing: float = 3) -> sidpy.Dataset:
    """Return the logarithm of the smoothed magnitude of the Fourier transform, to look at.

    Parameters
    ----------
    dset : Dataset, IMAGE or IMAGE_STACK
        A stack is summed up.
    smoothing : float, px
        Standard deviation of a Gaussian over the magnitude.

    Returns
    -------
    Dataset, IMAGE
        ``log(1 + magnitude)``, titled ``power spectrum <title>``. ``metadata["fft"]`` has
        the `smoothing`, and `minimum_intensity` and `maximum_intensity` for a display:
        quantiles of what lies off the axes.

    Raises
    ------
    TypeError
        When it is no Dataset of images.

    See Also
    --------
    power_spectral_density : Power in units, for measurements.
    """
    from scipy import ndimage

    spectrum = fourier_transform(dset)
    smoothed = ndimage.gaussian_filter(np.abs(np.asarray(spectrum)), smoothing)
    values = np.log1p(smoothed)
    away = _away_from_zero(values.shape)
    low, high = np.quantile(values[away] if away.any() else values, [0.01, 0.999])
    about = {
        "smoothing": smoothing,
        "minimum_intensity": float(low),
        "maximum_intensity": float(high),
    }
    return labelled_like(
        spectrum,
        values,
        title=f"power spectrum {dset.title}",
        metadata={"fft": about},
        source=dset.title,
    )


def _away_from_zero(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return which pixels of a spectrum lie off the cross through its middle."""
    u, v = (np.abs(np.arange(n) - n // 2) > n // 16 for n in shape)
    return np.logical_and.outer(u, v)


class _Density(NamedTuple):
    values: Floats
    frequencies: tuple[Floats, Floats]


def _density(dataset: sidpy.Dataset, values: Floats, kind: str, level: int | None) -> _Density:
    """Return the power per area of frequency, zero in the middle."""
    image, valid = filled(values)
    if level is not None:
        image = image - polynomial_surface(image, level, valid)
    image = np.where(valid, image, 0.0)
    weight = window(image.shape, kind) * valid
    pixel = image_axes(dataset).pixel
    spectrum = np.abs(np.fft.fft2(image * weight)) ** 2
    density = np.fft.fftshift(spectrum) * (pixel[0] * pixel[1] / (weight**2).sum())
    u, v = (np.fft.fftshift(np.fft.fftfreq(n, d)) for n, d in
            zip(image.shape, pixel, strict=True))  # fmt: skip
    return _Density(density, (u, v))


@operation(name="pycroscopy.image.power_spectral_density")
def power_spectral_density(
    image: Any,
    *,
    window: Literal["none", "hann", "hamming", "blackman", "tukey"] = "hann",
    level: int | None = 1,
) -> sidpy.Dataset:
    """Return the power of an image per area of frequency.

    Parameters
    ----------
    image : Dataset or array of shape (rows, columns)
        NaN counts as missing.
    window : {"none", "hann", "hamming", "blackman", "tukey"}
        Weights towards the edges, whose loss is made up for.
    level : int, optional
        Order of the polynomial surface subtracted first; None for nothing.

    Returns
    -------
    Dataset, IMAGE
        Axes `u` and `v`; the integral over both is the variance of the image.

    Raises
    ------
    TypeError
        When it is no real image.
    ValueError
        For an unknown window.

    Notes
    -----
    Two-sided, as is usual for surfaces (ISO 25178-2). Computes at once.
    """
    dataset, values = one_image(image, "power_spectral_density")
    found = _density(dataset, values, window, level)
    result = labelled_like(
        dataset,
        found.values,
        title=f"power spectral density of {dataset.title}",
        units=_density_units(dataset, 2),
        quantity="power spectral density",
    )
    set_dimensions(result, reciprocal_axes(dataset))
    result.data_type = "IMAGE"
    return result


def _density_units(dataset: sidpy.Dataset, power: int) -> str:
    axes = image_axes(dataset)
    of_axis = {dataset._axes[axis].units for axis in (axes.rows, axes.columns)}
    if dataset.units == "generic" or of_axis == {"generic"} or len(of_axis) > 1:
        return "generic"
    return f"({dataset.units})**2*({of_axis.pop()})**{power}"


@operation(name="pycroscopy.image.radial_spectrum")
def radial_spectrum(
    image: Any,
    *,
    window: Literal["none", "hann", "hamming", "blackman", "tukey"] = "hann",
    level: int | None = 1,
) -> sidpy.Dataset:
    """Return the power spectral density against the magnitude of the frequency.

    Parameters
    ----------
    image, window, level
        As for `power_spectral_density`.

    Returns
    -------
    Dataset, SPECTRUM
        Mean over rings as wide as the coarser step of frequency, from the first ring to the
        lower Nyquist frequency; its `variance` is that of the mean of so many exponentially
        distributed values, as the power of noise is.

    Raises
    ------
    TypeError
        When it is no real image.
    ValueError
        For an unknown window, and images of fewer than four pixels across.
    """
    import sidpy

    dataset, values = one_image(image, "radial_spectrum")
    if min(values.shape) < 4:
        msg = f"an image of {values.shape} has no rings of frequency; four pixels are needed"
        raise ValueError(msg)
    density, (u, v) = _density(dataset, values, window, level)
    step = max(u[1] - u[0], v[1] - v[0])
    ring = np.rint(np.hypot(u[:, None], v) / step).astype(np.intp)
    last = int(min(-u[0], -v[0]) / step + 1e-9)
    count = np.bincount(ring.ravel())[1 : last + 1]
    mean = np.bincount(ring.ravel(), density.ravel())[1 : last + 1] / count
    # half the values of a real image repeat the other half; a window joins neighbours
    result = sidpy.Dataset.from_array(
        mean,
        title=f"radial spectrum of {dataset.title}",
        datatype="SPECTRUM",
        units=_density_units(dataset, 2),
        quantity="power spectral density",
        modality=dataset.modality,
        source=dataset.title,
        variance=mean**2 * 2 / count * _joined(ring, window)[1 : last + 1],
    )
    axis = image_axes(dataset).rows
    units = f"1/{dataset._axes[axis].units}"
    at = step * np.arange(1, last + 1)
    result.set_dimension(
        0, sidpy.Dimension(at, "frequency", "reciprocal_length", units, "reciprocal")
    )
    result.metadata = dict(dataset.metadata)
    return result


def _joined(ring: NDArray[np.intp], kind: str) -> Floats:
    """Return how many values of a windowed spectrum tell as much as one, in each ring.

    A window joins neighbouring frequencies: the squares of their amplitudes are correlated
    like the square of the transform of the squared window.
    """
    spectra = [np.abs(np.fft.fft(window((n,), kind) ** 2)[:3]) ** 2 for n in ring.shape]
    down, across = (s / s[0] for s in spectra)
    pairs = np.zeros(ring.max() + 1)
    for row in range(-2, 3):
        for column in range(-2, 3):
            same = np.roll(ring, (row, column), axis=(0, 1)) == ring
            found = np.bincount(ring[same], minlength=len(pairs))
            pairs += down[abs(row)] * across[abs(column)] * found
    return pairs / np.maximum(np.bincount(ring.ravel(), minlength=len(pairs)), 1)
