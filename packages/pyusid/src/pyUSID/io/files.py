"""Whole files in the USID model: recognised, read into Datasets, written from Datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sidpy.errors import ReaderError, UnrecognisedFile
from sidpy.hdf.attributes import decode
from sidpy.hdf.attrs import put_texts
from sidpy.hdf.damage import Problem, named, tell_problems
from sidpy.hdf.links import follow
from sidpy.hdf.recovery import open_to_read
from sidpy.hdf.sharding import Sharding
from sidpy.hdf.transactions import transaction
from sidpy.hdf.walking import following, member

from .labelled import to_sidpy
from .results import create_indexed_group
from .survey import survey

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    import h5py

    import sidpy

__all__ = ["read_keyed", "read_usid", "write_usid"]

#: Attribute of a channel with the key of its dataset.
_KEY = "sidpy_key"


def read_usid(
    path: str | PathLike[str],
    dataset: str | None = None,
    *,
    external: bool | None = None,
    strict: bool | None = None,
) -> list[sidpy.Dataset]:
    """Read every main dataset of a file, lazily.

    Parameters
    ----------
    path : path-like
        The file.
    dataset : str, optional
        Address of a group or dataset in the file: read only what lies there.
    external : bool, optional
        Whether numbers may lie in files outside its folder; by default as configured
        (`sidpy.config.external`).
    strict : bool, optional
        Whether one dataset that cannot be read is an error; otherwise the others are read,
        with a warning; by default as configured (`sidpy.config.strict`).

    Returns
    -------
    list of sidpy.Dataset
        In alphabetical order of their addresses; variances are with their data.

    Raises
    ------
    CorruptFile
        When HDF5 cannot read the file, or nothing of it can be read, with every reason.
    UnrecognisedFile
        When it holds no main dataset.

    Warns
    -----
    SidpyWarning
        When some of its datasets cannot be read, with every reason.
    """
    return [found for _, found in _read(path, dataset, external=external, strict=strict)]


def read_keyed(
    path: str | PathLike[str],
    dataset: str | None = None,
    *,
    external: bool | None = None,
    strict: bool | None = None,
) -> dict[str, sidpy.Dataset] | list[sidpy.Dataset]:
    """Read every main dataset of a file by the keys that they were written with.

    Parameters
    ----------
    path, dataset, external, strict
        As for `read_usid`.

    Returns
    -------
    dict of str to sidpy.Dataset, or list
        A list where not all have keys, or two have the same.
    """
    pairs = _read(path, dataset, external=external, strict=strict)
    keys = [key for key, _ in pairs]
    if "" in keys or len(set(keys)) < len(keys):
        return [found for _, found in pairs]
    return dict(pairs)


def _read(
    path: str | PathLike[str], address: str | None, **options: bool | None
) -> list[tuple[str, sidpy.Dataset]]:
    """Return the key and the content of every main dataset at and below an address."""
    with following(options["external"]), named(path, "usid"), open_to_read(path) as file:
        mains, problems = survey(_top(file, address))
        if not (mains or problems):
            msg = "the file holds no main dataset of the USID model"
            raise UnrecognisedFile(msg, path=path, format="usid")
        pairs = []
        for h5_main in _without_variances(mains):
            try:
                with named(path, "usid"):
                    pairs.append((_key(h5_main), to_sidpy(h5_main)))
            except ReaderError as error:
                problems.append(Problem(str(h5_main.name), error.message))
        tell_problems(problems, path, "usid", some_read=bool(pairs), strict=options["strict"])
        return pairs


def _key(h5_main: h5py.Dataset) -> str:
    found = decode(h5_main.parent.attrs.get(_KEY, ""))
    return found if isinstance(found, str) else ""


def _top(file: h5py.File, address: str | None) -> h5py.Group | h5py.Dataset:
    """Return what lies at an address of a file."""
    found = file if address is None else member(file, address)
    if found is None:
        msg = f"the file has nothing at {address!r}"
        raise UnrecognisedFile(msg, path=file.filename, format="usid")
    return found


def _without_variances(mains: list[Any]) -> list[Any]:
    """Return main datasets without those that are the variance of another."""
    linked = [follow(item, item.attrs.get("variance")) for item in mains]
    variances = {item.name for item in linked if item is not None}
    return [item for item in mains if item.name not in variances]


def write_usid(
    datasets: Mapping[str, sidpy.Dataset],
    path: str | PathLike[str],
    *,
    shards: bool | int | str = False,
    resume: bool | str = False,
    **options: Any,
) -> None:
    """Write Datasets into a file, each in a channel of one measurement.

    Parameters
    ----------
    datasets : mapping of str to sidpy.Dataset
        What to write.
    path : path-like
        A new file, or one to add a measurement to.
    shards : bool, int or str
        Let the numbers lie in files in the folder `path` + ``.shards``, see `sidpy.write`.
    resume : bool or str
        Let complete blocks wait there until all are there, see `sidpy.write`; whoever calls
        removes the folder then.
    **options
        For `pyUSID.hdf_utils.write_main_dataset`: compression, chunks, ...
    """
    from .from_dataset import write_sidpy_dataset

    in_blocks = shards is not False or resume is not False
    sharding = Sharding(path, shards=shards, resume=resume) if in_blocks else None
    try:
        with transaction(path) as file:
            measurement = create_indexed_group(file, "Measurement")
            for key, dataset in datasets.items():
                channel = create_indexed_group(measurement, "Channel")
                put_texts(channel, {_KEY: key})
                write_sidpy_dataset(dataset, channel, shards=sharding or False, **options)
    except BaseException:
        if sharding is not None:
            sharding.discard()
        raise
