"""Where the numbers of a file go when they go into shards, for the writers of models.

A writer asks `place` for datasets instead of creating them, and has them filled together
when the numbers are due:

    placed = place(group, "data", array, {"compression": "gzip"}, sharding=sharding)
    placed.dataset.attrs["units"] = "nA"
    fill_all([placed])

Shards either stay, beside the file, and the dataset is a virtual one; or they are where
complete blocks wait until all of them are, and the dataset is a plain one.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sidpy.errors import LabelTypeError, LabelValueError

from .arrays import stored_dtype
from .filling import fill
from .packing import pour
from .partition import SHARD_BYTES, fitting_chunk, shard_lengths
from .sharded_array import ShardedArray
from .shards import Plan, ShardFolder
from .storage import creation_options, stream_together
from .virtual import note_sizes, present

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    import dask.array as da
    import h5py

    from sidpy.sid.kinds import DimensionType

__all__ = ["Placed", "Sharding", "fill_all", "place"]

#: Up to this many bytes an array lies in the file itself, whatever is asked for.
_SMALL: Final = 2**20


class Placed(NamedTuple):
    """A dataset of a file, and what is going to be in it."""

    dataset: Any
    """The h5py.Dataset."""

    array: Any
    """The numbers, not computed yet."""

    folder: ShardFolder | None = None
    """Where they go first, if not into the dataset at once."""

    stays: bool = False
    """Whether they stay there, and the dataset is a virtual one."""


def place(
    group: h5py.Group,
    name: str,
    array: da.Array,
    asked: Mapping[str, Any],
    axes: tuple[Sequence[DimensionType], Sequence[str]] = ((), ()),
    sharding: Sharding | None = None,
) -> Placed:
    """Create a dataset for the numbers of a lazy array, in shards or not.

    Parameters
    ----------
    group : h5py.Group
        Where to create it.
    name : str
        Its name.
    array : dask array
        The numbers; they are computed by `fill_all`.
    asked : dict
        Options of `sidpy.hdf.storage.creation_options` that the caller gave.
    axes : pair of sequences
        What varies along each axis, and its name.
    sharding : Sharding, optional
        Where shards go; the numbers go into the file itself when not given.
    """
    dtype = stored_dtype(array.dtype)
    options = creation_options(asked, array.shape, dtype, *axes)
    if sharding is not None and sharding.takes(array):
        if options.get("chunks") and asked.get("chunks") in (None, True):
            options["chunks"] = fitting_chunk(options["chunks"], array.chunks)
        return sharding.place(group, name, array, options)
    dataset = group.create_dataset(name, shape=array.shape, dtype=dtype, **options)
    return Placed(dataset, array)


def fill_all(placed: Sequence[Placed]) -> None:
    """Compute the numbers of datasets, and what they share once.

    Raises
    ------
    FailedBlocks
        When blocks failed, and the others are complete and will be found again.
    """
    stream_together([(one.array, one.dataset) for one in placed if one.folder is None])
    folders = [(one.folder, one.array) for one in placed if one.folder is not None]
    fill(folders, go_on=not any(one.stays for one in placed))
    for one in placed:
        if one.folder is not None and one.stays:
            note_sizes(one.dataset, one.folder)
        elif one.folder is not None:
            pour(ShardedArray.of_folder(one.folder), one.dataset)


class Sharding:
    """The shards of one file.

    Parameters
    ----------
    path : path-like
        The file; its shards go to the folder of that name and ``.shards``.
    shards : bool, int or str
        Bytes of a shard before compression, also as ``"256 MB"``; about 128 MB when True.
    resume : bool or str
        The shards are where complete blocks wait, each block of the dask array on its own;
        those that are there already are not computed again.  A str is the name of the
        computation, for those that dask cannot recognize.

    Raises
    ------
    LabelValueError, LabelTypeError
        When the size cannot be understood.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        shards: bool | int | str = True,
        resume: bool | str = False,
    ) -> None:
        path = Path(path).absolute()
        self.folder = path.with_name(f"{path.name}.shards")
        self.resume = resume
        self.size = _size(shards) if not resume else 1
        self._count = 0
        self._made: list[ShardFolder] = []

    @classmethod
    def asked_for(cls, h5_group: h5py.Group, shards: Any) -> Sharding | None:
        """Return the shards that an option ``shards=`` stands for, None when it is False.

        Parameters
        ----------
        h5_group : h5py.Group
            A group of the file that is written.
        shards : bool, int, str or Sharding
            What was asked for; a `Sharding` is returned as it is.

        Raises
        ------
        ValueError
            When the file is not on a disk, or the size cannot be understood.
        """
        if shards is False or isinstance(shards, Sharding):
            return shards or None
        if not Path(h5_group.file.filename).is_file():
            msg = (
                f"shards lie beside a file, and {h5_group.file.filename!r} is not on a disk (yet)"
            )
            raise LabelValueError(msg)
        return cls(h5_group.file.filename, shards=shards)

    def takes(self, array: da.Array) -> bool:
        """Whether the numbers of an array go into shards."""
        return (
            bool(array.size)
            and bool(array.ndim)
            and (bool(self.resume) or array.nbytes > min(self.size, _SMALL))
        )

    def place(
        self, group: h5py.Group, name: str, array: da.Array, options: Mapping[str, Any]
    ) -> Placed:
        """Create a dataset with the options of `creation_options`, see `place`.

        Raises
        ------
        StaleShards
            When shards of another computation lie where these have to go.
        """
        folder = self._folder(self._plan(array, options))
        if self.resume:
            plan = folder.plan
            dataset = group.create_dataset(name, plan.shape, plan.dtype, **plan.options)
            return Placed(dataset, array, folder)
        relative = f"{self.folder.name}/{folder.path.name}"
        dataset = present(group, name, folder, relative)
        return Placed(dataset, array, folder, stays=True)

    def _plan(self, array: da.Array, options: Mapping[str, Any]) -> Plan:
        dtype = stored_dtype(array.dtype)
        lengths = shard_lengths(array.chunks, dtype.itemsize, options.get("chunks"), self.size)
        computation = self.resume if isinstance(self.resume, str) else _fingerprint(array)
        return Plan(array.shape, dtype, lengths, dict(options), computation)

    def _folder(self, plan: Plan) -> ShardFolder:
        number, self._count = self._count, self._count + 1
        there = sorted(self.folder.glob(f"{number:03d}-*")) if self.resume else []
        fresh = self.folder / f"{number:03d}-{secrets.token_hex(4)}"
        folder = ShardFolder.at(there[0] if there else fresh, plan)
        self._made.append(folder)
        return folder

    def discard(self) -> None:
        """Remove what was made for a file that does not come to be, but for complete blocks."""
        if self.resume:
            return
        for folder in self._made:
            folder.remove()
        self._made.clear()
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            shutil.rmtree(self.folder, ignore_errors=True)


def _size(shards: object) -> int:
    if isinstance(shards, bool):
        return SHARD_BYTES
    if not isinstance(shards, int | str):
        msg = f"shards is True or a number of bytes such as '256 MB', found {shards!r}"
        raise LabelTypeError(msg)
    from dask.utils import parse_bytes

    try:
        size = int(parse_bytes(shards))
    except ValueError:
        size = 0
    if size <= 0:
        msg = f"shards is True or a number of bytes such as '256 MB', found {shards!r}"
        raise LabelValueError(msg)
    return size


def _fingerprint(array: da.Array) -> str:
    """Return what tells the computation of an array from others, the same in every process.

    dask names the result of a computation by what goes into it; the names of all
    intermediate results are counted too, in case one of the names was given by hand.
    """
    graph = array.__dask_graph__()
    names = sorted(str(name) for name in getattr(graph, "layers", ()))
    return hashlib.sha256("\n".join([array.name, *names]).encode()).hexdigest()
