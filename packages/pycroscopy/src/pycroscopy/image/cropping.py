"""Cut a rectangle out of an image, in the units of its axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.sid.operations import operation

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    import sidpy

__all__ = ["crop_image"]


@operation(name="pycroscopy.image.crop_image")
def crop_image(dataset: sidpy.Dataset, corners: ArrayLike) -> sidpy.Dataset:
    """Cut a rectangle out of an image.

    Parameters
    ----------
    dataset : Dataset, IMAGE
        The image; its values stay lazy.
    corners : ndarray of shape (4,), in units of the axes
        x1, y1, x2, y2 as a rectangle selector delivers them: x along the axis of that name,
        or else along the first. A pixel belongs to the rectangle when its centre does.

    Returns
    -------
    Dataset, IMAGE
        Titled ``cropped_<title>``, with the coordinates it had; ``metadata`` says
        `crop_dimension` (the corners) and `original_dimensions` (the shape).

    Raises
    ------
    ValueError
        When there is no image, there are not four corners, or the rectangle is inverted or
        holds no pixel.

    Examples
    --------
    >>> import numpy as np, sidpy
    >>> image = sidpy.Dataset.from_array(np.arange(12).reshape(3, 4), title="a")
    >>> image.data_type = "image"
    >>> crop_image(image, [1, 0, 2, 2]).compute()
    array([[ 4,  5,  6],
           [ 8,  9, 10]])
    """
    import sidpy

    if not isinstance(dataset, sidpy.Dataset):
        msg = f"crop_image needs a sidpy.Dataset, found {type(dataset).__name__}"
        raise ValueError(msg)  # noqa: TRY004 - what callers of the released package catch
    if dataset.data_type is not sidpy.DataType.IMAGE or dataset.ndim != 2:
        msg = f"crop_image needs an image, found {dataset.data_type.name} {dataset.shape}"
        raise ValueError(msg)
    box = np.array(corners, np.float64)
    if box.shape != (4,) or not np.isfinite(box).all():
        msg = f"corners should be x1, y1, x2, y2, found {corners!r}"
        raise ValueError(msg)
    names = [dimension.name for dimension in dataset._axes.values()]
    x_axis = names.index("x") if set(names) == {"x", "y"} else 0
    parts: list[Any] = [slice(None)] * 2
    for axis, low, high in ((x_axis, box[0], box[2]), (1 - x_axis, box[1], box[3])):
        parts[axis] = _pixels(dataset._axes[axis], low, high)
    result = dataset[tuple(parts)]
    result.title = f"cropped_{dataset.title}"
    result.data_type = "IMAGE"
    result.metadata = {
        **dataset.metadata,
        "crop_dimension": box.tolist(),
        "original_dimensions": list(dataset.shape),
    }
    return result


def _pixels(dimension: Any, low: float, high: float) -> slice:
    """Return the pixels whose centres lie between two values of a dimension."""
    if not low < high:
        msg = f"the rectangle is empty or inverted: {dimension.name} from {low:g} to {high:g}"
        raise ValueError(msg)
    values = np.asarray(dimension.values)
    slack = 1e-9 * (np.ptp(values) or 1.0)
    inside = np.flatnonzero((values >= low - slack) & (values <= high + slack))
    if not len(inside):
        msg = (
            f"the rectangle holds no pixel: {dimension.name} from {low:g} to {high:g}, the image "
            f"has {values.min():g} to {values.max():g} {dimension.units}"
        )
        raise ValueError(msg)
    return slice(int(inside[0]), int(inside[-1]) + 1)
