"""Writing main datasets: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from pyUSID.__version__ import version
from sidpy._warnings import warn
from sidpy.base.string_utils import validate_single_string_arg
from sidpy.hdf.arrays import storable
from sidpy.hdf.attrs import put_texts, write_simple_attrs
from sidpy.hdf.attrs import write_book_keeping_attrs as write_sidpy_book_keeping
from sidpy.hdf.copying import copy_dataset
from sidpy.hdf.flushing import flush
from sidpy.hdf.objects import require, unnamed_group
from sidpy.hdf.sharding import Sharding, fill_all, place
from sidpy.hdf.storage import creation_options

from .ancillary import (
    ancillary_prefix,
    refuse_taken,
    undone_on_error,
    validate_anc_dset_attrs,
    validate_anc_h5_dsets,
    validate_dims_against_main,
    write_ind_val_dsets,
)
from .flaws import LINKS
from .matrices import VALUES_DTYPE
from .naming import without_dash
from .usi_data import USIDataset

if TYPE_CHECKING:
    import h5py
    import numpy.typing as npt

    from .dimension import Dimension

__all__ = ["write_book_keeping_attrs", "write_main_dataset"]


def write_book_keeping_attrs(h5_obj: h5py.Group | h5py.Dataset) -> None:
    """Note when, where and with which versions an object was written.

    Writes ``pyUSID_version`` beside the four text attributes of sidpy.

    Raises
    ------
    TypeError
        When it is no HDF5 object.
    """
    write_sidpy_book_keeping(h5_obj)
    put_texts(h5_obj, {"pyUSID_version": version})


@dataclass(frozen=True, slots=True)
class _Side:
    """What explains one side of the data to be written: existing datasets, or dimensions."""

    dims: Any
    h5_inds: Any
    h5_vals: Any
    prefix: str
    is_spectral: bool

    @property
    def exists(self) -> bool:
        return self.h5_inds is not None and self.h5_vals is not None

    @property
    def names(self) -> tuple[str, str]:
        """What new datasets are called."""
        return self.prefix + "Indices", self.prefix + "Values"

    def check(self, h5_group: Any, shape: tuple[int, ...]) -> None:
        """Refuse what cannot be written, before anything is."""
        if not self.exists:
            validate_dims_against_main(shape, self.dims, self.is_spectral)
            refuse_taken(h5_group, self.names)
            return
        validate_anc_h5_dsets(self.h5_inds, self.h5_vals, shape, self.is_spectral)
        validate_anc_dset_attrs(self.h5_inds, self.h5_vals, is_spec=self.is_spectral)

    def write(
        self, h5_group: Any, staging: Any, *, slow_to_fast: bool, dtype: npt.DTypeLike
    ) -> tuple[h5py.Dataset, h5py.Dataset]:
        """Return the pair: written or copied into `staging`, or as it was."""
        if not self.exists:
            return write_ind_val_dsets(
                staging, self.dims, is_spectral=self.is_spectral, base_name=self.prefix,
                slow_to_fast=slow_to_fast, values_dtype=dtype,
            )  # fmt: skip
        if self.h5_inds.file == h5_group.file:
            return self.h5_inds, self.h5_vals
        copies = []
        for dataset, name in zip((self.h5_inds, self.h5_vals), self.names, strict=True):
            where = h5_group if name in h5_group else staging
            copies.append(copy_dataset(dataset, where, alias=name))
        return copies[0], copies[1]


def write_main_dataset(  # noqa: PLR0913, PLR0917 - released signature
    h5_parent_group: h5py.Group,
    main_data: Any,
    main_data_name: str,
    quantity: str,
    units: str,
    pos_dims: Dimension | Sequence[Dimension] | None,
    spec_dims: Dimension | Sequence[Dimension] | None,
    main_dset_attrs: Mapping[str, Any] | None = None,
    h5_pos_inds: h5py.Dataset | None = None,
    h5_pos_vals: h5py.Dataset | None = None,
    h5_spec_inds: h5py.Dataset | None = None,
    h5_spec_vals: h5py.Dataset | None = None,
    aux_spec_prefix: str = "Spectroscopic_",
    aux_pos_prefix: str = "Position_",
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002
    slow_to_fast: bool = False,  # noqa: FBT001, FBT002
    values_dtype: npt.DTypeLike = VALUES_DTYPE,
    **kwargs: Any,
) -> USIDataset:
    """Write data with the dimensions that explain them.

    Parameters
    ----------
    h5_parent_group : h5py.Group or h5py.File
        Where to write.
    main_data : ndarray or dask array of shape (N, P), or tuple of two int
        The data, or the shape of an empty dataset (with ``dtype=``). Lazy data are written
        block by block through the open file.
    main_data_name : str
        Name of the dataset; a ``-`` in it becomes ``_``.
    quantity, units : str
        What was measured, in which units.
    pos_dims, spec_dims : Dimension or sequence of Dimension
        Dimensions of rows and columns, fastest varying first. None where existing
        ancillary datasets are given.
    main_dset_attrs : dict, optional
        More attributes of the dataset.
    h5_pos_inds, h5_pos_vals, h5_spec_inds, h5_spec_vals : h5py.Dataset, optional
        Existing ancillary datasets, used in pairs; copied when they lie in another file.
    aux_spec_prefix, aux_pos_prefix : str
        Beginning of the names of new ancillary datasets.
    verbose : bool
        Without effect.
    slow_to_fast : bool
        The dimensions are given slowest first instead.
    values_dtype : dtype-like
        Type of the values of new ancillary datasets.
    **kwargs
        For `h5py.Group.create_dataset`: compression, chunks, dtype, ...

    Returns
    -------
    USIDataset
        The dataset.

    Raises
    ------
    TypeError
        When an argument is of the wrong type.
    ValueError
        When the data are not 2-D, the dimensions do not match them, a text is blank, or
        the file is closed or read-only.
    KeyError
        When a name is taken.

    Warns
    -----
    UserWarning
        When a name was changed, or a parallel file takes no compression.

    Notes
    -----
    When anything goes wrong the group is left as it was.
    """
    _require_editable(h5_parent_group)
    texts = {"quantity": quantity, "units": units}
    texts = {key: validate_single_string_arg(text, key) for key, text in texts.items()}
    name = without_dash(
        validate_single_string_arg(main_data_name, "main_data_name"), "main_data_name"
    )
    shape = _shape_of(main_data, kwargs)
    if main_dset_attrs is not None and not isinstance(main_dset_attrs, Mapping):
        msg = f"main_dset_attrs should be a dictionary, not {type(main_dset_attrs).__name__}"
        raise TypeError(msg)
    prefixes = [_prefix(text) for text in (aux_pos_prefix, aux_spec_prefix)]
    sides = (
        _Side(pos_dims, h5_pos_inds, h5_pos_vals, prefixes[0], is_spectral=False),
        _Side(spec_dims, h5_spec_inds, h5_spec_vals, prefixes[1], is_spectral=True),
    )
    for side in sides:
        side.check(h5_parent_group, shape)
    refuse_taken(h5_parent_group, [name])
    staging = unnamed_group(h5_parent_group)
    pairs = [
        side.write(h5_parent_group, staging, slow_to_fast=slow_to_fast, dtype=values_dtype)
        for side in sides
    ]
    with _data(staging, name, main_data, kwargs) as h5_main:
        for link, target in zip(LINKS, (*pairs[0], *pairs[1]), strict=True):
            h5_main.attrs[link] = target.ref
        put_texts(h5_main, texts)
        write_book_keeping_attrs(h5_main)
        if main_dset_attrs:
            write_simple_attrs(h5_main, dict(main_dset_attrs))
    ancillary = [one for side in sides for one in side.names]
    _name_members(h5_parent_group, staging, [*ancillary, name])
    return USIDataset(h5_parent_group[name])


def _name_members(h5_group: Any, staging: Any, names: Sequence[str]) -> None:
    """Give members of a group without a name to another group, all of them or none."""
    flush(h5_group.file)  # whoever finds a name finds all that it names
    with undone_on_error(h5_group) as created:
        for name in names:
            if name in staging:
                h5_group[name] = staging[name]
                created.append(name)


def _prefix(text: str) -> str:
    return ancillary_prefix(without_dash(validate_single_string_arg(text, "prefix"), "a prefix"))


def _require_editable(h5_group: Any) -> None:
    require("group", h5_group, "h5_parent_group")
    if not h5_group:
        msg = "the file of h5_parent_group is closed"
        raise ValueError(msg)
    if h5_group.file.mode == "r":
        msg = f"{h5_group.file.filename!r} is open for reading only: open it with mode 'r+'"
        raise ValueError(msg)


def _shape_of(main_data: Any, kwargs: dict[str, Any]) -> tuple[int, ...]:
    from dask.array import Array

    if isinstance(main_data, (list, tuple)):
        whole = all(isinstance(n, Integral) and n > 0 for n in main_data)
        if len(main_data) != 2 or not whole:
            msg = f"the shape of an empty main dataset is two integers of 1 or more: {main_data!r}"
            raise ValueError(msg)
        if kwargs.get("dtype") is None:
            msg = "an empty main dataset needs dtype="
            raise ValueError(msg)
        return tuple(int(n) for n in main_data)
    if not isinstance(main_data, (np.ndarray, Array)):
        msg = (
            f"main_data should be a NumPy or dask array or a shape, not {type(main_data).__name__}"
        )
        raise TypeError(msg)
    if main_data.ndim != 2:
        msg = f"Main data has to be 2 dimensional, found shape {main_data.shape}"
        raise ValueError(msg)
    return tuple(int(n) for n in main_data.shape)


def put_data(h5_group: h5py.Group, name: str, data: Any, **options: Any) -> h5py.Dataset:
    """Write data as they are, see `write_main_dataset` for the options.

    Parameters
    ----------
    h5_group : h5py.Group
        Where to write.
    name : str
        Name of the dataset.
    data : ndarray or dask array of any shape, or tuple of int
        The data, or the shape of an empty dataset.
    **options
        As for `write_main_dataset`.
    """
    with _data(h5_group, name, data, options) as dataset:
        return dataset


@contextmanager
def _data(h5_group: Any, name: str, data: Any, given: Mapping[str, Any]) -> Iterator[Any]:
    """Give a dataset with the data in it; shards of a dataset that fails are removed again."""
    import dask.array as da

    options = dict(given)
    if h5_group.file.driver == "mpio" and options.pop("compression", None) is not None:
        warn("a file opened in parallel takes no compression: it is left out")
    dtype = np.dtype(options.pop("dtype", None) or data.dtype)
    sharding = Sharding.asked_for(h5_group, options.pop("shards", False))
    if isinstance(data, list | tuple) or (sharding is None and not _is_streamed(data, options)):
        yield _at_once(h5_group, name, data, dtype, options)
        return
    if not storable(dtype):
        msg = f"HDF5 has no form for values of type {dtype}: convert them, or compute them first"
        raise TypeError(msg)
    lazy = da.from_array(data, name=False) if isinstance(data, np.ndarray) else data
    lazy = lazy if lazy.dtype == dtype else lazy.astype(dtype)
    try:
        placed = place(h5_group, name, lazy, options, sharding=sharding)
        fill_all([placed])
        yield placed.dataset
    except BaseException:
        if sharding is not None:
            sharding.discard()
        raise


def _is_streamed(data: Any, options: Mapping[str, Any]) -> bool:
    """Whether data are computed or packed block by block."""
    return not isinstance(data, np.ndarray) or bool(options.get("compression"))


def _at_once(
    h5_group: Any, name: str, data: Any, dtype: np.dtype[Any], options: Mapping[str, Any]
) -> Any:
    if isinstance(data, np.ndarray):
        created = creation_options(options, data.shape, dtype, ())
        return h5_group.create_dataset(name, data=data, dtype=dtype, **created)
    created = creation_options(options, tuple(data), dtype, ())
    return h5_group.create_dataset(name, shape=tuple(data), dtype=dtype, **created)
