"""The images of a dataset, and datasets made of images.

An image is worked on at once.  A stack stays lazy: every image of it is worked on when it is
computed, and only the images that are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy._inputs import as_dataset, lazy

from .positions import image_axes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["filled", "labelled_like", "on_images", "one_image", "require_image"]


def require_image(data: Any, function: str, *kinds: str) -> None:
    """Raise a TypeError unless `data` is a Dataset of one of some kinds.

    Parameters
    ----------
    data : object
        What was given.
    function : str
        To which function.
    *kinds : str
        Names of data types; IMAGE by default.
    """
    import sidpy

    kinds = kinds or ("IMAGE",)
    if not isinstance(data, sidpy.Dataset):
        msg = f"{function} needs a sidpy.Dataset, found {type(data).__name__}"
        raise TypeError(msg)
    if data.data_type.name not in kinds:
        wanted = " or ".join(kinds)
        msg = f"{function} needs a Dataset of data_type {wanted}, found {data.data_type.name}"
        raise TypeError(msg)


def one_image(data: Any, function: str) -> tuple[sidpy.Dataset, Floats]:
    """Return an image as a dataset and as an array in memory.

    Parameters
    ----------
    data : Dataset or array of shape (rows, columns)
        Real.
    function : str
        Who asks, for the message.

    Raises
    ------
    TypeError
        When it is no real image of two axes.
    ValueError
        When no value is finite.
    """
    dataset = as_dataset(data)
    if dataset.ndim != 2 or dataset.dtype.kind not in "fiub":
        msg = f"{function} needs a real image, found shape {dataset.shape} of {dataset.dtype}"
        raise TypeError(msg)
    values = np.asarray(lazy(dataset).compute(), np.float64)
    if not np.isfinite(values).any():
        msg = f"{function}: no value of {dataset.title!r} is finite"
        raise ValueError(msg)
    return dataset, np.where(np.isfinite(values), values, np.nan)


def filled(values: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return an image whose holes have the value of the nearest pixel, and what was valid."""
    from scipy import ndimage

    valid = np.isfinite(values)
    if valid.all() or not valid.any():
        return np.where(valid, values, 0.0), valid
    nearest = ndimage.distance_transform_edt(~valid, return_distances=False, return_indices=True)
    return values[tuple(nearest)], valid


def on_images(
    data: Any,
    kernel: Callable[..., Floats],
    *options: Any,
    title: str = "{}",
    metadata: Mapping[str, Any] | None = None,
) -> sidpy.Dataset:
    """Apply a function to the image, or lazily to each image of a stack.

    Parameters
    ----------
    data : Dataset or array
        An image, or a stack of images.
    kernel : callable
        Takes an image of floats with NaN where it is missing, and the options; returns an
        image of the same shape.
    *options
        Passed on.
    title : str
        Of the result; ``{}`` stands for the title of the data.
    metadata : mapping, optional
        Added to that of the data.

    Returns
    -------
    Dataset
        Labelled like the data.
    """
    import dask.array as da

    dataset = as_dataset(data)
    axes = image_axes(dataset)
    if axes.frames is None:
        values: Any = _float_image(kernel, np.asarray(lazy(dataset).compute()), *options)
    else:
        order = (axes.frames, axes.rows, axes.columns)
        stack = lazy(dataset).transpose(order).rechunk({0: 1, 1: -1, 2: -1})
        done = da.map_blocks(_float_stack, stack, kernel, *options, dtype=np.float64)
        values = done.transpose(tuple(np.argsort(order)))
    return labelled_like(dataset, values, title=title.format(dataset.title), metadata=metadata)


def _float_image(kernel: Callable[..., Floats], image: NDArray[Any], *options: Any) -> Floats:
    image = np.asarray(image, np.float64)
    return kernel(np.where(np.isfinite(image), image, np.nan), *options)


def _float_stack(stack: NDArray[Any], kernel: Callable[..., Floats], *options: Any) -> Floats:
    return np.stack([_float_image(kernel, image, *options) for image in stack])


def labelled_like(
    dataset: sidpy.Dataset,
    values: Any,
    *,
    title: str,
    metadata: Mapping[str, Any] | None = None,
    **labels: str,
) -> sidpy.Dataset:
    """Return new values under the labels of a dataset.

    Parameters
    ----------
    dataset : Dataset
        Whose axes fit, as far as lengths agree.
    values : array
        In memory or lazy.
    title : str
        Of the result.
    metadata : mapping, optional
        Added to that of the dataset.
    **labels : str
        ``units``, ``quantity``, ``data_type``, ... of the result.

    Returns
    -------
    Dataset
        Without a variance: that of the data is not that of the result.
    """
    result = dataset.like_data(values, title=title, chunks=-1 if is_small(values) else "auto")
    if metadata:
        result.metadata = {**dataset.metadata, **metadata}
    result.source = dataset.title
    for name, value in labels.items():
        setattr(result, name, value)
    return result


def is_small(values: Any) -> bool:
    """Whether an array fits into one chunk."""
    return isinstance(values, np.ndarray) and values.nbytes <= 1 << 26
