"""Arrays of a file as dask arrays, and in which form values of each dtype lie there."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from .objects import is_dataset

if TYPE_CHECKING:
    import dask.array as da
    import h5py
    import numpy.typing as npt

__all__ = [
    "has_shared_bytes",
    "is_form_of",
    "lazy_load_array",
    "lowered",
    "lowered_lazily",
    "restored",
    "restored_lazily",
    "storable",
    "stored_dtype",
]


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


def storable(dtype: np.dtype[Any]) -> bool:
    """Whether HDF5 keeps arrays of a dtype as they are."""
    if dtype.fields is not None:
        # HDF5 ends a name at its first NUL
        named = all(name and "\0" not in name for name in dtype.fields)
        parts = [dtype.fields[name][0] for name in dtype.names or ()]
        return named and not has_shared_bytes(dtype) and all(storable(part) for part in parts)
    if dtype.subdtype is not None:
        return storable(dtype.subdtype[0])
    # the extended precision of "g" and "G" has another form on every machine
    return dtype.kind in "biufcSV" and dtype.char not in "gG" and dtype.itemsize > 0


def has_shared_bytes(dtype: np.dtype[Any]) -> bool:
    """Whether two fields of a dtype share bytes: HDF5 lays them out one after the other."""
    if dtype.fields is None:
        return dtype.subdtype is not None and has_shared_bytes(dtype.subdtype[0])
    parts = [dtype.fields[name] for name in dtype.names or ()]
    spans = sorted((offset, offset + part.itemsize) for part, offset, *_ in parts)
    shared = any(end > begin for (_, end), (begin, _) in pairwise(spans))
    return shared or any(has_shared_bytes(part) for part, *_ in parts)


def stored_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype in which values of a dtype lie in a file, element by element.

    Dates lie as integers, text of fixed length as UTF-8 bytes, and whatever else HDF5 has
    no type for as opaque bytes.
    """
    if storable(dtype):
        return dtype
    if dtype.kind in "mM":
        return np.dtype(np.int64).newbyteorder(dtype.byteorder)
    return np.dtype(f"{'S' if dtype.kind == 'U' else 'V'}{max(dtype.itemsize, 1)}")


def lowered(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return values in the form in which they lie in a file."""
    target = stored_dtype(array.dtype)
    if target == array.dtype:
        return array
    if not array.dtype.itemsize:
        return np.zeros(array.shape, target)
    if array.dtype.kind == "U":
        return np.char.encode(array, "utf-8", "surrogatepass").astype(target)
    return np.ascontiguousarray(array).reshape(array.shape).view(target)


def restored(array: npt.NDArray[Any], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return values read from a file in the dtype they had, the inverse of `lowered`."""
    if array.dtype == dtype or (storable(dtype) and dtype.fields is None):
        return array
    if not dtype.itemsize:
        return np.zeros(array.shape, dtype)
    if dtype.kind == "U":
        return np.char.decode(array, "utf-8", "surrogatepass").astype(dtype)
    return np.ascontiguousarray(array).reshape(array.shape).view(dtype)


def is_form_of(stored: np.dtype[Any], dtype: np.dtype[Any]) -> bool:
    """Whether values that lie in a file as `stored` may be values of `dtype`."""
    if dtype.fields is not None and stored.fields is not None:
        # titles of fields are not stored
        return (stored.names, stored.itemsize) == (dtype.names, dtype.itemsize)
    return bool(stored == stored_dtype(dtype))


def restored_lazily(array: Any, dtype: np.dtype[Any]) -> Any:
    """Return a lazy array read from a file in the dtype it had."""
    return array if array.dtype == dtype else array.map_blocks(restored, dtype, dtype=dtype)


def lowered_lazily(array: Any) -> Any:
    """Return a lazy array in the form in which it lies in a file."""
    target = stored_dtype(array.dtype)
    return array if target == array.dtype else array.map_blocks(lowered, dtype=target)
