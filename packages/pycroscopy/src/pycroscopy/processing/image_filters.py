"""Fourier transforms and filters of images, as classic pycroscopy had them.

Prefer `pycroscopy.image.power_spectrum` and `pycroscopy.image.adaptive_fourier_filter`, which
know axes and units, and `pycroscopy.signal.resample`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "build_radius_matrix", "down_sample", "fft_to_real", "get_2d_gauss_lpf", "get_fft_stack",
]  # fmt: skip


def get_fft_stack(image_stack: ArrayLike) -> Floats:
    """Return the magnitude of the Fourier transform of images under a Blackman window.

    Parameters
    ----------
    image_stack : array of shape (rows, columns) or (images, rows, columns)
        Real.

    Returns
    -------
    ndarray of the same shape
        Zero frequency in the middle.

    Raises
    ------
    ValueError
        For another number of axes.
    """
    images = np.asarray(image_stack)
    if images.ndim not in (2, 3):
        msg = f"expected an image or a stack of images, found shape {images.shape}"
        raise ValueError(msg)
    window = np.multiply.outer(*(np.blackman(n) for n in images.shape[-2:]))
    return np.abs(np.fft.fftshift(np.fft.fft2(images * window), axes=(-2, -1)))


def build_radius_matrix(image_shape: Sequence[int]) -> Floats:
    """Return how far each pixel of a shifted Fourier transform is from zero frequency.

    Parameters
    ----------
    image_shape : (int, int)
        Rows and columns.

    Returns
    -------
    ndarray of shape (rows, columns), px

    Examples
    --------
    >>> build_radius_matrix((2, 3))
    array([[1.41421356, 1.        , 1.41421356],
           [1.        , 0.        , 1.        ]])
    """
    rows, columns = (np.arange(n) - n // 2 for n in image_shape)
    return np.hypot(rows[:, None], columns)


def get_2d_gauss_lpf(radius_mat: ArrayLike, filter_width: float) -> Floats:
    """Return a Gaussian low pass, ``exp(-(radius * filter_width)**2)``.

    Parameters
    ----------
    radius_mat : ndarray
        Distances from zero frequency, as of `build_radius_matrix`.
    filter_width : float
        One over the distance where 1/e passes: a width in real space.
    """
    return np.exp(-((np.asarray(radius_mat, np.float64) * filter_width) ** 2))


def fft_to_real(image: ArrayLike) -> Floats:
    """Return the image of a shifted Fourier transform.

    Parameters
    ----------
    image : ndarray of shape (..., rows, columns), complex
        Zero frequency in the middle, for odd lengths too.
    """
    return np.real(np.fft.ifft2(np.fft.ifftshift(image, axes=(-2, -1))))


def down_sample(fft_vec: ArrayLike, freq_ratio: float) -> NDArray[Any]:
    """Return a signal with fewer samples, from its shifted Fourier transform.

    Parameters
    ----------
    fft_vec : ndarray of shape (..., samples), complex
        Zero frequency in the middle.
    freq_ratio : float
        New over old sampling rate, above 0 and at most 1.

    Returns
    -------
    ndarray of shape (..., round(samples * freq_ratio))
        The signal, at its values: a constant stays what it is.  Complex as the transform of a
        complex signal is; real where the transform is that of a real one.

    Raises
    ------
    ValueError
        For another ratio.

    Examples
    --------
    >>> wave = np.cos(2 * np.pi * np.arange(8) / 8)
    >>> down_sample(np.fft.fftshift(np.fft.fft(wave)), 0.5).round(3) + 0.0
    array([ 1.,  0., -1.,  0.])
    """
    spectrum = np.asarray(fft_vec, np.complex128)
    length = spectrum.shape[-1]
    kept = round(length * freq_ratio)
    if not (0 < freq_ratio <= 1 and kept):
        msg = f"freq_ratio is {freq_ratio!r}; expected above 0, at most 1, for {length} samples"
        raise ValueError(msg)
    start = length // 2 - kept // 2
    part = spectrum[..., start : start + kept].copy()
    if kept < length and kept % 2 == 0:
        # both ends of an even axis are the same frequency
        part[..., 0] = (part[..., 0] + spectrum[..., start + kept]) / 2
    found = np.fft.ifft(np.fft.ifftshift(part, axes=-1), axis=-1) * (kept / length)
    small = 1e-12 * np.abs(found).max(initial=0.0)
    return found.real if np.abs(found.imag).max(initial=0.0) <= small else found
