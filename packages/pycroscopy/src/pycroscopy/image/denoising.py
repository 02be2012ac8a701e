"""Remove noise by what pictures are like: waves of few kinds, repetition, few edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sidpy.base.optional import needed
from sidpy.sid.operations import operation

from .frames import filled, on_images

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["denoise", "noise_of_image"]

#: Ways to remove noise.
METHODS = ("wavelet", "nonlocal", "tv")


@operation(name="pycroscopy.image.denoise")
def denoise(
    image: Any,
    *,
    method: Literal["wavelet", "nonlocal", "tv"] = "nonlocal",
    noise: float | None = None,
    counts: bool = False,
    strength: float = 1.0,
) -> sidpy.Dataset:
    """Remove white noise, or that of counting.

    Parameters
    ----------
    image : Dataset or array, an image or a stack of images
        NaN counts as missing.
    method : {"wavelet", "nonlocal", "tv"}
        Shrink wavelet coefficients [1]_; average alike patches [2]_; fewest edges [3]_.
    noise : float, optional
        Standard deviation of a pixel; estimated from the image by default. For counts it is
        known.
    counts : bool
        The image holds counts: they are made to have equal noise first, and back without
        bias [4]_.
    strength : float
        Factor on what is taken off.

    Returns
    -------
    Dataset
        Labelled as the image, titled ``<title> denoised``.

    Raises
    ------
    ValueError
        For an unknown word, negative counts or noise.
    MissingDependency
        Without scikit-image (and PyWavelets for wavelets).

    Notes
    -----
    The methods are scikit-image's. A stack stays lazy.

    See Also
    --------
    denoise_patches : Principal components, best for lattices.

    References
    ----------
    .. [1] Chang, Yu, Vetterli, IEEE Trans. Image Process. 9, 1532 (2000),
           doi:10.1109/83.862633
    .. [2] Buades, Coll, Morel, Proc. CVPR 2, 60 (2005), doi:10.1109/CVPR.2005.38
    .. [3] Chambolle, J. Math. Imaging Vis. 20, 89 (2004),
           doi:10.1023/B:JMIV.0000011325.36760.1e
    .. [4] Mäkitalo, Foi, IEEE Trans. Image Process. 20, 99 (2011),
           doi:10.1109/TIP.2010.2056693
    """
    if method not in METHODS:
        msg = f"method is {method!r}; it can be one of {list(METHODS)}"
        raise ValueError(msg)
    if (noise is not None and noise < 0) or strength < 0:
        msg = f"noise and strength cannot be negative, found {noise!r} and {strength!r}"
        raise ValueError(msg)
    return on_images(image, _denoised, method, noise, counts, strength, title="{} denoised")


def noise_of_image(values: Floats) -> float:
    """Return the standard deviation of white noise in an image.

    Parameters
    ----------
    values : ndarray of shape (rows, columns)
        Finite.

    Notes
    -----
    Median of the differences along diagonals, where a smooth image cancels [1]_.

    References
    ----------
    .. [1] Donoho, Johnstone, Biometrika 81, 425 (1994), doi:10.1093/biomet/81.3.425
    """
    if min(values.shape) < 2:
        return 0.0
    detail = 0.5 * (values[1:, 1:] - values[1:, :-1] - values[:-1, 1:] + values[:-1, :-1])
    return float(np.median(np.abs(detail)) / 0.674489750196)


def _denoised(values: Floats, method: str, noise: Any, counts: bool, strength: float) -> Floats:  # noqa: FBT001 - options of a kernel come in order
    whole, valid = filled(values)
    if not valid.any():
        return values
    if counts:
        if whole.min() < 0:
            msg = f"counts cannot be negative, found {whole.min():g}"
            raise ValueError(msg)
        whole, noise = 2 * np.sqrt(whole + 0.375), 1.0
    sigma = noise_of_image(whole) if noise is None else float(noise)
    found = _smoothed(whole, method, sigma, strength) if sigma * strength > 0 else whole
    if counts:
        found = _counts_of(found)
    return np.where(valid, found, np.nan)


def _smoothed(image: Floats, method: str, sigma: float, strength: float) -> Floats:
    restoration = needed("skimage.restoration", "denoising", "pycroscopy[image]")
    offset, span = image.mean(), sigma
    scaled = (image - offset) / span  # noise is one: no method needs to know the units
    if method == "wavelet":
        needed("pywt", "denoising by wavelets", "pycroscopy[image]")
        found = restoration.denoise_wavelet(
            scaled, sigma=strength, method="BayesShrink", mode="soft", rescale_sigma=False
        )
    elif method == "nonlocal":
        found = restoration.denoise_nl_means(
            scaled, patch_size=5, patch_distance=6, h=0.8 * strength, sigma=strength
        )
    else:
        found = restoration.denoise_tv_chambolle(scaled, weight=1.2 * strength, eps=1e-5)
    result: Floats = np.asarray(found, np.float64) * span + offset
    return result


def _counts_of(stabilised: Floats) -> Floats:
    """Return mean counts of which the stabilised values are the mean: no bias, eq. (6) of [4]."""
    y = np.maximum(stabilised, 2 * np.sqrt(0.375))
    closed = (
        0.25 * y**2 + 0.25 * np.sqrt(1.5) / y - 1.375 / y**2 + 0.625 * np.sqrt(1.5) / y**3 - 0.125
    )
    return np.maximum(closed, 0.0)
