"""A dataset seen as one curve at every position: cut into blocks, and put together again.

Some axes are *along* the curve and are fitted; the others are the positions.  Blocks of
positions are computed where and when they are needed; results, one row per position,
go back into the shape of the positions, under the dimensions that were there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.config import config
from sidpy.errors import DimensionError, LabelTypeError
from sidpy.proc.resources.scheduling import workers
from sidpy.sid import Dataset, DataType, DimensionType, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from sidpy.sid import Dimension

__all__ = ["Curves", "axes_of", "spectral_axes"]

#: Blocks per worker, so that a fast worker takes over from a slow one.
_SHARE = 4
#: Fewest curves in a block, where there are as many: below, calls cost more than sums.
_FEWEST = 512


def spectral_axes(dataset: Dataset) -> tuple[int, ...]:
    """Return the axes whose dimension is spectral.

    Examples
    --------
    >>> import sidpy
    >>> data = sidpy.Dataset.from_array([[1.0, 2.0]])
    >>> data.dim_1.dimension_type = "spectral"
    >>> spectral_axes(data)
    (1,)
    """
    dimensions = dataset.labels_record.dimensions
    kind = DimensionType.SPECTRAL
    return tuple(axis for axis, dim in enumerate(dimensions) if dim.dimension_type is kind)


def axes_of(dataset: Dataset, axes: int | str | Iterable[int | str]) -> tuple[int, ...]:
    """Return axes given by number, name or kind as sorted numbers.

    Raises
    ------
    TypeError
        For what is neither.
    DimensionError
        For an axis or a name that is not there.
    """
    found: set[int] = set()
    given = [axes] if isinstance(axes, int | str | np.integer) else list(axes)
    for axis in given:
        if isinstance(axis, str):
            found.update(_named(dataset, axis))
        elif isinstance(axis, int | np.integer) and not isinstance(axis, bool):
            if not -dataset.ndim <= axis < dataset.ndim:
                msg = f"there is no axis {axis}; the dataset has {dataset.ndim}"
                raise DimensionError(msg)
            found.add(int(axis) % dataset.ndim)
        else:
            msg = f"an axis is a number, a name or a kind such as 'spectral', found {axis!r}"
            raise LabelTypeError(msg)
    return tuple(sorted(found))


def _named(dataset: Dataset, name: str) -> list[int]:
    dimensions = dataset.labels_record.dimensions
    names = [axis for axis, dim in enumerate(dimensions) if dim.name == name]
    if names:
        return names
    kinds = [a for a, dim in enumerate(dimensions) if dim.dimension_type.name == name.upper()]
    if kinds:
        return kinds
    known = ", ".join(f"{dim.name} ({dim.dimension_type.name})" for dim in dimensions)
    msg = f"no dimension is called or of kind {name!r}; there are {known}"
    raise DimensionError(msg)


class Curves:
    """One curve at every position of a dataset.

    Parameters
    ----------
    dataset : Dataset
        Stays as lazy as it is.
    along : tuple of int
        The axes of a curve, sorted.

    Raises
    ------
    DimensionError
        Without an axis to go along.

    Examples
    --------
    >>> import sidpy
    >>> curves = Curves(sidpy.Dataset.from_array(np.zeros((2, 3, 8))), (2,))
    >>> curves.shape, curves.points
    ((2, 3), 8)
    """

    def __init__(self, dataset: Dataset, along: tuple[int, ...]) -> None:
        if not along:
            msg = (
                "there is nothing to fit along: no dimension is spectral; set its "
                "dimension_type or say which axes with ind_dims"
            )
            raise DimensionError(msg)
        self.dataset = dataset
        self.along = along
        self.across = tuple(axis for axis in range(dataset.ndim) if axis not in along)
        self.shape = tuple(dataset.shape[axis] for axis in self.across)
        self.grid = tuple(dataset.shape[axis] for axis in along)
        self.chunks: Any = "auto"
        """Lengths of blocks of positions, where somebody knows better."""

    @property
    def count(self) -> int:
        """Number of curves."""
        return int(np.prod(self.shape, dtype=int))

    @property
    def points(self) -> int:
        """Points of one curve."""
        return int(np.prod(self.grid, dtype=int))

    @property
    def is_complex(self) -> bool:
        """Whether the data are."""
        return bool(np.issubdtype(self.dataset.dtype, np.complexfloating))

    def vectors(self) -> list[NDArray[np.float64]]:
        """Return the values of each dimension along the curve."""
        dimensions = self.dataset.labels_record.dimensions
        return [np.asarray(dimensions[axis].values, float) for axis in self.along]

    def positions(self) -> list[Dimension]:
        """Return copies of the dimensions of the positions."""
        dimensions = self.dataset.labels_record.dimensions
        return [dimensions[axis].copy() for axis in self.across]

    def lazy(self) -> Any:
        """Return the data with the positions first, in blocks that hold whole curves."""
        array = plain(self.dataset).transpose((*self.across, *self.along))
        each = max(1, self.points * array.dtype.itemsize)
        fair = -(-self.count // (_SHARE * workers()))
        most = max(1, config.memory_budget // (8 * each * workers()))
        rows = min(max(fair, _FEWEST), most)
        n = len(self.across)
        chunks = dict.fromkeys(range(n), "auto") | dict.fromkeys(range(n, array.ndim), -1)
        if self.chunks != "auto":
            given = self.chunks[:n] if isinstance(self.chunks, tuple) else [self.chunks] * n
            chunks.update(enumerate(given))
        return array.rechunk(chunks, block_size_limit=rows * each) if n else array.rechunk(-1)

    def first(self) -> NDArray[Any]:
        """Compute the curve at the first position."""
        array = plain(self.dataset).transpose((*self.across, *self.along))
        return np.asarray(array[(0,) * len(self.across)].compute()).reshape(self.points)

    def blocks(self) -> list[tuple[tuple[slice, ...], Any]]:
        """Return where each block of positions is, and its lazy values."""
        from dask.array.core import slices_from_chunks

        array = self.lazy()
        places = slices_from_chunks(array.chunks[: len(self.across)])
        return list(zip(places, array.to_delayed().ravel(), strict=True))

    def rows(self) -> NDArray[Any]:
        """Compute every curve, shape (curves, points)."""
        return np.asarray(self.lazy().compute()).reshape(self.count, self.points)

    def table(
        self, values: Any, title: str, data_type: DataType, columns: Sequence[Dimension]
    ) -> Dataset:
        """Return results, with the positions first, as a dataset that knows its parent.

        Parameters
        ----------
        values : array of shape (*positions, *columns)
            The results.
        title : str
            What they are called.
        data_type : DataType
            What they show.
        columns : sequence of Dimension
            What the axes after the positions are.
        """
        result = Dataset.from_array(values, title=title)
        for axis, dimension in enumerate([*self.positions(), *columns]):
            result.set_dimension(axis, dimension)
        parent = self.dataset
        result.data_type = data_type
        result.modality, result.source = parent.modality, parent.source
        record = parent.labels_record
        result.metadata = record.thawed("metadata")
        result.original_metadata = record.thawed("original_metadata")
        return result

    def evaluated(self, model: Any, parameters: NDArray[Any]) -> Dataset:
        """Return the curves of a model under the labels of the data; they stay lazy.

        Parameters
        ----------
        model : UserModel
            What was fitted.
        parameters : ndarray of shape (curves, parameters)
            Its parameters at every position.
        """
        import dask.array as da

        array = self.lazy()
        n = len(self.across)
        table = parameters.reshape(*self.shape, -1)
        lazy = da.from_array(table, chunks=(*array.chunks[:n], -1))
        dtype = np.result_type(self.dataset.dtype, float)
        values = da.map_blocks(
            _curves_of,
            lazy,
            model,
            self.grid,
            dtype,
            chunks=(*array.chunks[:n], *((length,) for length in self.grid)),
            drop_axis=n,
            new_axis=list(range(n, array.ndim)),
            dtype=dtype,
            meta=np.empty((0,) * array.ndim, dtype),
        )
        order = tuple(np.argsort((*self.across, *self.along)).tolist())
        labels = self.dataset.labels_record
        title = f"fitted_{labels.title}"
        return Dataset.from_labels(values.transpose(order), labels.but(title=title, variance=None))


def _curves_of(
    table: NDArray[Any], model: Any, grid: tuple[int, ...], dtype: np.dtype[Any]
) -> NDArray[Any]:
    with np.errstate(all="ignore"):
        curves = model.each(table.reshape(-1, table.shape[-1]))
    if np.issubdtype(dtype, np.complexfloating):
        half = curves.shape[1] // 2
        curves = curves[:, :half] + 1j * curves[:, half:]
    return curves.reshape(*table.shape[:-1], *grid).astype(dtype, copy=False)
