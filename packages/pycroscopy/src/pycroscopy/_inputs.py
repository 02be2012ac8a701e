"""What every analysis does with its arguments before the physics starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sidpy

__all__ = ["as_dataset", "lazy", "passing", "set_dimensions"]


def as_dataset(data: Any) -> sidpy.Dataset:
    """Return `data` as a Dataset; an array becomes one with unnamed axes."""
    import sidpy

    if isinstance(data, sidpy.Dataset):
        _check_numbers(data.dtype)
        return data
    if isinstance(data, str) or not hasattr(data, "__array__"):
        msg = f"expected a sidpy.Dataset or an array, found {type(data).__name__}"
        raise TypeError(msg)
    array = data if hasattr(data, "chunks") else np.asarray(data)
    _check_numbers(array.dtype)
    return sidpy.Dataset.from_array(array)


def _check_numbers(dtype: np.dtype[Any]) -> None:
    if dtype.kind not in "biufcO":
        msg = f"expected numbers, found an array of {dtype}"
        raise TypeError(msg)


def lazy(dataset: sidpy.Dataset) -> Any:
    """Return the plain dask array behind a dataset."""
    from sidpy.sid import plain

    return plain(dataset)


def passing(dataset: sidpy.Dataset, chunks: Any = None) -> Any:
    """Return the plain dask array of a dataset for work that goes over each block once.

    Blocks of a plain file are then maps of it and no copies, in the byte order of the file:
    only for tasks that neither keep nor return them.

    Parameters
    ----------
    dataset : Dataset
        The data.
    chunks : tuple, optional
        As for `dask.array.rechunk`; those of the dataset by default.
    """
    import dask.array as da

    from sidpy.sid import FileArray
    from sidpy.sid._dask import sources_of

    array = lazy(dataset)
    layers = getattr(array.dask, "layers", {})
    words = {name.partition("-")[0] for name in layers}
    sources = sources_of(array) if words <= {"original", "array", "astype"} else []
    if len(sources) != 1 or not isinstance(sources[0], FileArray):
        return _in_chunks(array, chunks)
    source = sources[0]
    whole = source.shape == array.shape and source.dtype.newbyteorder("=") == array.dtype
    if not whole or len(layers) != len(words):
        return _in_chunks(array, chunks)
    meta = np.empty((0,) * array.ndim, source.dtype)
    return da.from_array(
        source.mapped(), chunks=chunks or array.chunks, asarray=True, inline_array=True, meta=meta
    )


def _in_chunks(array: Any, chunks: Any) -> Any:
    """Cut an array, without the copies that dask makes of parts of a block in memory."""
    from sidpy.sid._dask import as_lazy

    if chunks is None:
        return array
    blocks = (
        getattr(array.dask, "layers", {}).get(array.name, {}) if array.npartitions == 1 else {}
    )
    block = next((getattr(one, "value", one) for one in dict(blocks).values()), None)
    in_memory = type(block) is np.ndarray and block.shape == array.shape
    return as_lazy(block, chunks) if in_memory else array.rechunk(chunks)


def set_dimensions(dataset: sidpy.Dataset, dimensions: Sequence[Any]) -> None:
    """Give all axes new dimensions at once; names may move from one axis to another."""
    import sidpy

    for axis, length in enumerate(dataset.shape):
        dataset.set_dimension(axis, sidpy.Dimension(length, f"axis_{axis}_before"))
    for axis, dimension in enumerate(dimensions):
        dataset.set_dimension(axis, dimension)
