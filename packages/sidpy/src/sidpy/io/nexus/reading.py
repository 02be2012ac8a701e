"""NeXus into datasets: labels at once, numbers when they are computed."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import (
    CorruptFile,
    FormatError,
    LabelTypeError,
    MissingFile,
    NotAFile,
    ReaderError,
    UnsupportedFile,
)
from sidpy.hdf.attributes import attribute_or, decode
from sidpy.hdf.damage import named
from sidpy.hdf.objects import is_dataset, is_group, last_name
from sidpy.hdf.recovery import open_to_read

from .foreign import foreign_labels
from .links import Walk
from .own import exact_record, is_own, own_labels
from .search import Plottable, all_plots, default_plot, plottable
from .values import lazy_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    import h5py

    from sidpy.sid.dataset import Dataset

__all__ = ["nexus_to_sidpy", "read_nexus"]

logger = logging.getLogger(__name__)

#: Values of axes that any file may ask for; a larger file may ask for more.
_AXIS_BYTES: Final = 2**24
#: Most that HDF5's compression may unpack one byte of the file into.
_BEST_RATIO: Final = 1100


def nexus_to_sidpy(
    h5_path: str | os.PathLike[str] | h5py.File,
    entry_path: str | None = None,
    nxdata_path: str | None = None,
    signal_name: str | None = None,
    *,
    external_links: bool = False,
) -> Dataset:
    """Read one NXdata of a NeXus file; its numbers stay in the file.

    Parameters
    ----------
    h5_path : path-like or h5py.File
        The file, by its path or open.
    entry_path : str, optional
        Address of the group to look in; by default the one that the file names.
    nxdata_path : str, optional
        Address of the NXdata, from the root or within the entry; by default the one that
        the file names, else the first.
    signal_name : str, optional
        Name of the numbers in it; by default the one that the NXdata names.
    external_links : bool
        Follow links into other files.

    Returns
    -------
    Dataset
        Of a file by its path, or open read-only, the numbers are read by path when they
        are computed, and it is closed again.

    Raises
    ------
    ValueError
        When there is no such group, NXdata or signal, or the axes do not fit the numbers;
        a `FormatError`.
    NotImplementedError
        For an axis of several dimensions, and for numbers that are text or lie in another
        file; an `UnsupportedFile`.
    OSError
        When there is no file (`MissingFile`) or it is no HDF5 file (`CorruptFile`).

    See Also
    --------
    sidpy_to_nexus_hdf5 : the way back.
    sidpy.read : reads all of them.

    Notes
    -----
    Stays lazy.
    """
    walk = Walk(external=external_links)
    if is_group(h5_path):
        found = plottable(default_plot(h5_path, walk, entry_path, nxdata_path), walk, signal_name)
        dataset = _dataset_of(found, walk)
        dataset.h5_dataset = found.signal
        return dataset
    with _opened(h5_path) as file:
        found = plottable(default_plot(file, walk, entry_path, nxdata_path), walk, signal_name)
        return _dataset_of(found, walk)


def read_nexus(
    path: str | os.PathLike[str], *, external_links: bool = False
) -> dict[str, Dataset]:
    """Read every NXdata of a NeXus file; their numbers stay in the file.

    Parameters
    ----------
    path : path-like
        The file.
    external_links : bool
        Follow links into other files.

    Returns
    -------
    dict of str to Dataset
        By the name of the entry where it holds one only, else by the address; the default
        one first.

    Raises
    ------
    CorruptFile, UnsupportedFile
        When none can be read, for the reason that the first one has, and when the file is
        damaged.
    """
    with _opened(path) as file, named(path, "nexus"):
        return _read_all(file, Walk(external=external_links))


def _read_all(file: Any, walk: Walk) -> dict[str, Dataset]:
    result: dict[str, Dataset] = {}
    problems: list[Exception] = []
    groups = all_plots(file, walk)
    for group in groups:
        try:
            parts = _with_auxiliaries(group, walk)
        except (FormatError, UnsupportedFile) as error:
            problems.append(error)
            logger.warning("%r is passed over: %s", group.name, error)
            continue
        for part in parts:
            result[_key(part, groups, result)] = _dataset_of(part, walk)
    if problems and not result:
        raise problems[0]
    return result


def _opened(path: Any) -> Any:
    if not isinstance(path, str | os.PathLike):
        msg = f"h5_path should be a path or an open h5py.File, found {type(path).__name__}"
        raise LabelTypeError(msg)
    if not Path(path).exists():
        msg = "there is no such file"
        raise MissingFile(msg, path=path)
    if Path(path).is_dir():
        msg = "is a directory; give the file to read"
        raise NotAFile(msg, path=path)
    try:
        return open_to_read(path)
    except ReaderError:
        raise
    except OSError as error:
        msg = f"HDF5 cannot open it: {error}"
        raise CorruptFile(msg, path=path, format="nexus") from error


def _with_auxiliaries(group: Any, walk: Walk) -> list[Plottable]:
    """Return what an NXdata shows: its signal, and what ``auxiliary_signals`` names."""
    parts = [plottable(group, walk)]
    names = np.ravel(attribute_or(group, "auxiliary_signals", ()))
    for name in map(str, map(decode, names)):
        if is_dataset(walk.find(group, name)) and name != last_name(parts[0].signal):
            parts.append(plottable(group, walk, name))
    return parts


def _key(part: Plottable, groups: list[Any], taken: Mapping[str, Any]) -> str:
    """Return a short name: the entry, or the address where that is not enough."""
    entry = part.entry
    below = [g for g in groups if entry is not None and g.name.startswith(f"{entry.name}/")]
    if entry is not None and len(below) == 1 and last_name(entry) not in taken:
        return last_name(entry)
    address = str(part.group.name).strip("/") or last_name(part.signal)
    if address in taken:
        address += f"/{last_name(part.signal)}"
    return address


# ---------------------------------------------------------------- one of them


def _dataset_of(found: Plottable, walk: Walk) -> Dataset:
    from sidpy.sid.dataset import Dataset

    signal = found.signal
    _require_numbers(signal)
    record = exact_record(found, walk)
    labels = (
        own_labels(found, walk, record) if is_own(found, walk) else foreign_labels(found, walk)
    )
    return Dataset.from_labels(lazy_values(signal, record.get("dtype")), labels)


def _require_numbers(signal: Any) -> None:
    if signal.shape is None or signal.dtype.hasobject:
        what = "empty" if signal.shape is None else f"of type {signal.dtype}"
        msg = f"the signal {signal.name!r} is {what}, no numbers"
        raise UnsupportedFile(msg, path=signal.file.filename, format="nexus")
    limit = max(_AXIS_BYTES, _BEST_RATIO * signal.file.id.get_filesize())
    if 8 * sum(signal.shape) > limit:
        msg = (
            f"{signal.name!r} claims the shape {signal.shape}, whose axes alone are larger than "
            "the file can hold"
        )
        raise CorruptFile(msg, path=signal.file.filename, format="nexus")
