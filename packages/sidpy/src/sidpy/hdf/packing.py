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

from sidpy.errors import CorruptFile, ExistingFile, MissingFile, UnrecognisedFile

from .objects import is_dataset
from .relinking import replace_dataset
from .shards import flush_to_disk
from .virtual import SIZES, ShardedArray, cut, is_sharded, opened_shard

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike

    import h5py

__all__ = ["pack", "pour"]

logger = logging.getLogger(__name__)

_DELAY: Final = 1.0

Piece = tuple[tuple[slice, ...], Path]


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
    import h5py

    source = Path(path).absolute().resolve()
    target = source if out is None else Path(out).absolute()
    _require(source, target, overwrite=overwrite or out is None)
    with h5py.File(source, "r") as file:
        names = _sharded_in(file)
    if not names and target == source:
        logger.info("%s has no shards", source)
        return source
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        shutil.copyfile(source, draft)
        folders = _packed(source, draft, names)
        flush_to_disk(draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    flush_to_disk(target.parent)
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


def _packed(source: Path, draft: Path, names: list[str]) -> set[Path]:
    """Put the numbers of all shards into a copy of the file; return the folders of the shards."""
    import h5py

    folders: set[Path] = set()
    with h5py.File(source, "r") as file, h5py.File(draft, "r+") as copy:
        arrays = {name: ShardedArray(file[name]) for name in names}
        with _bar(sum(len(array.paths) for array in arrays.values())) as bar:
            for name, array in arrays.items():
                plain = _plain_like(array, copy)
                pour(array.pieces(), plain, bar)
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


def pour(pieces: Sequence[Piece], target: h5py.Dataset, bar: Any = None) -> None:
    """Copy shards into a dataset of the file.

    Parameters
    ----------
    pieces : sequence of (tuple of slices, Path)
        Which part of the dataset each shard is, and where it lies.
    target : h5py.Dataset
        Where to.
    bar : tqdm, optional
        Which is told of each shard.

    Raises
    ------
    CorruptFile
        When a shard is missing or damaged.
    """
    for where, path in pieces:
        shape = tuple(part.stop - part.start for part in where)
        with opened_shard(path, shape, target.dtype) as shard:
            if _fits(shard, target, where):
                _copy_chunks(shard, target, where, path)
            else:
                _copy_numbers(shard, target, where)
        if bar is not None:
            bar.update()


def _fits(shard: Any, target: Any, where: tuple[slice, ...]) -> bool:
    """Whether the chunks of a shard can be chunks of the whole, as they are."""
    if not target.chunks or shard.chunks != target.chunks or _filters(shard) != _filters(target):
        return False
    if shard.id.get_type() != target.id.get_type():
        return False
    return all(
        part.start % chunk == 0 and (part.stop % chunk == 0 or part.stop == n)
        for part, chunk, n in zip(where, target.chunks, target.shape, strict=True)
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


def _copy_numbers(shard: Any, target: Any, where: tuple[slice, ...]) -> None:
    """Copy numbers in pieces of whole chunks of the shard."""
    lengths = cut(tuple((n,) for n in shard.shape), shard.chunks, shard.dtype.itemsize)
    for corner in np.ndindex(*(len(one) for one in lengths)):
        there = tuple(
            slice(sum(one[:i]), sum(one[: i + 1]))
            for one, i in zip(lengths, corner, strict=True)
        )
        here = tuple(
            slice(part.start + piece.start, part.start + piece.stop)
            for part, piece in zip(where, there, strict=True)
        )
        target[here] = shard[there]


def _remove(folders: set[Path]) -> None:
    """Remove the shards of a file that is plain now, and their folder when it is empty."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    for parent in {folder.parent for folder in folders}:
        if parent.is_dir() and not any(parent.iterdir()):
            parent.rmdir()
