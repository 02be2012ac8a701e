"""Block by block: dask's own ways to apply functions to parts and to take blocks.

A function that nobody knows leaves the axes true where it leaves the shape, and says
nothing about units: the result has the axes and the metadata, and no units.  NumPy's
ufuncs are known and keep their law.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

import dask.array as da
import numpy as np

from ._dask import Array, has_unknown_shape, plain
from ._labelled import Labelled
from .agreement import counting, distinct
from .arranging import changed_along, ranked
from .labels import keep, select
from .operators import new_title, unary
from .recording import recorded
from .reductions import axes_of
from .variance_along import gather

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Blockwise"]


class Blocks:
    """The blocks of a dataset by their numbers: ``ds.blocks[0, 1]`` is a part of it."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset

    def __getitem__(self, index: Any) -> Any:
        return _blocks(self._dataset, index)

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of blocks along each axis."""
        return tuple(plain(self._dataset).numblocks)

    @property
    def size(self) -> int:
        """The number of blocks."""
        return int(np.prod(self.shape, dtype=int))

    def ravel(self) -> list[Any]:
        """Return all blocks, in C order."""
        return [self[index] for index in np.ndindex(self.shape)]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(self.shape[0]))

    def __len__(self) -> int:
        return self.shape[0]


@recorded("Dataset.blocks")
def _blocks(dataset: Any, index: Any) -> Any:
    """Return the blocks of these numbers."""
    result = plain(dataset).blocks[index]
    labels = dataset.labels_record
    index = index if isinstance(index, tuple) else (index,)
    taken = [
        np.concatenate([np.arange(*edges[i]) for i in numbers])
        for edges, numbers in zip(
            map(_edges, plain(dataset).chunks),
            _numbers(index, plain(dataset).numblocks),
            strict=True,
        )
    ]
    errors = labels.variance
    if errors is not None:
        for axis, positions in enumerate(taken):
            errors = da.take(errors, positions, axis=axis)
    picks = [
        (axis, slice(None) if positions.size == dataset.shape[axis] else positions)
        for axis, positions in enumerate(taken)
    ]
    labels = select(labels, picks, title=new_title(labels), variance=errors)
    return dataset.labelled(
        result, labels, "blocks", inputs=[dataset], parameters={"index": index}
    )


def _edges(chunks: tuple[int, ...]) -> list[tuple[int, int]]:
    stops = list(accumulate(chunks))
    return list(zip([0, *stops], stops, strict=False))


def _numbers(index: tuple[Any, ...], shape: tuple[int, ...]) -> list[np.ndarray[Any, Any]]:
    """Return the numbers of the blocks that an index takes along each axis."""
    rest = len(shape) - sum(entry is not Ellipsis for entry in index)
    filled: list[Any] = []
    for entry in index if Ellipsis in index else (*index, Ellipsis):
        filled += [slice(None)] * rest if entry is Ellipsis else [entry]
    return [
        np.atleast_1d(np.arange(length)[entry])
        for length, entry in zip(shape, filled, strict=True)
    ]


class Points:
    """Values point by point: ``ds.vindex[[0, 1], [2, 3]]`` is the two at (0, 2) and (1, 3)."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset

    def __getitem__(self, index: Any) -> Any:
        return _points(self._dataset, index)


@recorded("Dataset.vindex")
def _points(dataset: Any, index: Any) -> Any:
    """Return the values at these points."""
    result = plain(dataset).vindex[index]
    labels = dataset.labels_record
    index = index if isinstance(index, tuple) else (index,)
    if Ellipsis in index or None in index:
        return result
    entries = [*index, *(slice(None),) * (dataset.ndim - len(index))]
    kept = [(axis, entry) for axis, entry in enumerate(entries) if isinstance(entry, slice)]
    points = result.ndim - len(kept)
    left = select(labels, kept, title=new_title(labels))
    counts = [counting(length, "point") for length in result.shape[:points]]
    errors = labels.variance
    labels = left.but(
        dimensions=distinct([*counts, *left.dimensions]),
        variance=None if errors is None else errors.vindex[index],
        point_cloud=None,
    )
    return dataset.labelled(
        result, labels, "vindex", inputs=[dataset], parameters={"index": index}
    )


class Blockwise(Labelled):
    """dask's methods that work block by block."""

    __slots__ = ()

    @property
    def blocks(self) -> Blocks:
        """The blocks as an array of datasets, to be indexed."""
        return Blocks(self)

    @property
    def partitions(self) -> Blocks:
        """The blocks, under dask's other name for them."""
        return Blocks(self)

    @property
    def vindex(self) -> Points:
        """Indexing point by point with several lists at a time."""
        return Points(self)

    def map_blocks(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Apply a function to each block; see `dask.array.map_blocks`.

        A result of this shape has these axes and no units, for nobody knows them; a ufunc
        keeps its law. Any other result is a plain array.
        """
        if isinstance(func, np.ufunc) and func.nin == 1 and not args and not kwargs:
            return unary(func, self)
        args = tuple(plain(argument) for argument in args)
        return self._unknown("map_blocks", func, plain(self).map_blocks(func, *args, **kwargs))

    def map_overlap(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Apply a function to each block and its margins; see `dask.array.map_overlap`.

        A result of this shape has these axes and no units, for nobody knows them.
        """
        result = plain(self).map_overlap(func, *args, **kwargs)
        return self._unknown("map_overlap", func, result)

    def _unknown(self, name: str, func: Callable[..., Any], result: Any) -> Any:
        labels = self.labels_record
        if not isinstance(result, Array) or has_unknown_shape(result):
            return result
        if result.shape != labels.shape:
            return result
        labels = keep(labels, title=new_title(labels), units="generic", quantity="generic")
        return self.labelled(result, labels, name, inputs=[self], parameters={"func": func})

    def shuffle(self, indexer: list[list[int]], axis: int, chunks: Any = "auto") -> Any:
        """Return the dataset with the positions along an axis in another order."""
        (axis,) = axes_of(axis, self.ndim)
        order = np.concatenate([np.asarray(block, dtype=int) for block in indexer])
        labels = self.labels_record
        errors = labels.variance
        picks = [(i, order if i == axis else slice(None)) for i in range(self.ndim)]
        labels = select(
            labels,
            picks,
            title=new_title(labels),
            variance=None if errors is None else errors.shuffle(indexer, axis, chunks),
        )
        result = plain(self).shuffle(indexer, axis, chunks)
        return self.labelled(result, labels, "shuffle", inputs=[self], parameters={"axis": axis})

    def topk(self, k: int, axis: int = -1, split_every: Any = None) -> Any:
        """Return the k largest values along an axis, or the smallest if k is negative."""
        (axis,) = axes_of(axis, self.ndim)
        result = plain(self).topk(k, axis, split_every)
        errors = self.labels_record.variance
        if errors is not None:
            errors = _at_positions(plain(self).argtopk(k, axis, split_every), errors, axis)
        ranks = ranked(self, axis, result.shape[axis])
        return changed_along(
            self, "topk", lambda _: result, ranks, {"k": k, "axis": axis}, variance=errors
        )

    def argtopk(self, k: int, axis: int = -1, split_every: Any = None) -> Any:
        """Return the positions of the k largest values along an axis."""
        (axis,) = axes_of(axis, self.ndim)
        result = plain(self).argtopk(k, axis, split_every)
        ranks = ranked(self, axis, result.shape[axis])
        return changed_along(
            self, "argtopk", lambda _: result, ranks, {"k": k, "axis": axis},
            variance=None, units="generic", quantity="generic",
        )  # fmt: skip


def _at_positions(positions: Any, values: Any, axis: int) -> Any:
    """Return ``np.take_along_axis(values, positions, axis)``, lazily."""
    parts = [
        gather(positions[(slice(None),) * axis + (i,)], values, (axis,))
        for i in range(positions.shape[axis])
    ]
    return da.stack(parts, axis=axis)
