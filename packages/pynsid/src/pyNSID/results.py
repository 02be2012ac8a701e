"""Groups of results, and empty datasets to be filled later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sidpy.base.num_utils import contains_integers
from sidpy.base.string_utils import validate_single_string_arg
from sidpy.hdf.attrs import write_simple_attrs
from sidpy.hdf.objects import last_name, unnamed_group
from sidpy.hdf.prov_utils import assign_group_index
from sidpy.hdf.transactions import require_healthy
from sidpy.sid.dataset import Dataset

from .layout import main_name
from .nexus import mark_path
from .write import (
    require_writable,
    write_nsid_dataset,
    write_pynsid_book_keeping_attrs,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import h5py

__all__ = ["create_empty_dataset", "write_results"]


def write_results(
    h5_group: h5py.Group,
    dataset: Dataset | Sequence[Dataset] | None = None,
    attributes: Mapping[str, Any] | None = None,
    process_name: str | None = None,
) -> h5py.Group:
    """Write results into a new numbered group.

    Parameters
    ----------
    h5_group : h5py.Group
        Where to create it: the channel that the results belong to.
    dataset : sidpy.Dataset or list of them, optional
        The results; each is written as by `write_nsid_dataset`.
    attributes : dict, optional
        Parameters of the process; they become attributes, dictionaries subgroups.
    process_name : str, optional
        Name of the process.

    Returns
    -------
    h5py.Group
        ``Log_<process_name>_NNN``, or ``Log_NNN``.

    Raises
    ------
    ValueError
        When there is neither a dataset nor an attribute.
    TypeError
        For a wrong type of any argument.

    Notes
    -----
    The group is filled before it gets its name: when one of the datasets cannot be written,
    or the program is killed, there is no such group.
    """
    datasets = _datasets(dataset)
    given = _attributes(attributes)
    if not datasets and not given:
        msg = "results should contain at least a sidpy Dataset or a dictionary in results"
        raise ValueError(msg)
    require_writable(h5_group)
    word = "" if process_name is None else validate_single_string_arg(process_name, "process_name")
    name = assign_group_index(h5_group, f"Log_{word}" if word else "Log")
    group = unnamed_group(h5_group)
    write_pynsid_book_keeping_attrs(group)
    for one in datasets:
        write_nsid_dataset(one, group)
    write_simple_attrs(group, given)
    h5_group.file.flush()  # so that whoever finds the name finds all that it names
    h5_group[name] = group
    named: h5py.Group = h5_group[name]
    for one in datasets:  # which know their addresses only now
        child = named[main_name("", one.title)]
        mark_path(child)
        one.h5_dataset = child[last_name(child)]
    h5_group.file.flush()
    require_healthy(h5_group)
    return named


def _datasets(value: Any) -> list[Dataset]:
    if value is None or isinstance(value, Dataset):
        return [] if value is None else [value]
    if not isinstance(value, list | tuple):
        return []  # a bare array counts as nothing, as in the released package
    if not all(isinstance(item, Dataset) for item in value):
        kinds = sorted({type(item).__name__ for item in value})
        msg = f"the list of results should hold sidpy Datasets only, found {kinds}"
        raise TypeError(msg)
    return list(value)


def _attributes(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        msg = f"attributes should be a dictionary, found {type(value).__name__}"
        raise TypeError(msg)
    return value


def create_empty_dataset(
    shape: Sequence[int], h5_group: h5py.Group, name: str = "nDIM_Data"
) -> h5py.Dataset:
    """Create a main dataset of float64 zeros, to be filled later.

    Parameters
    ----------
    shape : sequence of int
        Its shape; the axes are called a, b, c, ...
    h5_group : h5py.Group
        Where to create it.
    name : str
        Name of its group and of itself.

    Returns
    -------
    h5py.Dataset
        The zeros.

    Raises
    ------
    ValueError
        When `shape` holds something else than integers, or the name is taken.
    TypeError
        When `shape` cannot be gone through, or for a wrong type of another argument.
    """
    if not contains_integers(shape):
        msg = f"dimensions of shape need to be all integers, found {tuple(shape)}"
        raise ValueError(msg)
    import dask.array as da

    zeros = da.zeros(tuple(int(length) for length in shape), dtype=float)
    return write_nsid_dataset(Dataset.from_array(zeros), h5_group, main_data_name=name)
