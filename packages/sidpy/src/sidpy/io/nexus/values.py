"""The numbers of a NeXus file: lazy signals, and the values of axes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.errors import FormatError, UnsupportedFile
from sidpy.hdf.arrays import is_form_of, restored_lazily
from sidpy.sid.agreement import default_dimensions
from sidpy.sid.sources import require_filters

from .search import is_ours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sidpy.sid.dimension import Dimension

    from .search import Plottable

__all__ = ["axis_values", "lazy_values", "with_axes"]

logger = logging.getLogger(__name__)


def with_axes(found: Plottable) -> Iterator[tuple[int, Any, Dimension]]:
    """Give length, dataset of the values and default dimension of each axis."""
    shape = found.signal.shape
    return zip(shape, found.axes, default_dimensions(shape), strict=True)


def lazy_values(dataset: Any, dtype: np.dtype[Any] | None) -> Any:
    """Return the numbers of a dataset as a lazy array, in the dtype they had."""
    from sidpy.sid import as_lazy

    require_filters(dataset)
    lazy = as_lazy(dataset)
    if not dataset.shape:
        # h5py reads a single value as a scalar, which forgets byte order and length of text
        lazy = lazy.map_blocks(np.asarray, dataset.dtype, dtype=dataset.dtype)
    fits = dtype is not None and is_form_of(dataset.dtype, dtype)
    return restored_lazily(lazy, dtype) if dtype is not None and fits else lazy


def axis_values(axis: Any, length: int) -> Any:
    """Return the values of an axis, None when they are no numbers.

    Raises
    ------
    FormatError
        When they are not as many as the numbers along it.
    UnsupportedFile
        When they have several dimensions.
    """
    shape = axis.shape
    if shape is not None and len(shape) > 1:
        msg = f"the axis {axis.name!r} has the shape {shape}; a Dimension is one-dimensional"
        raise UnsupportedFile(msg, path=axis.file.filename, format="nexus")
    if axis.dtype.kind not in "biuf" or shape is None:
        logger.info("the axis %r is no numbers and is counted instead", axis.name)
        return None
    edges = shape == (length + 1,) and not is_ours(axis)
    if shape not in ((length,), ()) and not edges:
        raise FormatError(_misfit(axis, shape, length))
    require_filters(axis)
    values = np.atleast_1d(np.asarray(axis[()], dtype=np.float64))
    if edges:  # of the bins of a histogram
        return (values[1:] + values[:-1]) / 2
    if values.size != length:
        raise FormatError(_misfit(axis, shape, length))
    return values


def _misfit(axis: Any, shape: tuple[int, ...], length: int) -> str:
    return (
        f"the axis {axis.name!r} of {axis.file.filename!r} has the shape {shape}, but the "
        f"numbers have {length} positions along it"
    )
