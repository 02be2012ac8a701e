"""The complete blocks of one array, each in a file of its own, in one folder.

Any number of processes on any number of machines write into the folder at the same time:
a shard is written under a name nobody looks for, flushed to the disk and then renamed, so
that a file with the name of a shard is a complete shard.  That needs a file system that all
of them see, and neither MPI nor locks.  Whatever was complete when a process died is found
by the next one:

>>> import pathlib, tempfile, numpy as np
>>> plan = Plan((4, 6), np.float32, ((2, 2), (6,)), computation="squares")
>>> folder = ShardFolder.at(pathlib.Path(tempfile.mkdtemp(), "squares"), plan)
>>> for index in folder.missing():
...     _ = folder.write(index, np.full((2, 6), index[0] ** 2))
>>> sorted(folder.complete())
[(0, 0), (1, 0)]
>>> folder.read((1, 0))[0, :2]
array([1., 1.], dtype=float32)

A folder belongs to one computation, described by its `Plan`; the blocks of another one are
refused and never mixed in.
"""

from __future__ import annotations

import json
import logging
import math
import os
import re
import secrets
import shutil
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, product
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.base.redo import sync_folder
from sidpy.errors import LabelValueError, StaleShards

from .sinks import sink_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import numpy.typing as npt

__all__ = ["DATA", "Plan", "Shard", "ShardFolder"]

logger = logging.getLogger(__name__)

#: Address of the numbers in the file of a shard.
DATA: Final = "data"

#: What a folder is about, in a file of it.
_PLAN: Final = "plan.json"
_VERSION: Final = 1
_NAME: Final = re.compile(r"(\d+(?:-\d+)*)\.h5")

Index = tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """Which array is kept, how it is cut, and what computes it.

    Raises
    ------
    LabelValueError
        When the lengths do not add up to the shape.
    """

    shape: tuple[int, ...]
    """Shape of the whole array; at least one axis, and no length 0."""

    dtype: Any
    """Type of a value in the file."""

    lengths: tuple[tuple[int, ...], ...]
    """Lengths of the shards along each axis."""

    options: Mapping[str, Any] = field(default_factory=dict)
    """How h5py makes the dataset of a shard: ``chunks``, ``compression``, ..."""

    computation: str = ""
    """What tells these numbers from those of any other computation."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "dtype", np.dtype(self.dtype))
        object.__setattr__(self, "lengths", tuple(tuple(map(int, one)) for one in self.lengths))
        if not self.shape or tuple(map(sum, self.lengths)) != tuple(self.shape):
            msg = f"shards of lengths {self.lengths} do not make an array of shape {self.shape}"
            raise LabelValueError(msg)

    @property
    def indices(self) -> Iterator[Index]:
        """The place of each shard among the shards, the last axis running fastest."""
        return np.ndindex(*(len(one) for one in self.lengths))

    @property
    def count(self) -> int:
        """Number of shards."""
        return math.prod(len(one) for one in self.lengths)

    @property
    def largest(self) -> int:
        """Bytes of the largest shard before compression."""
        return math.prod(max(one) for one in self.lengths) * int(self.dtype.itemsize)

    @cached_property
    def edges(self) -> list[list[int]]:
        """Where shards begin along each axis, and at its end the length of the axis."""
        return [[0, *accumulate(one)] for one in self.lengths]

    def where(self, index: Index) -> tuple[slice, ...]:
        """Return which part of the array a shard is."""
        pairs = zip(self.edges, index, strict=True)
        return tuple(slice(edges[i], edges[i + 1]) for edges, i in pairs)

    def record(self) -> dict[str, Any]:
        """Return all of this as JSON has it; folders of equal records are of one computation."""
        options = {key: _plain(value) for key, value in sorted(self.options.items())}
        return {
            "version": _VERSION,
            "shape": list(self.shape),
            "dtype": repr(self.dtype),
            "lengths": [list(one) for one in self.lengths],
            "options": {key: value for key, value in options.items() if value is not None},
            "computation": self.computation,
        }


def _plain(value: Any) -> Any:
    """Return an option in words that JSON has and that are the same in every process."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if hasattr(value, "filter_id"):  # a filter of hdf5plugin
        return [int(value.filter_id), [int(word) for word in value.filter_options]]
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return repr(value)


class Shard:
    """One file: where it is, and how its numbers lie in it.

    Parameters
    ----------
    path : Path
        The file.
    shape : tuple of int
        Shape of its numbers.
    dtype : numpy.dtype
        Type of a value in the file.
    options : dict
        As for `h5py.Group.create_dataset`.
    """

    # no dataclass: dask would take one apart when it travels to a worker
    __slots__ = ("dtype", "options", "path", "shape")

    def __init__(
        self, path: Path, shape: tuple[int, ...], dtype: np.dtype[Any], options: Mapping[str, Any]
    ) -> None:
        self.path, self.shape, self.dtype, self.options = path, shape, dtype, dict(options)

    def write(self, block: npt.NDArray[Any], *, all_cores: bool = True) -> int:
        """Write the numbers; the file is there when they are on the disk, and not before.

        Parameters
        ----------
        block : ndarray
            The numbers.
        all_cores : bool
            Pack chunks on all cores of the machine; a worker that has its neighbours there
            should leave them theirs.

        Returns
        -------
        int
            Size of the file, in bytes.

        Raises
        ------
        LabelValueError
            When the block has another shape.
        FileNotFoundError
            When this process does not see the folder.
        """
        block = np.asarray(block)
        if block.shape != self.shape:
            msg = (
                f"the block for {self.path.name!r} has the shape {block.shape}, its place in the "
                f"array {self.shape}"
            )
            raise LabelValueError(msg)
        self._require_folder()
        draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}.partial")
        try:
            self._write(draft, block, all_cores=all_cores)
            with draft.open("r+b") as file:
                os.fsync(file.fileno())
            size = draft.stat().st_size
            draft.replace(self.path)
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(self.path.parent)
        return size

    def _require_folder(self) -> None:
        if not self.path.parent.is_dir():
            msg = (
                f"there is no folder {str(self.path.parent)!r} on this machine: shards need a "
                "file system that every worker sees under the same path"
            )
            raise FileNotFoundError(msg)

    def _write(self, draft: Path, block: npt.NDArray[Any], *, all_cores: bool) -> None:
        import h5py

        options = dict(self.options)
        chunks = options.get("chunks")
        if chunks:  # also where the array ends within a chunk, as it is in the whole
            options["maxshape"] = tuple(map(max, self.shape, chunks))
        with h5py.File(draft, "w") as file:
            target = file.create_dataset(DATA, self.shape, self.dtype, **options)
            sink = sink_for(target, budget=0)
            steps = self.shape if all_cores or not chunks else chunks
            for place in _places(self.shape, steps):
                sink.put(place, block[place])
            sink.close()

    def read(self) -> npt.NDArray[Any]:
        """Return the numbers.

        Raises
        ------
        CorruptFile
            When the file is not there, or is no shard of this shape and type.
        """
        from .sharded_array import opened_shard

        with opened_shard(self.path, self.shape, self.dtype) as dataset:
            return np.asarray(dataset[()])


def _places(shape: tuple[int, ...], steps: tuple[int, ...]) -> Iterator[tuple[slice, ...]]:
    """Return the parts of an array that are so long along each axis."""
    axes = [
        [slice(start, min(start + step, n)) for start in range(0, n, step)]
        for n, step in zip(shape, steps, strict=True)
    ]
    return product(*axes)


class ShardFolder:
    """A folder of shards: which are complete, which are missing, and what is in them.

    Parameters
    ----------
    path : Path
        The folder; `at` also makes it and refuses that of another computation.
    plan : Plan
        What it holds.
    """

    def __init__(self, path: Path, plan: Plan) -> None:
        self.path = path
        self.plan = plan

    @classmethod
    def at(cls, path: Path, plan: Plan) -> ShardFolder:
        """Return the folder at a path; it is made when it is not there.

        Raises
        ------
        StaleShards
            When it holds shards of another computation; the differences are named.
        """
        folder = cls(path, plan)
        path.mkdir(parents=True, exist_ok=True)
        found = folder._found_plan()
        if found is None:
            folder._note_plan()
        elif found != plan.record():
            raise StaleShards(_difference(found, plan.record()), path=path)
        return folder

    def _found_plan(self) -> Any:
        """Return the plan that lies in the folder, None in a folder that is new."""
        try:
            return json.loads((self.path / _PLAN).read_text("utf-8"))
        except FileNotFoundError:
            return {} if self.complete() else None
        except ValueError:
            return {}

    def _note_plan(self) -> None:
        draft = self.path / f".{_PLAN}.{secrets.token_hex(4)}"
        with draft.open("w", encoding="utf-8") as file:
            json.dump(self.plan.record(), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path / _PLAN)

    def shard(self, index: Index) -> Shard:
        """Return the shard at a place; it may be there or not."""
        shape = tuple(part.stop - part.start for part in self.plan.where(index))
        name = "-".join(map(str, index)) + ".h5"
        return Shard(self.path / name, shape, self.plan.dtype, self.plan.options)

    def complete(self) -> frozenset[Index]:
        """Return the places of all shards that are there, each of them whole."""
        with os.scandir(self.path) as entries:
            matches = (_NAME.fullmatch(entry.name) for entry in entries)
            found = [tuple(map(int, match[1].split("-"))) for match in matches if match]
        grid = [len(one) for one in self.plan.lengths]
        return frozenset(
            index
            for index in found
            if len(index) == len(grid) and all(i < n for i, n in zip(index, grid, strict=True))
        )

    def missing(self) -> list[Index]:
        """Return the places of the shards that are not there, in order."""
        complete = self.complete()
        return [index for index in self.plan.indices if index not in complete]

    def write(self, index: Index, block: npt.NDArray[Any], *, all_cores: bool = True) -> int:
        """Write one shard, see `Shard.write`."""
        return self.shard(index).write(block, all_cores=all_cores)

    def read(self, index: Index) -> npt.NDArray[Any]:
        """Return the numbers of one shard, see `Shard.read`."""
        return self.shard(index).read()

    def sweep(self) -> None:
        """Remove what processes that died had begun; nobody else may be writing."""
        for draft in self.path.glob(".*.partial"):
            draft.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the folder with everything in it."""
        shutil.rmtree(self.path, ignore_errors=True)


def _difference(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """Say what tells the computation of a folder from the one that is wanted."""
    differing = [key for key in wanted if found.get(key) != wanted[key]]
    if not found:
        words = "their plan cannot be read"
    elif differing == ["computation"]:
        words = (
            "of the same shape, but computed in another way, or by steps that dask cannot tell "
            "to be the same; if it is the same, name it: resume='a name of yours'"
        )
    else:
        words = "; ".join(
            f"{key} {found.get(key)!r} instead of {wanted[key]!r}"
            for key in differing
            if key != "computation"
        )
    return (
        f"it holds shards of another computation ({words}); remove the folder, or give "
        "overwrite=True, to begin anew"
    )
