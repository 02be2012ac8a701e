"""Files in the NSID model, as `sidpy.write` makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sidpy.hdf.attrs import put_texts
from sidpy.hdf.compression import STANDARD
from sidpy.hdf.prov_utils import create_indexed_group
from sidpy.hdf.sharding import Sharding
from sidpy.hdf.transactions import transaction

from .layout import is_reserved, legal_name
from .reader import KEY
from .write import write_nsid_dataset

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from sidpy.sid.dataset import Dataset

__all__ = ["write_nsid"]


def write_nsid(
    datasets: Mapping[str, Dataset],
    path: str | PathLike[str],
    *,
    compression: Any = STANDARD,
    shards: bool | int | str = False,
    resume: bool | str = False,
    **options: Any,
) -> None:
    """Write datasets into a file, as the channels of one more measurement.

    Parameters
    ----------
    datasets : dict of str to sidpy.Dataset
        What to write; the keys come back on reading.
    path : path-like
        The file; it is created, or added to when it exists.
    compression : str, optional
        The standard and ``"gzip"`` can be read everywhere; ``"zstd"``, ``"blosc"``,
        ``"blosc2"``, ``"lz4"``, ``"bitshuffle"`` and ``"bzip2"`` need hdf5plugin where they
        are read; None leaves the numbers as they are.
    shards : bool, int or str
        Let the numbers lie in files in the folder `path` + ``.shards``, see `sidpy.write`.
    resume : bool or str
        Let complete blocks wait there until all are there, see `sidpy.write`; whoever calls
        removes the folder then.
    **options
        ``checksum=True`` for a checksum of each chunk, ``chunks``, and more options of
        `h5py.Group.create_dataset`.

    Raises
    ------
    ValueError
        When HDF5 has no form for the values of a dataset.

    Notes
    -----
    All is in one `sidpy.hdf.transaction`: when one of the datasets cannot be written, or the
    program ends, a file that is added to holds what it held, to the last bit.
    """
    options |= {"compression": compression}
    in_blocks = shards is not False or resume is not False
    sharding = Sharding(path, shards=shards, resume=resume) if in_blocks else None
    options |= {"shards": sharding or False}
    try:
        with transaction(path) as file:
            measurement = create_indexed_group(file, "Measurement_")
            for key, dataset in datasets.items():
                _write_channel(measurement, key, dataset, options)
    except BaseException:
        if sharding is not None:
            sharding.discard()
        raise


def _write_channel(measurement: Any, key: str, dataset: Dataset, options: dict[str, Any]) -> None:
    channel = create_indexed_group(measurement, "Channel_")
    put_texts(channel, {KEY: key})
    name = legal_name(dataset.title.rpartition("/")[2]).replace("-", "_") or "nDim_Data"
    before = dataset.__dict__.get("_h5_dataset")
    write_nsid_dataset(dataset, channel, "" if is_reserved(name) else name, **options)
    # the file is closed in a moment: the dataset goes on belonging where it belonged
    dataset.__dict__.pop("_h5_dataset", None)
    if before is not None:
        dataset.h5_dataset = before
