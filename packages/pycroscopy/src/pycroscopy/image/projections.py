"""Sums along lines, for all directions of lines: transforms of Radon and of Hough.

A line is told by the direction across it, an angle from the column axis towards the row axis,
and its distance from a point along that direction.  Needs scikit-image, which comes with
``pip install 'pycroscopy[image]'``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy._inputs import set_dimensions
from sidpy.base.optional import needed
from sidpy.sid.operations import operation

from .frames import filled, one_image
from .positions import image_axes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    import sidpy

__all__ = ["hough", "radon"]


@operation(name="pycroscopy.image.radon")
def radon(image: Any, angles: ArrayLike | None = None) -> sidpy.Dataset:
    """Integrate an image along lines.

    Parameters
    ----------
    image : Dataset or array of shape (rows, columns)
        On square pixels; NaN counts as zero.
    angles : array of shape (angles,), rad, optional
        Directions across the lines, from the column axis towards the row axis; every degree
        over half a turn by default.

    Returns
    -------
    Dataset of shape (distance, direction)
        Integrals, in units of the image times those of its axes, over the distance from the
        middle of the image along the direction.

    Raises
    ------
    ValueError
        When pixels are not square.
    MissingDependency
        Without scikit-image.

    Notes
    -----
    The pixel in the middle is at half the number of rows and columns, rounded down.  Computes
    at once.
    """
    library = needed("skimage.transform", "radon", "pycroscopy[image]")
    dataset, values = one_image(image, "radon")
    pixel = _pixel(dataset)
    way = np.deg2rad(np.arange(180.0)) if angles is None else np.asarray(angles, np.float64)
    found = library.radon(np.nan_to_num(values), np.rad2deg(-way), circle=False)
    distance = (np.arange(len(found)) - len(found) // 2) * pixel
    units = _times(str(dataset.units), str(dataset._axes[1].units))
    return _labelled(dataset, found * pixel, (distance, way), "radon", units)


@operation(name="pycroscopy.image.hough")
def hough(image: Any, *, threshold: float | None = None, count: int = 180) -> sidpy.Dataset:
    """Count how many bright pixels lie on each line.

    Parameters
    ----------
    image : Dataset or array of shape (rows, columns)
        On square pixels; bright where there are lines, edges for instance. NaN is dark.
    threshold : float, optional
        Pixels above it are bright; between two classes of brightness by default.
    count : int
        Directions over half a turn.

    Returns
    -------
    Dataset of shape (distance, direction)
        Numbers of pixels, over the distance from the first pixel of the image.

    Raises
    ------
    ValueError
        When pixels are not square, or there are no directions.
    MissingDependency
        Without scikit-image.

    Notes
    -----
    Computes at once.
    """
    library = needed("skimage.transform", "hough", "pycroscopy[image]")
    from .segmentation import otsu_threshold

    dataset, values = one_image(image, "hough")
    pixel = _pixel(dataset)
    if count < 1:
        msg = f"count is {count!r}; expected a number of directions"
        raise ValueError(msg)
    _, valid = filled(values)
    level = otsu_threshold(values[valid]) if threshold is None else float(threshold)
    way = np.linspace(-np.pi / 2, np.pi / 2, count, endpoint=False)
    found, _, distance = library.hough_line((values > level) & valid, theta=way)
    return _labelled(dataset, found.astype(float), (distance * pixel, way), "hough", "counts")


def _pixel(dataset: sidpy.Dataset) -> float:
    rows, columns = image_axes(dataset).pixel
    if not np.isclose(rows, columns, rtol=1e-3):
        msg = f"pixels of {rows:g} by {columns:g} are not square: resample the image first"
        raise ValueError(msg)
    return float(columns)


def _times(units: str, length: str) -> str:
    plain = {"generic", "a.u."}
    if units in plain or length in plain:
        return "generic"
    return f"{units}*{length}"


def _labelled(
    dataset: sidpy.Dataset, values: Any, axes: tuple[NDArray[Any], NDArray[Any]], name: str,
    units: str,
) -> sidpy.Dataset:  # fmt: skip
    import sidpy

    result = sidpy.Dataset.from_array(
        values, title=f"{dataset.title} {name}", units=units, quantity="intensity",
        datatype="IMAGE", modality=dataset.modality, source=dataset.title,
    )  # fmt: skip
    length = str(dataset._axes[1].units)
    set_dimensions(result, [
        sidpy.Dimension(axes[0], "distance", "distance", length, "spatial"),
        sidpy.Dimension(axes[1], "direction", "angle", "rad", "spatial"),
    ])  # fmt: skip
    return result
