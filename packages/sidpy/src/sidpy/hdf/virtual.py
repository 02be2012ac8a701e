"""Shards as one array: an HDF5 virtual dataset for everybody, the shards themselves for us.

The file holds a virtual dataset whose sources are the shards, by names relative to its own
folder, so that file and folder move together.  HDF5 takes a source that is not there for
fill values; we look before we read: names and sizes of all shards are known to the file, and
one that is missing or cut short is an error that names it.
"""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import CorruptFile

from .sharded_array import ShardedArray
from .shards import DATA

if TYPE_CHECKING:
    import h5py

    from .shards import Index, ShardFolder

__all__ = ["SIZES", "is_sharded", "note_sizes", "present", "sharded"]

#: Attribute of a virtual dataset: size of each shard in bytes, in the order of its sources.
SIZES: Final = "shard_bytes"


def present(group: h5py.Group, name: str, folder: ShardFolder, relative: str) -> h5py.Dataset:
    """Create the virtual dataset that shows a folder of shards as one array.

    Parameters
    ----------
    group : h5py.Group
        Where to create it.
    name : str
        Its name.
    folder : ShardFolder
        The shards; they need not be there yet.
    relative : str
        The folder as seen from the folder of the file, with ``/`` between its parts.

    Returns
    -------
    h5py.Dataset
        `note_sizes` makes it complete when all shards are there.
    """
    import h5py

    plan = folder.plan
    layout = h5py.VirtualLayout(plan.shape, plan.dtype)
    for where, path in ShardedArray.of_folder(folder).pieces():
        shape = tuple(part.stop - part.start for part in where)
        layout[where] = h5py.VirtualSource(f"{relative}/{path.name}", DATA, shape, plan.dtype)
    # to others what is missing should at least look missing
    missing = plan.dtype.type(np.nan) if plan.dtype.kind in "fc" else None
    return group.create_virtual_dataset(name, layout, fillvalue=missing)


def note_sizes(dataset: h5py.Dataset, folder: ShardFolder) -> None:
    """Note the size of each shard, by which a missing or a damaged one is noticed."""
    sizes = [path.stat().st_size for path in ShardedArray.of_folder(folder).paths]
    dataset.attrs[SIZES] = np.array(sizes, dtype=np.int64)


def is_sharded(dataset: h5py.Dataset) -> bool:
    """Whether a dataset is a virtual one that shows shards of ours."""
    return SIZES in dataset.attrs and bool(dataset.is_virtual)


def sharded(dataset: h5py.Dataset) -> ShardedArray | None:
    """Return the shards that a virtual dataset shows, None for any other dataset.

    Raises
    ------
    CorruptFile
        When a shard is missing, has another size than it was written with, or lies outside
        the file's own folder, or when they do not make up the whole.
    """
    if not is_sharded(dataset):
        return None
    path = Path(dataset.file.filename).resolve()
    edges, names = _layout(dataset, path)
    sizes = np.asarray(dataset.attrs[SIZES]).ravel()
    if len(sizes) != len(names) or sizes.dtype.kind not in "iu":
        msg = f"it does not know the sizes of the {len(names)} shards of {dataset.name!r}"
        raise CorruptFile(msg, path=path, format="HDF5")
    result = ShardedArray(path.parent, edges, names, dataset.dtype)
    _require_complete(result.paths, sizes.tolist(), path)
    return result


def _layout(dataset: Any, path: Path) -> tuple[list[list[int]], dict[Index, str]]:
    """Return where the shards of a virtual dataset begin along each axis, and their names."""
    bounds, names = {}, {}
    for source in dataset.virtual_sources():
        low, high = source.vspace.get_select_bounds()
        bounds[tuple(low)] = tuple(int(n) + 1 for n in high)
        names[tuple(low)] = _inside(source.file_name, path)
    edges = [
        [*sorted({corner[axis] for corner in bounds}), n] for axis, n in enumerate(dataset.shape)
    ]

    def corner(index: Index) -> Index:
        return tuple(one[i] for one, i in zip(edges, index, strict=True))

    grid = {corner(at): at for at in np.ndindex(*(len(one) - 1 for one in edges))}
    ends = {low: corner(tuple(i + 1 for i in at)) for low, at in grid.items()}
    if bounds != ends:
        msg = f"the shards of {dataset.name!r} do not make up an array of shape {dataset.shape}"
        raise CorruptFile(msg, path=path, format="HDF5")
    return edges, {grid[low]: name for low, name in names.items()}


def _inside(name: str, path: Path) -> str:
    """Refuse a source that lies anywhere else than below the folder of the file."""
    place = PurePosixPath(name)
    if place.is_absolute() or ".." in place.parts or "\\" in name or ":" in name:
        msg = f"its shard {name!r} lies outside of its own folder, and is not read"
        raise CorruptFile(msg, path=path, format="HDF5")
    return name


def _require_complete(paths: list[Path], sizes: list[int], main: Path) -> None:
    """Refuse shards that are missing or cut short."""
    present = {folder: _sizes_in(folder) for folder in {path.parent for path in paths}}
    wrong = []
    for path, size in zip(paths, sizes, strict=True):
        found = present[path.parent].get(path.name)
        if found != size:
            was = "is missing" if found is None else f"has {found} bytes instead of {size}"
            wrong.append(f"{path.relative_to(main.parent)} {was}")
    if wrong:
        more = f", and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        msg = (
            f"its numbers lie beside it, in {len(paths)} shard{'s' * (len(paths) > 1)}: "
            f"{'; '.join(wrong[:3])}{more}; "
            "the file and the folder of its shards are kept and moved together"
        )
        raise CorruptFile(msg, path=main, format="HDF5")


def _sizes_in(folder: Path) -> dict[str, int]:
    """Return the size of every file in a folder, by its name; one look for all of them."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name: entry.stat().st_size for entry in entries}
    except OSError:
        return {}
