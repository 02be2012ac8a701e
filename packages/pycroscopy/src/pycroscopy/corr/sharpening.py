"""Spectra of large pixels distributed over the small pixels of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy._inputs import as_dataset, lazy, set_dimensions
from pycroscopy.image.frames import one_image
from sidpy.sid.operations import operation

if TYPE_CHECKING:
    import sidpy

__all__ = ["sharpen"]


@operation(name="pycroscopy.corr.sharpen")
def sharpen(data: Any, image: Any) -> sidpy.Dataset:
    """Give spectra the resolution of an image that was taken with them: pan-sharpening.

    Parameters
    ----------
    data : Dataset or array of shape (rows, columns, ...)
        Amounts that do not fall below zero, as counts.
    image : Dataset or array of shape (k rows, l columns)
        Of the same area, k by l pixels for each one of the data; not below zero, and not zero
        in all pixels of one.

    Returns
    -------
    Dataset of shape (k rows, l columns, ...)
        In proportion to the image within each pixel of the data: the mean over these k by l
        pixels is the spectrum that was measured, exactly.  Lazy.

    Raises
    ------
    ValueError
        When the shapes are no multiples of each other, or the image is negative or without
        any intensity in a pixel of the data.

    Notes
    -----
    All channels of a pixel have the contrast of the image: what it does not show, as a phase
    that is as bright as its surroundings, is not sharper than before.  Brovey's transform
    (Gillespie, Kahle, Walker, Remote Sens. Environ. 22, 343 (1987),
    doi:10.1016/0034-4257(87)90088-5) with the means kept.

    Examples
    --------
    >>> fine = sharpen(np.array([[[2.0, 4.0]]]), np.array([[1.0, 3.0]]))
    >>> np.asarray(fine).tolist()
    [[[1.0, 2.0], [3.0, 6.0]]]
    """
    import dask.array as da

    import sidpy

    coarse = as_dataset(data)
    fine, values = one_image(image, "sharpen")
    ratio = [f / c for f, c in zip(values.shape, coarse.shape, strict=False)]
    if coarse.ndim < 2 or any(r < 1 or r != int(r) for r in ratio):
        msg = f"an image of {values.shape} is no whole multiple of data of {coarse.shape}"
        raise ValueError(msg)
    k, n = (int(r) for r in ratio)
    blocks = values.reshape(coarse.shape[0], k, coarse.shape[1], n)
    means = blocks.mean(axis=(1, 3), keepdims=True)
    if not (np.nanmin(values) >= 0 and np.all(means > 0)):
        msg = "the image is negative, or zero or missing in all pixels of one of the data"
        raise ValueError(msg)
    share = da.from_array((blocks / means).reshape(values.shape))
    large = da.repeat(da.repeat(lazy(coarse), k, axis=0), n, axis=1)
    result = large * share.reshape(*values.shape, *[1] * (coarse.ndim - 2))
    labelled = sidpy.Dataset.from_array(
        result, title=f"{coarse.title} sharpened", units=coarse.units, quantity=coarse.quantity,
        modality=coarse.modality, source=coarse.title,
    )  # fmt: skip
    set_dimensions(labelled, [fine._axes[0], fine._axes[1], *_others(coarse)])
    labelled.data_type = coarse.data_type
    return labelled


def _others(coarse: sidpy.Dataset) -> list[Any]:
    return [coarse._axes[axis] for axis in range(2, coarse.ndim)]
