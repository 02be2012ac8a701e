"""Complex and compound numbers as rows of real ones, and back.

The last axis takes all parts: the real parts of complex numbers and then the imaginary
ones; the first field of compound values, then the second, and so on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .arrays import lazy_load_array
from .objects import is_dataset, require

if TYPE_CHECKING:
    from collections.abc import Callable

    import h5py
    import numpy.typing as npt

__all__ = [
    "check_dtype",
    "flatten_complex_to_real",
    "flatten_compound_to_real",
    "flatten_to_real",
    "get_compound_sub_dtypes",
    "is_complex_dtype",
    "lazy_load_array",
    "stack_real_to_complex",
    "stack_real_to_compound",
    "stack_real_to_target_dtype",
    "validate_dtype",
]

#: Bytes of a number after a compound value was made real, as the released package counts them.
_COMPOUND_PART = 4


def validate_dtype(dtype: npt.DTypeLike) -> bool:
    """Return True for anything NumPy accepts as a dtype.

    Raises
    ------
    TypeError
        For anything else.
    """
    np.dtype(dtype)
    return True


def is_complex_dtype(dtype: npt.DTypeLike) -> bool:
    """Return whether a dtype is complex64 or complex128 in the byte order of this machine.

    Raises
    ------
    TypeError
        For anything that is no dtype.
    """
    return np.dtype(dtype) in (np.dtype(np.complex64), np.dtype(np.complex128))


def get_compound_sub_dtypes(struct_dtype: npt.DTypeLike) -> dict[str, np.dtype[Any]]:
    """Return the dtype of each field of a structured dtype.

    Raises
    ------
    TypeError
        When `struct_dtype` has no fields.
    """
    fields = struct_dtype.fields if isinstance(struct_dtype, np.dtype) else None
    if fields is None:
        msg = f"Provided object must be a structured array dtype, found {struct_dtype!r}"
        raise TypeError(msg)
    return {name: field[0] for name, field in fields.items()}


def check_dtype(h5_dset: h5py.Dataset) -> tuple[Callable[..., Any], bool, bool, int, int]:
    """Say how a dataset becomes real, and how large it is then.

    Parameters
    ----------
    h5_dset : h5py.Dataset of shape (positions, features)
        The dataset.

    Returns
    -------
    tuple
        A function that makes it real, whether it is complex, whether it is compound, the
        number of real features, and the bytes that one value has then.

    Raises
    ------
    TypeError
        When `h5_dset` is no dataset.
    ValueError
        For complex or compound values without two axes.
    """
    require("dataset", h5_dset, "h5_dset")
    dtype = h5_dset.dtype
    if dtype.kind != "c" and dtype.fields is None:
        real = np.float64 if dtype == np.float64 else np.float32
        return real, False, False, int(h5_dset.shape[-1]), np.dtype(real).itemsize
    if len(h5_dset.shape) < 2:
        msg = f"{h5_dset.name!r} should have positions and features, its shape is {h5_dset.shape}"
        raise ValueError(msg)
    if dtype.kind == "c":
        return flatten_complex_to_real, True, False, 2 * int(h5_dset.shape[1]), dtype.itemsize
    parts = len(dtype.fields)
    features = parts * int(h5_dset.shape[1])
    return flatten_compound_to_real, False, True, features, parts * _COMPOUND_PART


def flatten_complex_to_real(dataset: Any, lazy: bool = False) -> Any:  # noqa: FBT001, FBT002 - as in the released package
    """Return real parts and then imaginary parts along the last axis.

    Parameters
    ----------
    dataset : h5py.Dataset, ndarray or dask array of shape (..., n)
        Complex numbers.
    lazy : bool
        Return a dask array; a dask array always stays one.

    Returns
    -------
    ndarray or dask array of shape (..., 2 n)

    Raises
    ------
    TypeError
        For another container or numbers that are not complex.
    """
    if not (is_dataset(dataset) or isinstance(dataset, np.ndarray) or _is_dask(dataset)):
        found = type(dataset).__name__
        msg = f"dataset should either be a h5py.Dataset or numpy / dask array, found {found}"
        raise TypeError(msg)
    if not np.issubdtype(dataset.dtype, np.complexfloating):
        msg = f"Expected a complex valued dataset, found {dataset.dtype}"
        raise TypeError(msg)
    array = _loaded(dataset, lazy=lazy)
    return _joined([array.real, array.imag])


def flatten_compound_to_real(dataset: Any, lazy: bool = False) -> Any:  # noqa: FBT001, FBT002 - as in the released package
    """Return the first field, then the second and so on, along the last axis.

    Parameters
    ----------
    dataset : h5py.Dataset, ndarray, dask array or numpy.void of shape (..., n)
        Structured values with fields of real numbers.
    lazy : bool
        Return a dask array; a dask array always stays one.

    Returns
    -------
    ndarray or dask array of shape (..., fields n)

    Raises
    ------
    TypeError
        For another container or values without fields.
    """
    if not (is_dataset(dataset) or isinstance(dataset, np.ndarray | np.void) or _is_dask(dataset)):
        msg = f"Datatype {type(dataset).__name__} not supported"
        raise TypeError(msg)
    if dataset.dtype.fields is None:
        kind = "compound h5py dataset" if is_dataset(dataset) else "structured array"
        msg = f"Expected {kind}, found {dataset.dtype}"
        raise TypeError(msg)
    if isinstance(dataset, np.void):
        return np.array([dataset[name] for name in dataset.dtype.names or ()])
    array = _loaded(dataset, lazy=lazy)
    return _joined([array[name] for name in array.dtype.names])


def flatten_to_real(ds_main: Any, lazy: bool = False) -> Any:  # noqa: FBT001, FBT002 - as in the released package
    """Return complex and compound values as real ones; real values as they are.

    Parameters
    ----------
    ds_main : h5py.Dataset, ndarray, dask array or array_like of shape (..., n)
        The values.
    lazy : bool
        Return a dask array where something is done.
    """
    values = ds_main if hasattr(ds_main, "dtype") else np.asarray(ds_main)
    if isinstance(values, np.complexfloating):
        values = np.asarray(values)
    if np.issubdtype(values.dtype, np.complexfloating):
        return flatten_complex_to_real(values, lazy=lazy)
    if values.dtype.fields is not None:
        return flatten_compound_to_real(values, lazy=lazy)
    return values


def stack_real_to_complex(ds_real: Any, lazy: bool = False) -> Any:  # noqa: FBT001, FBT002 - as in the released package
    """Return complex numbers from real parts and then imaginary parts on the last axis.

    Parameters
    ----------
    ds_real : h5py.Dataset, ndarray, dask array or array_like of shape (..., 2 n)
        Real numbers.
    lazy : bool
        Return a dask array; a dask array always stays one.

    Returns
    -------
    ndarray or dask array of shape (..., n)
        complex64 for float32 and float16, else complex128.

    Raises
    ------
    TypeError
        For complex or compound values, and for a scalar.
    ValueError
        When the last axis has an odd length.
    """
    array = _real(ds_real, lazy=lazy)
    if array.shape[-1] % 2:
        msg = f"Last dimension must be even sized, found a shape of {array.shape}"
        raise ValueError(msg)
    half = array.shape[-1] // 2
    target = _complex_of(array.dtype)
    parts = array[..., :half], array[..., half:]
    if _is_dask(array):
        import dask.array as da

        return da.core.elemwise(_as_complex, *parts, dtype=target)
    return _as_complex(*parts)


def _complex_of(dtype: np.dtype[Any]) -> type[np.complexfloating[Any, Any]]:
    return np.complex64 if dtype.kind == "f" and dtype.itemsize <= 4 else np.complex128


def _as_complex(real: Any, imaginary: Any) -> npt.NDArray[Any]:
    # not real + 1j * imaginary: an infinite imaginary part would make the real one NaN
    result = np.empty(np.shape(real), _complex_of(real.dtype))
    result.real, result.imag = real, imaginary
    return result


def stack_real_to_compound(
    ds_real: Any,
    compound_type: np.dtype[Any],
    lazy: bool = False,  # noqa: FBT001, FBT002 - as in the released package
) -> Any:
    """Return structured values from their fields one after another on the last axis.

    Parameters
    ----------
    ds_real : h5py.Dataset, ndarray, dask array or array_like of shape (..., fields n)
        Real numbers.
    compound_type : numpy.dtype
        A structured dtype.
    lazy : bool
        Not available.

    Returns
    -------
    ndarray of shape (..., n)
        Without axes of length 1, as in the released package: applications count on it.

    Raises
    ------
    TypeError
        When `compound_type` has no fields, for complex or compound values, and for a scalar.
    ValueError
        When the last axis is no multiple of the number of fields.
    NotImplementedError
        When lazy, or for a dask array.
    """
    if lazy or _is_dask(ds_real):
        msg = "Lazy operation not available: compute the array first, or stack it block by block"
        raise NotImplementedError(msg)
    fields = get_compound_sub_dtypes(compound_type)
    array = _real(ds_real, lazy=False)
    if array.shape[-1] % len(fields):
        msg = (
            "Provided compound type was not compatible by number of elements: "
            f"{len(fields)} fields, a last axis of {array.shape[-1]}"
        )
        raise ValueError(msg)
    length = array.shape[-1] // len(fields)
    stacked = np.empty((*array.shape[:-1], length), dtype=compound_type)
    for i, name in enumerate(fields):
        stacked[name] = array[..., i * length : (i + 1) * length]
    return stacked.squeeze()


def stack_real_to_target_dtype(ds_real: Any, new_dtype: npt.DTypeLike, lazy: bool = False) -> Any:  # noqa: FBT001, FBT002 - as in the released package
    """Return real numbers as complex, compound or other real ones.

    Raises
    ------
    TypeError
        When `new_dtype` is no dtype.

    See Also
    --------
    stack_real_to_complex, stack_real_to_compound
    """
    if new_dtype is None:  # NumPy takes it for float64
        msg = "new_dtype should be a dtype, found None"
        raise TypeError(msg)
    target = np.dtype(new_dtype)
    if target.fields is not None:
        return stack_real_to_compound(ds_real, target, lazy=lazy)
    if np.issubdtype(target, np.complexfloating):
        return stack_real_to_complex(ds_real, lazy=lazy).astype(target)
    array = lazy_load_array(ds_real) if lazy and is_dataset(ds_real) else ds_real
    return array.astype(target) if _is_dask(array) else np.asarray(array, dtype=target)


def _is_dask(value: Any) -> bool:
    import dask.array as da

    return isinstance(value, da.Array)


def _loaded(dataset: Any, *, lazy: bool) -> Any:
    if lazy:
        return lazy_load_array(dataset)
    return dataset[()] if is_dataset(dataset) else dataset


def _joined(parts: list[Any]) -> Any:
    if _is_dask(parts[0]):
        import dask.array as da

        return da.concatenate([da.atleast_1d(part) for part in parts], axis=-1)
    return np.concatenate([np.atleast_1d(part) for part in parts], axis=-1)


def _real(values: Any, *, lazy: bool) -> Any:
    if not (hasattr(values, "dtype") or isinstance(values, list | tuple)):
        msg = f"Expected at least an iterable like a list or tuple, found {type(values).__name__}"
        raise TypeError(msg)
    array = _loaded(values if hasattr(values, "dtype") else np.asarray(values), lazy=lazy)
    if np.issubdtype(array.dtype, np.complexfloating):
        msg = "Array cannot have complex dtype"
        raise TypeError(msg)
    if array.dtype.fields is not None:
        msg = "Array cannot have a compound dtype"
        raise TypeError(msg)
    return array
