"""Arrays of a file as dask arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .objects import is_dataset

if TYPE_CHECKING:
    import dask.array as da
    import h5py
    import numpy.typing as npt

__all__ = ["lazy_load_array"]


def lazy_load_array(dataset: h5py.Dataset | npt.NDArray[np.generic] | da.Array) -> da.Array:
    """Return an array as a dask array; nothing is read.

    Parameters
    ----------
    dataset : h5py.Dataset, ndarray or dask.array.Array
        The array; a dask array is returned as it is.

    Raises
    ------
    TypeError
        For anything else.

    Notes
    -----
    The pieces of a chunked dataset are whole chunks of it.
    """
    import dask.array as da

    if isinstance(dataset, da.Array):
        return dataset
    if is_dataset(dataset):
        return da.from_array(dataset, chunks=dataset.chunks or "auto", lock=True)
    if isinstance(dataset, np.ndarray):
        return da.from_array(dataset, chunks="auto")
    msg = (
        "expected a h5py.Dataset, a dask.array.Array or a numpy.ndarray, "
        f"found {type(dataset).__name__}"
    )
    raise TypeError(msg)
