"""Undo the blur of a probe, for images of counts.

The Richardson-Lucy iteration climbs to the image that most likely gave the counts [1]_ [2]_:
it never goes below zero and keeps the sum.  Left alone it ends up with a picture of the
noise, so it is stopped early or held back by total variation [3]_.  What the probe saw from
beyond the edge is treated as unobserved: the object is estimated a bit farther out [4]_.

References
----------
.. [1] Richardson, J. Opt. Soc. Am. 62, 55 (1972), doi:10.1364/JOSA.62.000055
.. [2] Lucy, Astron. J. 79, 745 (1974), doi:10.1086/111605
.. [3] Dey et al., Microsc. Res. Tech. 69, 260 (2006), doi:10.1002/jemt.20294
.. [4] Bertero, Boccacci, Astron. Astrophys. 437, 369 (2005), doi:10.1051/0004-6361:20052717
"""

from __future__ import annotations

import logging
import numbers
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from pycroscopy._inputs import as_dataset
from sidpy.sid.operations import operation

from .frames import labelled_like, one_image
from .positions import image_axes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["Deconvolved", "gaussian_probe", "lucy", "richardson_lucy"]

logger = logging.getLogger(__name__)

#: What lies beyond the edge: unknown, or the other side of the image.
BOUNDARIES = ("unobserved", "periodic")


class Deconvolved(NamedTuple):
    """An image without the blur, and how it was reached."""

    image: Floats
    iterations: int
    change: float
    """Relative change in the last iteration."""


@operation(name="pycroscopy.image.richardson_lucy")
def richardson_lucy(
    image: Any,
    probe: Any,
    *,
    background: Any = 0.0,
    boundary: Literal["unobserved", "periodic"] = "unobserved",
    regularization: float = 0.0,
    iterations: int = 100,
    tolerance: float = 1e-4,
) -> sidpy.Dataset:
    """Deconvolve an image of counts by the Richardson-Lucy iteration.

    Parameters
    ----------
    image : Dataset or array of shape (rows, columns)
        Counts, none negative; NaN counts as unobserved.
    probe : float, in units of the axes, or array
        Standard deviation of a Gaussian probe, or its picture: not negative, its centre in
        the middle (at half the length where that is even), of any sum.
    background : float or array
        Counts that the probe did not bring, added to the model.
    boundary : {"unobserved", "periodic"}
        What lies beyond the edge of the image.
    regularization : float
        Weight of the total variation; 0.002 to 0.02 holds the noise back.
    iterations : int
        At most.
    tolerance : float
        Relative change of the image at which it is done.

    Returns
    -------
    Dataset, IMAGE
        ``metadata["deconvolution"]`` says how it was reached. The sum is that of the image
        less the background, to the share of it that the edge leaves open.

    Raises
    ------
    TypeError
        When it is no real image.
    ValueError
        When counts, probe or background are negative, or a word is unknown.

    Notes
    -----
    Computes at once. Negative values of a detector with an offset: add a constant to the
    image and give the same as background.
    """
    dataset, values = one_image(image, "richardson_lucy")
    if boundary not in BOUNDARIES:
        msg = f"boundary is {boundary!r}; it can be one of {list(BOUNDARIES)}"
        raise ValueError(msg)
    if not 0 <= regularization < 1:
        msg = f"regularization should be from 0 to 1, found {regularization!r}"
        raise ValueError(msg)
    psf = probe_picture(probe, dataset)
    found = lucy(
        values,
        psf,
        background=background,
        periodic=boundary == "periodic",
        regularization=regularization,
        stop=(iterations, tolerance),
    )
    logger.debug("Richardson-Lucy: %d iterations, change %g", found.iterations, found.change)
    return labelled_like(
        dataset,
        found.image,
        title=f"{dataset.title} deconvolved",
        metadata={
            "deconvolution": {
                "method": "Richardson-Lucy",
                "iterations": found.iterations,
                "change": found.change,
                "converged": found.change <= tolerance,
            }
        },
    )


def probe_picture(probe: Any, dataset: sidpy.Dataset) -> Floats:
    """Return a probe as pixels that sum to one.

    Parameters
    ----------
    probe : float, in units of the axes, or array
        Width of a Gaussian, or a picture.
    dataset : Dataset
        The image it made.
    """
    if isinstance(probe, numbers.Real):
        if not 0 < probe < np.inf:
            msg = f"the width of the probe should be positive, found {probe!r}"
            raise ValueError(msg)
        return gaussian_probe(float(probe), image_axes(dataset).pixel, dataset.shape)
    if isinstance(probe, str):
        msg = f"the probe should be a number or an array, found {probe!r}"
        raise TypeError(msg)
    psf = np.asarray(as_dataset(probe).compute(), np.float64)
    if psf.ndim != 2 or not np.isfinite(psf).all() or psf.min() < 0 or psf.sum() <= 0:
        msg = f"the probe should be a picture without negative values, found shape {psf.shape}"
        raise ValueError(msg)
    return psf / psf.sum()


def gaussian_probe(width: float, pixel: tuple[float, float], shape: tuple[int, ...]) -> Floats:
    """Return a Gaussian probe of odd size, six widths wide at most, that sums to one.

    Parameters
    ----------
    width : float, in units of the axes
        Standard deviation.
    pixel : pair of float
        Size of a pixel.
    shape : pair of int
        Of the image: the probe is no larger.
    """
    sides = []
    for step, length in zip(pixel, shape, strict=True):
        reach = min(int(np.ceil(6 * width / step)), max((length - 1) // 2, 0))
        at = np.arange(-reach, reach + 1) * step / width
        sides.append(np.exp(-0.5 * at**2))
    picture = np.multiply.outer(*sides)
    return picture / picture.sum()


def lucy(
    counts: Floats,
    psf: Floats,
    *,
    background: Any = 0.0,
    periodic: bool = False,
    regularization: float = 0.0,
    stop: tuple[int, float] = (100, 1e-4),
) -> Deconvolved:
    """Iterate, on plain arrays.

    Parameters
    ----------
    counts : ndarray of shape (rows, columns)
        NaN where unobserved.
    psf : ndarray
        The probe, of sum one.
    background, periodic, regularization
        As for `richardson_lucy`.
    stop : (int, float)
        Number of iterations, and relative change.
    """
    known = np.isfinite(counts)
    level = np.broadcast_to(np.asarray(background, np.float64), counts.shape)
    if np.nanmin(counts) < 0 or level.min() < 0:
        msg = (
            f"counts and background cannot be negative, found {np.nanmin(counts):g} and "
            f"{level.min():g}; add a constant to the image and give it as background"
        )
        raise ValueError(msg)
    around = (0, 0) if periodic else tuple((n + 1) // 2 for n in psf.shape)
    pad = [(a, a) for a in around]
    data = np.pad(np.where(known, counts, 0.0), pad)
    level, weight = np.pad(level, pad), np.pad(known.astype(float), pad)
    blur, back = _convolutions(psf, data.shape, periodic=periodic)
    seen = back(weight)
    seen = np.where(seen > 1e-3, seen, np.inf)  # what was not seen goes to nothing
    start = max(float((data - level * weight).sum()), 0.0) / weight.sum()
    object_ = np.where(np.isfinite(seen), start, 0.0)
    count, change = 0, np.inf
    while count < stop[0] and change > stop[1]:
        model = blur(object_) + level
        ratio = np.where(model > 0, data / np.where(model > 0, model, 1.0), 0.0) * weight
        new = object_ * np.maximum(back(ratio), 0.0) / seen
        if regularization:
            new = new / np.maximum(1 - regularization * _curvature(object_), 0.1)
        size = np.abs(object_).sum()
        change = float(np.abs(new - object_).sum() / size) if size > 0 else 0.0
        object_, count = new, count + 1
    inner = tuple(slice(a, n - a) for a, n in zip(around, data.shape, strict=True))
    return Deconvolved(object_[inner], count, change)


def _convolutions(psf: Floats, shape: tuple[int, ...], *, periodic: bool) -> Any:
    """Return the functions that blur an image, and spread it back, of this shape."""
    from scipy import fft

    if periodic and any(p > n for p, n in zip(psf.shape, shape, strict=True)):
        msg = f"the probe {psf.shape} is larger than the image {shape}"
        raise ValueError(msg)
    size = (
        tuple(shape)
        if periodic
        else tuple(fft.next_fast_len(n + p, real=True) for n, p in zip(shape, psf.shape,
                                                                     strict=True))
    )  # fmt: skip
    kernel = np.zeros(size)
    kernel[: psf.shape[0], : psf.shape[1]] = psf
    kernel = np.roll(kernel, [-(n // 2) for n in psf.shape], axis=(0, 1))
    spectrum = fft.rfft2(kernel)
    inner = tuple(slice(0, n) for n in shape)

    def through(image: Floats, factor: NDArray[np.complex128]) -> Floats:
        found: Floats = fft.irfft2(fft.rfft2(image, s=size) * factor, s=size)[inner]
        return found

    return (lambda image: np.maximum(through(image, spectrum), 0.0)), (
        lambda image: through(image, spectrum.conj())
    )


def _curvature(image: Floats) -> Floats:
    """Return the divergence of the direction of steepest ascent."""
    down, across = np.gradient(image)
    norm = np.sqrt(down**2 + across**2 + (1e-6 * (image.max() or 1.0)) ** 2)
    return np.gradient(down / norm, axis=0) + np.gradient(across / norm, axis=1)
