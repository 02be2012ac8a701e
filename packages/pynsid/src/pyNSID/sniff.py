"""Is there a main dataset in an HDF5 file: a bounded look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sidpy.hdf.damage import DAMAGE

if TYPE_CHECKING:
    from sidpy.plugins import Probe

__all__ = ["is_nsid"]

#: Objects that are looked at, nearest to the root first.
_MOST_OBJECTS: Final = 2000


def is_nsid(probe: Probe) -> tuple[float, str]:
    """Return how certain it is that a file holds a main dataset, and why."""
    from sidpy.base.opening import open_to_read

    from .validate import is_main

    try:
        with open_to_read(probe.path) as file:
            found = _first(file, is_main)
    except DAMAGE as error:
        return 0.0, f"HDF5 cannot read it: {error}"
    if found is None:
        return 0.0, "no dataset has the attributes and scales of a main dataset"
    return 1.0, f"{found!r} is a main dataset"


def _first(file: Any, wanted: Any) -> str | None:
    """Return the address of the first dataset that is wanted, level by level."""
    import h5py

    waiting, seen = [file], 0
    while waiting and seen < _MOST_OBJECTS:
        group = waiting.pop(0)
        for name in group:
            seen += 1
            item = _member(group, name)
            if isinstance(item, h5py.Dataset):
                if "pyNSID_version" in item.attrs and wanted(item):
                    return str(item.name)
            elif isinstance(item, h5py.Group):
                waiting.append(item)
            if seen >= _MOST_OBJECTS:
                break
    return None


def _member(group: Any, name: str) -> Any:
    """Return a member; None for a link, and for what cannot be opened."""
    import h5py

    try:
        link = group.get(name, getlink=True)
        return group[name] if isinstance(link, h5py.HardLink) else None
    except DAMAGE:
        return None
