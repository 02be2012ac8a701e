"""How like a template an image is, pixel by pixel: simulation against experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy.image.finding import likeness
from pycroscopy.image.frames import labelled_like, one_image
from sidpy.sid.operations import operation

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    import sidpy

__all__ = ["correlate_template"]


@operation(name="pycroscopy.corr.correlate_template")
def correlate_template(image: Any, template: ArrayLike) -> sidpy.Dataset:
    """Correlate an image with a template at every place.

    Parameters
    ----------
    image : Dataset or array of shape (rows, columns)
        NaN counts as missing, and so does what is outside.
    template : array of shape (rows, columns)
        Finite and not constant: a simulation, or a part of an image.

    Returns
    -------
    Dataset
        Pearson's coefficient of the template and the pixels under it, its middle at the
        pixel; -1 to 1 whatever height and background.  NaN where less than half of the
        template is inside and known, and where the image is constant.

    Raises
    ------
    ValueError
        When the template is no finite image, or constant.

    See Also
    --------
    pycroscopy.image.locate_atoms : finds the places, with ``method="template"``.

    Examples
    --------
    >>> image = np.random.default_rng(0).random((30, 40))
    >>> found = np.asarray(correlate_template(image, image[10:17, 20:27]))
    >>> np.unravel_index(np.nanargmax(found), found.shape)
    (np.int64(13), np.int64(23))
    """
    shown = np.asarray(template, np.float64)
    if shown.ndim != 2 or not np.isfinite(shown).all() or np.ptp(shown) == 0:
        msg = f"a template is a finite image that is not constant, found shape {shown.shape}"
        raise ValueError(msg)
    dataset, values = one_image(image, "correlate_template")
    found = likeness(values, shown).correlation
    return labelled_like(
        dataset, found, title=f"{dataset.title} correlation", units="generic",
        quantity="correlation",
    )  # fmt: skip
