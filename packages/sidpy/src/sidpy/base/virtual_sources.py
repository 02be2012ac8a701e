"""Files from which an HDF5 dataset takes its numbers, and whether they are there.

HDF5 takes the numbers of a virtual dataset as fill values when their file is at none of the
places where it looks.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["absent_sources", "found_as", "source_name", "text", "virtual_count"]


def absent_sources(dataset: Any) -> list[str]:
    """Return what a virtual dataset takes numbers from and what is not there, in words.

    Parameters
    ----------
    dataset : h5py.Dataset
        Any dataset; only virtual ones have sources.

    Notes
    -----
    Names with a number in the place of ``%b`` stand for as many files as there are.
    """
    plist = dataset.id.get_create_plist()
    file = dataset.file
    sources = {
        (source_name(plist, i), text(plist.get_virtual_dsetname(i)))
        for i in range(virtual_count(plist))
    }
    return [
        reason
        for name, inside in sorted(sources)
        if "%" not in name + inside and (reason := _absence(file, name, inside))
    ]


def _absence(file: Any, name: str, inside: str) -> str:
    """Return why one source cannot be read, "" when it can."""
    import h5py

    if name == ".":
        return "" if inside in file else f"the dataset {inside!r} is not there"
    place = found_as(file, name)
    if place is None:
        return f"the file {name!r} is not there"
    try:
        with h5py.File(place, "r") as source:
            return "" if inside in source else f"{str(place)!r} has no dataset {inside!r}"
    except OSError as error:
        return f"the file {str(place)!r} cannot be opened: {error}"


def virtual_count(plist: Any) -> int:
    """Return from how many places a dataset with these properties takes its numbers."""
    from h5py import h5d

    return int(plist.get_virtual_count()) if plist.get_layout() == h5d.VIRTUAL else 0


def source_name(plist: Any, number: int) -> str:
    """Return the file of one of these places as it is named; "." is the file itself."""
    return text(plist.get_virtual_filename(number))


def text(name: Any) -> str:
    """Return a name of a file as HDF5 gives it as a text."""
    return name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else str(name)


def found_as(file: Any, name: str) -> Path | None:
    """Return which file HDF5 opens for a name in a file, None when it finds none.

    As it looks: an absolute name as it is, then the name in the folder of the file, in the
    working directory, and beside the file that a link to this one leads to.
    """
    path, main = Path(name), Path(file.filename)
    local = Path(path.name) if path.is_absolute() else path
    places = [path] if path.is_absolute() else []
    places += [main.parent / local, local, main.resolve().parent / local]
    try:
        return next((place for place in places if place.exists()), None)
    except (OSError, ValueError):  # a name that no file can have
        return None
