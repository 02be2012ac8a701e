"""Exact records: any Python value in HDF5, and back with every type as it was.

Attributes hold text and numbers; everything finer (a tuple or a list, None, a date, an
integer as a key, an array of 100 kB) is lost in them.  A record keeps it beside them:
one JSON text, the attribute ``record`` of a group, and one dataset for each array that is
too large to stand in the text.

In the text, JSON's own types mean what they say, and everything else is an object with the
key ``"$"`` that names its kind: ``{"$": "tuple", "v": [1, 2]}``.  A kind that this version
does not know comes back as that object, so that nothing of a newer file is lost.  What
cannot be kept at all is kept as its text, and its key is reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .arrays import lowered, lowered_lazily
from .attributes import attribute
from .attrs import put_texts
from .decoding import decode_record
from .encoding import encode_record
from .objects import is_dataset
from .walking import member, obstacles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import h5py

__all__ = ["decode_record", "encode_record", "read_record", "write_record"]


def write_record(
    group: h5py.Group,
    value: Any,
    describe: Callable[[Any], tuple[str, Any] | None] | None = None,
    *,
    name: str = "record",
) -> list[str]:
    """Write a value into a group, exactly.

    Parameters
    ----------
    group : h5py.Group
        Where to write; the text becomes its attribute `name`, arrays its datasets.
    value : object
        What to write.
    describe : function, optional
        As for `encode_record`.
    name : str
        Name of the attribute, and beginning of the names of the datasets.

    Returns
    -------
    list of str
        The keys of what could be kept as its text only.
    """
    encoded = encode_record(value, describe)
    for number, array in enumerate(encoded.arrays):
        _write_array(group, f"{name}_{number}", array)
    put_texts(group, {name: encoded.text})
    return encoded.lossy


def _write_array(group: Any, name: str, array: Any) -> None:
    if isinstance(array, np.ndarray):
        group.create_dataset(name, data=lowered(array))
        return
    import dask.array as da

    lazy = lowered_lazily(array)
    dataset = group.create_dataset(name, shape=lazy.shape, dtype=lazy.dtype)
    da.store(lazy, dataset, lock=True)


def read_record(
    group: h5py.Group,
    revive: Mapping[str, Callable[[Any], Any]] | None = None,
    *,
    name: str = "record",
) -> Any:
    """Return the value that `write_record` wrote.

    Parameters
    ----------
    group : h5py.Group
        The group it was written into.
    revive : dict of str to function, optional
        As for `decode_record`.
    name : str
        Name of the attribute.

    Raises
    ------
    KeyError
        When there is no record of that name.
    ValueError
        When it is damaged, or of a version that is not known yet.
    """

    def load(number: int) -> Any:
        dataset = member(group, f"{name}_{number}")
        if not is_dataset(dataset) or obstacles(dataset):
            msg = f"the array {name}_{number} of the record is not there"
            raise ValueError(msg)
        return dataset

    return decode_record(attribute(group, name), load, revive)
