"""Whole files in the USID model: recognised, read into Datasets, written from Datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sidpy.errors import UnrecognisedFile
from sidpy.hdf.attrs import decode, put_texts
from sidpy.hdf.damage import named
from sidpy.hdf.objects import is_group
from sidpy.hdf.recovery import open_to_read
from sidpy.hdf.transactions import transaction

from .labelled import to_sidpy
from .main import is_main
from .results import create_indexed_group

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    import h5py

    import sidpy

__all__ = ["read_keyed", "read_usid", "write_usid"]

#: Attribute of a channel with the key of its dataset.
_KEY = "sidpy_key"


def read_usid(path: str | PathLike[str], dataset: str | None = None) -> list[sidpy.Dataset]:
    """Read every main dataset of a file, lazily.

    Parameters
    ----------
    path : path-like
        The file.
    dataset : str, optional
        Address of a group or dataset in the file: read only what lies there.

    Returns
    -------
    list of sidpy.Dataset
        In alphabetical order of their addresses; variances are with their data.

    Raises
    ------
    CorruptFile
        When HDF5 cannot read the file.
    UnrecognisedFile
        When it holds no main dataset.
    """
    with named(path, "usid"), open_to_read(path) as file:
        found = _main_datasets(file, dataset)
        return [to_sidpy(h5_main) for h5_main in found]


def read_keyed(
    path: str | PathLike[str], dataset: str | None = None
) -> dict[str, sidpy.Dataset] | list[sidpy.Dataset]:
    """Read every main dataset of a file by the keys that they were written with.

    Parameters
    ----------
    path, dataset
        As for `read_usid`.

    Returns
    -------
    dict of str to sidpy.Dataset, or list
        A list where not all have keys, or two have the same.
    """
    found = read_usid(path, dataset)
    with named(path, "usid"), open_to_read(path) as file:
        keys = [_key(h5_main) for h5_main in _main_datasets(file, dataset)]
    if "" in keys or len(set(keys)) < len(keys):
        return found
    return dict(zip(keys, found, strict=True))


def _key(h5_main: h5py.Dataset) -> str:
    found = decode(h5_main.parent.attrs.get(_KEY, ""))
    return found if isinstance(found, str) else ""


def _main_datasets(file: h5py.File, address: str | None) -> list[h5py.Dataset]:
    """Return the main datasets at and below an address, without those that are variances."""
    if address is not None and address not in file:
        msg = f"the file has nothing at {address!r}"
        raise UnrecognisedFile(msg, path=file.filename, format="usid")
    top = file if address is None else file[address]
    found: list[Any] = [top] if is_main(top) else []
    if is_group(top):
        top.visititems(lambda _name, item: found.append(item) if is_main(item) else None)
    variances = {file[item.attrs["variance"]].name for item in found if "variance" in item.attrs}
    found = [item for item in found if item.name not in variances]
    if not found:
        msg = "the file holds no main dataset of the USID model"
        raise UnrecognisedFile(msg, path=file.filename, format="usid")
    return found


def write_usid(
    datasets: Mapping[str, sidpy.Dataset], path: str | PathLike[str], **options: Any
) -> None:
    """Write Datasets into a file, each in a channel of one measurement.

    Parameters
    ----------
    datasets : mapping of str to sidpy.Dataset
        What to write.
    path : path-like
        A new file, or one to add a measurement to.
    **options
        For `h5py.Group.create_dataset`: compression, chunks, ...
    """
    from .from_dataset import write_sidpy_dataset

    with transaction(path) as file:
        measurement = create_indexed_group(file, "Measurement")
        for key, dataset in datasets.items():
            channel = create_indexed_group(measurement, "Channel")
            put_texts(channel, {_KEY: key})
            write_sidpy_dataset(dataset, channel, **options)
