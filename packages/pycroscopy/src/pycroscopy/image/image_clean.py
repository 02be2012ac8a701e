"""Clean images by the names of the released packages.

`denoise_patches` and `richardson_lucy` do the same with more choices.
"""

from __future__ import annotations

import logging
import numbers
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.sid.operations import operation

from .deconvolution import lucy, probe_picture
from .frames import filled, labelled_like, one_image, require_image
from .image_atoms import make_gauss
from .patches import clean_patches, patch_components

if TYPE_CHECKING:
    import sidpy

__all__ = ["clean_svd", "decon_lr", "make_gauss"]

logger = logging.getLogger(__name__)


@operation(name="pycroscopy.image.clean_svd")
def clean_svd(im: sidpy.Dataset, pixel_size: float = 1, source_size: float = 5) -> sidpy.Dataset:
    """Remove noise by the principal components of all patches of an image.

    Parameters
    ----------
    im : Dataset, IMAGE
        NaN counts as missing.
    pixel_size, source_size : float, in the same units
        Patches are ``source_size / pixel_size`` pixels wide, three at least.

    Returns
    -------
    Dataset, IMAGE
        Titled ``Major SVD component``, of the shape and the axes of the image; every pixel
        is the mean over all patches that hold it. ``metadata["clean_svd"]`` has the size of
        the patches, the rank, and the noise that was found.

    Raises
    ------
    TypeError
        When it is no Dataset of an image, or a size is no number.
    ValueError
        When a size is not positive or the patch does not fit.

    See Also
    --------
    denoise_patches : The same with more choices, for arrays and stacks.
    """
    require_image(im, "clean_svd")
    for name, value in (("pixel_size", pixel_size), ("source_size", source_size)):
        if not isinstance(value, numbers.Real):
            msg = f"{name} should be a number, found {value!r}"
            raise TypeError(msg)
        if not 0 < value < np.inf:
            msg = f"{name} should be positive, found {value!r}"
            raise ValueError(msg)
    dataset, values = one_image(im, "clean_svd")
    size = max(3, int(source_size / pixel_size))
    whole, valid = filled(values)
    found = patch_components(whole, (size, size), "auto")
    about = {"patch_size": size, "rank": len(found.components), "noise": found.noise}
    return labelled_like(
        dataset,
        np.where(valid, clean_patches(whole, found, (1, 1)), np.nan),
        title="Major SVD component",
        metadata={"clean_svd": about},
    )


@operation(name="pycroscopy.image.decon_lr")
def decon_lr(
    o_image: sidpy.Dataset,
    resolution: Any = 0.1,
    verbose: bool = False,  # noqa: FBT001, FBT002 - the released package's signature
) -> sidpy.Dataset:
    """Deconvolve an image by the Richardson-Lucy iteration; its sum stays.

    Parameters
    ----------
    o_image : Dataset, IMAGE
        Negative values are lifted to zero before and lowered after.
    resolution : float, in units of the axes, or array
        Standard deviation of a Gaussian probe; or a picture of the probe.
    verbose : bool
        Log at INFO how many iterations it took.

    Returns
    -------
    Dataset, IMAGE
        Titled ``Lucy Richardson deconvolution``. ``metadata["deconvolution"]`` says how it
        was reached.

    Raises
    ------
    TypeError
        When it is no Dataset of an image.
    ValueError
        When the width or the probe is impossible.

    See Also
    --------
    richardson_lucy : The same with a background, a boundary and regularization.
    """
    require_image(o_image, "decon_lr")
    dataset, values = one_image(o_image, "decon_lr")
    psf = probe_picture(resolution, dataset)
    lift = max(0.0, -float(np.nanmin(values)))
    lifted, valid = filled(values + lift)
    found = lucy(lifted, psf, stop=(500, 1e-6))
    # what the unobserved surroundings took is given back: the released sum stays
    total = found.image[valid].sum()
    image = found.image * (lifted[valid].sum() / total if total > 0 else 1.0) - lift
    logger.log(
        logging.INFO if verbose else logging.DEBUG,
        "Richardson-Lucy stopped after %d iterations, change %g", found.iterations, found.change,
    )  # fmt: skip
    return labelled_like(
        dataset,
        np.where(valid, image, np.nan),
        title="Lucy Richardson deconvolution",
        metadata={"deconvolution": {"iterations": found.iterations, "change": found.change}},
    )
