"""How everything in an image has moved, pixel by pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pycroscopy._inputs import set_dimensions
from sidpy.base.optional import needed
from sidpy.sid.operations import operation

from .frames import filled, labelled_like, one_image
from .positions import image_axes

if TYPE_CHECKING:
    import sidpy

__all__ = ["optical_flow"]


@operation(name="pycroscopy.image.optical_flow")
def optical_flow(
    first: Any, second: Any, *, method: Literal["tvl1", "ilk"] = "tvl1", smoothness: float = 15.0
) -> sidpy.Dataset:
    """Measure how things have moved from one image to another.

    Parameters
    ----------
    first, second : Dataset or array of shape (rows, columns)
        Images of one shape; NaN counts as missing.
    method : {"tvl1", "ilk"}
        Total variation with edges in the motion [1]_, or local least squares, faster.
    smoothness : float
        Of "tvl1": the smaller, the smoother is the motion.

    Returns
    -------
    Dataset of shape (2, rows, columns)
        Displacement along rows and columns, in the units of the axes: what is at r in the
        first image is at r + displacement in the second.

    Raises
    ------
    ValueError
        When the shapes differ, or for an unknown word.
    MissingDependency
        Without scikit-image.

    Notes
    -----
    The methods are scikit-image's. Computes at once.

    References
    ----------
    .. [1] Zach, Pock, Bischof, Proc. DAGM, 214 (2007), doi:10.1007/978-3-540-74936-3_22
    """
    import sidpy

    if method not in ("tvl1", "ilk"):
        msg = f"method is {method!r}; it can be 'tvl1' or 'ilk'"
        raise ValueError(msg)
    (dataset, one), (_, two) = (one_image(image, "optical_flow") for image in (first, second))
    if one.shape != two.shape:
        msg = f"images of one shape are needed, found {one.shape} and {two.shape}"
        raise ValueError(msg)
    if min(one.shape) < 2:
        msg = f"motion needs two pixels or more along both sides, found {one.shape}"
        raise ValueError(msg)
    registration = needed("skimage.registration", "optical flow", "pycroscopy[image]")
    (one, valid), (two, _) = filled(one), filled(two)
    scale = max(np.ptp(one), np.ptp(two)) or 1.0
    one, two = one / scale, two / scale
    if method == "tvl1":
        flow = registration.optical_flow_tvl1(
            one, two, attachment=smoothness, dtype=np.float64, num_warp=10
        )
    else:
        flow = registration.optical_flow_ilk(one, two, dtype=np.float64)
    axes = image_axes(dataset)
    units = [dataset._axes[axis].units for axis in (axes.rows, axes.columns)]
    flow = np.where(valid, flow * np.array(axes.pixel)[:, None, None], np.nan)
    result = labelled_like(
        dataset, flow, title=f"motion of {dataset.title}", units=units[0], quantity="displacement"
    )
    direction = sidpy.Dimension(np.arange(2), "direction", "rows, columns", "a.u.", "channel")
    set_dimensions(result, [direction, *(dataset._axes[a] for a in (axes.rows, axes.columns))])
    result.data_type = "IMAGE_STACK"
    return result
