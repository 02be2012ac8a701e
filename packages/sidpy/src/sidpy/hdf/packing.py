"""Shards become one plain file, packed chunk by packed chunk."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.base.opening import open_to_read
from sidpy.base.redo import sync_folder
from sidpy.errors import CorruptFile, ExistingFile, MissingFile, UnrecognisedFile

from .objects import is_dataset
from .relinking import replace_dataset
from .sharded_array import ShardedArray, opened_shard
from .streaming import stream
from .virtual import SIZES, is_sharded, sharded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    import h5py

__all__ = ["folders_of", "pack", "pour"]

logger = logging.getLogger(__name__)

#: Seconds before a bar appears.
_DELAY: Final = 1.0


def pack(
    path: str | PathLike[str],
    out: str | PathLike[str] | None = None,
    *,
    overwrite: bool = False,
) -> Path:
    """Make one plain file of a file and its shards.

    Parameters
    ----------
    path : path-like
        A file that `sidpy.write` made with ``shards=True``.
    out : path-like, optional
        Where the plain file goes; it takes the place of the file, and the shards are
        removed, when not given.
    overwrite : bool
        Replace `out` when it exists.

    Returns
    -------
    Path
        Where the plain file is.

    Raises
    ------
    ExistingFile
        When `out` exists and `overwrite` is not given.
    CorruptFile
        When a shard is missing or damaged; nothing is changed then.
    MissingFile
        When there is no such file, or no folder for `out`.
    UnrecognisedFile
        When it is no HDF5 file.

    Notes
    -----
    Chunks are copied as they are, without being unpacked, where those of the shards are
    those of the whole.  Everything else in the file - labels, other datasets, groups of
    results, links and references - comes along.  A file without shards is copied, or left
    as it is.
    """
    source = Path(path).absolute().resolve()
    target = source if out is None else Path(out).absolute()
    _require(source, target, overwrite=overwrite or out is None)
    with open_to_read(source) as file:
        names = _sharded_in(file)
    if not names and target == source:
        logger.info("%s has no shards", source)
        return source
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        shutil.copyfile(source, draft)
        folders = _packed(source, draft, names)
        with draft.open("r+b") as file:
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(target.parent)
    if target == source:
        _remove(folders)
    logger.info("packed %d datasets of %s into %s", len(names), source, target)
    return target


def _require(source: Path, target: Path, *, overwrite: bool) -> None:
    import h5py

    if not source.is_file():
        msg = "there is no such file; is the name spelt right?"
        raise MissingFile(msg, path=source)
    if not h5py.is_hdf5(source):
        msg = "it is no HDF5 file, and has no shards"
        raise UnrecognisedFile(msg, path=source)
    if not target.parent.is_dir():
        msg = f"there is no folder {str(target.parent)!r} to write into"
        raise MissingFile(msg, path=target)
    if os.path.lexists(target) and not overwrite:
        msg = "there is a file of this name; give overwrite=True to replace it"
        raise ExistingFile(msg, path=target)


def _sharded_in(file: Any) -> list[str]:
    """Return the addresses of the datasets with shards, each once."""
    found: list[str] = []

    def visit(name: str, item: Any) -> None:
        if is_dataset(item) and is_sharded(item):
            found.append(name)

    file.visititems(visit)
    return found


def folders_of(path: Path) -> set[Path]:
    """Return the folders in which the shards of a file lie, none for any other file."""
    try:
        with open_to_read(path) as file:
            return {
                path.parent / Path(source.file_name).parent
                for name in _sharded_in(file)
                for source in file[name].virtual_sources()
            }
    except (OSError, RuntimeError):  # no HDF5 file, or a damaged one
        return set()


def _packed(source: Path, draft: Path, names: list[str]) -> set[Path]:
    """Put the numbers of all shards into a copy of the file; return the folders of the shards."""
    import h5py

    folders: set[Path] = set()
    with open_to_read(source) as file, h5py.File(draft, "r+") as copy:
        found = {name: sharded(file[name]) for name in names}
        arrays = {name: array for name, array in found.items() if array is not None}
        with _bar(sum(len(array.paths) for array in arrays.values())) as bar:
            for name, array in arrays.items():
                plain = _plain_like(array, copy)
                pour(array, plain, bar)
                replace_dataset(copy[name], plain, without=(SIZES,))
                folders |= {one.parent for one in array.paths}
    return folders


def _plain_like(array: ShardedArray, copy: Any) -> Any:
    """Create a dataset without a name, with the chunks and filters of the first shard."""
    import h5py

    where, path = array.pieces()[0]
    shape = tuple(part.stop - part.start for part in where)
    with opened_shard(path, shape, array.dtype) as first:
        plist = first.id.get_create_plist()
        kind = first.id.get_type()
        space = h5py.h5s.create_simple(array.shape)
        return h5py.Dataset(h5py.h5d.create(copy.id, None, kind, space, plist))


@contextmanager
def _bar(total: int) -> Iterator[Any]:
    """Show on a terminal how many shards are packed, when it takes longer than a moment."""
    from tqdm import tqdm

    with tqdm(desc="packing", unit=" shards", total=total, delay=_DELAY, disable=None) as bar:
        yield bar


def pour(array: ShardedArray, target: h5py.Dataset, bar: Any = None) -> None:
    """Copy shards into a dataset of a file.

    Parameters
    ----------
    array : ShardedArray
        The shards.
    target : h5py.Dataset
        Where to, of the same shape and type.
    bar : tqdm, optional
        Which is told of each shard.

    Raises
    ------
    CorruptFile
        When a shard is missing or damaged.

    Notes
    -----
    Packed chunks are copied where they fit; otherwise numbers are unpacked and streamed.
    """
    pieces = array.pieces()
    if not all(_aligned(where, target) for where, _ in pieces):
        stream(array.lazy(), target)
        return
    for where, path in pieces:
        shape = tuple(part.stop - part.start for part in where)
        with opened_shard(path, shape, target.dtype) as shard:
            if not _alike(shard, target):
                msg = "it is compressed in another way than the others"
                raise CorruptFile(msg, path=path, format="HDF5")
            _copy_chunks(shard, target, where, path)
        if bar is not None:
            bar.update()


def _aligned(where: tuple[slice, ...], target: Any) -> bool:
    """Whether the chunks of a shard, if they are alike, lie where chunks of the whole do."""
    return bool(target.chunks) and all(
        part.start % chunk == 0 and (part.stop % chunk == 0 or part.stop == n)
        for part, chunk, n in zip(where, target.chunks, target.shape, strict=True)
    )


def _alike(shard: Any, target: Any) -> bool:
    """Whether the chunks of a shard can be chunks of the whole, as they are."""
    return bool(
        shard.chunks == target.chunks
        and _filters(shard) == _filters(target)
        and shard.id.get_type() == target.id.get_type()
    )


def _filters(dataset: Any) -> list[Any]:
    plist = dataset.id.get_create_plist()
    return [plist.get_filter(i) for i in range(plist.get_nfilters())]


def _copy_chunks(shard: Any, target: Any, where: tuple[slice, ...], path: Path) -> None:
    starts = [part.start for part in where]
    grid = [range(0, n, chunk) for n, chunk in zip(shard.shape, shard.chunks, strict=True)]
    expected = int(np.prod([len(steps) for steps in grid]))
    if shard.id.get_num_chunks() != expected:
        msg = f"it has {shard.id.get_num_chunks()} chunks instead of {expected}"
        raise CorruptFile(msg, path=path, format="HDF5")
    for corner in np.ndindex(*(len(steps) for steps in grid)):
        there = tuple(steps[i] for steps, i in zip(grid, corner, strict=True))
        mask, packed = shard.id.read_direct_chunk(there)
        here = tuple(start + n for start, n in zip(starts, there, strict=True))
        target.id.write_direct_chunk(here, packed, mask)


def _remove(folders: set[Path]) -> None:
    """Remove the shards of a file that is plain now, and their folder when it is empty."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    for parent in {folder.parent for folder in folders}:
        if parent.is_dir() and not any(parent.iterdir()):
            parent.rmdir()
