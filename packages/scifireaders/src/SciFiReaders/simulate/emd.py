"""Open EMD files made up, of both versions.

The layout is that of `SciFiReaders.readers.electron.ncem_emd`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

__all__ = ["write_emd"]

#: Name, units, values of an axis.
Axis = tuple[str, str, Any]


def write_emd(
    path: str | PathLike[str],
    arrays: Mapping[str, tuple[np.ndarray, Sequence[Axis]]],
    *,
    version: int = 0,
    name: str = "data",
    groups: Mapping[str, Mapping[str, Any]] | None = None,
) -> Path:
    """Write a file.

    Parameters
    ----------
    path : path-like
        The file to write.
    arrays : mapping
        An array and its axes by the address of its group.
    version : {0, 1}
        0 counts dimensions from 1 and puts units in brackets, 1 is that of py4DSTEM.
    name : str
        What the dataset of the array is called.
    groups : mapping, optional
        Attributes of further groups by their addresses.
    """
    import h5py

    with h5py.File(path, "w") as file:
        if version:
            file.attrs["emd_group_type"] = "file"
        for address, (array, axes) in arrays.items():
            group = file.create_group(address)
            group.attrs["emd_group_type"] = "array" if version else np.int32(1)
            group[name] = array
            for i, (label, units, values) in enumerate(axes):
                stored = group.create_dataset(f"dim{i + 1 - version}", data=np.asarray(values))
                stored.attrs["name"] = label
                stored.attrs["units"] = units if version else f"[{units}]"
        for address, notes in (groups or {}).items():
            file.require_group(address).attrs.update(notes)
    return Path(path)
