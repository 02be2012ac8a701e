"""Fill what is missing in an image from what surrounds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy._inputs import lazy
from sidpy.base.optional import needed
from sidpy.sid.operations import operation

from .frames import labelled_like, on_images
from .positions import image_axes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["inpaint", "inpaint_image"]


@operation(name="pycroscopy.image.inpaint")
def inpaint(image: Any, *, missing: NDArray[np.bool_] | None = None) -> sidpy.Dataset:
    """Fill missing pixels with a surface as smooth as a bent plate.

    Parameters
    ----------
    image : Dataset or array, an image or a stack of images
        NaN counts as missing.
    missing : ndarray of bool, shape (rows, columns), optional
        Where values are missing beside NaN.

    Returns
    -------
    Dataset
        Labelled as the image, titled ``<title> inpainted``; measured values are kept.

    Raises
    ------
    ValueError
        When the mask does not fit, or nothing was measured.
    MissingDependency
        Without scikit-image.

    Notes
    -----
    Solves the biharmonic equation in the holes [1]_, by scikit-image. A stack stays lazy.

    References
    ----------
    .. [1] Damelin, Hoang, Int. J. Math. Math. Sci. 2018, 3950312, doi:10.1155/2018/3950312
    """
    return on_images(image, _inpainted, missing, title="{} inpainted")


@operation(name="pycroscopy.image.inpaint_image")
def inpaint_image(
    sid_dset: sidpy.Dataset, mask: ArrayLike | None = None, channel: int | None = None
) -> sidpy.Dataset:
    """Fill missing pixels of an image, or of one image of many.

    Parameters
    ----------
    sid_dset : Dataset of two or three axes
        An image, or a stack or cube of images.
    mask : ndarray of shape (rows, columns), optional
        True where pixels are missing. By default ``metadata["mask"]``, which is 1 where
        pixels were measured, and NaN.
    channel : int, optional
        Which image of many; the first by default.

    Returns
    -------
    Dataset, IMAGE
        ``metadata`` has the `mask`, 1 where pixels were measured, and `inpainting`.

    Raises
    ------
    TypeError
        When it is no Dataset of images.
    ValueError
        When the mask does not fit, nothing is missing by any mask, or nothing was measured.
    IndexError
        When there is no such channel.

    See Also
    --------
    inpaint : The same for arrays and stacks.
    """
    import sidpy

    if not isinstance(sid_dset, sidpy.Dataset):
        msg = f"inpaint_image needs a sidpy.Dataset, found {type(sid_dset).__name__}"
        raise TypeError(msg)
    axes = image_axes(sid_dset)
    part = sid_dset
    if axes.frames is not None:
        index: list[Any] = [slice(None)] * 3
        index[axes.frames] = 0 if channel is None else channel
        part = sid_dset[tuple(index)]
    values = np.asarray(lazy(part).compute(), np.float64)
    missing = _missing(values, mask, sid_dset.metadata.get("mask"))
    result = labelled_like(
        part,
        _inpainted(values, missing),
        title=f"{sid_dset.title} inpainted",
        data_type="IMAGE",
        metadata={
            "mask": (~missing).astype(np.uint8),
            "inpainting": {"method": "biharmonic", "channel": channel or 0},
        },
    )
    result.source = sid_dset.title
    return result


def _missing(values: Floats, mask: ArrayLike | None, measured: Any) -> NDArray[np.bool_]:
    """Return where an image is missing, by a mask of one or the other polarity and by NaN."""
    given = mask if mask is not None else measured
    holes = ~np.isfinite(values)
    if given is None:
        if not holes.any():
            msg = "there is no mask, none in the metadata, and no NaN: nothing is missing"
            raise ValueError(msg)
        return holes
    flags = np.asarray(given).astype(bool)
    if flags.shape != values.shape:
        msg = f"the mask has shape {flags.shape}, the image {values.shape}"
        raise ValueError(msg)
    return holes | (flags if mask is not None else ~flags)


def _inpainted(values: Floats, missing: NDArray[np.bool_] | None) -> Floats:
    holes = ~np.isfinite(values)
    if missing is not None:
        if np.shape(missing) != values.shape:
            msg = f"the mask has shape {np.shape(missing)}, the image {values.shape}"
            raise ValueError(msg)
        holes = holes | np.asarray(missing, bool)
    if holes.all():
        msg = "nothing was measured: all pixels are missing"
        raise ValueError(msg)
    if not holes.any():
        return values
    restoration = needed("skimage.restoration", "filling what is missing", "pycroscopy[image]")
    # the library works in the range of the data it is given, best near one
    low, span = values[~holes].min(), np.ptp(values[~holes]) or 1.0
    scaled = np.where(holes, 0.0, (values - low) / span)
    found = restoration.inpaint_biharmonic(scaled, holes) * span + low
    return np.where(holes, found, values)
